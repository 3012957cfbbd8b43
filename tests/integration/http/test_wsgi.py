"""wsgi.py: the settings come from the file that ENV_FILE names, and from the environment before it."""

import subprocess
import sys
from pathlib import Path

from tests.integration.http.shop import ENVIRONMENT

ROOT = Path(__file__).parents[3]
PROGRAM = "import wsgi; print(wsgi.app.config['JWT_ENCODE_ISSUER'])"


def issuer(file: Path, **environment: str) -> str:
    run = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"ENV_FILE": str(file), "PATH": ""} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def flask(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  our own
        [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), *words],
        cwd=folder,
        env={"PATH": ""} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def written(file: Path, **changes: str) -> Path:
    given = ENVIRONMENT | {
        "DATABASE_URL": f"sqlite:///{file.parent}/books.db",
        "JOBS_URL": f"sqlite:///{file.parent}/jobs.db",
    }
    file.write_text("".join(f"{name}='{value}'\n" for name, value in (given | changes).items()))
    return file


def test_the_command_reads_the_file_that_is_named_and_not_the_one_that_lies_there(tmp_path: Path) -> None:
    """Flask itself reads a .env of this folder or one above before the application is loaded."""
    (below := tmp_path / "below").mkdir()
    written(tmp_path / ".env", GIVE_UP_AFTER_HOURS="0")
    named = str(written(tmp_path / "settings"))
    by_default = flask(tmp_path, "doctor").stdout
    by_name = flask(tmp_path, "doctor", ENV_FILE=named, JWT_SECRET_KEY_OLD="the one before").stdout
    of_above = flask(below, "doctor").stderr

    assert "GIVE_UP_AFTER_HOURS is 0" in by_default
    assert "GIVE_UP_AFTER_HOURS is 0" not in by_name
    assert "JWT_SECRET_KEY_OLD is still set" in by_name
    assert "OCTO_SECRET is not set" in of_above


def test_unusable_settings_are_told_in_words_alone(tmp_path: Path) -> None:
    file = written(tmp_path / ".env", SECRET_KEY="", DATABASE_URL="mysql://user:hidden@db/x")
    command = flask(tmp_path, "audit")
    server = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"ENV_FILE": str(file), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (command.returncode, server.returncode) == (1, 4)
    assert command.stderr == server.stderr
    first, *problems = command.stderr.splitlines()
    assert first.startswith("The settings are not usable yet.")
    assert [problem.split()[1] for problem in problems] == ["SECRET_KEY", "DATABASE_URL"]
    assert "hidden" not in command.stderr


def test_the_settings_are_read_from_the_file_and_the_environment_comes_first(tmp_path: Path) -> None:
    given = ENVIRONMENT | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/books.db",
        "JOBS_URL": f"sqlite:///{tmp_path}/jobs.db",
        "OCTO_SECRET": "secret with $dollars and # a hash",
    }
    file = tmp_path / "settings"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))

    assert issuer(file) == ENVIRONMENT["PUBLIC_URL"]
    assert issuer(file, PUBLIC_URL="https://another.example") == "https://another.example"
