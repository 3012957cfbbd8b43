"""What a change of the books means to others: the audit trail and the merchant's events, both read off before and after.

Deriving them in the one place that saves makes it impossible to forget one, or to write one for a change that was not committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from domain.books import Books, captured
from domain.money import to_major
from domain.moves import Status
from domain.order import OrderStatus
from domain.receipt import FiscalData, ReceiptState
from domain.refund import Refund, RefundStatus
from domain.transaction import OrderId, PaymentTransaction, ShopTransactionId


class Why(StrEnum):
    API = "api"
    CALLBACK = "callback"
    SETTLEMENT = "settlement"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changes something and why. `reason` is an operator's own words."""

    why: Why
    actor: str
    request_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change of one order or transaction: the fields that changed, before and after."""

    order_id: OrderId
    shop_transaction_id: ShopTransactionId | None
    at: datetime
    cause: Cause
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MerchantEvent:
    """News for the shop. The id is a function of the change, so that one change can never make two. Of a card there is no order."""

    id: str
    type: str
    client_id: str
    order_id: OrderId | None
    at: datetime
    data: Mapping[str, Any]


_PAYMENT_NEWS: Final = {
    Status.SUCCESS: "payment.succeeded",
    Status.FAILED: "payment.failed",
    Status.CANCELLED: "payment.cancelled",
}
_ORDER_NEWS: Final = {
    OrderStatus.PAID: "order.paid",
    OrderStatus.AUTHORIZED: "order.authorized",
    OrderStatus.CANCELLED: "order.cancelled",
    OrderStatus.PARTIALLY_REFUNDED: "order.partially_refunded",
    OrderStatus.REFUNDED: "order.refunded",
}


def audit(before: Books | None, after: Books, cause: Cause, at: datetime) -> list[AuditEvent]:
    """One event for the order and one for each of its attempts, where money or status changed."""
    old = _facts_by_key(before) if before else {}
    changes: list[tuple[ShopTransactionId | None, Mapping[str, Any], Mapping[str, Any]]] = [
        (key, old.get(key, {}), facts) for key, facts in _facts_by_key(after).items()
    ]
    changes.append((None, _order_facts(before) if before else {}, _order_facts(after)))
    return [
        AuditEvent(after.order.id, key, at, cause, _only_changed(was, now), _only_changed(now, was))
        for key, was, now in changes
        if was != now
    ]


def news(before: Books | None, after: Books, at: datetime) -> list[MerchantEvent]:
    """What the shop is told of this change, most particular first."""
    old = {t.shop_transaction_id: t for t in before.transactions} if before else {}
    told: list[tuple[str, PaymentTransaction | None, Mapping[str, Any]]] = []
    for new in after.transactions:
        was = old.get(new.shop_transaction_id)
        if new.status in _PAYMENT_NEWS and (was is None or was.status is not new.status):
            told.append((_PAYMENT_NEWS[new.status], new, {}))
        if new.refunded_minor != (was.refunded_minor if was else 0):
            told.append(("payment.refunded", new, {}))
        told += [("payment.refund_failed", new, {"refund": _refund_data(r)}) for r in _failed_since(was, new)]
        if new.reviews != (was.reviews if was else ()):
            told.append(("payment.review_required", new, {}))
        if _is_ready(after, new) and not (before and _is_ready(before, new)):
            told.append(("receipt.ready", new, {}))
    if before and after.order.status is not before.order.status and after.order.status in _ORDER_NEWS:
        told.append((_ORDER_NEWS[after.order.status], None, {}))
    order = after.order
    return [
        MerchantEvent(
            id=f"evt_{order.id}_{order.version + 1}_{n}",
            type=kind,
            client_id=order.owner.client_id,
            order_id=order.id,
            at=at,
            data={**_order_data(after), **(_payment_data(transaction, after) if transaction else {}), **more},
        )
        for n, (kind, transaction, more) in enumerate(told)
    ]


def _failed_since(was: PaymentTransaction | None, new: PaymentTransaction) -> list[Refund]:
    """Refunds of which the whole or a part will not come any more."""
    ended = (RefundStatus.FAILED, RefundStatus.PARTIAL)
    before = {r.id for r in was.refunds.refunds if r.status in ended} if was else set()
    return [r for r in new.refunds.refunds if r.status in ended and r.id not in before]


def _only_changed(these: Mapping[str, Any], others: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in these.items() if name not in others or others[name] != value}


def _facts_by_key(books: Books) -> dict[ShopTransactionId, Mapping[str, Any]]:
    receipts = {r.shop_transaction_id: {"receipt": r.state.value} for r in books.receipts}
    return {
        t.shop_transaction_id: {**_transaction_facts(t), **receipts.get(t.shop_transaction_id, {})}
        for t in books.transactions
    }


def _is_ready(books: Books, t: PaymentTransaction) -> bool:
    receipt = books.receipt_of(t.shop_transaction_id)
    return receipt is not None and receipt.state is ReceiptState.READY


def _order_facts(books: Books) -> Mapping[str, Any]:
    return {"status": books.order.status.value, "cancelled": books.order.cancelled_at is not None}


def _transaction_facts(t: PaymentTransaction) -> Mapping[str, Any]:
    return {
        "status": t.status.value,
        "in_flight": t.in_flight.value if t.in_flight else None,
        "held": t.held,
        "amount_minor": t.amount.amount_minor,
        "captures_asked": list(t.captures_asked),
        "captured_minor": t.captured_minor,
        "refunded_minor": t.refunded_minor,
        "refunds": {r.id: {"amount_minor": r.amount_minor, "status": r.status.value} for r in t.refunds.refunds},
        "cancel_requested": t.cancel_requested_at is not None,
        "denial": t.denial,
        "error_code": t.error_code,
        "reviews": [r.value for r in t.reviews],
        "reviews_seen": t.reviews_seen,
        "octo_final": t.octo_final.value if t.octo_final else None,
    }


def _order_data(books: Books) -> dict[str, Any]:
    order = books.order
    return {
        "order_id": order.id,
        "reference": order.reference,
        "order_status": order.status.value,
        "amount": str(order.amount.amount),
        "currency": order.amount.currency.value,
        "test": order.test,
    }


def _payment_data(t: PaymentTransaction, books: Books) -> dict[str, Any]:
    paid_at = t.facts.paid_at
    payment = {
        "transaction_id": t.octo_transaction_id,
        "shop_transaction_id": t.shop_transaction_id,
        "status": t.status.value,
        "captured": str(captured(t).amount),
        "refunded": str(to_major(t.refunded_minor)),
        "error_code": t.error_code,
        "reviews": [r.value for r in t.reviews],
        "paid_at": paid_at.isoformat() if paid_at else None,
        "net": _sum(t.net_minor),
        "commission": _sum(t.commission_minor),
        "rrn": t.facts.rrn,
        "masked_card": t.facts.masked_card,
    }
    receipt = books.receipt_of(t.shop_transaction_id)
    given = receipt.fiscal_data if receipt else None
    return {"payment": payment} | ({"receipt": _receipt_data(given)} if given else {})


def _sum(minor: int | None) -> str | None:
    return None if minor is None else str(to_major(minor))


def _refund_data(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.id,
        "status": refund.status.value,
        "amount": str(to_major(refund.amount_minor)),
        "refunded": str(to_major(refund.refunded_minor)),
    }


def _receipt_data(given: FiscalData) -> dict[str, Any]:
    return {
        "terminal_id": given.terminal_id,
        "receipt_id": given.receipt_id,
        "issued_at": given.issued_at.isoformat(),
        "fiscal_sign": given.fiscal_sign,
        "url": given.qr_code_url,
    }
