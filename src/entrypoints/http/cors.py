"""Which pages' scripts may call the API: those of the shop (FRONTEND_URL) and no others, and never with cookies."""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from entrypoints.http.guard import is_guarded
from entrypoints.settings import Settings

_ORIGIN: Final = "OCTO_PAYMENTS_FRONTEND_ORIGIN"
_SENT: Final = "Accept-Language, Authorization, Content-Type, Idempotency-Key, X-Request-ID"
_READ: Final = "Content-Language, Idempotent-Replayed, Location, Retry-After, WWW-Authenticate, X-Request-ID"
_PORTS: Final = {"https": ":443", "http": ":80"}
_REMEMBERED_SECONDS: Final = 600


def set_up(app: Flask, settings: Settings) -> None:
    parts = urlsplit(settings.frontend_url.lower())
    # Browsers leave out the port that goes without saying.
    app.config[_ORIGIN] = f"{parts.scheme}://{parts.netloc.removesuffix(_PORTS[parts.scheme])}"
    app.after_request(_answer)


def _answer(response: Response) -> Response:
    """Only where a token is asked for: the other doors are none for scripts."""
    if request.endpoint is None or not is_guarded(current_app, request.endpoint):
        return response
    response.vary.add("Origin")
    if request.headers.get("Origin") != current_app.config[_ORIGIN]:
        return response
    response.headers["Access-Control-Allow-Origin"] = current_app.config[_ORIGIN]
    response.headers["Access-Control-Expose-Headers"] = _READ
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _SENT
        response.headers["Access-Control-Max-Age"] = str(_REMEMBERED_SECONDS)
    return response
