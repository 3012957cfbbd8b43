"""What is over goes when its time has come, and nothing else: in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.database.audit import SqlAudit
from adapters.database.unit_of_work import Database
from domain.merchant import MAX_ATTEMPTS, Attempt
from domain.moves import Word
from domain.order import OrderStatus
from domain.ports import Client, StoredAnswer
from domain.use_cases.clearing_away import BATCH, ClearingAway, Kept
from domain.use_cases.limiting import Limiting
from entrypoints.bootstrap import _clearing_away
from entrypoints.settings import Settings
from tests.fakes.tokens import MemoryRevokedTokens
from tests.fakes.world import SCOPE, START, FakeClock, World
from tests.integration.database.test_contract import Storage, storage

__all__ = ["storage"]

EXAMPLE: Final = Path(__file__).parents[3] / ".env.example"
DAY: Final = timedelta(days=1)
KEPT: Final = Kept(events=90 * DAY, callbacks=365 * DAY, idempotency_keys=7 * DAY, revocations=DAY)
FAILS: Final = Attempt(status=500)


class Place:
    """A shop with an endpoint that was paid for an order, told of it, and is cleared away after."""

    def __init__(self, storage: Any) -> None:
        storage.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=START))
        self.storage = storage
        self.world = World(storage)
        self.revoked = MemoryRevokedTokens()
        self.endpoint = self.world.merchant_events.register("shop", "https://shop.example/webhooks").endpoint
        self.clearing = ClearingAway(
            storage.units, storage.idempotency_keys, self.revoked, self.world.limiting, self.world.clock, KEPT
        )

    def tell(self) -> None:
        while self.world.merchant_events.deliver():
            pass

    def clear(self) -> int:
        cleared = 0
        while some := self.clearing.clear():
            cleared += some
        return cleared

    @property
    def log(self) -> list[str]:
        page, _ = self.world.merchant_events.deliveries("shop", event_id=None, state=None, after=None, limit=1000)
        return sorted(delivery.type for delivery in page)


@pytest.fixture
def place(storage: Storage) -> Place:
    return Place(storage)


def test_what_was_told_is_in_the_log_for_its_time_and_then_no_more(place: Place) -> None:
    place.world.paid()
    place.tell()
    told = place.log
    place.world.clock.advance(days=90, microseconds=-1)
    place.clear()
    until_then = place.log
    place.world.clock.advance(microseconds=1)
    place.clear()

    assert told == until_then == ["order.paid", "payment.succeeded"]
    assert place.log == []


def test_what_is_still_to_be_told_stays_however_old(place: Place) -> None:
    place.world.merchant_events.disable(place.endpoint.id, "shop")
    place.world.paid()
    place.tell()
    place.world.clock.advance(days=400)
    place.clear()
    place.world.merchant_events.enable(place.endpoint.id, "shop")
    place.tell()

    assert [delivery.type for delivery, _, _ in place.world.sender.sent] == ["payment.succeeded", "order.paid"]


def test_what_is_not_handed_out_stays_however_old(place: Place) -> None:
    place.world.paid()
    place.world.clock.advance(days=400)
    place.clear()
    place.tell()

    assert len(place.log) == 2


def test_what_was_given_up_can_be_asked_for_again_for_its_time_from_then_on(place: Place) -> None:
    events, clock = place.world.merchant_events, place.world.clock
    test = events.send_test(place.endpoint.id, "shop")
    place.world.sender.answers = [FAILS] * MAX_ATTEMPTS
    given_up_at = clock.now()
    for _ in range(MAX_ATTEMPTS):
        place.tell()
        given_up_at = clock.now()
        clock.advance(days=1)
    clock.at = given_up_at + 90 * DAY - timedelta(microseconds=1)
    place.clear()
    events.enable(place.endpoint.id, "shop")
    again = events.redeliver(test.id, "shop")
    place.tell()
    clock.advance(microseconds=1)
    place.clear()

    assert again.created_at == test.created_at
    assert place.log == ["webhook.test"]


def test_what_has_arrived_and_is_asked_for_again_in_time_stays_until_it_arrives_again(place: Place) -> None:
    events = place.world.merchant_events
    test = events.send_test(place.endpoint.id, "shop")
    place.tell()
    place.world.clock.at += 90 * DAY - timedelta(microseconds=1)
    events.redeliver(test.id, "shop")
    place.world.clock.advance(microseconds=1)
    place.clear()
    place.tell()

    assert len(place.world.sender.sent) == 2


def test_an_event_goes_but_the_proof_that_the_shop_was_told_of_an_end_stays(place: Place) -> None:
    place.world.paid()
    place.tell()
    place.world.clock.advance(days=90)
    with place.storage.units() as unit:
        forgotten = [unit.outbox.forget(place.world.clock.now(), 10) for _ in range(2)]
        unit.commit()

    assert forgotten == [1, 0]  # order.paid


def test_an_applied_callback_goes_when_its_time_has_come_and_its_effect_stays(place: Place) -> None:
    order = place.world.paid()
    stored = []
    place.world.clock.advance(days=365, microseconds=-1)
    for _ in range(2):
        place.clear()
        with place.storage.units() as unit:
            stored.append(unit.inbox.forget(place.world.clock.now(), 10))
        place.world.clock.advance(microseconds=1)
    place.world.callback(place.world.books(order).current, Word.SUCCEEDED)
    books = place.world.books(order)

    assert stored == [1, 0]
    assert (books.order.status, books.current.reviews) == (OrderStatus.PAID, ())


def test_a_callback_that_is_not_applied_stays_however_old(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    order = place.world.order()
    payment = place.world.initiate(order)

    def broken(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as trouble:
        trouble.setattr("domain.use_cases.notifications._heard", broken)
        with pytest.raises(LookupError):
            place.world.callback(payment, Word.SUCCEEDED)
    place.world.clock.advance(days=400)
    place.clear()
    place.world.settlement.apply_stored()

    assert place.world.books(order).order.status is OrderStatus.PAID


def test_keys_and_revocations_go_when_they_count_no_more(place: Place) -> None:
    answer = StoredAnswer("print", 200, "{}", "application/json")
    place.storage.idempotency_keys.claim("shop", "a-key", "print", START)
    place.storage.idempotency_keys.finish("shop", "a-key", answer)
    place.revoked.revoke("us", "token", START)
    cleared = []
    for day in (timedelta(), DAY, 7 * DAY, 7 * DAY):
        place.world.clock.at = START + day
        cleared.append(place.clear())

    assert cleared == [0, 1, 1, 0]


def test_a_batch_is_only_so_large(place: Place) -> None:
    place.world.paid()
    place.tell()
    (first, *_), _ = place.world.merchant_events.deliveries("shop", event_id=None, state=None, after=None, limit=10)
    with place.storage.units() as unit:
        unit.deliveries.add([replace(first, event_id=f"evt_{n}") for n in range(BATCH)])
        unit.commit()
    with place.storage.units() as unit:
        forgotten = [unit.deliveries.forget(place.world.clock.now(), BATCH) for _ in range(3)]

    assert forgotten == [BATCH, 2, 0]


def test_what_is_left_still_proves_every_guarantee(database: Database) -> None:
    place = Place(database)
    orders = [place.world.paid() for _ in range(3)]
    place.world.callback(place.world.initiate(place.world.order()), Word.CANCELED)
    place.tell()
    place.world.clock.advance(days=366)
    cleared = place.clear()
    found = [f.guarantee for f in SqlAudit(database._reading).findings(place.world.clock.now()) if f.ids]
    with database.reading() as unit:
        timelines = [len(unit.audit.of_order(order.id)) for order in orders]

    assert cleared > 10
    assert found == []
    assert min(timelines) > 3
    assert all(place.world.orders.get(order.id, SCOPE).order.status is OrderStatus.PAID for order in orders)


def test_the_settings_say_for_how_long(database: Database) -> None:
    example = (line for line in EXAMPLE.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    environ = dict(line.split("=", 1) for line in example)
    settings = Settings.from_env(environ | {"KEEP_EVENTS_DAYS": "31", "KEEP_CALLBACKS_DAYS": "32"})
    clock = FakeClock()
    limiting = Limiting(database.units, database.reading, clock)
    kept = _clearing_away(settings, database, limiting, clock)._kept

    assert (kept.events, kept.callbacks, kept.idempotency_keys) == (31 * DAY, 32 * DAY, 7 * DAY)
