"""What is written beside the books: callbacks received, audit events, news for the merchant."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import bindparam, insert, or_, select, text, update

from adapters.database.mappers import (
    read_audit_event,
    read_callback,
    read_merchant_event,
    write_audit_event,
    write_callback,
    write_merchant_event,
)
from adapters.database.statements import Statements
from adapters.database.tables import TOLD, AuditEventRow, CallbackRow, MerchantEventRow, table
from domain.journal import AuditEvent, MerchantEvent
from domain.ports import Callback
from domain.transaction import OrderId

log: Final = structlog.get_logger()

_CALLBACKS: Final = table(CallbackRow)
_AUDIT: Final = table(AuditEventRow)
_OUTBOX: Final = table(MerchantEventRow)

# In a CTE for the same reason as the due payments of the books.
_FREE: Final = (
    select(_CALLBACKS.c.id)
    .where(
        _CALLBACKS.c.applied_at.is_(None),
        or_(_CALLBACKS.c.claimed_until.is_(None), _CALLBACKS.c.claimed_until <= bindparam("at")),
    )
    .order_by(_CALLBACKS.c.received_at, _CALLBACKS.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("free")
)
_CLAIM_FREE: Final = (
    update(_CALLBACKS)
    .where(_CALLBACKS.c.id.in_(select(_FREE.c.id)))
    .values(claimed_until=bindparam("until"))
    .returning(_CALLBACKS.c.received_at, _CALLBACKS.c.id)
)

# Itself first, if it is there.
_ABOUT: Final = (
    select(_CALLBACKS.c.id)
    .where(
        or_(
            _CALLBACKS.c.octo_transaction_id == bindparam("octo_id"),
            _CALLBACKS.c.shop_transaction_id == bindparam("our_id"),
        )
    )
    .order_by(_CALLBACKS.c.id != bindparam("id"))
    .limit(bindparam("most"))
)

_WAITING: Final = (
    select(*_OUTBOX.c)
    .where(_OUTBOX.c.handed_out_at.is_(None))
    .order_by(_OUTBOX.c.at, _OUTBOX.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


class SqlInbox:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, callback: Callback) -> Callback:
        new = self._statements.insert(_CALLBACKS).on_conflict_do_nothing().returning(_CALLBACKS.c.id)
        if self._statements.execute(new, write_callback(callback)).first() is not None:
            return callback
        return self.stored(callback.id)

    def is_full(self, callback: Callback, at_most: int) -> bool:
        ids = {"id": callback.id, "octo_id": callback.octo_transaction_id, "our_id": callback.shop_transaction_id}
        stored = self._statements.execute(_ABOUT, ids | {"most": at_most}).scalars().all()
        if len(stored) == at_most and stored[0] != callback.id:
            log.warning("callback_not_kept", shop_transaction_id=callback.shop_transaction_id)
            return True
        return False

    def claim_unapplied(self, at: datetime, lease: timedelta, limit: int) -> Sequence[str]:
        claimed = self._statements.execute(_CLAIM_FREE, {"at": at, "until": at + lease, "most": limit})
        return [row.id for row in sorted(claimed, key=tuple)]

    def stored(self, callback_id: str) -> Callback:
        query = select(*_CALLBACKS.c).where(_CALLBACKS.c.id == callback_id)
        return read_callback(self._statements.execute(query).mappings().one())

    def applied(self, callback_id: str, verdict: str, at: datetime) -> None:
        done = update(_CALLBACKS).where(_CALLBACKS.c.id == callback_id).values(applied_at=at, verdict=verdict)
        self._statements.execute(done)

    def forget(self, before: datetime, limit: int) -> int:
        return self._statements.forget(_CALLBACKS, limit, _CALLBACKS.c.applied_at <= before)


class SqlAuditTrail:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def append(self, events: Sequence[AuditEvent]) -> None:
        if events:
            self._statements.execute(insert(_AUDIT), [write_audit_event(event) for event in events])

    def of_order(self, order_id: OrderId) -> Sequence[AuditEvent]:
        query = select(*_AUDIT.c).where(_AUDIT.c.order_id == order_id).order_by(_AUDIT.c.id)
        return [read_audit_event(row) for row in self._statements.execute(query).mappings()]


class SqlOutbox:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, events: Sequence[MerchantEvent]) -> None:
        if events:
            self._statements.execute(insert(_OUTBOX), [write_merchant_event(event) for event in events])

    def waiting(self, limit: int, *, but_of: Collection[str] = ()) -> Sequence[MerchantEvent]:
        query = _WAITING.where(_OUTBOX.c.client_id.not_in(but_of)) if but_of else _WAITING
        return [read_merchant_event(row) for row in self._statements.execute(query, {"most": limit}).mappings()]

    def handed_out(self, events: Sequence[MerchantEvent], at: datetime) -> None:
        ids = [event.id for event in events]
        self._statements.execute(update(_OUTBOX).where(_OUTBOX.c.id.in_(ids)).values(handed_out_at=at))

    def forget(self, before: datetime, limit: int) -> int:
        return self._statements.forget(_OUTBOX, limit, _OUTBOX.c.handed_out_at <= before, text(TOLD))
