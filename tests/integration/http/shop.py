"""A caller of the API, who checks what all answers have in common."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from domain.ports import Client
from entrypoints.http.caller import ALL_RIGHTS
from tests.fakes.memory_doors import MemoryClients, MemoryIdempotencyKeys
from tests.fakes.world import START, UZCARD, World

SECRET: Final = "secret-of-the-shop"
ENVIRONMENT: Final = {
    "ENVIRONMENT": "development",
    "SECRET_KEY": "a-key-for-tests-only-0123456789abcdef",
    "JWT_SECRET_KEY": "another-key-for-tests-only-0123456789",
    "PUBLIC_URL": "https://pay.example",
    "FRONTEND_URL": "https://shop.example",
    "OCTO_SHOP_ID": "4321",
    "OCTO_SECRET": "secret-of-octo",
    "OCTO_TEST_MODE": "true",
    "TOKEN_FAILURES_PER_MINUTE": "10000",
}


class PlainHasher:
    def hash(self, secret: str) -> str:
        return f"hash of {secret}"

    def matches(self, secret: str, secret_hash: str) -> bool:
        return secret_hash.encode() == self.hash(secret).encode()


@dataclass
class Api:
    """`headers` go with every request: the token, if there is one."""

    app: Flask
    world: World
    clients: MemoryClients
    keys: MemoryIdempotencyKeys
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    def post(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": "application/json"}
        return self._checked(self.http.post(path, headers=self.headers | dict(headers or {}), **more))

    def get(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        return self._checked(self.http.get(path, headers=self.headers | dict(headers or {}), **more))

    def token(self, client_id: str, scope: str | None = None) -> str:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": SECRET}
        answer = self.http.post("/api/auth/token/", data=form | ({"scope": scope} if scope else {}))
        assert answer.status_code == 200, answer.text
        token: str = answer.json["access_token"]  # type: ignore[index]
        return token

    def another(self, client_id: str, *, scope: str | None = None) -> "Api":
        """The same API for another caller."""
        if self.clients.find(client_id) is None:
            self.clients.add(client(client_id))
        bearer = {"Authorization": f"Bearer {self.token(client_id, scope)}"}
        return Api(self.app, self.world, self.clients, self.keys, bearer)

    # ---- the way of a payment

    def order(self, **body: Any) -> str:
        answer = self.post("/api/orders/", {"amount": "185000.00"} | body)
        assert answer.status_code == 201, answer.text
        order_id: str = answer.json["id"]  # type: ignore[index]
        return order_id

    def initiated(self, order_id: str) -> str:
        answer = self.post(f"/api/orders/{order_id}/payment/initiate/")
        assert answer.status_code == 200, answer.text
        transaction_id: str = answer.json["transaction_id"]  # type: ignore[index]
        return transaction_id

    def confirmed(self, order_id: str) -> str:
        transaction_id = self.initiated(order_id)
        answer = self.post(f"/api/orders/{order_id}/payment/confirm/", card(transaction_id))
        assert answer.status_code == 200, answer.text
        return transaction_id

    def paid(self, **body: Any) -> str:
        order_id = self.order(**body)
        code = {"transaction_id": self.confirmed(order_id), "sms_key": "111111"}
        assert self.post(f"/api/orders/{order_id}/payment/verify-otp/", code).status_code == 200
        status = self.get(f"/api/orders/{order_id}/payment/status/")
        assert status.json is not None and status.json["status"] == "success"
        return order_id

    def _checked(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code < 300 or answer.status_code >= 400
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-ID"]
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert answer.json is not None
            assert {"type", "title", "status", "code", "detail", "request_id"} <= set(answer.json)
            assert answer.json["status"] == answer.status_code
            self._is_told(answer)
        return answer

    def _is_told(self, answer: TestResponse) -> None:
        """The document lists this problem for this operation, and describes its facts."""
        assert answer.json is not None
        document = _document(self.app)
        try:
            rule, _ = self.app.url_map.bind("").match(
                answer.request.path, method=answer.request.method, return_rule=True
            )
        except HTTPException:
            return
        path = re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        if path not in document["paths"] or answer.status_code == 500:
            return
        told = document["paths"][path][answer.request.method.lower()]["responses"].get(str(answer.status_code))
        assert told is not None, f"{path} does not tell of {answer.status_code} {answer.json['code']}"
        one_of = told["content"]["application/problem+json"]["schema"]["allOf"][1]
        assert answer.json["code"] in one_of["properties"]["code"]["enum"], path
        assert set(answer.json.get("facts", ())) <= set(document["components"]["schemas"]["Facts"]["properties"])


@cache
def _document(app: Flask) -> Any:
    return app.test_client().get("/api/openapi.json").get_json()


def client(client_id: str) -> Client:
    return Client(
        id=client_id,
        name=client_id,
        secret_hash=PlainHasher().hash(SECRET),
        scopes=ALL_RIGHTS,
        created_at=START,
    )


def card(transaction_id: str, /, **changes: object) -> dict[str, object]:
    return {
        "transaction_id": transaction_id,
        "card_number": UZCARD,
        "expire": "1240",
        "cardholder_name": "TEST USER",
    } | changes
