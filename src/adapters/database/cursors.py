"""Cursors of pages in the order of time: the moment and the key of the last row of a page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from adapters.database.columns import is_storable
from domain.ports import InvalidCursor


def write_cursor(at: datetime, key: str) -> str:
    return urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode()


def beyond(cursor: str, at: ColumnElement[datetime], key: ColumnElement[str]) -> ColumnElement[bool]:
    """The rows after that of the cursor, from the newest to the oldest by their moments and keys. Raises InvalidCursor."""
    last_at, last_key = _read_cursor(cursor)
    older = or_(at < last_at, and_(at == last_at, key < last_key))
    # The first half alone lets the index find where to begin.
    return and_(at <= last_at, older)


def since(cursor: str, at: ColumnElement[datetime], key: ColumnElement[str]) -> ColumnElement[bool]:
    """As `beyond`, from the oldest to the newest."""
    last_at, last_key = _read_cursor(cursor)
    newer = or_(at > last_at, and_(at == last_at, key > last_key))
    return and_(at >= last_at, newer)


def _read_cursor(cursor: str) -> tuple[Any, str]:
    try:
        at, _, key = urlsafe_b64decode(cursor.encode("ascii")).decode().partition(" ")
        given = datetime.fromisoformat(at)
        moment = given.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidCursor("strange cursor") from None
    if given.tzinfo is None or not is_storable(key):
        raise InvalidCursor("strange cursor")
    return moment, key
