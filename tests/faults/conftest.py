"""A sandbox, a clock that all processes share, and databases that are as new before each test."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import databases, octo, receiver
from tests.faults.chance import SEED
from tests.faults.databases import FreshDatabase, PostgresqlDatabase, SqliteFile
from tests.faults.live import Live, python_path, serving
from tests.faults.octo import Octo
from tests.faults.receiver import Receiver
from tests.faults.shifted_clock import ShiftedClock


def pytest_report_header() -> str:
    return f"faults: SEED={SEED}"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="session")
def clock(folder: Path) -> ShiftedClock:
    return ShiftedClock(folder / "clock")


@pytest.fixture(scope="session")
def sandbox(folder: Path) -> Iterator[Octo]:
    with octo.running(folder, os.environ) as started:
        yield started


@pytest.fixture(scope="session")
def shops_program(folder: Path) -> Iterator[Receiver]:
    with receiver.running(folder, os.environ | {"PYTHONPATH": python_path()}) as started:
        yield started


@pytest.fixture(scope="session")
def sqlite_file(folder: Path, clock: ShiftedClock) -> SqliteFile:
    return SqliteFile(folder, clock)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    # Not below pytest's folder, which each pytest that starts closes for other users, the server's among them.
    with (
        tempfile.TemporaryDirectory(prefix="octo-faults-") as folder,
        databases.postgresql_server(Path(folder)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str, clock: ShiftedClock) -> Iterator[PostgresqlDatabase]:
    with databases.postgresql(postgresql_server, clock) as database:
        yield database


@pytest.fixture(params=databases.NAMES, scope="session")
def fresh(request: pytest.FixtureRequest) -> FreshDatabase:
    """Each test begins with `refresh`, or with what does it."""
    fixture = {"sqlite": "sqlite_file", "postgresql": "postgresql_database"}[request.param]
    database: FreshDatabase = request.getfixturevalue(fixture)
    return database


@pytest.fixture(params=databases.NAMES, scope="session")
def live(request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The service as it is run, on a database of its own, which it keeps from test to test. Each of them begins with `calm`."""
    own = tmp_path_factory.mktemp(request.param)
    clock = ShiftedClock(own / "before")
    with ExitStack() as stack:
        if request.param == "sqlite":
            database: FreshDatabase = SqliteFile(own, clock)
        else:
            server = request.getfixturevalue("postgresql_server")
            database = stack.enter_context(databases.postgresql(server, clock))
        yield stack.enter_context(serving(own / "live", database))
