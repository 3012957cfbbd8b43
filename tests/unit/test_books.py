"""The books of an order: one live attempt at a time, late and second charges recorded, the shop's cancellation."""

from dataclasses import replace

import pytest

from domain.books import MAX_ATTEMPTS, Books, captured
from domain.errors import (
    OrderNotCancellable,
    OrderNotPayable,
    PaymentFinal,
    PaymentInProgress,
    PaymentNotStarted,
    TooManyAttempts,
    TransactionNotFound,
    TransactionSuperseded,
)
from domain.money import Currency, Money
from domain.moves import Word
from domain.transaction import Capture, Mode
from tests.unit.attempts import (
    AMOUNT,
    FINGERPRINT,
    IN_STAGE,
    NOW,
    TERMS,
    after,
    books,
    callback,
    half_captured,
    order,
    success,
    verifying,
)

# ---- attempts


def test_each_attempt_has_an_id_of_its_own_at_octo() -> None:
    again = books("failed", "cancelled").attempted(TERMS, NOW)

    assert [t.shop_transaction_id for t in again.transactions] == ["ORD-17-1", "ORD-17-2", "ORD-17-3"]
    assert [t.attempt for t in again.transactions] == [1, 2, 3]


def test_an_attempt_begins_with_the_orders_terms_and_a_prepare_about_to_leave() -> None:
    begun = Books(order(Mode.REDIRECT, Capture.MANUAL)).attempted(TERMS, NOW).current

    assert (begun.order_id, begun.amount, begun.test, begun.terms) == ("ORD-17", AMOUNT, True, TERMS)
    assert (begun.mode, begun.capture) == (Mode.REDIRECT, Capture.MANUAL)
    assert (begun.status, begun.in_flight) == ("pending", "prepare")
    assert begun.expires_at == after(minutes=15)
    assert begun.next_check_at


def test_nobody_begins_to_pay_an_order_without_end() -> None:
    begun = books(*["cancelled"] * (MAX_ATTEMPTS - 1)).attempted(TERMS, NOW)
    with pytest.raises(TooManyAttempts):
        begun.with_(begun.current.withdraw(NOW)).attempted(TERMS, NOW)

    assert len(begun.transactions) == MAX_ATTEMPTS


@pytest.mark.parametrize("stage", list(IN_STAGE)[:7])
def test_there_is_never_an_attempt_beside_a_live_one(stage: str) -> None:
    with pytest.raises(OrderNotPayable):
        books(stage).attempted(TERMS, NOW)


@pytest.mark.parametrize(
    ("attempts", "status"),
    [
        (("success",), "paid"),
        (("processing, held",), "authorized"),
        (("refunded in part",), "partially_refunded"),
        (("refunded",), "refunded"),
    ],
)
def test_an_order_that_needs_no_payment_takes_none(attempts: tuple[str, ...], status: str) -> None:
    kept = books(*attempts)
    with pytest.raises(OrderNotPayable) as refused:
        kept.require_payable()
    with pytest.raises(OrderNotPayable):
        kept.attempted(TERMS, NOW)

    assert refused.value.code == "order_not_payable"
    assert refused.value.facts == {"status": status}


@pytest.mark.parametrize("attempts", [(), ("failed",), ("cancelled",)])
def test_an_order_that_waits_or_has_failed_is_payable_again(attempts: tuple[str, ...]) -> None:
    books(*attempts).require_payable()

    assert books(*attempts).attempted(TERMS, NOW).live


# ---- which attempt is meant


@pytest.mark.parametrize(
    ("attempts", "number"),
    [
        (("failed", "prepared"), 2),
        (("success", "prepared"), 2),
        (("success", "failed"), 1),
        (("failed", "success", "cancelled"), 2),
        (("failed", "cancelled"), 2),
    ],
)
def test_the_current_attempt_is_the_live_one_else_the_paid_one_else_the_latest(
    attempts: tuple[str, ...], number: int
) -> None:
    assert books(*attempts).current.attempt == number


def test_before_the_first_attempt_there_is_none() -> None:
    assert books().live is None
    with pytest.raises(PaymentNotStarted):
        _ = books().current


def test_the_current_attempt_is_addressed_by_octos_id() -> None:
    kept = books("failed", "prepared")

    assert kept.addressed("uuid-2") == kept.transactions[1]


