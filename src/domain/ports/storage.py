"""The books and everything that is committed with them."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from domain.books import Books
from domain.card_journal import CardEvent
from domain.journal import AuditEvent, MerchantEvent
from domain.limits import Limit, Tally
from domain.merchant import Delivery, DeliveryState, Endpoint
from domain.order import Order, OrderStatus, Owner, Scope
from domain.ports.gateway import Callback
from domain.ports.register import RegisterLines
from domain.saved_card import SavedCard, SavedCardId
from domain.transaction import OrderId, ShopTransactionId


class StorageUnavailable(Exception):
    """The books cannot be read or written now. Nothing of this unit was committed, or, out of `commit`, that is not known."""


class Stale(Exception):
    """Somebody else changed these books since they were read; read them again and decide again."""


class NotUnderstood(Exception):
    """A row in words that this version does not know: a newer one has written it."""

    def __init__(self, row_id: str, client_id: str) -> None:
        super().__init__(row_id)
        self.row_id = row_id
        self.client_id = client_id


class OctoIdTaken(Exception):
    """OCTO's id for this transaction is that of another one already. Nothing was saved."""


class InvalidCursor(ValueError):
    """Not a cursor that a page has given."""


class BooksRepository(Protocol):
    """Books by their keys. What is asked for on behalf of a caller is asked for with its scope; there is no way around."""

    def add(self, books: Books) -> None:
        """A new order. Raises ReferenceTaken (with `order_id`) where the client has used the reference before."""
        ...

    def owned(self, order_id: str, scope: Scope) -> Books | None:
        """None also for another's order."""
        ...

    def of_transaction(self, shop_transaction_id: str) -> Books | None: ...

    def of_octo_transaction(self, octo_transaction_id: str) -> Books | None: ...

    def save(self, before: Books, after: Books) -> None:
        """Writes what differs and raises the order's version by one, if it still is that of `before`; raises Stale otherwise,
        and also where another live attempt came first. Raises OctoIdTaken."""
        ...

    def page(
        self, scope: Scope, *, status: OrderStatus | None, reference: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[Order], str | None]:
        """Newest first; the second member is the cursor (`after`) of the next page. Raises InvalidCursor for a strange one."""
        ...

    def claim_due(self, at: datetime, lease: timedelta, limit: int) -> Sequence[ShopTransactionId]:
        """Attempts whose `next_check_at` has come, theirs being moved on by `lease`, so that no other process takes them too."""
        ...

    def claim_due_receipts(self, at: datetime, lease: timedelta, limit: int) -> Sequence[ShopTransactionId]:
        """As `claim_due`, of receipts."""
        ...


class SavedCards(Protocol):
    """Saved cards, and what happened to them."""

    def add(self, card: SavedCard) -> None: ...

    def owned(self, card_id: str, scope: Scope) -> SavedCard | None:
        """None also for another's card."""
        ...

    def by_id(self, card_id: str) -> SavedCard | None:
        """Whosever it is: for those who come with the secret of its callback, for what is due, and for whoever runs the service."""
        ...

    def asked_before(
        self, request_keys: tuple[str, ...], owner: Owner, customer_user_id: str, since: datetime
    ) -> SavedCard | None:
        """The latest that the request of these names has begun since then."""
        ...

    def of_customer(self, customer_user_id: str, scope: Scope) -> Sequence[SavedCard]:
        """Those that are usable or still being proved, newest first."""
        ...

    def save(self, before: SavedCard, after: SavedCard) -> None:
        """Raises its version by one, if it still is that of `before`; raises Stale otherwise."""
        ...

    def claim_due(self, at: datetime, lease: timedelta, limit: int) -> Sequence[SavedCardId]:
        """Cards whose `next_check_at` has come, theirs being moved on by `lease`, so that no other process takes them too."""
        ...

    def with_token(self, after: str, limit: int) -> Sequence[SavedCard]:
        """Those that have a token, in the order of their ids, beyond that of `after`."""
        ...

    def append(self, events: Sequence[CardEvent]) -> None:
        """Append-only."""
        ...

    def history(self, card_id: str) -> Sequence[CardEvent]: ...


class Inbox(Protocol):
    """Callbacks. A row without `applied_at` still has to be applied."""

    def add(self, callback: Callback) -> Callback:
        """Stores it and returns it, or returns the one that stands under the same id already."""
        ...

    def is_full(self, callback: Callback, at_most: int) -> bool:
        """Whether so many are stored about either of its payment's ids, and it is none of them."""
        ...

    def claim_unapplied(self, at: datetime, lease: timedelta, limit: int) -> Sequence[str]:
        """The ids of those not applied and not claimed by another process within the lease, oldest first."""
        ...

    def stored(self, callback_id: str) -> Callback: ...

    def applied(self, callback_id: str, verdict: str, at: datetime) -> None: ...

    def forget(self, before: datetime, limit: int) -> int:
        """Deletes some of those that were applied by then, and says how many."""
        ...


