"""Two-stage payments: captured whole or in part, released, lapsed, unanswered."""

import pytest

from domain.errors import (
    CaptureAboveHold,
    GatewayUnavailable,
    HoldDecisionRefused,
    NotHeld,
    OrderNotPayable,
    PaymentInProgress,
)
from domain.money import Currency, Money
from domain.moves import Status, Word
from domain.order import Order, OrderStatus
from domain.transaction import Call, Capture, Mode, PaymentTransaction, Review
from tests.fakes.gateway import Outcome, denied, lost, never_left, unknown
from tests.fakes.world import API, OTHER_UZCARD, SCOPE, World

LESS = Money(15_000_000, Currency.UZS)


@pytest.fixture
def world() -> World:
    return World()


def capture(world: World, order: Order, amount: Money | None = None) -> PaymentTransaction:
    world.clock.advance(seconds=5)
    return world.holds.capture(order.id, SCOPE, amount, API)


def release(world: World, order: Order) -> PaymentTransaction:
    world.clock.advance(seconds=5)
    return world.holds.release(order.id, SCOPE, API)


def test_a_held_order_is_authorized_and_the_hold_is_taken_as_a_whole(world: World) -> None:
    order = world.held()
    authorized = world.books(order).order.status
    taken = capture(world, order)

    assert authorized is OrderStatus.AUTHORIZED
    assert (taken.status, taken.captured_minor) == (Status.SUCCESS, 18_500_000)
    assert world.books(order).order.status is OrderStatus.PAID


def test_less_than_the_hold_may_be_taken(world: World) -> None:
    order = world.held()
    taken = capture(world, order, LESS)

    assert (taken.status, taken.captured_minor) == (Status.SUCCESS, 15_000_000)
    assert world.books(order).order.status is OrderStatus.PAID


def test_more_than_the_hold_is_refused_here(world: World) -> None:
    order = world.held()
    with pytest.raises(CaptureAboveHold):
        capture(world, order, Money(18_500_001, Currency.UZS))

    assert world.gateway.count("capture") == 0


def test_a_released_hold_ends_the_attempt_and_the_order_may_be_paid_again(world: World) -> None:
    order = world.held()
    released = release(world, order)

    assert released.status is Status.CANCELLED
    assert world.initiate(order).attempt == 2


def test_a_hold_that_lapsed_is_cancelled(world: World) -> None:
    order = world.held()
    world.gateway.payment(world.books(order).current).word = Word.CANCELED
    world.settle()

    assert world.books(order).current.status is Status.CANCELLED
    assert world.books(order).current.error_code == "hold_released"


def test_nothing_is_captured_that_is_not_held(world: World) -> None:
    order = world.order()
    world.initiate(order)
    with pytest.raises(NotHeld):
        capture(world, order)

    assert world.gateway.count("capture") == 0


@pytest.mark.parametrize("outcome", [unknown(), lost])
def test_a_capture_of_which_nothing_was_heard_is_never_sent_again(world: World, outcome: object) -> None:
    order = world.held()
    world.gateway.script("capture", outcome)  # type: ignore[arg-type]
    world.gateway.script("read_status", unknown())
    unanswered = capture(world, order, LESS)
    with pytest.raises(PaymentInProgress):
        capture(world, order)

    assert unanswered.in_flight is Call.CAPTURE
    assert world.gateway.count("capture") == 1


def test_a_lost_capture_is_found_out_by_asking(world: World) -> None:
    order = world.held()
    world.gateway.script("capture", lost)
    world.gateway.script("read_status", unknown())
    capture(world, order, LESS)
    world.settle()

    assert world.books(order).current.captured_minor == 15_000_000


def test_a_capture_that_never_left_may_be_repeated(world: World) -> None:
    order = world.held()
    world.gateway.script("capture", never_left())
    with pytest.raises(GatewayUnavailable):
        capture(world, order, LESS)

    assert world.books(order).current.captures_asked == (LESS.amount_minor,)
    assert capture(world, order).captured_minor == 18_500_000


def test_a_capture_that_never_left_but_that_octo_was_told_in_the_answer_to_a_callback(world: World) -> None:
    order = world.held()
    transaction = world.books(order).current

    def told_by_callback(_: object) -> Outcome:
        world.callback(transaction, Word.WAITING_FOR_CAPTURE, amount=None)
        payment = world.gateway.payment(transaction)
        payment.word, payment.taken = Word.SUCCEEDED, LESS
        return never_left()

    world.gateway.script("capture", told_by_callback)
    with pytest.raises(GatewayUnavailable):
        capture(world, order, LESS)
    world.settle()

    assert world.books(order).current.captured_minor == LESS.amount_minor
    assert world.books(order).current.reviews == ()


