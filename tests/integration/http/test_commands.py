"""The commands over a database that cannot do its work: one line, and what to run."""

from pathlib import Path

import pytest
from click.testing import Result

from entrypoints.bootstrap import build
from entrypoints.settings import Settings
from tests.integration.http.shop import ENVIRONMENT

COMMANDS = (
    ("audit",),
    ("clients", "list"),
    ("clients", "create", "--name", "shop"),
    ("payments", "in-review"),
    ("payments", "ask", "order-1"),
    ("limits", "locked"),
    ("issuers", "list"),
    ("webhooks", "list"),
    ("secrets", "reseal"),
    ("tokens", "revoke", "token-1"),
)
every_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


def run(database_url: str, folder: Path, *words: str) -> Result:
    given = {"DATABASE_URL": database_url, "JOBS_URL": f"sqlite:///{folder}/jobs.db"}
    return build(Settings.from_env(ENVIRONMENT | given)).test_cli_runner().invoke(args=words)


@pytest.fixture(autouse=True)
def _logs_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.logs.configure", lambda level: None)


@every_command
def test_without_tables(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = run(f"sqlite:///{tmp_path}/books.db", tmp_path, *words)

    assert (result.exit_code, result.output) == (1, "Error: Tables missing. Run: flask --app wsgi db upgrade\n")


def test_without_a_server(tmp_path: Path) -> None:
    result = run("postgresql+psycopg://nobody:hidden@127.0.0.1:1/none", tmp_path, "payments", "in-review")

    assert (result.exit_code, result.output) == (1, "Error: Database unavailable. Look: flask --app wsgi doctor\n")


def test_nor_does_a_migration_end_in_a_traceback(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    result = run("postgresql+psycopg://nobody:hidden@127.0.0.1:1/none", tmp_path, "db", "upgrade")

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "Error: The database does not answer: OperationalError" in caplog.text


def test_a_mistake_of_ours_is_no_trouble_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    assert run(url, tmp_path, "db", "upgrade").exit_code == 0
    monkeypatch.setattr("adapters.database.audit.SqlAudit.findings", lambda *_: 1 / 0)

    assert isinstance(run(url, tmp_path, "audit").exception, ZeroDivisionError)
