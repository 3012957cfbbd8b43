"""Cards: what an intent forgets, what an answer restores, and which news come too late to count."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import pytest

from domain.errors import GatewayMismatch, PaidOnGatewayPage
from domain.moves import Word
from domain.report import Report, Source, Verification, Way
from domain.transaction import Mode, PaymentTransaction
from tests.unit.attempts import (
    AMOUNT,
    CODE_BY_SMS,
    CODE_OF_SECOND_CARD,
    FINGERPRINT,
    NOW,
    PAGE,
    after,
    checking,
    paying,
    paying_again,
    prepared,
    read,
    verifying,
)


def denied_and_still_open(sent: PaymentTransaction, word: Word = Word.CREATED) -> PaymentTransaction:
    denied = sent.denied(sent.turn, "5", NOW)
    return denied.hear(read(denied, word))


# ---- a card's intent


def test_a_cards_intent_forgets_payment_id_and_verify_id() -> None:
    assert verifying().octo_payment_id == 7731
    assert paying_again().octo_payment_id is None
    assert paying_again().verification is None


def test_never_left_restores_them() -> None:
    sent = paying_again()
    back = sent.card_never_left(sent.turn, NOW)

    assert back.status == "verification_required"
    assert back.verification == CODE_BY_SMS
    assert back.send_code(NOW).stage == "processing (otp)"


def test_the_denial_of_a_second_card_returns_to_the_first_cards_payment_id_and_keeps_it_unclosable() -> None:
    back = denied_and_still_open(paying_again())

    assert back.status == "verification_required"
    assert back.error_code == "card_declined"
    assert back.octo_payment_id == 7731
    assert not back.is_closable
    assert back.withdraw(NOW).is_live


def test_the_denial_of_a_first_card_restores_nothing() -> None:
    back = denied_and_still_open(paying())

    assert back.status == "prepared"
    assert back.verification is None
    assert back.is_closable


def test_a_denial_alone_decides_nothing() -> None:
    sent = paying()
    denied = sent.denied(sent.turn, "5", NOW)

    assert denied.stage == "processing (pay)"
    assert not denied.is_closable
    assert denied.hear(Report(Word.SUCCEEDED, Source.CALLBACK, NOW)).status == "success"


def test_a_denied_card_on_a_payment_that_octo_has_closed_is_final() -> None:
    sent = paying()
    denied = sent.denied(sent.turn, "5", NOW)
    closed = denied.hear(read(denied, Word.CANCELED))

    assert closed.status == "failed"
    assert closed.error_code == "card_declined"


def test_a_read_that_began_before_the_denial_does_not_confirm_it() -> None:
    sent = paying()
    early = read(sent, Word.CREATED)

    assert sent.denied(sent.turn, "5", NOW).hear(early).stage == "processing (pay)"


def test_the_next_card_begins_without_the_error_of_the_last() -> None:
    denied = denied_and_still_open(paying())

    assert denied.error_code == "card_declined"
    assert denied.send_card(FINGERPRINT, NOW).error_code is None


def test_each_card_is_counted_unless_it_never_left() -> None:
    sent = denied_and_still_open(paying()).send_card(FINGERPRINT, NOW)

    assert sent.cards_sent == 2
    assert sent.card_never_left(sent.turn, NOW).cards_sent == 1


def test_no_card_is_taken_where_the_order_is_paid_on_octos_page() -> None:
    with pytest.raises(PaidOnGatewayPage) as refused:
        prepared(Mode.REDIRECT).send_card(FINGERPRINT, NOW)

    assert refused.value.code == "paid_on_gateway_page"
    assert refused.value.facts == {"octo_pay_url": PAGE}


@pytest.mark.parametrize("intent", ["send_code", "resend_code"])
def test_a_payment_that_octo_records_otherwise_takes_nothing(intent: str) -> None:
    doubted = verifying().hear(read(verifying(), Word.CREATED, amount=replace(AMOUNT, amount_minor=1)))

    with pytest.raises(GatewayMismatch):
        doubted.send_card(FINGERPRINT, NOW)
    with pytest.raises(GatewayMismatch):
        getattr(doubted, intent)(NOW)


# ---- turns

Answer = Callable[[PaymentTransaction, int], PaymentTransaction]
ANSWERS: Final[Mapping[str, tuple[Callable[[], PaymentTransaction], Answer]]] = {
    "card answered": (paying, lambda t, turn: t.card_answered(turn, CODE_BY_SMS, NOW)),
    "card settling": (paying, lambda t, turn: t.card_answered(turn, None, NOW)),
    "card never left": (paying, lambda t, turn: t.card_never_left(turn, NOW)),
    "card denied": (paying, lambda t, turn: t.denied(turn, "5", NOW)),
    "second card answered": (paying_again, lambda t, turn: t.card_answered(turn, CODE_BY_SMS, NOW)),
    "second card never left": (paying_again, lambda t, turn: t.card_never_left(turn, NOW)),
    "code answered": (checking, lambda t, turn: t.code_answered(turn, NOW)),
    "code never left": (checking, lambda t, turn: t.code_never_left(turn, NOW)),
    "code denied": (checking, lambda t, turn: t.denied(turn, "5", NOW)),
    "verificationInfo": (verifying, lambda t, turn: t.verified(turn, CODE_OF_SECOND_CARD, NOW)),
}


@pytest.mark.parametrize("result", ANSWERS)
def test_a_result_of_an_earlier_turn_changes_nothing(result: str) -> None:
    payment, answer = ANSWERS[result]
    now = payment()

    assert answer(now, now.turn - 1) == now
    assert answer(now, now.turn) != now


def test_every_intent_and_every_answer_begins_a_turn() -> None:
    sent = paying()
    answered = sent.card_answered(sent.turn, CODE_BY_SMS, NOW)
    resent = answered.resend_code(after(seconds=30))
    checked = verifying().send_code(NOW)
    turns = [prepared().turn, sent.turn, answered.turn, resent.turn]

    assert turns == sorted(set(turns))
    assert verifying().turn < checked.turn < checked.code_answered(checked.turn, NOW).turn
    assert sent.denied(sent.turn, "5", NOW).turn > sent.turn
    assert verifying().withdraw(NOW).turn > verifying().turn


def test_a_read_that_began_before_the_latest_intent_is_no_proof_of_open() -> None:
    before = read(verifying(), Word.WAIT_USER_ACTION, after(seconds=20))
    sent = verifying().send_code(after(seconds=30))
    heard = sent.hear(before).hear(read(sent, Word.WAIT_USER_ACTION, after(seconds=45)))

    assert heard.stage == "processing (otp)"


# ---- a lost `pay` answer


@pytest.mark.parametrize("word", [Word.CREATED, Word.WAIT_USER_ACTION])
def test_created_after_a_lost_pay_answer_proves_nothing(word: Word) -> None:
    sent = paying()
    for minute in range(1, 10):
        sent = sent.hear(read(sent, word, after(minutes=minute)))

    assert sent.stage == "processing (pay)"


@pytest.mark.parametrize("payment", [paying, paying_again])
def test_a_read_with_the_payment_id_of_this_card_finds_its_lost_answer(
    payment: Callable[[], PaymentTransaction],
) -> None:
    sent = payment()
    found = sent.hear(read(sent, Word.WAIT_USER_ACTION, verification=CODE_OF_SECOND_CARD))

    assert found.status == "verification_required"
    assert found.octo_payment_id == 7732
    assert not found.is_closable
    assert sent.card_answered(sent.turn, None, NOW).stage == "processing"
    assert found.card_answered(sent.turn, None, NOW) == found


def test_the_payment_id_of_the_card_before_or_none_does_not() -> None:
    sent = paying_again()
    for told in (CODE_BY_SMS, Verification(way=Way.OTP, verify_id=912), None):
        heard = sent.hear(read(sent, Word.WAIT_USER_ACTION, verification=told))

        assert heard.stage == "processing (pay)"


def test_where_the_card_before_has_no_known_payment_id_none_can_be_told_from_it() -> None:
    first = paying()
    unknown = first.card_answered(first.turn, replace(CODE_BY_SMS, payment_id=None), NOW).send_card(FINGERPRINT, NOW)

    assert unknown.hear(read(unknown, Word.WAIT_USER_ACTION, verification=CODE_BY_SMS)).stage == "processing (pay)"


def test_a_read_that_began_before_the_card_does_not_find_its_answer() -> None:
    early = read(prepared(), Word.WAIT_USER_ACTION, verification=CODE_BY_SMS)

    assert paying().hear(early).stage == "processing (pay)"
