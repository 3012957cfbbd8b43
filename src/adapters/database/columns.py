"""Column types that read and write the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

# The plain type, not JSONB: it keeps what came from outside as it was, also what JSONB refuses, such as \u0000.
JSON_OR_NULL: Final = JSON(none_as_null=True)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware going in, stored as UTC, aware UTC coming out."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(UTC)
        # SQLite stores a text; all in one zone and one form, so that they also sort as texts.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def is_storable(text: str) -> bool:
    """Whether a text column can hold it at all. Whoever asks for a text with a NUL or half a surrogate pair asks in vain."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)
