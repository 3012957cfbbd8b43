"""OCTO as the domain wants it: calls with one of four outcomes, and the callbacks that it sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from domain.card import Card, CardToken, OneTimeCode, TokenCard
from domain.card_moves import TokenWord
from domain.money import Money
from domain.order import Order
from domain.receipt import FiscalData
from domain.refund import Operation
from domain.report import Report, Verification
from domain.saved_card import SavedCard
from domain.transaction import PaymentTransaction

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it may be kept: what was sent and received, without card, code, secret or token."""

    call: str
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Answered(Generic[T_co]):
    """A complete, well-formed answer that says yes."""

    value: T_co
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """The request provably did not reach OCTO."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Denied:
    """A well-formed no. `code` is OCTO's number as text, such as "5", `message` its words, cleaned like the exchange."""

    code: str
    exchange: Exchange
    message: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Everything else: OCTO may or may not have done it. `reason` is for people who look into it."""

    reason: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class CardAccepted:
    """`verification` is None where neither an SMS nor a redirect follows."""

    verification: Verification | None


class RefundWord(StrEnum):
    """OCTO's word for a refund, in our reading. An unknown word is PENDING."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundTaken:
    """`at` is OCTO's own time of it, where it tells one."""

    word: RefundWord
    refund_id: str | None
    at: datetime | None = None


class Gateway(Protocol):
    """OCTO. No method raises for anything that OCTO or the network does; each call ends within the transport's total deadline.

    `at` and `turn` go into the reports as they are (see Report). `prepare` and `read_status` may be repeated inside, the others
    leave at most once.
    """

    def prepare(
        self, order: Order, transaction: PaymentTransaction, at: datetime
    ) -> "Answered[Report] | NeverLeft | Denied | Unknown":
        """prepare_payment, identical at every repeat for the same transaction. The answer is a report (source ANSWER)."""
        ...

    def read_status(
        self, transaction: PaymentTransaction, at: datetime
    ) -> "Answered[Report] | NeverLeft | Denied | Unknown":
        """The three-field prepare_payment. Denied where OCTO says anything but "too often" (that is Unknown)."""
        ...

    def pay(
        self, order: Order, transaction: PaymentTransaction, card: Card
    ) -> "Answered[CardAccepted] | NeverLeft | Denied | Unknown": ...

    def pay_by_token(
        self, order: Order, transaction: PaymentTransaction, card: TokenCard
    ) -> "Answered[CardAccepted] | NeverLeft | Denied | Unknown":
        """As `pay`, with a card that OCTO keeps: it may want a code all the same, or take the money at once."""
        ...

    def verification_info(
        self, transaction: PaymentTransaction, at: datetime
    ) -> "Answered[Verification] | NeverLeft | Denied | Unknown":
        """Answered with `verify_id` None where OCTO says that no code can be entered (secondsLeft 0)."""
        ...

    def check_code(
        self, transaction: PaymentTransaction, code: OneTimeCode
    ) -> "Answered[None] | NeverLeft | Denied | Unknown": ...

    def resend_code(
        self, transaction: PaymentTransaction, card: Card, at: datetime
    ) -> "Answered[Verification] | NeverLeft | Denied | Unknown":
        """check_pan: a new code by SMS, with a new verifyId."""
        ...

    def capture(
        self, transaction: PaymentTransaction, amount: Money
    ) -> "Answered[None] | NeverLeft | Denied | Unknown":
        """set_accept: takes the hold or a part of it. Whether it was taken, a status read tells."""
        ...

    def release(self, transaction: PaymentTransaction) -> "Answered[None] | NeverLeft | Denied | Unknown": ...

    def refund(
        self, transaction: PaymentTransaction, operation: Operation
    ) -> "Answered[RefundTaken] | NeverLeft | Denied | Unknown":
        """May be repeated, because OCTO knows a repeat by the operation's shop_refund_id."""
        ...

    def fiscal_data(self, transaction: PaymentTransaction) -> "Answered[FiscalData] | NeverLeft | Denied | Unknown":
        """The receipt of a payment. Denied also where it is not there yet."""
        ...


@dataclass(frozen=True, slots=True)
class Bound:
    """OCTO knows the binding. `page` is where a bank card is proved."""

    octo_binding_id: str
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRequest:
    """What goes with the card. Only OCTO is told of the callback's address, which proves that a callback is OCTO's."""

    phone: str
    return_url: str
    notify_url: str
    callback_url: str
    callback_secret: str = field(repr=False)

    @property
    def bind_notify_url(self) -> str:
        return f"{self.callback_url}/{self.callback_secret}/"


class CardGateway(Protocol):
    """OCTO, as the keeper of cards; what is said of Gateway holds here too. `bind` and `check_code` leave at most once."""

    def bind(
        self, saved: SavedCard, card: Card, request: BindingRequest
    ) -> "Answered[Bound] | NeverLeft | Denied | Unknown":
        """bind_card, under the saved card's id. The token comes by a callback alone."""
        ...

    def binding_info(
        self, saved: SavedCard, at: datetime
    ) -> "Answered[Verification] | NeverLeft | Denied | Unknown": ...

    def check_binding_code(
        self, saved: SavedCard, code: OneTimeCode
    ) -> "Answered[None] | NeverLeft | Denied | Unknown": ...

    def block(self, token: CardToken) -> "Answered[None] | NeverLeft | Denied | Unknown":
        """block_card_token. Denied where OCTO has no such token."""
        ...


@dataclass(frozen=True, slots=True)
class TokenReport:
    """A binding's callback. Of the card that comes with it nothing is left here but the token."""

    saved_card_id: str
    word: TokenWord
    token: CardToken | None


class TokenReportReader(Protocol):
    def read(self, raw: bytes) -> TokenReport:
        """Raises MalformedCallback, and nothing else."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A callback of OCTO as it is kept. `id` is a hash of what was received, so that a repeat is the same callback.

    `body` is redacted; `verified` says whether a signature was checked and right (without a configured key none can be).
    """

    id: str
    received_at: datetime
    shop_transaction_id: str
    octo_transaction_id: str
    body: Mapping[str, Any]
    verified: bool
    report: Report
    applied_at: datetime | None = None
    verdict: str | None = None


class CallbackReader(Protocol):
    def read(self, raw: bytes, at: datetime) -> Callback:
        """Raises MalformedCallback, or ForgedCallback where a key is configured and the signature is not by it.

        Total over all input: nothing else is ever raised.
        """
        ...
