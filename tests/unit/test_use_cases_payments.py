"""Paying an order, with an OCTO in memory that answers, refuses, or is not heard of again."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from domain.errors import (
    CardDeclined,
    GatewayMismatch,
    GatewayRefused,
    GatewayUnavailable,
    OrderNotFound,
    OrderNotPayable,
    OtpExpired,
    OtpRejected,
    PaymentInProgress,
    PaymentNotStarted,
    TransactionNotFound,
    TransactionSuperseded,
)
from domain.money import Currency, Money
from domain.moves import Status, Word
from domain.order import Order, OrderStatus, Scope
from domain.ports import Answered
from domain.report import Way
from domain.transaction import Call, Mode, Review
from tests.fakes.gateway import Outcome, Step, answered, denied, lost, never_left, unknown
from tests.fakes.world import API, OTHER_UZCARD, SCOPE, VISA, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def order(world: World) -> Order:
    return world.order()


def test_a_payment_ends_in_a_paid_order_on_octos_word_alone(world: World, order: Order) -> None:
    prepared = world.initiate(order)
    confirmed = world.confirm(order)
    verified = world.verify(order)

    assert (prepared.status, confirmed.status, verified.status) == ("prepared", "verification_required", "processing")
    assert world.books(order).order.status is OrderStatus.AWAITING_PAYMENT
    assert world.callback(verified, Word.SUCCEEDED) == {"status": "ok"}
    assert world.books(order).order.status is OrderStatus.PAID


def test_the_code_of_the_card_at_hand_is_known_after_confirm(world: World, order: Order) -> None:
    world.initiate(order)
    confirmed = world.confirm(order)

    assert confirmed.verification is not None
    assert confirmed.verification.way is Way.OTP
    assert confirmed.verification.seconds_left(world.clock.now()) == 120


def test_initiating_again_gives_the_live_attempt(world: World, order: Order) -> None:
    first = world.initiate(order)
    again = world.initiate(order)

    assert again == first
    assert world.gateway.count("prepare") == 1


def test_initiating_during_the_payment_gives_its_status(world: World, order: Order) -> None:
    world.initiate(order)
    confirmed = world.confirm(order)

    assert world.initiate(order) == confirmed


def test_initiating_a_paid_order_is_refused(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.callback(world.verify(order), Word.SUCCEEDED)

    with pytest.raises(OrderNotPayable):
        world.initiate(order)


@pytest.mark.parametrize("outcome", [never_left(), unknown(), lost])
def test_a_lost_prepare_is_repeated_identically(world: World, order: Order, outcome: Outcome | Step) -> None:
    world.gateway.script("prepare", outcome)
    with pytest.raises(GatewayUnavailable):
        world.initiate(order)
    pending = world.books(order).current

    prepared = world.initiate(order)

    assert pending.status is Status.PENDING
    assert prepared.status is Status.PREPARED
    assert prepared.shop_transaction_id == pending.shop_transaction_id
    assert prepared.terms == pending.terms


def test_a_refused_prepare_fails_the_attempt_and_names_octos_code(world: World, order: Order) -> None:
    world.gateway.script("prepare", denied("6"))
    with pytest.raises(GatewayRefused) as refusal:
        world.initiate(order)

    assert refusal.value.facts == {"octo_code": "6"}
    assert world.books(order).order.status is OrderStatus.PAYMENT_FAILED
    assert world.initiate(order).attempt == 2


def test_nothing_is_paid_on_a_payment_of_another_amount(world: World, order: Order) -> None:
    def other_amount(proceed: Callable[[], Outcome]) -> Outcome:
        answer = proceed()
        assert isinstance(answer, Answered)
        return answered(replace(answer.value, amount=Money(1, Currency.UZS)))

    world.gateway.script("prepare", other_amount)
    with pytest.raises(GatewayMismatch):
        world.initiate(order)
    assert world.books(order).current.reviews == (Review.MISMATCH,)
    with pytest.raises(GatewayMismatch):
        world.confirm(order)
    assert world.gateway.count("pay") == 0


def test_a_card_of_which_nothing_was_heard_is_never_sent_again(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", unknown())

    assert world.confirm(order).status is Status.PROCESSING
    assert world.confirm(order).status is Status.PROCESSING
    with pytest.raises(PaymentInProgress):
        world.confirm(order, OTHER_UZCARD)
    assert world.gateway.count("pay") == 1


def test_a_card_that_arrived_without_an_answer_goes_on_with_its_code(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", lost)
    unknown_yet = world.confirm(order)
    world.clock.advance(seconds=3)

    found = world.status(order)

    assert unknown_yet.status is Status.PROCESSING
    assert found.status is Status.VERIFICATION_REQUIRED
    world.verify(order)
    world.clock.advance(seconds=3)
    assert world.status(order).status is Status.SUCCESS


def test_a_double_click_on_the_same_card_sends_it_once(world: World, order: Order) -> None:
    world.initiate(order)
    first = world.confirm(order)
    second = world.confirm(order)

    assert second == first
    assert world.gateway.count("pay") == 1


def test_a_double_click_over_a_change_of_the_key_sends_it_once(world: World, order: Order) -> None:
    world.initiate(order)
    first = world.confirm(order)
    world.fingerprints.keys = ["the next key", *world.fingerprints.keys]
    second = world.confirm(order)

    assert second == first
    assert world.gateway.count("pay") == 1


@pytest.mark.parametrize("ahead_minutes", [-5, 5])
def test_a_double_click_over_two_machines_with_different_clocks_sends_one_card(
    world: World, order: Order, ahead_minutes: float
) -> None:
    world.initiate(order)
    world.confirm(order)
    world.clock.advance(minutes=ahead_minutes)

    assert world.confirm(order).status is Status.VERIFICATION_REQUIRED
    assert world.gateway.count("pay") == 1


def test_the_same_card_again_only_asks_for_the_code_where_none_was_heard_of(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("verification_info", unknown())
    first = world.confirm(order)
    second = world.confirm(order)

    assert (first.status, second.status) == (Status.VERIFICATION_REQUIRED, Status.VERIFICATION_REQUIRED)
    assert second.verification is not None
    assert second.verification.seconds_left(world.clock.now()) == 120
    assert world.gateway.count("pay") == 1


def test_a_page_that_polls_for_the_code_asks_octo_no_more_than_once_a_second(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("verification_info", unknown(), unknown())
    world.confirm(order)
    for _ in range(20):
        world.clock.advance(seconds=0.1)
        world.status(order)
    asked = world.gateway.count("verification_info")
    world.clock.advance(seconds=1.1)
    found = world.status(order).verification

    assert asked == 3  # with the card, at once, and after 1.1 seconds
    assert found is not None and found.verify_id is not None


def test_another_card_may_take_the_first_ones_place(world: World, order: Order) -> None:
    world.initiate(order)
    first = world.confirm(order)
    second = world.confirm(order, OTHER_UZCARD)

    assert second.status is Status.VERIFICATION_REQUIRED
    assert second.octo_payment_id != first.octo_payment_id


@pytest.mark.parametrize("outcome", [never_left(), denied("1")])
def test_a_second_card_that_octo_did_not_take_is_sent_when_it_is_confirmed_again(
    world: World, order: Order, outcome: Outcome
) -> None:
    """The first one awaits its code: it must not be taken for the second one's, or the code would debit another card."""
    world.initiate(order)
    first = world.confirm(order)
    world.clock.advance(seconds=5)
    world.gateway.script("pay", outcome)
    with pytest.raises((GatewayUnavailable, CardDeclined)):
        world.confirm(order, OTHER_UZCARD)
    back = world.books(order).current
    world.clock.advance(seconds=5)
    unchanged = world.confirm(order)
    world.clock.advance(seconds=5)
    second = world.confirm(order, OTHER_UZCARD)

    assert (back.octo_payment_id, back.card_fingerprint) == (first.octo_payment_id, first.card_fingerprint)
    assert unchanged.octo_payment_id == first.octo_payment_id
    assert second.octo_payment_id not in (None, first.octo_payment_id)
    assert world.gateway.count("pay") == 3


