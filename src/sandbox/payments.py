"""What OCTO knows of its payments, and where they are kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import ceil
from typing import Any

from sandbox.cards import Card
from sandbox.envelope import Json


class Status(StrEnum):
    CREATED = "created"
    WAIT_USER_ACTION = "wait_user_action"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class TokenStatus(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    FAILED = "failed"


OPEN = (Status.CREATED, Status.WAIT_USER_ACTION)


@dataclass(frozen=True)
class Otp:
    """One SMS, and the verifyId that its code belongs to."""

    verify_id: int
    code: str
    sent_at: datetime
    expires_at: datetime
    delivered: bool

    def seconds_left(self, now: datetime) -> int:
        return max(0, ceil((self.expires_at - now).total_seconds())) if self.delivered else 0


@dataclass
class Refund:
    shop_refund_id: str
    refund_id: str
    uuid: str
    amount: Decimal
    time: datetime
    status: str
    settles_at: datetime | None
    settles_as: str


@dataclass(kw_only=True)
class CardOperation:
    """Whatever a cardholder confirms with a code."""

    shop_transaction_id: str
    uuid: str
    payment_id: int
    created_at: datetime
    expires_at: datetime
    status: str = Status.CREATED
    card: Card | None = None
    otp_expected: bool = False
    otp: Otp | None = None
    wrong_codes: int = 0
    resends: int = 0
    return_url: str = ""
    notify_url: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(kw_only=True)
class Payment(CardOperation):
    merchant_created_at: datetime
    initial_sum: Decimal
    total_sum: Decimal
    """Becomes the captured sum when less than the hold is captured."""
    currency: str
    description: str
    auto_capture: bool
    is_test: bool
    language: str
    methods: list[str]
    basket: list[Json] | None
    user_data: Json | None
    email: str | None = None
    refunded_sum: Decimal = Decimal("0.00")
    paid_at: datetime | None = None
    hold_expires_at: datetime | None = None
    settles_at: datetime | None = None
    """A code was accepted, the debit is still on its way."""
    settles_as: str = Status.SUCCEEDED
    rrn: str = ""
    read_at: datetime | None = None
    refunds: list[Refund] = field(default_factory=list)


@dataclass
class Token:
    value: str
    card: Card | None
    status: str = TokenStatus.ACTIVE


@dataclass(kw_only=True)
class Binding(CardOperation):
    """A card on its way to becoming a token. OCTO sends the number back, so it is kept until the end."""

    pan: str
    exp: str
    token: Token | None = None


@dataclass
class Payments:
    """Payments by each of their ids. An id of an earlier pay still leads to its payment."""

    _by_reference: dict[str, Payment] = field(default_factory=dict)
    _by_uuid: dict[str, CardOperation] = field(default_factory=dict)
    _by_payment_id: dict[int, CardOperation] = field(default_factory=dict)

    def add(self, operation: CardOperation) -> None:
        if isinstance(operation, Payment):
            self._by_reference[operation.shop_transaction_id] = operation
        self._by_uuid[operation.uuid] = operation
        self.index_payment_id(operation)

    def index_payment_id(self, operation: CardOperation) -> None:
        self._by_payment_id[operation.payment_id] = operation

    def by_reference(self, shop_transaction_id: str) -> Payment | None:
        return self._by_reference.get(shop_transaction_id)

    def by_uuid(self, uuid: str) -> CardOperation | None:
        return self._by_uuid.get(uuid.lower())

    def by_payment_id(self, payment_id: Any) -> CardOperation | None:
        return self._by_payment_id.get(payment_id)

    def __iter__(self) -> Iterator[Payment]:
        return iter(list(self._by_reference.values()))

    def clear(self) -> None:
        self._by_reference.clear()
        self._by_uuid.clear()
        self._by_payment_id.clear()