def test_a_capture_that_never_left_again_and_again_is_remembered_once(world: World) -> None:
    order = world.held()
    for _ in range(3):
        world.gateway.script("capture", never_left())
        with pytest.raises(GatewayUnavailable):
            capture(world, order, LESS)

    assert world.books(order).current.captures_asked == (LESS.amount_minor,)


def test_a_refused_capture_leaves_the_hold_as_it_was(world: World) -> None:
    order = world.held()
    world.gateway.script("capture", denied("10"))
    with pytest.raises(HoldDecisionRefused):
        capture(world, order)

    assert world.books(order).order.status is OrderStatus.AUTHORIZED


def test_the_callback_is_answered_with_the_recorded_capture_alone(world: World) -> None:
    order = world.held()
    world.gateway.script("capture", unknown())
    world.gateway.script("read_status", unknown())
    asked = capture(world, order, LESS)

    answer = world.callback(asked, Word.WAITING_FOR_CAPTURE)

    assert isinstance(answer, dict)
    assert answer["accept_status"] == "capture"
    assert str(answer["final_amount"]) == "150000.00"


def test_a_callback_while_a_release_is_unanswered_is_told_to_release(world: World) -> None:
    order = world.held()
    world.gateway.script("release", unknown())
    world.gateway.script("read_status", unknown())
    asked = release(world, order)

    assert world.callback(asked, Word.WAITING_FOR_CAPTURE) == {"accept_status": "cancel"}


def test_a_callback_that_octo_did_not_sign_is_told_of_no_decision(world: World) -> None:
    order = world.held()
    world.gateway.script("capture", unknown())
    world.gateway.script("read_status", unknown())
    asked = capture(world, order, LESS)

    assert world.callback(asked, Word.WAITING_FOR_CAPTURE, verified=False) == {"accept_status": "waiting_user_action"}


def test_a_late_hold_is_given_back_by_settlement(world: World) -> None:
    order = world.order()
    transaction = world.initiate(order)
    world.callback(transaction, Word.CANCELED)
    world.gateway.payment(transaction).word = Word.WAITING_FOR_CAPTURE
    world.callback(transaction, Word.WAITING_FOR_CAPTURE)
    world.settle()
    world.settle()

    assert world.gateway.payment(transaction).word is Word.CANCELED
    assert not world.books(order).current.release_due
    assert world.gateway.count("release") == 1


def test_a_hold_of_a_cancelled_order_is_given_back_by_settlement(world: World) -> None:
    order = world.order(mode=Mode.REDIRECT, capture=Capture.MANUAL)
    transaction = world.initiate(order)
    world.orders.cancel(order.id, SCOPE, API)
    world.gateway.payment(transaction).word = Word.WAITING_FOR_CAPTURE
    world.callback(transaction, Word.WAITING_FOR_CAPTURE)
    world.settle()
    world.settle()

    assert world.gateway.payment(transaction).word is Word.CANCELED
    assert world.books(order).order.status is OrderStatus.CANCELLED
    assert world.books(order).current.reviews == (Review.LATE_HOLD,)
    assert world.gateway.count("release") == 1


def held_beside_a_late_success(world: World, *, capturing: bool = False) -> tuple[Order, PaymentTransaction]:
    """The first attempt was captured, called canceled, and is charged after all, while the second one is held, or being captured."""
    order = world.held()
    world.gateway.script("capture", unknown())
    first = capture(world, order)
    world.gateway.payment(first).word = Word.CANCELED
    world.callback(first, Word.CANCELED)
    world.clock.advance(minutes=5)
    world.initiate(order)
    second = world.confirm(order, OTHER_UZCARD)
    for payment, word in ((second, Word.WAITING_FOR_CAPTURE), (first, Word.SUCCEEDED)):
        world.gateway.payment(payment).word = word
        if capturing and payment is first:
            world.gateway.script("capture", unknown())
            world.gateway.script("read_status", unknown())
            capture(world, order)
        world.callback(payment, word)
    return order, second


def test_a_hold_of_an_order_that_was_paid_otherwise_is_not_taken(world: World) -> None:
    order, _ = held_beside_a_late_success(world)
    sent = world.gateway.count("capture")
    with pytest.raises(OrderNotPayable):
        capture(world, order)

    assert world.books(order).order.status is OrderStatus.PAID
    assert world.gateway.count("capture") == sent


def test_a_hold_of_an_order_that_was_paid_otherwise_goes_back(world: World) -> None:
    order, second = held_beside_a_late_success(world)
    world.settle()
    world.settle()

    assert world.gateway.payment(second).word is Word.CANCELED
    assert world.books(order)[second.shop_transaction_id].status is Status.CANCELLED
    assert world.books(order).order.status is OrderStatus.PAID


def test_a_callback_of_a_hold_is_not_answered_capture_once_the_order_was_paid_otherwise(world: World) -> None:
    _, second = held_beside_a_late_success(world, capturing=True)

    assert world.callback(second, Word.WAITING_FOR_CAPTURE) == {"accept_status": "waiting_user_action"}
