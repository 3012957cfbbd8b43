"""F22, F23: the job store is wiped, workers are killed, jobs come doubled, side by side and late: it costs time and nothing else."""

import signal

from domain.ports import Chore
from tests.faults.live import Live, at_once, wait_until
from tests.faults.record import Injected, record
from tests.faults.shop import Shop

LEASE_SECONDS = 130


def unsettled(live: Live) -> Shop:
    """The money is taken, and no callback will ever say so."""
    live.octo.switch(callback_sending="off")
    shop = live.shop()
    shop.order()
    shop.initiate()
    shop.confirm()
    shop.verify()
    return shop


def asked_about(live: Live, shop: Shop) -> bool:
    return any(call["shop_transaction_id"] == shop.memory.shop_transaction_id for call in live.octo.calls("status"))


def test_a_worker_killed_in_its_work_and_a_wiped_job_store_lose_nothing(live: Live) -> None:
    live.calm()
    shop = unsettled(live)
    live.octo.meets({"path": "status", "kind": "delay_after", "seconds": 1.5})
    live.world.passes(70)
    live.start_worker("worker")
    live.service.ring(Chore.SETTLE)
    wait_until(lambda: asked_about(live, shop))
    live.running["worker"].send_signal(signal.SIGKILL)
    live.ended("worker")
    unchanged = shop.order_status()
    live.service.close()
    for left in live.folder.glob("jobs.sqlite3*"):
        left.unlink()
    live.world.passes(LEASE_SECONDS)
    live.start_worker("worker")
    wait_until((live.folder / "jobs.sqlite3").exists)
    # What the clock of the worker does at the next full minute.
    live.service.ring(Chore.SETTLE)
    wait_until(lambda: shop.order_status() == "paid")
    live.running["worker"].terminate()
    live.ended("worker")
    wrong = live.ends()
    for fault, case in (("F22", "job store deleted"), ("F17", "SIGKILL to a worker in its work")):
        record(Injected(fault=fault, case=case, database=live.database.name, injected=1, violations=len(wrong)))

    assert unchanged == "awaiting_payment"
    assert wrong == []


def test_jobs_doubled_side_by_side_and_an_hour_late_do_everything_once(live: Live) -> None:
    live.calm()
    shops = at_once(range(12), lambda _: unsettled(live))
    live.world.passes(3600)
    for name in ("worker", "another worker"):
        live.start_worker(name)
    doubled = [chore for chore in live.service.chores for _ in range(8)]
    at_once(doubled, live.service.ring)
    at_once(doubled, lambda chore: live.service.chores[chore]())
    wait_until(lambda: all(shop.order_status() == "paid" for shop in shops))
    for name in ("worker", "another worker"):
        live.running[name].terminate()
        live.ended(name)
    wrong = live.ends()
    record(
        Injected(
            fault="F23",
            case="jobs doubled, in three processes, an hour late",
            database=live.database.name,
            injected=2 * len(doubled),
            violations=len(wrong),
        )
    )

    assert wrong == []
