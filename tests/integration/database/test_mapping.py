from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import StatementError

from adapters.database.documents import read_verification, write_earlier_card, write_verification
from adapters.database.tables import CallbackRow, TransactionRow, table
from adapters.database.unit_of_work import Database
from domain.attempt import EarlierCard
from domain.books import Books
from domain.journal import AuditEvent
from domain.ports import BooksRepository, Client
from tests.integration.database import samples
from tests.integration.database.samples import NOON, SCOPE


def unfilled(thing: object, path: str = "") -> list[str]:
    """Fields, at any depth, that are empty or as their default has them: a mapper that forgot them would go unseen."""
    if isinstance(thing, tuple):
        return [name for n, member in enumerate(thing) for name in unfilled(member, f"{path}[{n}]")]
    if not is_dataclass(thing):
        return []
    found = []
    for field in fields(thing):
        value = getattr(thing, field.name)
        name = f"{path}.{field.name}"
        if value in (None, (), {}) or (field.default is not MISSING and value == field.default):
            found.append(name)
        found += unfilled(value, name)
    return found


FULL = [samples.FULL_ORDER, samples.FULL_TRANSACTION, samples.FULL_CALLBACK, samples.audit_event(status="new")]


@pytest.mark.parametrize("sample", FULL, ids=lambda sample: type(sample).__name__)
def test_the_samples_fill_every_field(sample: object) -> None:
    assert unfilled(sample) == []


def test_books_come_back_as_they_went_in(database: Database) -> None:
    books = Books(samples.FULL_ORDER, (samples.FULL_TRANSACTION,))
    with database.units() as unit:
        unit.books.add(books)
        unit.commit()

    with database.reading() as unit:
        assert unit.books.owned(books.order.id, SCOPE) == books


def test_a_saved_attempt_comes_back_as_it_went_in(database: Database) -> None:
    before = samples.begun()
    after = before.with_(samples.FULL_TRANSACTION)
    with database.units() as unit:
        unit.books.add(before)
        unit.books.save(before, after)
        unit.commit()

    with database.reading() as unit:
        read = unit.books.of_transaction("order-1-1")
        assert read is not None
        assert read.transactions == (samples.FULL_TRANSACTION,)


def test_a_callback_comes_back_as_it_went_in(database: Database) -> None:
    with database.units() as unit:
        unit.inbox.add(samples.FULL_CALLBACK)

        assert unit.inbox.add(samples.callback()) == samples.FULL_CALLBACK


def test_what_the_version_before_has_written_is_read(database: Database) -> None:
    """It knew of an earlier card only what would prove it, and of a report no `is_refunded`."""
    books = Books(samples.FULL_ORDER, (samples.FULL_TRANSACTION,))
    earlier, report = samples.FULL_TRANSACTION.before_card, table(CallbackRow).c.report
    assert earlier is not None
    with database.units() as unit:
        unit.books.add(books)
        unit.inbox.add(samples.FULL_CALLBACK)
        unit.commit()
    with database._engine.begin() as connection:
        kept = connection.execute(select(report)).scalar_one()
        of_before = {name: fact for name, fact in kept.items() if name != "is_refunded"}
        connection.execute(update(table(CallbackRow)).values(report=of_before))
        verification = write_verification(earlier.verification)
        connection.execute(update(table(TransactionRow)).values(before_card=verification))

    with database.units() as unit:
        read = unit.books.owned(books.order.id, SCOPE)
        again = unit.inbox.add(samples.FULL_CALLBACK)
    assert read is not None and again is not None
    assert read.current.before_card == EarlierCard(earlier.verification, None)
    assert again == replace(samples.FULL_CALLBACK, report=replace(samples.FULL_CALLBACK.report, is_refunded=False))


def test_the_version_before_can_read_an_earlier_card() -> None:
    """It runs beside this one during an upgrade."""
    earlier = samples.FULL_TRANSACTION.before_card
    assert earlier is not None

    assert read_verification(write_earlier_card(earlier)) == earlier.verification


def test_an_audit_event_comes_back_as_it_went_in(database: Database) -> None:
    happened: AuditEvent = samples.audit_event(status="new")
    with database.units() as unit:
        unit.books.add(samples.unpaid())
        unit.audit.append([happened])

        assert unit.audit.of_order(happened.order_id) == [happened]


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 5)  # noqa: DTZ001

    with pytest.raises(StatementError, match="without a time zone"):
        database.clients.add(Client(id="c", name="n", secret_hash="h", scopes=(), created_at=naive))


def test_a_moment_of_another_zone_comes_back_as_the_same_one(database: Database) -> None:
    tashkent = NOON.astimezone(timezone(timedelta(hours=5)))
    database.clients.add(Client(id="c", name="n", secret_hash="h", scopes=(), created_at=tashkent))

    (client,) = database.clients.all()

    assert client.created_at == NOON
    assert client.created_at.tzinfo is UTC


def test_moments_sort_alike_with_and_without_a_fraction(database: Database) -> None:
    whole = NOON.replace(microsecond=0)
    moments = [whole, whole.replace(microsecond=1), whole + samples.MINUTE]
    for moment in reversed(moments):
        client = Client(id=str(moment), name="n", secret_hash="h", scopes=("orders:read",), created_at=moment)
        database.clients.add(client)

    assert [client.created_at for client in database.clients.all()] == moments


@pytest.mark.parametrize(
    "find",
    [
        lambda books: books.owned("order-1", SCOPE),
        lambda books: books.of_transaction("order-1-1"),
        lambda books: books.of_octo_transaction("octo-1"),
    ],
    ids=["owned", "of_transaction", "of_octo_transaction"],
)
def test_books_are_read_in_one_statement(database: Database, find: Callable[[BooksRepository], Books | None]) -> None:
    with database.units() as unit:
        unit.books.add(samples.prepared())
        unit.commit()
    statements: list[str] = []
    event.listen(database._engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    with database.reading() as unit:
        assert find(unit.books) == samples.prepared()
    assert [statement.split()[0] for statement in statements if statement != "BEGIN DEFERRED"] == ["SELECT"]
