"""Logs: one JSON object a line on stderr, without bodies and local variables, and a last filter that knows card numbers."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final
from unicodedata import decimal

import structlog

from domain.card import SCHEME_BY_PREFIX, passes_luhn

# A UUID is read first, so that digits inside of it are never taken for a card. Between the digits of a card: a space or a
# dash, also as a URL has them.
_CANDIDATE: Final = re.compile(
    r"(?P<uuid>(?<![0-9A-Za-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z]))"
    r"|(?<![0-9])(?P<run>[0-9](?:(?:[ +-]|%20)?[0-9]){12,})",
    re.IGNORECASE,
)
# As it is printed on a card, whatever stands between the groups; and in two halves with a dot.
_PRINTED: Final = re.compile(
    r"(?<![0-9])[0-9]{4}"
    r"(?:(?:[^0-9A-Za-z]{1,3}[0-9]{4}){3}(?:[^0-9A-Za-z]{1,3}[0-9]{1,3})?|[0-9]{4}\.[0-9]{8})(?![0-9])",
    re.ASCII,
)
# Full-width ones, Arabic ones and those of sixty other scripts.
_OTHER_DIGIT: Final = re.compile(r"(?![0-9])\d")
_LENGTHS: Final = range(13, 20)
# Their numbers do not always pass Luhn.
_LOCAL: Final = tuple(SCHEME_BY_PREFIX)
# No card of ours begins like this, but milliseconds since 1970 and dates do.
_TIMES: Final = ("1", "20", "21")


def configure(level: str) -> None:
    """For the whole process: our own lines and those of the libraries come out alike."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # A logger kept from its first line on would not hear of a later call.
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # As text: the structured form would carry local variables.
            structlog.processors.format_exc_info,
            mask_cards,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # They tell of each call's address and of each request once more.
    for noisy in ("urllib3", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def mask_cards(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before the line is written."""
    return {masked(key): _masked_value(value) for key, value in event.items()}


def masked(text: str) -> str:
    """`text` with every card number shown as its first six and last four digits."""
    if text.isascii():
        return _masked(text)
    # One sign for one sign. Where no card is among them, the text stays as it was written.
    plain = _OTHER_DIGIT.sub(lambda digit: str(decimal(digit[0])), text)
    hidden = _masked(plain)
    return text if hidden == plain else hidden


def _masked(text: str) -> str:
    text, at = _CANDIDATE.sub(_mask, text), 0
    while found := _PRINTED.search(text, at):
        number = re.sub(r"[^0-9]", "", found[0])
        # What is none may begin before one, or end behind it.
        number = next((n for n in (number, number[:16]) if _is_card(n)), "")
        at = found.start() + 1
        if number:
            text = text[: found.start()] + _shown(number) + text[_end_of(found, len(number)) :]
    return text


def holds_card(text: str) -> bool:
    return masked(text) != text


def _masked_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {masked(str(key)): _masked_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    hidden = masked(text)
    return value if hidden == text and isinstance(value, int | float) else hidden


def _mask(found: re.Match[str]) -> str:
    """Groups of digits may be a date and a card, or a card and a number: each row of them is looked at that could be one."""
    if found["uuid"]:
        return found[0]
    pieces = re.split(r"(%20|[ +-])", found["run"])
    for first in range(0, len(pieces), 2):
        for last in range(first, len(pieces), 2):
            number = "".join(pieces[first : last + 1 : 2])
            if len(number) > _LENGTHS.stop:
                break
            if len(number) in _LENGTHS and _is_card(number):
                pieces[first : last + 1] = [_shown(number)] + [""] * (last - first)
                break
    return "".join(pieces)


def _shown(number: str) -> str:
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def _end_of(found: re.Match[str], digits: int) -> int:
    """Where the first so many digits of it end."""
    places = [found.start() + place for place, sign in enumerate(found[0]) if sign in "0123456789"]
    return places[digits - 1] + 1


def _is_card(number: str) -> bool:
    if number.startswith(_LOCAL) and len(number) >= 16:
        return True
    return not number.startswith(_TIMES) and passes_luhn(number)
