"""G13: marker cards, codes and tokens go through every flow and every failure, and are found nowhere afterwards.

Looked through are the files of the database with its write-ahead log, a dump of all tables, the job store, the logs and all
that the processes wrote to stderr, and every answer. Each scan first has to find a marker that was planted there.
"""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import NullPool, create_engine, text

from adapters.database.unit_of_work import Database
from domain.use_cases.limiting import Limiting
from tests.faults.conftest import postgresql_server
from tests.faults.databases import FreshDatabase, SqliteFile, postgresql
from tests.faults.live import Live, serving, wait_until
from tests.faults.shifted_clock import ShiftedClock
from tests.security.at_rest import data_directory, dump, files, forms, needles, offences
from tests.security.flows import CODE, FLOWS, Payer
from tests.security.flows_of_shops import FLOWS_OF_SHOPS
from tests.security.parrot import parrot

__all__ = ["postgresql_server"]

PLANTED: Final = "8600999911112222"
# What OCTO itself keeps is not ours to judge.
NOT_OURS: Final = ("sandbox.log", "clock")


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshDatabase]:
    folder = tmp_path_factory.mktemp(request.param)
    clock = ShiftedClock(folder / "clock")
    if request.param == "sqlite":
        yield SqliteFile(folder, clock)
        return
    with postgresql(request.getfixturevalue("postgresql_server"), clock) as made:
        yield made


@pytest.fixture(scope="module")
def live(database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live") / "run"
    with serving(folder, database, LOG_LEVEL="DEBUG") as found:
        found.start_worker("worker")
        yield found


def places(live: Live, payer: Payer) -> Iterator[tuple[str, bytes]]:
    yield from files(live.folder, without=NOT_OURS)
    yield from dump(live.database.url)
    if isinstance(live.database, SqliteFile):
        yield from files(live.database.path.parent, without=NOT_OURS)
    elif (folder := data_directory(live.database.url)) is not None:
        yield from files(folder)
    yield "answers", b"\n".join(payer.heard)


def secrets(live: Live, payer: Payer) -> dict[str, str]:
    given = live.environment
    names = ("SECRET_KEY", "JWT_SECRET_KEY", "OCTO_SECRET", "OCTO_UNIQUE_KEY")
    return payer.secrets | {name: given[name] for name in names}


def freed(live: Live) -> None:
    """An operator lifts the limits, so that the next flow meets none."""
    opened = Database.at(live.database.url)
    limiting = Limiting(opened.units, opened.reading, live.clock)
    for tally in limiting.locked():
        limiting.unlock(tally.subject)
    opened.dispose()


def test_no_card_code_or_token_is_at_rest_after_any_flow(live: Live) -> None:
    payer = Payer(live)
    for flow in (*FLOWS.values(), *FLOWS_OF_SHOPS):
        flow(payer)
        freed(live)
    wait_until(lambda: "request" in live.processes.log("web").read_text())

    assert {200, 201, 202, 402, 404, 409, 413, 415, 422} <= payer.statuses
    assert len([what for what in payer.secrets if what.startswith("card")]) > 40
    assert {"card token", "webhook secret", "client secret", "payer token"} <= set(payer.secrets)
    assert offences(places(live, payer), needles(secrets(live, payer))) == []


def test_nothing_is_at_rest_when_a_process_dies_with_a_card_in_its_hands(live: Live) -> None:
    payer = Payer(live)
    for deadly in (signal.SIGKILL, signal.SIGABRT):
        order = payer.order()
        live.octo.also_meets(
            {"path": "pay", "kind": "delay_after", "seconds": 1.5, "shop_transaction_id": f"{order[0]}-1"}
        )
        card = payer.card()
        thread = threading.Thread(target=_confirms, args=(payer, card, order))
        thread.start()
        wait_until(lambda order=order: bool(live.octo.injected().get(f"{order[0]}-1")))  # type: ignore[misc]
        for process in _children(live.running["web"].pid):
            os.kill(process, deadly)
        thread.join()
        live.until("web", lambda: payer.sends("GET", "/readyz")[0] == 200)

    assert offences(places(live, payer), needles(secrets(live, payer))) == []


def _confirms(payer: Payer, card: str, order: tuple[str, str]) -> None:
    try:
        payer.confirms(card, order)
    except OSError:
        return


def _children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


# ---- the scan itself


@pytest.mark.parametrize("form", forms(PLANTED).items(), ids=lambda form: form[0])
def test_the_scan_finds_a_planted_marker_in_each_form(form: tuple[str, bytes]) -> None:
    name, needle = form
    content = b"\0\1 " + needle + b"\xff"

    assert offences([("here", content)], needles({"planted": PLANTED}))
    assert name
    assert offences([("here", b"\0\1 " + needle[:-1] + b"\xff")], needles({"planted": PLANTED})) == []


def test_the_scan_finds_what_is_kept_under_a_forbidden_name() -> None:
    assert offences([("a row", b'{"cvc2": "123"}')], needles({"x": "never-there-at-all"})) == [
        "a row: a value named cvc2"
    ]
    assert offences([("a row", b'{\\"smsKey\\": \\"1\\"}')], needles({"x": "never-there-at-all"}))
    assert offences([("a row", b'{"field": "cvc", "code": "invalid_cvc"}')], needles({"x": "never-there"})) == []


def test_the_scan_finds_a_marker_planted_in_each_place(live: Live) -> None:
    """In a table (so in its file, its write-ahead log and the dump), in the job store, in a log, in an answer."""
    payer = Payer(live)
    order_id, _ = payer.order()
    planted = needles({"planted": PLANTED})
    before = offences(places(live, payer), planted)
    engine = create_engine(live.database.url, poolclass=NullPool)
    with engine.begin() as connection:
        statement = text("UPDATE orders SET description = :card WHERE id = :id")
        connection.execute(statement, {"card": PLANTED, "id": order_id})
    with sqlite3.connect(live.folder / "jobs.sqlite3") as store:
        store.execute("CREATE TABLE planted (card TEXT)")
        store.execute("INSERT INTO planted VALUES (?)", [PLANTED])
    with live.processes.log("worker").open("ab") as log:
        log.write(f"card {PLANTED}\n".encode())
    payer.heard.append(PLANTED.encode())
    found = {offence.partition(":")[0] for offence in offences(places(live, payer), planted)}

    assert before == []
    assert {"dump of orders", "worker.log", "answers"} <= found
    assert any(place.startswith("jobs.sqlite3") for place in found)
    if isinstance(live.database, SqliteFile):
        assert any(place.startswith("books.sqlite3") for place in found)
    elif data_directory(live.database.url) is not None:
        assert any(place.startswith("base/") for place in found)
        assert any(place.startswith("pg_wal/") for place in found)


# ---- and last, since it leaves a name in the books


def test_nothing_is_at_rest_when_octo_repeats_all_that_it_is_told(database: FreshDatabase, tmp_path: Path) -> None:
    with parrot() as url, serving(tmp_path / "run", database, OCTO_API_URL=url, LOG_LEVEL="DEBUG") as repeating:
        payer = Payer(repeating)
        for number in range(4):
            order_id, transaction_id, _ = payer.confirms(payer.visa() if number % 2 else payer.card(), cvc="9173")
            payer.verifies(order_id, transaction_id, CODE)
            freed(repeating)

        # A name is no secret among those whose place is known, and may be kept where OCTO repeats it.
        payer.secrets.pop("holder")
        assert offences(places(repeating, payer), needles(secrets(repeating, payer))) == []
