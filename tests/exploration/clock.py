"""Time in coarse steps: every moment is kept as seen from now, and only as exactly as the domain can tell it apart."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from domain import schedule
from domain.transaction import PaymentTransaction, Terms

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
TERMS: Final = Terms(language="uz", ttl_minutes=15, methods=(), return_url="", notify_url="")
FAR: Final = NOW + timedelta(days=3650)
MINUTE: Final = timedelta(seconds=61)
A_MINUTE_AGO: Final = NOW - MINUTE
TOMORROW: Final = NOW + schedule.SECOND_LOOK


class Age(IntEnum):
    """How old a live attempt is, by its `expires_at`."""

    YOUNG = 0
    EXPIRED = 1
    OVERDUE = 2


# `expires_at` of each age, as seen from now: well inside, so that a minute more changes no age.
_EXPIRES: Final = {
    Age.YOUNG: NOW + timedelta(minutes=TERMS.ttl_minutes),
    Age.EXPIRED: NOW - timedelta(minutes=1),
    Age.OVERDUE: NOW - timedelta(hours=1),
}
# Long enough for the second look, and for giving up what OCTO keeps open.
DAY: Final = max(schedule.SECOND_LOOK, schedule.GIVE_UP_AFTER) + timedelta(hours=1)
A_DAY_AGO: Final = NOW - DAY
# From each age to the next.
STEP: Final = {
    Age.YOUNG: _EXPIRES[Age.YOUNG] - _EXPIRES[Age.EXPIRED],
    Age.EXPIRED: _EXPIRES[Age.EXPIRED] - _EXPIRES[Age.OVERDUE],
    Age.OVERDUE: DAY,
}


def age(expires_at: datetime) -> Age:
    if expires_at > NOW:
        return Age.YOUNG
    return Age.EXPIRED if expires_at > NOW - schedule.CLOSE_MARGIN else Age.OVERDUE


def expiry(moment: datetime) -> datetime:
    return _EXPIRES[age(moment)]


def since(moment: datetime | None) -> datetime | None:
    """A moment in the past: now, a minute ago or a day ago."""
    if moment is None:
        return None
    if moment > A_MINUTE_AGO:
        return NOW
    return A_MINUTE_AGO if moment > A_DAY_AGO else A_DAY_AGO


def due(moment: datetime | None) -> datetime | None:
    """A moment in the future: come, or still to come."""
    if moment is None:
        return None
    return NOW if moment <= NOW else TOMORROW


def passed(transaction: PaymentTransaction, span: timedelta) -> PaymentTransaction:
    """The transaction as it looks when `span` has passed."""
    moments: dict[str, Any] = {
        f.name: value for f in fields(transaction) if isinstance(value := getattr(transaction, f.name), datetime)
    }
    return replace(transaction, **{name: moment - span for name, moment in moments.items()})
