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
