"""Money: an exact sum in integer minor units (tiyin, cents, kopecks) and its currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from domain.errors import CurrencyNotSupported, InvalidAmount

MINOR_PER_MAJOR: Final = 100
# Far above any card payment, far below the 63 bits of the column.
MAX_MINOR: Final = 10**14


class Currency(StrEnum):
    UZS = "UZS"
    USD = "USD"
    RUB = "RUB"

    @classmethod
    def named(cls, word: str) -> "Currency":
        try:
            return cls(word)
        except ValueError:
            raise CurrencyNotSupported(currency=word[:8], supported=[c.value for c in cls]) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount_minor` is never negative. Raises InvalidAmount where it would be."""

    amount_minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if not 0 <= self.amount_minor <= MAX_MINOR:
            raise InvalidAmount(reason="out of range")

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: Currency) -> "Money":
        """From major units with at most two decimals, above zero; nothing is ever rounded here."""
        try:
            major = Decimal(amount)
            in_range = 0 < major <= to_major(MAX_MINOR)
        except InvalidOperation:
            raise InvalidAmount(reason="not a number") from None
        if not in_range:
            raise InvalidAmount(reason="must be above zero" if major <= 0 else "too large")
        # Comparing is exact, while arithmetic on more digits than the context holds would round.
        minor = to_minor(major)
        if to_major(minor) != major:
            raise InvalidAmount(reason="at most two decimals")
        return cls(minor, currency)

    @property
    def amount(self) -> Decimal:
        """Major units with exactly two decimals, as people read it."""
        return to_major(self.amount_minor)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def to_major(amount_minor: int) -> Decimal:
    return Decimal(amount_minor).scaleb(-2)


def to_minor(amount: Decimal) -> int:
    """From OCTO's major units, which may carry more than two decimals in commissions and net sums."""
    return int((amount * MINOR_PER_MAJOR).to_integral_value(ROUND_HALF_UP))
