"""F17, F18: the server's processes end while a card is on its way to OCTO, politely or not."""

import os
import signal
from collections.abc import Iterator
from threading import Thread

import pytest

from tests.faults.live import Live, children, wait_until
from tests.faults.record import Injected, record
from tests.faults.shop import Shop

OCTO_TAKES_SECONDS = 1.2


@pytest.fixture
def paying(live: Live) -> Iterator[tuple[Shop, Thread]]:
    """A card that OCTO has, and an answer that is not there yet."""
    live.calm()
    live.octo.switch(debit_on_pay=True)
    shop = live.shop()
    shop.order()
    shop.initiate()
    live.octo.meets({"path": "pay", "kind": "delay_after", "seconds": OCTO_TAKES_SECONDS})
    thread = Thread(target=shop.confirm)
    thread.start()
    wait_until(lambda: live.octo.injected()[""] == 1)
    yield shop, thread
    thread.join()


def noted(live: Live, fault: str, case: str, wrong: list[str]) -> None:
    record(Injected(fault=fault, case=case, database=live.database.name, injected=1, violations=len(wrong)))


def test_told_to_end_the_server_finishes_what_it_has_begun(live: Live, paying: tuple[Shop, Thread]) -> None:
    shop, thread = paying
    live.running["web"].terminate()
    live.ended("web")
    thread.join()
    live.start_web()
    wrong = live.ends()
    noted(live, "F18", "SIGTERM to gunicorn during pay", wrong)

    assert next(answer.status for step, answer in shop.answers if step == "confirm") in (200, 202)
    assert shop.order_status() == "paid"
    assert wrong == []


def test_all_server_processes_killed_while_a_card_is_on_its_way(live: Live, paying: tuple[Shop, Thread]) -> None:
    shop, thread = paying
    master = live.running["web"].pid
    for process in [master, *children(master)]:
        os.kill(process, signal.SIGKILL)
    live.ended("web")
    thread.join()
    live.start_web()
    wrong = live.ends()
    noted(live, "F17", "SIGKILL to gunicorn and its workers during pay", wrong)

    assert next(answer.status for step, answer in shop.answers if step == "confirm") == 0
    assert shop.order_status() == "paid"
    assert wrong == []
