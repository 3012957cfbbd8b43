"""The migrations make what the tables say, and may run at any time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Engine, create_engine, inspect

from adapters.database.engine import connect
from adapters.database.extension import install
from adapters.database.schema import migrate, pending
from adapters.database.tables import Base
from tests.integration.database import samples


@pytest.fixture
def engine(database_url: str) -> Engine:
    return connect(database_url)


def test_the_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()

    assert differences == []


def test_the_migrated_checks_are_those_of_the_tables(engine: Engine, tmp_path: Path) -> None:
    """Alembic does not compare them. A word that is new in the domain has to be let in by a migration."""
    from_tables = create_engine(f"sqlite:///{tmp_path}/from_tables.db")
    Base.metadata.create_all(from_tables)

    expected, migrated = checks(from_tables), checks(engine)
    from_tables.dispose()
    engine.dispose()

    assert migrated == expected
    assert len(expected) > 10


def checks(engine: Engine) -> dict[str, list[str]]:
    """Each check's words, quoted ones and numbers: the databases print the rest in their own ways."""
    inspector = inspect(engine)
    return {
        str(check["name"]): re.findall(r"'(\w+)'|\b(\d+)\b", str(check["sqltext"]))
        for table in Base.metadata.tables
        for check in inspector.get_check_constraints(table)
    }


def test_partial_indexes_are_partial(engine: Engine) -> None:
    inspector = inspect(engine)
    key = f"{engine.dialect.name}_where"
    partial = {
        index["name"]
        for table in Base.metadata.tables
        for index in inspector.get_indexes(table)
        if index.get("dialect_options", {}).get(key) is not None
    }
    engine.dispose()

    assert partial == {
        "ix_payment_transactions_one_live",
        "ix_payment_transactions_octo_transaction_id",
        "ix_payment_transactions_due",
        "ix_receipts_due",
        "ix_saved_cards_due",
        "ix_callbacks_unapplied",
        "ix_callbacks_applied",
        "ix_merchant_events_waiting",
        "ix_merchant_events_told",
        "ix_webhook_deliveries_due",
        "ix_webhook_deliveries_done",
    }


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrate(database_url)


def test_several_processes_may_migrate_at_the_same_time(unmigrated_url: str) -> None:
    program = f"from adapters.database.schema import migrate; migrate({unmigrated_url!r})"
    processes = [subprocess.Popen([sys.executable, "-W", "error", "-c", program]) for _ in range(2)]  # noqa: S603

    assert [process.wait() for process in processes] == [0, 0]
    engine = create_engine(unmigrated_url)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    assert set(tables) == {*Base.metadata.tables, "alembic_version"}


def test_flask_migrates_and_serves_the_same_database(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = Flask("service", instance_path=str(tmp_path / "instance"))
    database = install(app, f"sqlite:///{tmp_path}/books.db")

    upgraded = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert (upgraded.exit_code, upgraded.output, *capfd.readouterr()) == (0, "", "", "")

    checked = app.test_cli_runner().invoke(args=["db", "check"])
    with database.units() as unit:
        unit.books.add(samples.unpaid())
        unit.commit()

    database.dispose()
    assert checked.exit_code == 0


def test_a_relative_path_is_one_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Flask-SQLAlchemy alone would look into the application's instance folder, and tools elsewhere."""
    monkeypatch.chdir(tmp_path)
    database = install(Flask("service", instance_path=str(tmp_path / "instance")), "sqlite:///books.db")

    migrate("sqlite:///books.db")

    with database.reading() as unit:
        assert unit.books.owned("order-1", samples.SCOPE) is None
    database.dispose()
    assert (tmp_path / "books.db").exists()


def test_what_a_database_lacks_is_told_by_name(unmigrated_url: str) -> None:
    before = pending(unmigrated_url)
    migrate(unmigrated_url)
    engine = create_engine(unmigrated_url)
    with engine.begin() as connection:
        up_to_date = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    behind = pending(unmigrated_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of_a_newer_version'")
    engine.dispose()

    assert before is None
    assert behind is not None and behind[0] == "0003" and behind[-1] == up_to_date
    assert pending(unmigrated_url) == ()
