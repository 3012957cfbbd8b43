"""A card and a one-time code: they live in memory for one call, mask themselves, and cannot be printed or pickled."""

from datetime import date
from enum import StrEnum
from typing import Final, NoReturn

from domain.errors import CardExpired, CvcRequired, InvalidCard, InvalidOtp

_NUMBER_LENGTHS: Final = range(16, 20)
_CVC_LENGTHS: Final = range(3, 5)
_OTP_LENGTHS: Final = range(4, 9)
_HOLDER_MAX_LENGTH: Final = 64
# A card is never valid longer than this; a later year is a typing error or MMYY and YYMM mixed up.
_MAX_YEARS_AHEAD: Final = 20
# 5614 lies inside the range of Mastercard, yet belongs to Uzcard.
SCHEME_BY_PREFIX: Final = {"8600": "uzcard", "5614": "uzcard", "9860": "humo"}


class Scheme(StrEnum):
    """OCTO's `method`."""

    UZCARD = "uzcard"
    HUMO = "humo"
    BANK_CARD = "bank_card"


class Secret:
    """What must never be at rest: no text, no comparison, no hash, no copy, no pickle."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __eq__(self, other: object) -> bool:
        raise TypeError(f"{type(self).__name__} is not compared")

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not copied or stored")

    __reduce_ex__ = _refuse
    __reduce__ = _refuse
    __copy__ = _refuse
    __deepcopy__ = _refuse


class Card(Secret):
    """Raises InvalidCard (with `field`), CardExpired or CvcRequired. `expire` is MMYY, as printed on the card; a holder may be unknown."""

    __slots__ = ("cvc", "holder", "month", "number", "scheme", "year")

    def __init__(self, *, number: str, expire: str, holder: str | None, cvc: str | None, today: date) -> None:
        self.number = _digits(number.replace(" ", "").replace("-", ""), _NUMBER_LENGTHS, field="card_number")
        self.scheme = Scheme(SCHEME_BY_PREFIX.get(self.number[:4], "bank_card"))
        # Some Humo and Uzcard numbers do not follow Luhn, so that it proves nothing about those.
        if self.scheme is Scheme.BANK_CARD and not passes_luhn(self.number):
            raise InvalidCard(field="card_number")
        self.month, self.year = _expiry(expire, today)
        self.holder = None if holder is None else _holder(holder)
        self.cvc = None if cvc is None else _digits(cvc, _CVC_LENGTHS, field="cvc")
        if self.scheme is Scheme.BANK_CARD and self.cvc is None:
            raise CvcRequired()

    @property
    def first6(self) -> str:
        return self.number[:6]

    @property
    def last4(self) -> str:
        return self.number[-4:]

    def __repr__(self) -> str:
        return f"<Card {self.scheme} {self.first6}******{self.last4}>"


class CardToken(Secret):
    """OCTO's name for a card that it keeps. Whoever has it can pay with the card."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class TokenCard(Secret):
    """A kept card that is about to pay: the bank cards among them still want their CVC. Raises InvalidCard and CvcRequired."""

    __slots__ = ("cvc", "scheme", "token")

    def __init__(self, token: CardToken, scheme: Scheme, cvc: str | None) -> None:
        self.token = token
        self.scheme = scheme
        self.cvc = None if cvc is None else _digits(cvc, _CVC_LENGTHS, field="cvc")
        if scheme is Scheme.BANK_CARD and self.cvc is None:
            raise CvcRequired()


class OneTimeCode(Secret):
    """The code as typed, leading zeros kept. Raises InvalidOtp."""

    __slots__ = ("digits",)

    def __init__(self, digits: str) -> None:
        if not (digits.isascii() and digits.isdigit() and len(digits) in _OTP_LENGTHS):
            raise InvalidOtp()
        self.digits = digits


def _digits(text: str, lengths: range, *, field: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) in lengths):
        raise InvalidCard(field=field)
    return text


def _holder(text: str) -> str:
    holder = text.strip()
    # A number in the name's place would be stored and shown as a name: it is a card number in the wrong box.
    if not holder or len(holder) > _HOLDER_MAX_LENGTH or not holder.isprintable() or any(c.isdigit() for c in holder):
        raise InvalidCard(field="cardholder_name")
    return holder


def _expiry(mmyy: str, today: date) -> tuple[int, int]:
    _digits(mmyy, range(4, 5), field="expire")
    month, year = int(mmyy[:2]), 2000 + int(mmyy[2:])
    if not 1 <= month <= 12 or year > today.year + _MAX_YEARS_AHEAD:
        raise InvalidCard(field="expire")
    if (year, month) < (today.year, today.month):
        raise CardExpired()
    return month, year


def passes_luhn(number: str) -> bool:
    """`number` is digits alone."""
    doubled = [int(d) * 2 for d in number[-2::-2]]
    return (sum(int(d) for d in number[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
