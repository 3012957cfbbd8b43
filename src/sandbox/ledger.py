"""The ledger: what really happened to the cardholder's money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sandbox.cards import Card
from sandbox.envelope import Json


class Kind(StrEnum):
    DEBIT = "debit"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"


@dataclass(frozen=True)
class Entry:
    shop_transaction_id: str
    uuid: str
    kind: Kind
    amount: Decimal
    currency: str
    at: datetime
    card: Card | None

    def to_json(self) -> Json:
        return {
            "shop_transaction_id": self.shop_transaction_id,
            "octo_payment_UUID": self.uuid,
            "kind": self.kind,
            "amount": self.amount,
            "currency": self.currency,
            "at": self.at.isoformat(),
            "card": {"first6": self.card.first6, "last4": self.card.last4} if self.card else None,
        }


class Ledger:
    """Append-only. Holds are what is held now; taken is what the shop has now, refunds deducted."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._of: dict[str, list[Entry]] = {}

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._of.setdefault(entry.uuid, []).append(entry)

    def held(self, uuid: str) -> Decimal:
        return self._sum(uuid, Kind.HOLD) - self._sum(uuid, Kind.CAPTURE) - self._sum(uuid, Kind.RELEASE)

    def taken(self, uuid: str) -> Decimal:
        return self._sum(uuid, Kind.DEBIT) + self._sum(uuid, Kind.CAPTURE) - self._sum(uuid, Kind.REFUND)

    def _sum(self, uuid: str, kind: Kind) -> Decimal:
        return sum((entry.amount for entry in self._of.get(uuid, []) if entry.kind is kind), Decimal(0))

    def entries(self, shop_transaction_id: str | None = None) -> list[Entry]:
        return [e for e in self._entries if shop_transaction_id in (None, e.shop_transaction_id)]

    def clear(self) -> None:
        self._entries.clear()
        self._of.clear()
