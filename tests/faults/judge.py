"""The books against OCTO's own ledger: whatever happened on the way, these hold at the end (G1 to G17, but for the doors)."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Engine, func, select

from adapters.database.tables import (
    CallbackRow,
    MerchantEventRow,
    OrderRow,
    ReceiptRow,
    SavedCardRow,
    TransactionRow,
    table,
)
from adapters.database.unit_of_work import Database
from domain import journal
from domain.books import Books
from domain.journal import AuditEvent, Cause, Why
from domain.moves import Status
from domain.order import Scope
from domain.receipt import ReceiptState
from domain.refund import RefundStatus
from domain.transaction import Review
from tests.faults import judge_money
from tests.faults.octo import Json, Octo

_ENDS: Final = {
    Status.SUCCESS: "payment.succeeded",
    Status.FAILED: "payment.failed",
    Status.CANCELLED: "payment.cancelled",
}
_TOLD_OF_ORDERS: Final = ("paid", "authorized", "cancelled", "partially_refunded", "refunded")
_NOBODY: Final = Cause(Why.OPERATOR, "judge")
_DUE: Final = tuple(table(row).c.next_check_at for row in (TransactionRow, ReceiptRow, SavedCardRow))


def violations(database_url: str, octo: Octo, only: Collection[str] = ()) -> list[str]:
    """Of all orders in the database, or of some; empty is right."""
    entries, calls = octo.ledger(), judge_money.calls(octo)
    payments = {payment["shop_transaction_id"]: payment for payment in octo.payments()}
    database = Database.at(database_url)
    try:
        events, unapplied, orders = _rows(database)
        found = [f"{unapplied} callbacks were stored and never applied"] if unapplied else []
        for order_id, client_id in orders:
            if only and order_id not in only:
                continue
            with database.reading() as unit:
                books = unit.books.owned(order_id, Scope(client_id))
                assert books is not None
                trail = unit.audit.of_order(books.order.id)
            of_order = [e for e in entries if e["shop_transaction_id"].startswith(order_id)]
            told = [kind for owner, kind in events if owner == order_id]
            checks = (
                judge_money.of_order(books, of_order),
                judge_money.of_refunds(books, payments, calls),
                judge_money.of_calls(books, trail, calls),
                _ends(books, payments),
                _receipts(books, payments),
                _audit(books, trail),
                _news(trail, told),
            )
            found += [f"order {order_id}: {wrong}" for check in checks for wrong in check]
        return found
    finally:
        database.dispose()


def audited(database_url: str, now: datetime) -> list[str]:
    """What `flask audit` would say."""
    database = Database.at(database_url)
    try:
        return [f"audit: {f.guarantee}: {f.offence}: {f.ids}" for f in database.audit.findings(now) if f.ids]
    finally:
        database.dispose()


def next_due(engine: Engine) -> datetime | None:
    """When a worker has something to ask next."""
    with engine.connect() as connection:
        due = [connection.execute(select(func.min(column))).scalar() for column in _DUE]
    return min((moment for moment in due if moment is not None), default=None)


def unheard(engine: Engine, heard: Collection[str]) -> list[str]:
    """The events that the shop's own program never got (G12)."""
    news = table(MerchantEventRow)
    with engine.connect() as connection:
        told = list(connection.execute(select(news.c.id)).scalars())
    return [f"the shop never heard of {event}" for event in told if event not in heard]


def _rows(database: Database) -> tuple[list[tuple[str, str]], int, list[tuple[str, str]]]:
    news, inbox, orders = table(MerchantEventRow), table(CallbackRow), table(OrderRow)
    with database._reading.connect() as connection:
        events = [(row.order_id, row.type) for row in connection.execute(select(news.c.order_id, news.c.type))]
        unapplied = len(connection.execute(select(inbox.c.id).where(inbox.c.applied_at.is_(None))).all())
        found = [(row.id, row.client_id) for row in connection.execute(select(orders.c.id, orders.c.client_id))]
    return events, unapplied, found


def _ends(books: Books, payments: Mapping[str, Json]) -> Iterator[str]:
    for t in books.transactions:
        if Review.MISMATCH in t.reviews and t.next_check_at is not None:
            continue  # flagged for a person, and asked about until one has looked
        if t.is_live:
            yield f"{t.shop_transaction_id} is still {t.status} ({t.in_flight})"
        if t.next_check_at is not None and t.shop_transaction_id in payments:
            yield f"{t.shop_transaction_id} is {t.status} and still watched"
    if sum(t.status is Status.SUCCESS for t in books.transactions) > 1:
        yield "two successes"


def _receipts(books: Books, payments: Mapping[str, Json]) -> Iterator[str]:
    """One for each success of a fiscal order, and just the one that OCTO gives."""
    paid = [t.shop_transaction_id for t in books.transactions if t.status is Status.SUCCESS]
    if sorted(r.shop_transaction_id for r in books.receipts) != (sorted(paid) if books.order.is_fiscal else []):
        yield f"{len(books.receipts)} receipts for {len(paid)} successes"
    for receipt in books.receipts:
        given, key = receipt.fiscal_data, receipt.shop_transaction_id
        if receipt.state is not ReceiptState.READY or given is None:
            yield f"the receipt of {key} is {receipt.state}"
        elif given.receipt_id != payments[key]["payment_id"]:
            yield f"the receipt of {key} is another payment's"


def _audit(books: Books, trail: Sequence[AuditEvent]) -> Iterator[str]:
    """Played from the beginning, the trail comes to what stands in the books: no change without an event, none told twice."""
    played: dict[str | None, dict[str, Any]] = {}
    for event in trail:
        facts = played.setdefault(event.shop_transaction_id, {})
        if {name: facts[name] for name in event.before if name in facts} != event.before or event.before == event.after:
            yield f"an audit event does not follow the one before it: {dict(event.before)} → {dict(event.after)}"
        facts.update(event.after)
    now = journal.audit(None, books, _NOBODY, datetime.now(UTC))
    stands: Mapping[str | None, Mapping[str, Any]] = {e.shop_transaction_id: e.after for e in now}
    if played != stands:
        yield f"the audit trail ends with {played}, the books say {stands}"


def _news(trail: Sequence[AuditEvent], told: Sequence[str]) -> Iterator[str]:
    """One merchant event for each change that the audit trail knows and the shop is to hear of (G12)."""
    expected = Counter(
        kind for event in trail for kind in (_of_payment if event.shop_transaction_id else _of_order)(event)
    )
    if expected != Counter(told):
        yield f"the merchant was told {sorted(told)} instead of {sorted(expected.elements())}"


def _of_payment(event: AuditEvent) -> Iterator[str]:
    after, had = event.after, event.before
    if after.get("status") in _ENDS:
        yield _ENDS[Status(after["status"])]
    if after.get("refunded_minor", 0) != had.get("refunded_minor", 0):
        yield "payment.refunded"
    for _ in _failed(after) - _failed(had):
        yield "payment.refund_failed"
    if after.get("reviews", []) != had.get("reviews", []):
        yield "payment.review_required"
    if after.get("receipt") == ReceiptState.READY:
        yield "receipt.ready"


def _failed(facts: Mapping[str, Any]) -> set[str]:
    ended = (RefundStatus.FAILED, RefundStatus.PARTIAL)
    return {refund_id for refund_id, refund in facts.get("refunds", {}).items() if refund["status"] in ended}


def _of_order(event: AuditEvent) -> Iterator[str]:
    if event.after.get("status") in _TOLD_OF_ORDERS:
        yield f"order.{event.after['status']}"
