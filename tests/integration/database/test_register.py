"""The register: in memory, on SQLite, on PostgreSQL. A line for every sum, on its day, in the order of time."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import text

from adapters.database import register as stored
from adapters.database.engine import connect
from adapters.database.schema import migrate
from adapters.database.unit_of_work import Database
from domain.money import Currency, Money
from domain.moves import Word
from domain.order import Scope
from domain.ports import Entry, InvalidCursor
from domain.register import LineKind, bounds
from domain.report import Facts
from domain.transaction import PaymentTransaction
from tests.fakes.gateway import lost
from tests.fakes.world import API, SCOPE, START, World
from tests.integration.database.test_contract import Storage, storage

__all__ = ["storage"]

# 14:03 of the fifth of January 2026 in Tashkent.
TODAY: Final = date(2026, 1, 5)
DAY: Final = bounds(TODAY, TODAY)
ALWAYS: Final = bounds(date(2025, 1, 1), date(2027, 1, 1))
TOLD: Final = Facts(transfer_minor=17_945_000, rrn="000000000017", masked_card="860049******6478", card_type="uzcard")


@pytest.fixture
def world(storage: Storage) -> World:
    return World(storage)


def entries(world: World, between: tuple[datetime, datetime] = ALWAYS, client_id: str | None = None) -> list[Entry]:
    return list(world.database.register.entries(*between, client_id))


def sums(world: World) -> list[int]:
    return [entry.line.amount_minor for entry in entries(world)]


def refund(world: World, order_id: str, soum: int | None = None) -> None:
    amount = None if soum is None else Money(soum * 100, Currency.UZS)
    world.refunding.request(order_id, SCOPE, amount, "returned goods", None, API)


def octo_gave_back(world: World, transaction: PaymentTransaction, in_all_minor: int) -> None:
    world.gateway.payment(transaction).refunded_minor = in_all_minor
    world.clock.advance(minutes=1)
    world.operating.ask_again(transaction.shop_transaction_id, operator="operator anna")


def test_a_charge_and_each_operation_of_its_refunds_have_a_line(world: World) -> None:
    order = world.paid(amount=Money(2_500_000_000, Currency.UZS))
    world.clock.advance(minutes=1)
    refund(world, order.id)
    charge, *refunds = entries(world)

    assert (charge.line.kind, charge.line.amount_minor) == (LineKind.CHARGE, 2_500_000_000)
    assert [r.line.amount_minor for r in refunds] == [-1_000_000_000, -1_000_000_000, -500_000_000]
    assert [r.line.shop_refund_id for r in refunds] == ["order-1-1-r1-1", "order-1-1-r1-2", "order-1-1-r1-3"]
    assert [r.octo_refund_id for r in refunds] == [f"refund of order-1-1-r1-{n}" for n in (1, 2, 3)]
    assert {r.line.learned_at for r in refunds} == {START + timedelta(minutes=1)}
    assert {(r.net_minor, r.commission_minor) for r in refunds} == {(None, None)}


def test_a_charge_has_what_octo_tells_of_it_also_later(world: World) -> None:
    transaction = world.books(world.paid()).current
    before = entries(world)[0]
    paid_at = datetime(2026, 1, 5, 9, 5, 2, tzinfo=UTC)
    world.callback(transaction, Word.SUCCEEDED, facts=Facts(paid_at=paid_at).updated(TOLD))
    after = entries(world)[0]

    assert (before.line.at, before.line.told_at, before.net_minor) == (START, None, None)
    assert (after.line.at, after.line.learned_at) == (paid_at, START)
    assert (after.net_minor, after.commission_minor) == (17_945_000, 555_000)
    assert (after.facts.rrn, after.facts.masked_card, after.facts.card_type) == (
        "000000000017",
        "860049******6478",
        "uzcard",
    )
    assert after.octo_transaction_id == transaction.octo_transaction_id


@pytest.mark.parametrize(
    ("paid_at", "is_of_today"),
    [
        ("2026-01-04T23:59:59+05:00", False),
        ("2026-01-05T00:00:00+05:00", True),
        ("2026-01-05T23:59:59+05:00", True),
        ("2026-01-06T00:00:00+05:00", False),
    ],
)
def test_a_day_is_one_of_tashkent(world: World, paid_at: str, is_of_today: bool) -> None:
    transaction = world.initiate(world.order())
    world.callback(transaction, Word.SUCCEEDED, facts=Facts(paid_at=datetime.fromisoformat(paid_at)))

    assert len(entries(world, DAY)) == is_of_today
    assert len(entries(world)) == 1


def test_a_refund_counts_on_the_day_on_which_it_came_through(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", lost)
    refund(world, order.id, 50_000)
    same_day = entries(world, DAY)
    world.clock.advance(days=1)
    world.settlement.settle()
    next_day = entries(world, bounds(TODAY + timedelta(days=1), TODAY + timedelta(days=1)))

    assert [entry.line.kind for entry in same_day] == [LineKind.CHARGE]
    assert [entry.line.amount_minor for entry in next_day] == [-5_000_000]


def test_a_refund_counts_on_octos_own_day_where_octo_tells_it(world: World) -> None:
    order = world.paid()
    told_at = datetime(2026, 1, 4, 18, 59, 59, tzinfo=UTC)
    world.gateway.refunds_at = told_at
    refund(world, order.id, 50_000)
    first, second = entries(world)

    assert (first.line.kind, first.line.at, first.line.learned_at) == (LineKind.REFUND, told_at, START)
    assert second.line.kind is LineKind.CHARGE
    assert [entry.line.kind for entry in entries(world, DAY)] == [LineKind.CHARGE]


def test_what_is_given_back_in_octos_cabinet_has_a_line_without_an_id_of_ours(world: World) -> None:
    order = world.paid()
    transaction = world.books(order).current
    world.clock.advance(minutes=1)
    refund(world, order.id, 50_000)
    for refunded_minor in (6_000_000, 6_000_000, 9_000_000):
        octo_gave_back(world, transaction, refunded_minor)
    found = [(entry.line.amount_minor, entry.line.shop_refund_id) for entry in entries(world)]

    assert found[1:] == [(-5_000_000, "order-1-1-r1-1"), (-1_000_000, None), (-3_000_000, None)]


def test_a_refund_of_ours_that_is_on_its_way_is_not_taken_for_another(world: World) -> None:
    order = world.paid()
    world.gateway.script("refund", lost)
    refund(world, order.id, 50_000)
    transaction = world.books(order).current
    octo_gave_back(world, transaction, 2_000_000)
    on_its_way = sums(world)
    octo_gave_back(world, transaction, 7_000_000)

    assert on_its_way == [18_500_000]
    assert sorted(sums(world)) == [-5_000_000, -2_000_000, 18_500_000]


def test_a_failed_payment_has_no_line_and_a_late_success_has_one(world: World) -> None:
    transaction = world.initiate(world.order())
    world.callback(transaction, Word.CANCELED)
    canceled = sums(world)
    world.callback(transaction, Word.SUCCEEDED)

    assert canceled == []
    assert [(entry.line.amount_minor, entry.reviews) for entry in entries(world)] == [(18_500_000, ("late_success",))]
    assert entries(world)[0].reviews_left == ("late_success",)


def test_a_part_of_a_hold_counts_with_what_was_taken(world: World) -> None:
    order = world.held()
    held = sums(world)
    world.holds.capture(order.id, SCOPE, Money(5_000_000, Currency.UZS), API)

    assert held == []
    assert sums(world) == [5_000_000]


def test_lines_come_one_after_the_other_and_once_however_few_are_in_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        world.paid()
    monkeypatch.setattr(stored, "LOT", 2)
    found = [entry.line.id for entry in entries(world)]

    assert found == [f"order-{n}-1" for n in range(1, 6)]


def test_a_page_goes_on_where_the_one_before_ended(world: World) -> None:
    for _ in range(5):
        world.paid()
    register, pages, cursor = world.database.register, [], None
    while True:
        page, cursor = register.page(SCOPE, *DAY, cursor, 2)
        pages.append([entry.line.id for entry in page])
        if cursor is None:
            break

    assert pages == [["order-1-1", "order-2-1"], ["order-3-1", "order-4-1"], ["order-5-1"]]


@pytest.mark.parametrize("scope", [Scope("another"), Scope("another", "shop"), Scope("shop", "another")])
def test_a_page_is_ones_own(world: World, scope: Scope) -> None:
    world.paid()

    assert world.database.register.page(scope, *DAY, None, 10) == ([], None)
    assert len(world.database.register.page(Scope("shop", "shop"), *DAY, None, 10)[0]) == 1
    assert entries(world, client_id=scope.client_id) == ([] if scope.client_id == "another" else entries(world))


def test_a_strange_cursor_is_refused(world: World) -> None:
    with pytest.raises(InvalidCursor):
        world.database.register.page(SCOPE, *DAY, "strange", 10)


def test_what_was_taken_and_given_back_before_there_was_a_register_is_put_into_it(database_url: str) -> None:
    database = Database.at(database_url)
    world = World(database)
    told = world.initiate(world.order())
    world.callback(told, Word.SUCCEEDED, facts=Facts(paid_at=datetime(2026, 1, 5, 8, 0, tzinfo=UTC)))
    order = world.paid(amount=Money(2_500_000_000, Currency.UZS))
    world.clock.advance(days=1)
    refund(world, order.id, 12_000_000)
    world.clock.advance(days=1)
    world.gateway.refunds_at = datetime(2026, 1, 6, 18, 59, 59, tzinfo=UTC)
    refund(world, order.id, 1_000_000)
    octo_gave_back(world, world.books(order).current, 1_500_000_000)
    lines = [entry.line for entry in entries(world)]
    _forget_the_register(database_url)
    migrate(database_url)
    again = [entry.line for entry in entries(world)]
    database.dispose()

    assert len(lines) == 6
    assert again == lines


def _forget_the_register(database_url: str) -> None:
    engine = connect(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE register_lines"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0008'"))
    engine.dispose()


def test_a_line_that_is_missing_is_found_and_comes_when_octo_is_asked_again(database_url: str) -> None:
    """A process of the version before, which runs beside this one during an upgrade, writes none."""
    database = Database.at(database_url)
    world = World(database)
    order = world.paid()
    refund(world, order.id, 50_000)
    lines = sums(world)
    engine = connect(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM register_lines"))
    engine.dispose()
    found = {f.guarantee: f.ids for f in database.audit.findings(world.clock.now()) if f.ids}
    world.clock.advance(minutes=1)
    world.operating.ask_again("order-1-1", operator="operator anna")
    left = [f.guarantee for f in database.audit.findings(world.clock.now()) if f.ids]
    mended = sorted(sums(world))
    database.dispose()

    assert found == {"G15": ("order-1-1",)}
    assert left == []
    assert mended == sorted(lines)
