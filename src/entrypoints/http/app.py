"""The application: blueprints, errors, limits and headers, put together from services and settings."""

import re
import time
from secrets import token_hex
from typing import Any, Final

import structlog
from flask import Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from entrypoints.http import (
    auth,
    cards,
    cors,
    guard,
    health,
    holds,
    idempotency,
    metrics,
    notifications,
    openapi,
    orders,
    payers,
    payments,
    problems,
    reference,
    refunds,
    register,
    tokens,
    wall,
    webhooks,
)
from entrypoints.http.caller import shown_path
from entrypoints.http.incoming import IncomingRequest
from entrypoints.http.services import Services, attach
from entrypoints.logs import holds_card
from entrypoints.settings import Settings

MAX_BYTES: Final = 64 * 1024
_REQUEST_ID: Final = re.compile(r"[0-9A-Za-z_-]{8,64}")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_HSTS: Final = "STRICT_TRANSPORT_SECURITY"

log: Final = structlog.get_logger()


class QuietFlask(Flask):
    """What fails outside of a view, such as an error's handler, is logged as quietly as the rest."""

    request_class = IncomingRequest  # type: ignore[mutable-override]  # nobody sets it to another one

    def log_exception(self, exc_info: Any) -> None:
        problems.log_quietly(exc_info[1])


def bare() -> Flask:
    """The application before it has anything to serve, for what wants to be installed in it first."""
    return QuietFlask("entrypoints.http", static_folder=None)


def create_app(services: Services, settings: Settings) -> Flask:
    return configure(bare(), services, settings)


def configure(app: Flask, services: Services, settings: Settings) -> Flask:
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=MAX_BYTES, TRUSTED_HOSTS=settings.hosts)
    # With and without the trailing slash alike, and never a redirect: a client would lose its POST.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    written = DefaultJSONProvider(app)
    written.sort_keys = written.ensure_ascii = False
    app.json = written
    attach(app, services)
    tokens.set_up(app, settings)
    idempotency.set_up(app, settings)
    wall.set_up(app, settings)
    problems.register(app)
    api = openapi.document(app)
    for module in (auth, orders, payers, payments, holds, refunds, notifications, cards, webhooks, register):
        api.register_blueprint(module.blueprint)
    api.register_blueprint(cards.callbacks)
    app.register_blueprint(health.blueprint)
    reference.attach(app, api)
    app.config[metrics.TOKEN] = settings.metrics_token
    app.register_blueprint(metrics.blueprint)
    guard.check(app)
    cors.set_up(app, settings)
    if settings.public_url.startswith("https://"):
        app.config[_HSTS] = "max-age=63072000"
    app.before_request(_begin)
    app.after_request(_finish)
    return app


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) and not holds_card(given) else token_hex(16)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    if _HSTS in current_app.config:
        response.headers["Strict-Transport-Security"] = current_app.config[_HSTS]
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    log.info(
        "request",
        method=request.method,
        path=shown_path(),
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.began) * 1000),
    )
    return response
