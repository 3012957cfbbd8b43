"""The OpenAPI document at /api/openapi.json, made of the very schemas that read requests and write answers."""

from http import HTTPStatus
from typing import Any, Final

from flask import Flask
from flask_smorest import Api

from entrypoints.http.answers import Problem
from entrypoints.http.caller import Right
from entrypoints.http.problems import MEDIA_TYPE

_DESCRIPTION: Final = """\
Take payments through OCTO. Money is a string in major units with two decimals (`"185000.00"`), times are RFC 3339 in UTC.
Every POST takes an `Idempotency-Key`, except those that give a token. Errors are problems (RFC 9457) with a
stable `code` and a text for the payer, in Uzbek, Russian or English by `?language=` or `Accept-Language`.
"""
_RIGHTS: Final = {
    Right.ORDERS_READ: "read orders",
    Right.ORDERS_WRITE: "create and cancel orders",
    Right.PAYMENTS_READ: "follow payments and refunds",
    Right.PAYMENTS_WRITE: "pay, withdraw, take or give back what is held",
    Right.REFUNDS_WRITE: "refund",
    Right.CARDS_READ: "see the cards that customers have saved, masked",
    Right.CARDS_WRITE: "save and revoke cards",
    Right.WEBHOOKS_READ: "see the client's webhook endpoints and deliveries",
    Right.WEBHOOKS_WRITE: "change the client's webhook endpoints, deliver again",
    Right.ORDERS_ALL: "see all orders and cards of the client, not the subject's alone",
}
_PAYER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token for the payer of one order, from `/api/orders/{order_id}/payer-token/`, which a browser may hold",
}


class ProblemApi(Api):  # type: ignore[misc]  # a library without types
    """Leaves errors to our own handlers, and documents them as what they are."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        names = {status.name: status.phrase for status in HTTPStatus} | {"DEFAULT_ERROR": "A problem (RFC 9457)"}
        for name, description in names.items():
            response: dict[str, Any] = {"description": description, "content": {MEDIA_TYPE: {"schema": Problem}}}
            self.spec.components.response(name, response, lazy=True)


def document(app: Flask) -> ProblemApi:
    app.config.update(OPENAPI_URL_PREFIX="/api", OPENAPI_JSON_PATH="openapi.json")
    kwargs = {
        "title": "OCTO payments",
        "version": "1",
        "openapi_version": "3.1.0",
        "info": {"description": _DESCRIPTION},
    }
    api = ProblemApi(app, spec_kwargs=kwargs)
    flow = {"tokenUrl": "/api/auth/token/", "scopes": {right.value: text for right, text in _RIGHTS.items()}}
    api.spec.components.security_scheme("oauth2", {"type": "oauth2", "flows": {"clientCredentials": flow}})
    api.spec.components.security_scheme("payer", _PAYER)
    return api
