"""The door of the API: whoever comes through is known, may do this, and asks for something that can exist."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request

from domain.errors import OrderNotFound
from entrypoints.http import idempotency, tokens, wall
from entrypoints.http.body import JsonBlueprint
from entrypoints.http.caller import Right
from entrypoints.http.problems import HttpProblem

View = TypeVar("View", bound=Callable[..., Any])
_ORDER_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_OF_BODIES: Final = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_RIGHT: Final = "needed_right"
_PAYERS: Final = "for_payers"
_REPLAYED: Final = "may_be_replayed"
# How soon a client may ask again for an outcome that was not known.
ASK_AGAIN_SECONDS: Final = 2


class GuardedBlueprint(JsonBlueprint):
    """Every route in it asks for a token before its view runs, so that a new one cannot forget to."""

    def __init__(self, name: str, import_name: str, *, description: str, url_prefix: str) -> None:
        super().__init__(name, import_name, description=description, url_prefix=url_prefix)
        self.before_request(_enter)
        self.after_request(idempotency.end)
        self.after_request(_say_when_to_ask_again)

    def register_views_in_doc(self, api: Any, app: Flask, spec: Any, **kwargs: Any) -> None:
        """With the ways in which every one of them may be refused."""
        for endpoint, methods in self._docs.items():
            rule = next(app.url_map.iter_rules(f"{kwargs['name']}.{endpoint}"))
            view = app.view_functions[rule.endpoint]
            for method, told in methods.items():
                if method != "parameters":
                    refused = _refusals(rule.rule, method, payers=getattr(view, _PAYERS, False))
                    responses = told.setdefault("manual_doc", {}).setdefault("responses", {})
                    responses |= {status.value: status.name for status in refused}
        super().register_views_in_doc(api, app, spec, **kwargs)


def _refusals(path: str, method: str, *, payers: bool) -> set[HTTPStatus]:
    found = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE}
    if "<" in path:
        found.add(HTTPStatus.NOT_FOUND)
    if method in ("post", "patch"):
        found |= _OF_BODIES
    if payers:
        found.add(HTTPStatus.TOO_MANY_REQUESTS)
    if method == "post" and payers:
        found.add(HTTPStatus.PAYMENT_REQUIRED)
    return found


def needs(right: Right, *, payers: bool = False, replayed: bool = True) -> Callable[[View], View]:
    """The scope that a view asks for, and whether payers may use it. It stands right above the view, below all of its other decorators.

    `replayed` False: an answer that must not be kept is not kept for an Idempotency-Key either.
    """

    def mark(view: View) -> View:
        ways = [{"oauth2": [right.value]}] + [{"payer": []}] * payers
        documented: View = JsonBlueprint.doc(security=ways)(view)
        setattr(documented, _RIGHT, right)
        setattr(documented, _PAYERS, payers)
        setattr(documented, _REPLAYED, replayed)
        return documented

    return mark


def is_guarded(app: Flask, endpoint: str) -> bool:
    return isinstance(app.blueprints.get(endpoint.partition(".")[0]), GuardedBlueprint)


def check(app: Flask) -> None:
    """At start: no guarded route without a scope."""
    for rule in app.url_map.iter_rules():
        if is_guarded(app, rule.endpoint) and not hasattr(app.view_functions[rule.endpoint], _RIGHT):
            raise RuntimeError(f"{rule.endpoint} does not say which scope it needs")


def _say_when_to_ask_again(response: Response) -> Response:
    """Here rather than in the views, so that a replayed answer says it too."""
    if response.status_code == 202:
        response.headers["Retry-After"] = str(ASK_AGAIN_SECONDS)
    return response


def _enter() -> Response | None:
    if request.method == "OPTIONS":
        return None
    g.caller, token_id = tokens.authenticated()
    structlog.contextvars.bind_contextvars(client_id=g.caller.client_id, token_id=token_id)
    view = current_app.view_functions[str(request.endpoint)]
    right = getattr(view, _RIGHT)
    if right not in g.caller.rights or (g.caller.is_payer and not getattr(view, _PAYERS)):
        challenge = f'Bearer realm="api", error="insufficient_scope", scope="{right}"'
        raise HttpProblem("insufficient_scope", 403, headers={"WWW-Authenticate": challenge})
    order_id = (request.view_args or {}).get("order_id")
    if order_id is not None and not _ORDER_ID.fullmatch(order_id):
        raise OrderNotFound()
    if g.caller.is_payer:
        if order_id != g.caller.order_id:
            raise OrderNotFound()
        wall.against_crowds(order_id)
    return idempotency.begin() if getattr(view, _REPLAYED) else None
