"""F19 to F21: the database goes away, fills up, is locked or swallows an answer, at every moment of a payment."""

import random
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest

from adapters.database import engine
from tests.faults.chance import FULL, SEED
from tests.faults.databases import FreshDatabase, PostgresqlDatabase, SqliteFile
from tests.faults.octo import Octo
from tests.faults.record import How, Injected, record
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.stories import STORIES
from tests.faults.troubles import Outcome, Trouble, Troubled, cut_connections, full_disk, held_lock, lost_commits

_CHANCE: Final = random.Random(SEED)
STEP: Final = 1 if FULL else _CHANCE.randint(45, 60)
STEP_OF_COMMITS: Final = 1 if FULL else 4
# A refused card and a wrong code, while OCTO debits at every pay.
_STORY: Final = STORIES[2]


@pytest.fixture(scope="module")
def on_sqlite(folder: Path, sandbox: Octo, sqlite_file: SqliteFile, clock: ShiftedClock) -> Troubled:
    # Nobody waits for ten seconds at each boundary.
    with patch.dict(engine._SQLITE, timeout=0.05):
        return Troubled(folder, sandbox, sqlite_file, clock)


@pytest.fixture(scope="module")
def on_postgresql(
    folder: Path, sandbox: Octo, postgresql_database: PostgresqlDatabase, clock: ShiftedClock
) -> Troubled:
    return Troubled(folder, sandbox, postgresql_database, clock)


def tried(troubled: Troubled, trouble: Trouble, fault: str, database: FreshDatabase, step: int, how: How) -> Outcome:
    outcome = troubled.struck(_STORY, trouble, _CHANCE.randint(1, step), step)
    record(
        Injected(
            fault=fault,
            case=trouble.name,
            database=database.name,
            injected=outcome.struck,
            violations=len(outcome.violations),
            how=how,
            figures={"boundaries": outcome.boundaries, "seed": SEED, **outcome.answers},
        )
    )
    return outcome


def found_by_reading_again(outcome: Outcome) -> bool:
    """Only where nothing had been begun yet (a key, an order) is the shop told to come again; that is a small part of the commits."""
    return outcome.answers["503 storage_unavailable"] <= 0.6 * outcome.struck


def test_connections_cut_at_any_moment(on_postgresql: Troubled, postgresql_database: PostgresqlDatabase) -> None:
    trouble = cut_connections(postgresql_database)
    outcome = tried(on_postgresql, trouble, "F19", postgresql_database, STEP, How.RAN)

    assert outcome.violations == []
    assert outcome.struck > 0


def test_a_commit_on_sqlite_that_is_done_and_says_that_it_is_not(on_sqlite: Troubled, sqlite_file: SqliteFile) -> None:
    outcome = tried(on_sqlite, lost_commits(sqlite_file), "F21", sqlite_file, STEP_OF_COMMITS, How.RAN)

    assert outcome.violations == []
    assert outcome.struck > 0
    assert found_by_reading_again(outcome)


def test_a_commit_on_postgresql_that_is_done_and_says_that_it_is_not(
    on_postgresql: Troubled, postgresql_database: PostgresqlDatabase
) -> None:
    outcome = tried(
        on_postgresql, lost_commits(postgresql_database), "F21", postgresql_database, STEP_OF_COMMITS, How.RAN
    )

    assert outcome.violations == []
    assert outcome.struck > 0
    assert found_by_reading_again(outcome)


def test_a_disk_that_is_full_from_any_moment_on(on_sqlite: Troubled, sqlite_file: SqliteFile) -> None:
    outcome = tried(on_sqlite, full_disk(), "F20", sqlite_file, STEP, How.RAN)

    assert outcome.violations == []
    assert outcome.answers["503 storage_unavailable"] > 0


def test_a_lock_that_another_process_holds_from_any_moment_on(on_sqlite: Troubled, sqlite_file: SqliteFile) -> None:
    """The wait for the lock is cut short here; once it is waited for in full elsewhere."""
    outcome = tried(on_sqlite, held_lock(sqlite_file), "F20", sqlite_file, STEP, How.SIMULATED)

    assert outcome.violations == []
    assert outcome.answers["503 storage_unavailable"] > 0
