"""Outside issuers and revoked tokens in memory, and issuers that publish their keys on no network."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.outside_tokens import NoKeys
from domain.issuers import Issuer, IssuerTaken


class MemoryIssuers:
    def __init__(self) -> None:
        self._issuers: dict[str, Issuer] = {}

    def add(self, issuer: Issuer) -> None:
        if issuer.name in self._issuers or any(i.client_id == issuer.client_id for i in self._issuers.values()):
            raise IssuerTaken()
        self._issuers[issuer.name] = issuer

    def find(self, name: str) -> Issuer | None:
        return self._issuers.get(name)

    def all(self) -> Sequence[Issuer]:
        return [self._issuers[name] for name in sorted(self._issuers)]

    def reseal(self, name: str, before: str, after: str) -> None:
        issuer = self._issuers.get(name)
        if issuer is not None and issuer.sealed_key == before:
            self._issuers[name] = replace(issuer, sealed_key=after)

    def remove(self, client_id: str) -> bool:
        names = [name for name, issuer in self._issuers.items() if issuer.client_id == client_id]
        for name in names:
            del self._issuers[name]
        return bool(names)


class MemoryRevokedTokens:
    def __init__(self) -> None:
        self._revoked: dict[tuple[str, str], datetime] = {}

    def revoke(self, issuer: str, token_id: str, at: datetime) -> None:
        self._revoked.setdefault((issuer, token_id), at)

    def is_revoked(self, issuer: str, token_id: str) -> bool:
        return (issuer, token_id) in self._revoked

    def forget_before(self, at: datetime) -> int:
        old = [key for key, revoked_at in self._revoked.items() if revoked_at <= at]
        for key in old:
            del self._revoked[key]
        return len(old)


class Publishers:
    """Key sets by their address; without one there, the issuer does not answer."""

    def __init__(self) -> None:
        self.sets: dict[str, bytes] = {}
        self.asked = 0

    def fetch(self, url: str) -> bytes:
        self.asked += 1
        if url not in self.sets:
            raise NoKeys
        return self.sets[url]


class OpenSealer:
    """Seals nothing."""

    def seal(self, secret: str) -> str:
        return f"sealed {secret}"

    def open(self, sealed: str) -> str:
        return sealed.removeprefix("sealed ")
