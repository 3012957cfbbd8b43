"""F3, F8: OCTO cannot be reached, or has gone for minutes while a hundred cards are sent."""

import os
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.assembly import assembled
from tests.faults.chance import FULL
from tests.faults.live import Live, at_once, nobody_listens, wait_until
from tests.faults.record import How, Injected, record
from tests.faults.shop import Shop, over_wsgi

CONFIRMS = 100 if FULL else 30
GONE_SECONDS = 600


@contextmanager
def without_certificate() -> Iterator[str]:
    """A server that never comes to a handshake that we could believe."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT")

        def refuse() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()

        threading.Thread(target=refuse, daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def unreachable(how: str) -> Iterator[str]:
    if how == "TLS handshake fails":
        with without_certificate() as url:
            yield url
    else:
        with nobody_listens() as port:
            yield {"connection refused": f"http://127.0.0.1:{port}", "name not found": "https://octo.invalid"}[how]


@pytest.mark.parametrize("how", ["connection refused", "name not found", "TLS handshake fails"])
def test_where_octo_is_not_reached_nothing_has_happened_and_all_may_be_repeated(live: Live, how: str) -> None:
    live.calm()
    shop = live.shop()
    with unreachable(how) as url:
        cut_off = assembled(live.environment | {"OCTO_API_URL": url}, live.clock)
        near, far = shop.http, over_wsgi(cut_off.app)
        shop.order()
        answers = []
        for act in (shop.initiate, shop.confirm, shop.verify):
            shop.http = far
            answers.append(act())
            shop.http = near
            answers.append(shop.again() or act())
        cut_off.close()
    debits = [entry for entry in live.octo.ledger() if entry["shop_transaction_id"] == shop.memory.shop_transaction_id]
    wrong = live.ends()
    record(
        Injected(
            fault="F3",
            case=how,
            database=live.database.name,
            injected=sum(answer.status == 503 for answer in answers),
            violations=len(wrong),
        )
    )

    assert [answer.status for answer in answers] == [503, 200] * 3
    assert len(debits) == 1
    assert wrong == []


def prepared(live: Live) -> Shop:
    """Many at once may wait for OCTO longer than the service does."""
    shop = live.shop()
    shop.order()
    wait_until(lambda: shop.initiate().body.get("status") == "prepared")
    return shop


def test_octo_gone_for_ten_minutes_under_many_confirms(live: Live) -> None:
    """It hangs with the connections open, and carries out what it had received when it is back."""
    live.calm()
    live.octo.switch(debit_on_pay=True)
    shops = at_once(range(CONFIRMS), lambda _: prepared(live))
    os.kill(live.octo.process_id, signal.SIGSTOP)
    try:
        answers = at_once(shops, lambda shop: shop.confirm())
        live.clock.shift_seconds += GONE_SECONDS
        live.service.work()
    finally:
        os.kill(live.octo.process_id, signal.SIGCONT)
    live.octo.advance(GONE_SECONDS)
    wrong = live.ends()
    unpaid = [shop for shop in shops if shop.order_status() != "paid"]
    record(
        Injected(
            fault="F8",
            case=f"{GONE_SECONDS} s, {CONFIRMS} confirms",
            database=live.database.name,
            injected=sum(answer.status == 202 for answer in answers),
            violations=len(wrong) + len(unpaid),
            how=How.SIMULATED,
            figures={"confirms": CONFIRMS, "time": "leapt over"},
        )
    )

    assert {answer.status for answer in answers} == {202}
    assert wrong == []
    assert unpaid == []
