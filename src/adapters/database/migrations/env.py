"""Runs the migrations, for `flask db` and for `schema.migrate`: in one transaction, and never twice at the same time."""

from typing import Final

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine

from adapters.database.failures import told_in_our_words
from adapters.database.tables import Base
from domain.ports import StorageUnavailable

# Any number, but always the same one: whoever holds this lock of PostgreSQL migrates.
LOCK: Final = 7_216_094


def engine() -> Engine:
    given: Engine | None = context.config.attributes.get("engine")
    return current_app.extensions["migrate"].db.engine if given is None else given


def connected() -> Connection:
    """Raises CommandError, which `flask db` tells in one line."""
    try:
        with told_in_our_words():
            return engine().connect()
    except StorageUnavailable as why:
        raise CommandError(f"The database does not answer: {why}") from None


def run_online(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    context.run_migrations()


if context.is_offline_mode():
    context.configure(dialect_name=engine().dialect.name, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with connected() as connection, connection.begin():
        run_online(connection)
