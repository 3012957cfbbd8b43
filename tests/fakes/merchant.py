"""The shop's side as fakes: its endpoints and deliveries in memory, a sender that answers as it is told to, keys that count."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.errors import TooManyWebhookEndpoints, WebhookUrlRefused
from domain.journal import MerchantEvent
from domain.merchant import Attempt, Delivery, DeliveryState, Endpoint, EventType
from domain.ports import InvalidCursor, Stale

ENDS: Final = (EventType.PAYMENT_SUCCEEDED, EventType.PAYMENT_FAILED, EventType.PAYMENT_CANCELLED)


class MerchantTables(Protocol):
    @property
    def merchant_events(self) -> dict[str, MerchantEvent]: ...

    @property
    def handed_out(self) -> dict[str, datetime]: ...

    @property
    def endpoints(self) -> dict[str, Endpoint]: ...

    @property
    def deliveries(self) -> dict[str, Delivery]: ...


class MemoryOutbox:
    def __init__(self, tables: MerchantTables) -> None:
        self._events = tables.merchant_events
        self._handed_out = tables.handed_out

    def add(self, events: Sequence[MerchantEvent]) -> None:
        for event in events:
            assert event.id not in self._events
            self._events[event.id] = event

    def waiting(self, limit: int, *, but_of: Collection[str] = ()) -> Sequence[MerchantEvent]:
        new = [event for event in self._events.values() if event.id not in self._handed_out]
        waiting = [event for event in new if event.client_id not in but_of]
        return sorted(waiting, key=lambda event: (event.at, event.id))[:limit]

    def handed_out(self, events: Sequence[MerchantEvent], at: datetime) -> None:
        for event in events:
            self._handed_out[event.id] = at

    def forget(self, before: datetime, limit: int) -> int:
        told = [e for e in self._events.values() if e.id in self._handed_out and self._handed_out[e.id] <= before]
        over = [event for event in told if event.type not in ENDS][:limit]
        for event in over:
            del self._events[event.id]
        return len(over)


class MemoryEndpoints:
    def __init__(self, tables: MerchantTables) -> None:
        self._endpoints = tables.endpoints
        self._deliveries = tables.deliveries

    def add(self, endpoint: Endpoint, *, at_most: int) -> None:
        assert endpoint.id not in self._endpoints
        if len(self.of_client(endpoint.client_id)) >= at_most:
            raise TooManyWebhookEndpoints(limit=at_most)
        self._endpoints[endpoint.id] = endpoint

    def owned(self, endpoint_id: str, client_id: str) -> Endpoint | None:
        endpoint = self._endpoints.get(endpoint_id)
        return endpoint if endpoint is not None and endpoint.client_id == client_id else None

    def of_client(self, client_id: str) -> Sequence[Endpoint]:
        return self.of_clients({client_id})

    def ids(self, after: str, limit: int) -> Sequence[tuple[str, str]]:
        return [(key, self._endpoints[key].client_id) for key in sorted(self._endpoints) if key > after][:limit]

    def of_clients(self, client_ids: Collection[str]) -> Sequence[Endpoint]:
        found = [endpoint for endpoint in self._endpoints.values() if endpoint.client_id in client_ids]
        return sorted(found, key=lambda endpoint: (endpoint.created_at, endpoint.id))

    def save(self, before: Endpoint, after: Endpoint) -> None:
        stored = self._endpoints.get(before.id)
        if stored is None or stored.version != before.version:
            raise Stale()
        self._endpoints[before.id] = replace(after, version=before.version + 1)

    def delete(self, endpoint: Endpoint) -> None:
        self._endpoints.pop(endpoint.id, None)
        for delivery in [d for d in self._deliveries.values() if d.endpoint_id == endpoint.id]:
            del self._deliveries[delivery.id]


class MemoryDeliveries:
    def __init__(self, tables: MerchantTables) -> None:
        self._endpoints = tables.endpoints
        self._deliveries = tables.deliveries

    def add(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            assert delivery.endpoint_id in self._endpoints
            self._deliveries.setdefault(delivery.id, delivery)

    def claim(self, at: datetime, lease: timedelta) -> tuple[str, str] | None:
        due = [d for d in self._deliveries.values() if d.next_attempt_at and d.next_attempt_at <= at]
        free = [d for d in due if _takes_any(self._endpoints[d.endpoint_id], at)]
        if not free:
            return None
        first = min(free, key=lambda d: (d.next_attempt_at, d.event_id))
        claimed = replace(first, next_attempt_at=at + lease, version=first.version + 1)
        self._deliveries[first.id] = claimed
        return claimed.id, claimed.client_id

    def owned(self, delivery_id: str, client_id: str) -> Delivery | None:
        delivery = self._deliveries.get(delivery_id)
        return delivery if delivery is not None and delivery.client_id == client_id else None

    def page(
        self, client_id: str, *, event_id: str | None, state: DeliveryState | None, after: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        found = [
            d
            for d in self._deliveries.values()
            if d.client_id == client_id and event_id in (None, d.event_id) and state in (None, d.state)
        ]
        found.sort(key=_age, reverse=True)
        if after is not None:
            last = self._deliveries.get(after)
            if last is None:
                raise InvalidCursor("strange cursor")
            found = [d for d in found if _age(d) < _age(last)]
        page = found[:limit]
        return page, page[-1].id if len(found) > limit else None

    def save(self, before: Delivery, after: Delivery) -> None:
        stored = self._deliveries.get(before.id)
        if stored is None or stored.version != before.version:
            raise Stale()
        self._deliveries[before.id] = replace(after, version=before.version + 1)

    def forget(self, before: datetime, limit: int) -> int:
        done = [d for d in self._deliveries.values() if d.next_attempt_at is None]
        over = [d for d in done if (d.given_up_at or d.delivered_at or d.created_at) <= before][:limit]
        for delivery in over:
            del self._deliveries[delivery.id]
        return len(over)


def _takes_any(endpoint: Endpoint, at: datetime) -> bool:
    return endpoint.is_enabled and (endpoint.resting_until is None or endpoint.resting_until <= at)


def _age(delivery: Delivery) -> tuple[datetime, str]:
    return delivery.created_at, delivery.id


class ScriptedSender:
    """Answers each message with the next of `answers`, and with 200 when there are no more. `refused` are addresses."""

    def __init__(self, *answers: Attempt) -> None:
        self.answers = list(answers)
        self.refused: set[str] = set()
        self.sent: list[tuple[Delivery, Endpoint, datetime]] = []

    def check(self, url: str) -> None:
        if url in self.refused:
            raise WebhookUrlRefused(reason="address_not_allowed")

    def send(self, delivery: Delivery, endpoint: Endpoint, at: datetime) -> Attempt:
        self.sent.append((delivery, endpoint, at))
        return self.answers.pop(0) if self.answers else Attempt(status=200)


class CountedKeys:
    def __init__(self) -> None:
        self._number = 0

    def endpoint_id(self) -> str:
        return f"we_{self._next()}"

    def test_event_id(self) -> str:
        return f"evt_test_{self._next()}"

    def secret(self) -> str:
        return f"whsec_secret{self._next()}"

    def _next(self) -> int:
        self._number += 1
        return self._number


class ReversingSealer:
    def seal(self, secret: str) -> str:
        return secret[::-1]

    def open(self, sealed: str) -> str:
        return sealed[::-1]


class ListeningOperator:
    def __init__(self) -> None:
        self.told: list[Endpoint] = []
        self.strange: list[tuple[str, str]] = []

    def endpoint_switched_off(self, endpoint: Endpoint) -> None:
        self.told.append(endpoint)

    def not_understood(self, row_id: str, client_id: str) -> None:
        self.strange.append((row_id, client_id))
