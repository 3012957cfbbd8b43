"""Single values on OCTO's wire: sums, times, ids, masked cards. What is not of its form is None, or Malformed where money hangs on it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, TypeGuard

from domain.money import MAX_MINOR, Currency, Money, to_major, to_minor
from domain.report import Facts

# Uzbekistan has kept UTC+5 without summer time since 1992, and a slim image has no table of time zones.
TASHKENT: Final = timezone(timedelta(hours=5))
WALL_CLOCK: Final = "%Y-%m-%d %H:%M:%S"
_RECEIPT_CLOCK: Final = "%Y%m%d%H%M%S"
_RECEIPT_LABEL: Final = re.compile(r"[0-9A-Za-z-]{1,32}")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DECIMAL: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,8})?")
_URL: Final = re.compile(r"https?://[!-~]{1,2000}")
_MASKED_PAN: Final = re.compile(r"([0-9]{6})[0-9*xX]{2,9}([0-9]{4})")
_PHONE: Final = re.compile(r"[0-9+*() -]{4,24}")
# Short enough to be no card number, whatever is in it.
_WORD: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z _-]{0,31}")
_RRN: Final = re.compile(r"[0-9A-Za-z]{1,12}")
_COUNTRY: Final = re.compile(r"[A-Z]{2,3}")
_MAX_PHONE_DIGITS: Final = 12
_MAX_RISK: Final = 1000

Get = Callable[[str], object]


class Malformed(Exception):
    """A sum or a currency that is there and cannot be read. The text is the field's name."""


def is_uuid(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def whole(value: object) -> int | None:
    """An int that is no bool, and fits into a column."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def url(value: object) -> str | None:
    return _matching(_URL, value)


def phone(value: object) -> str | None:
    found = _matching(_PHONE, value)
    return found if found and sum(c.isdigit() for c in found) <= _MAX_PHONE_DIGITS else None


def masked_pan(value: object) -> str | None:
    """First six and last four, also where more was sent."""
    packed = value.replace(" ", "").replace("-", "") if isinstance(value, str) else ""
    found = _MASKED_PAN.fullmatch(packed)
    return f"{found[1]}******{found[2]}" if found else None


def sum_of(get: Get, name: str) -> Decimal | None:
    """Zero or more, in major units, a number or a number's text; None where it is not there. Raises Malformed."""
    value = get(name)
    if value is None:
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= to_major(MAX_MINOR):
        raise Malformed(name)
    return Decimal(value)


def money_of(get: Get, name: str, default: Currency) -> Money | None:
    """In the currency that stands beside it, or else in the default. Raises Malformed, also for a third decimal."""
    amount, currency = sum_of(get, name), get("currency")
    if currency is not None and not (isinstance(currency, str) and currency in set(Currency)):
        raise Malformed("currency")
    if amount is None:
        return None
    minor = to_minor(amount)
    if to_major(minor) != amount:
        raise Malformed(name)
    return Money(minor, default if currency is None else Currency(currency))


def minor_of(get: Get, name: str) -> int | None:
    """Rounded: commissions and net sums may carry more than two decimals. Raises Malformed."""
    amount = sum_of(get, name)
    return None if amount is None else to_minor(amount)


def facts_of(get: Get) -> Facts:
    """All of it is optional, and what is not of its form counts as not there."""
    try:
        transfer = minor_of(get, "transfer_sum")
    except Malformed:
        transfer = None
    risk = whole(get("riskLevel"))
    return Facts(
        transfer_minor=transfer,
        rrn=_matching(_RRN, get("rrn")),
        masked_card=masked_pan(get("maskedPan")),
        card_country=_matching(_COUNTRY, get("card_country")),
        card_type=_word(get("card_type")),
        card_vendor=_word(get("card_vendor")),
        risk_level=risk if risk is not None and abs(risk) <= _MAX_RISK else None,
        paid_at=_time(get("payed_time")),
    )


def receipt_label(value: object) -> str | None:
    """A terminal's number or a fiscal sign."""
    return _matching(_RECEIPT_LABEL, value)


def refund_time(value: object) -> datetime | None:
    return _time(value)


def receipt_time(value: object) -> datetime | None:
    return _time(value, _RECEIPT_CLOCK)


def _time(value: object, form: str = WALL_CLOCK) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, form).replace(tzinfo=TASHKENT).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _word(value: object) -> str | None:
    found = _matching(_WORD, value)
    return found if found and sum(c.isdigit() for c in found) <= _MAX_PHONE_DIGITS else None


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
