"""A database that is as new before each storm: in memory, a SQLite file, or a database on a PostgreSQL server."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import NullPool, create_engine, make_url

from adapters.database.schema import migrate
from adapters.database.tables import Base
from adapters.database.unit_of_work import Database
from tests.fakes.memory import MemoryDatabase
from tests.faults.databases import postgresql_server

NAMES: Final = ("memory", "sqlite", "postgresql")


@contextmanager
def places(name: str, count: int) -> Iterator[list[str | None]]:
    """Where `count` processes find their databases, one each; None is in memory."""
    if name == "memory":
        yield [None] * count
        return
    with tempfile.TemporaryDirectory(prefix="octo-storms-") as folder:
        if name == "sqlite":
            template = Path(folder) / "template.sqlite3"
            migrate(f"sqlite:///{template}")
            yield [f"sqlite:///{shutil.copy(template, f'{template}.{number}')}" for number in range(count)]
        else:
            with postgresql_server(Path(folder)) as server, _on(server, count) as urls:
                yield list(urls)


@contextmanager
def emptied(url: str | None) -> Iterator[Any]:
    """The database, without a row in it."""
    if url is None:
        yield MemoryDatabase()
        return
    _empty(url)
    database = Database.at(url)
    try:
        yield database
    finally:
        database.dispose()


def _empty(url: str) -> None:
    path = make_url(url).database
    if url.startswith("sqlite"):
        for beside in ("-wal", "-shm"):
            Path(f"{path}{beside}").unlink(missing_ok=True)
        shutil.copy(Path(str(path)).with_suffix(""), str(path))
        return
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        # The audit trail lets itself be emptied only where triggers are off.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@contextmanager
def _on(server_url: str, count: int) -> Iterator[list[str]]:
    names = [f"octo_storms_{uuid4().hex}" for _ in range(count)]
    server = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        for name in names:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    urls = [make_url(server_url).set(database=name).render_as_string(hide_password=False) for name in names]
    try:
        for url in urls:
            migrate(url)
        yield urls
    finally:
        with server.connect() as connection:
            for name in names:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
