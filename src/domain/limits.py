"""How often something may be tried: here card testing and the guessing of codes end, from whichever machine they come.

Counted is what was about to leave for OCTO. What provably never left is taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.errors import CardsPaused, Limited, TooManyCards, TooManyCodes

# A client's cards are paused where so many of its latest answers were refusals.
PAUSE_FROM: Final = 20
PAUSE_PERCENT: Final = 80
# Then one more refusal is enough for another pause.
PAUSE: Final = timedelta(minutes=15)
_REMEMBERED: Final = 50


class Limit(StrEnum):
    CARDS_OF_PAYMENT = "cards_of_payment"
    CARDS_OF_ORDER = "cards_of_order"
    ORDERS_OF_CARD = "orders_of_card"
    CODES_OF_PAYMENT = "codes_of_payment"
    CARDS_OF_CUSTOMER = "cards_of_customer"
    REFUSALS_OF_CLIENT = "refusals_of_client"


@dataclass(frozen=True, slots=True)
class Rule:
    """At most so many within the window."""

    at_most: int
    window: timedelta
    refusal: type[Limited]


RULES: Final[Mapping[Limit, Rule]] = {
    Limit.CARDS_OF_PAYMENT: Rule(3, timedelta(days=1), TooManyCards),
    Limit.CARDS_OF_ORDER: Rule(10, timedelta(days=1), TooManyCards),
    Limit.ORDERS_OF_CARD: Rule(5, timedelta(hours=1), TooManyCards),
    Limit.CODES_OF_PAYMENT: Rule(3, timedelta(days=1), TooManyCodes),
    Limit.CARDS_OF_CUSTOMER: Rule(10, timedelta(days=1), TooManyCards),
    Limit.REFUSALS_OF_CLIENT: Rule(_REMEMBERED, timedelta(hours=1), CardsPaused),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One try. The same name again is the same try."""

    name: str
    at: datetime
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The tries that one limit counts for one subject. A card is a subject by its keyed fingerprint."""

    limit: Limit
    subject: str
    marks: tuple[Mark, ...] = ()

    @property
    def until(self) -> datetime | None:
        """When the last of it may be forgotten."""
        return max(mark.at for mark in self.marks) + RULES[self.limit].window if self.marks else None

    def tried(self, name: str, at: datetime) -> "Tally":
        """With one try more. Raises the rule's refusal where that is one too many."""
        rule, known = RULES[self.limit], self._recent(at)
        if any(mark.name == name for mark in known):
            return replace(self, marks=known)
        if len(known) >= rule.at_most:
            free_again = sorted(mark.at for mark in known)[-rule.at_most] + rule.window
            raise rule.refusal(limit=self.limit, retry_after_seconds=_seconds(free_again - at))
        return replace(self, marks=(*known, Mark(name, at)))

    def taken_back(self, name: str) -> "Tally":
        return replace(self, marks=tuple(mark for mark in self.marks if mark.name != name))

    def answered(self, name: str, at: datetime, *, refused: bool) -> "Tally":
        """With OCTO's answer to a card."""
        others = tuple(mark for mark in self._recent(at) if mark.name != name)
        return replace(self, marks=(*others, Mark(name, at, refused))[-_REMEMBERED:])

    def require_calm(self, at: datetime) -> None:
        """Raises where nearly all of the latest cards were refused, as it is when somebody tries out stolen ones."""
        recent = self._recent(at)
        refusals = [mark.at for mark in recent if mark.refused]
        if len(recent) < PAUSE_FROM or len(refusals) * 100 < PAUSE_PERCENT * len(recent):
            return
        left = max(refusals) + PAUSE - at
        if left > timedelta(0):
            raise RULES[self.limit].refusal(limit=self.limit, retry_after_seconds=_seconds(left))

    def is_locked(self, at: datetime) -> bool:
        """Whether the next try is refused."""
        try:
            self.require_calm(at) if self.limit is Limit.REFUSALS_OF_CLIENT else self.tried("", at)
        except Limited:
            return True
        return False

    def _recent(self, at: datetime) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if mark.at > at - RULES[self.limit].window)


def _seconds(wait: timedelta) -> int:
    return max(1, int(wait.total_seconds()) + 1)
