"""Codes: lost, refused, resent, out of time, and not used at all."""

from dataclasses import replace

import pytest

from domain.errors import OtpExpired, OtpNotSent, OtpNotUsed, ResendLimitReached, ResendTooSoon
from domain.moves import Word
from domain.transaction import PaymentTransaction
from tests.unit.attempts import (
    CODE_BY_SMS,
    FINGERPRINT,
    NOW,
    PAGE,
    after,
    at_the_bank,
    callback,
    checking,
    on_octos_page,
    prepared,
    processing,
    read,
    verifying,
)


def test_a_lost_code_needs_two_open_reads_at_least_15_seconds_apart() -> None:
    sent = checking()
    once = sent.hear(read(sent, Word.WAIT_USER_ACTION, after(seconds=20)))
    soon = once.hear(read(once, Word.CREATED, after(seconds=34.9)))
    twice = once.hear(read(once, Word.CREATED, after(seconds=35)))

    assert once.stage == soon.stage == "processing (otp)"
    assert twice.status == "verification_required"
    assert twice.verification == CODE_BY_SMS
    assert twice.send_code(after(seconds=40)).stage == "processing (otp)"


def test_the_15_seconds_count_from_the_first_of_the_open_reads() -> None:
    sent = checking()
    for seconds in (20, 28, 36):
        sent = sent.hear(read(sent, Word.WAIT_USER_ACTION, after(seconds=seconds)))

    assert sent.status == "verification_required"


def test_a_code_that_was_answered_is_not_lost_whatever_reads_say() -> None:
    payment = processing()
    for seconds in (20, 40, 60):
        payment = payment.hear(read(payment, Word.WAIT_USER_ACTION, after(seconds=seconds)))

    assert payment.stage == "processing"


def test_the_answer_to_a_lost_code_comes_too_late() -> None:
    sent = checking()
    again = sent.hear(read(sent, Word.CREATED, NOW)).hear(read(sent, Word.CREATED, after(seconds=15)))

    assert again.status == "verification_required"
    assert again.code_answered(sent.turn, NOW) == again


def test_a_refused_code_may_be_typed_again_while_octo_says_open() -> None:
    sent = checking()
    denied = sent.denied(sent.turn, "-270", NOW)
    again = denied.hear(read(denied, Word.WAIT_USER_ACTION))

    assert again.error_code == "otp_rejected"
    assert again.send_code(NOW).error_code is None


def test_a_resend_forgets_the_verify_id_until_verification_info_gives_the_new_one() -> None:
    resent = verifying().resend_code(after(seconds=30))
    with pytest.raises(OtpNotSent) as refused:
        resent.send_code(NOW)
    found = resent.verified(resent.turn, replace(CODE_BY_SMS, payment_id=None, verify_id=913), NOW)

    assert refused.value.code == "otp_not_sent"
    assert found.octo_payment_id == 7731
    assert found.verification
    assert found.verification.verify_id == 913
    assert found.in_flight is None


def test_a_resend_never_blocks_anything() -> None:
    resent = verifying().resend_code(after(seconds=30))

    assert resent.status == "verification_required"
    assert resent.in_flight == "resend"
    assert resent.resend_code(after(minutes=1)).status == "verification_required"
    assert resent.send_card(FINGERPRINT, NOW).stage == "processing (pay)"


def test_codes_are_not_sent_closer_than_thirty_seconds() -> None:
    with pytest.raises(ResendTooSoon) as refused:
        verifying().resend_code(after(seconds=20))

    assert refused.value.facts == {"retry_after_seconds": 11}


def test_a_clock_that_is_behind_keeps_nobody_waiting_for_minutes() -> None:
    resent = verifying().resend_code(after(minutes=-4))

    assert resent.in_flight == "resend"


def test_no_more_than_three_codes_are_sent_again() -> None:
    payment = verifying()
    for resend in range(1, 4):
        payment = payment.resend_code(after(minutes=resend))

    with pytest.raises(ResendLimitReached):
        payment.resend_code(after(minutes=4))


