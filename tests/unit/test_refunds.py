"""Refunds of one payment: split by OCTO's limits, sent one after the other, under ids that a repeat cannot change."""

from typing import Final

import pytest

from domain.errors import InvalidRefund, NotRefundable, RefundBelowMinimum, RefundInProgress
from domain.money import Currency
from domain.moves import Word
from domain.refund import Operation, OperationStatus, RefundPolicy, RefundStatus
from domain.transaction import PaymentTransaction
from tests.unit.attempts import AMOUNT, IN_STAGE, NOW, after, callback, half_captured, read, success

ALL: Final = AMOUNT.amount_minor
ANY: Final = RefundPolicy(smallest_minor={}, largest_minor={})
LIMITED: Final = RefundPolicy(smallest_minor={Currency.UZS: 10}, largest_minor={Currency.UZS: 100})


def asked(minor: int, policy: RefundPolicy = ANY, of: PaymentTransaction | None = None) -> PaymentTransaction:
    return (of or success()).request_refund(minor, "returned goods", policy, NOW)


def next_id(t: PaymentTransaction) -> str:
    assert t.refunds.next_operation
    return t.refunds.next_operation.shop_refund_id


def sent(t: PaymentTransaction, times: int = 1) -> PaymentTransaction:
    for _ in range(times):
        t = t.send_refund(next_id(t), NOW)
    return t


def done(t: PaymentTransaction) -> PaymentTransaction:
    return t.refund_answered(next_id(t), done=True, refund_id="r", at=NOW)


def first(t: PaymentTransaction) -> Operation:
    return t.refunds.refunds[0].operations[0]


# ---- splitting


@pytest.mark.parametrize(
    ("minor", "sums"),
    [
        (10, (10,)),
        (99, (99,)),
        (100, (100,)),
        (200, (100, 100)),
        (110, (100, 10)),
        (199, (100, 99)),
        # A rest below the minimum takes from the operation before it.
        (101, (91, 10)),
        (109, (99, 10)),
        (305, (100, 100, 95, 10)),
    ],
)
def test_a_refund_is_split_by_octos_limits_and_adds_up(minor: int, sums: tuple[int, ...]) -> None:
    assert LIMITED.split(minor, Currency.UZS) == sums
    assert sum(sums) == minor


def test_a_currency_without_limits_is_refunded_in_one() -> None:
    assert LIMITED.split(1, Currency.USD) == (1,)
    assert LIMITED.split(10**9, Currency.USD) == (10**9,)


def test_less_than_the_minimum_is_refused() -> None:
    with pytest.raises(RefundBelowMinimum) as refused:
        LIMITED.split(9, Currency.UZS)

    assert refused.value.facts == {"minimum_minor": 10}


# ---- asking for one


@pytest.mark.parametrize("stage", [stage for stage in IN_STAGE if stage != "success"])
def test_nothing_is_refunded_that_was_not_taken(stage: str) -> None:
    with pytest.raises(NotRefundable):
        asked(1, of=IN_STAGE[stage]())


@pytest.mark.parametrize("minor", [0, -1, ALL + 1])
def test_more_than_nothing_and_at_most_what_was_taken(minor: int) -> None:
    with pytest.raises(InvalidRefund):
        asked(minor)


