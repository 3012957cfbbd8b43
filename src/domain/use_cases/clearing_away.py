"""Clearing away: what no guarantee needs any more goes. Orders, payments, saved cards and audit events stay for ever."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.issuers import RevokedTokens
from domain.ports import Clock, IdempotencyKeys, UnitOfWork, Units
from domain.use_cases.limiting import Limiting

BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """For how long: `events` from when they were handed out, and their deliveries from when they ended."""

    events: timedelta
    callbacks: timedelta
    idempotency_keys: timedelta
    revocations: timedelta


class ClearingAway:
    def __init__(
        self,
        units: Units,
        keys: IdempotencyKeys,
        revoked: RevokedTokens,
        limiting: Limiting,
        clock: Clock,
        kept: Kept,
    ) -> None:
        self._units = units
        self._keys = keys
        self._revoked = revoked
        self._limiting = limiting
        self._clock = clock
        self._kept = kept

    def clear(self) -> int:
        """The keys and revocations that are over, and a batch of everything else. Returns how much there was."""
        at, kept = self._clock.now(), self._kept
        return (
            self._keys.forget_before(at - kept.idempotency_keys)
            + self._revoked.forget_before(at - kept.revocations)
            + self._limiting.forget()
            + self._batch(lambda unit: unit.deliveries.forget(at - kept.events, BATCH))
            + self._batch(lambda unit: unit.outbox.forget(at - kept.events, BATCH))
            + self._batch(lambda unit: unit.inbox.forget(at - kept.callbacks, BATCH))
        )

    def _batch(self, forget: Callable[[UnitOfWork], int]) -> int:
        with self._units() as unit:
            forgotten = forget(unit)
            unit.commit()
        return forgotten
