"""API clients and idempotency keys, kept in memory."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.limits import Limit, Tally
from domain.ports import KEYS_KNOWN_FOR, Client, StoredAnswer

RUNNING: Final = timedelta(minutes=10)


class MemoryClients:
    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    def add(self, client: Client) -> None:
        assert client.id not in self._clients
        self._clients[client.id] = client

    def find(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)

    def all(self) -> Sequence[Client]:
        return sorted(self._clients.values(), key=lambda client: (client.created_at, client.id))

    def save(self, client: Client) -> None:
        assert client.id in self._clients
        self._clients[client.id] = client


class MemoryIdempotencyKeys:
    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[datetime, StoredAnswer]] = {}
        self._claiming = threading.Lock()

    def claim(
        self, client_id: str, key: str, fingerprint: str, at: datetime, older: tuple[str, ...] = ()
    ) -> StoredAnswer | None:
        with self._claiming:
            claimed_at, answer = self._answers.get((client_id, key), (None, None))
            if claimed_at is not None and answer is not None and claimed_at > at - KEYS_KNOWN_FOR:
                same = answer.status is None and answer.fingerprint in (fingerprint, *older)
                if not same or claimed_at > at - RUNNING:
                    return answer
            self._answers[client_id, key] = (at, StoredAnswer(fingerprint, None, None, None))
            return None

    def finish(self, client_id: str, key: str, answer: StoredAnswer) -> None:
        claimed_at, _ = self._answers[client_id, key]
        self._answers[client_id, key] = (claimed_at, answer)

    def release(self, client_id: str, key: str) -> None:
        self._answers.pop((client_id, key), None)

    def forget_before(self, at: datetime) -> int:
        old = [key for key, (claimed_at, _) in self._answers.items() if claimed_at <= at]
        for key in old:
            del self._answers[key]
        return len(old)


class MemoryTallies:
    def __init__(self, table: dict[tuple[Limit, str], Tally]) -> None:
        self._table = table

    def of(self, limit: Limit, subject: str) -> Tally:
        return self._table.get((limit, subject), Tally(limit, subject))

    def held(self, limit: Limit, subject: str) -> Tally:
        return self._table.setdefault((limit, subject), Tally(limit, subject))

    def save(self, tally: Tally) -> None:
        assert (tally.limit, tally.subject) in self._table, "only what is held is saved"
        self._table[tally.limit, tally.subject] = tally

    def all(self) -> Sequence[Tally]:
        return [self._table[key] for key in sorted(self._table)]

    def delete(self, tally: Tally) -> None:
        self._table.pop((tally.limit, tally.subject), None)

    def forget(self, at: datetime, limit: int) -> int:
        over = [tally for tally in self._table.values() if tally.until is None or tally.until <= at][:limit]
        for tally in over:
            self.delete(tally)
        return len(over)
