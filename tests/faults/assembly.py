"""The service as bootstrap builds it, with one thing exchanged: its clock. Whatever else it is made of is the real thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from flask import Flask
from huey import Huey

from adapters import jobs
from adapters.database.extension import db
from domain.ports import Chore, Client, Clock
from entrypoints import bootstrap
from entrypoints.http import tokens
from entrypoints.http.caller import ALL_RIGHTS
from entrypoints.settings import Settings
from tests.faults import octo
from tests.faults.octo import Octo
from tests.faults.shifted_clock import ShiftedClock

PUBLIC_URL: Final = "http://127.0.0.1:8000"
CLIENT_SECRET: Final = "secret-of-the-shop-for-tests-only"
CLIENT_ID: Final = "client_of_the_faults"


def environment(folder: Path, database_url: str, sandbox: Octo, **more: str) -> dict[str, str]:
    """What the service is told. `folder` holds its job store."""
    return {
        "ENVIRONMENT": "development",
        "SECRET_KEY": "a-key-for-tests-only-0123456789abcdef",
        "JWT_SECRET_KEY": "another-key-for-tests-only-0123456789",
        "PUBLIC_URL": PUBLIC_URL,
        "FRONTEND_URL": PUBLIC_URL,
        "OCTO_API_URL": sandbox.url,
        "OCTO_SHOP_ID": str(octo.SHOP_ID),
        "OCTO_SECRET": octo.SECRET,
        "OCTO_UNIQUE_KEY": octo.UNIQUE_KEY,
        "OCTO_TEST_MODE": "true",
        "DATABASE_URL": database_url,
        "JOBS_URL": f"sqlite:///{folder / 'jobs.sqlite3'}",
        "LOG_LEVEL": "INFO",
    } | more


@dataclass(frozen=True)
class Service:
    """`chores` are what its workers do, each one batch."""

    app: Flask
    chores: Mapping[Chore, Callable[[], int]]
    jobs: list[jobs.Jobs]
    job_stores: list[Huey]
    clock: Clock

    def token(self) -> str:
        with self.app.app_context():
            return tokens.issue(client(self.clock), ALL_RIGHTS)

    def work(self) -> None:
        """What a worker does every minute: each chore until there is nothing left."""
        for batch in self.chores.values():
            while batch():
                pass

    def ring(self, chore: Chore) -> None:
        """For whichever worker hears it."""
        for each in self.jobs:
            each.ring(chore)

    def close(self) -> None:
        """Leaves no connection open, so that the process may fork."""
        for store in self.job_stores:
            store.storage.close()
        with self.app.app_context():
            db.engine.dispose()


def client(clock: Clock) -> Client:
    """The shop. Nobody ever signs in with its secret: the tests mint its tokens."""
    return Client(
        id=CLIENT_ID,
        name="faults",
        secret_hash="not the hash of anything",
        scopes=tuple(ALL_RIGHTS),
        created_at=clock.now() - timedelta(days=1),
    )


def assembled(given: Mapping[str, str], clock: ShiftedClock) -> Service:
    """Opens no connection to the database."""
    chores: dict[Chore, Callable[[], int]] = {}
    stores: list[Huey] = []
    known: list[jobs.Jobs] = []

    class KnownJobs(jobs.Jobs):
        def __init__(self, store: Huey, batches: Mapping[Chore, Callable[[], int]], **more: Any) -> None:
            chores.update(batches)
            stores.append(store)
            known.append(self)
            super().__init__(store, batches, **more)

    with patch.object(bootstrap, "SystemClock", lambda: clock), patch.object(bootstrap, "Jobs", KnownJobs):
        app = bootstrap.build(Settings.from_env(given))
    service = Service(app, chores, known, stores, clock)
    service.close()
    return service
