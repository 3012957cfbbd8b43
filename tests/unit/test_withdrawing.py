"""Withdrawing: the shop's wish, at once where nobody can pay behind our back, otherwise by OCTO's word."""

from collections.abc import Callable
from typing import Final

import pytest

from domain.errors import WithdrawalRequested
from domain.moves import Word
from domain.transaction import PaymentTransaction
from tests.unit.attempts import (
    FINGERPRINT,
    NOW,
    after,
    at_the_bank,
    callback,
    on_octos_page,
    paying,
    pending,
    prepared,
    read,
    verifying,
)

INTENTS: Final[list[Callable[[PaymentTransaction], PaymentTransaction]]] = [
    lambda t: t.send_card(FINGERPRINT, NOW),
    lambda t: t.send_code(NOW),
    lambda t: t.resend_code(NOW),
]


@pytest.mark.parametrize("payment", [pending, prepared])
def test_the_shop_withdraws_at_once_where_no_card_was_sent(payment: Callable[[], PaymentTransaction]) -> None:
    withdrawn = payment().withdraw(after(minutes=1))

    assert withdrawn.status == "cancelled"
    assert withdrawn.cancel_requested_at == after(minutes=1)
    assert withdrawn.error_code == "withdrawn"


def test_a_withdrawal_after_a_denied_card_ends_as_failed() -> None:
    sent = paying().denied(paying().turn, "5", NOW)

    assert sent.hear(read(sent, Word.CREATED)).withdraw(NOW).status == "failed"


@pytest.mark.parametrize("payment", [verifying, at_the_bank, on_octos_page])
def test_elsewhere_a_withdrawal_becomes_a_request_and_no_more_cards_or_codes_are_taken(
    payment: Callable[[], PaymentTransaction],
) -> None:
    asked = payment().withdraw(NOW)

    assert asked.is_live
    assert asked.cancel_requested_at == NOW
    for intent in INTENTS:
        with pytest.raises(WithdrawalRequested):
            intent(asked)


def test_it_is_a_request_too_where_a_card_that_we_never_sent_was_seen_at_octo() -> None:
    seen = prepared().hear(read(prepared(), Word.WAIT_USER_ACTION)).withdraw(NOW)

    assert seen.status == "prepared"
    assert seen.cancel_requested_at == NOW
    assert seen.hear(callback(Word.CANCELED)).status == "failed"


def test_a_second_withdrawal_keeps_the_time_of_the_first() -> None:
    assert verifying().withdraw(NOW).withdraw(after(minutes=1)).cancel_requested_at == NOW


def test_a_withdrawn_payment_ends_by_octos_word() -> None:
    assert verifying().withdraw(NOW).hear(callback(Word.CANCELED)).status == "failed"


def test_a_hold_after_a_withdrawal_carries_a_review() -> None:
    held = verifying().withdraw(NOW).hear(callback(Word.WAITING_FOR_CAPTURE))

    assert held.stage == "processing, held"
    assert held.reviews == ("late_hold",)


def test_a_success_after_a_withdrawal_carries_a_review() -> None:
    paid = verifying().withdraw(NOW).hear(callback(Word.SUCCEEDED))

    assert paid.status == "success"
    assert paid.reviews == ("paid_after_withdrawal",)
