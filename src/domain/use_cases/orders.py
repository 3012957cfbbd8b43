"""Orders: create, look up, list, cancel, and the timeline of what happened to one."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.books import Books
from domain.errors import OrderNotFound
from domain.journal import AuditEvent, Cause
from domain.money import Currency, Money
from domain.order import Customer, Item, Order, OrderStatus, Owner, Scope, amount_due, require_receiptable
from domain.ports import Clock, Ids, StorageUnavailable, Units
from domain.transaction import Capture, Mode
from domain.use_cases.changing import Changing, begin, owned


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order as the shop describes it: a sum, items, or both."""

    amount: Money | None = None
    currency: Currency = Currency.UZS
    items: tuple[Item, ...] = ()
    reference: str | None = None
    description: str | None = None
    customer: Customer | None = None
    mode: Mode = Mode.OWN_PAGE
    capture: Capture = Capture.AUTOMATIC


class Orders:
    """`account` names the OCTO account that new orders are paid through, `test` whether OCTO takes them as test payments."""

    def __init__(
        self, units: Units, reading: Units, changing: Changing, clock: Clock, ids: Ids, *, account: str, test: bool
    ) -> None:
        self._units = units
        self._reading = reading
        self._changing = changing
        self._clock = clock
        self._ids = ids
        self._account = account
        self._test = test

    def create(self, new: NewOrder, owner: Owner, cause: Cause) -> Order:
        """Raises InvalidAmount, ItemsDoNotAddUp, FiscalItemsMixed, FiscalCustomerRequired, or ReferenceTaken with the order that has it."""
        require_receiptable(new.items, new.customer)
        order = Order(
            id=self._ids.order_id(),
            owner=owner,
            account=self._account,
            amount=amount_due(new.amount, new.items, new.currency),
            created_at=self._clock.now(),
            test=self._test,
            items=new.items,
            reference=new.reference,
            description=new.description,
            customer=new.customer,
            mode=new.mode,
            capture=new.capture,
        )
        try:
            with self._units() as unit:
                begin(unit, Books(order), cause, self._clock)
                unit.commit()
        except StorageUnavailable:
            # The commit's answer may have been lost, and the shop would make another order.
            if not self._is_there(order):
                raise
        return order

    def _is_there(self, order: Order) -> bool:
        with self._reading() as unit:
            return unit.books.owned(order.id, Scope(order.owner.client_id)) is not None

    def get(self, order_id: str, scope: Scope) -> Books:
        return self._changing.read(owned(order_id, scope))

    def page(
        self, scope: Scope, *, status: OrderStatus | None, reference: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[Order], str | None]:
        """Newest first, with the cursor of the next page. Raises InvalidCursor."""
        with self._reading() as unit:
            return unit.books.page(scope, status=status, reference=reference, after=after, limit=limit)

    def cancel(self, order_id: str, scope: Scope, cause: Cause) -> Order:
        """The shop no longer wants the money. Raises OrderNotCancellable once that was taken or is held, or PaymentInProgress."""
        at = self._clock.now()
        return self._changing.change(owned(order_id, scope), lambda books: books.cancelled(at), cause).order

    def timeline(self, order_id: str, scope: Scope) -> Sequence[AuditEvent]:
        with self._reading() as unit:
            books = unit.books.owned(order_id, scope)
            if books is None:
                raise OrderNotFound()
            return unit.audit.of_order(books.order.id)