def test_of_a_partial_capture_only_that_part() -> None:
    with pytest.raises(InvalidRefund) as refused:
        asked(ALL // 2 + 1, of=half_captured())

    assert refused.value.facts["left_minor"] == ALL // 2


def test_refunds_made_elsewhere_count_too() -> None:
    elsewhere = success().hear(callback(Word.SUCCEEDED, refunded_minor=500))
    with pytest.raises(InvalidRefund) as refused:
        asked(ALL - 499, of=elsewhere)

    assert refused.value.facts["left_minor"] == ALL - 500


def test_one_refund_at_a_time() -> None:
    for under_way in (asked(500), sent(asked(500))):
        with pytest.raises(RefundInProgress):
            asked(1, of=under_way)


def test_its_ids_follow_from_the_payments_and_are_never_the_same() -> None:
    two = asked(150, LIMITED, of=done(sent(asked(50))))

    assert [r.id for r in two.refunds.refunds] == ["ORD-17-1-r1", "ORD-17-1-r2"]
    assert [o.shop_refund_id for o in two.refunds.refunds[1].operations] == ["ORD-17-1-r2-1", "ORD-17-1-r2-2"]


def test_a_refund_under_way_is_not_forgotten() -> None:
    under_way = sent(asked(500))

    assert asked(500).next_check_at
    assert under_way.next_check_at
    assert under_way.hear(read(under_way, Word.SUCCEEDED, after(minutes=1), refunded_minor=0)).next_check_at
    assert done(under_way).next_check_at is None


# ---- one operation


def test_only_succeeded_moves_the_money() -> None:
    taken = sent(asked(500))
    accepted = taken.refund_answered(next_id(taken), done=False, refund_id=None, at=NOW)

    assert accepted.refunded_minor == 0
    assert first(accepted).status is OperationStatus.IN_FLIGHT
    assert done(taken).refunded_minor == 500
    assert done(taken).refunds.refunds[0].status is RefundStatus.SUCCEEDED
    assert done(taken).reviews == ()


def test_what_was_refunded_elsewhere_stays_counted_beside_ours() -> None:
    elsewhere = success().hear(callback(Word.SUCCEEDED, refunded_minor=500))

    assert done(sent(asked(300, of=elsewhere))).refunded_minor == 800


def test_a_lost_answer_is_found_by_octos_sum() -> None:
    found = sent(asked(500)).hear(callback(Word.SUCCEEDED, refunded_minor=500))

    assert first(found).status is OperationStatus.SUCCEEDED
    assert found.refunded_minor == 500
    assert found.reviews == ()


def test_a_sum_without_ours_does_not_make_it_done() -> None:
    elsewhere = sent(asked(500, of=success().hear(callback(Word.SUCCEEDED, refunded_minor=700))))

    assert first(elsewhere.hear(callback(Word.SUCCEEDED, refunded_minor=700))).status is OperationStatus.IN_FLIGHT
    assert first(elsewhere.hear(callback(Word.SUCCEEDED, refunded_minor=1200))).status is OperationStatus.SUCCEEDED


def test_one_that_never_left_waits_as_before_and_one_that_was_sent_twice_is_still_out() -> None:
    once, twice = sent(asked(500)), sent(asked(500), times=2)

    assert first(once.refund_never_left(next_id(once), NOW)).status is OperationStatus.WAITING
    assert first(twice.refund_never_left(next_id(twice), NOW)).status is OperationStatus.IN_FLIGHT
    assert next_id(twice) == next_id(once)


def test_a_no_to_the_first_sending_is_final_and_what_waits_behind_it_is_not_sent() -> None:
    refused = sent(asked(150, LIMITED))
    refused = refused.refund_denied(next_id(refused), "22", NOW)

    assert [o.status for o in refused.refunds.refunds[0].operations] == [OperationStatus.FAILED] * 2
    assert refused.refunds.refunds[0].status is RefundStatus.FAILED
    assert refused.refunds.next_operation is None
    assert refused.reviews == ()


def test_a_no_after_a_part_leaves_the_part() -> None:
    part = done(sent(asked(150, LIMITED)))
    refused = sent(part).refund_denied(next_id(part), "22", NOW)

    assert refused.refunded_minor == 100
    assert refused.refunds.refunds[0].status is RefundStatus.PARTIAL


def test_a_no_to_a_repeat_proves_nothing_and_a_person_has_to_look() -> None:
    repeated = sent(asked(500), times=2)
    refused = repeated.refund_denied(next_id(repeated), "22", NOW)

    assert first(refused).status is OperationStatus.IN_FLIGHT
    assert refused.reviews == ("unresolved_refund",)
    assert first(refused.hear(read(refused, Word.SUCCEEDED, refunded_minor=500))).status is OperationStatus.SUCCEEDED


def test_a_callback_with_an_old_sum_does_not_fail_it() -> None:
    repeated = sent(asked(500), times=2)
    refused = repeated.refund_denied(next_id(repeated), "22", NOW)

    assert first(refused.hear(callback(Word.SUCCEEDED, refunded_minor=0))).status is OperationStatus.IN_FLIGHT


def test_what_is_done_is_not_sent_again() -> None:
    finished = done(sent(asked(500)))

    assert finished.send_refund(first(finished).shop_refund_id, NOW).refunds == finished.refunds


def test_news_of_an_operation_that_is_done_changes_nothing() -> None:
    finished = done(sent(asked(500)))
    key = first(finished).shop_refund_id

    assert finished.refund_never_left(key, NOW).refunds == finished.refunds
    assert finished.refund_denied(key, "22", NOW).refunds == finished.refunds
    assert finished.refund_failed(key, NOW).refunds == finished.refunds


def test_octos_own_word_that_it_came_to_nothing_fails_it() -> None:
    taken = sent(asked(500))
    failed = taken.refund_failed(next_id(taken), NOW)

    assert failed.refunds.refunds[0].status is RefundStatus.FAILED
    assert failed.refunded_minor == 0
    assert asked(500, of=failed).refunds.next_operation
