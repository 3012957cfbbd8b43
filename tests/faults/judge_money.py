"""What OCTO took, holds and gave back, against what the books say of it; and each call as often as it was meant (G1, G4, G8, G15)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from domain.books import Books
from domain.journal import AuditEvent
from domain.money import to_major
from domain.moves import Status
from domain.order import OrderStatus
from domain.refund import Operation, OperationStatus
from domain.transaction import Call, Capture, PaymentTransaction
from tests.faults.octo import BY_REPLY, Json, Octo

# Of a call, and of what it is about: a payment's id or, of a refund, the operation's.
Calls = Mapping[tuple[str, str], int]
_ZERO: Final = Decimal(0)
_OPEN: Final = (OperationStatus.WAITING, OperationStatus.IN_FLIGHT)
_HOLD_CALLS: Final = (Call.CAPTURE, Call.RELEASE)


def calls(octo: Octo) -> Calls:
    """Those that OCTO acted on and that move money or cards."""
    names = ("pay", "check_sms_key", "check_pan", "set_accept", "refund")
    found = [call for name in names for call in octo.calls(name) if call["processed"] and call["body"]]
    about = [(c["call"], c["body"].get("shop_refund_id") or c["shop_transaction_id"], c["body"]) for c in found]
    return Counter((name, key) for name, key, body in about if BY_REPLY not in body)


def kept(octo: Octo) -> Decimal:
    """Of all payments together."""
    return sum((payment["taken"] for payment in octo.payments()), _ZERO)


def of_order(books: Books, entries: Sequence[Json]) -> Iterator[str]:
    """At no moment more than one charge, held or taken; what is kept at the end is what the books say."""
    taken = held = most = _ZERO
    for entry in entries:
        amount = entry["amount"]
        taken += {"debit": amount, "capture": amount, "refund": -amount}.get(entry["kind"], _ZERO)
        held += {"hold": amount, "capture": -amount, "release": -amount}.get(entry["kind"], _ZERO)
        most = max(most, taken + held)
        if min(taken, held) < 0:
            yield f"more was given back than taken: {entry}"
    if most > books.order.amount.amount:
        yield f"charged twice: {most} of {books.order.amount.amount}"
    if held:
        yield f"OCTO still holds {held}"
    if not _fits(books, taken):
        yield f"the order is {books.order.status}, and OCTO keeps {taken}"
    for t in books.transactions:
        yield from _of_attempt(t, [e for e in entries if e["shop_transaction_id"] == t.shop_transaction_id])


def _fits(books: Books, kept: Decimal) -> bool:
    took = sum(t.captured_minor or 0 for t in books.transactions if t.status is Status.SUCCESS)
    match books.order.status:
        case OrderStatus.PAID:
            return kept == to_major(took) > 0
        case OrderStatus.PARTIALLY_REFUNDED:
            return 0 < kept < to_major(took)
        case OrderStatus.REFUNDED:
            return kept == 0 < took
        case _:
            return kept == took == 0


def _of_attempt(t: PaymentTransaction, entries: Sequence[Json]) -> Iterator[str]:
    key = t.shop_transaction_id
    took = sum((e["amount"] for e in entries if e["kind"] in ("debit", "capture")), _ZERO)
    gave = sum((e["amount"] for e in entries if e["kind"] == "refund"), _ZERO)
    if t.status is not Status.SUCCESS:
        # Given back by OCTO itself, where it debits before it knows.
        if took != gave:
            yield f"{key} is {t.status}, and OCTO took {took} and gave back {gave}"
        return
    if took != to_major(t.captured_minor or 0):
        yield f"{key} took {to_major(t.captured_minor or 0)}, and OCTO {took}"
    if gave != to_major(t.refunded_minor):
        yield f"{key} gave back {to_major(t.refunded_minor)}, and OCTO {gave}"
    asked = t.captures_asked if t.capture is Capture.MANUAL else ()
    if t.captured_minor not in (t.amount.amount_minor, *asked):
        yield f"{key} took {t.captured_minor}, which nobody asked for"
    if sum(e["kind"] == "capture" for e in entries) > 1:
        yield f"{key} was captured twice"


def of_refunds(books: Books, payments: Mapping[str, Json], made: Calls) -> Iterator[str]:
    """Each operation that OCTO knows is one of ours, of the same sum and end, sent as often as we know; none is left open."""
    for t in books.transactions:
        ours = {o.shop_refund_id: o for refund in t.refunds.refunds for o in refund.operations}
        theirs = {
            refund["shop_refund_id"]: refund for refund in payments.get(t.shop_transaction_id, {}).get("refunds", ())
        }
        for unknown in theirs.keys() - ours.keys():
            yield f"OCTO has a refund that nobody asked for: {unknown}"
        for key, operation in ours.items():
            yield from _of_operation(operation, theirs.get(key), made.get(("refund", key), 0))
        keys = [refund.request_key for refund in t.refunds.refunds if refund.request_key is not None]
        if len(keys) != len(set(keys)):
            yield "one request was refunded twice"


def _of_operation(ours: Operation, their: Json | None, sent: int) -> Iterator[str]:
    if ours.status in _OPEN:
        yield f"{ours.shop_refund_id} is still {ours.status}"
    if (ours.status is OperationStatus.SUCCEEDED) != (their is not None and their["status"] == "succeeded"):
        yield f"{ours.shop_refund_id} is {ours.status}, and OCTO has {their}"
    if their is not None and their["amount"] != to_major(ours.amount_minor):
        yield f"{ours.shop_refund_id} is about {to_major(ours.amount_minor)}, and OCTO has {their}"
    if sent > ours.times_sent:
        yield f"{ours.shop_refund_id} left {sent} times, and was meant to {ours.times_sent} times"


def of_calls(books: Books, trail: Sequence[AuditEvent], made: Calls) -> Iterator[str]:
    """What is never repeated leaves at most once for each intent (G8)."""
    for t in books.transactions:
        key = t.shop_transaction_id
        begun = Counter(e.after.get("in_flight") for e in trail if e.shop_transaction_id == key)
        meant = {
            "pay": t.cards_sent,
            "check_sms_key": begun[Call.OTP.value],
            "check_pan": t.codes_sent,
            "set_accept": sum(begun[call.value] for call in _HOLD_CALLS),
        }
        for call, most in meant.items():
            if made.get((call, key), 0) > most:
                yield f"{call} left {made[call, key]} times for {most} intents of {key}"
