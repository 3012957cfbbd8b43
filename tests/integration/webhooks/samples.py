"""Endpoints and deliveries for the tests; the `FULL_` ones have every field filled."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.sealing import FernetSealer
from domain.journal import MerchantEvent
from domain.merchant import (
    Attempt,
    Delivery,
    Endpoint,
    EventType,
    SigningSecret,
    SwitchedOff,
    Trouble,
)
from domain.transaction import OrderId

NOON: Final = datetime(2026, 1, 5, 12, 0, 0, 250_001, UTC)
MINUTE: Final = timedelta(minutes=1)
LEASE: Final = MINUTE
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # not a secret: made up
OTHER_SECRET: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # not a secret: made up
SEALER: Final = FernetSealer(b"k" * 32)
DATA: Final = {"order_id": "order-1", "reference": "Заказ № 1", "test": True}


def endpoint(
    name: str = "we_1",
    *,
    client_id: str = "shop",
    url: str = "https://shop.example/webhooks",
    secrets: Sequence[str] = (SECRET,),
    at: datetime = NOON,
) -> Endpoint:
    sealed = tuple(SigningSecret(SEALER.seal(secret)) for secret in secrets)
    return Endpoint(id=name, client_id=client_id, url=url, secrets=sealed, created_at=at)


def event(name: str = "evt_1", *, client_id: str = "shop", at: datetime = NOON) -> MerchantEvent:
    return MerchantEvent(name, "order.paid", client_id, OrderId("order-1"), at, DATA)


def delivery(name: str = "evt_1", to: Endpoint | None = None, at: datetime = NOON) -> Delivery:
    return Delivery.of(event(name, at=at), to or endpoint(), at)


FULL_ENDPOINT: Final = Endpoint(
    id="we_1",
    client_id="shop",
    url="https://shop.example/webhooks",
    secrets=(SigningSecret("new", NOON + 9 * MINUTE), SigningSecret("old", NOON + 8 * MINUTE)),
    created_at=NOON,
    types=(EventType.ORDER_PAID, EventType.PAYMENT_FAILED),
    disabled_at=NOON + MINUTE,
    disabled_reason=SwitchedOff.FAILING,
    failing_since=NOON + 2 * MINUTE,
    resting_until=NOON + 3 * MINUTE,
    version=3,
)
FULL_DELIVERY: Final = Delivery(
    event_id="evt_1",
    endpoint_id="we_1",
    client_id="shop",
    type="order.paid",
    event_at=NOON,
    data=DATA,
    created_at=NOON + MINUTE,
    next_attempt_at=NOON + 2 * MINUTE,
    attempts=4,
    last_attempt=Attempt(503, Trouble.NO_ANSWER),
    delivered_at=NOON + 3 * MINUTE,
    given_up_at=NOON + 4 * MINUTE,
    version=7,
)
