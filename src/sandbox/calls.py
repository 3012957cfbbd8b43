"""The log of the requests that came in, without anything that must not be logged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.cards import mask
from sandbox.clock import Clock
from sandbox.envelope import Json

SECRET = frozenset({"exp", "expDate", "cvc2", "smsKey", "octo_secret", "card_token", "token"})
LIMIT = 100_000


@dataclass
class Call:
    """One request. `error` is what OCTO meant to answer."""

    name: str
    method: str
    path: str
    shop_transaction_id: str | None
    at: datetime
    body: Json | None
    processed: bool = False
    """Whether OCTO acted on it; an injected fault may have kept it from that."""
    error: int | None = None
    fault: str | None = None

    def to_json(self) -> Json:
        return {
            "call": self.name,
            "method": self.method,
            "path": self.path,
            "shop_transaction_id": self.shop_transaction_id,
            "at": self.at.isoformat(),
            "body": self.body,
            "processed": self.processed,
            "error": self.error,
            "fault": self.fault,
        }


class Calls:
    """The newest hundred thousand."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: list[Call] = []

    def add(self, name: str, method: str, path: str, shop_transaction_id: str | None, body: Json | None) -> Call:
        call = Call(name, method, path, shop_transaction_id, self._clock.now(), None if body is None else masked(body))
        self._calls.append(call)
        del self._calls[:-LIMIT]
        return call

    def select(self, name: str | None, shop_transaction_id: str | None) -> list[Call]:
        return [
            call
            for call in self._calls
            if name in (None, call.name) and shop_transaction_id in (None, call.shop_transaction_id)
        ]

    def clear(self) -> None:
        self._calls.clear()


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked_member(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def _masked_member(key: str, value: Any) -> Any:
    if key == "pan":
        return mask(value)
    return "***" if key in SECRET else masked(value)
