"""An order's amount, and its status, which follows from its attempts, their refunds and the shop's cancellation alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from domain.books import Books
from domain.errors import InvalidAmount, ItemsDoNotAddUp
from domain.money import MAX_MINOR, Currency, Money
from domain.order import PAYABLE, Item, OrderStatus, amount_due
from tests.unit.attempts import NOW, books, order

UZS = Currency.UZS
TEA = Item("Tea", 2, Money(1_500_000, UZS))
CAKE = Item("Cake", 1, Money(2_000_050, UZS))


def test_a_sum_alone_is_what_is_due() -> None:
    assert amount_due(Money(1, UZS), [], UZS) == Money(1, UZS)


def test_items_alone_add_up_to_it_their_price_being_per_unit() -> None:
    assert amount_due(None, [TEA, CAKE], UZS) == Money(5_000_050, UZS)


def test_both_must_be_equal() -> None:
    assert amount_due(Money(5_000_050, UZS), [TEA, CAKE], UZS) == Money(5_000_050, UZS)
    with pytest.raises(ItemsDoNotAddUp) as refused:
        amount_due(Money(5_000_049, UZS), [TEA, CAKE], UZS)

    assert refused.value.code == "items_do_not_add_up"
    assert refused.value.facts == {"amount": "50000.49", "items_total": "50000.50"}


def test_equal_sums_in_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ItemsDoNotAddUp):
        amount_due(Money(3_000_000, Currency.USD), [TEA], UZS)


@pytest.mark.parametrize("items", [(), (Item("Nothing", 3, Money(0, UZS)),)], ids=["no items", "free items"])
def test_nothing_to_pay_is_no_order(items: tuple[Item, ...]) -> None:
    with pytest.raises(InvalidAmount):
        amount_due(None, items, UZS)


def test_items_beyond_all_bounds_are_no_order() -> None:
    with pytest.raises(InvalidAmount):
        amount_due(None, [Item("Dear", 2, Money(MAX_MINOR, UZS))], UZS)


def test_an_order_is_payable_while_it_waits_for_a_payment_or_after_one_has_failed() -> None:
    assert {"awaiting_payment", "payment_failed"} == PAYABLE
    assert set(OrderStatus) - PAYABLE == {"authorized", "paid", "partially_refunded", "refunded", "cancelled"}


# ---- status

STATUSES: Final[Sequence[tuple[tuple[str, ...], str, str]]] = [
    # attempts, the order's status, its status if the shop has cancelled it
    ((), "awaiting_payment", "cancelled"),
    (("pending",), "awaiting_payment", "cancelled"),
    (("prepared",), "awaiting_payment", "cancelled"),
    (("verification_required",), "awaiting_payment", "cancelled"),
    (("processing (pay)",), "awaiting_payment", "cancelled"),
    (("processing (otp)",), "awaiting_payment", "cancelled"),
    (("processing",), "awaiting_payment", "cancelled"),
    (("processing, held",), "authorized", "cancelled"),
    (("success",), "paid", "paid"),
    (("failed",), "payment_failed", "cancelled"),
    (("cancelled",), "awaiting_payment", "cancelled"),
    # An expired or withdrawn attempt does not cancel its order, and does not hide that one has failed.
    (("cancelled", "cancelled"), "awaiting_payment", "cancelled"),
    (("failed", "cancelled"), "payment_failed", "cancelled"),
    (("cancelled", "failed"), "payment_failed", "cancelled"),
    # A new attempt makes an order wait again.
    (("failed", "pending"), "awaiting_payment", "cancelled"),
    (("failed", "processing (otp)"), "awaiting_payment", "cancelled"),
    (("failed", "processing, held"), "authorized", "cancelled"),
    # Any success pays it, whatever comes before, after or beside it.
    (("success", "prepared"), "paid", "paid"),
    (("success", "processing, held"), "paid", "paid"),
    (("failed", "success"), "paid", "paid"),
    (("success", "failed"), "paid", "paid"),
    (("success", "success"), "paid", "paid"),
    # Refunds.
    (("refunded in part",), "partially_refunded", "partially_refunded"),
    (("refunded",), "refunded", "refunded"),
    (("failed", "refunded"), "refunded", "refunded"),
    (("refunded", "failed"), "refunded", "refunded"),
    (("half captured",), "paid", "paid"),
    (("half captured, refunded in part",), "partially_refunded", "partially_refunded"),
    (("half captured, refunded",), "refunded", "refunded"),
    # A second charge that was given back leaves the order paid.
    (("success", "refunded"), "paid", "paid"),
    (("refunded", "success"), "paid", "paid"),
    (("success", "refunded in part"), "paid", "paid"),
    (("refunded", "refunded in part"), "partially_refunded", "partially_refunded"),
    (("refunded", "refunded"), "refunded", "refunded"),
]


@pytest.mark.parametrize(("attempts", "status", "_"), STATUSES)
def test_an_orders_status_follows_from_its_attempts_and_their_refunds(
    attempts: tuple[str, ...], status: str, _: str
) -> None:
    assert books(*attempts).order.status == status


@pytest.mark.parametrize(("attempts", "_", "status"), STATUSES)
def test_and_from_the_shops_cancellation(attempts: tuple[str, ...], _: str, status: str) -> None:
    cancelled = replace(order(), cancelled_at=NOW, status=OrderStatus.CANCELLED)

    assert books(*attempts, of=cancelled).order.status == status


def test_it_does_not_matter_in_which_order_the_attempts_moved() -> None:
    first, second = books("failed", "success").transactions
    turned = Books(order()).with_(second).with_(first)

    assert turned.order.status == "paid"
    assert [t.attempt for t in turned.transactions] == [1, 2]
