"""OCTO's callbacks: stored before they are answered, applied in the same commit, believed only as far as they are signed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from domain import journal
from domain.books import Books
from domain.journal import Cause
from domain.money import to_major
from domain.moves import To, Word
from domain.ports import Callback, CallbackReader, Chore, Clock, Doorbell, Stale, StorageUnavailable, UnitOfWork, Units
from domain.transaction import Call, PaymentTransaction, Review, ShopTransactionId
from domain.use_cases.changing import MAX_ROUNDS, awaits_receipt, write

# Callbacks kept about one payment; OCTO sends a few. Beyond them only those are kept that change something.
STORED_AT_MOST: Final = 100
# What became of a callback, besides the cells of the table of moves.
UNKNOWN_PAYMENT: Final = "unknown_payment"
STATUS_READ: Final = "status_read"
MISMATCH: Final = "mismatch"
_CHORES: Final[Mapping[str, Sequence[Chore]]] = {
    UNKNOWN_PAYMENT: (),
    STATUS_READ: (Chore.SETTLE,),
    MISMATCH: (Chore.SETTLE, Chore.DELIVER_EVENTS),
}


class Notifications:
    def __init__(self, units: Units, reader: CallbackReader, doorbell: Doorbell, clock: Clock) -> None:
        self._units = units
        self._doorbell = doorbell
        self._reader = reader
        self._clock = clock

    def receive(self, raw: bytes, cause: Cause) -> Mapping[str, Any]:
        """The answer for OCTO, after the callback is safely stored. Raises MalformedCallback and ForgedCallback.

        One that cannot be applied is stored all the same, so that it is not lost with OCTO's last repeat.
        """
        callback = self._reader.read(raw, self._clock.now())
        try:
            applied = self._applied(callback, cause)
        except StorageUnavailable:
            raise
        except Exception:
            self._store(callback)
            raise
        if applied is None:
            self._store(callback)
            return {"status": "ok"}
        return _answer(callback, applied)

    def apply(self, callback: Callback, cause: Cause) -> bool:
        """Applies one that was only stored. False: not yet, try again later."""
        return self._applied(callback, cause) is not None

    def _applied(self, callback: Callback, cause: Cause) -> "Books | str | None":
        """Inbox row and effect in one commit. None where others were always faster."""
        for _ in range(MAX_ROUNDS):
            try:
                with self._units() as unit:
                    outcome, chores = self._apply(unit, callback, cause)
                    unit.commit()
            except Stale:
                continue
            for chore in chores:
                self._doorbell.ring(chore)
            return outcome
        return None

    def _apply(self, unit: UnitOfWork, callback: Callback, cause: Cause) -> tuple[Books | str, Sequence[Chore]]:
        """What stands afterwards, and what is to be done about it at once."""
        at = self._clock.now()
        before = unit.books.of_octo_transaction(callback.octo_transaction_id)
        if before is None:
            return self._unbound(unit, callback, cause)
        transaction = next(t for t in before.transactions if t.octo_transaction_id == callback.octo_transaction_id)
        heard, verdict = _heard(transaction, callback, at)
        after = before.with_(heard)
        has_effect = bool(journal.audit(before, after, cause, at))
        if self._was_applied(unit, callback, verdict, has_effect=has_effect) or after == before:
            return before, ()
        chores = list(_CHORES.get(verdict, (Chore.DELIVER_EVENTS,)))
        if awaits_receipt(before, after):
            chores.append(Chore.FETCH_RECEIPTS)
        if heard.next_check_at == at and Chore.SETTLE not in chores:
            chores.append(Chore.SETTLE)
        return write(unit, before, after, cause, self._clock), chores

    def _unbound(self, unit: UnitOfWork, callback: Callback, cause: Cause) -> tuple[str, Sequence[Chore]]:
        """An id that we do not know, or do not know yet: the signature does not cover our own, so only a status read can tell."""
        before = unit.books.of_transaction(callback.shop_transaction_id)
        if before is None and not callback.verified:
            # Unsigned and about nothing of ours: anybody could fill the inbox with such.
            return UNKNOWN_PAYMENT, ()
        verdict = UNKNOWN_PAYMENT if before is None else STATUS_READ
        if self._was_applied(unit, callback, verdict, has_effect=False):
            return UNKNOWN_PAYMENT, ()
        if before is not None:
            transaction = before[ShopTransactionId(callback.shop_transaction_id)]
            write(unit, before, before.with_(transaction.check_soon(self._clock.now())), cause, self._clock)
        return verdict, _CHORES[verdict]

    def _was_applied(self, unit: UnitOfWork, callback: Callback, verdict: str, *, has_effect: bool) -> bool:
        """Stores it, unless it is one of all too many about a payment and changes neither money nor status: what is not signed, or not
        covered by the signature, could be sent for ever in ever new words."""
        if not has_effect and unit.inbox.is_full(callback, STORED_AT_MOST):
            return False
        if unit.inbox.add(callback).applied_at is not None:
            return True
        unit.inbox.applied(callback.id, verdict, self._clock.now())
        return False

    def _store(self, callback: Callback) -> None:
        with self._units() as unit:
            if callback.verified or not unit.inbox.is_full(callback, STORED_AT_MOST):
                unit.inbox.add(callback)
                unit.commit()


def _heard(transaction: PaymentTransaction, callback: Callback, at: datetime) -> tuple[PaymentTransaction, str]:
    if not callback.verified:
        return transaction.check_soon(at), STATUS_READ
    report = callback.report
    cell = transaction.cell(report)
    other_order = callback.shop_transaction_id != transaction.shop_transaction_id
    # Everything but id and status is unsigned: where it does not fit, only a status read is believed.
    if other_order or (cell is To.REVIEW and transaction.is_mismatch(report)):
        return transaction.doubted(Review.CALLBACK_MISMATCH, at), MISMATCH
    heard = transaction.hear(replace(report, refunded_minor=None, is_refunded=False))
    told = heard.captured_minor if report.is_refunded else report.refunded_minor
    if told in (None, heard.refunded_minor):
        return heard, cell.value
    # Not signed either.
    return heard.check_soon(at), cell.value


def _answer(callback: Callback, applied: Books | str) -> Mapping[str, Any]:
    """To a hold: only what was decided and recorded here; otherwise OCTO is told to wait for set_accept."""
    if callback.report.word is not Word.WAITING_FOR_CAPTURE:
        return {"status": "ok"}
    if not isinstance(applied, Books) or not callback.verified:
        return {"accept_status": "waiting_user_action"}
    held = next(t for t in applied.transactions if t.octo_transaction_id == callback.octo_transaction_id)
    if held.release_due or held.in_flight is Call.RELEASE:
        return {"accept_status": "cancel"}
    if held.in_flight is Call.CAPTURE and not applied.is_paid:
        return {"accept_status": "capture", "final_amount": to_major(held.captures_asked[-1])}
    return {"accept_status": "waiting_user_action"}
