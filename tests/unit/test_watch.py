"""When OCTO is asked again: nothing open is forgotten, and what is closed is watched until OCTO has said how it ended."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.moves import Word
from domain.transaction import PaymentTransaction, Review
from tests.unit.attempts import (
    IN_STAGE,
    LIVE,
    NOW,
    after,
    callback,
    cancelled,
    checking,
    failed,
    on_octos_page,
    paying,
    pending,
    prepared,
    processing,
    read,
    success,
    verifying,
)

DAY = timedelta(days=1)


def minutes_until_next_check(t: PaymentTransaction, at: datetime = NOW) -> float:
    assert t.next_check_at
    return (t.next_check_at - at).total_seconds() / 60


@pytest.mark.parametrize("stage", LIVE)
def test_every_live_payment_has_a_next_check(stage: str) -> None:
    payment = IN_STAGE[stage]()

    assert payment.next_check_at
    assert payment.not_reached(after(minutes=1)).next_check_at
    assert payment.hear(read(payment, Word.UNKNOWN, after(minutes=1))).next_check_at


@pytest.mark.parametrize("payment", [pending, paying, checking, processing])
def test_what_is_unresolved_is_asked_about_after_1_2_5_15_30_and_60_minutes(
    payment: Callable[[], PaymentTransaction],
) -> None:
    waits, asked, at = [], payment(), NOW
    for _ in range(8):
        waits.append(minutes_until_next_check(asked, at))
        at = asked.next_check_at or at
        asked = asked.not_reached(at)

    assert waits == [1, 2, 5, 15, 30, 60, 60, 60]


@pytest.mark.parametrize("payment", [prepared, verifying])
def test_what_waits_for_its_payer_is_left_alone_until_it_has_run_out(payment: Callable[[], PaymentTransaction]) -> None:
    assert minutes_until_next_check(payment()) == 20


def test_a_payer_on_octos_page_is_asked_about_sooner() -> None:
    assert minutes_until_next_check(on_octos_page()) == 1


@pytest.mark.parametrize("stage", LIVE)
def test_callbacks_and_reads_on_the_fly_do_not_put_the_next_check_off(stage: str) -> None:
    payment = IN_STAGE[stage]()
    noise = (
        callback(Word.UNKNOWN, after(minutes=1)),
        read(payment, Word.UNKNOWN, after(minutes=1), scheduled=False),
        read(payment, Word.UNKNOWN, after(minutes=1), scheduled=False, known=False),
    )

    assert {payment.hear(report).next_check_at for report in noise} == {payment.next_check_at}


def test_a_paid_payment_is_not_asked_about() -> None:
    assert success().next_check_at is None


def test_a_doubt_about_a_paid_payment_is_settled_by_one_read() -> None:
    doubted = success().doubted(Review.CALLBACK_MISMATCH, NOW)

    assert doubted.next_check_at == NOW
    assert doubted.hear(read(doubted, Word.SUCCEEDED)).next_check_at is None


def test_a_doubt_that_octo_did_not_answer_stays_due() -> None:
    doubted = success().doubted(Review.CALLBACK_MISMATCH, NOW).not_reached(NOW)

    assert doubted.next_check_at == after(minutes=1)


# ---- what we closed ourselves


def closed_by_us() -> PaymentTransaction:
    return prepared().withdraw(NOW)


@pytest.mark.parametrize("payment", [closed_by_us, lambda: verifying().give_up(NOW)])
def test_what_we_closed_is_watched_until_octo_has_said_canceled_or_succeeded(
    payment: Callable[[], PaymentTransaction],
) -> None:
    watched = payment()
    for hour in range(1, 200):
        at = after(minutes=60 * hour)
        watched = watched.not_reached(at) if hour % 3 else watched.hear(read(watched, Word.CREATED, at))

        assert watched.next_check_at
        assert at < watched.next_check_at <= at + DAY


def test_the_watch_ends_a_day_after_octos_canceled() -> None:
    closed = closed_by_us()
    said = closed.hear(read(closed, Word.CANCELED, after(minutes=60)))

    assert said.next_check_at == after(minutes=60) + DAY
    assert said.hear(read(said, Word.CANCELED, after(minutes=60) + DAY)).next_check_at is None


def test_the_watch_finds_a_late_success() -> None:
    closed = closed_by_us()
    found = closed.hear(read(closed, Word.SUCCEEDED, after(minutes=60)))

    assert found.status == "success"
    assert found.reviews == ("late_success",)
    assert found.next_check_at is None


# ---- what OCTO closed


@pytest.mark.parametrize("payment", [failed, cancelled])
def test_what_octo_called_canceled_is_read_once_more_a_day_later(payment: Callable[[], PaymentTransaction]) -> None:
    ended = payment()

    assert ended.next_check_at == NOW + DAY
    assert ended.hear(read(ended, Word.CANCELED, NOW + DAY)).next_check_at is None


@pytest.mark.parametrize("word", [Word.CREATED, Word.CANCELED, Word.UNKNOWN])
def test_a_read_as_the_end_came_is_not_that_second_look(word: Word) -> None:
    ended = failed()

    assert ended.hear(read(ended, word, after(seconds=2))).next_check_at == NOW + DAY
    assert ended.check_soon(after(seconds=1)).hear(read(ended, word, after(seconds=2))).next_check_at == NOW + DAY


def test_a_second_look_that_octo_did_not_answer_is_taken_again() -> None:
    missed = failed().not_reached(NOW + DAY)

    assert missed.next_check_at
    assert missed.next_check_at > NOW + DAY


def test_a_second_look_finds_a_success_that_octo_had_called_canceled() -> None:
    ended = failed()
    found = ended.hear(read(ended, Word.SUCCEEDED, NOW + DAY))

    assert found.status == "success"
    assert found.reviews == ("late_success",)
    assert found.error_code is None


# ---- OCTO's rate


def test_octo_is_asked_at_most_once_in_1_1_seconds() -> None:
    asked = processing().asked(NOW)

    assert processing().may_ask(NOW)
    assert not asked.may_ask(after(seconds=1.09))
    assert asked.may_ask(after(seconds=1.1))


def test_a_clock_that_went_back_does_not_silence_it() -> None:
    assert processing().asked(NOW).may_ask(after(minutes=-5))
