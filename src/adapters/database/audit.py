"""One query per guarantee over the books as they stand. Each row is something that must not be: 0 rows is right."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, Select, String, and_, case, cast, exists, func, not_, or_, select

from adapters.database.statements import transaction
from adapters.database.tables import (
    AuditEventRow,
    CallbackRow,
    IdempotencyKeyRow,
    MerchantEventRow,
    OrderRow,
    RegisterLineRow,
    TransactionRow,
    table,
)
from domain import schedule
from domain.ports import KEYS_KNOWN_FOR, AuditFinding

_LIVE: Final = ("pending", "prepared", "verification_required", "processing")
_PAID: Final = ("paid", "partially_refunded", "refunded")
# G3: two settlement periods, of an hour each at the most.
_SETTLED_WITHIN: Final = timedelta(hours=2)
_APPLIED_WITHIN: Final = timedelta(minutes=10)
# The worker clears away once they are too old.
_KEYS_KEPT: Final = KEYS_KNOWN_FOR + timedelta(days=1)
_EXAMPLES: Final = 20

_o, _t, _c = table(OrderRow), table(TransactionRow), table(CallbackRow)
_a, _m, _k = table(AuditEventRow), table(MerchantEventRow), table(IdempotencyKeyRow)
_r = table(RegisterLineRow)

Rows = Select[tuple[str]]


def _second_charges(_: datetime) -> Rows:
    other = _t.alias()
    earlier = exists().where(
        other.c.order_id == _t.c.order_id, other.c.status == "success", other.c.attempt != _t.c.attempt
    )
    told = cast(_t.c.reviews, String)
    return (
        select(_t.c.order_id)
        .where(_t.c.status == "success", earlier)
        .group_by(_t.c.order_id)
        .having(func.sum(case((told.contains("second_charge"), 1), else_=0)) == 0)
    )


def _two_live(_: datetime) -> Rows:
    return select(_t.c.order_id).where(_t.c.status.in_(_LIVE)).group_by(_t.c.order_id).having(func.count() > 1)


def _lost_successes(now: datetime) -> Rows:
    return select(_c.c.shop_transaction_id).where(
        _c.c.octo_transaction_id == _t.c.octo_transaction_id,
        _c.c.verified,
        _c.c.verdict.in_(("success", "success, review")),
        _c.c.received_at < now - _SETTLED_WITHIN,
        _t.c.status != "success",
    )


def _phantom_successes(_: datetime) -> Rows:
    unsaid = or_(_t.c.octo_final.is_(None), _t.c.octo_final != "succeeded")
    return select(_t.c.shop_transaction_id).where(
        _t.c.status == "success", or_(unsaid, _t.c.captured_minor.is_(None), _t.c.octo_transaction_id.is_(None))
    )


def _left_the_end(_: datetime) -> Rows:
    was, now = _a.c.before["status"].as_string(), _a.c.after["status"].as_string()
    left = or_(was == "success", and_(was.in_(("failed", "cancelled")), now != "success"))
    return select(_a.c.shop_transaction_id).where(_a.c.shop_transaction_id.is_not(None), now.is_not(None), left)


def _wrong_order_status(_: datetime) -> Rows:
    paid = exists().where(_t.c.order_id == _o.c.id, _t.c.status == "success")
    held = exists().where(_t.c.order_id == _o.c.id, _t.c.held)
    return select(_o.c.id).where(
        or_(
            paid != _o.c.status.in_(_PAID),
            and_(_o.c.status == "authorized", not_(held)),
            and_(_o.c.status == "cancelled", _o.c.cancelled_at.is_(None)),
        )
    )


def _unaudited(_: datetime) -> Rows:
    audited = exists().where(
        _a.c.shop_transaction_id == _t.c.shop_transaction_id, _a.c.after["status"].as_string() == _t.c.status
    )
    return select(_t.c.shop_transaction_id).where(not_(audited))


def _unasked_calls(_: datetime) -> Rows:
    return select(_t.c.shop_transaction_id).where(_t.c.in_flight.is_not(None), _t.c.next_check_at.is_(None))


def _old_keys(now: datetime) -> Rows:
    return select(_k.c.key).where(_k.c.claimed_at < now - _KEYS_KEPT)


def _unapplied_callbacks(now: datetime) -> Rows:
    return select(_c.c.id).where(_c.c.applied_at.is_(None), _c.c.received_at < now - _APPLIED_WITHIN)


def _believed_unsigned(_: datetime) -> Rows:
    return select(_c.c.id).where(not_(_c.c.verified), _c.c.verdict.not_in(("status_read", "unknown_payment")))


def _untold(_: datetime) -> Rows:
    kinds = case(
        {"success": "payment.succeeded", "failed": "payment.failed"}, value=_t.c.status, else_="payment.cancelled"
    )
    told = exists().where(_m.c.order_id == _t.c.order_id, _m.c.type == kinds)
    return select(_t.c.shop_transaction_id).where(_t.c.status.not_in(_LIVE), not_(told))


def _inexact(_: datetime) -> Rows:
    taken = func.coalesce(_t.c.captured_minor, 0)
    registered = (
        select(func.coalesce(func.sum(_r.c.amount_minor), 0))
        .where(_r.c.shop_transaction_id == _t.c.shop_transaction_id)
        .scalar_subquery()
    )
    # While a refund is on its way, OCTO's sum may hold it already.
    is_settled = and_(_t.c.status == "success", _t.c.next_check_at.is_(None))
    unregistered = and_(is_settled, registered != taken - _t.c.refunded_minor)
    return select(_t.c.shop_transaction_id).where(
        or_(_t.c.refunded_minor < 0, _t.c.refunded_minor > taken, taken > _t.c.amount_minor, unregistered)
    )


def _forgotten(now: datetime) -> Rows:
    overdue = and_(not_(_t.c.held), _t.c.expires_at < now - schedule.OVERDUE_AFTER)
    held_overdue = and_(_t.c.held, _t.c.held_at < now - schedule.LONGEST_HOLD)
    return select(_t.c.shop_transaction_id).where(
        _t.c.status.in_(_LIVE), or_(_t.c.next_check_at.is_(None), overdue, held_overdue)
    )


def _from_the_future(now: datetime) -> Rows:
    return select(_a.c.order_id).where(_a.c.at > now + schedule.CLOCKS_AGREE_WITHIN)


_QUERIES: Final[dict[str, tuple[str, Callable[[datetime], Rows]]]] = {
    "G1": ("a second charge that nobody was told of", _second_charges),
    "G2": ("an order with two live attempts", _two_live),
    "G3": ("a success that OCTO reported and that is none here", _lost_successes),
    "G4": ("a success that OCTO never reported", _phantom_successes),
    "G5": ("an attempt that left its end by a way that is not allowed", _left_the_end),
    "G6": ("an order whose status does not follow from its attempts", _wrong_order_status),
    "G7": ("an attempt whose present status no audit event tells", _unaudited),
    "G8": ("a call in flight that nobody will ask about", _unasked_calls),
    "G9": ("an idempotency key that is kept for longer than a week: no worker cleans up", _old_keys),
    "G10": ("a callback that was stored and not applied", _unapplied_callbacks),
    "G11": ("a callback without a checked signature that was believed", _believed_unsigned),
    "G12": ("an end that the shop was not told of", _untold),
    "G15": ("a sum that is not between nothing and what was taken, or not in the register", _inexact),
    "G16": (
        "an open attempt without a next check, an hour past its end, or held for longer than OCTO holds any",
        _forgotten,
    ),
    "G17": ("an audit event from the future: the clocks disagree", _from_the_future),
}


class SqlAudit:
    def __init__(self, reading: Engine) -> None:
        self._reading = reading

    def findings(self, now: datetime) -> Iterator[AuditFinding]:
        """One per guarantee, in their order, each with the ids of at most twenty offenders."""
        for guarantee, (offence, query) in _QUERIES.items():
            with transaction(self._reading) as statements:
                ids = [row[0] for row in statements.execute(query(now).limit(_EXAMPLES))]
            yield AuditFinding(guarantee, offence, tuple(ids))
