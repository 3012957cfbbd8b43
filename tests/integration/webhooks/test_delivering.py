"""Events over a real database and real sockets: every one arrives, whatever the shop's server does, and however many deliver."""

import json
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.database.unit_of_work import Database
from adapters.merchant_webhooks.keys import RandomWebhookKeys
from adapters.merchant_webhooks.sender import HttpWebhookSender
from adapters.merchant_webhooks.targets import Targets, resolve_by_system
from domain.errors import TooManyWebhookEndpoints
from domain.merchant import BACK_OFF, MAX_ENDPOINTS, Delivery, DeliveryState
from domain.ports import Client
from domain.use_cases.merchant_events import MerchantEvents
from tests.fakes.merchant import ListeningOperator
from tests.fakes.world import CountingDoorbell, FakeClock
from tests.integration.database import samples as books
from tests.integration.octo.servers import OK, Server, serving
from tests.integration.webhooks.samples import SEALER, event

EVENTS = 30
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def events(database: Database, clock: FakeClock) -> MerchantEvents:
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=clock.now()))
    with database.units() as unit:
        unit.books.add(books.unpaid())
        unit.commit()
    return MerchantEvents(
        database.units,
        database.reading,
        HttpWebhookSender(Targets(resolve_by_system, allow_loopback=True), SEALER),
        RandomWebhookKeys(),
        SEALER,
        ListeningOperator(),
        CountingDoorbell(),
        clock,
    )


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(lambda connection: connection.sendall(OK)) as server:
        yield server


def register(events: MerchantEvents, server: Server, path: str = "/hooks") -> str:
    return events.register("shop", f"http://127.0.0.1:{server.port}{path}").endpoint.id


def happen(database: Database, clock: FakeClock, number: int) -> None:
    with database.units() as unit:
        unit.outbox.add([event(f"evt_{n}", at=clock.now()) for n in range(number)])
        unit.commit()


def until_nothing_is_left(events: MerchantEvents) -> None:
    while events.deliver():
        pass


def arrived(server: Server) -> Counter[str]:
    """By path and event."""
    heads = [request.decode().split("\r\n") for request in server.requests]
    ids = [next(line for line in head if line.lower().startswith("webhook-id: ")) for head in heads]
    return Counter(f"{head[0].split()[1]} {line.split(': ')[1]}" for head, line in zip(heads, ids, strict=True))


def test_several_workers_at_once_deliver_each_event_once_to_each_endpoint(
    events: MerchantEvents, database: Database, clock: FakeClock, server: Server
) -> None:
    register(events, server, "/a")
    register(events, server, "/b")
    happen(database, clock, EVENTS)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: until_nothing_is_left(events), range(4)))

    assert arrived(server) == {f"/{path} evt_{n}": 1 for path in "ab" for n in range(EVENTS)}
    assert {d.state for d in log(events)} == {DeliveryState.DELIVERED}


def dies(*_: object) -> None:
    raise SystemExit


def log(events: MerchantEvents) -> Sequence[Delivery]:
    page, _ = events.deliveries("shop", event_id=None, state=None, after=None, limit=1000)
    return page


def test_an_answer_of_500_is_followed_by_another_attempt(
    events: MerchantEvents, database: Database, clock: FakeClock
) -> None:
    answers = [BROKEN, BROKEN, OK]
    with serving(lambda connection: connection.sendall(answers.pop(0))) as server:
        register(events, server)
        happen(database, clock, 1)
        until_nothing_is_left(events)
        for pause in BACK_OFF[:3]:
            clock.at += pause
            until_nothing_is_left(events)

    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]
    assert arrived(server) == {"/hooks evt_0": 3}
    assert bodies[0] == bodies[1] == bodies[2]


def test_no_transaction_is_open_while_the_shop_is_called(
    events: MerchantEvents, database: Database, clock: FakeClock
) -> None:
    seen: list[int] = []

    def script(connection: socket.socket) -> None:
        """The shop's server writes to our database while it answers, which on SQLite only one can do at a time."""
        with database.units() as unit:
            seen.append(len(unit.endpoints.of_clients({"shop"})))
            unit.commit()
        connection.sendall(OK)

    with serving(script) as server:
        register(events, server)
        happen(database, clock, 1)
        until_nothing_is_left(events)

    assert seen == [1]


def test_however_many_are_registered_at_the_same_time_there_are_only_so_many(
    events: MerchantEvents, server: Server
) -> None:
    def try_it(_: int) -> bool:
        try:
            register(events, server)
        except TooManyWebhookEndpoints:
            return False
        return True

    with ThreadPoolExecutor(8) as shops:
        made = list(shops.map(try_it, range(16)))

    assert sum(made) == len(events.endpoints("shop")) == MAX_ENDPOINTS


def test_an_endpoint_that_is_removed_while_events_are_handed_out_holds_up_nothing(
    events: MerchantEvents, database: Database, clock: FakeClock, server: Server
) -> None:
    kept = register(events, server, "/kept")
    happen(database, clock, EVENTS)

    def come_and_go(_: int) -> None:
        for _ in range(5):
            events.remove(register(events, server, "/gone"), "shop")

    with ThreadPoolExecutor(3) as threads:
        going = threads.submit(come_and_go, 0)
        for _ in range(2):
            threads.submit(until_nothing_is_left, events)
        going.result()
    until_nothing_is_left(events)

    assert {name: n for name, n in arrived(server).items() if "/kept" in name} == {
        f"/kept evt_{n}": 1 for n in range(EVENTS)
    }
    assert [e.id for e in events.endpoints("shop")] == [kept]


def test_a_worker_that_dies_while_it_waits_for_an_answer_costs_time_only(
    events: MerchantEvents, database: Database, clock: FakeClock, server: Server
) -> None:
    register(events, server)
    happen(database, clock, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpWebhookSender, "send", dies)
        with pytest.raises(SystemExit):
            events.deliver()
    clock.at += timedelta(minutes=2)
    until_nothing_is_left(events)

    assert arrived(server) == {"/hooks evt_0": 1}


def test_what_a_newer_version_has_written_holds_up_no_other_shop(
    events: MerchantEvents, database: Database, clock: FakeClock, server: Server
) -> None:
    database.clients.add(Client(id="newer", name="newer", secret_hash="", scopes=(), created_at=clock.now()))
    strange = events.register("newer", f"http://127.0.0.1:{server.port}/strange").endpoint
    register(events, server)
    events.send_test(strange.id, "newer")
    clock.at += timedelta(seconds=1)
    happen(database, clock, 2)
    with database._engine.begin() as connection:
        connection.execute(text("UPDATE webhook_endpoints SET secrets = '[{}]' WHERE client_id = 'newer'"))
        connection.execute(text("UPDATE merchant_events SET client_id = 'newer' WHERE id = 'evt_0'"))
    until_nothing_is_left(events)
    with database.reading() as unit:
        waiting = [event.id for event in unit.outbox.waiting(10)]

    assert arrived(server) == {"/hooks evt_1": 1}
    assert waiting == ["evt_0"]
