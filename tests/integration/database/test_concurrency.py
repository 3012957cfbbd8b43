"""Many at the same time, on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

from adapters.database.unit_of_work import Database
from domain.books import Books
from domain.errors import ReferenceTaken
from domain.ports import Stale
from tests.integration.database import samples
from tests.integration.database.samples import MINUTE, NOON, SCOPE

CROWD = 50
T = TypeVar("T")


def at_once(act: Callable[[int], T]) -> Counter[T]:
    """How often each result came out of 50 threads that all begin together."""
    start = Barrier(CROWD)

    def begin(number: int) -> T:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(CROWD) as threads:
        return Counter(threads.map(begin, range(CROWD)))


def read(database: Database) -> Books:
    with database.reading() as unit:
        books = unit.books.owned("order-1", SCOPE)
        assert books is not None
        return books


def store(database: Database, *all_books: Books) -> None:
    with database.units() as unit:
        for books in all_books:
            unit.books.add(books)
        unit.commit()


def save_one_of(database: Database, before: Books, afters: list[Books], number: int) -> str:
    return save(database, before, afters[number])


def save(database: Database, before: Books, after: Books) -> str:
    try:
        with database.units() as unit:
            unit.books.save(before, after)
            unit.commit()
    except Stale:
        return "stale"
    return "saved"


def test_of_fifty_who_save_the_same_books_one_wins_each_time(database: Database) -> None:
    store(database, samples.begun())

    for version in range(3):
        before = read(database)
        afters = [before.with_(before.current.asked(NOON + (version * CROWD + n + 1) * MINUTE)) for n in range(CROWD)]
        results = at_once(partial(save_one_of, database, before, afters))

        assert results == {"saved": 1, "stale": CROWD - 1}
        assert read(database).order.version == version + 1


def test_of_fifty_who_read_and_save_in_one_unit_all_get_through(database: Database) -> None:
    """Also on SQLite, where a unit that reads first could otherwise not write any more."""
    store(database, samples.unpaid())

    def change(_: int) -> None:
        while True:
            with database.units() as unit:
                before = unit.books.owned("order-1", SCOPE)
                assert before is not None
                try:
                    unit.books.save(before, before)
                except Stale:
                    continue
                unit.commit()
                return

    at_once(change)

    assert read(database).order.version == CROWD


def test_of_fifty_who_begin_an_attempt_one_does(database: Database) -> None:
    store(database, samples.unpaid())
    before = samples.unpaid()

    results = at_once(lambda n: save(database, before, before.attempted(samples.TERMS, NOON + n * MINUTE)))

    assert results == {"saved": 1, "stale": CROWD - 1}
    assert len(read(database).transactions) == 1


def test_each_due_attempt_is_claimed_by_one(database: Database) -> None:
    store(database, *(samples.begun(n) for n in range(CROWD)))

    def claim(_: int) -> tuple[str, ...]:
        with database.units() as unit:
            claimed = unit.books.claim_due(NOON + MINUTE, MINUTE, 2)
            unit.commit()
            return tuple(claimed)

    claims = Counter(key for keys, times in at_once(claim).items() for key in keys * times)

    assert set(claims.values()) == {1}


def test_one_callback_fifty_times_is_one_row(database: Database) -> None:
    def receive(number: int) -> bool:
        mine = samples.callback(at=NOON + number * MINUTE)
        with database.units() as unit:
            stored = unit.inbox.add(mine)
            unit.commit()
            return stored == mine

    assert at_once(receive) == {True: 1, False: CROWD - 1}


def test_a_key_is_claimed_by_one(database: Database) -> None:
    claimed = at_once(lambda n: database.idempotency_keys.claim("shop", "k", f"print {n}", NOON) is None)

    assert claimed == {True: 1, False: CROWD - 1}


def test_a_key_that_is_too_old_is_taken_over_by_one(database: Database) -> None:
    database.idempotency_keys.claim("shop", "k", "print", NOON)
    later = NOON + 7 * 24 * 60 * MINUTE

    claimed = at_once(lambda n: database.idempotency_keys.claim("shop", "k", f"print {n}", later) is None)

    assert claimed == {True: 1, False: CROWD - 1}


def test_a_reference_is_used_by_one(database: Database) -> None:
    def add(number: int) -> str:
        try:
            store(database, Books(samples.order(number, reference="R")))
        except ReferenceTaken:
            return "taken"
        return "added"

    assert at_once(add) == {"added": 1, "taken": CROWD - 1}
