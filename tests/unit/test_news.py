"""The merchant's events, read off a change of the books: each final change is told once, under an id of its own."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pytest

from domain.books import Books
from domain.journal import MerchantEvent, news
from domain.moves import Word
from domain.report import Facts
from domain.transaction import Review
from tests.unit.attempts import (
    AMOUNT,
    NOW,
    STAGES,
    TERMS,
    after,
    books,
    callback,
    changed,
    order,
)


def told(before: Books, after_: Books) -> list[MerchantEvent]:
    return news(before, after_, NOW)


def kinds(before: Books, after_: Books) -> list[str]:
    return [event.type for event in told(before, after_)]


NEWS: Final[list[tuple[str, str, Word, dict[str, Any], list[str]]]] = [
    ("paid", "processing", Word.SUCCEEDED, {}, ["payment.succeeded", "order.paid"]),
    ("canceled with a card", "processing", Word.CANCELED, {}, ["payment.failed"]),
    ("canceled without one", "prepared", Word.CANCELED, {}, ["payment.cancelled"]),
    ("held", "processing", Word.WAITING_FOR_CAPTURE, {}, ["order.authorized"]),
    ("lapsed hold", "processing, held", Word.CANCELED, {}, ["payment.cancelled"]),
    ("late", "failed", Word.SUCCEEDED, {}, ["payment.succeeded", "payment.review_required", "order.paid"]),
    ("contradiction", "success", Word.CANCELED, {}, ["payment.review_required"]),
    (
        "refund in part",
        "success",
        Word.SUCCEEDED,
        {"refunded_minor": 500},
        ["payment.refunded", "payment.review_required", "order.partially_refunded"],
    ),
    (
        "refund",
        "success",
        Word.SUCCEEDED,
        {"refunded_minor": AMOUNT.amount_minor},
        ["payment.refunded", "payment.review_required", "order.refunded"],
    ),
    ("still open", "verification_required", Word.WAIT_USER_ACTION, {}, []),
    ("old news", "failed", Word.CANCELED, {}, []),
]


@pytest.mark.parametrize(("_", "stage", "word", "facts", "expected"), NEWS, ids=[case[0] for case in NEWS])
def test_each_final_change_is_told_exactly_once(
    _: str, stage: str, word: Word, facts: dict[str, Any], expected: list[str]
) -> None:
    before = books(stage)
    later = changed(before, lambda t: t.hear(callback(word, **facts)))
    again = changed(later, lambda t: t.hear(callback(word, **facts)))

    assert kinds(before, later) == expected
    assert told(later, again) == []


@pytest.mark.parametrize("stage", STAGES)
def test_moves_short_of_the_end_are_no_news(stage: str) -> None:
    before = books(stage)
    later = changed(before, lambda t: t.asked(NOW).not_reached(NOW))

    assert told(before, later) == []


def test_a_withdrawal_at_once_and_a_cancelled_order_are_told() -> None:
    before = books("prepared")

    assert kinds(before, before.cancelled(NOW)) == ["payment.cancelled", "order.cancelled"]


def test_a_second_charge_is_told_with_its_reason_although_the_order_stays_paid() -> None:
    before = books("success", "processing")
    twice = changed(before, lambda t: t.hear(callback(Word.SUCCEEDED)), 2)

    assert kinds(before, twice) == ["payment.succeeded", "payment.review_required"]
    assert [e.data["payment"]["reviews"] for e in told(before, twice)] == [["second_charge"], ["second_charge"]]
    assert {e.data["payment"]["shop_transaction_id"] for e in told(before, twice)} == {"ORD-17-2"}


def test_a_new_order_or_attempt_is_no_news() -> None:
    assert news(None, Books(order()), NOW) == []
    assert told(books(), books().attempted(TERMS, NOW)) == []


def test_an_events_id_is_a_function_of_the_change() -> None:
    before = books("processing")
    paid = changed(before, lambda t: t.hear(callback(Word.SUCCEEDED)))
    saved = Books(replace(paid.order, version=1), paid.transactions)
    ids = [event.id for event in told(before, paid)]

    assert ids == ["evt_ORD-17_1_0", "evt_ORD-17_1_1"]
    assert [event.id for event in news(before, paid, after(minutes=5))] == ids
    refund = changed(saved, lambda t: t.hear(callback(Word.SUCCEEDED, refunded_minor=1)))
    assert not {event.id for event in told(saved, refund)} & set(ids)


def test_the_shop_learns_what_it_needs_and_nothing_that_lets_anyone_act() -> None:
    paid_at = datetime.fromisoformat("2026-01-05T14:05:02+05:00")
    before = books("processing")
    facts = Facts(paid_at=paid_at, transfer_minor=17_945_000, rrn="000000000017", masked_card="860049******6478")
    paid = changed(before, lambda t: t.hear(callback(Word.SUCCEEDED, facts=facts)))
    first, last = told(before, paid)

    assert (first.client_id, first.order_id, first.at) == ("shop", "ORD-17", NOW)
    assert first.data == {
        "order_id": "ORD-17",
        "reference": None,
        "order_status": "paid",
        "amount": "185000.00",
        "currency": "UZS",
        "test": True,
        "payment": {
            "transaction_id": "uuid-1",
            "shop_transaction_id": "ORD-17-1",
            "status": "success",
            "captured": "185000.00",
            "refunded": "0.00",
            "error_code": None,
            "reviews": [],
            "paid_at": "2026-01-05T14:05:02+05:00",
            "net": "179450.00",
            "commission": "5550.00",
            "rrn": "000000000017",
            "masked_card": "860049******6478",
        },
    }
    assert "payment" not in last.data


def test_what_was_captured_in_part_is_told_as_such() -> None:
    before = books("processing, held")
    asked = changed(before, lambda t: t.capture_hold(100, NOW))
    paid = changed(asked, lambda t: t.hear(callback(Word.SUCCEEDED)))

    assert told(asked, paid)[0].data["payment"]["captured"] == "1.00"


def test_a_person_who_gives_up_is_told_of_too() -> None:
    before = books("processing")

    assert kinds(before, changed(before, lambda t: t.give_up(NOW))) == ["payment.failed", "payment.review_required"]
    assert Review.GIVEN_UP in changed(before, lambda t: t.give_up(NOW)).transactions[0].reviews
