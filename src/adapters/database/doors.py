"""API clients and idempotency keys; each call is a database transaction of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, and_, delete, insert, or_, select, update

from adapters.database.columns import is_storable
from adapters.database.mappers import Row
from adapters.database.statements import transaction
from adapters.database.tables import ClientRow, IdempotencyKeyRow, table
from domain.ports import KEYS_KNOWN_FOR, Client, StoredAnswer

# No request runs that long: whoever claimed the key is gone. What it may have begun, the table of moves knows.
RUNNING: Final = timedelta(minutes=10)

_CLIENTS: Final = table(ClientRow)
_KEYS: Final = table(IdempotencyKeyRow)


class SqlClients:
    def __init__(self, engine: Engine, reading: Engine) -> None:
        self._engine = engine
        self._reading = reading

    def add(self, client: Client) -> None:
        with transaction(self._engine) as statements:
            statements.execute(insert(_CLIENTS), write_client(client))
            statements.commit()

    def find(self, client_id: str) -> Client | None:
        if not is_storable(client_id):
            return None
        with transaction(self._reading) as statements:
            row = statements.execute(select(*_CLIENTS.c).where(_CLIENTS.c.id == client_id)).mappings().first()
            return None if row is None else read_client(row)

    def all(self) -> Sequence[Client]:
        with transaction(self._reading) as statements:
            query = select(*_CLIENTS.c).order_by(_CLIENTS.c.created_at, _CLIENTS.c.id)
            return [read_client(row) for row in statements.execute(query).mappings()]

    def save(self, client: Client) -> None:
        with transaction(self._engine) as statements:
            statements.execute(update(_CLIENTS).where(_CLIENTS.c.id == client.id).values(**write_client(client)))
            statements.commit()


class SqlIdempotencyKeys:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self, client_id: str, key: str, fingerprint: str, at: datetime, older: tuple[str, ...] = ()
    ) -> StoredAnswer | None:
        with transaction(self._engine) as statements:
            new = {"client_id": client_id, "key": key, "claimed_at": at}
            new |= write_answer(StoredAnswer(fingerprint, None, None, None))
            ours = statements.insert(_KEYS).values(new)
            # A key that is too old, or that the same request was running under when its process died, is taken over as if it were
            # not there: in the same statement, so that two cannot both have it.
            same = _KEYS.c.fingerprint.in_((fingerprint, *older))
            left_open = and_(_KEYS.c.status.is_(None), _KEYS.c.claimed_at <= at - RUNNING, same)
            forgotten = _KEYS.c.claimed_at <= at - KEYS_KNOWN_FOR
            ours = ours.on_conflict_do_update(
                index_elements=["client_id", "key"], set_=new, where=or_(forgotten, left_open)
            )
            if statements.execute(ours.returning(_KEYS.c.key)).first() is not None:
                statements.commit()
                return None
            row = statements.execute(select(*_KEYS.c).where(*_named(client_id, key))).mappings().first()
        # Released between the two statements: its request had no effect, so this is a new one.
        return self.claim(client_id, key, fingerprint, at, older) if row is None else read_answer(row)

    def finish(self, client_id: str, key: str, answer: StoredAnswer) -> None:
        with transaction(self._engine) as statements:
            statements.execute(update(_KEYS).where(*_named(client_id, key)).values(**write_answer(answer)))
            statements.commit()

    def release(self, client_id: str, key: str) -> None:
        with transaction(self._engine) as statements:
            statements.execute(delete(_KEYS).where(*_named(client_id, key)))
            statements.commit()

    def forget_before(self, at: datetime) -> int:
        """Deletes what was claimed at that moment or earlier, and says how many that were."""
        with transaction(self._engine) as statements:
            forgotten = statements.execute(delete(_KEYS).where(_KEYS.c.claimed_at <= at)).rowcount
            statements.commit()
            return forgotten


def _named(client_id: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (_KEYS.c.client_id == client_id, _KEYS.c.key == key)


def read_client(row: Row) -> Client:
    return Client(
        id=row["id"],
        name=row["name"],
        secret_hash=row["secret_hash"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )


def write_client(client: Client) -> Mapping[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "secret_hash": client.secret_hash,
        "scopes": list(client.scopes),
        "created_at": client.created_at,
        "disabled_at": client.disabled_at,
    }


def read_answer(row: Row) -> StoredAnswer:
    return StoredAnswer(row["fingerprint"], row["status"], row["body"], row["content_type"])


def write_answer(answer: StoredAnswer) -> Mapping[str, Any]:
    return {
        "fingerprint": answer.fingerprint,
        "status": answer.status,
        "body": answer.body,
        "content_type": answer.content_type,
    }
