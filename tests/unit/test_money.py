"""Money is exact: minor units inside, two decimals outside, and nothing is ever rounded on the way in."""

from decimal import Decimal

import pytest

from domain.errors import CurrencyNotSupported, InvalidAmount
from domain.money import MAX_MINOR, Currency, Money, to_major, to_minor

UZS = Currency.UZS


@pytest.mark.parametrize(
    ("given", "minor"),
    [
        ("185000.00", 18_500_000),
        ("185000.0", 18_500_000),
        ("185000", 18_500_000),
        (185001, 18_500_100),
        (Decimal("0.01"), 1),
        ("1.000", 100),
        ("1e3", 100_000),
        ("0.29", 29),
        ("21474836.48", 2_147_483_648),
        ("1000000000000.00", MAX_MINOR),
    ],
)
def test_major_units_become_minor_units_exactly(given: Decimal | str | int, minor: int) -> None:
    assert Money.of(given, UZS) == Money(minor, UZS)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("0.001", "at most two decimals"),
        ("1.005", "at most two decimals"),
        (f"1.{'0' * 40}1", "at most two decimals"),
        ("1e-999999", "at most two decimals"),
        (Decimal("0.1") + Decimal("0.001"), "at most two decimals"),
        ("0", "must be above zero"),
        ("-0.00", "must be above zero"),
        ("-1", "must be above zero"),
        ("1000000000000.01", "too large"),
        ("9e999999", "too large"),
        ("Infinity", "too large"),
        ("NaN", "not a number"),
        ("sNaN", "not a number"),
        ("", "not a number"),
        ("12,50", "not a number"),
        ("0x10", "not a number"),
    ],
)
def test_what_is_no_payable_sum_is_refused(given: Decimal | str, reason: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        Money.of(given, UZS)

    assert refused.value.code == "invalid_amount"
    assert refused.value.facts == {"reason": reason}


@pytest.mark.parametrize("minor", [-1, MAX_MINOR + 1])
def test_money_is_never_negative_and_never_beyond_its_column(minor: int) -> None:
    with pytest.raises(InvalidAmount):
        Money(minor, UZS)


def test_zero_exists_but_not_as_a_sum_to_pay() -> None:
    assert Money(0, UZS).amount == Decimal("0.00")


@pytest.mark.parametrize(
    ("minor", "text"),
    [(1, "0.01"), (10, "0.10"), (100, "1.00"), (18_500_000, "185000.00"), (MAX_MINOR, "1000000000000.00")],
)
def test_people_read_major_units_with_exactly_two_decimals(minor: int, text: str) -> None:
    assert str(Money(minor, UZS).amount) == text
    assert str(Money(minor, UZS)) == f"{text} UZS"
    assert to_minor(to_major(minor)) == minor


@pytest.mark.parametrize(("octos", "minor"), [("178525.0", 17_852_500), ("0.005", 1), ("0.004", 0), ("1.115", 112)])
def test_octos_finer_sums_are_rounded_half_up(octos: str, minor: int) -> None:
    assert to_minor(Decimal(octos)) == minor


def test_equal_sums_of_two_currencies_are_not_equal() -> None:
    assert Money(100, Currency.UZS) != Money(100, Currency.USD)


def test_a_currency_is_named_exactly() -> None:
    assert [Currency.named(word) for word in ("UZS", "USD", "RUB")] == [Currency.UZS, Currency.USD, Currency.RUB]
    for strange in ("uzs", "EUR", "", "UZS "):
        with pytest.raises(CurrencyNotSupported):
            Currency.named(strange)


def test_a_refused_currency_is_not_repeated_at_length() -> None:
    with pytest.raises(CurrencyNotSupported) as refused:
        Currency.named("8600123412341234")

    assert refused.value.facts == {"currency": "86001234", "supported": ["UZS", "USD", "RUB"]}
