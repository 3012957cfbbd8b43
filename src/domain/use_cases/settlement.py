"""Settlement: whatever is not settled is asked about, again and again, until OCTO has said how it ended."""

from typing import Final

from domain.journal import Cause, Why
from domain.moves import Stage
from domain.ports import Clock, Units
from domain.transaction import ShopTransactionId
from domain.use_cases.asking import Asking
from domain.use_cases.batches import BATCH, LEASE, one_by_one
from domain.use_cases.holds import Holds
from domain.use_cases.notifications import Notifications
from domain.use_cases.refunding import Refunding

_CAUSE: Final = Cause(Why.SETTLEMENT, actor="settlement")


class Settlement:
    """Any number of processes may run it at the same time: due rows are claimed with a lease."""

    def __init__(
        self,
        units: Units,
        asking: Asking,
        refunding: Refunding,
        holds: Holds,
        notifications: Notifications,
        clock: Clock,
    ) -> None:
        self._units = units
        self._asking = asking
        self._refunding = refunding
        self._holds = holds
        self._notifications = notifications
        self._clock = clock

    def settle(self) -> int:
        """Asks about the payments that are due, a batch of them. Returns how many there were."""
        at = self._clock.now()
        with self._units() as unit:
            due = unit.books.claim_due(at, LEASE, BATCH)
            unit.commit()
        one_by_one(due, self._settle, self._clock, at)
        return len(due)

    def _settle(self, key: ShopTransactionId) -> None:
        transaction = self._asking.ask(key, _CAUSE, scheduled=True)[key]
        if transaction.refunds.next_operation is not None:
            self._refunding.carry_on(key, _CAUSE)
        if transaction.release_due or transaction.stage is Stage.HELD:
            self._holds.release_unwanted(key, _CAUSE)

    def apply_stored(self) -> int:
        """Applies callbacks that were stored and not applied. Returns how many there were."""
        at = self._clock.now()
        with self._units() as unit:
            stored = unit.inbox.claim_unapplied(at, LEASE, BATCH)
            unit.commit()
        one_by_one(stored, self._apply, self._clock, at)
        return len(stored)

    def _apply(self, callback_id: str) -> None:
        with self._units() as unit:
            callback = unit.inbox.stored(callback_id)
        self._notifications.apply(callback, _CAUSE)
