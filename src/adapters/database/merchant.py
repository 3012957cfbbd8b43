"""The shop's endpoints and the deliveries to them, claimed one by one by any number of processes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select, update

from adapters.database.columns import is_storable
from adapters.database.cursors import beyond, write_cursor
from adapters.database.documents import Document, read_moment, write_moment
from adapters.database.mappers import Row
from adapters.database.statements import Statements
from adapters.database.tables import ClientRow, WebhookDeliveryRow, WebhookEndpointRow, table
from domain.errors import TooManyWebhookEndpoints
from domain.merchant import (
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    EventType,
    SigningSecret,
    SwitchedOff,
    Trouble,
)
from domain.ports import NotUnderstood, Stale

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_CLIENTS: Final = table(ClientRow)
_ENDPOINTS: Final = table(WebhookEndpointRow)
_DELIVERIES: Final = table(WebhookDeliveryRow)

_TAKING: Final = select(_ENDPOINTS.c.id).where(
    _ENDPOINTS.c.disabled_at.is_(None),
    or_(_ENDPOINTS.c.resting_until.is_(None), _ENDPOINTS.c.resting_until <= bindparam("at")),
)
# In a CTE for the same reason as the due payments of the books.
_DUE: Final = (
    select(_DELIVERIES.c.id)
    .where(_DELIVERIES.c.next_attempt_at <= bindparam("at"), _DELIVERIES.c.endpoint_id.in_(_TAKING))
    .order_by(_DELIVERIES.c.next_attempt_at, _DELIVERIES.c.event_id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM: Final = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id.in_(select(_DUE.c.id)))
    .values(next_attempt_at=bindparam("until"), version=_DELIVERIES.c.version + 1)
    .returning(_DELIVERIES.c.id, _DELIVERIES.c.client_id)
)


class SqlEndpoints:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, endpoint: Endpoint, *, at_most: int) -> None:
        # Whoever adds an endpoint holds its client's row, so that two of them cannot both count one too few.
        client = select(_CLIENTS.c.id).where(_CLIENTS.c.id == endpoint.client_id).with_for_update()
        self._statements.execute(client)
        count = select(func.count()).select_from(_ENDPOINTS).where(_ENDPOINTS.c.client_id == endpoint.client_id)
        if self._statements.execute(count).scalar_one() >= at_most:
            raise TooManyWebhookEndpoints(limit=at_most)
        self._statements.execute(insert(_ENDPOINTS), write_endpoint(endpoint))

    def owned(self, endpoint_id: str, client_id: str) -> Endpoint | None:
        if not is_storable(endpoint_id):
            return None
        found = self._read(_ENDPOINTS.c.id == endpoint_id, _ENDPOINTS.c.client_id == client_id)
        return found[0] if found else None

    def of_client(self, client_id: str) -> Sequence[Endpoint]:
        return self._read(_ENDPOINTS.c.client_id == client_id)

    def ids(self, after: str, limit: int) -> Sequence[tuple[str, str]]:
        query = select(_ENDPOINTS.c.id, _ENDPOINTS.c.client_id).where(_ENDPOINTS.c.id > after)
        ordered = query.order_by(_ENDPOINTS.c.id).limit(limit)
        return [(row.id, row.client_id) for row in self._statements.execute(ordered)]

    def of_clients(self, client_ids: Collection[str]) -> Sequence[Endpoint]:
        query = select(*_ENDPOINTS.c).where(_ENDPOINTS.c.client_id.in_(client_ids))
        locked = query.with_for_update(read=True, key_share=True)
        return [read_endpoint(row) for row in self._statements.execute(locked).mappings()]

    def save(self, before: Endpoint, after: Endpoint) -> None:
        same = (_ENDPOINTS.c.id == before.id, _ENDPOINTS.c.version == before.version)
        changed = {**write_endpoint(after), "version": before.version + 1}
        if self._statements.execute(update(_ENDPOINTS).where(*same).values(changed)).rowcount == 0:
            raise Stale()

    def delete(self, endpoint: Endpoint) -> None:
        self._statements.execute(delete(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint.id))

    def _read(self, *conditions: ColumnElement[bool]) -> list[Endpoint]:
        query = select(*_ENDPOINTS.c).where(*conditions).order_by(_ENDPOINTS.c.created_at, _ENDPOINTS.c.id)
        return [read_endpoint(row) for row in self._statements.execute(query).mappings()]


class SqlDeliveries:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            new = self._statements.insert(_DELIVERIES).on_conflict_do_nothing()
            self._statements.execute(new, [write_delivery(delivery) for delivery in deliveries])

    def claim(self, at: datetime, lease: timedelta) -> tuple[str, str] | None:
        row = self._statements.execute(_CLAIM, {"at": at, "until": at + lease}).first()
        return None if row is None else (row.id, row.client_id)

    def owned(self, delivery_id: str, client_id: str) -> Delivery | None:
        if not is_storable(delivery_id):
            return None
        query = select(*_DELIVERIES.c).where(_DELIVERIES.c.id == delivery_id, _DELIVERIES.c.client_id == client_id)
        row = self._statements.execute(query).mappings().first()
        return None if row is None else read_delivery(row)

    def page(
        self, client_id: str, *, event_id: str | None, state: DeliveryState | None, after: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        query = select(*_DELIVERIES.c).where(_DELIVERIES.c.client_id == client_id)
        if after is not None:
            query = query.where(beyond(after, _DELIVERIES.c.created_at, _DELIVERIES.c.id))
        if state is not None:
            query = query.where(_DELIVERIES.c.state == state.value)
        if event_id is not None:
            if not is_storable(event_id):
                return [], None
            query = query.where(_DELIVERIES.c.event_id == event_id)
        query = query.order_by(_DELIVERIES.c.created_at.desc(), _DELIVERIES.c.id.desc()).limit(limit + 1)
        found = [read_delivery(row) for row in self._statements.execute(query).mappings()]
        page = found[:limit]
        return page, write_cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None

    def save(self, before: Delivery, after: Delivery) -> None:
        same = (_DELIVERIES.c.id == before.id, _DELIVERIES.c.version == before.version)
        changed = {**write_delivery(after), "version": before.version + 1}
        if self._statements.execute(update(_DELIVERIES).where(*same).values(changed)).rowcount == 0:
            raise Stale()

    def forget(self, before: datetime, limit: int) -> int:
        done_at = func.coalesce(_DELIVERIES.c.given_up_at, _DELIVERIES.c.delivered_at)
        # The first two are for the index: what was done by then was made by then.
        done = (_DELIVERIES.c.next_attempt_at.is_(None), _DELIVERIES.c.created_at <= before, done_at <= before)
        return self._statements.forget(_DELIVERIES, limit, *done)


def _word(known: type[E], word: str) -> E | str:
    return next((one for one in known if one == word), word)


def _understood(read: Callable[[Row], T]) -> Callable[[Row], T]:
    def reading(row: Row) -> T:
        try:
            return read(row)
        except (KeyError, TypeError, ValueError):
            raise NotUnderstood(row["id"], row["client_id"]) from None

    return reading


def read_secret(document: Document) -> SigningSecret:
    return SigningSecret(document["sealed"], read_moment(document["until"]))


def write_secret(secret: SigningSecret) -> Document:
    return {"sealed": secret.sealed, "until": write_moment(secret.until)}


@_understood
def read_endpoint(row: Row) -> Endpoint:
    return Endpoint(
        id=row["id"],
        client_id=row["client_id"],
        url=row["url"],
        secrets=tuple(read_secret(secret) for secret in row["secrets"]),
        created_at=row["created_at"],
        types=tuple(_word(EventType, word) for word in row["types"]),
        disabled_at=row["disabled_at"],
        disabled_reason=None if row["disabled_reason"] is None else _word(SwitchedOff, row["disabled_reason"]),
        failing_since=row["failing_since"],
        resting_until=row["resting_until"],
        version=row["version"],
    )


def write_endpoint(endpoint: Endpoint) -> Mapping[str, Any]:
    return {
        "id": endpoint.id,
        "client_id": endpoint.client_id,
        "url": endpoint.url,
        "secrets": [write_secret(secret) for secret in endpoint.secrets],
        "created_at": endpoint.created_at,
        "types": [str(kind) for kind in endpoint.types],
        "disabled_at": endpoint.disabled_at,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.failing_since,
        "resting_until": endpoint.resting_until,
        "version": endpoint.version,
    }


@_understood
def read_delivery(row: Row) -> Delivery:
    status, trouble = row["last_status"], row["last_trouble"]
    attempt = None if status is None and trouble is None else Attempt(status, trouble and _word(Trouble, trouble))
    return Delivery(
        event_id=row["event_id"],
        endpoint_id=row["endpoint_id"],
        client_id=row["client_id"],
        type=row["type"],
        event_at=row["event_at"],
        data=row["data"],
        created_at=row["created_at"],
        next_attempt_at=row["next_attempt_at"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        last_attempt=attempt,
        delivered_at=row["delivered_at"],
        given_up_at=row["given_up_at"],
        version=row["version"],
    )


def write_delivery(delivery: Delivery) -> Mapping[str, Any]:
    attempt = delivery.last_attempt or Attempt()
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "client_id": delivery.client_id,
        "type": delivery.type,
        "event_at": delivery.event_at,
        "data": delivery.data,
        "created_at": delivery.created_at,
        "next_attempt_at": delivery.next_attempt_at,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "last_status": attempt.status,
        "last_trouble": attempt.trouble,
        "delivered_at": delivery.delivered_at,
        "given_up_at": delivery.given_up_at,
        "version": delivery.version,
    }
