"""Time, ids, and the work that is done behind the requests."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.merchant import Endpoint
from domain.saved_card import SavedCardId
from domain.transaction import OrderId


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Ids(Protocol):
    def order_id(self) -> OrderId:
        """Unguessable and never given twice."""
        ...

    def saved_card_id(self) -> SavedCardId:
        """As `order_id`; OCTO knows the binding by it."""
        ...


class Chore(StrEnum):
    """Background work. Each looks for what there is to do by itself."""

    SETTLE = "settle"
    APPLY_CALLBACKS = "apply_callbacks"
    DELIVER_EVENTS = "deliver_events"
    CLEAR_AWAY = "clear_away"
    FETCH_RECEIPTS = "fetch_receipts"
    TEND_CARDS = "tend_cards"


class Doorbell(Protocol):
    def ring(self, chore: Chore) -> None:
        """There is something to do now. Never raises, and may be lost: every chore is done every minute anyway."""
        ...


class Operator(Protocol):
    """Whoever runs this service."""

    def endpoint_switched_off(self, endpoint: Endpoint) -> None:
        """A shop's endpoint is not told anything any more, and the shop may not know."""
        ...

    def not_understood(self, row_id: str, client_id: str) -> None:
        """Something of this client's waits for a process of a newer version."""
        ...
