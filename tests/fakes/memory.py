"""The database as a fake: it keeps what was committed, and forgets the rest like the real one."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from domain.books import Books
from domain.card_journal import CardEvent
from domain.errors import ReferenceTaken
from domain.journal import AuditEvent, MerchantEvent
from domain.limits import Limit, Tally
from domain.merchant import Delivery, Endpoint
from domain.order import Order, OrderStatus, Scope
from domain.ports import (
    AuditTrail,
    BooksRepository,
    Callback,
    Deliveries,
    Endpoints,
    Inbox,
    InvalidCursor,
    OctoIdTaken,
    Outbox,
    RegisterLines,
    SavedCards,
    Stale,
    StorageUnavailable,
    Tallies,
    UnitOfWork,
)
from domain.receipt import Receipt
from domain.register import Line
from domain.saved_card import SavedCard, SavedCardId
from domain.transaction import OrderId, PaymentTransaction, ShopTransactionId
from tests.fakes.cards import MemorySavedCards
from tests.fakes.memory_doors import MemoryClients, MemoryIdempotencyKeys, MemoryTallies
from tests.fakes.merchant import MemoryDeliveries, MemoryEndpoints, MemoryOutbox
from tests.fakes.register import MemoryRegister, MemoryRegisterLines

# As long as SQLite waits for another writer.
PATIENCE_SECONDS: Final = 10


class Frozen(dict[Any, Any]):
    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a reading unit does not write")

    __setitem__ = setdefault = _refuse


@dataclass(frozen=True)
class Tables:
    books: dict[OrderId, Books] = field(default_factory=dict)
    callbacks: dict[str, Callback] = field(default_factory=dict)
    claimed_until: dict[str, datetime] = field(default_factory=dict)
    audit_events: dict[int, AuditEvent] = field(default_factory=dict)
    merchant_events: dict[str, MerchantEvent] = field(default_factory=dict)
    handed_out: dict[str, datetime] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    tallies: dict[tuple[Limit, str], Tally] = field(default_factory=dict)
    saved_cards: dict[SavedCardId, SavedCard] = field(default_factory=dict)
    card_events: dict[int, CardEvent] = field(default_factory=dict)
    register_lines: dict[str, Line] = field(default_factory=dict)

    def copy(self) -> "Tables":
        return Tables(**{name: dict(table) for name, table in vars(self).items()})

    def frozen(self) -> "Tables":
        return Tables(**{name: Frozen(table) for name, table in vars(self).items()})


class MemoryDatabase:
    """One unit of work at a time, like SQLite. `commits` counts those that changed something or might have."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._writing = threading.Lock()
        self._writer: int | None = None
        self.commits = 0
        self.clients = MemoryClients()
        self.idempotency_keys = MemoryIdempotencyKeys()

    @contextmanager
    def units(self) -> Iterator[UnitOfWork]:
        assert self._writer != threading.get_ident(), "a unit of work inside another one waits for itself for ever"
        if not self._writing.acquire(timeout=PATIENCE_SECONDS):
            raise StorageUnavailable("locked")
        self._writer = threading.get_ident()
        try:
            yield MemoryUnitOfWork(self, self._tables.copy())
        finally:
            self._writer = None
            self._writing.release()

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A unit in which every write raises TypeError."""
        yield MemoryUnitOfWork(self, self._tables.frozen())

    def put(self, tables: Tables) -> None:
        self._tables = tables
        self.commits += 1

    @property
    def books(self) -> Sequence[Books]:
        return tuple(self._tables.books.values())

    @property
    def callbacks(self) -> Sequence[Callback]:
        return tuple(self._tables.callbacks.values())

    @property
    def audit_events(self) -> Sequence[AuditEvent]:
        return tuple(self._tables.audit_events.values())

    @property
    def merchant_events(self) -> Sequence[MerchantEvent]:
        return tuple(self._tables.merchant_events.values())

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        return tuple(self._tables.endpoints.values())

    @property
    def tallies(self) -> Sequence[Tally]:
        return tuple(self._tables.tallies.values())

    @property
    def saved_cards(self) -> Sequence[SavedCard]:
        return tuple(self._tables.saved_cards.values())

    @property
    def card_events(self) -> Sequence[CardEvent]:
        return tuple(self._tables.card_events.values())

    @property
    def register(self) -> MemoryRegister:
        return MemoryRegister(lambda: (self._tables.register_lines, self._tables.books))

    @property
    def deliveries(self) -> Sequence[Delivery]:
        return tuple(self._tables.deliveries.values())


class MemoryUnitOfWork:
    books: BooksRepository
    inbox: Inbox
    audit: AuditTrail
    outbox: Outbox
    endpoints: Endpoints
    deliveries: Deliveries
    tallies: Tallies
    cards: SavedCards
    register: RegisterLines

    def __init__(self, database: MemoryDatabase, tables: Tables) -> None:
        self._database = database
        self._tables = tables
        self.books = MemoryBooks(tables.books)
        self.inbox = MemoryInbox(tables)
        self.audit = MemoryAuditTrail(tables.audit_events)
        self.outbox = MemoryOutbox(tables)
        self.endpoints = MemoryEndpoints(tables)
        self.deliveries = MemoryDeliveries(tables)
        self.tallies = MemoryTallies(tables.tallies)
        self.cards = MemorySavedCards(tables.saved_cards, tables.card_events)
        self.register = MemoryRegisterLines(tables.register_lines)

    def commit(self) -> None:
        if isinstance(self._tables.books, Frozen):
            raise TypeError("a reading unit has nothing to commit")
        self._database.put(self._tables.copy())


class MemoryBooks:
    def __init__(self, table: dict[OrderId, Books]) -> None:
        self._table = table

    def add(self, books: Books) -> None:
        order = books.order
        for other in self._table.values():
            same = (other.order.owner.client_id, other.order.reference) == (order.owner.client_id, order.reference)
            if order.reference is not None and same:
                raise ReferenceTaken(order_id=other.order.id)
        assert order.id not in self._table
        self._table[order.id] = books

    def owned(self, order_id: str, scope: Scope) -> Books | None:
        books = self._table.get(OrderId(order_id))
        return books if books is not None and _sees(scope, books.order) else None

    def of_transaction(self, shop_transaction_id: str) -> Books | None:
        return self._first(shop_transaction_id, "shop_transaction_id")

    def of_octo_transaction(self, octo_transaction_id: str) -> Books | None:
        return self._first(octo_transaction_id, "octo_transaction_id")

    def save(self, before: Books, after: Books) -> None:
        stored = self._table.get(before.order.id)
        if stored is None or stored.order.version != before.order.version:
            raise Stale()
        kept = {t.shop_transaction_id: t for t in stored.transactions}
        for transaction in after.transactions:
            if transaction not in before.transactions:
                self._check(transaction)
                kept[transaction.shop_transaction_id] = transaction
        order = replace(
            stored.order,
            status=after.order.status,
            cancelled_at=after.order.cancelled_at,
            version=stored.order.version + 1,
        )
        transactions = tuple(sorted(kept.values(), key=lambda t: t.attempt))
        receipts = {r.shop_transaction_id: r for r in (*stored.receipts, *after.receipts)}
        self._table[order.id] = Books(order, transactions, tuple(receipts.values()))

    def page(
        self, scope: Scope, *, status: OrderStatus | None, reference: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[Order], str | None]:
        found = [
            books.order
            for books in self._table.values()
            if _sees(scope, books.order)
            and status in (None, books.order.status)
            and reference in (None, books.order.reference)
        ]
        found.sort(key=lambda order: (order.created_at, order.id), reverse=True)
        if after is not None:
            last = self._table.get(OrderId(after))
            if last is None:
                raise InvalidCursor("strange cursor")
            found = [o for o in found if (o.created_at, o.id) < (last.order.created_at, last.order.id)]
        page = found[:limit]
        return page, page[-1].id if len(found) > limit else None

    def claim_due(self, at: datetime, lease: timedelta, limit: int) -> Sequence[ShopTransactionId]:
        due = [t for books in self._table.values() for t in books.transactions if _is_due(t, at)]
        due.sort(key=lambda t: (t.next_check_at, t.shop_transaction_id))
        for transaction in due[:limit]:
            books = self._table[transaction.order_id]
            moved = replace(transaction, next_check_at=at + lease)
            self._table[books.order.id] = replace(
                books, transactions=tuple(moved if t is transaction else t for t in books.transactions)
            )
        return [t.shop_transaction_id for t in due[:limit]]

    def claim_due_receipts(self, at: datetime, lease: timedelta, limit: int) -> Sequence[ShopTransactionId]:
        due = [(books, r) for books in self._table.values() for r in books.receipts if _is_due(r, at)]
        due.sort(key=lambda pair: (pair[1].next_check_at, pair[1].shop_transaction_id))
        for books, receipt in due[:limit]:
            self._table[books.order.id] = books.with_receipt(replace(receipt, next_check_at=at + lease))
        return [receipt.shop_transaction_id for _, receipt in due[:limit]]

    def _first(self, key: str, name: str) -> Books | None:
        return next(
            (books for books in self._table.values() if any(getattr(t, name) == key for t in books.transactions)), None
        )

    def _check(self, transaction: PaymentTransaction) -> None:
        """What a real database refuses."""
        for payload in (transaction.request_payload, transaction.response_payload):
            assert json.loads(json.dumps(payload)) == payload, (
                "a payload is plain JSON, or it comes back as another one"
            )
        octo_id = transaction.octo_transaction_id
        taken = self.of_octo_transaction(octo_id) if octo_id is not None else None
        if taken and any(
            t.octo_transaction_id == octo_id and t.shop_transaction_id != transaction.shop_transaction_id
            for t in taken.transactions
        ):
            raise OctoIdTaken()


def _sees(scope: Scope, order: Order) -> bool:
    return order.owner.client_id == scope.client_id and scope.subject in (None, order.owner.subject)


def _is_due(thing: PaymentTransaction | Receipt, at: datetime) -> bool:
    return thing.next_check_at is not None and thing.next_check_at <= at


class MemoryInbox:
    def __init__(self, tables: Tables) -> None:
        self._callbacks = tables.callbacks
        self._claimed_until = tables.claimed_until

    def add(self, callback: Callback) -> Callback:
        return self._callbacks.setdefault(callback.id, callback)

    def is_full(self, callback: Callback, at_most: int) -> bool:
        stored = [
            c
            for c in self._callbacks.values()
            if c.octo_transaction_id == callback.octo_transaction_id
            or c.shop_transaction_id == callback.shop_transaction_id
        ]
        return len(stored) >= at_most and callback.id not in self._callbacks

    def claim_unapplied(self, at: datetime, lease: timedelta, limit: int) -> Sequence[str]:
        free = [
            c
            for c in self._callbacks.values()
            if c.applied_at is None and (c.id not in self._claimed_until or self._claimed_until[c.id] <= at)
        ]
        claimed = sorted(free, key=lambda c: (c.received_at, c.id))[:limit]
        for callback in claimed:
            self._claimed_until[callback.id] = at + lease
        return [callback.id for callback in claimed]

    def stored(self, callback_id: str) -> Callback:
        return self._callbacks[callback_id]

    def applied(self, callback_id: str, verdict: str, at: datetime) -> None:
        self._callbacks[callback_id] = replace(self._callbacks[callback_id], verdict=verdict, applied_at=at)

    def forget(self, before: datetime, limit: int) -> int:
        over = [c.id for c in self._callbacks.values() if c.applied_at is not None and c.applied_at <= before][:limit]
        for callback_id in over:
            del self._callbacks[callback_id]
        return len(over)


class MemoryAuditTrail:
    def __init__(self, table: dict[int, AuditEvent]) -> None:
        self._table = table

    def append(self, events: Sequence[AuditEvent]) -> None:
        for event in events:
            self._table[len(self._table)] = event

    def of_order(self, order_id: OrderId) -> Sequence[AuditEvent]:
        return [event for event in self._table.values() if event.order_id == order_id]
