"""What control calls have in common: reading their bodies and saying what is wrong with them."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from sandbox.envelope import Json, loads
from sandbox.injection import whole

View = Callable[..., Any]


class BadInput(Exception):
    """What is wrong with a control call and what to do about it."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def problem(status: int, message: str) -> Response:
    return whole({"error": message}, status)


def body_json() -> Any:
    """An empty body counts as {}."""
    raw = request.get_data()
    try:
        return loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError):
        raise BadInput("the body is not valid JSON") from None


def body_object() -> Json:
    parsed = body_json()
    if not isinstance(parsed, dict):
        raise BadInput("the body must be a JSON object")
    return parsed
