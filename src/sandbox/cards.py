"""Test cards: what a card number does is written in its last four digits."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandbox.clock import TASHKENT
from sandbox.envelope import Refusal


class Rule(StrEnum):
    APPROVE = "approved with an OTP (Visa/Mastercard: after the 3-D Secure page)"
    NO_OTP = "approved by pay at once, without an OTP"
    DENIED = "refused by pay; the payment stays open"
    FUNDS_AT_DEBIT = "the code is accepted, the debit fails for insufficient funds: canceled, with a callback"
    FIRST_SMS_LOST = "no SMS: verificationInfo answers secondsLeft 0; a resend (check_pan) works"
    NO_SMS = "no SMS, not even after a resend: secondsLeft 0"
    SLOW = "the code is accepted, the debit succeeds 30 seconds later"
    SLOW_CANCELED = "the code is accepted, 30 seconds later the payment is canceled"


@dataclass(frozen=True)
class Denial:
    code: int
    message: str


# The numbers follow ISO 8583 response codes, made negative: OCTO publishes none for cards.
RULES: dict[str, tuple[Rule, Denial | None]] = {
    "0003": (Rule.NO_OTP, None),
    "0005": (Rule.DENIED, Denial(-5, "Do not honour")),
    "0014": (Rule.DENIED, Denial(-14, "No such card")),
    "0051": (Rule.DENIED, Denial(-51, "Insufficient funds")),
    "0054": (Rule.DENIED, Denial(-54, "Card is expired")),
    "0062": (Rule.DENIED, Denial(-62, "Card is blocked")),
    "0151": (Rule.FUNDS_AT_DEBIT, Denial(-51, "Insufficient funds")),
    "0068": (Rule.SLOW, None),
    "0069": (Rule.SLOW_CANCELED, None),
    "0091": (Rule.FIRST_SMS_LOST, None),
    "0092": (Rule.NO_SMS, None),
}
SLOW_SECONDS = 30
LOCAL_SCHEMES = {"8600": "uzcard", "5614": "uzcard", "9860": "humo"}


@dataclass(frozen=True)
class Card:
    """What the sandbox remembers of a card. The number itself is kept only as a digest, to recognise it again."""

    first6: str
    last4: str
    method: str
    holder: str
    digest: str

    @property
    def rule(self) -> Rule:
        return RULES.get(self.last4, (Rule.APPROVE, None))[0]

    @property
    def denial(self) -> Denial | None:
        return RULES.get(self.last4, (Rule.APPROVE, None))[1]

    @property
    def is_local(self) -> bool:
        return self.method != "bank_card"

    @property
    def country(self) -> str:
        return "UZ" if self.is_local else "US"

    @property
    def vendor(self) -> str:
        if self.is_local:
            return self.method
        return "Visa" if self.first6.startswith("4") else "Master Card"

    @property
    def type(self) -> str:
        if self.is_local:
            return self.method
        return "internationalVisa" if self.first6.startswith("4") else "internationalMC"

    @property
    def masked_pan(self) -> str:
        return f"{self.first6}** **** {self.last4}"


def scheme_of(pan: str) -> str:
    """5614 lies inside Mastercard's range, so the local schemes are asked first."""
    return LOCAL_SCHEMES.get(pan[:4], "bank_card")


def mask(pan: object) -> str:
    if not isinstance(pan, str) or not is_pan(pan):
        return "***"
    return f"{pan[:6]}{'*' * (len(pan) - 10)}{pan[-4:]}"


def is_pan(pan: str) -> bool:
    return pan.isascii() and pan.isdigit() and 16 <= len(pan) <= 19


def digest(pan: str, yymm: str) -> str:
    return hashlib.sha256(f"{pan}/{yymm}".encode()).hexdigest()


def read_card(pan: str, exp: str, *, exp_order: str, exp_name: str, method: str, holder: str) -> Card:
    """Raises a format error (1), or 7 where the method is not that of the number."""
    if not is_pan(pan):
        raise Refusal(1, "Wrong params: [pan] must be 16 to 19 digits")
    yymm = read_expiry(exp, order=exp_order, name=exp_name)
    if method != scheme_of(pan):
        raise Refusal(7, f"Payment method [{method}] does not match the card number, which is {scheme_of(pan)}")
    return Card(first6=pan[:6], last4=pan[-4:], method=method, holder=holder, digest=digest(pan, yymm))


def read_expiry(exp: str, *, order: str, name: str) -> str:
    """Returns YYMM."""
    wrong = Refusal(1, f"Wrong params: [{name}] must be 4 digits, {order}")
    if not (exp.isascii() and exp.isdigit() and len(exp) == 4):
        raise wrong
    yymm = exp if order == "YYMM" else exp[2:] + exp[:2]
    if not 1 <= int(yymm[2:]) <= 12:
        raise wrong
    return yymm


def is_expired(yymm: str, now: datetime) -> bool:
    """A card is good until the end of the month that is printed on it."""
    return yymm < now.astimezone(TASHKENT).strftime("%y%m")
