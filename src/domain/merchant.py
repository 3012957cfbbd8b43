"""How a shop's own program learns of the news: its endpoints, and the delivery of one event to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid5

from domain import schedule
from domain.journal import MerchantEvent

# Between one attempt and the next: eleven attempts within three days.
BACK_OFF: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
MAX_ATTEMPTS: Final = len(BACK_OFF) + 1
# An endpoint that is slow or away costs the workers one attempt in this time, so that it cannot hold up all the others.
REST: Final = timedelta(minutes=1)
# So long without a single delivery, and an event given up on top of it: nobody is there any more.
SWITCHED_OFF_AFTER: Final = timedelta(days=5)
# What happens later than so long after an endpoint went off does not wait for it.
WAITED_FOR: Final = timedelta(days=30)
# The old secret of an endpoint signs beside the new one for so long.
OLD_SECRET_SIGNS: Final = timedelta(hours=24)
MAX_SECRETS: Final = 3
MAX_ENDPOINTS: Final = 5
URL_MAX_LENGTH: Final = 500

_NAMESPACE: Final = UUID("5d2a4a7e-6c1f-4f0b-9a38-0f6f5f2f7c11")
_OVERLOADED: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class EventType(StrEnum):
    """What a shop is told of."""

    ORDER_PAID = "order.paid"
    ORDER_AUTHORIZED = "order.authorized"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_PARTIALLY_REFUNDED = "order.partially_refunded"
    ORDER_REFUNDED = "order.refunded"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_CANCELLED = "payment.cancelled"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYMENT_REFUND_FAILED = "payment.refund_failed"
    PAYMENT_REVIEW_REQUIRED = "payment.review_required"
    RECEIPT_READY = "receipt.ready"
    SAVED_CARD_ACTIVE = "saved_card.active"
    SAVED_CARD_BLOCKED = "saved_card.blocked"
    SAVED_CARD_FAILED = "saved_card.failed"


# Sent on request only, to the endpoint that it was requested for, whatever that has chosen to be told of.
TEST_EVENT: Final = "webhook.test"


class Trouble(StrEnum):
    """Why an attempt had no answer."""

    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    NAME_NOT_FOUND = "name_not_found"
    NOT_CONNECTED = "not_connected"
    TIMED_OUT = "timed_out"
    NO_ANSWER = "no_answer"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105  a word for the log


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt: the status of the answer, or the trouble, maybe in a newer version's word. Nothing else is kept."""

    status: int | None = None
    trouble: Trouble | str | None = None

    @property
    def has_arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def says_gone(self) -> bool:
        return self.status == HTTPStatus.GONE

    @property
    def calls_for_rest(self) -> bool:
        return self.status is None or self.status in _OVERLOADED


class SwitchedOff(StrEnum):
    """Who or what has switched an endpoint off."""

    BY_CLIENT = "by_client"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """`until` None: the present one."""

    sealed: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a client wants to be told. `types` empty: of everything. `secrets` newest first. Words may be a newer version's."""

    id: str
    client_id: str
    url: str
    secrets: tuple[SigningSecret, ...]
    created_at: datetime
    types: tuple[EventType | str, ...] = ()
    disabled_at: datetime | None = None
    disabled_reason: SwitchedOff | str | None = None
    failing_since: datetime | None = None
    resting_until: datetime | None = None
    version: int = 0

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    def wants(self, event: MerchantEvent) -> bool:
        """Also while it is off: what happens meanwhile waits for it, though not without end."""
        chosen = not self.types or event.type in self.types
        forgotten = self.disabled_at is not None and event.at >= self.disabled_at + WAITED_FOR
        # The clock that dates events need not be the one that dates endpoints.
        is_news = event.at >= self.created_at - schedule.CLOCKS_AGREE_WITHIN
        return event.client_id == self.client_id and chosen and is_news and not forgotten

    def sealed_secrets(self, at: datetime) -> tuple[str, ...]:
        """Those that sign at that moment."""
        return tuple(s.sealed for s in self.secrets if s.until is None or at < s.until)

    def rotated(self, sealed: str, at: datetime) -> "Endpoint":
        old = (replace(s, until=s.until or at + OLD_SECRET_SIGNS) for s in self.secrets)
        still_signing = [s for s in old if s.until and at < s.until]
        return replace(self, secrets=(SigningSecret(sealed), *still_signing)[:MAX_SECRETS])

    def enabled(self) -> "Endpoint":
        if self.is_enabled:
            return self
        return replace(self, disabled_at=None, disabled_reason=None, failing_since=None, resting_until=None)

    def disabled(self, reason: SwitchedOff, at: datetime) -> "Endpoint":
        return replace(self, disabled_at=at, disabled_reason=reason) if self.is_enabled else self

    def answered(self, attempt: Attempt, delivery: "Delivery", at: datetime) -> "Endpoint":
        """After an attempt of `delivery`, which has heard of it already."""
        if attempt.has_arrived:
            return replace(self, failing_since=None, resting_until=None)
        rest = at + REST if attempt.calls_for_rest else self.resting_until
        failing = replace(self, failing_since=self.failing_since or at, resting_until=rest)
        if attempt.says_gone:
            return failing.disabled(SwitchedOff.GONE, at)
        silent_for = at - (self.failing_since or at)
        if delivery.state is DeliveryState.GIVEN_UP and silent_for >= SWITCHED_OFF_AFTER:
            return failing.disabled(SwitchedOff.FAILING, at)
        return failing


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint. `attempts` counts since it was made, or was last asked for again."""

    event_id: str
    endpoint_id: str
    client_id: str
    type: str
    event_at: datetime
    data: Mapping[str, Any]
    created_at: datetime
    next_attempt_at: datetime | None
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    last_attempt: Attempt | None = None
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None
    version: int = 0

    @property
    def id(self) -> str:
        """A function of event and endpoint, so that the two can never make a second delivery."""
        return f"dlv_{uuid5(_NAMESPACE, f'{self.event_id} {self.endpoint_id}').hex}"

    @classmethod
    def of(cls, event: MerchantEvent, endpoint: Endpoint, at: datetime) -> "Delivery":
        return cls(
            event_id=event.id,
            endpoint_id=endpoint.id,
            client_id=endpoint.client_id,
            type=event.type,
            event_at=event.at,
            data=event.data,
            created_at=at,
            # So that they go out in the order in which they happened, as far as nothing fails.
            next_attempt_at=min(event.at, at),
        )

    @classmethod
    def of_test(cls, event_id: str, endpoint: Endpoint, at: datetime) -> "Delivery":
        return cls(
            event_id=event_id,
            endpoint_id=endpoint.id,
            client_id=endpoint.client_id,
            type=TEST_EVENT,
            event_at=at,
            data={"endpoint_id": endpoint.id, "test": True},
            created_at=at,
            next_attempt_at=at,
        )

    def tried(self, attempt: Attempt, at: datetime) -> "Delivery":
        counted = replace(self, attempts=self.attempts + 1, last_attempt=attempt)
        if attempt.has_arrived:
            return replace(counted, state=DeliveryState.DELIVERED, delivered_at=at, next_attempt_at=None)
        if counted.attempts >= MAX_ATTEMPTS:
            return replace(counted, state=DeliveryState.GIVEN_UP, given_up_at=at, next_attempt_at=None)
        return replace(counted, next_attempt_at=at + BACK_OFF[self.attempts])

    def again(self, at: datetime) -> "Delivery":
        """From the beginning, under the same id."""
        return replace(self, state=DeliveryState.PENDING, attempts=0, next_attempt_at=at, given_up_at=None)
