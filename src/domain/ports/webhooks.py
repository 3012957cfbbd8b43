"""The way to the shop's own program."""

from datetime import datetime
from typing import Protocol

from domain.merchant import Attempt, Delivery, Endpoint


class WebhookSender(Protocol):
    def check(self, url: str) -> None:
        """Raises WebhookUrlRefused for an address to which nothing is ever sent."""
        ...

    def send(self, delivery: Delivery, endpoint: Endpoint, at: datetime) -> Attempt:
        """One signed message, under the same id every time.

        Never raises for anything that the network or the shop does, and ends within its total deadline.
        """
        ...
