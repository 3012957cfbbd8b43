"""`flask audit` finds nothing in good books, and finds each way in which books can be bad."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.database.audit import SqlAudit
from adapters.database.engine import connect
from adapters.database.unit_of_work import Database
from domain.moves import Word
from tests.fakes.gateway import unknown
from tests.fakes.world import START, World

FUTURE = START + timedelta(days=1)


class Shelf:
    """Books with one order of every kind, and a hand that can damage them."""

    def __init__(self, url: str) -> None:
        self.engine = connect(url)
        self.database = Database(self.engine)
        world = World(self.database)
        self.paid = world.books(world.paid()).current.shop_transaction_id
        ended = world.initiate(world.order())
        world.callback(ended, Word.CANCELED)
        self.ended = ended.shop_transaction_id
        waiting = world.order()
        world.initiate(waiting)
        world.gateway.script("pay", unknown())
        self.waiting = world.confirm(waiting).shop_transaction_id
        self.now = world.clock.now()

    def found(self) -> dict[str, tuple[str, ...]]:
        return {f.guarantee: f.ids for f in SqlAudit(self.engine).findings(self.now) if f.ids}

    def damage(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
                for (name,) in triggers.all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
            else:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement))


@pytest.fixture
def shelf(database_url: str) -> Iterator[Shelf]:
    shelf = Shelf(database_url)
    yield shelf
    shelf.database.dispose()


def test_good_books_have_nothing_to_find(shelf: Shelf) -> None:
    assert shelf.found() == {}


SUCCESS, FAILED = '{"status": "success"}', '{"status": "failed"}'
PAYMENT = "UPDATE payment_transactions SET {} WHERE shop_transaction_id = '{}'"


@pytest.mark.parametrize(
    ("guarantee", "change", "whose"),
    [
        ("G3", "status = 'failed'", "paid"),
        ("G4", "octo_final = NULL", "paid"),
        ("G6", "status = 'success'", "ended"),
        ("G7", "status = 'processing', in_flight = NULL, held = true", "ended"),
        ("G8", "next_check_at = NULL", "waiting"),
        ("G12", "status = 'failed'", "waiting"),
        ("G16", "next_check_at = NULL", "waiting"),
    ],
)
def test_damage_to_a_payment_is_found(shelf: Shelf, guarantee: str, change: str, whose: str) -> None:
    shelf.damage(PAYMENT.format(change, getattr(shelf, whose)))
    shelf.now = FUTURE if guarantee == "G3" else shelf.now

    assert guarantee in shelf.found()


@pytest.mark.parametrize(
    ("guarantee", "statement"),
    [
        ("G5", f"UPDATE audit_events SET before = '{SUCCESS}', after = '{FAILED}' WHERE shop_transaction_id IS NOT NULL"),  # noqa: S608  our own words
        ("G10", "UPDATE callbacks SET applied_at = NULL, received_at = '2020-01-01 00:00:00'"),
        ("G11", "UPDATE callbacks SET verified = false"),
        ("G17", "UPDATE audit_events SET at = '2099-01-01 00:00:00'"),
    ],
)  # fmt: skip
def test_damage_to_the_journal_is_found(shelf: Shelf, guarantee: str, statement: str) -> None:
    shelf.damage(statement)

    assert guarantee in shelf.found()


def test_a_key_that_nobody_clears_away_is_found(shelf: Shelf) -> None:
    shelf.database.idempotency_keys.claim("shop", "key", "fingerprint", shelf.now - timedelta(days=9))

    assert shelf.found() == {"G9": ("key",)}


def test_a_hold_that_is_older_than_any_that_octo_keeps_is_found(database: Database) -> None:
    world = World(database)
    key = world.books(world.held()).current.shop_transaction_id
    kept, older = (
        {f.guarantee: f.ids for f in database.audit.findings(world.clock.now() + timedelta(days=30, seconds=seconds))}
        for seconds in (0, 1)
    )

    assert (kept["G16"], older["G16"]) == ((), (key,))
