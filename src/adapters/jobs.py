"""Background work on huey, which is a doorbell and a clock only: what there is to do stands in the database.

A chore takes no arguments and looks for its work itself. A job that is lost, doubled, late or wiped costs latency, never work.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from psycopg.conninfo import make_conninfo
from redis import ConnectionPool

from domain.ports import Chore

_QUEUE: Final = "octo-payments"
# Whoever rings waits for the job store, and behind it all others of the process.
_POSTGRESQL: Final[dict[str, Any]] = {
    "connect_timeout": 2,
    "options": "-c statement_timeout=3s",
    "tcp_user_timeout": 3000,
    "application_name": "octo-payments-jobs",
}
# More than the second for which a worker listens.
_REDIS: Final[dict[str, Any]] = {"socket_connect_timeout": 2, "socket_timeout": 2}
# After a job store has not answered, it is left alone for so long.
_REST_SECONDS: Final = 10.0
_log = logging.getLogger(__name__)


class UnknownJobStore(ValueError):
    """JOBS_URL is none of sqlite:///path, postgresql://…, redis://…."""


def job_store(url: str) -> Huey:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        path = Path(rest.removeprefix("///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(_QUEUE, filename=str(path), results=False)
    if scheme.partition("+")[0] in ("postgresql", "postgres"):
        # Without tables as yet: the service starts also while its job store is away.
        dsn = make_conninfo(f"postgresql:{rest}", **_POSTGRESQL)
        return PostgresHuey(_QUEUE, dsn=dsn, results=False, create_tables=False)
    if scheme in ("redis", "rediss"):
        return RedisHuey(_QUEUE, connection_pool=ConnectionPool.from_url(url, **_REDIS), results=False)
    raise UnknownJobStore(f"JOBS_URL: {scheme}: is none of sqlite, postgresql, redis")


def answers(store: Huey) -> bool:
    """Whether jobs can be counted, and so be left and found."""
    try:
        store.pending_count()
    except Exception as trouble:  # noqa: BLE001  each job store has exceptions of its own
        _log.info("the job store does not answer: %s", type(trouble).__name__)
        return False
    return True


class Jobs:
    """`chores` does one batch of each and returns how many there were; a full round is made every minute."""

    def __init__(self, store: Huey, chores: Mapping[Chore, Callable[[], int]]) -> None:
        self._store = store
        self._tasks: dict[Chore, Any] = {}
        self._places = {chore: threading.Semaphore() for chore in chores}
        for chore, batch in chores.items():
            task = _until_empty(chore, batch, self._places[chore])
            self._tasks[chore] = store.task(name=chore.value)(task)
            store.periodic_task(crontab(), name=f"{chore.value} every minute")(task)

    def run_worker(self, threads: int) -> None:
        """Works until SIGINT or SIGTERM; a chore that is under way is finished first.

        Each chore has so many threads and no more: shops that do not answer must not hold up settlement.
        """
        if isinstance(self._store, PostgresHuey):
            self._store.storage.initialize_schema()
        for places in self._places.values():
            for _ in range(threads - 1):
                places.release()
        workers = threads * len(self._places)
        self._store.create_consumer(workers=workers, max_delay=1.0, graceful_signal="TERM").run()

    def ring(self, chore: Chore) -> None:
        self._tasks[chore]()


class Doorbell:
    """Rings the workers. A job store that does not answer costs latency only, so that nothing is raised."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._jobs: Jobs | None = None
        self._monotonic = monotonic
        self._rests_until = monotonic()

    def connect(self, jobs: Jobs) -> None:
        """The chores need the use cases, and those need the doorbell."""
        self._jobs = jobs

    def ring(self, chore: Chore) -> None:
        if self._jobs is None or self._monotonic() < self._rests_until:
            return
        try:
            self._jobs.ring(chore)
        except Exception as trouble:  # noqa: BLE001  each job store has exceptions of its own
            self._rests_until = self._monotonic() + _REST_SECONDS
            _log.warning("the job store does not answer: %s", type(trouble).__name__)


def _until_empty(chore: Chore, batch: Callable[[], int], places: threading.Semaphore) -> Callable[[], None]:
    rung = threading.Event()

    def work() -> None:
        rung.set()
        # Where all places are taken, those who have them look once more.
        while rung.is_set() and places.acquire(blocking=False):
            rung.clear()
            try:
                while batch():
                    pass
            finally:
                places.release()

    work.__name__ = chore.value
    return work
