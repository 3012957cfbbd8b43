"""Books: one order with all its attempts, the boundary of consistency. They are read, changed and saved as a whole."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.errors import (
    OrderNotCancellable,
    OrderNotPayable,
    PaymentNotStarted,
    TooManyAttempts,
    TransactionNotFound,
    TransactionSuperseded,
)
from domain.money import Money
from domain.moves import Status
from domain.order import PAYABLE, Order, OrderStatus
from domain.receipt import Receipt
from domain.transaction import PaymentTransaction, Review, ShopTransactionId, Terms

# Far more than anybody needs. Each is registered at OCTO, and all of them are read whenever one is.
MAX_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True)
class Books:
    """`transactions` in the order of their attempts; at most one of them is live. The order's version guards them all.

    Of a fiscal order, each success has a receipt.
    """

    order: Order
    transactions: tuple[PaymentTransaction, ...] = ()
    receipts: tuple[Receipt, ...] = ()

    @property
    def live(self) -> PaymentTransaction | None:
        return next((t for t in self.transactions if t.is_live), None)

    @property
    def current(self) -> PaymentTransaction:
        """The attempt that a payer and a shop mean: the live one, else the one that was paid, else the latest."""
        if not self.transactions:
            raise PaymentNotStarted()
        paid = [t for t in self.transactions if t.status is Status.SUCCESS]
        return self.live or (paid or list(self.transactions))[-1]

    def __getitem__(self, key: ShopTransactionId) -> PaymentTransaction:
        return next(t for t in self.transactions if t.shop_transaction_id == key)

    def addressed(self, octo_transaction_id: str | None) -> PaymentTransaction:
        """The current attempt, which the caller names by OCTO's id of it. None is a payer, who knows no ids and means this one."""
        current = self.current
        if octo_transaction_id in (None, current.octo_transaction_id):
            return current
        if any(t.octo_transaction_id == octo_transaction_id for t in self.transactions):
            raise TransactionSuperseded(transaction_id=current.octo_transaction_id)
        raise TransactionNotFound()

    def require_payable(self) -> None:
        if self.order.status not in PAYABLE:
            raise OrderNotPayable(status=self.order.status)

    @property
    def is_paid(self) -> bool:
        """OCTO has charged for one attempt at least."""
        return any(t.status is Status.SUCCESS for t in self.transactions)

    def require_capturable(self) -> None:
        """Raises OrderNotPayable where another attempt was paid late: to take the hold as well would be a second charge, and ours."""
        if self.is_paid and self.current.held:
            raise OrderNotPayable(status=self.order.status)

    def is_unwanted(self, hold: PaymentTransaction) -> bool:
        """Nobody is going to take it any more."""
        return self.is_paid or self.order.cancelled_at is not None or hold.cancel_requested_at is not None

    def attempted(self, terms: Terms, at: datetime) -> "Books":
        """A new attempt, its prepare_payment about to leave. Never beside a live one."""
        self.require_payable()
        if self.live is not None:
            raise OrderNotPayable(status=self.order.status)
        if len(self.transactions) >= MAX_ATTEMPTS:
            raise TooManyAttempts(limit=MAX_ATTEMPTS)
        attempt = len(self.transactions) + 1
        begun = PaymentTransaction(
            shop_transaction_id=ShopTransactionId(f"{self.order.id}-{attempt}"),
            order_id=self.order.id,
            attempt=attempt,
            amount=self.order.amount,
            mode=self.order.mode,
            capture=self.order.capture,
            test=self.order.test,
            terms=terms,
            created_at=at,
            expires_at=at + timedelta(minutes=terms.ttl_minutes),
        )
        return self.with_(begun.prepare(at))

    def with_(self, changed: PaymentTransaction) -> "Books":
        """These books with one attempt changed or added, and the order's status following it."""
        before = next((t for t in self.transactions if t.attempt == changed.attempt), None)
        if changed == before:
            return self
        receipts = self.receipts
        if changed.status is Status.SUCCESS and (before is None or before.status is not Status.SUCCESS):
            changed = replace(changed, reviews=changed.reviews + self._doubts())
            if self.order.is_fiscal:
                receipts = (*receipts, _awaited(changed))
        kept = [t for t in self.transactions if t.attempt != changed.attempt]
        transactions = tuple(sorted([*kept, changed], key=lambda t: t.attempt))
        return Books(replace(self.order, status=_status(self.order, transactions)), transactions, receipts)

    def receipt_of(self, key: ShopTransactionId) -> Receipt | None:
        return next((r for r in self.receipts if r.shop_transaction_id == key), None)

    def with_receipt(self, changed: Receipt) -> "Books":
        key = changed.shop_transaction_id
        return replace(self, receipts=tuple(changed if r.shop_transaction_id == key else r for r in self.receipts))

    def cancelled(self, at: datetime) -> "Books":
        """The shop no longer wants the money. A live attempt is withdrawn with it."""
        if self.order.status is OrderStatus.CANCELLED:
            return self
        if self.order.status not in PAYABLE:
            raise OrderNotCancellable(status=self.order.status)
        withdrawn = self.with_(self.live.withdraw(at)) if self.live else self
        order = replace(withdrawn.order, cancelled_at=at)
        return replace(withdrawn, order=replace(order, status=_status(order, withdrawn.transactions)))

    def _doubts(self) -> tuple[Review, ...]:
        found = (
            (Review.SECOND_CHARGE, self.is_paid),
            (Review.PAID_AFTER_CANCELLATION, self.order.cancelled_at is not None),
        )
        return tuple(review for review, true in found if true)


def _awaited(paid: PaymentTransaction) -> Receipt:
    """Due at once."""
    return Receipt(shop_transaction_id=paid.shop_transaction_id, next_check_at=paid.created_at)


def _status(order: Order, transactions: tuple[PaymentTransaction, ...]) -> OrderStatus:
    """The order's status, a function of its attempts, their refunds and the shop's cancellation."""
    paid = [t for t in transactions if t.status is Status.SUCCESS]
    if paid:
        return _paid_status(paid)
    if order.cancelled_at is not None:
        return OrderStatus.CANCELLED
    if any(t.held for t in transactions):
        return OrderStatus.AUTHORIZED
    if any(t.is_live for t in transactions):
        return OrderStatus.AWAITING_PAYMENT
    failed = any(t.status is Status.FAILED for t in transactions)
    return OrderStatus.PAYMENT_FAILED if failed else OrderStatus.AWAITING_PAYMENT


def _paid_status(paid: list[PaymentTransaction]) -> OrderStatus:
    """A second charge that was refunded leaves the order paid: what is kept is compared with the largest single charge."""
    refunded = sum(t.refunded_minor for t in paid)
    kept = sum(captured(t).amount_minor for t in paid) - refunded
    if refunded == 0 or kept >= max(captured(t).amount_minor for t in paid):
        return OrderStatus.PAID
    return OrderStatus.PARTIALLY_REFUNDED if kept > 0 else OrderStatus.REFUNDED


def captured(transaction: PaymentTransaction) -> Money:
    """What was taken: nothing without a success, the amount, or less where less of a hold was captured."""
    return Money(transaction.captured_minor or 0, transaction.amount.currency)
