"""Statements of one database transaction, their errors told in our words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Executable,
    Table,
    TextClause,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from adapters.database.failures import told_in_our_words

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Insert = postgresql.Insert | sqlite.Insert


class Statements:
    """Raises StorageUnavailable and GuardHit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        with told_in_our_words():
            return self._connection.execute(statement, parameters)

    def insert(self, into: Table) -> Insert:
        """An INSERT that may say ON CONFLICT, which both dialects have in the same words."""
        return sqlite.insert(into) if self._connection.dialect.name == "sqlite" else postgresql.insert(into)

    def forget(self, rows: Table, limit: int, *conditions: ColumnElement[bool] | TextClause) -> int:
        """Deletes so many of them, without waiting for those that others hold, and says how many."""
        some = select(rows.c.id).where(*conditions).limit(limit).with_for_update(skip_locked=True).cte("some")
        # Counted by what comes back: SQLite's driver counts no statement that begins with a CTE.
        gone = delete(rows).where(rows.c.id.in_(select(some.c.id))).returning(rows.c.id)
        return len(self.execute(gone).all())

    def commit(self) -> None:
        with told_in_our_words():
            self._connection.commit()


@contextmanager
def transaction(engine: Engine) -> Iterator[Statements]:
    """What was not committed is rolled back on leaving."""
    with told_in_our_words():
        connection = engine.connect()
        try:
            yield Statements(connection)
        finally:
            _leave(connection)


def _leave(connection: Connection) -> None:
    """Never fails: whoever handled an error inside must not meet another one on the way out."""
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()
    finally:
        connection.close()
