"""What whoever runs the service should look at: the figures behind /metrics, and the payments that a person has to review."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, RowMapping, and_, func, not_, select

from adapters.database.statements import transaction
from adapters.database.tables import CallbackRow, MerchantEventRow, TransactionRow, table
from domain import schedule
from domain.ports import Figures, Flagged
from domain.transaction import Review, ShopTransactionId

_t, _c, _m = table(TransactionRow), table(CallbackRow), table(MerchantEventRow)
_LIVE: Final = _t.c.status.in_(("pending", "prepared", "verification_required", "processing"))
_IN_REVIEW: Final = func.json_array_length(_t.c.reviews) > _t.c.reviews_seen


class SqlFigures:
    def __init__(self, reading: Engine) -> None:
        self._reading = reading

    def at(self, now: datetime) -> Figures:
        payments = select(
            func.count().filter(_LIVE).label("payments_open"),
            func.count().filter(and_(_LIVE, _t.c.status == "processing")).label("payments_processing"),
            func.count()
            .filter(and_(_LIVE, _t.c.expires_at < now - schedule.OVERDUE_AFTER, not_(_t.c.held)))
            .label("payments_overdue"),
            func.count().filter(and_(_t.c.held, _t.c.held_at < now - schedule.LONGEST_HOLD)).label("holds_overdue"),
            func.count().filter(_IN_REVIEW).label("payments_in_review"),
            func.count().filter(_t.c.next_check_at < now - schedule.OVERDUE_AFTER).label("payments_unasked"),
        )
        callbacks = select(func.count()).select_from(_c).where(_c.c.applied_at.is_(None))
        events = select(func.count()).select_from(_m).where(_m.c.handed_out_at.is_(None))
        with transaction(self._reading) as statements:
            counted = statements.execute(payments).mappings().one()
            unapplied = statements.execute(callbacks).scalar_one()
            waiting = statements.execute(events).scalar_one()
        return Figures(**counted, callbacks_unapplied=unapplied, events_waiting=waiting)

    def waiting(self, most: int) -> Sequence[Flagged]:
        flagged = (
            select(_t.c.shop_transaction_id, _t.c.reviews, _t.c.reviews_seen)
            .where(_IN_REVIEW)
            .order_by(_t.c.created_at, _t.c.shop_transaction_id)
            .limit(most)
        )
        with transaction(self._reading) as statements:
            return [
                Flagged(ShopTransactionId(row["shop_transaction_id"]), _left(row))
                for row in statements.execute(flagged).mappings()
            ]


def _left(row: RowMapping) -> tuple[Review, ...]:
    return tuple(Review(word) for word in row["reviews"][row["reviews_seen"] :])
