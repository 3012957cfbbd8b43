"""Whether the database can do its work: is it there, are the tables ours, does it take what is written."""

from functools import cache
from typing import Final

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Select, String, column, select, table, text
from sqlalchemy.exc import DBAPIError

from adapters.database.schema import MIGRATIONS
from adapters.database.statements import Statements, transaction
from domain.ports import StorageUnavailable

_VERSION: Final[Select[str]] = select(column("version_num", String)).select_from(table("alembic_version"))
# Both write pages for real: SQLite's cache holds half of this, and PostgreSQL makes a table's file longer at once.
_PROBES: Final = {
    "sqlite": ("CREATE TABLE doctors_probe (page BLOB)", "INSERT INTO doctors_probe VALUES (zeroblob(4194304))"),
    "postgresql": (
        "CREATE TEMPORARY TABLE doctors_probe (page text) ON COMMIT DROP",
        "INSERT INTO doctors_probe SELECT repeat(md5(n::text), 32) FROM generate_series(1, 1024) n",
    ),
}


class Health:
    """Nothing here raises."""

    def __init__(self, engine: Engine, reading: Engine) -> None:
        self._engine = engine
        self._reading = reading

    def not_ready(self) -> str | None:
        """Why no request can be served, None where all can. By one read; of a newer database than ours we think that it will do."""
        try:
            with transaction(self._reading) as statements:
                found = _version(statements)
        except StorageUnavailable:
            return "database unavailable"
        if found is None:
            return "tables missing"
        return "migrations missing" if found in _earlier() else None

    def refuses_writes(self) -> str | None:
        """The driver's word for why, None where something could be written. It is rolled back."""
        try:
            with transaction(self._engine) as statements:
                for statement in _PROBES[self._engine.dialect.name]:
                    statements.execute(text(statement))
        except StorageUnavailable as why:
            return str(why)
        except DBAPIError as error:
            return type(error.orig).__name__
        return None


def _version(statements: Statements) -> str | None:
    try:
        version: str | None = statements.execute(_VERSION).scalar()
    except DBAPIError:
        # There is no such table.
        return None
    return version


@cache
def _earlier() -> frozenset[str]:
    """The revisions before the one that this version wants."""
    script = ScriptDirectory(str(MIGRATIONS))
    return frozenset(step.revision for step in script.walk_revisions()) - set(script.get_heads())
