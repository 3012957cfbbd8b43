"""Closing without OCTO's word: never while somebody could pay behind our back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.moves import Word
from domain.report import Report, Source
from domain.transaction import Mode, PaymentTransaction
from tests.unit.attempts import (
    FINGERPRINT,
    NOW,
    after,
    at_the_bank,
    callback,
    checking,
    not_known,
    on_octos_page,
    paying,
    paying_again,
    pending,
    prepared,
    processing,
    read,
    verifying,
)

Saying = Callable[[PaymentTransaction, datetime], Report]
UNANSWERED_OR_ACCEPTED = [verifying, at_the_bank, paying, paying_again, checking, processing]


def still_open(t: PaymentTransaction, at: datetime) -> Report:
    return read(t, Word.CREATED, at)


def overdue(t: PaymentTransaction, *, seconds: float = 0) -> datetime:
    return t.expires_at + timedelta(minutes=5, seconds=seconds)


def heard(t: PaymentTransaction, saying: Saying, *moments: datetime) -> PaymentTransaction:
    for at in moments:
        t = t.hear(saying(t, at))
    return t


@pytest.mark.parametrize("saying", [still_open, not_known])
def test_two_reads_a_minute_apart_beyond_its_life_and_five_minutes_close_a_payment(saying: Saying) -> None:
    payment = prepared()
    closed = heard(payment, saying, overdue(payment), overdue(payment, seconds=60))

    assert closed.status == "cancelled"
    assert closed.error_code == "expired"
    assert closed.octo_final is None


@pytest.mark.parametrize("saying", [still_open, not_known])
def test_reads_less_than_a_minute_apart_do_not(saying: Saying) -> None:
    payment = prepared()
    kept = heard(payment, saying, overdue(payment), overdue(payment, seconds=30), overdue(payment, seconds=59))

    assert kept.status == "prepared"
    assert heard(kept, saying, overdue(payment, seconds=60)).status == "cancelled"


def test_one_read_does_not_however_late() -> None:
    payment = prepared()

    assert heard(payment, still_open, after(minutes=10_000)).status == "prepared"


def test_a_read_before_its_time_does_not_count_for_the_two() -> None:
    payment = prepared()
    kept = heard(payment, still_open, overdue(payment, seconds=-1), overdue(payment, seconds=59))

    assert kept.status == "prepared"


def test_a_callback_or_an_answer_that_says_open_is_no_read() -> None:
    payment = prepared()
    for seconds in (0, 60, 120):
        at = overdue(payment, seconds=seconds)
        payment = payment.hear(callback(Word.CREATED, at))
        payment = payment.hear(Report(Word.CREATED, Source.ANSWER, at, payment.turn))

    assert payment.status == "prepared"


def test_its_life_counts_from_the_latest_prepare() -> None:
    first = pending()
    again = first.prepare(after(minutes=14))

    assert heard(again, not_known, overdue(first), overdue(first, seconds=60)).status == "pending"
    assert heard(again, not_known, overdue(again), overdue(again, seconds=60)).status == "cancelled"


def test_a_read_before_the_latest_prepare_does_not_count_for_the_two() -> None:
    payment = pending()
    payment = heard(payment, not_known, overdue(payment)).prepare(overdue(payment, seconds=30))
    once = heard(payment, not_known, overdue(payment))

    assert once.status == "pending"
    assert heard(once, not_known, overdue(payment, seconds=60)).status == "cancelled"


def test_a_denied_card_no_longer_keeps_it_from_closing_and_makes_it_failed() -> None:
    sent = paying().denied(paying().turn, "5", NOW)
    denied = heard(sent, still_open, NOW)
    closed = heard(denied, still_open, overdue(denied), overdue(denied, seconds=60))

    assert denied.is_closable
    assert closed.status == "failed"
    assert closed.error_code == "card_declined"


def test_a_card_that_never_left_does_not_count_as_sent() -> None:
    back = paying().card_never_left(paying().turn, NOW)

    assert heard(back, still_open, overdue(back), overdue(back, seconds=60)).status == "cancelled"
    assert back.withdraw(NOW).status == "cancelled"


@pytest.mark.parametrize("saying", [still_open, not_known])
@pytest.mark.parametrize("payment", UNANSWERED_OR_ACCEPTED)
def test_never_by_age_while_a_card_is_unanswered_or_accepted(
    payment: Callable[[], PaymentTransaction], saying: Saying
) -> None:
    kept = payment()
    kept = heard(kept, saying, *(overdue(kept, seconds=3600 * hour) for hour in range(24)))

    assert kept.is_live
    assert not kept.is_closable


def test_never_by_age_where_a_card_that_we_never_sent_was_seen_at_octo() -> None:
    payment = prepared().hear(read(prepared(), Word.WAIT_USER_ACTION))

    assert heard(payment, still_open, overdue(payment), overdue(payment, seconds=60)).status == "prepared"


def test_never_by_age_once_octos_own_page_was_handed_out() -> None:
    payment = on_octos_page()
    kept = heard(payment, still_open, *(overdue(payment, seconds=3600 * hour) for hour in range(24)))

    assert kept.status == "prepared"


def test_a_payment_on_octos_page_that_was_not_handed_out_yet_may_be_closed() -> None:
    payment = pending(Mode.REDIRECT)

    assert heard(payment, not_known, overdue(payment), overdue(payment, seconds=60)).status == "cancelled"


@pytest.mark.parametrize("word", [Word.CREATED, Word.WAIT_USER_ACTION])
def test_the_payer_goes_on_past_its_life_while_octo_says_open(word: Word) -> None:
    late = after(minutes=600)
    payment = verifying()
    payment = payment.hear(read(payment, word, late))
    sent = payment.send_card(FINGERPRINT, late)

    assert sent.card_answered(sent.turn, None, late).stage == "processing"


# ---- 24 hours


def every_hour(t: PaymentTransaction, hours: int, give_up_after: timedelta) -> PaymentTransaction:
    first = overdue(t)
    for hour in range(hours + 1):
        t = t.hear(read(t, Word.WAIT_USER_ACTION, first + timedelta(hours=hour)), give_up_after)
    return t


@pytest.mark.parametrize("payment", [*UNANSWERED_OR_ACCEPTED, on_octos_page])
def test_24_hours_of_open_reads_past_its_life_close_it_as_failed_under_watch(
    payment: Callable[[], PaymentTransaction],
) -> None:
    day = timedelta(hours=24)
    # A lost code, or the first news of OCTO's page, is a move, and the day begins with it.
    given_up = every_hour(payment(), 26, day)

    assert every_hour(payment(), 23, day).is_live
    assert given_up.status == "failed"
    assert given_up.error_code == "unresolved"
    assert given_up.reviews == ("given_up",)
    assert given_up.next_check_at


def test_zero_hours_mean_never() -> None:
    assert every_hour(verifying(), 24 * 7, timedelta(0)).status == "verification_required"


def test_a_card_sent_after_a_day_is_not_given_up_within_minutes() -> None:
    day_later = overdue(verifying()) + timedelta(hours=24)
    sent = verifying().send_card(FINGERPRINT, day_later)
    kept = heard(sent, still_open, *(day_later + timedelta(minutes=m) for m in (1, 3, 8)))

    assert kept.stage == "processing (pay)"


def test_silence_is_no_open_read() -> None:
    payment = processing()
    for hour in range(100):
        payment = payment.not_reached(overdue(payment, seconds=3600 * hour))

    assert payment.stage == "processing"


def test_that_octo_knows_no_such_payment_never_fails_a_card_that_may_be_on_its_way() -> None:
    payment = paying()
    kept = heard(payment, not_known, *(overdue(payment, seconds=3600 * hour) for hour in range(100)))

    assert kept.stage == "processing (pay)"
