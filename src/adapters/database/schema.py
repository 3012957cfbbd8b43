"""The schema, brought up to date."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from adapters.database.engine import connect

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(database_url: str) -> None:
    """Does what `flask db upgrade` does, without an application. Any number of processes may do it at the same time."""
    engine = connect(database_url)
    config = Config(MIGRATIONS / "alembic.ini", attributes={"engine": engine})
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        command.upgrade(config, "head")
    finally:
        engine.dispose()


def pending(database_url: str) -> tuple[str, ...] | None:
    """The migrations that the database lacks, oldest first; None where it has no tables yet. A newer database than ours lacks none."""
    engine = connect(database_url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    if current is None:
        return None
    script = ScriptDirectory(str(MIGRATIONS))
    try:
        lacking = [step.revision for step in script.iterate_revisions("head", current)]
    except (CommandError, RevisionError):
        return ()
    return tuple(reversed(lacking))
