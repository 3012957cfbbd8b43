"""One thing that cannot be done, among many that can."""

from collections.abc import Callable

import pytest

from domain.moves import Word
from domain.order import Order, OrderStatus
from domain.ports import Callback, StorageUnavailable
from domain.use_cases.batches import one_by_one
from tests.fakes.gateway import Outcome, Step, lost
from tests.fakes.memory import MemoryInbox
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    return World()


def unheard(world: World) -> Order:
    """An order that is paid, of which only settlement can learn."""
    order = world.order()
    world.initiate(order)
    world.confirm(order)
    world.gateway.script("check_code", lost)
    world.verify(order)
    return order


def broken(*_: object) -> Outcome:
    raise LookupError("nobody has foreseen this")


def test_a_payment_that_cannot_be_settled_does_not_stop_the_others(world: World) -> None:
    orders = [unheard(world) for _ in range(3)]
    world.gateway.script("read_status", broken)
    with pytest.raises(ExceptionGroup):
        world.settle()
    paid = [world.books(order).order.status is OrderStatus.PAID for order in orders]

    assert paid == [False, True, True]


def test_what_is_not_begun_within_the_lease_is_left_to_the_next_batch(world: World) -> None:
    orders = [unheard(world) for _ in range(3)]
    world.clock.advance(hours=1)
    world.gateway.script("read_status", slowly(world))
    first = world.settlement.settle()
    paid = [world.books(order).order.status is OrderStatus.PAID for order in orders]
    world.settle()

    assert first == 3
    assert paid == [True, False, False]
    assert all(world.books(order).order.status is OrderStatus.PAID for order in orders)


def slowly(world: World) -> Step:
    def answer(proceed: Callable[[], Outcome]) -> Outcome:
        world.clock.advance(seconds=61)
        return proceed()

    return answer


def test_a_callback_that_cannot_be_applied_is_stored_and_tried_again_beside_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = unheard(world), unheard(world)
    with monkeypatch.context() as trouble:
        trouble.setattr("domain.use_cases.notifications._heard", broken)
        for order in (first, second):
            with pytest.raises(LookupError):
                world.callback(world.books(order).current, Word.SUCCEEDED)
    stored = [callback.applied_at for callback in world.database.callbacks]
    world.settlement.apply_stored()

    assert stored == [None, None]
    assert world.books(first).order.status is OrderStatus.PAID
    assert world.books(second).order.status is OrderStatus.PAID


def test_a_stored_callback_that_this_version_does_not_understand_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = unheard(world), unheard(world)
    with monkeypatch.context() as trouble:
        trouble.setattr("domain.use_cases.notifications._heard", broken)
        for order in (first, second):
            with pytest.raises(LookupError):
                world.callback(world.books(order).current, Word.SUCCEEDED)
    strange, _ = world.database.callbacks
    stored = MemoryInbox.stored

    def newer(inbox: MemoryInbox, callback_id: str) -> Callback:
        if callback_id == strange.id:
            raise ValueError("a word of a newer version")
        return stored(inbox, callback_id)

    with monkeypatch.context() as trouble:
        trouble.setattr(MemoryInbox, "stored", newer)
        with pytest.raises(ExceptionGroup):
            world.settlement.apply_stored()
    for_now = [world.books(order).order.status for order in (first, second)]
    world.clock.advance(minutes=2)
    world.settlement.apply_stored()

    assert for_now == [OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID]
    assert world.books(first).order.status is OrderStatus.PAID


def test_each_has_its_turn_and_all_that_went_wrong_is_told(world: World) -> None:
    done: list[int] = []

    def do(number: int) -> None:
        done.append(number)
        if number % 2:
            raise LookupError(number)

    with pytest.raises(ExceptionGroup) as told:
        one_by_one([1, 2, 3, 4], do, world.clock, world.clock.now())

    assert done == [1, 2, 3, 4]
    assert [error.args for error in told.value.exceptions] == [(1,), (3,)]


def test_without_the_storage_the_rest_is_not_even_tried(world: World) -> None:
    done: list[int] = []

    def do(number: int) -> None:
        done.append(number)
        raise StorageUnavailable

    with pytest.raises(StorageUnavailable):
        one_by_one([1, 2], do, world.clock, world.clock.now())

    assert done == [1]
