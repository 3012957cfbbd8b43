"""OCTO's callbacks: in any number and any order, before our own answer, after the end, about what they do not fit."""

import itertools

import pytest

from domain.errors import ForgedCallback
from domain.money import Currency, Money
from domain.moves import Status, Word
from domain.order import Order, OrderStatus
from domain.ports import Chore
from domain.transaction import Mode, Review
from domain.use_cases.notifications import STORED_AT_MOST
from tests.fakes.gateway import denied, lost, unknown
from tests.fakes.world import API, FROM_OCTO, OTHER_UZCARD, SCOPE, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def order(world: World) -> Order:
    return world.order()


def test_a_callback_and_its_effect_are_one_commit(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    verified = world.verify(order)
    before = world.database.commits
    world.callback(verified, Word.SUCCEEDED)

    assert world.database.commits == before + 1
    assert world.books(order).order.status is OrderStatus.PAID
    assert [c.verdict for c in world.database.callbacks] == ["success"]


def test_fifty_deliveries_have_one_effect(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    verified = world.verify(order)
    answers = [world.callback(verified, Word.SUCCEEDED) for _ in range(50)]

    assert answers == [{"status": "ok"}] * 50
    assert [e.type for e in world.database.merchant_events] == ["payment.succeeded", "order.paid"]
    assert len(world.database.callbacks) == 1


WORDS = [Word.CREATED, Word.WAIT_USER_ACTION, Word.CANCELED, Word.SUCCEEDED]


@pytest.mark.parametrize("words", list(itertools.permutations(WORDS)), ids="-".join)
def test_every_order_of_callbacks_ends_in_success(world: World, order: Order, words: tuple[Word, ...]) -> None:
    transaction = world.initiate(order)
    for word in words:
        world.callback(transaction, word)

    assert world.books(order).current.status is Status.SUCCESS
    assert world.books(order).current.reviews != ()


def test_a_callback_before_our_own_pay_answer_wins(world: World, order: Order) -> None:
    transaction = world.initiate(order)

    def callback_first(proceed: object) -> object:
        world.callback(transaction, Word.SUCCEEDED)
        return proceed()  # type: ignore[operator]

    world.gateway.script("pay", callback_first)  # type: ignore[arg-type]

    assert world.confirm(order).status is Status.SUCCESS


def test_a_callback_before_our_own_prepare_answer_is_stored_and_asked_about(world: World, order: Order) -> None:
    world.gateway.script("prepare", lost)
    with pytest.raises(Exception, match="gateway_unavailable"):
        world.initiate(order)
    transaction = world.books(order).current
    world.gateway.payment(transaction).word = Word.SUCCEEDED
    world.callback(transaction, Word.SUCCEEDED)

    assert world.books(order).current.status is Status.PENDING
    world.settle(hours=0)
    assert world.books(order).current.status is Status.SUCCESS


def test_a_late_success_is_taken_and_flagged(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    world.callback(transaction, Word.CANCELED)
    world.callback(transaction, Word.SUCCEEDED)

    assert world.books(order).order.status is OrderStatus.PAID
    assert world.books(order).current.reviews == (Review.LATE_SUCCESS,)


def test_a_second_charge_is_recorded_flagged_and_told(world: World, order: Order) -> None:
    first = world.initiate(order)
    world.callback(first, Word.CANCELED)
    second = world.initiate(order)
    world.callback(second, Word.SUCCEEDED)
    world.callback(first, Word.SUCCEEDED)

    assert world.books(order)[first.shop_transaction_id].reviews == (Review.LATE_SUCCESS, Review.SECOND_CHARGE)
    assert [e.type for e in world.database.merchant_events].count("payment.succeeded") == 2
    assert [e.type for e in world.database.merchant_events].count("payment.review_required") == 1


def test_the_second_attempt_takes_no_more_cards_once_the_first_turned_out_paid(world: World, order: Order) -> None:
    first = world.initiate(order)
    world.callback(first, Word.CANCELED)
    world.initiate(order)
    world.callback(first, Word.SUCCEEDED)
    with pytest.raises(Exception, match="order_not_payable"):
        world.confirm(order, OTHER_UZCARD)

    assert world.gateway.count("pay") == 0


def test_another_amount_changes_no_order_and_is_asked_about(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    answer = world.callback(transaction, Word.SUCCEEDED, amount=Money(100, Currency.UZS))

    assert answer == {"status": "ok"}
    assert world.books(order).order.status is OrderStatus.AWAITING_PAYMENT
    assert world.books(order).current.reviews == (Review.CALLBACK_MISMATCH,)
    assert world.books(order).current.next_check_at == world.clock.now()


def test_another_orders_id_changes_no_order(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    other = world.initiate(world.order())
    world.callback(transaction, Word.SUCCEEDED, shop_transaction_id=other.shop_transaction_id)

    assert world.books(order).order.status is OrderStatus.AWAITING_PAYMENT
    assert [c.verdict for c in world.database.callbacks] == ["mismatch"]


def test_an_unknown_payment_is_stored_and_answered(world: World) -> None:
    transaction = world.initiate(world.order())
    answer = world.callback(transaction, Word.SUCCEEDED, shop_transaction_id="nobody-1", octo_transaction_id="0f8c1c2e")

    assert answer == {"status": "ok"}
    assert [c.verdict for c in world.database.callbacks] == ["unknown_payment"]


def test_what_is_neither_signed_nor_about_a_payment_of_ours_takes_no_room(world: World) -> None:
    transaction = world.initiate(world.order())
    answer = world.callback(
        transaction, Word.SUCCEEDED, shop_transaction_id="nobody-1", octo_transaction_id="0f8c1c2e", verified=False
    )

    assert answer == {"status": "ok"}
    assert world.database.callbacks == ()


def test_without_a_key_a_callback_only_makes_us_ask(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    world.callback(transaction, Word.SUCCEEDED, verified=False)

    assert world.books(order).order.status is OrderStatus.AWAITING_PAYMENT
    world.gateway.payment(transaction).word = Word.SUCCEEDED
    world.settle(hours=0)
    assert world.books(order).order.status is OrderStatus.PAID


def test_a_forged_callback_is_not_even_stored(world: World) -> None:
    world.reader.forged = True
    with pytest.raises(ForgedCallback):
        world.notifications.receive(b"{}", FROM_OCTO)

    assert world.database.callbacks == ()


def test_a_hold_that_nobody_decided_about_waits_for_our_decision(world: World, order: Order) -> None:
    transaction = world.initiate(order)

    assert world.callback(transaction, Word.WAITING_FOR_CAPTURE) == {"accept_status": "waiting_user_action"}
    assert world.books(order).order.status is OrderStatus.AUTHORIZED


def test_a_hold_after_the_end_is_to_be_released(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    world.callback(transaction, Word.CANCELED)

    assert world.callback(transaction, Word.WAITING_FOR_CAPTURE) == {"accept_status": "cancel"}
    assert world.books(order).current.reviews == (Review.LATE_HOLD,)


def test_a_success_after_a_withdrawal_is_taken_and_flagged(world: World) -> None:
    order = world.order(mode=Mode.REDIRECT)
    transaction = world.initiate(order)
    withdrawn = world.payments.withdraw(order.id, SCOPE, API)
    world.callback(transaction, Word.SUCCEEDED)

    assert withdrawn.cancel_requested_at is not None
    assert withdrawn.is_live
    assert world.books(order).current.reviews == (Review.PAID_AFTER_WITHDRAWAL,)


def test_settlement_resolves_what_was_never_heard_of(world: World, order: Order) -> None:
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("check_code", lost)
    world.verify(order)
    world.settle()

    assert world.books(order).order.status is OrderStatus.PAID


def test_settlement_never_makes_a_failure_out_of_silence(world: World, order: Order) -> None:
    world.initiate(order)
    world.gateway.script("pay", unknown())
    world.confirm(order)
    for _ in range(48):
        world.gateway.script("read_status", unknown())
        world.settle()

    assert world.books(order).current.status is Status.PROCESSING
    assert world.books(order).current.next_check_at is not None


def test_settlement_closes_an_unpaid_payment_after_two_reads_beyond_its_end(world: World, order: Order) -> None:
    world.initiate(order)
    world.settle()
    open_still = world.books(order).current.status
    world.settle()

    assert open_still is Status.PREPARED
    assert world.books(order).current.status is Status.CANCELLED
    assert world.books(order).current.next_check_at is not None


def test_a_read_that_octo_refuses_for_our_credentials_says_nothing_of_the_payment(world: World, order: Order) -> None:
    world.initiate(order)
    for _ in range(5):
        world.gateway.script("read_status", denied("2"))
        world.settle()

    assert world.books(order).current.status is Status.PREPARED


def test_a_refunded_sum_is_not_signed_and_only_a_reason_to_ask(world: World) -> None:
    order = world.paid()
    paid = world.books(order).current
    world.callback(paid, Word.SUCCEEDED, refunded_minor=paid.amount.amount_minor)
    heard = world.books(order)
    world.settle(hours=0)

    assert (heard.order.status, heard.current.refunded_minor) == (OrderStatus.PAID, 0)
    assert heard.current.next_check_at is not None
    assert (world.books(order).order.status, world.books(order).current.reviews) == (OrderStatus.PAID, ())


def test_a_refund_that_octo_made_elsewhere_is_found_by_asking(world: World) -> None:
    order = world.paid()
    paid = world.books(order).current
    world.gateway.payment(paid).refunded_minor = paid.amount.amount_minor
    world.callback(paid, Word.SUCCEEDED, refunded_minor=paid.amount.amount_minor)
    world.settle(hours=0)

    assert world.books(order).order.status is OrderStatus.REFUNDED


def test_the_sum_of_a_first_success_with_a_refund_beside_it_is_taken_and_asked_about(
    world: World, order: Order
) -> None:
    transaction = world.initiate(order)
    rung = world.doorbell.rung.count(Chore.SETTLE)
    world.callback(transaction, Word.SUCCEEDED, refunded_minor=500)

    assert world.books(order).order.status is OrderStatus.PAID
    assert world.doorbell.rung.count(Chore.SETTLE) == rung + 1


@pytest.mark.parametrize("of_octo", [True, False], ids=["OCTO's id", "our id"])
def test_what_nobody_signed_takes_a_limited_room_and_is_asked_about_all_the_same(
    world: World, order: Order, of_octo: bool
) -> None:
    transaction = world.initiate(order)
    for n in range(STORED_AT_MOST + 20):
        ours, octo_id = (f"nobody-{n}", None) if of_octo else (None, f"0f8c1c2e-{n}")
        world.callback(
            transaction, Word.SUCCEEDED, verified=False, shop_transaction_id=ours, octo_transaction_id=octo_id
        )
    world.clock.advance(hours=1)
    answer = world.callback(transaction, Word.SUCCEEDED, verified=False)

    assert answer == {"status": "ok"}
    assert len(world.database.callbacks) == STORED_AT_MOST
    assert world.books(order).current.next_check_at == world.clock.now()


def test_a_signed_callback_in_ever_new_words_takes_a_limited_room_and_its_news_are_always_kept(
    world: World, order: Order
) -> None:
    transaction = world.initiate(order)
    for n in range(STORED_AT_MOST + 20):
        world.callback(transaction, Word.CREATED, amount=Money(100 + n, Currency.UZS))
    without = len(world.database.callbacks)
    world.callback(transaction, Word.SUCCEEDED)
    world.callback(transaction, Word.SUCCEEDED)

    assert without == STORED_AT_MOST
    assert [c.verdict for c in world.database.callbacks if c.report.word is Word.SUCCEEDED] == ["success"]
    assert world.books(order).order.status is OrderStatus.PAID


def test_where_there_is_no_more_room_what_stands_there_is_still_known(world: World, order: Order) -> None:
    transaction = world.initiate(order)
    for n in range(STORED_AT_MOST):
        world.callback(transaction, Word.CREATED, amount=Money(100 + n, Currency.UZS))
    before = world.books(order)
    world.clock.advance(hours=1)
    world.callback(transaction, Word.CREATED, amount=Money(100, Currency.UZS))

    assert world.books(order) == before
