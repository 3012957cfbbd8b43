"""The job store: work gets through it, and when it is away the service neither stops nor waits for it."""

import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from huey import Huey
from sqlalchemy import make_url

from adapters.jobs import Doorbell, Jobs, job_store
from domain.ports import Chore


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and says nothing, like a machine that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def doorbell_of(store: Huey, now: list[float]) -> Doorbell:
    doorbell = Doorbell(lambda: now[0])
    doorbell.connect(Jobs(store, {Chore.SETTLE: lambda: 0}))
    return doorbell


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_who_rings_leaves_a_job_for_a_worker(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.sqlite3'}"
    if kind == "postgresql":
        database: str = request.getfixturevalue("unmigrated_postgresql_url")
        url = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    store = job_store(url)
    # What a worker does when it starts.
    store.storage.initialize_schema()
    doorbell_of(store, [0.0]).ring(Chore.SETTLE)
    waiting = len(store)
    store.storage.close()

    assert waiting == 1


def test_a_chore_takes_no_more_threads_than_its_own_and_looks_again_for_what_came_meanwhile(tmp_path: Path) -> None:
    store = job_store(f"sqlite:///{tmp_path / 'jobs.sqlite3'}")
    begun, other_has_left = threading.Event(), threading.Event()
    batches: list[int] = []

    def slow() -> int:
        batches.append(1)
        begun.set()
        other_has_left.wait(60)
        return 0

    jobs = Jobs(store, {Chore.DELIVER_EVENTS: slow})
    for _ in range(2):
        jobs.ring(Chore.DELIVER_EVENTS)
    first, second = store.dequeue(), store.dequeue()
    working = threading.Thread(target=store.execute, args=[first])
    working.start()
    begun.wait(60)
    store.execute(second)
    when_the_other_left = len(batches)
    other_has_left.set()
    working.join()
    store.storage.close()

    assert (when_the_other_left, len(batches)) == (1, 2)


def test_a_worker_has_threads_for_every_chore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = job_store(f"sqlite:///{tmp_path / 'jobs.sqlite3'}")
    asked: list[int] = []

    class Consumer:
        def __init__(self, *, workers: int, **_: object) -> None:
            asked.append(workers)

        def run(self) -> None: ...

    monkeypatch.setattr(store, "create_consumer", Consumer)
    Jobs(store, dict.fromkeys((Chore.SETTLE, Chore.DELIVER_EVENTS), lambda: 0)).run_worker(2)
    store.storage.close()

    assert asked == [4]


@pytest.mark.parametrize("scheme", ["postgresql", "redis"])
def test_without_its_job_store_the_service_starts_and_rings_in_vain(
    scheme: str, silent_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store = job_store(f"{scheme}://nobody@127.0.0.1:{silent_port}/0")
    doorbell_of(store, [0.0]).ring(Chore.SETTLE)

    assert "the job store does not answer" in caplog.text


def test_a_job_store_that_does_not_answer_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    tried: list[float] = []
    now = [0.0]

    class Away(Jobs):
        def __init__(self) -> None: ...

        def ring(self, chore: Chore) -> None:
            tried.append(now[0])
            raise ConnectionError

    doorbell = Doorbell(lambda: now[0])
    doorbell.connect(Away())
    for now[0] in (0.0, 1.0, 9.0, 10.0, 11.0):
        doorbell.ring(Chore.SETTLE)

    assert tried == [0.0, 10.0]
