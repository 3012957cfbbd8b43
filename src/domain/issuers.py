"""Tokens beside our own: who else may say who somebody is, and which tokens count no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Algorithm(StrEnum):
    """How an issuer signs. Each has one, so that a token can never choose how it is checked."""

    HS256 = "HS256"
    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Whose tokens a client's own users show: an order of theirs belongs to (client, subject).

    Its keys are at `jwks_url`, or it shares one, which is kept sealed.
    """

    name: str  # `iss`
    client_id: str
    audience: str
    algorithm: Algorithm
    scopes: tuple[str, ...]
    created_at: datetime
    jwks_url: str | None = None
    sealed_key: str | None = None


class IssuerTaken(Exception):
    """Another client's tokens come from there, or this client has an issuer already."""


class Issuers(Protocol):
    """Each call is a database transaction of its own."""

    def add(self, issuer: Issuer) -> None:
        """Raises IssuerTaken."""
        ...

    def find(self, name: str) -> Issuer | None: ...

    def all(self) -> Sequence[Issuer]: ...

    def reseal(self, name: str, before: str, after: str) -> None:
        """The same shared key, sealed anew, where it still is `before`."""
        ...

    def remove(self, client_id: str) -> bool: ...


class TokenRefused(Exception):
    """Not a token that counts here. `expired`: it did once."""

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__()
        self.expired = expired


@dataclass(frozen=True, slots=True)
class Shown:
    """What a token of an outside issuer says, after it was checked."""

    subject: str
    token_id: str
    scopes: frozenset[str]


class OutsideTokens(Protocol):
    def read(self, token: str, issuer: Issuer) -> Shown:
        """Raises TokenRefused, and nothing else."""
        ...


class RevokedTokens(Protocol):
    """Each call is a database transaction of its own."""

    def revoke(self, issuer: str, token_id: str, at: datetime) -> None:
        """A token by its `jti`."""
        ...

    def is_revoked(self, issuer: str, token_id: str) -> bool: ...

    def forget_before(self, at: datetime) -> int:
        """Deletes what was revoked by then, and says how many that were."""
        ...
