"""Reading a request's JSON strictly: UTF-8, exact numbers, no repeated names; what is wrong is named by field, never quoted."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from flask import Flask, Request
from flask_smorest import Blueprint
from marshmallow import RAISE, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from entrypoints.http import refusing
from entrypoints.http.problems import FieldError, HttpProblem, invalid
from entrypoints.http.texts import FIELDS
from entrypoints.logs import holds_card

# Longer numbers are no sums of money, and reading them costs time.
_NUMBER_MAX_LENGTH: Final = 40
_UNKNOWN: Final = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}


def read_json(request: Request) -> Any:
    """The body, its numbers as int and Decimal; `webargs.missing` where it is empty."""
    raw = request.get_data()
    if not raw:
        return missing
    if request.mimetype != "application/json":
        raise HttpProblem("unsupported_media_type", 415, headers={"Accept": "application/json"})
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats,
        )
    except (ValueError, RecursionError):
        # The decoder's error carries the whole text.
        malformed = HttpProblem("malformed_json", 400)
    raise malformed


class StrictParser(FlaskParser):
    """Fills flask-smorest's `arguments`. Unknown fields are refused everywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION = _UNKNOWN

    def load_json(self, req: Request, *_: Any) -> Any:
        return read_json(req)

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        # What the error carries may be a card.
        error.data = error.valid_data = None
        messages = error.messages
        nested = next(iter(messages.values())) if isinstance(messages, dict) else messages
        raise invalid(sorted(set(_flat(nested)))) from None


class JsonBlueprint(Blueprint):  # type: ignore[misc]  # a library without types
    """A blueprint of flask-smorest that reads strictly, and whose document has the example of a body and the problems of each view."""

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: Any, *, location: str = "json", **kwargs: Any) -> Any:
        example = getattr(schema, "EXAMPLE", None) if location == "json" else None
        return super().arguments(schema, location=location, example=example, **kwargs)

    def register_views_in_doc(self, api: Any, app: Flask, spec: Any, **kwargs: Any) -> None:
        for endpoint, methods in self._docs.items():
            rule = next(app.url_map.iter_rules(f"{kwargs['name']}.{endpoint}"))
            view = app.view_functions[rule.endpoint]
            for method, told in methods.items():
                if method != "parameters":
                    codes = refusing.declared(view) | self.problems_of_all(rule.rule, method, view)
                    codes |= {"invalid_request"} if "arguments" in told else set()
                    told.setdefault("manual_doc", {}).setdefault("responses", {}).update(refusing.told(codes))
        super().register_views_in_doc(api, app, spec, **kwargs)

    def problems_of_all(self, _path: str, _method: str, _view: Callable[..., Any]) -> set[str]:
        """The codes of problems that no view of its kind has to declare."""
        return {"bad_request", "storage_unavailable"}


def _flat(messages: Any, path: str = "") -> Iterator[FieldError]:
    """From marshmallow's nested messages, each of which is a key of texts.FIELDS."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            step = "" if name == "_schema" else _printable(str(name))
            yield from _flat(inner, f"{path}.{step}".strip("."))
    else:
        for message in messages:
            yield FieldError(path or "body", message if message in FIELDS else "wrong_format")


def _printable(name: str) -> str:
    """A name from the request, safe to send back."""
    short = name[:40]
    plain = short.isascii() and short.replace("_", "").replace("-", "").isalnum()
    return short if plain and not holds_card(name) else "?"


def _integer(digits: str) -> int:
    if len(digits) > _NUMBER_MAX_LENGTH:
        raise ValueError
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > _NUMBER_MAX_LENGTH:
        raise ValueError
    return Decimal(digits)


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