class AuditTrail(Protocol):
    """Append-only."""

    def append(self, events: Sequence[AuditEvent]) -> None: ...

    def of_order(self, order_id: OrderId) -> Sequence[AuditEvent]: ...


class Outbox(Protocol):
    """Merchant events that were committed with the change they tell of."""

    def add(self, events: Sequence[MerchantEvent]) -> None: ...

    def waiting(self, limit: int, *, but_of: Collection[str] = ()) -> Sequence[MerchantEvent]:
        """Those not handed out yet, oldest first, without those of the clients `but_of`. Until this unit ends no other one gets them."""
        ...

    def handed_out(self, events: Sequence[MerchantEvent], at: datetime) -> None: ...

    def forget(self, before: datetime, limit: int) -> int:
        """Deletes some of those that were handed out by then, and says how many. Not those that a payment has ended with: they are
        the proof that the shop was told."""
        ...


class Endpoints(Protocol):
    """Where clients want to be told. Whatever reads one raises NotUnderstood."""

    def add(self, endpoint: Endpoint, *, at_most: int) -> None:
        """Raises TooManyWebhookEndpoints where the client has that many already, however many are added at the same time."""
        ...

    def owned(self, endpoint_id: str, client_id: str) -> Endpoint | None:
        """None also for another's endpoint."""
        ...

    def of_client(self, client_id: str) -> Sequence[Endpoint]:
        """Oldest first."""
        ...

    def ids(self, after: str, limit: int) -> Sequence[tuple[str, str]]:
        """Of all endpoints and of their clients, in the order of the former, beyond `after`. Never raises NotUnderstood."""
        ...

    def of_clients(self, client_ids: Collection[str]) -> Sequence[Endpoint]:
        """None of them can be deleted before this unit ends."""
        ...

    def save(self, before: Endpoint, after: Endpoint) -> None:
        """Raises its version by one, if it still is that of `before`; raises Stale otherwise."""
        ...

    def delete(self, endpoint: Endpoint) -> None:
        """With its deliveries. Without effect where it is deleted already."""
        ...


class Deliveries(Protocol):
    """Events on their way to endpoints. `owned` and `page` raise NotUnderstood."""

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Leaves those alone that are there already."""
        ...

    def claim(self, at: datetime, lease: timedelta) -> tuple[str, str] | None:
        """The id and the client of the one that is due longest, to an endpoint neither off nor resting, moved on by `lease`; by its
        event's id among equals."""
        ...

    def owned(self, delivery_id: str, client_id: str) -> Delivery | None:
        """None also for another's delivery."""
        ...

    def page(
        self, client_id: str, *, event_id: str | None, state: DeliveryState | None, after: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        """Newest first; the second member is the cursor (`after`) of the next page. Raises InvalidCursor for a strange one."""
        ...

    def save(self, before: Delivery, after: Delivery) -> None:
        """Raises its version by one, if it still is that of `before`; raises Stale otherwise. A claim raises it as well."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Deletes some of those that were delivered or given up by then, and says how many."""
        ...


class Tallies(Protocol):
    """What the limits count."""

    def of(self, limit: Limit, subject: str) -> Tally:
        """An empty one where nothing was counted."""
        ...

    def held(self, limit: Limit, subject: str) -> Tally:
        """As `of`, and nobody else gets it before this unit ends."""
        ...

    def save(self, tally: Tally) -> None: ...

    def all(self) -> Sequence[Tally]: ...

    def delete(self, tally: Tally) -> None: ...

    def forget(self, at: datetime, limit: int) -> int:
        """Deletes some of those whose time is over, and says how many."""
        ...


class UnitOfWork(Protocol):
    """One database transaction. What was not committed is forgotten on leaving. After an exception of its own it is spent: leave it.

    Everything in it, entering and `commit` included, raises StorageUnavailable; leaving never fails.
    """

    books: BooksRepository
    inbox: Inbox
    audit: AuditTrail
    outbox: Outbox
    endpoints: Endpoints
    deliveries: Deliveries
    tallies: Tallies
    cards: SavedCards
    register: RegisterLines

    def commit(self) -> None: ...


Units = Callable[[], AbstractContextManager[UnitOfWork]]
