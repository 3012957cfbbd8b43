"""The fields of requests and answers: strict types, nothing coerced, errors as keys of texts.FIELDS."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from unicodedata import category

from marshmallow import ValidationError, fields

from domain.money import Money
from domain.register import FIRST_DAY, LAST_DAY
from entrypoints.logs import holds_card

MAX_MAJOR_DIGITS: Final = 12
_NO_CONTROLS: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_AMOUNT_TOLD: Final[dict[str, object]] = {
    "type": ["string", "number"],
    "pattern": rf"^(?!0+(\.0+)?$)\d{{1,{MAX_MAJOR_DIGITS}}}(\.\d{{1,2}})?$",
    "exclusiveMinimum": 0,
    "exclusiveMaximum": 10**MAX_MAJOR_DIGITS,
    "multipleOf": 0.01,
    "examples": ["185000.00", 185000],
}
_AMOUNT: Final = re.compile(rf"\d{{1,{MAX_MAJOR_DIGITS}}}(\.\d{{1,2}})?", re.ASCII)
Messages = dict[str, str | list[Any] | dict[Any, Any]]
ERRORS: Final[Messages] = {
    "required": "required",
    "null": "required",
    "invalid": "wrong_type",
    "invalid_utf8": "wrong_type",
    "type": "wrong_type",
    "validator_failed": "wrong_format",
    "too_large": "out_of_range",
}


class Text(fields.String):
    """One line of text, or with `pattern` of the `form` that texts.FIELDS names. Lengths are in characters.

    What people write freely (`free`) may hold a card's number, which is refused: it would be stored and shown.
    """

    default_error_messages = ERRORS

    def __init__(
        self,
        *,
        longest: int,
        shortest: int = 1,
        pattern: str | None = None,
        form: str = "line",
        free: bool = False,
        **kwargs: Any,
    ) -> None:
        told = f"^{pattern}$" if pattern else _NO_CONTROLS
        metadata: dict[str, object] = {"minLength": shortest, "maxLength": longest, "pattern": told}
        super().__init__(metadata=metadata | dict(kwargs.pop("metadata", {})), **kwargs)
        self._lengths = range(shortest, longest + 1)
        self._pattern = re.compile(pattern, re.ASCII) if pattern else None
        self._form = form
        self._free = free

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if len(text) not in self._lengths:
            raise ValidationError("wrong_length")
        # Control characters and lone surrogates: neither a database nor OCTO takes them.
        if any(category(c) in ("Cc", "Cs") for c in text) or (self._pattern and not self._pattern.fullmatch(text)):
            raise ValidationError(f"wrong_format.{self._form}")
        if self._free and holds_card(text):
            raise ValidationError("holds_card")
        return text


class Phone(Text):
    """12 digits, 998XXXXXXXXX; a leading plus and spaces are dropped."""

    def __init__(self, **kwargs: Any) -> None:
        told = {"pattern": r"^\+?998( ?\d){9}$", "examples": ["998901112233"]}
        super().__init__(longest=24, pattern=r"\+?[\d ]+", form="phone", metadata=told, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        digits = super()._deserialize(value, *args, **kwargs).replace(" ", "").removeprefix("+")
        if not re.fullmatch(r"998\d{9}", digits, re.ASCII):
            raise ValidationError("wrong_format.phone")
        return digits


class Amount(fields.Field[Decimal]):
    """Major units with at most two decimals, above zero: a string or a JSON number."""

    default_error_messages = ERRORS

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=dict(_AMOUNT_TOLD), **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.make_error("invalid")
        if isinstance(value, str) and not re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII):
            raise ValidationError("wrong_format.amount")
        # 40 characters at most, by the reader of numbers: writing one out is cheap, its exponent excepted.
        exact = Decimal(value) if not isinstance(value, str) or len(value) <= 40 else None
        if exact is None or exact.adjusted() >= MAX_MAJOR_DIGITS or exact <= 0:
            raise ValidationError("out_of_range")
        if exact.adjusted() < -2 or not _AMOUNT.fullmatch(f"{exact:f}"):
            raise ValidationError("too_many_decimals")
        return exact


class Day(fields.Field[date]):
    """A day of the register, YYYY-MM-DD."""

    default_error_messages = ERRORS

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, object] = {"type": "string", "format": "date", "pattern": r"^2\d{3}-\d\d-\d\d$"}
        super().__init__(metadata=told | {"examples": ["2026-01-05"]} | dict(kwargs.pop("metadata", {})), **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            raise ValidationError("wrong_format.day")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None:
            raise ValidationError("wrong_format.day")
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError("out_of_range")
        return day


class Count(fields.Integer):
    """A whole number, never a string or 2.0 in a body; `from_text` for one in a query."""

    default_error_messages = ERRORS

    def __init__(self, *, allowed: range, from_text: bool = False, **kwargs: Any) -> None:
        limits = {"minimum": allowed.start, "maximum": allowed.stop - 1}
        super().__init__(strict=not from_text, metadata=limits, **kwargs)
        self._allowed = allowed

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        number = super()._deserialize(value, *args, **kwargs)
        if number not in self._allowed:
            raise ValidationError("out_of_range")
        return number


class Flag(fields.Boolean):
    """true or false, nothing that only looks like it."""

    default_error_messages = ERRORS

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Choice(fields.String):
    """One of a few words."""

    default_error_messages = ERRORS

    def __init__(self, words: type[Any], **kwargs: Any) -> None:
        told: dict[str, object] = {"enum": [word.value for word in words]}
        super().__init__(metadata=told | dict(kwargs.pop("metadata", {})), **kwargs)
        self._words = words

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        try:
            return self._words(text)
        except ValueError:
            # Not the enumeration's own error, which quotes the value.
            refused = ValidationError("not_allowed")
        raise refused


class Sum(fields.Field[Money]):
    """Of an answer: major units as a string with exactly two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, object] = {"type": "string", "pattern": r"^\d+\.\d\d$", "examples": ["185000.00"]}
        super().__init__(metadata=told | dict(kwargs.pop("metadata", {})), **kwargs)

    def _serialize(self, value: Money | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value.amount)


class Signed(fields.Field[Decimal]):
    """Of an answer: as Sum, and with a minus where money went the other way."""

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, object] = {"type": "string", "pattern": r"^-?\d+\.\d\d$", "examples": ["-25000.00"]}
        super().__init__(metadata=told | dict(kwargs.pop("metadata", {})), **kwargs)

    def _serialize(self, value: Decimal | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)


class Moment(fields.Field[datetime]):
    """Of an answer: RFC 3339 in UTC, to the millisecond."""

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, object] = {"type": "string", "format": "date-time"}
        super().__init__(metadata=told | dict(kwargs.pop("metadata", {})), **kwargs)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
