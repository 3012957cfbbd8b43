"""Holds: taken in whole or in part, given back, lapsed, and found after the end."""

import pytest

from domain.errors import CaptureAboveHold, NotHeld, PaymentInProgress
from domain.money import Currency, Money
from domain.moves import Word
from domain.transaction import PaymentTransaction
from tests.unit.attempts import AMOUNT, IN_STAGE, NOW, after, callback, failed, held, read, success

HALF = Money(AMOUNT.amount_minor // 2, Currency.UZS)


def test_a_capture_and_a_release_are_intents_that_begin_a_turn() -> None:
    captured, released = held().capture_hold(HALF.amount_minor, NOW), held().release_hold(NOW)

    assert captured.stage == released.stage == "processing, held"
    assert (captured.in_flight, released.in_flight) == ("capture", "release")
    assert captured.turn == released.turn == held().turn + 1


@pytest.mark.parametrize("sum_", [0, -1, AMOUNT.amount_minor + 1])
def test_no_more_is_captured_than_is_held_and_never_nothing(sum_: int) -> None:
    with pytest.raises(CaptureAboveHold):
        held().capture_hold(sum_, NOW)


def test_while_one_of_them_is_unanswered_no_other_leaves() -> None:
    for unanswered in (held().capture_hold(HALF.amount_minor, NOW), held().release_hold(NOW)):
        with pytest.raises(PaymentInProgress):
            unanswered.capture_hold(HALF.amount_minor, NOW)
        with pytest.raises(PaymentInProgress):
            unanswered.release_hold(NOW)


def test_a_capture_that_never_left_is_undone_and_its_sum_may_come_true_all_the_same() -> None:
    captured = held().capture_hold(HALF.amount_minor, NOW)
    back = captured.hold_call_never_left(captured.turn, NOW)

    assert back.in_flight is None
    assert back.captures_asked == (HALF.amount_minor,)
    assert captured.hold_call_never_left(captured.turn - 1, NOW) == captured


def test_a_denied_capture_may_be_tried_again_after_a_read_that_finds_it_held() -> None:
    captured = held().capture_hold(HALF.amount_minor, NOW)
    denied = captured.denied(captured.turn, "10", NOW)
    again = denied.hear(read(denied, Word.WAITING_FOR_CAPTURE))

    assert denied.in_flight == "capture"
    assert again.stage == "processing, held"
    assert again.in_flight is None


def test_a_lost_capture_may_be_tried_again_after_two_such_reads_15_seconds_apart() -> None:
    lost = held().capture_hold(HALF.amount_minor, NOW)
    once = lost.hear(read(lost, Word.WAITING_FOR_CAPTURE, after(seconds=20)))
    soon = once.hear(read(once, Word.WAITING_FOR_CAPTURE, after(seconds=34)))
    twice = once.hear(read(once, Word.WAITING_FOR_CAPTURE, after(seconds=35)))

    assert once.in_flight == soon.in_flight == "capture"
    assert twice.in_flight is None


@pytest.mark.parametrize("named", [HALF, AMOUNT, None])
def test_the_sum_of_a_partial_capture_is_the_expected_one_too(named: Money | None) -> None:
    paid = held().capture_hold(HALF.amount_minor, NOW).hear(callback(Word.SUCCEEDED, amount=named))

    assert paid.status == "success"
    assert paid.reviews == ()
    assert paid.captured_minor == HALF.amount_minor


def test_any_of_the_captures_that_were_asked_for_may_have_been_carried_out() -> None:
    lost = held().capture_hold(HALF.amount_minor, NOW)
    for seconds in (20, 40):
        lost = lost.hear(read(lost, Word.WAITING_FOR_CAPTURE, after(seconds=seconds)))
    paid = lost.capture_hold(AMOUNT.amount_minor, NOW).hear(callback(Word.SUCCEEDED, amount=HALF))

    assert paid.captured_minor == HALF.amount_minor
    assert paid.reviews == ("gateway_contradiction",)


@pytest.mark.parametrize(
    ("named", "captured", "reviews"),
    [
        (HALF, HALF, ()),
        (AMOUNT, AMOUNT, ("gateway_contradiction",)),
        (None, HALF, ("gateway_contradiction",)),
    ],
)
def test_where_two_sums_were_asked_for_a_person_looks_unless_octo_names_the_last(
    named: Money | None, captured: Money, reviews: tuple[str, ...]
) -> None:
    """OCTO may call the sum that was held the total, whatever was taken of it."""
    whole = held().capture_hold(AMOUNT.amount_minor, NOW)
    half = whole.hold_call_never_left(whole.turn, NOW).capture_hold(HALF.amount_minor, NOW)
    paid = half.hear(callback(Word.SUCCEEDED, amount=named))

    assert (paid.captured_minor, paid.reviews) == (captured.amount_minor, reviews)


def test_a_sum_that_nobody_asked_for_is_a_mismatch() -> None:
    odd = held().capture_hold(HALF.amount_minor, NOW).hear(callback(Word.SUCCEEDED, amount=Money(1, Currency.UZS)))

    assert odd.stage == "processing, held"
    assert odd.reviews == ("gateway_mismatch",)


def test_without_a_partial_capture_all_is_taken() -> None:
    assert success().captured_minor == AMOUNT.amount_minor
    assert held().captured_minor is None


def test_a_released_or_lapsed_hold_is_cancelled_although_a_card_was_sent() -> None:
    for payment in (held().release_hold(NOW), held()):
        ended = payment.hear(callback(Word.CANCELED))

        assert ended.cards_sent == 1
        assert ended.status == "cancelled"
        assert ended.error_code == "hold_released"


def test_a_hold_after_the_end_is_to_be_released() -> None:
    over = failed()
    over = over.hear(read(over, Word.CANCELED, after(minutes=24 * 60)))
    late = over.hear(callback(Word.WAITING_FOR_CAPTURE, after(minutes=24 * 60 + 1)))

    assert over.next_check_at is None
    assert late.status == "failed"
    assert late.release_due
    assert late.reviews == ("late_hold",)
    assert late.next_check_at
    assert late.hear(callback(Word.CANCELED)).release_due is False


@pytest.mark.parametrize("stage", ["prepared", "verification_required"])
def test_without_a_hold_nothing_is_captured_or_released(stage: str) -> None:
    with pytest.raises(NotHeld) as refused:
        IN_STAGE[stage]().release_hold(NOW)

    assert refused.value.facts == {"status": stage}


# ---- a hold after the end


def late_hold() -> PaymentTransaction:
    return failed().hear(callback(Word.WAITING_FOR_CAPTURE))


def test_a_late_hold_is_given_back_by_one_call_at_a_time() -> None:
    released = late_hold().release_late(NOW)

    assert released.status == "failed"
    assert released.in_flight == "release"
    assert released.next_check_at
    assert released.release_late(NOW).turn == released.turn
    assert failed().release_late(NOW).in_flight is None


def test_a_late_release_that_never_left_or_was_refused_is_tried_again() -> None:
    released = late_hold().release_late(NOW)
    undone = released.late_release_undone(released.turn, NOW)

    assert undone.in_flight is None
    assert undone.release_due
    assert undone.next_check_at
    assert released.late_release_undone(released.turn - 1, NOW) == released


def test_a_lost_late_release_is_tried_again_after_two_reads_15_seconds_apart_that_still_see_the_hold() -> None:
    lost = late_hold().release_late(NOW)
    once = lost.hear(read(lost, Word.WAITING_FOR_CAPTURE, after(seconds=20)))
    soon = once.hear(read(once, Word.WAITING_FOR_CAPTURE, after(seconds=34)))
    twice = once.hear(read(once, Word.WAITING_FOR_CAPTURE, after(seconds=35)))

    assert once.in_flight == soon.in_flight == "release"
    assert twice.in_flight is None
    assert twice.release_due


def test_a_late_release_ends_with_octos_canceled_and_its_second_look() -> None:
    ended = late_hold().release_late(NOW).hear(callback(Word.CANCELED, after(minutes=1)))

    assert ended.status == "failed"
    assert (ended.release_due, ended.in_flight) == (False, None)
    assert ended.next_check_at == after(minutes=24 * 60 + 1)
