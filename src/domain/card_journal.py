"""What a change of a saved card means to others: the audit trail and the shop's events, both read off before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.card_moves import CardStatus
from domain.journal import Cause, MerchantEvent
from domain.saved_card import SavedCard, SavedCardId

_NEWS: Final = {
    CardStatus.ACTIVE: "saved_card.active",
    CardStatus.BLOCKED: "saved_card.blocked",
    CardStatus.FAILED: "saved_card.failed",
}


@dataclass(frozen=True, slots=True)
class CardEvent:
    """One change of one saved card: the fields that changed, before and after."""

    card_id: SavedCardId
    at: datetime
    cause: Cause
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def audit(before: SavedCard | None, after: SavedCard, cause: Cause, at: datetime) -> list[CardEvent]:
    """One event, or none for what is only scheduling."""
    was, now = _facts(before) if before else {}, _facts(after)
    if was == now:
        return []
    changed = {name for name in now if was.get(name, ...) != now[name]}
    return [
        CardEvent(
            after.id,
            at,
            cause,
            {name: value for name, value in was.items() if name in changed},
            {name: value for name, value in now.items() if name in changed},
        )
    ]


def news(before: SavedCard, after: SavedCard, at: datetime) -> list[MerchantEvent]:
    """What the shop is told. The id is a function of the change, so that one change can never make two."""
    if after.status is before.status or after.status not in _NEWS:
        return []
    return [
        MerchantEvent(
            id=f"evt_{after.id}_{before.version + 1}",
            type=_NEWS[after.status],
            client_id=after.owner.client_id,
            order_id=None,
            at=at,
            data={
                "saved_card": {
                    "id": after.id,
                    "customer_user_id": after.customer_user_id,
                    "status": after.status.value,
                    "scheme": after.scheme.value,
                    "masked": f"{after.first6}******{after.last4}",
                    "error_code": after.error_code,
                }
            },
        )
    ]


def _facts(card: SavedCard) -> Mapping[str, Any]:
    """The token itself is in none of them."""
    return {
        "status": card.status.value,
        "in_flight": card.in_flight.value if card.in_flight else None,
        "customer_user_id": card.customer_user_id,
        "code_accepted": card.code_accepted,
        "codes_wrong": card.codes_wrong,
        "has_token": card.token_sealed is not None,
        "error_code": card.error_code,
    }
