"""Books without what makes no difference to what may happen next, so that equal situations are one state."""

from dataclasses import MISSING, Field, fields, replace
from datetime import datetime
from typing import Any, Final

from domain.attempt import EarlierCard
from domain.moves import Stage
from domain.order import Order
from domain.report import Verification
from domain.transaction import PaymentTransaction
from tests.exploration import clock
from tests.exploration.clock import FAR, NOW

# Every transaction is kept at this turn: what is under way belongs either to the present turn or to an earlier one.
TURN: Final = 100
# Whatever is not named here is forgotten: limits on cards and codes too, which only take possibilities away.
ALWAYS_KEPT: Final = frozenset(
    {
        "shop_transaction_id",
        "order_id",
        "attempt",
        "amount",
        "mode",
        "capture",
        "test",
        "terms",
        "status",
        "in_flight",
        "held",
        "octo_transaction_id",
        "octo_pay_url",
        "captures_asked",
        "captured_minor",
        "release_due",
        "refunded_minor",
        "refunds",
        "reviews",
        "octo_final",
    }
)
KEPT_WHILE_LIVE: Final = frozenset({"card_open", "cards_sent", "card_seen", "denial"})
KEPT_IN_COARSE_TIME: Final = frozenset(
    {
        "turn",
        "created_at",
        "expires_at",
        "verification",
        "before_card",
        "card_fingerprint",
        "cancel_requested_at",
        "next_check_at",
        "second_look_at",
        "open_since",
        "overdue_since",
    }
)


def canonical_order(order: Order) -> Order:
    return replace(order, cancelled_at=_whether(order.cancelled_at))


def canonical(transaction: PaymentTransaction) -> PaymentTransaction:
    return _live(transaction) if transaction.is_live else _ended(transaction)


def _live(transaction: PaymentTransaction) -> PaymentTransaction:
    stage = transaction.stage
    is_answer_awaited = stage is Stage.CHECKING or (stage is Stage.HELD and transaction.in_flight is not None)
    return replace(
        _reduced(transaction, ALWAYS_KEPT | KEPT_WHILE_LIVE),
        expires_at=clock.expiry(transaction.expires_at),
        verification=transaction.verification and _check(transaction.verification),
        before_card=_earlier(transaction.before_card),
        card_fingerprint=transaction.card_fingerprint if stage is Stage.PAYING else None,
        cancel_requested_at=_whether(transaction.cancel_requested_at),
        next_check_at=_whether(transaction.next_check_at),
        open_since=clock.since(transaction.open_since) if is_answer_awaited else None,
        overdue_since=clock.since(transaction.overdue_since),
    )


def _ended(transaction: PaymentTransaction) -> PaymentTransaction:
    """Only news of its end, and the looks that are still to be taken, matter."""
    has_second_look = transaction.second_look_at is not None
    return replace(
        _reduced(transaction, ALWAYS_KEPT),
        next_check_at=(clock.due if has_second_look else _whether)(transaction.next_check_at),
        second_look_at=clock.due(transaction.second_look_at),
        open_since=clock.since(transaction.open_since) if transaction.in_flight is not None else None,
    )


def _reduced(transaction: PaymentTransaction, kept: frozenset[str]) -> PaymentTransaction:
    forgotten = {f.name: _default(f) for f in fields(transaction) if f.name not in kept}
    return replace(transaction, **(forgotten | {"turn": TURN, "created_at": NOW, "expires_at": NOW}))


def _default(field: "Field[Any]") -> Any:
    return None if field.default is MISSING else field.default


def _whether(moment: datetime | None) -> datetime | None:
    return None if moment is None else NOW


def _earlier(card: EarlierCard | None) -> EarlierCard | None:
    """Its fingerprint only tells a double click, which takes a possibility away."""
    return card and EarlierCard(_check(card.verification), None)


def _check(found: Verification) -> Verification:
    """A code is kept valid: that one may have run out only takes possibilities away."""
    return replace(found, phone=None, code_until=None if found.code_until is None else FAR)
