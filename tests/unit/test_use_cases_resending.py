"""Codes that are sent again: whatever becomes of the answer, for the card at hand alone, and as often as OCTO lets them."""

import pytest

from domain.card import Card
from domain.errors import InvalidCard, ResendLimitReached
from domain.moves import Status
from domain.order import Order
from domain.transaction import PaymentTransaction
from tests.fakes.gateway import denied, lost, unknown
from tests.fakes.world import API, OTHER_UZCARD, SCOPE, UZCARD, World


@pytest.fixture
def world() -> World:
    return World()


def resend(world: World, order: Order) -> PaymentTransaction:
    world.clock.advance(seconds=31)
    card = Card(number=UZCARD, expire="1240", holder="TEST USER", cvc=None, today=world.clock.now().date())
    return world.resending.resend(order.id, SCOPE, None, card, API)


@pytest.mark.parametrize("outcome", [None, unknown(), lost])
def test_a_new_code_replaces_the_old_one_whatever_became_of_the_answer(world: World, outcome: object) -> None:
    order = world.order()
    world.initiate(order)
    first = world.confirm(order).verification
    if outcome is not None:
        world.gateway.script("resend_code", outcome)  # type: ignore[arg-type]
    resent = resend(world, order).verification

    assert first is not None
    assert resent is not None
    assert resent.verify_id is not None
    assert resent.payment_id == first.payment_id
    assert resent.seconds_left(world.clock.now()) == 120
    assert world.verify(order).status is Status.PROCESSING


def test_a_new_code_is_sent_for_the_card_at_hand_alone(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.confirm(order)
    world.clock.advance(seconds=31)
    other = Card(number=OTHER_UZCARD, expire="1240", holder="TEST USER", cvc=None, today=world.clock.now().date())
    with pytest.raises(InvalidCard):
        world.resending.resend(order.id, SCOPE, None, other, API)

    assert world.gateway.count("resend_code") == 0


def test_the_card_is_known_by_the_fingerprint_of_before_a_change_of_the_key(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.confirm(order)
    world.clock.advance(seconds=31)
    world.fingerprints.keys = ["the next key", *world.fingerprints.keys]
    card = Card(number=UZCARD, expire="1240", holder="TEST USER", cvc=None, today=world.clock.now().date())
    world.resending.resend(order.id, SCOPE, None, card, API)

    assert world.gateway.count("resend_code") == 1


def test_octos_limit_of_resends_is_told_and_the_present_code_stays_good(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("resend_code", denied("17"))
    with pytest.raises(ResendLimitReached):
        resend(world, order)

    assert world.verify(order).status is Status.PROCESSING
