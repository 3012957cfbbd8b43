"""Orders over a storage that fails."""

from typing import Any

import pytest

from domain.ports import StorageUnavailable
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    return World()


def test_an_order_whose_commit_lost_its_answer_is_there_and_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = world.database.put

    def answer_lost(tables: Any) -> None:
        put(tables)
        raise StorageUnavailable

    with monkeypatch.context() as trouble:
        trouble.setattr(world.database, "put", answer_lost)
        order = world.order()

    assert world.books(order).order == order


def test_an_order_that_was_not_stored_is_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Any) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as trouble:
        trouble.setattr(world.database, "put", away)
        with pytest.raises(StorageUnavailable):
            world.order()

    assert world.database.books == ()
