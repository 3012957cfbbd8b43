"""Whether the database can do its work, as /readyz and `flask doctor` ask it."""

import subprocess
import sys

import pytest
from sqlalchemy import create_engine, inspect

from adapters.database.schema import migrate
from adapters.database.unit_of_work import Database
from tests.integration.database.test_failures import on_each_connection, opened


def revise(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_database_with_our_tables_is_ready_and_takes_what_is_written(database: Database) -> None:
    assert database.health.not_ready() is None
    assert database.health.refuses_writes() is None


def test_of_what_was_tried_nothing_is_left(database: Database, database_url: str) -> None:
    database.health.refuses_writes()
    engine = create_engine(database_url)
    tables = inspect(engine).get_table_names()
    engine.dispose()

    assert "doctors_probe" not in tables


def test_without_tables_it_is_not_ready_and_with_old_ones_neither(unmigrated_url: str) -> None:
    database = Database.at(unmigrated_url)
    before = database.health.not_ready()
    migrate(unmigrated_url)
    revise(unmigrated_url, "UPDATE alembic_version SET version_num = '0002'")
    behind = database.health.not_ready()
    revise(unmigrated_url, "UPDATE alembic_version SET version_num = 'of_a_newer_version'")
    ahead = database.health.not_ready()
    database.dispose()

    assert (before, behind, ahead) == ("tables missing", "migrations missing", None)


def test_without_a_server_neither() -> None:
    with opened("postgresql+psycopg://nobody:hidden@127.0.0.1:1/none") as database:
        assert database.health.not_ready() == "database unavailable"
        assert database.health.refuses_writes() == "OperationalError"


@pytest.mark.parametrize(
    ("pragma", "why"), [("max_page_count = 1", "SQLITE_FULL"), ("query_only = ON", "SQLITE_READONLY")]
)
def test_a_full_or_read_only_disk_is_named(sqlite_url: str, pragma: str, why: str) -> None:
    with opened(sqlite_url) as database:
        on_each_connection(database, f"PRAGMA {pragma}")

        assert database.health.refuses_writes() == f"OperationalError {why}"


def test_it_is_the_disk_that_is_tried_and_not_the_cache(sqlite_url: str) -> None:
    """Files may grow to a megabyte here, as on a disk with as little room."""
    program = (
        "import resource; from adapters.database.unit_of_work import Database;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000));"
        f"print(Database.at({sqlite_url!r}).health.refuses_writes())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert run.stdout.startswith("OperationalError SQLITE_")


def test_so_is_a_server_that_only_reads(postgresql_url: str) -> None:
    with opened(postgresql_url, options="-c default_transaction_read_only=on") as database:
        assert database.health.refuses_writes() == "ReadOnlySqlTransaction 25006"
