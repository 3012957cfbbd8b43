"""The audit trail, read off a change of the books: one event for each thing that changed, none for what is only scheduling."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from domain.books import Books
from domain.journal import AuditEvent, Cause, Why, audit, news
from domain.moves import Word
from domain.report import Facts
from tests.unit.attempts import (
    AMOUNT,
    CODE_BY_SMS,
    FINGERPRINT,
    NOW,
    TERMS,
    Step,
    after,
    books,
    callback,
    changed,
    not_known,
    order,
    read,
)

CAUSE: Final = Cause(Why.API, actor="shop", request_id="req-1")


def written(before: Books | None, after_: Books) -> list[AuditEvent]:
    return audit(before, after_, CAUSE, NOW)


def test_a_new_order_is_one_event() -> None:
    (event,) = written(None, Books(order()))

    assert event.order_id == "ORD-17"
    assert event.shop_transaction_id is None
    assert (event.at, event.cause) == (NOW, CAUSE)
    assert event.before == {}
    assert event.after == {"status": "awaiting_payment", "cancelled": False}


def test_a_new_attempt_is_one_event() -> None:
    (event,) = written(books(), books().attempted(TERMS, NOW))

    assert event.shop_transaction_id == "ORD-17-1"
    assert event.before == {}
    assert event.after["status"] == "pending"
    assert event.after["amount_minor"] == AMOUNT.amount_minor


def test_an_event_tells_what_changed_before_and_after_and_nothing_else() -> None:
    before = books("prepared")
    (event,) = written(before, changed(before, lambda t: t.send_card(FINGERPRINT, NOW)))

    assert event.before == {"status": "prepared", "in_flight": None}
    assert event.after == {"status": "processing", "in_flight": "pay"}


def test_attempt_and_order_have_one_event_each_where_both_changed() -> None:
    before = books("failed", "processing")
    paid = changed(before, lambda t: t.hear(callback(Word.SUCCEEDED)), 2)
    events = {event.shop_transaction_id: event for event in written(before, paid)}

    assert set(events) == {"ORD-17-2", None}
    assert events[None].before == {"status": "awaiting_payment"}
    assert events[None].after == {"status": "paid"}


AUDITED: Final[Mapping[str, tuple[str, Step]]] = {
    "card": ("prepared", lambda t: t.send_card(FINGERPRINT, NOW)),
    "code": ("verification_required", lambda t: t.send_code(NOW)),
    "resend": ("verification_required", lambda t: t.resend_code(after(seconds=30))),
    "denial": ("processing (pay)", lambda t: t.denied(t.turn, "5", NOW)),
    "request to withdraw": ("verification_required", lambda t: t.withdraw(NOW)),
    "hold": ("processing", lambda t: t.hear(callback(Word.WAITING_FOR_CAPTURE))),
    "capture": ("processing, held", lambda t: t.capture_hold(100, NOW)),
    "refund": ("success", lambda t: t.hear(callback(Word.SUCCEEDED, refunded_minor=500))),
    "review": ("success", lambda t: t.hear(callback(Word.CANCELED))),
    "OCTO's last word": ("failed", lambda t: t.hear(callback(Word.SUCCEEDED))),
}


@pytest.mark.parametrize("change", AUDITED)
def test_whatever_concerns_money_or_status_is_exactly_one_event_of_its_attempt(change: str) -> None:
    stage, step = AUDITED[change]
    before = books(stage)
    of_attempt = [e for e in written(before, changed(before, step)) if e.shop_transaction_id]

    assert [e.shop_transaction_id for e in of_attempt] == ["ORD-17-1"]
    assert of_attempt[0].before.keys() == of_attempt[0].after.keys() != set()


SILENT: Final[Mapping[str, tuple[str, Step]]] = {
    "asked": ("processing", lambda t: t.asked(NOW)),
    "not reached": ("processing", lambda t: t.not_reached(NOW)),
    "check soon": ("failed", lambda t: t.check_soon(NOW)),
    "open read": ("processing", lambda t: t.hear(read(t, Word.CREATED, after(minutes=1)))),
    "not known": ("processing", lambda t: t.hear(not_known(t, after(minutes=1)))),
    "unknown word": ("processing", lambda t: t.hear(read(t, Word.UNKNOWN, after(minutes=1)))),
    "old news": ("success", lambda t: t.hear(callback(Word.SUCCEEDED))),
    "facts": ("success", lambda t: t.hear(callback(Word.SUCCEEDED, facts=Facts(rrn="000000000017")))),
    "second look": ("failed", lambda t: t.hear(read(t, Word.CANCELED, after(minutes=24 * 60)))),
    "verification": ("verification_required", lambda t: t.verified(t.turn, replace(CODE_BY_SMS, verify_id=2), NOW)),
    "exchange": ("processing", lambda t: t.exchanged("pay", {"method": "uzcard"}, None)),
    "nothing": ("processing", lambda t: t),
}


@pytest.mark.parametrize("change", SILENT)
def test_what_concerns_neither_is_no_event_and_no_news(change: str) -> None:
    stage, step = SILENT[change]
    before = books(stage)
    later = changed(before, step)

    assert written(before, later) == []
    assert news(before, later, NOW) == []


def test_the_shops_cancellation_is_an_event_of_the_order() -> None:
    before = books("failed")
    (event,) = written(before, before.cancelled(NOW))

    assert event.shop_transaction_id is None
    assert event.before == {"status": "payment_failed", "cancelled": False}
    assert event.after == {"status": "cancelled", "cancelled": True}
