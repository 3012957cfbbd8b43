"""What OCTO tells of a payment, in our words: a report of its status, the facts beside it, the state of a card's check."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain import schedule
from domain.money import Money
from domain.moves import Word
from domain.refusals import names_wrong_code

# After so many wrong codes OCTO cancels the payment, or the binding.
MAX_CODES_WRONG: Final = 3


class Way(StrEnum):
    """How the payer confirms a card."""

    OTP = "otp"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class Verification:
    """The check of the card at hand. `payment_id` and `verify_id` belong to this card and to no other.

    `verify_id` is None while OCTO has not told of a code: `verificationInfo` may be asked again. `code_until` is aware UTC.
    """

    way: Way
    payment_id: int | None = None
    verify_id: int | None = None
    phone: str | None = None
    code_until: datetime | None = None
    redirect_url: str | None = None

    def seconds_left(self, now: datetime) -> int:
        if self.code_until is None or self.verify_id is None:
            return 0
        return max(0, int((self.code_until - now).total_seconds()))

    def is_over(self, now: datetime) -> bool:
        """Over by any clock: another machine may have written `code_until`, so that within the margin OCTO alone knows."""
        return self.code_until is None or now >= self.code_until + schedule.CLOCKS_AGREE_WITHIN

    def refused_as_late(self, octo_code: str, at: datetime) -> bool:
        """A no that comes when the code's time is over by our clock is taken for just that, unless OCTO names another reason."""
        return self.seconds_left(at) == 0 and not names_wrong_code(octo_code)


@dataclass(frozen=True, slots=True)
class Facts:
    """What OCTO tells of a payment besides its status; all of it may be missing. Sums are in minor units of the payment."""

    transfer_minor: int | None = None
    rrn: str | None = None
    masked_card: str | None = None
    card_country: str | None = None
    card_type: str | None = None
    card_vendor: str | None = None
    risk_level: int | None = None
    paid_at: datetime | None = None

    def updated(self, newer: "Facts") -> "Facts":
        """These, overridden by whatever `newer` knows."""
        known = {f.name: value for f in fields(newer) if (value := getattr(newer, f.name)) is not None}
        return replace(self, **known)


NOTHING_KNOWN: Final = Facts()


class Source(StrEnum):
    """Where a report comes from. Only a read, begun after the latest intent, may prove that a payment is still open."""

    READ = "read"
    CALLBACK = "callback"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Report:
    """One statement of OCTO about one payment.

    `turn` is the transaction's turn when the question was asked (None for a callback, which answers no question), `at` the
    moment of the question. `amount` is the payment's full sum where OCTO names it. `known` is False where OCTO answers that it has no
    such payment, which is no word about its end. `currency_named` is False where a sum came without its currency, so that it can only be
    that of the payment. `is_refunded`: OCTO calls the payment refunded, whether it names a sum or not. `scheduled` marks settlement's
    own reads, which alone move its back-off on.
    """

    word: Word
    source: Source
    at: datetime
    turn: int | None = None
    known: bool = True
    octo_transaction_id: str | None = None
    amount: Money | None = None
    currency_named: bool = True
    is_refunded: bool = False
    refunded_minor: int | None = None
    verification: Verification | None = None
    octo_pay_url: str | None = None
    facts: Facts = NOTHING_KNOWN
    scheduled: bool = True
