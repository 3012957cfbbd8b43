"""A database that cannot do its work says so in the words of the ports, and works again afterwards."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from adapters.database.engine import located, options, prepared
from adapters.database.unit_of_work import Database
from domain.ports import Client, StorageUnavailable
from tests.integration.database import samples
from tests.integration.database.samples import SCOPE


def engine(url: str, **connect_args: object) -> Engine:
    given = options(make_url(url))
    given["connect_args"] = given["connect_args"] | connect_args
    return prepared(create_engine(located(url), **given))


@contextmanager
def opened(url: str, **connect_args: object) -> Iterator[Database]:
    database = Database(engine(url, **connect_args))
    yield database
    database.dispose()


def add(database: Database, number: int = 1) -> None:
    with database.units() as unit:
        unit.books.add(samples.unpaid(number))
        unit.commit()


def impatient(url: str) -> dict[str, object]:
    return {"timeout": 0} if url.startswith("sqlite") else {"options": "-c lock_timeout=20ms"}


def test_a_lock_that_is_not_had_in_time(database: Database, database_url: str) -> None:
    add(database)
    before = samples.unpaid()

    with opened(database_url, **impatient(database_url)) as other:
        with database.units() as holding:
            holding.books.save(before, before.cancelled(samples.NOON))
            with pytest.raises(StorageUnavailable, match=r"SQLITE_BUSY|55P03"), other.units() as unit:
                unit.books.save(before, samples.begun())
            holding.commit()
        add(other, 2)


def test_readers_do_not_wait_for_a_writer(database: Database, database_url: str) -> None:
    add(database)

    with opened(database_url, **impatient(database_url)) as other, database.units() as writing:
        writing.books.save(samples.unpaid(), samples.begun())
        with other.reading() as unit:
            assert unit.books.owned("order-1", SCOPE) == samples.unpaid()


def test_a_database_that_is_read_only(database_url: str) -> None:
    postgresql = {"options": "-c default_transaction_read_only=on"}
    with opened(database_url, **({} if database_url.startswith("sqlite") else postgresql)) as database:
        if database_url.startswith("sqlite"):
            on_each_connection(database, "PRAGMA query_only = ON")

        with pytest.raises(StorageUnavailable, match=r"SQLITE_READONLY|25006"):
            add(database)


def test_a_disk_that_is_full(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        on_each_connection(database, "PRAGMA max_page_count = 1")

        with pytest.raises(StorageUnavailable, match="SQLITE_FULL"), database.units() as unit:
            unit.inbox.add(replace(samples.callback(), body={"padding": "x" * 1_000_000}))


def on_each_connection(database: Database, pragma: str) -> None:
    def run(connection: DBAPIConnection, _: object) -> None:
        connection.execute(pragma)

    event.listen(database._engine, "connect", run)


def test_a_file_that_is_no_database(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("broken") / "books.db"
    path.write_text("not a database " * 1000)

    with opened(f"sqlite:///{path}") as database, pytest.raises(StorageUnavailable, match="SQLITE_NOTADB"):
        add(database)


def cut_off(url: str) -> None:
    """Ends all other connections, as a restart of the server would."""
    killer = create_engine(url)
    with killer.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    killer.dispose()


def test_a_connection_lost_within_a_unit(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:
        with database.units() as unit:
            unit.books.add(samples.unpaid())
            cut_off(postgresql_url)
            with pytest.raises(StorageUnavailable, match="57P01"):
                unit.books.owned("order-1", SCOPE)

        add(database)


def test_a_connection_lost_before_the_commit_can_be_handled_within_the_unit(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:
        with database.units() as unit:
            unit.books.add(samples.unpaid())
            cut_off(postgresql_url)
            with pytest.raises(StorageUnavailable):
                unit.commit()

        add(database)


def test_a_connection_lost_before_leaving_hides_no_other_error(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:

        def interrupted() -> None:
            with database.units() as unit:
                unit.books.add(samples.unpaid())
                cut_off(postgresql_url)
                raise LookupError

        with pytest.raises(LookupError):
            interrupted()
        add(database)


def test_a_connection_lost_while_idle_is_not_noticed(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:
        add(database, 1)
        cut_off(postgresql_url)

        add(database, 2)
        cut_off(postgresql_url)
        with database.reading() as unit:
            assert unit.books.owned("order-2", SCOPE) == samples.unpaid(2)


def test_a_server_that_is_not_there() -> None:
    with opened("postgresql+psycopg://nobody:hidden@127.0.0.1:1/none") as database:
        with pytest.raises(StorageUnavailable), database.units():
            pass
        with pytest.raises(StorageUnavailable):
            database.clients.find("c")
        with pytest.raises(StorageUnavailable) as refused, database.reading():
            pass

    assert "hidden" not in "".join(traceback.format_exception(refused.value))


def test_connections_that_are_all_in_use(database_url: str) -> None:
    given = options(make_url(database_url)) | {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0}
    database = Database(prepared(create_engine(located(database_url), **given)))

    with database.units(), pytest.raises(StorageUnavailable, match="in use"), database.units():
        pass
    add(database)
    database.dispose()


def test_a_mistake_of_ours_is_no_failure_of_the_database_and_shows_no_values(database_url: str) -> None:
    broken = engine(database_url)
    with broken.begin() as connection:
        connection.execute(text("ALTER TABLE clients RENAME COLUMN name TO nickname"))
    client = Client(id="c", name="marker-name", secret_hash="marker-hash", scopes=(), created_at=samples.NOON)

    with pytest.raises(DBAPIError) as mistake:
        Database(broken).clients.add(client)
    with broken.begin() as connection:
        connection.execute(text("ALTER TABLE clients RENAME COLUMN nickname TO name"))
    broken.dispose()
    assert "marker" not in "".join(traceback.format_exception(mistake.value))


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str) -> None:
    opened_engine = engine(sqlite_url)
    with opened_engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    opened_engine.dispose()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
