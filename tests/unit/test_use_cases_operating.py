"""What a person may do with a payment."""

from typing import Final

import pytest

from domain.errors import Conflict, GatewayMismatch, GatewayUnavailable, NothingToReview, TransactionNotFound
from domain.journal import Why
from domain.money import Currency, Money
from domain.moves import Status, Word
from domain.order import Order, OrderStatus
from domain.ports import Denied, NeverLeft, Unknown
from domain.report import Report, Source
from domain.transaction import PaymentTransaction, Review
from tests.fakes.gateway import answered, denied, never_left, unknown
from tests.fakes.world import World

OTHER_AMOUNT: Final = Money(9_999, Currency.UZS)


@pytest.fixture
def world() -> World:
    return World()


def unanswered(world: World) -> tuple[Order, PaymentTransaction]:
    order = world.order()
    world.initiate(order)
    world.gateway.script("pay", unknown())
    return order, world.confirm(order)


def test_a_person_closes_what_octo_never_resolved_with_a_reason(world: World) -> None:
    order, transaction = unanswered(world)
    closed = world.operating.close(
        transaction.shop_transaction_id, operator="operator anna", reason="OCTO's support: never arrived"
    )

    assert closed.status is Status.FAILED
    assert closed.next_check_at is not None
    assert [e.cause.reason for e in world.database.audit_events][-1] == "OCTO's support: never arrived"
    assert world.books(order).order.status is OrderStatus.PAYMENT_FAILED


def test_a_person_closes_a_hold_of_which_somebody_took_another_sum_in_octos_cabinet(world: World) -> None:
    order = world.held()
    transaction = world.books(order).current
    payment = world.gateway.payment(transaction)
    payment.word, payment.taken = Word.SUCCEEDED, OTHER_AMOUNT
    world.settle()
    stuck = world.books(order)
    world.operating.close(
        transaction.shop_transaction_id, operator="operator anna", reason="taken in the cabinet, and refunded there"
    )

    assert (stuck.order.status, stuck.current.reviews) == (OrderStatus.AUTHORIZED, (Review.MISMATCH,))
    assert world.books(order).order.status is OrderStatus.PAYMENT_FAILED
    assert world.books(order).current.next_check_at is not None


def test_a_hold_that_was_closed_by_mistake_is_given_back(world: World) -> None:
    order = world.held()
    transaction = world.books(order).current
    world.operating.close(transaction.shop_transaction_id, operator="operator anna", reason="by mistake")
    world.settle()
    world.settle()

    assert world.gateway.payment(transaction).word is Word.CANCELED
    assert world.gateway.count("release") == 1
    assert world.books(order).current.reviews == (Review.GIVEN_UP, Review.LATE_HOLD)


def test_a_person_closes_what_octo_registered_with_another_amount(world: World) -> None:
    order = world.order()
    other = Report(Word.CREATED, Source.ANSWER, world.clock.now(), 1, octo_transaction_id="octo-1", amount=OTHER_AMOUNT)
    world.gateway.script("prepare", answered(other))
    with pytest.raises(GatewayMismatch):
        world.initiate(order)
    stuck = world.books(order).current
    closed = world.operating.close(
        stuck.shop_transaction_id, operator="operator anna", reason="OCTO's support knows no such payment"
    )

    assert (stuck.status, stuck.reviews) == (Status.PENDING, (Review.MISMATCH,))
    assert closed.status is Status.FAILED
    assert world.initiate(order).status is Status.PREPARED


def test_a_success_that_still_comes_is_taken(world: World) -> None:
    order, transaction = unanswered(world)
    world.operating.close(transaction.shop_transaction_id, operator="operator anna", reason="gone")
    world.gateway.payment(transaction).word = Word.SUCCEEDED
    world.settle()

    assert world.books(order).current.status is Status.SUCCESS
    assert world.books(order).current.reviews == (Review.GIVEN_UP, Review.LATE_SUCCESS)


def test_a_person_asks_octo_again(world: World) -> None:
    order, transaction = unanswered(world)
    world.gateway.payment(transaction).word = Word.SUCCEEDED

    assert world.operating.ask_again(transaction.shop_transaction_id, operator="operator anna").status is Status.SUCCESS
    assert world.books(order).order.status is OrderStatus.PAID


@pytest.mark.parametrize("silence", [unknown(), never_left(), denied("2")])
def test_where_octo_does_not_answer_a_person_is_told_so(world: World, silence: Denied | NeverLeft | Unknown) -> None:
    order, transaction = unanswered(world)
    world.gateway.script("read_status", silence)
    with pytest.raises(GatewayUnavailable):
        world.operating.ask_again(transaction.shop_transaction_id, operator="operator anna")

    assert world.books(order).current.checks == transaction.checks + 1


def test_a_person_gets_an_answer_of_now_although_somebody_has_just_asked(world: World) -> None:
    order, transaction = unanswered(world)
    world.status(order)
    world.clock.advance(seconds=0.5)
    world.gateway.payment(transaction).word = Word.SUCCEEDED

    assert world.operating.ask_again(transaction.shop_transaction_id, operator="operator anna").status is Status.SUCCESS


def test_a_person_says_that_they_have_looked_and_what_is_flagged_later_shows_again(world: World) -> None:
    order, transaction = unanswered(world)
    key = transaction.shop_transaction_id
    world.operating.close(key, operator="operator anna", reason="gone")
    looked_at = world.operating.reviewed(key, operator="operator boris", reason="told the shop")
    said = world.database.audit_events[-1]
    world.gateway.payment(transaction).word = Word.SUCCEEDED
    world.settle()

    assert (looked_at.reviews, looked_at.reviews_left) == ((Review.GIVEN_UP,), ())
    assert (said.cause.actor, said.cause.reason) == ("operator boris", "told the shop")
    assert (said.before, said.after) == ({"reviews_seen": 0}, {"reviews_seen": 1})
    assert world.books(order).current.reviews_left == (Review.LATE_SUCCESS,)


def test_where_nothing_is_flagged_there_is_nothing_to_look_at(world: World) -> None:
    _, transaction = unanswered(world)
    with pytest.raises(NothingToReview):
        world.operating.reviewed(transaction.shop_transaction_id, operator="operator anna", reason="by mistake")

    assert world.database.audit_events[-1].cause.why is not Why.OPERATOR


def test_what_a_person_has_looked_at_still_takes_no_card(world: World) -> None:
    order = world.order()
    transaction = world.initiate(order)
    payment = world.gateway.payment(transaction)
    payment.taken = OTHER_AMOUNT
    world.operating.ask_again(transaction.shop_transaction_id, operator="operator anna")
    world.operating.reviewed(transaction.shop_transaction_id, operator="operator anna", reason="asked OCTO")
    with pytest.raises(GatewayMismatch):
        world.confirm(order)

    assert world.gateway.count("pay") == 0


def test_what_has_ended_is_not_closed_again(world: World) -> None:
    transaction = world.books(world.paid()).current
    with pytest.raises(Conflict):
        world.operating.close(transaction.shop_transaction_id, operator="operator anna", reason="by mistake")

    assert world.operating.look(transaction.shop_transaction_id).status is Status.SUCCESS


def test_an_unknown_payment_is_named_as_such(world: World) -> None:
    with pytest.raises(TransactionNotFound):
        world.operating.look("nobody-1")
