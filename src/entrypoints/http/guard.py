"""The door of the API: whoever comes through is known, may do this, and asks for something that can exist."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request

from domain.errors import OrderNotFound
from entrypoints.http import idempotency, tokens, wall
from entrypoints.http.body import JsonBlueprint
from entrypoints.http.caller import Right
from entrypoints.http.problems import HttpProblem
from entrypoints.http.refusing import OF_BODIES

View = TypeVar("View", bound=Callable[..., Any])
_ORDER_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_OF_TOKENS: Final = {"token_missing", "token_expired", "token_invalid", "insufficient_scope"}
_OF_KEYS: Final = {"idempotency_key_invalid", "idempotency_in_progress", "idempotency_key_reused"}
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

    def problems_of_all(self, path: str, method: str, view: Callable[..., Any]) -> set[str]:
        found = super().problems_of_all(path, method, view) | _OF_TOKENS
        if "<order_id>" in path:
            found.add(OrderNotFound.code)
        if method in ("post", "patch"):
            found.update(OF_BODIES)
        if method == "post" and getattr(view, _REPLAYED, True):
            found |= _OF_KEYS
        if getattr(view, _PAYERS, False):
            found.add("too_many_requests")
        return found


def needs(right: Right, *, payers: bool = False, replayed: bool = True) -> Callable[[View], View]:
    """The scope that a view asks for, and whether payers may use it. It stands above its `refuses`, below all other decorators.

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
