"""Refunds: whole and in part, in several operations, lost, repeated and refused."""

from collections.abc import Callable

import pytest

from domain.errors import (
    GatewayUnavailable,
    InvalidRefund,
    NoRefundUnderWay,
    NotRefundable,
    RefundAmbiguous,
    RefundBelowMinimum,
    RefundInProgress,
)
from domain.money import Currency, Money
from domain.moves import Word
from domain.order import Order, OrderStatus
from domain.ports import RefundTaken, RefundWord, StorageUnavailable
from domain.refund import Refund, RefundPolicy, RefundStatus
from domain.transaction import PaymentTransaction, Review
from domain.use_cases.refunding import OPERATIONS_AT_A_TIME
from tests.fakes.gateway import Outcome, answered, denied, lost, never_left, unknown
from tests.fakes.world import API, REFUND_POLICY, SCOPE, World


@pytest.fixture
def world() -> World:
    return World()


def soum(amount: int) -> Money:
    return Money(amount * 100, Currency.UZS)


def refund(world: World, order: Order, amount: Money | None = None) -> tuple[PaymentTransaction, Refund]:
    return world.refunding.request(order.id, SCOPE, amount, "returned goods", None, API)


def test_a_full_refund_makes_the_order_refunded(world: World) -> None:
    order = world.paid()
    _, done = refund(world, order)

    assert done.status is RefundStatus.SUCCEEDED
    assert world.books(order).order.status is OrderStatus.REFUNDED


def test_a_part_leaves_the_rest_refundable(world: World) -> None:
    order = world.paid()
    refund(world, order, soum(50_000))
    partly = world.books(order).order.status
    refund(world, order)

    assert partly is OrderStatus.PARTIALLY_REFUNDED
    assert world.books(order).order.status is OrderStatus.REFUNDED
    assert [r.amount_minor for _, r in world.refunding.of_order(order.id, SCOPE)] == [5_000_000, 13_500_000]


def test_a_refund_whose_result_could_not_be_stored_is_pending_and_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.paid()

    def paid_out(proceed: Callable[[], Outcome]) -> Outcome:
        monkeypatch.setattr(world.database, "put", away)
        return proceed()

    def away(_: object) -> None:
        raise StorageUnavailable

    world.gateway.script("refund", paid_out)
    transaction, pending = refund(world, order, soum(50_000))
    monkeypatch.undo()
    world.settle()

    assert pending.status is RefundStatus.PENDING
    assert [r.status for _, r in world.refunding.of_order(order.id, SCOPE)] == [RefundStatus.SUCCEEDED]
    assert world.gateway.payment(transaction).refunded_minor == 5_000_000


def test_the_same_request_made_again_is_the_same_refund_for_a_week(world: World) -> None:
    order = world.paid()

    def asked() -> str:
        return world.refunding.request(order.id, SCOPE, soum(50_000), "returned goods", None, API, ("a key",))[1].id

    first = asked()
    repeated = asked()
    once = len(world.refunding.of_order(order.id, SCOPE))
    world.clock.advance(days=7)
    later = asked()

    assert (repeated, once) == (first, 1)
    assert later != first


def test_a_request_is_known_by_the_name_that_it_had_before_the_key_was_changed(world: World) -> None:
    order = world.paid()

    def asked(*request_keys: str) -> str:
        return world.refunding.request(order.id, SCOPE, soum(20_000), "returned goods", None, API, request_keys)[1].id

    first = asked("by the key of before")

    assert asked("by the key in use", "by the key of before") == first
    assert asked("by the key in use") != first
    assert asked("by the key in use", "by the key of before") == first
    assert len({asked(), asked()}) == 2


def test_of_a_very_large_refund_nobody_waits_for_every_operation(world: World) -> None:
    order = world.paid(amount=soum(70_000_000))
    _, begun = refund(world, order)
    sent = world.gateway.count("refund")
    world.settle(hours=1 / 60)

    assert (begun.status, sent) == (RefundStatus.PENDING, OPERATIONS_AT_A_TIME)
    assert world.books(order).order.status is OrderStatus.REFUNDED
    assert world.gateway.count("refund") == 7


