"""Endpoints and deliveries, the same in memory, on SQLite and on PostgreSQL."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from adapters.database.failures import GuardHit
from adapters.database.unit_of_work import Database
from domain.errors import TooManyWebhookEndpoints
from domain.merchant import Attempt, Delivery, DeliveryState, Endpoint, EventType, SwitchedOff
from domain.ports import Client, InvalidCursor, NotUnderstood, Stale, Units
from tests.fakes.memory import MemoryDatabase
from tests.integration.database import samples as books
from tests.integration.webhooks.samples import (
    FULL_DELIVERY,
    FULL_ENDPOINT,
    LEASE,
    MINUTE,
    NOON,
    delivery,
    endpoint,
    event,
)

Storage = MemoryDatabase | Database


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    in_memory = request.param == "memory"
    opened = MemoryDatabase() if in_memory else Database.at(request.getfixturevalue(f"{request.param}_url"))
    for name in ("shop", "other"):
        opened.clients.add(Client(id=name, name=name, secret_hash="", scopes=(), created_at=NOON))
    yield opened
    if isinstance(opened, Database):
        opened.dispose()


@pytest.fixture
def units(storage: Storage) -> Units:
    return storage.units


def keep(units: Units, *things: Endpoint | Delivery) -> None:
    with units() as unit:
        for thing in things:
            if isinstance(thing, Endpoint):
                unit.endpoints.add(thing, at_most=5)
            else:
                unit.deliveries.add([thing])
        unit.commit()


def claim(units: Units, at: timedelta = timedelta()) -> str | None:
    with units() as unit:
        claimed = unit.deliveries.claim(NOON + at, LEASE)
        read = unit.deliveries.owned(*claimed) if claimed else None
        unit.commit()
        return read.event_id if read else None


def change(units: Units, after: Endpoint) -> None:
    with units() as unit:
        stored = unit.endpoints.owned(after.id, after.client_id)
        assert stored is not None
        unit.endpoints.save(stored, after)
        unit.commit()


# ---- the outbox


def test_an_event_waits_until_it_is_handed_out(units: Units) -> None:
    first, second = event("evt_2"), event("evt_1", at=NOON + MINUTE)
    with units() as unit:
        unit.books.add(books.unpaid())
        unit.outbox.add([second, first])
        assert unit.outbox.waiting(10) == [first, second]
        assert unit.outbox.waiting(1) == [first]

        assert unit.outbox.waiting(10, but_of={"other"}) == [first, second]
        assert unit.outbox.waiting(10, but_of={"shop", "other"}) == []

        unit.outbox.handed_out([first], NOON)

        assert unit.outbox.waiting(10) == [second]


# ---- endpoints


def test_an_endpoint_comes_back_as_it_went_in(units: Units) -> None:
    keep(units, FULL_ENDPOINT)

    with units() as unit:
        assert unit.endpoints.owned("we_1", "shop") == FULL_ENDPOINT
        assert unit.endpoints.of_client("shop") == [FULL_ENDPOINT]
        assert unit.endpoints.of_clients({"shop", "other"}) == [FULL_ENDPOINT]


def test_another_clients_endpoint_is_not_there(units: Units) -> None:
    keep(units, endpoint("we_2", at=NOON + MINUTE), endpoint("we_1"), endpoint("we_3", client_id="other"))

    with units() as unit:
        assert [e.id for e in unit.endpoints.of_client("shop")] == ["we_1", "we_2"]
        assert unit.endpoints.owned("we_3", "shop") is None
        assert unit.endpoints.owned("we_\0", "shop") is None


def test_the_ids_of_all_endpoints_come_in_their_order(units: Units) -> None:
    keep(units, endpoint("we_2"), endpoint("we_3", client_id="other"), endpoint("we_1", at=NOON + MINUTE))

    with units() as unit:
        assert unit.endpoints.ids("", 2) == [("we_1", "shop"), ("we_2", "shop")]
        assert unit.endpoints.ids("we_2", 2) == [("we_3", "other")]
        assert unit.endpoints.ids("we_3", 2) == []


def test_there_are_only_so_many_endpoints_for_a_client(units: Units) -> None:
    keep(units, endpoint("we_1"), endpoint("we_2"), endpoint("we_3", client_id="other"))

    with units() as unit, pytest.raises(TooManyWebhookEndpoints):
        unit.endpoints.add(endpoint("we_4"), at_most=2)


def test_a_saved_endpoint_comes_back_one_version_later(units: Units) -> None:
    keep(units, endpoint())
    change(units, FULL_ENDPOINT)

    with units() as unit:
        assert unit.endpoints.owned("we_1", "shop") == replace(FULL_ENDPOINT, version=1)


def test_the_second_of_two_who_change_an_endpoint_is_told(units: Units) -> None:
    keep(units, endpoint())
    change(units, FULL_ENDPOINT)

    with units() as unit, pytest.raises(Stale):
        unit.endpoints.save(endpoint(), FULL_ENDPOINT)


def test_a_deleted_endpoint_takes_its_deliveries_with_it(units: Units) -> None:
    other = endpoint("we_2")
    keep(units, endpoint(), other, delivery(), delivery("evt_2", other))
    with units() as unit:
        unit.endpoints.delete(endpoint())
        unit.endpoints.delete(endpoint())
        unit.commit()

    with units() as unit:
        assert unit.endpoints.of_client("shop") == [other]
        assert unit.deliveries.owned(delivery().id, "shop") is None
        assert unit.deliveries.owned(delivery("evt_2", other).id, "shop") is not None


# ---- deliveries


@pytest.mark.parametrize(
    "sample",
    [
        FULL_DELIVERY,
        replace(FULL_DELIVERY, state=DeliveryState.GIVEN_UP, next_attempt_at=None),
        replace(FULL_DELIVERY, state=DeliveryState.DELIVERED, next_attempt_at=None, last_attempt=Attempt(status=200)),
        replace(FULL_DELIVERY, last_attempt=None),
    ],
    ids=["full", "given up", "delivered", "not tried"],
)
def test_a_delivery_comes_back_as_it_went_in(units: Units, sample: Delivery) -> None:
    keep(units, endpoint(), delivery())
    with units() as unit:
        unit.deliveries.save(delivery(), sample)
        unit.commit()

    with units() as unit:
        assert unit.deliveries.owned(sample.id, "shop") == replace(sample, version=1)
        assert unit.deliveries.owned(sample.id, "other") is None
        assert unit.deliveries.owned("dlv_\0", "shop") is None


def test_the_same_event_for_the_same_endpoint_is_one_delivery(units: Units) -> None:
    keep(units, endpoint(), delivery())
    claim(units)
    keep(units, replace(delivery(), created_at=NOON + MINUTE))

    with units() as unit:
        (only,), _ = unit.deliveries.page("shop", event_id=None, state=None, after=None, limit=10)
        assert (only.version, only.created_at) == (1, NOON)


def test_what_is_due_is_claimed_one_by_one_in_its_order(units: Units) -> None:
    keep(
        units,
        endpoint(),
        delivery("evt_b"),
        delivery("evt_c"),
        delivery("evt_a"),
        delivery("evt_z", at=NOON - MINUTE),
        delivery("evt_later", at=NOON + MINUTE),
    )

    assert [claim(units) for _ in range(5)] == ["evt_z", "evt_a", "evt_b", "evt_c", None]


def test_what_was_claimed_is_due_again_when_its_lease_is_over(units: Units) -> None:
    keep(units, endpoint(), delivery())
    claim(units)

    assert claim(units, LEASE - timedelta(microseconds=1)) is None
    assert claim(units, LEASE) == "evt_1"


def test_a_claim_is_a_change_that_others_notice(units: Units) -> None:
    keep(units, endpoint(), delivery())
    claim(units)

    with units() as unit, pytest.raises(Stale):
        unit.deliveries.save(delivery(), FULL_DELIVERY)


def test_an_endpoint_that_is_off_or_resting_is_left_alone(units: Units) -> None:
    off = replace(endpoint("we_off"), disabled_at=NOON, disabled_reason=SwitchedOff.GONE)
    resting = replace(endpoint("we_resting"), resting_until=NOON + MINUTE)
    keep(units, off, resting, delivery("evt_1", off), delivery("evt_2", resting))

    assert claim(units) is None
    assert claim(units, MINUTE) == "evt_2"
    change(units, off.enabled())
    assert claim(units) == "evt_1"


def test_pages_go_from_the_newest_to_the_oldest(units: Units) -> None:
    keep(units, endpoint(), endpoint("we_3", client_id="other"))
    all_of_them = [delivery(f"evt_{n}", at=NOON + (n // 2) * MINUTE) for n in range(5)]
    keep(units, *all_of_them, delivery("evt_9", endpoint("we_3", client_id="other")))
    seen: list[Delivery] = []
    cursor = None
    with units() as unit:
        for size in (2, 2, 1):
            page, cursor = unit.deliveries.page("shop", event_id=None, state=None, after=cursor, limit=2)
            assert len(page) == size
            seen += page

    assert cursor is None
    assert seen == sorted(all_of_them, key=lambda d: (d.created_at, d.id), reverse=True)


def test_pages_can_be_narrowed(units: Units) -> None:
    keep(units, endpoint(), endpoint("we_2"), delivery(), delivery("evt_1", endpoint("we_2")), delivery("evt_2"))
    done = replace(delivery(), state=DeliveryState.DELIVERED, next_attempt_at=None)
    with units() as unit:
        unit.deliveries.save(delivery(), done)

        def ids(event_id: str | None, state: DeliveryState | None) -> list[str]:
            page, _ = unit.deliveries.page("shop", event_id=event_id, state=state, after=None, limit=10)
            return sorted(f"{d.event_id} {d.endpoint_id}" for d in page)

        assert ids("evt_1", None) == ["evt_1 we_1", "evt_1 we_2"]
        assert ids(None, DeliveryState.PENDING) == ["evt_1 we_2", "evt_2 we_1"]
        assert ids("evt_1", DeliveryState.DELIVERED) == ["evt_1 we_1"]
        assert ids("evt_\0", None) == []


def test_a_strange_cursor_is_refused(units: Units) -> None:
    with units() as unit, pytest.raises(InvalidCursor):
        unit.deliveries.page("shop", event_id=None, state=None, after="strange", limit=10)


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    """Where several units of work can write at the same time."""
    opened = Database.at(postgresql_url)
    opened.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))
    yield opened
    opened.dispose()


def test_what_one_process_is_claiming_the_others_pass_over(postgresql: Database) -> None:
    keep(postgresql.units, endpoint(), delivery("evt_1"), delivery("evt_2"))
    with postgresql.units() as unit, postgresql.units() as other, postgresql.units() as third:
        claimed = [u.deliveries.claim(NOON, LEASE) for u in (unit, other, third)]

    assert claimed == [(delivery("evt_1").id, "shop"), (delivery("evt_2").id, "shop"), None]


def test_what_one_process_is_handing_out_the_others_pass_over(postgresql: Database) -> None:
    with postgresql.units() as unit:
        unit.books.add(books.unpaid())
        unit.outbox.add([event("evt_1"), event("evt_2")])
        unit.commit()
    with postgresql.units() as unit, postgresql.units() as other, postgresql.units() as third:
        found = [u.outbox.waiting(1) for u in (unit, other, third)]

    assert [[e.id for e in events] for events in found] == [["evt_1"], ["evt_2"], []]


def test_an_endpoint_is_not_deleted_under_the_hands_of_whoever_hands_out(database: Database) -> None:
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))
    keep(database.units, endpoint())

    def delete() -> None:
        with database.units() as unit:
            unit.endpoints.delete(endpoint())
            unit.commit()

    with database.units() as unit:
        (found,) = unit.endpoints.of_clients({"shop"})
        deleting = threading.Thread(target=delete)
        deleting.start()
        # It waits for us; did it not, it would be done by now.
        deleting.join(0.2)
        unit.deliveries.add([delivery(to=found)])
        unit.commit()
    deleting.join()

    with database.units() as unit:
        assert unit.endpoints.of_client("shop") == []
        assert unit.deliveries.owned(delivery().id, "shop") is None


# ---- guards of the database itself


def test_the_database_lets_no_delivery_be_pending_and_never_due(database: Database) -> None:
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))
    keep(database.units, endpoint(), delivery())

    with database.units() as unit, pytest.raises(GuardHit):
        unit.deliveries.save(delivery(), replace(FULL_DELIVERY, next_attempt_at=None))


def test_the_database_lets_no_endpoint_be_off_without_a_reason(database: Database) -> None:
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))

    with database.units() as unit, pytest.raises(GuardHit):
        unit.endpoints.add(replace(FULL_ENDPOINT, disabled_reason=None), at_most=5)


# ---- what a newer version has written


def strange(database: Database, change: str) -> None:
    with database._engine.begin() as connection:
        connection.execute(text(change))


def test_a_newer_versions_words_are_kept_as_they_are(database: Database) -> None:
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))
    keep(database.units, endpoint(), delivery())
    strange(database, """UPDATE webhook_endpoints SET types = '["order.doubted", "order.paid"]'""")
    strange(database, "UPDATE webhook_deliveries SET last_trouble = 'out_of_breath'")
    change(database.units, replace(endpoint(), types=("order.doubted", EventType.ORDER_PAID), resting_until=NOON))
    with database.reading() as unit:
        read, tried = unit.endpoints.owned("we_1", "shop"), unit.deliveries.owned(delivery().id, "shop")

    assert read is not None
    assert read.wants(event())
    assert (read.types, read.resting_until) == (("order.doubted", "order.paid"), NOON)
    assert tried is not None
    assert tried.last_attempt == Attempt(trouble="out_of_breath")


def test_what_cannot_be_read_is_claimed_all_the_same_and_says_so_when_it_is_read(database: Database) -> None:
    database.clients.add(Client(id="shop", name="shop", secret_hash="", scopes=(), created_at=NOON))
    keep(database.units, endpoint(), delivery())
    strange(database, """UPDATE webhook_endpoints SET secrets = '[{"key": "sealed otherwise"}]'""")
    with database.units() as unit:
        claimed = unit.deliveries.claim(NOON, LEASE)
        unit.commit()

    assert claimed == (delivery().id, "shop")
    with database.units() as unit:
        for read in (
            partial(unit.endpoints.owned, "we_1", "shop"),
            partial(unit.endpoints.of_client, "shop"),
            partial(unit.endpoints.of_clients, {"shop"}),
        ):
            with pytest.raises(NotUnderstood) as told:
                read()
            assert (told.value.row_id, told.value.client_id) == ("we_1", "shop")
