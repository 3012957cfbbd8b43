"""What the limits count: in memory, on SQLite, on PostgreSQL; and that a crowd gets no more than one."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from adapters.database.unit_of_work import Database
from domain.errors import TooManyCards
from domain.limits import Limit, Mark, Tally
from domain.ports import Units
from tests.fakes.memory import MemoryDatabase
from tests.integration.database.samples import MINUTE, NOON

CROWD = 20
TALLY = Tally(
    Limit.REFUSALS_OF_CLIENT, "shop", (Mark("order-1-1.2", NOON, refused=True), Mark("order-2-1.2", NOON + MINUTE))
)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> Iterator[MemoryDatabase | Database]:
    if request.param == "memory":
        yield MemoryDatabase()
        return
    database = Database.at(request.getfixturevalue(f"{request.param}_url"))
    yield database
    database.dispose()


@pytest.fixture
def units(storage: MemoryDatabase | Database) -> Units:
    return storage.units


def store(units: Units, *tallies: Tally) -> None:
    with units() as unit:
        for tally in tallies:
            unit.tallies.held(tally.limit, tally.subject)
            unit.tallies.save(tally)
        unit.commit()


def test_a_tally_comes_back_as_it_was_saved(units: Units) -> None:
    store(units, TALLY)

    with units() as unit:
        assert unit.tallies.of(TALLY.limit, TALLY.subject) == TALLY
        assert unit.tallies.held(TALLY.limit, TALLY.subject) == TALLY
        assert unit.tallies.of(TALLY.limit, "another") == Tally(TALLY.limit, "another")
        assert unit.tallies.of(Limit.CARDS_OF_ORDER, TALLY.subject).marks == ()


def test_what_was_not_committed_is_not_counted(units: Units) -> None:
    with units() as unit:
        unit.tallies.held(TALLY.limit, TALLY.subject)
        unit.tallies.save(TALLY)

    with units() as unit:
        assert list(unit.tallies.all()) == []


def test_a_deleted_tally_is_gone_and_deleting_it_again_does_nothing(units: Units) -> None:
    store(units, TALLY)
    for _ in range(2):
        with units() as unit:
            unit.tallies.delete(TALLY)
            unit.commit()

    with units() as unit:
        assert list(unit.tallies.all()) == []


def test_what_is_over_is_forgotten_a_batch_at_a_time(units: Units) -> None:
    over = [Tally(Limit.ORDERS_OF_CARD, f"card-{n}", (Mark("order-1", NOON),)) for n in range(3)]
    empty = Tally(Limit.CODES_OF_PAYMENT, "order-1-1")
    store(units, *over, empty, TALLY)

    with units() as unit:
        assert [unit.tallies.forget(NOON + 60 * MINUTE, 3) for _ in range(3)] == [3, 1, 0]
        assert list(unit.tallies.all()) == [TALLY]


def test_a_crowd_gets_no_more_than_the_limit(database: Database) -> None:
    start = Barrier(CROWD)

    def attempt(number: int) -> bool:
        start.wait()
        try:
            with database.units() as unit:
                unit.tallies.save(unit.tallies.held(Limit.ORDERS_OF_CARD, "card").tried(f"order-{number}", NOON))
                unit.commit()
        except TooManyCards:
            return False
        return True

    with ThreadPoolExecutor(CROWD) as threads:
        results = Counter(threads.map(attempt, range(CROWD)))

    assert results == {True: 5, False: CROWD - 5}


def test_counting_and_forgetting_at_the_same_time_lose_nothing(database: Database) -> None:
    """Forgetting must not take away the row that another is about to lock."""
    start = Barrier(CROWD)

    def attempt(number: int) -> None:
        start.wait()
        with database.units() as unit:
            if number % 2:
                unit.tallies.forget(NOON, 10)
            else:
                tally = unit.tallies.held(Limit.CARDS_OF_ORDER, "order-1")
                unit.tallies.save(tally.tried(str(number), NOON))
            unit.commit()

    store(database.units, Tally(Limit.CARDS_OF_ORDER, "order-1"))
    with ThreadPoolExecutor(CROWD) as threads:
        list(threads.map(attempt, range(CROWD)))

    with database.units() as unit:
        assert len(unit.tallies.of(Limit.CARDS_OF_ORDER, "order-1").marks) == CROWD // 2
