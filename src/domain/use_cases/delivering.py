"""Delivering: new events are handed out to the endpoints that want them, and attempts are made when they are due."""

from datetime import timedelta
from typing import Final

from domain.errors import Busy
from domain.merchant import Attempt, Delivery, Endpoint
from domain.ports import Clock, NotUnderstood, Operator, Stale, Units, WebhookSender

# Longer than an attempt can take, so that no other process takes up the same delivery meanwhile.
LEASE: Final = timedelta(seconds=60)
BATCH: Final = 20
HANDED_OUT_AT_ONCE: Final = 100
MAX_ROUNDS: Final = 20


class Delivering:
    """Any number of processes may deliver at the same time.

    What this version does not understand, because a newer one wrote it, is left to that one and holds up nothing else.
    """

    def __init__(self, units: Units, reading: Units, sender: WebhookSender, operator: Operator, clock: Clock) -> None:
        self._units = units
        self._reading = reading
        self._sender = sender
        self._operator = operator
        self._clock = clock

    def deliver(self) -> int:
        """One batch: hands out new events and makes the attempts that are due. Returns how much there was to do."""
        done = self._hand_out()
        for _ in range(BATCH):
            claimed = self._claim()
            if claimed is None:
                break
            try:
                self._attempt(*claimed)
            except NotUnderstood as strange:
                self._operator.not_understood(strange.row_id, strange.client_id)
            done += 1
        return done

    def _hand_out(self) -> int:
        left: set[str] = set()
        while True:
            try:
                return self._handed_out(left)
            except NotUnderstood as strange:
                # The events of this client wait, so that none of its endpoints misses one.
                left.add(strange.client_id)
                self._operator.not_understood(strange.row_id, strange.client_id)

    def _handed_out(self, left: set[str]) -> int:
        """A delivery for each new event and each endpoint that wants it, in one commit: none is lost, none made twice."""
        with self._units() as unit:
            at = self._clock.now()
            events = unit.outbox.waiting(HANDED_OUT_AT_ONCE, but_of=left)
            if not events:
                return 0
            endpoints = unit.endpoints.of_clients({event.client_id for event in events})
            wanted = [Delivery.of(event, e, at) for event in events for e in endpoints if e.wants(event)]
            unit.deliveries.add(wanted)
            unit.outbox.handed_out(events, at)
            unit.commit()
        return len(events)

    def _claim(self) -> tuple[str, str] | None:
        """Committed before it is read: what cannot be read must not be the first again at once."""
        with self._units() as unit:
            claimed = unit.deliveries.claim(self._clock.now(), LEASE)
            unit.commit()
        return claimed

    def _attempt(self, delivery_id: str, client_id: str) -> None:
        with self._reading() as unit:
            delivery = unit.deliveries.owned(delivery_id, client_id)
            endpoint = delivery and unit.endpoints.owned(delivery.endpoint_id, client_id)
        # Otherwise the endpoint was removed meanwhile.
        if delivery and endpoint:
            self._record(delivery, self._sender.send(delivery, endpoint, self._clock.now()))

    def _record(self, claimed: Delivery, attempt: Attempt) -> None:
        for _ in range(MAX_ROUNDS):
            try:
                switched_off = self._recorded(claimed, attempt)
            except Stale:
                continue
            if switched_off:
                self._operator.endpoint_switched_off(switched_off)
            return
        raise Busy()

    def _recorded(self, claimed: Delivery, attempt: Attempt) -> Endpoint | None:
        """The endpoint, if this attempt was the one that switched it off."""
        with self._units() as unit:
            at = self._clock.now()
            delivery = unit.deliveries.owned(claimed.id, claimed.client_id)
            endpoint = unit.endpoints.owned(claimed.endpoint_id, claimed.client_id)
            if delivery is None or endpoint is None:
                return None
            # Somebody else has taken it up since: a failure is theirs to tell, while what has arrived has arrived.
            if delivery.version != claimed.version and not attempt.has_arrived:
                return None
            tried = delivery.tried(attempt, at)
            answered = endpoint.answered(attempt, tried, at)
            if tried != delivery:
                unit.deliveries.save(delivery, tried)
            if answered != endpoint:
                unit.endpoints.save(endpoint, answered)
            unit.commit()
        return answered if endpoint.is_enabled and not answered.is_enabled else None
