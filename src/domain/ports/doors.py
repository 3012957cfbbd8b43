"""Who may come in, and what they were answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

# An Idempotency-Key, and what its request began; after that it may ask for something new.
KEYS_KNOWN_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An API client: a shop's program. `secret_hash` is never shown."""

    id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None = None


class Clients(Protocol):
    """Each call is a database transaction of its own."""

    def add(self, client: Client) -> None: ...

    def find(self, client_id: str) -> Client | None: ...

    def all(self) -> Sequence[Client]: ...

    def save(self, client: Client) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """`fingerprint` identifies the request that was answered; `body` is the exact text of the answer."""

    fingerprint: str
    status: int | None
    body: str | None
    content_type: str | None


class IdempotencyKeys(Protocol):
    """Answers by (client, key), known for KEYS_KNOWN_FOR. Each call is a database transaction of its own."""

    def claim(
        self, client_id: str, key: str, fingerprint: str, at: datetime, older: tuple[str, ...] = ()
    ) -> StoredAnswer | None:
        """None: the key is new and now ours to `finish` or `release`. Otherwise what stands under it; `status` None is still running.

        `older` are fingerprints of the same request by keys that were in use before.
        A key that the same request left running ten minutes ago counts as new: its process is gone.
        """
        ...

    def finish(self, client_id: str, key: str, answer: StoredAnswer) -> None: ...

    def release(self, client_id: str, key: str) -> None:
        """The request had no effect: the key may be used again."""
        ...

    def forget_before(self, at: datetime) -> int:
        """Deletes what was claimed by then, and says how many that were."""
        ...
