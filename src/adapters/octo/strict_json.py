"""JSON as money wants it: exact numbers, and nothing that two readers could read in two ways."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn

# Nothing on OCTO's wire is nested deeper than four levels.
_MAX_DEPTH: Final = 16
# Written out, 1e999999999 takes a gigabyte.
_MAX_EXPONENT: Final = 32


class Unreadable(Exception):
    """Not a JSON object of ours to read. The text says why and quotes nothing of it."""


def parse_object(raw: bytes) -> Mapping[str, object]:
    """Raises Unreadable, and nothing else, also for NaN, a key that is there twice, bytes that are not UTF-8, and depths."""
    parsed = _parsed(raw)
    if not isinstance(parsed, dict):
        # Raised here, outside of the handler, because the parser's own error carries the whole document.
        raise Unreadable("not a JSON object")
    if not _fits(parsed, _MAX_DEPTH):
        raise Unreadable("nested too deep")
    return parsed


def render(value: object) -> str:
    """Decimals as they are written, 185000.00, never by way of a binary float."""
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            return "{" + ", ".join(f"{json.dumps(name)}: {render(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(render(item) for item in value) + "]"
        case _:
            return json.dumps(value)


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(
            raw.decode("utf-8"), parse_float=_decimal, parse_constant=_refuse, object_pairs_hook=_without_doubles
        )
    except (ValueError, ArithmeticError, RecursionError):
        return None


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > _MAX_EXPONENT:
        raise ValueError
    return value


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _fits(value: object, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return children is None or (levels > 0 and all(_fits(child, levels - 1) for child in children))
