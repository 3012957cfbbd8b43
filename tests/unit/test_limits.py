"""Card testing and the guessing of codes: how often what may be tried, and how an operator lets it go on."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from domain.errors import CardDeclined, CardsPaused, OtpRejected, Refusal, TooManyCards, TooManyCodes
from domain.limits import PAUSE, PAUSE_FROM, Limit, Mark, Tally
from domain.order import Order
from tests.fakes.gateway import denied, lost, never_left, unknown
from tests.fakes.world import API, SCOPE, START, UZCARD, World

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World()


def cards() -> Iterator[str]:
    return (f"860049{number:010d}" for number in count(1))


def refused_cards(world: World, order: Order, times: int) -> None:
    world.gateway.script("pay", *[denied("14")] * times)
    world.initiate(order)
    for _, number in zip(range(times), cards(), strict=False):
        with pytest.raises(CardDeclined):
            world.confirm(order, number)


def refusal_of_card(world: World, order: Order, number: str = UZCARD) -> Refusal | None:
    try:
        world.confirm(order, number)
    except (TooManyCards, CardsPaused) as refusal:
        return refusal
    except Refusal:
        return None
    return None


def test_a_payment_takes_three_cards(world: World) -> None:
    order = world.order()
    refused_cards(world, order, 3)
    refusal = refusal_of_card(world, order)

    assert isinstance(refusal, TooManyCards)
    assert refusal.facts["limit"] == Limit.CARDS_OF_PAYMENT
    assert refusal.facts["retry_after_seconds"] == 86_401
    assert world.gateway.count("pay") == 3


def test_an_order_takes_ten_cards_a_day_over_all_its_payments(world: World) -> None:
    order, number = world.order(), cards()
    for _ in range(3):
        transaction = world.initiate(order)
        world.gateway.script("pay", *[denied("14")] * 3)
        for _ in range(3):
            assert refusal_of_card(world, order, next(number)) is None
        world.payments.withdraw(order.id, SCOPE, API)
        assert not world.books(order)[transaction.shop_transaction_id].is_live
    world.gateway.script("pay", denied("14"))
    world.initiate(order)

    assert refusal_of_card(world, order, next(number)) is None
    refusal = refusal_of_card(world, order, next(number))
    assert refusal is not None and refusal.facts["limit"] == Limit.CARDS_OF_ORDER


def test_a_card_is_shown_to_five_orders_an_hour(world: World) -> None:
    orders = [world.order() for _ in range(7)]
    for order in orders:
        world.initiate(order)
    results = [refusal_of_card(world, order) for order in orders[:6]]

    assert results[:5] == [None] * 5
    assert results[5] is not None and results[5].facts["limit"] == Limit.ORDERS_OF_CARD

    world.clock.advance(seconds=3601)
    assert refusal_of_card(world, orders[6]) is None


def test_a_card_that_never_left_is_not_counted(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.gateway.script("pay", *[never_left()] * 4)
    for _ in range(4):
        assert refusal_of_card(world, order) is None

    assert world.confirm(order).status == "verification_required"


def test_a_card_of_which_nothing_was_heard_is_counted(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.gateway.script("pay", unknown())
    world.confirm(order)

    tally = next(t for t in world.database.tallies if t.limit is Limit.CARDS_OF_PAYMENT)
    assert len(tally.marks) == 1


def test_a_double_click_is_one_card(world: World) -> None:
    order = world.order()
    world.initiate(order)
    for _ in range(5):
        world.confirm(order)

    assert {len(tally.marks) for tally in world.database.tallies} == {1}


def test_a_payment_takes_three_codes(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("check_code", lost, denied("-270"), denied("-270"))
    world.verify(order, "000000")
    for _ in range(2):
        world.clock.advance(seconds=16)
        world.status(order)
    for _ in range(2):
        with pytest.raises(OtpRejected):
            world.verify(order, "000000")

    with pytest.raises(TooManyCodes) as refusal:
        world.verify(order)
    assert refusal.value.facts["limit"] == Limit.CODES_OF_PAYMENT
    assert world.gateway.count("check_code") == 3


def test_a_code_that_never_left_is_not_counted(world: World) -> None:
    order = world.order()
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("check_code", *[never_left()] * 4)
    for _ in range(4):
        with pytest.raises(Refusal) as refusal:
            world.verify(order)
        assert refusal.value.code == "gateway_unavailable"

    assert world.verify(order).status == "processing"


def paused(world: World) -> Order:
    """A client that shows one stolen card after the other, each to an order of its own."""
    number = cards()
    world.gateway.script("pay", *[denied("14")] * PAUSE_FROM)
    for _ in range(PAUSE_FROM):
        order = world.order()
        world.initiate(order)
        assert refusal_of_card(world, order, next(number)) is None
    order = world.order()
    world.initiate(order)
    return order


def test_a_client_whose_cards_are_all_refused_is_paused(world: World) -> None:
    order = paused(world)
    refusal = refusal_of_card(world, order)

    assert isinstance(refusal, CardsPaused)
    assert refusal.facts["retry_after_seconds"] == PAUSE.total_seconds() + 1
    assert world.gateway.count("pay") == PAUSE_FROM


def test_after_a_pause_one_more_refusal_is_another_pause(world: World) -> None:
    order = paused(world)
    world.clock.advance(minutes=15)
    world.gateway.script("pay", denied("14"))

    assert refusal_of_card(world, order) is None
    assert isinstance(refusal_of_card(world, order), CardsPaused)


def test_ordinary_refusals_pause_nobody() -> None:
    tally = Tally(Limit.REFUSALS_OF_CLIENT, "shop")
    for number in range(100):
        tally = tally.answered(str(number), START, refused=number % 4 != 0)

    tally.require_calm(START)
    assert len(tally.marks) == 50


def test_a_pause_is_over_with_the_hour(world: World) -> None:
    order = paused(world)
    world.clock.advance(seconds=3601)
    world.initiate(order)

    assert refusal_of_card(world, order) is None


@pytest.mark.parametrize("subject", ["order", "payment"])
def test_an_operator_unlocks_an_order_or_a_payment(world: World, subject: str) -> None:
    order = world.order()
    refused_cards(world, order, 3)
    assert refusal_of_card(world, order) is not None
    assert [tally.limit for tally in world.limiting.locked()] == [Limit.CARDS_OF_PAYMENT]

    world.limiting.unlock(order.id if subject == "order" else f"{order.id}-1")

    assert world.limiting.locked() == []
    assert refusal_of_card(world, order) is None


def test_an_operator_unlocks_a_client(world: World) -> None:
    order = paused(world)
    assert [tally.subject for tally in world.limiting.locked()] == ["shop"]

    world.limiting.unlock("shop")

    assert refusal_of_card(world, order) is None


def test_to_unlock_an_order_frees_the_cards_that_were_shown_to_it(world: World) -> None:
    orders = [world.order() for _ in range(6)]
    for order in orders:
        world.initiate(order)
        refusal_of_card(world, order)
    assert [tally.limit for tally in world.limiting.locked()] == [Limit.ORDERS_OF_CARD]

    world.limiting.unlock(orders[0].id)

    assert refusal_of_card(world, orders[5]) is None


def test_unlocking_holds_nothing_that_a_card_on_its_way_could_wait_for(world: World) -> None:
    order = world.order()
    refused_cards(world, order, 1)
    before = world.database.commits
    forgotten = world.limiting.unlock(order.id)

    assert len(forgotten) == 3
    assert world.database.commits - before == len(forgotten)


def test_nothing_is_unlocked_for_a_stranger(world: World) -> None:
    refused_cards(world, world.order(), 3)

    assert world.limiting.unlock("order-99") == []
    assert len(world.limiting.locked()) == 1


def test_a_fingerprint_is_gone_after_an_hour_and_everything_after_a_day(world: World) -> None:
    refused_cards(world, world.order(), 1)
    world.clock.advance(hours=1)
    assert world.limiting.forget() == 2
    assert {tally.limit for tally in world.database.tallies} == {Limit.CARDS_OF_PAYMENT, Limit.CARDS_OF_ORDER}

    world.clock.advance(hours=23)
    world.limiting.forget()

    assert list(world.database.tallies) == []


def test_the_limit_counts_within_its_window() -> None:
    tally = Tally(Limit.ORDERS_OF_CARD, "card", tuple(Mark(str(n), START + n * HOUR / 10) for n in range(5)))

    with pytest.raises(TooManyCards) as refusal:
        tally.tried("new", START + HOUR / 2)
    assert refusal.value.facts["retry_after_seconds"] == 1801
    assert len(tally.tried("new", START + HOUR).marks) == 5