def test_a_code_whose_time_is_over_by_any_clock_is_not_sent() -> None:
    with pytest.raises(OtpExpired) as refused:
        verifying().send_code(after(minutes=7))

    assert refused.value.code == "otp_expired"


@pytest.mark.parametrize("ahead_minutes", [-5, 4.99])
def test_a_good_code_is_sent_by_a_machine_whose_clock_is_minutes_off(ahead_minutes: float) -> None:
    """It was typed after a minute and 59 seconds; the card was sent by another machine."""
    sent = verifying().send_code(after(minutes=ahead_minutes, seconds=119))

    assert sent.stage == "processing (otp)"


def denied_code(code: str, *, seconds: float) -> PaymentTransaction:
    """A code that OCTO refused, and that it still awaits when it is asked so long after the card was sent."""
    at = after(seconds=seconds)
    sent = verifying().send_code(at)
    refused = sent.denied(sent.turn, code, at)
    return refused.hear(read(refused, Word.WAIT_USER_ACTION, at))


def test_a_code_that_came_too_late_for_octo_costs_no_try() -> None:
    late = denied_code("-271", seconds=120)

    assert (late.status, late.error_code, late.tries_left) == ("verification_required", "otp_expired", 3)
    assert late.resend_code(after(seconds=121)).in_flight == "resend"


@pytest.mark.parametrize(("code", "seconds"), [("-271", 119), ("-270", 120)])
def test_a_code_that_was_in_time_or_is_called_wrong_costs_a_try(code: str, seconds: float) -> None:
    wrong = denied_code(code, seconds=seconds)

    assert (wrong.status, wrong.error_code, wrong.tries_left) == ("verification_required", "otp_rejected", 2)


def test_a_late_code_after_which_octo_closes_the_payment_is_the_end() -> None:
    sent = verifying().send_code(after(seconds=120))
    refused = sent.denied(sent.turn, "-271", after(seconds=120))
    ended = refused.hear(read(refused, Word.CANCELED, after(seconds=120)))

    assert (ended.status, ended.error_code) == ("failed", "card_declined")


@pytest.mark.parametrize(
    ("codes_wrong", "denial", "told"),
    [
        (0, "-270", "otp_rejected"),
        (2, "-51", "otp_rejected"),
        (2, None, "otp_rejected"),
        (0, "-51", "card_declined"),
        (0, None, "card_declined"),
    ],
)
def test_only_a_wrong_code_is_called_one_where_octo_ends_the_payment(
    codes_wrong: int, denial: str | None, told: str
) -> None:
    sent = replace(verifying(), codes_wrong=codes_wrong).send_code(NOW)
    refused = sent if denial is None else sent.denied(sent.turn, denial, NOW)

    assert refused.hear(callback(Word.CANCELED)).error_code == told


def test_a_payment_that_ran_out_while_a_code_was_awaited_has_expired() -> None:
    waiting = verifying()

    assert waiting.hear(callback(Word.CANCELED, waiting.expires_at)).error_code == "expired"
    assert waiting.hear(callback(Word.CANCELED)).error_code == "card_declined"


@pytest.mark.parametrize("intent", ["send_code", "resend_code"])
def test_no_code_is_used_where_the_bank_or_octo_asks_on_its_own_page(intent: str) -> None:
    page = on_octos_page()
    page = page.hear(read(page, Word.WAIT_USER_ACTION))
    for payment, url in ((at_the_bank(), "https://acs.bank.example/3ds"), (page, PAGE)):
        with pytest.raises(OtpNotUsed) as refused:
            getattr(payment, intent)(NOW)

        assert refused.value.code == "otp_not_used"
        assert refused.value.facts == {"verification_url": url}


def test_on_octos_page_wait_user_action_means_that_the_payer_must_act_there() -> None:
    payment = on_octos_page()

    assert payment.hear(read(payment, Word.CREATED)).status == "prepared"
    assert payment.hear(read(payment, Word.WAIT_USER_ACTION)).status == "verification_required"
    assert payment.hear(read(payment, Word.WAIT_USER_ACTION)).verification_url == PAGE
    assert prepared().hear(read(prepared(), Word.WAIT_USER_ACTION)).status == "prepared"