def test_the_bank_s_no_after_a_right_code_is_told_as_such(world: World, order: Order) -> None:
    world.initiate(order)
    transaction = world.confirm(order)
    world.gateway.script("check_code", denied("-51"))
    world.gateway.payment(transaction).word = Word.CANCELED
    with pytest.raises(CardDeclined) as refused:
        world.verify(order)

    assert refused.value.facts == {"status": "failed"}
    assert world.books(order).current.error_code == "card_declined"


def test_a_card_that_never_left_leaves_everything_as_it_was(world: World, order: Order) -> None:
    prepared = world.initiate(order)
    world.gateway.script("pay", never_left())
    with pytest.raises(GatewayUnavailable):
        world.confirm(order)

    undone = world.books(order).current

    assert (undone.status, undone.cards_sent, undone.card_open) == (prepared.status, 0, False)
    assert world.confirm(order).status is Status.VERIFICATION_REQUIRED


def test_a_declined_card_leaves_the_payment_open_for_another(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", denied("-51"))
    with pytest.raises(CardDeclined) as declined:
        world.confirm(order)

    assert declined.value.facts == {"status": "prepared"}
    assert world.books(order).current.error_code == "card_declined"
    assert world.confirm(order, OTHER_UZCARD).status is Status.VERIFICATION_REQUIRED


def test_a_declined_card_of_a_canceled_payment_is_the_end_of_the_attempt(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    world.gateway.script("pay", denied("10"))
    world.gateway.payment(transaction).word = Word.CANCELED
    with pytest.raises(CardDeclined) as declined:
        world.confirm(order)

    assert declined.value.facts == {"status": "failed"}
    assert world.books(order).order.status is OrderStatus.PAYMENT_FAILED


def test_a_denial_is_not_believed_before_a_status_read_confirms_it(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", denied("-51"))
    world.gateway.script("read_status", unknown())

    assert world.confirm(order).status is Status.PROCESSING
    world.clock.advance(seconds=3)
    assert world.status(order).status is Status.PREPARED


def test_a_denial_that_hides_a_success_ends_as_success(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    world.gateway.script("pay", denied("10"))
    world.gateway.payment(transaction).word = Word.SUCCEEDED

    assert world.confirm(order).status is Status.SUCCESS


def test_a_wrong_code_may_be_typed_again(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    with pytest.raises(OtpRejected) as rejected:
        world.verify(order, "000000")

    assert rejected.value.facts == {"status": "verification_required", "seconds_left": 120, "tries_left": 2}
    world.clock.advance(seconds=2)
    assert world.verify(order).status is Status.PROCESSING


def test_the_third_wrong_code_is_the_end_of_the_attempt(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    for _ in range(3):
        # Without a pause: whoever typed the code waits for just this answer.
        with pytest.raises(OtpRejected):
            world.verify(order, "000000")

    assert world.books(order).current.status is Status.FAILED
    assert world.initiate(order).attempt == 2


def test_an_expired_code_is_not_sent(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.clock.advance(minutes=7, seconds=1)
    with pytest.raises(OtpExpired):
        world.verify(order)

    assert world.gateway.count("check_code") == 0


def test_octo_judges_a_code_whose_time_may_be_over_by_one_clock_alone(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.clock.advance(minutes=6)

    assert world.verify(order).status is Status.PROCESSING


def test_a_code_too_late_for_octo_is_told_as_such_and_costs_no_try(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.clock.advance(seconds=130)
    world.gateway.script("check_code", denied("-271"))
    with pytest.raises(OtpExpired):
        world.verify(order)

    assert world.books(order).current.tries_left == 3


def test_a_code_of_which_nothing_was_heard_is_found_out_by_asking(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("check_code", lost)

    assert world.verify(order).in_flight is Call.OTP
    world.clock.advance(seconds=3)
    assert world.status(order).status is Status.SUCCESS
    assert world.books(order).order.status is OrderStatus.PAID


def test_a_code_that_never_left_may_be_typed_again(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("check_code", never_left())
    with pytest.raises(GatewayUnavailable):
        world.verify(order)

    assert world.verify(order).status is Status.PROCESSING


def test_a_status_read_finishes_a_payment_whose_callback_never_came(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.verify(order)
    world.clock.advance(seconds=3)

    assert world.status(order).status is Status.SUCCESS


def test_polling_asks_octo_at_most_every_two_seconds(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", unknown())
    world.confirm(order)
    for _ in range(40):
        world.clock.advance(seconds=0.1)
        world.status(order)

    assert world.gateway.count("read_status") <= 3


def test_polling_leaves_settlements_own_time_alone(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", unknown())
    due = world.confirm(order).next_check_at
    for _ in range(5):
        world.clock.advance(seconds=3)
        world.status(order)

    assert world.books(order).current.next_check_at == due


def test_a_bank_card_is_confirmed_on_the_banks_page(world: World, order: Order) -> None:
    world.initiate(order)
    confirmed = world.confirm(order, VISA)

    assert confirmed.verification_url is not None
    assert world.gateway.count("verification_info") == 0


def test_the_hosted_page_takes_no_card_here_and_is_found_paid(world: World) -> None:
    order = world.order(mode=Mode.REDIRECT)
    prepared = world.initiate(order)
    world.gateway.payment(prepared).word = Word.WAIT_USER_ACTION
    world.clock.advance(seconds=6)
    waiting = world.status(order)
    world.gateway.payment(prepared).word = Word.SUCCEEDED
    world.clock.advance(seconds=6)

    assert prepared.octo_pay_url is not None
    assert waiting.status is Status.VERIFICATION_REQUIRED
    assert waiting.verification_url == prepared.octo_pay_url
    assert world.status(order).status is Status.SUCCESS


def test_anothers_order_is_not_found(world: World, order: Order) -> None:
    with pytest.raises(OrderNotFound):
        world.payments.initiate(order.id, Scope("another-shop"), "uz", API)


def test_an_order_without_a_payment_has_none_to_show(world: World, order: Order) -> None:
    with pytest.raises(PaymentNotStarted):
        world.status(order)


def test_a_transaction_of_another_order_is_not_found(world: World, order: Order) -> None:
    world.initiate(order)
    other = world.initiate(world.order())
    with pytest.raises(TransactionNotFound):
        world.confirm(order, transaction_id=other.octo_transaction_id)

    assert world.gateway.count("pay") == 0


def test_an_earlier_attempt_takes_no_card(world: World, order: Order) -> None:
    first = world.initiate(order)
    world.callback(first, Word.CANCELED)
    second = world.initiate(order)
    with pytest.raises(TransactionSuperseded) as superseded:
        world.confirm(order, transaction_id=first.octo_transaction_id)

    assert superseded.value.facts == {"transaction_id": second.octo_transaction_id}


def test_an_attempt_that_octo_let_expire_makes_room_for_the_next(world: World, order: Order) -> None:
    first = world.initiate(order)
    world.gateway.payment(first).word = Word.CANCELED
    world.clock.advance(minutes=16)

    second = world.initiate(order)

    assert second.attempt == 2
    assert world.books(order).transactions[0].status is Status.CANCELLED


def test_a_payment_whose_cards_are_used_up_makes_room_for_another(world: World, order: Order) -> None:
    world.initiate(order)
    for _ in range(3):
        assert world.initiate(order).attempt == 1
        world.gateway.script("pay", denied("-51"))
        with pytest.raises(CardDeclined):
            world.confirm(order)
        world.clock.advance(seconds=5)
    second = world.initiate(order)
    paid_with = world.confirm(order, OTHER_UZCARD)

    assert (second.attempt, second.status) == (2, Status.PREPARED)
    first = world.books(order).transactions[0]
    assert (first.status, first.error_code, first.cancel_requested_at) == (Status.FAILED, "card_declined", None)
    assert paid_with.status is Status.VERIFICATION_REQUIRED


def test_a_payment_whose_last_card_may_still_pay_stays(world: World, order: Order) -> None:
    world.initiate(order)
    for outcome in (denied("-51"), denied("-51"), unknown()):
        world.gateway.script("pay", outcome)
        with suppress(CardDeclined):
            world.confirm(order)
        world.clock.advance(seconds=5)

    assert world.initiate(order).attempt == 1


def test_withdrawing_before_any_card_is_immediate(world: World, order: Order) -> None:
    world.initiate(order)

    assert world.payments.withdraw(order.id, SCOPE, API).status is Status.CANCELLED
    assert world.books(order).order.status is OrderStatus.AWAITING_PAYMENT


def test_a_cancelled_order_takes_no_payment_and_a_late_success_is_flagged(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    cancelled = world.orders.cancel(order.id, SCOPE, API)
    with pytest.raises(OrderNotPayable):
        world.initiate(order)
    world.callback(transaction, Word.SUCCEEDED)

    assert cancelled.status is OrderStatus.CANCELLED
    assert world.books(order).order.status is OrderStatus.PAID
    assert set(world.books(order).current.reviews) == {Review.LATE_SUCCESS, Review.PAID_AFTER_CANCELLATION}