def test_an_earlier_attempt_is_superseded_and_a_strange_one_is_not_found() -> None:
    kept = books("failed", "prepared")
    with pytest.raises(TransactionSuperseded) as superseded:
        kept.addressed("uuid-1")
    with pytest.raises(TransactionNotFound) as missing:
        kept.addressed("uuid-3")

    assert superseded.value.code == "transaction_superseded"
    assert superseded.value.facts == {"transaction_id": "uuid-2"}
    assert missing.value.code == "transaction_not_found"


# ---- late and second charges


def test_a_second_charge_is_recorded_and_flagged() -> None:
    kept = books("success", "processing")
    twice = kept.with_(kept.transactions[1].hear(callback(Word.SUCCEEDED)))

    assert [t.status for t in twice.transactions] == ["success", "success"]
    assert [t.reviews for t in twice.transactions] == [(), ("second_charge",)]


def test_after_a_late_success_the_order_is_paid_and_the_attempt_beside_it_takes_nothing_more() -> None:
    kept = books("cancelled", "prepared")
    paid = kept.with_(kept.transactions[0].hear(callback(Word.SUCCEEDED)))

    assert paid.order.status == "paid"
    assert paid.transactions[0].reviews == ("late_success",)
    assert paid.live == kept.transactions[1]
    with pytest.raises(OrderNotPayable):
        paid.require_payable()


def test_a_success_after_the_shops_cancellation_is_flagged() -> None:
    kept = books("verification_required").cancelled(NOW)
    paid = kept.with_(kept.transactions[0].hear(callback(Word.SUCCEEDED)))

    assert paid.order.status == "paid"
    assert paid.transactions[0].reviews == ("paid_after_withdrawal", "paid_after_cancellation")


def test_news_of_a_success_that_is_known_adds_no_flag() -> None:
    kept = books("success")

    assert kept.with_(kept.transactions[0].hear(callback(Word.SUCCEEDED))) is kept


def test_nothing_changed_is_the_same_books() -> None:
    kept = books("failed", "prepared")

    assert kept.with_(replace(kept.transactions[1])) is kept


# ---- the shop's cancellation


@pytest.mark.parametrize("attempts", [(), ("failed",), ("cancelled",), ("pending",), ("prepared",)])
def test_the_shop_cancels_an_order_and_withdraws_its_attempt(attempts: tuple[str, ...]) -> None:
    cancelled = books(*attempts).cancelled(NOW)

    assert cancelled.order.status == "cancelled"
    assert cancelled.order.cancelled_at == NOW
    assert cancelled.live is None
    with pytest.raises(OrderNotPayable):
        cancelled.attempted(TERMS, NOW)


def test_an_attempt_that_may_still_be_paid_is_asked_to_end() -> None:
    cancelled = books("verification_required").cancelled(NOW)

    assert cancelled.order.status == "cancelled"
    assert cancelled.live
    assert cancelled.live.cancel_requested_at == NOW


def test_an_order_is_cancelled_once() -> None:
    cancelled = books("verification_required").cancelled(NOW)

    assert cancelled.cancelled(after(minutes=1)) is cancelled


def test_an_order_whose_outcome_is_not_known_is_not_cancelled() -> None:
    for stage in ("processing (pay)", "processing (otp)", "processing"):
        with pytest.raises(PaymentInProgress):
            books(stage).cancelled(NOW)


@pytest.mark.parametrize("attempts", [("success",), ("refunded",), ("processing, held",)])
def test_an_order_with_money_is_not_cancelled(attempts: tuple[str, ...]) -> None:
    with pytest.raises(OrderNotCancellable):
        books(*attempts).cancelled(NOW)


def test_a_final_attempt_is_not_withdrawn() -> None:
    for stage in ("success", "failed", "cancelled"):
        with pytest.raises(PaymentFinal):
            books(stage).current.withdraw(NOW)


# ---- money


def test_what_was_captured_is_the_amount_or_the_part_that_was_asked_for() -> None:
    assert captured(success()) == AMOUNT
    assert captured(half_captured()) == Money(AMOUNT.amount_minor // 2, Currency.UZS)


def test_a_card_is_sent_for_the_attempt_not_for_the_order() -> None:
    kept = books("failed", "prepared")
    sent = kept.with_(kept.current.send_card(FINGERPRINT, NOW))

    assert sent.transactions[0] == kept.transactions[0]
    assert sent[kept.current.shop_transaction_id].stage == "processing (pay)"
    assert verifying().cards_sent == 1