def test_never_more_than_was_taken(world: World) -> None:
    order = world.paid()
    refund(world, order, soum(150_000))
    with pytest.raises(InvalidRefund) as refused:
        refund(world, order, soum(35_001))

    assert refused.value.facts["left_minor"] == 3_500_000


def test_nothing_is_refunded_that_was_not_paid(world: World) -> None:
    order = world.order()
    world.initiate(order)
    with pytest.raises(NotRefundable):
        refund(world, order)

    assert world.gateway.count("refund") == 0


@pytest.mark.parametrize("outcome", [unknown(), lost, never_left()])
def test_a_lost_refund_is_repeated_under_the_same_id_and_paid_out_once(world: World, outcome: object) -> None:
    order = world.paid()
    world.gateway.script("refund", outcome)  # type: ignore[arg-type]
    transaction, pending = refund(world, order)
    world.settle()

    assert pending.status is RefundStatus.PENDING
    assert world.books(order).order.status is OrderStatus.REFUNDED
    assert world.gateway.payment(transaction).refunded_minor == 18_500_000
    assert world.books(order).current.reviews == ()


def test_a_pending_refund_is_not_done(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", answered(RefundTaken(RefundWord.PENDING, None)))
    _, pending = refund(world, order)

    assert pending.status is RefundStatus.PENDING
    assert world.books(order).order.status is OrderStatus.PAID
    with pytest.raises(RefundInProgress):
        refund(world, order, soum(20_000))


def test_octos_refunded_sum_shows_that_a_pending_refund_is_done(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", answered(RefundTaken(RefundWord.PENDING, None)))
    transaction, _ = refund(world, order)
    world.gateway.payment(transaction).refunded_minor = 18_500_000
    world.settle()

    assert world.books(order).order.status is OrderStatus.REFUNDED
    assert world.gateway.count("refund") == 1


def test_a_refused_refund_fails_and_the_order_stays_paid(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", denied("22"))
    _, failed = refund(world, order)

    assert failed.status is RefundStatus.FAILED
    assert world.books(order).order.status is OrderStatus.PAID


def test_a_refusal_of_a_repeat_proves_nothing_until_octos_sum_does(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", lost, denied("22"))
    world.gateway.script("read_status", unknown())
    refund(world, order)
    world.settle()
    flagged = world.books(order).current.reviews
    world.settle()

    assert flagged == (Review.UNRESOLVED_REFUND,)
    assert world.books(order).order.status is OrderStatus.REFUNDED


def test_a_large_refund_is_carried_out_in_operations_that_octo_allows(world: World) -> None:
    order = world.paid(amount=soum(20_005_000))
    _, done = refund(world, order)

    assert [o.amount_minor for o in done.operations] == [1_000_000_000, 999_200_000, 1_300_000]
    assert done.status is RefundStatus.SUCCEEDED
    assert world.gateway.count("refund") == 3


def test_a_part_that_fails_midway_leaves_a_partial_refund(world: World) -> None:
    order = world.paid(amount=soum(25_000_000))
    world.gateway.script("refund", answered(RefundTaken(RefundWord.SUCCEEDED, "r-1")), denied("4711"))
    _, partial = refund(world, order)

    assert partial.status is RefundStatus.PARTIAL
    assert partial.refunded_minor == 1_000_000_000
    assert world.books(order).order.status is OrderStatus.PARTIALLY_REFUNDED


@pytest.mark.parametrize(
    ("amount", "sums"),
    [
        (13_000, (13_000,)),
        (10_000_000, (10_000_000,)),
        (10_000_001, (9_987_001, 13_000)),
        (10_013_000, (10_000_000, 13_000)),
        (30_000_000, (10_000_000, 10_000_000, 10_000_000)),
        (30_000_500, (10_000_000, 10_000_000, 9_987_500, 13_000)),
    ],
)
def test_every_operation_lies_between_octos_limits(amount: int, sums: tuple[int, ...]) -> None:
    split = REFUND_POLICY.split(amount * 100, Currency.UZS)

    assert [minor // 100 for minor in split] == list(sums)
    assert sum(split) == amount * 100


def test_a_refund_below_the_minimum_is_refused_before_octo_hears_of_it(world: World) -> None:
    order = world.paid()
    with pytest.raises(RefundBelowMinimum) as refused:
        refund(world, order, soum(12_999))

    assert refused.value.facts["minimum_minor"] == 1_300_000
    assert world.gateway.count("refund") == 0


def test_a_currency_without_limits_of_its_own_is_refunded_as_it_is() -> None:
    assert RefundPolicy(smallest_minor={}, largest_minor={}).split(5, Currency.USD) == (5,)


def test_a_refund_that_we_did_not_ask_for_is_flagged_and_counted(world: World) -> None:
    order = world.paid()
    transaction = world.books(order).current
    world.gateway.payment(transaction).refunded_minor = 5_000_000
    world.callback(transaction, Word.CREATED, verified=False)
    world.settle(hours=0)

    assert world.books(order).current.reviews == (Review.UNKNOWN_REFUND,)
    assert world.books(order).order.status is OrderStatus.PARTIALLY_REFUNDED


def test_of_two_charges_the_shop_says_which_one_goes_back(world: World) -> None:
    order = world.order()
    first = world.initiate(order)
    world.callback(first, Word.CANCELED)
    second = world.initiate(order)
    for transaction in (second, first):
        world.gateway.payment(transaction).word = Word.SUCCEEDED
        world.callback(transaction, Word.SUCCEEDED)
    with pytest.raises(RefundAmbiguous):
        refund(world, order)
    world.refunding.request(order.id, SCOPE, None, "charged twice", first.shop_transaction_id, API)

    assert world.books(order).order.status is OrderStatus.PAID
    assert world.books(order)[first.shop_transaction_id].refunded_minor == 18_500_000


def test_a_refund_carried_out_after_it_was_given_up_is_not_counted_for_the_next(world: World) -> None:
    order = world.paid(amount=soum(10_000_000))
    payment = world.gateway.payment(world.books(order).current)
    world.gateway.script("refund", unknown(), denied("22"))
    transaction, first = refund(world, order, soum(6_000_000))
    world.settle()
    world.settle()
    given_up = world.books(order).current.refunds[first.id].status
    world.gateway.script("refund", unknown())
    refund(world, order, soum(5_000_000))
    key, late = transaction.shop_transaction_id, first.operations[0].shop_refund_id
    books = world.books(order)
    with world.database.units() as unit:
        done = books[key].refund_answered(late, done=True, refund_id="r-1", at=world.clock.now())
        unit.books.save(books, books.with_(done))
        unit.commit()
    payment.refunded_minor = 600_000_000
    world.gateway.script("refund", unknown())
    world.settle()

    assert given_up is RefundStatus.FAILED
    assert world.books(order).current.refunds.in_flight is not None
    assert world.books(order).current.refunded_minor == 600_000_000


def test_a_refund_that_fails_later_is_told_and_in_the_trail(world: World) -> None:
    order = world.paid()
    pending = answered(RefundTaken(RefundWord.PENDING, None))
    world.gateway.script("refund", pending, answered(RefundTaken(RefundWord.FAILED, None)))
    refund(world, order, soum(50_000))
    asked = world.database.audit_events[-1]
    world.settle()
    told = world.database.merchant_events[-1]

    assert asked.cause == API
    assert list(asked.after["refunds"].values()) == [{"amount_minor": 5_000_000, "status": "pending"}]
    assert world.database.audit_events[-1].after["refunds"] == {
        f"{order.id}-1-r1": {"amount_minor": 5_000_000, "status": "failed"}
    }
    assert told.type == "payment.refund_failed"
    assert told.data["refund"] == {
        "refund_id": f"{order.id}-1-r1",
        "status": "failed",
        "amount": "50000.00",
        "refunded": "0.00",
    }


@pytest.mark.parametrize("outcome", [unknown(), answered(RefundTaken(RefundWord.PENDING, None))])
def test_a_refund_of_which_octo_says_nothing_for_most_of_a_day_is_looked_at_once(
    world: World, outcome: Outcome
) -> None:
    order = world.paid()
    world.gateway.script("refund", *[outcome] * 100)
    refund(world, order, soum(50_000))
    settled(world, hours=12)
    early = world.books(order).current.reviews
    settled(world, hours=12)
    flagged = world.books(order).current
    world.operating.reviewed(flagged.shop_transaction_id, operator="operator anna", reason="asked OCTO's support")
    settled(world, hours=12)

    assert early == ()
    assert flagged.reviews == (Review.UNRESOLVED_REFUND,)
    assert world.books(order).current.reviews_left == ()


def test_a_refund_is_flagged_once_also_where_octo_is_not_reached_any_more(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", *[unknown()] * 23, *[never_left()] * 100)
    refund(world, order, soum(50_000))
    settled(world, hours=24)
    flagged = world.books(order).current
    world.operating.reviewed(flagged.shop_transaction_id, operator="operator anna", reason="OCTO is away")
    settled(world, hours=12)

    assert flagged.reviews == (Review.UNRESOLVED_REFUND,)
    assert world.books(order).current.reviews_left == ()


def settled(world: World, *, hours: int) -> None:
    for _ in range(hours):
        world.clock.advance(hours=1)
        world.settle()


def test_a_person_ends_a_refund_that_octo_will_never_carry_out(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", unknown())
    refund(world, order, soum(50_000))
    key = world.books(order).current.shop_transaction_id
    world.clock.advance(seconds=5)
    world.operating.give_up_refund(key, operator="operator anna", reason="not in OCTO's register")
    said = world.database.audit_events[-1]
    _, again = refund(world, order, soum(50_000))

    assert (said.cause.actor, said.cause.reason) == ("operator anna", "not in OCTO's register")
    assert again.status is RefundStatus.SUCCEEDED
    with pytest.raises(NoRefundUnderWay):
        world.operating.give_up_refund(key, operator="operator anna", reason="once more")


def test_a_person_cannot_end_a_refund_while_octo_does_not_answer(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", unknown())
    refund(world, order, soum(50_000))
    world.gateway.script("read_status", unknown())
    with pytest.raises(GatewayUnavailable):
        world.operating.give_up_refund(
            world.books(order).current.shop_transaction_id, operator="operator anna", reason="asked OCTO"
        )

    assert world.books(order).current.refunds.refunds[0].status is RefundStatus.PENDING


def test_a_person_cannot_end_a_refund_that_octo_has_carried_out(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", lost)
    refund(world, order, soum(50_000))
    key = world.books(order).current.shop_transaction_id
    world.clock.advance(seconds=5)
    with pytest.raises(NoRefundUnderWay):
        world.operating.give_up_refund(key, operator="operator anna", reason="not in OCTO's register")

    assert world.books(order).current.refunds.refunds[0].status is RefundStatus.SUCCEEDED


def test_what_waits_behind_a_part_that_octo_has_carried_out_is_not_ended_with_it(world: World) -> None:
    order = world.paid(amount=soum(25_000_000))
    world.gateway.script("refund", lost)
    refund(world, order)
    key = world.books(order).current.shop_transaction_id
    world.clock.advance(seconds=5)
    with pytest.raises(NoRefundUnderWay):
        world.operating.give_up_refund(key, operator="operator anna", reason="not in OCTO's register")
    world.settle()

    assert world.books(order).current.refunds.refunds[0].status is RefundStatus.SUCCEEDED


def test_what_octo_carries_out_after_it_was_given_up_is_found_a_day_later(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", unknown())
    refund(world, order, soum(50_000))
    key = world.books(order).current.shop_transaction_id
    world.clock.advance(seconds=5)
    world.operating.give_up_refund(key, operator="operator anna", reason="not in OCTO's register")
    refund(world, order, soum(20_000))
    world.gateway.payments[key].refunded_minor += soum(50_000).amount_minor
    settled(world, hours=25)
    found = world.books(order).current

    assert (found.refunded_minor, found.reviews) == (soum(70_000).amount_minor, (Review.UNKNOWN_REFUND,))
    assert found.next_check_at is None
