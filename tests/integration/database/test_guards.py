"""What the database itself refuses, whatever the program does."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from adapters.database.engine import connect
from adapters.database.failures import GuardHit
from adapters.database.unit_of_work import Database
from domain.books import Books
from tests.integration.database import samples


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """With one attempt in each of two orders, and one audit event."""
    opened = connect(database_url)
    with Database(opened).units() as unit:
        unit.books.add(samples.prepared(1))
        unit.books.add(samples.begun(2))
        unit.audit.append([samples.audit_event(1)])
        unit.commit()
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as opened:
        yield opened


def change(connection: Connection, **columns: object) -> None:
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    connection.execute(
        text(f"UPDATE payment_transactions SET {assignments} WHERE order_id = 'order-1'"),  # noqa: S608
        columns,
    )


LATE = '["late_success"]'


@pytest.mark.parametrize("old", ["failed", "cancelled"])
def test_a_final_attempt_becomes_a_success_with_a_review(connection: Connection, old: str) -> None:
    change(connection, status=old)

    change(connection, status="success", reviews=LATE)


@pytest.mark.parametrize(
    ("old", "new", "reviews"),
    [
        ("success", "failed", LATE),
        ("success", "cancelled", LATE),
        ("success", "processing", LATE),
        ("failed", "cancelled", LATE),
        ("cancelled", "failed", LATE),
        ("failed", "prepared", LATE),
        ("cancelled", "pending", LATE),
        ("failed", "success", "[]"),
        ("cancelled", "success", "[]"),
    ],
)
def test_a_final_attempt_becomes_nothing_else(connection: Connection, old: str, new: str, reviews: str) -> None:
    change(connection, status=old)

    with pytest.raises(IntegrityError, match="final_is_final"):
        change(connection, status=new, reviews=reviews)


def test_what_is_not_the_status_of_a_final_attempt_may_change(connection: Connection) -> None:
    change(connection, status="success", captured_minor=100)

    change(connection, status="success", refunded_minor=100, reviews="[]")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_events SET actor = 'nobody'", "DELETE FROM audit_events", "DELETE FROM audit_events WHERE id = 1"],
)
def test_the_audit_trail_is_only_appended_to(connection: Connection, statement: str) -> None:
    with pytest.raises(IntegrityError, match="audit_append_only"):
        connection.execute(text(statement))


def test_the_audit_trail_is_not_truncated(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        return  # has no TRUNCATE

    with pytest.raises(IntegrityError, match="audit_append_only"):
        connection.execute(text("TRUNCATE audit_events"))


def test_an_order_has_one_live_attempt(connection: Connection) -> None:
    copied = "SELECT * FROM payment_transactions WHERE order_id = 'order-2'"
    row = dict(connection.execute(text(copied)).mappings().one())
    changed = row | {"shop_transaction_id": "order-2-2", "attempt": 2}
    names = ", ".join(changed)
    values = ", ".join(f"'{v}'" if k in ("shop_transaction_id", "attempt") else k for k, v in changed.items())
    doubled = text(f"INSERT INTO payment_transactions ({names}) SELECT {values} FROM ({copied}) AS one")  # noqa: S608

    with pytest.raises(IntegrityError, match=r"one_live|payment_transactions\.order_id"):
        connection.execute(doubled)


def test_a_finished_attempt_makes_room_for_the_next(engine: Engine) -> None:
    before = samples.failed(3)
    with Database(engine).units() as unit:
        unit.books.add(before)
        unit.books.save(before, before.attempted(samples.TERMS, samples.NOON))
        unit.commit()


@pytest.mark.parametrize(
    "columns",
    [
        {"refunded_minor": 1},
        {"captured_minor": 100, "refunded_minor": 101},
        {"captured_minor": 100, "refunded_minor": -1},
        {"captured_minor": samples.AMOUNT.amount_minor + 1},
        {"captured_minor": 0},
        {"amount_minor": 0},
        {"currency": "EUR"},
        {"status": "paid"},
        {"in_flight": "refund"},
        {"mode": "other"},
        {"capture": "other"},
        {"octo_transaction_id": None, "status": None},
        {"order_id": "order-9"},
    ],
    ids=str,
)
def test_impossible_values_are_refused(connection: Connection, columns: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        change(connection, **columns)


@pytest.mark.parametrize("change", ["amount_minor = 0", "status = 'open'", "currency = 'EUR'", "version = -1"])
def test_impossible_orders_are_refused(connection: Connection, change: str) -> None:
    with pytest.raises(IntegrityError):
        connection.execute(text(f"UPDATE orders SET {change}"))  # noqa: S608


def test_a_guard_that_was_hit_is_named_without_the_row(engine: Engine) -> None:
    before = samples.prepared(1)
    after = Books(before.order, (replace(before.current, refunded_minor=before.current.amount.amount_minor),))

    with pytest.raises(GuardHit) as hit, Database(engine).units() as unit:
        unit.books.save(before, after)
    assert str(hit.value) == "ck_payment_transactions_refunded"
    assert hit.value.__suppress_context__
