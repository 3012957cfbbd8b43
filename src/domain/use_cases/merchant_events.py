"""Merchant events: what happened to its orders and payments is brought to the shop's own program, at least once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from domain.errors import Busy, WebhookDeliveryNotFound, WebhookEndpointNotFound, WebhookEndpointOff
from domain.merchant import (
    MAX_ENDPOINTS,
    Delivery,
    DeliveryState,
    Endpoint,
    EventType,
    SigningSecret,
    SwitchedOff,
)
from domain.ports import Chore, Clock, Doorbell, Operator, Sealer, Stale, UnitOfWork, Units, WebhookKeys, WebhookSender
from domain.use_cases.delivering import MAX_ROUNDS, Delivering

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """The only time that a secret is seen."""

    endpoint: Endpoint
    secret: str

    def __repr__(self) -> str:
        return f"<NewSecret of {self.endpoint.id}>"


class MerchantEvents:
    """Whatever is asked for on behalf of a client is its own only."""

    def __init__(
        self,
        units: Units,
        reading: Units,
        sender: WebhookSender,
        keys: WebhookKeys,
        sealer: Sealer,
        operator: Operator,
        doorbell: Doorbell,
        clock: Clock,
    ) -> None:
        self._units = units
        self._reading = reading
        self._sender = sender
        self._keys = keys
        self._sealer = sealer
        self._doorbell = doorbell
        self._clock = clock
        self._delivering = Delivering(units, reading, sender, operator, clock)

    def deliver(self) -> int:
        """One batch. Returns how much there was to do."""
        return self._delivering.deliver()

    # ---- endpoints

    def register(self, client_id: str, url: str, types: Sequence[EventType] = ()) -> NewSecret:
        """Raises WebhookUrlRefused and TooManyWebhookEndpoints."""
        self._sender.check(url)
        secret = self._keys.secret()
        endpoint = Endpoint(
            id=self._keys.endpoint_id(),
            client_id=client_id,
            url=url,
            secrets=(SigningSecret(self._sealer.seal(secret)),),
            created_at=self._clock.now(),
            types=tuple(sorted(set(types))),
        )
        with self._units() as unit:
            unit.endpoints.add(endpoint, at_most=MAX_ENDPOINTS)
            unit.commit()
        return NewSecret(endpoint, secret)

    def endpoints(self, client_id: str) -> Sequence[Endpoint]:
        with self._reading() as unit:
            return unit.endpoints.of_client(client_id)

    def endpoint(self, endpoint_id: str, client_id: str) -> Endpoint:
        with self._reading() as unit:
            return _existing(unit.endpoints.owned(endpoint_id, client_id))

    def change(self, endpoint_id: str, client_id: str, decide: Callable[[Endpoint], Endpoint]) -> Endpoint:
        """`decide` may run several times. Raises WebhookUrlRefused for a new address."""
        before = self.endpoint(endpoint_id, client_id)
        changed = decide(before)
        if changed.url != before.url:
            self._sender.check(changed.url)

        def saved(unit: UnitOfWork) -> Endpoint:
            stored = _existing(unit.endpoints.owned(endpoint_id, client_id))
            after = decide(stored)
            unit.endpoints.save(stored, after)
            return after

        after = self._until_saved(saved)
        if after.is_enabled and not before.is_enabled:
            self._doorbell.ring(Chore.DELIVER_EVENTS)
        return after

    def enable(self, endpoint_id: str, client_id: str) -> Endpoint:
        """What has waited for it is delivered now."""
        return self.change(endpoint_id, client_id, Endpoint.enabled)

    def disable(self, endpoint_id: str, client_id: str) -> Endpoint:
        return self.change(endpoint_id, client_id, lambda e: e.disabled(SwitchedOff.BY_CLIENT, self._clock.now()))

    def rotate_secret(self, endpoint_id: str, client_id: str) -> NewSecret:
        """The old one goes on signing beside the new one for a day."""
        secret = self._keys.secret()
        sealed, at = self._sealer.seal(secret), self._clock.now()
        return NewSecret(self.change(endpoint_id, client_id, lambda e: e.rotated(sealed, at)), secret)

    def remove(self, endpoint_id: str, client_id: str) -> None:
        with self._units() as unit:
            unit.endpoints.delete(_existing(unit.endpoints.owned(endpoint_id, client_id)))
            unit.commit()

    # ---- deliveries

    def deliveries(
        self, client_id: str, *, event_id: str | None, state: DeliveryState | None, after: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        """Newest first, with the cursor of the next page. Raises InvalidCursor."""
        with self._reading() as unit:
            return unit.deliveries.page(client_id, event_id=event_id, state=state, after=after, limit=limit)

    def send_test(self, endpoint_id: str, client_id: str) -> Delivery:
        """A test event, on the same way as all others. Raises WebhookEndpointOff."""
        with self._units() as unit:
            endpoint = _on(_existing(unit.endpoints.owned(endpoint_id, client_id)))
            delivery = Delivery.of_test(self._keys.test_event_id(), endpoint, self._clock.now())
            unit.deliveries.add([delivery])
            unit.commit()
        self._doorbell.ring(Chore.DELIVER_EVENTS)
        return delivery

    def redeliver(self, delivery_id: str, client_id: str) -> Delivery:
        """Once more from the beginning, under the same id. Raises WebhookEndpointOff."""

        def saved(unit: UnitOfWork) -> Delivery:
            stored = unit.deliveries.owned(delivery_id, client_id)
            if stored is None:
                raise WebhookDeliveryNotFound()
            _on(_existing(unit.endpoints.owned(stored.endpoint_id, client_id)))
            again = stored.again(self._clock.now())
            unit.deliveries.save(stored, again)
            return again

        delivery = self._until_saved(saved)
        self._doorbell.ring(Chore.DELIVER_EVENTS)
        return delivery

    def _until_saved(self, save: Callable[[UnitOfWork], T]) -> T:
        for _ in range(MAX_ROUNDS):
            try:
                with self._units() as unit:
                    saved = save(unit)
                    unit.commit()
            except Stale:
                continue
            return saved
        raise Busy()


def _existing(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise WebhookEndpointNotFound()
    return endpoint


def _on(endpoint: Endpoint) -> Endpoint:
    if not endpoint.is_enabled:
        raise WebhookEndpointOff(reason=endpoint.disabled_reason)
    return endpoint
