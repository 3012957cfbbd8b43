"""Fiscal receipts: what an order needs for one, when one is awaited, and how it is fetched."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from domain.errors import (
    FiscalCustomerRequired,
    FiscalItemNotRegistered,
    FiscalItemsMixed,
    GatewayRefused,
    InvalidFiscalData,
)
from domain.moves import Status, Word
from domain.order import Customer, FiscalObject, Item, Order
from domain.ports import Chore, Denied
from domain.receipt import MAX_CHECKS, FiscalData, Receipt, ReceiptState
from domain.transaction import ShopTransactionId
from domain.use_cases.orders import NewOrder
from tests.fakes.gateway import denied, exchange, never_left, unknown
from tests.fakes.world import AMOUNT, API, OWNER, START, World

BREAD: Final = FiscalObject(spic="00305001001000000", package_code="1425207", vat=True, seller="123456789")
CUSTOMER: Final = Customer("17", "998901112233", "a@shop.example")
GIVEN: Final = FiscalData(
    terminal_id="UZ000000000001",
    receipt_id=7,
    issued_at=START,
    fiscal_sign="000000000017",
    qr_code_url="https://ofd.soliq.uz/epi?t=UZ000000000001&r=7&c=20260105140502&s=000000000017",
)
AWAITED: Final = Receipt(shop_transaction_id=ShopTransactionId("order-1-1"), next_check_at=START)


@pytest.fixture
def world() -> World:
    return World()


def fiscal_order(world: World, **changes: Any) -> Order:
    new = NewOrder(items=(Item("Non", 1, AMOUNT, BREAD),), customer=CUSTOMER)
    return world.orders.create(replace(new, **changes), OWNER, API)


def paid(world: World) -> Order:
    order = fiscal_order(world)
    world.initiate(order)
    world.confirm(order)
    world.callback(world.verify(order), Word.SUCCEEDED)
    return order


def receipt(world: World, order: Order) -> Receipt | None:
    books = world.books(order)
    return books.receipt_of(books.current.shop_transaction_id)


def news(world: World) -> list[str]:
    return [event.type for event in world.database.merchant_events]


# ---- what an order needs


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("spic", "0030500100100000"),
        ("spic", "003050010010000000"),
        ("spic", "0030500100100000A"),
        ("spic", "٠٠٣٠٥٠٠١٠٠١٠٠٠٠٠٠"),
        ("package_code", ""),
        ("package_code", "1" * 21),
        ("seller", "12345678"),
        ("seller", "1234567890"),
        ("seller", "123456789012345"),
        ("seller", "123456789\n"),
    ],
)
def test_fiscal_data_of_a_wrong_form_are_refused(field: str, value: str) -> None:
    with pytest.raises(InvalidFiscalData) as refused:
        replace(BREAD, **{field: value})  # type: ignore[arg-type]

    assert refused.value.facts == {"field": field}


@pytest.mark.parametrize(("seller", "is_person"), [("123456789", False), ("12345678901234", True)])
def test_a_sellers_number_says_what_it_is(seller: str, is_person: bool) -> None:
    assert replace(BREAD, seller=seller).is_sold_by_a_person is is_person


def test_every_item_is_fiscal_or_none_the_delivery_too(world: World) -> None:
    items = (Item("Non", 1, AMOUNT, BREAD), Item("Yetkazish", 1, AMOUNT))
    with pytest.raises(FiscalItemsMixed) as refused:
        fiscal_order(world, items=items)

    assert refused.value.facts == {"items": [1]}
    assert world.database.books == ()


def test_a_receipt_is_for_somebody(world: World) -> None:
    with pytest.raises(FiscalCustomerRequired):
        fiscal_order(world, customer=None)


def test_what_is_not_fiscal_needs_no_customer(world: World) -> None:
    order = fiscal_order(world, items=(Item("Non", 1, AMOUNT),), customer=None)

    assert not order.is_fiscal


def test_an_object_that_octo_does_not_know_is_explained(world: World) -> None:
    order = fiscal_order(world)
    world.gateway.script("prepare", Denied("403", exchange("prepare"), "Fiscal object … not contains in system"))
    with pytest.raises(FiscalItemNotRegistered) as refused:
        world.initiate(order)

    assert refused.value.facts == {"octo_code": "403", "octo_message": "Fiscal object … not contains in system"}
    assert world.books(order).current.error_code == "fiscal_item_not_registered"
    assert world.books(order).current.status is Status.FAILED


def test_the_same_code_without_fiscal_items_is_a_refusal_like_others(world: World) -> None:
    order = world.order()
    world.gateway.script("prepare", denied("403"))

    with pytest.raises(GatewayRefused):
        world.initiate(order)


# ---- when one is awaited


def test_a_success_of_a_fiscal_order_awaits_a_receipt(world: World) -> None:
    order = paid(world)

    found = receipt(world, order)
    assert found is not None
    assert found.state is ReceiptState.AWAITED
    assert found.next_check_at is not None
    assert found.next_check_at <= world.clock.now()
    assert Chore.FETCH_RECEIPTS in world.doorbell.rung


def test_a_success_that_a_status_read_finds_rings_as_well(world: World) -> None:
    order = fiscal_order(world)
    world.initiate(order)
    world.confirm(order)
    world.verify(order)
    world.clock.advance(seconds=5)
    world.status(order)

    assert receipt(world, order) is not None
    assert Chore.FETCH_RECEIPTS in world.doorbell.rung


def test_a_success_of_another_order_awaits_none(world: World) -> None:
    order = world.paid()

    assert world.books(order).receipts == ()
    assert Chore.FETCH_RECEIPTS not in world.doorbell.rung


def test_the_same_success_told_again_awaits_no_second_one(world: World) -> None:
    order = paid(world)
    world.callback(world.books(order).current, Word.SUCCEEDED)

    assert len(world.books(order).receipts) == 1


# ---- how it is fetched


def test_a_receipt_is_fetched_kept_and_told(world: World) -> None:
    order = paid(world)

    assert world.receipts.fetch_due() == 1
    found = receipt(world, order)
    assert found is not None
    assert found.state is ReceiptState.READY
    assert found.fiscal_data is not None
    assert news(world)[-1] == "receipt.ready"
    told = world.database.merchant_events[-1].data
    assert told["receipt"]["url"] == found.fiscal_data.qr_code_url
    assert told["payment"]["shop_transaction_id"] == "order-1-1"


def test_what_changed_is_in_the_audit_trail(world: World) -> None:
    paid(world)
    world.receipts.fetch_due()

    changes = [
        (e.before.get("receipt"), e.after["receipt"]) for e in world.database.audit_events if "receipt" in e.after
    ]
    assert changes == [(None, "awaited"), ("awaited", "ready")]


def test_a_fetched_receipt_is_not_asked_for_again(world: World) -> None:
    paid(world)
    world.receipts.fetch_due()
    world.clock.advance(days=9)

    assert world.receipts.fetch_due() == 0
    assert news(world).count("receipt.ready") == 1


@pytest.mark.parametrize("trouble", [denied("11"), never_left(), unknown()], ids=["denied", "never left", "unknown"])
def test_one_that_is_not_there_yet_is_asked_for_later(world: World, trouble: Any) -> None:
    order = paid(world)
    world.gateway.script("fiscal_data", trouble)
    world.receipts.fetch_due()

    world.clock.advance(seconds=59)
    assert world.receipts.fetch_due() == 0
    world.clock.advance(seconds=1)
    assert world.receipts.fetch_due() == 1
    found = receipt(world, order)
    assert found is not None
    assert found.state is ReceiptState.READY


def test_after_a_crash_in_the_middle_it_is_fetched_again(world: World) -> None:
    order = paid(world)
    with world.database.units() as unit:
        claimed = unit.books.claim_due_receipts(world.clock.now(), timedelta(minutes=2), 10)
        unit.commit()
    world.clock.advance(minutes=2)
    world.receipts.fetch_due()

    assert claimed == ["order-1-1"]
    found = receipt(world, order)
    assert found is not None
    assert found.state is ReceiptState.READY


def test_a_receipt_that_never_comes_is_asked_for_three_days_and_no_longer(world: World) -> None:
    order = paid(world)
    world.gateway.script("fiscal_data", *[denied("11")] * (MAX_CHECKS + 1))
    asked = 0
    for _ in range(5 * 24 * 2):
        asked += world.receipts.fetch_due()
        if receipt(world, order).state is ReceiptState.MISSING:  # type: ignore[union-attr]
            break
        world.clock.advance(minutes=30)

    assert asked == MAX_CHECKS
    assert timedelta(days=3) < world.clock.now() - START < timedelta(days=4)
    assert world.database.audit_events[-1].after == {"receipt": "missing"}
    world.clock.advance(days=30)
    assert world.receipts.fetch_due() == 0


def test_what_was_said_is_kept_with_the_payment(world: World) -> None:
    order = paid(world)
    world.gateway.script("fiscal_data", denied("11", "fiscal_data"))
    world.receipts.fetch_due()

    assert "fiscal_data" in (world.books(order).current.request_payload or {})


def test_the_first_receipt_stays() -> None:
    given = AWAITED.given(GIVEN)

    assert given.given(replace(GIVEN, receipt_id=8)) is given
    assert given.not_given(START) is given


def test_one_that_comes_after_all_is_taken() -> None:
    missing = replace(AWAITED, state=ReceiptState.MISSING, next_check_at=None)

    assert missing.not_given(START) is missing
    assert missing.given(GIVEN).state is ReceiptState.READY
