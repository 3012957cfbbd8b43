"""The engine: how SQLite and PostgreSQL are set up, so that a unit of work means the same on both."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

# A few more than the threads of one process: settlement and the pages' status reads come beside them.
_POOL: Final[dict[str, Any]] = {"pool_size": 8, "max_overflow": 8, "pool_timeout": 10}
_SQLITE: Final[dict[str, Any]] = {"timeout": 10}
# A lock that is not had within 5 s is a crowd or a stuck process: 503 is the better answer. The other limits keep a lost
# connection or a forgotten transaction from holding its locks for ever.
_POSTGRESQL: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "options": "-c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=60s",
    "keepalives_idle": 30,
    "tcp_user_timeout": 15_000,
    "application_name": "octo-payments",
}
_SQLITE_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
# An engine option: how SQLite begins the transactions of this engine.
SQLITE_BEGIN: Final = "sqlite_begin"


def located(database_url: str) -> URL:
    """The URL, with SQLite's path made absolute: Flask-SQLAlchemy would take a relative one for the instance folder."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return url
    return url.set(database=str(Path(url.database).absolute()))


def options(url: URL) -> dict[str, Any]:
    sqlite = url.get_backend_name() == "sqlite"
    return {
        **_POOL,
        "connect_args": _SQLITE if sqlite else _POSTGRESQL,
        # A server that was restarted while a connection lay idle costs nobody an error.
        "pool_pre_ping": not sqlite,
        "hide_parameters": True,
    }


def connect(database_url: str) -> Engine:
    url = located(database_url)
    return prepared(create_engine(url, **options(url)))


def prepared(engine: Engine) -> Engine:
    """Once per engine, before its first connection."""
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def for_reading(engine: Engine) -> Engine:
    """The same connections, in autocommit: a read costs one round trip and waits for no writer. Writing raises TypeError."""
    if engine.dialect.name == "sqlite":
        reading = engine.execution_options(**{SQLITE_BEGIN: "DEFERRED"})
    else:
        reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    event.listen(reading, "before_execute", _refuse_to_write)
    return reading


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and never with IMMEDIATE.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for a lock: it fails at once with "database is locked".
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(SQLITE_BEGIN, 'IMMEDIATE')}")


def _refuse_to_write(_connection: Connection, statement: Any, *_: object) -> None:
    if not getattr(statement, "is_select", False):
        raise TypeError("a reading unit does not write")
