"""What keeps secrets from those who read the database."""

from typing import Protocol

from domain.card import Card


class CardFingerprints(Protocol):
    def of(self, card: Card) -> tuple[str, ...]:
        """Keyed hashes of the card's number, one by each key that may still be met, the one in use first: the same card gives the
        same texts, and they give nothing away."""
        ...


class CallbackSecrets(Protocol):
    """The part of a binding's callback address that cannot be guessed."""

    def of(self, saved_card_id: str) -> str: ...

    def is_right(self, saved_card_id: str, secret: str) -> bool:
        """Takes as long for a wrong one as for the right one."""
        ...


class Sealer(Protocol):
    """Keeps what has to be read again from those who read the database."""

    def seal(self, secret: str) -> str: ...

    def open(self, sealed: str) -> str:
        """Raises Unreadable for what was sealed with a key that is no longer there."""
        ...


class Unreadable(Exception):
    """Nobody can open this any more."""


class SecretHasher(Protocol):
    def hash(self, secret: str) -> str: ...

    def matches(self, secret: str, secret_hash: str) -> bool:
        """False, never an exception, for a malformed hash; as slow for a wrong secret as for a right one."""
        ...


class WebhookKeys(Protocol):
    """New ones, unguessable."""

    def endpoint_id(self) -> str: ...

    def test_event_id(self) -> str: ...

    def secret(self) -> str: ...
