"""The whole service before the stand-in: cards saved, used and revoked, none of their secrets at rest, and the key changed meanwhile."""

import io
import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import Result
from flask import Flask
from pytest_httpserver import HTTPServer
from sqlalchemy import make_url
from werkzeug import Request, Response

from entrypoints.bootstrap import build
from entrypoints.settings import Settings
from tests.integration.octo.stand_in import Sandbox

NUMBER: Final = "8600417301794177"
EXPIRE: Final = "1240"
HOLDER: Final = "MARKERHOLDER NEVERSTORED"
CODE: Final = "111111"
KEY: Final = "a-key-for-tests-only-0123456789abcdef"
NEW_KEY: Final = "the-next-key-for-tests-9876543210-fedcba"
CUSTOMER: Final = {"user_id": "u-1", "phone": "998901112233", "email": "client@example.com"}


class Service:
    """OCTO's callbacks arrive over a real socket and are handed to the application."""

    def __init__(self, sandbox: Sandbox, server: HTTPServer, database_url: str, folder: Path) -> None:
        self.sandbox = sandbox
        self.database_url = database_url
        self.environment = {
            "ENVIRONMENT": "development",
            "SECRET_KEY": KEY,
            "JWT_SECRET_KEY": "another-key-for-tests-only-0123456789",
            "PUBLIC_URL": server.url_for("").rstrip("/"),
            "FRONTEND_URL": "https://shop.example",
            "OCTO_API_URL": sandbox.url,
            "OCTO_SHOP_ID": "4321",
            "OCTO_SECRET": "shop-secret",
            "OCTO_UNIQUE_KEY": "unique",
            "OCTO_TEST_MODE": "true",
            "DATABASE_URL": database_url,
            "JOBS_URL": f"sqlite:///{folder}/jobs.db",
            "LOG_LEVEL": "DEBUG",
        }
        self.received: list[dict[str, Any]] = []
        self.heard: list[str] = []
        server.expect_request(re.compile("/api/")).respond_with_handler(self._forward)
        self.app = self.built()
        created = self.runs("clients", "create", "--name", "shop").output
        found = dict(re.findall(r"(client_id|client_secret): +(\S+)", created))
        self.client_id = found["client_id"]
        form = {"grant_type": "client_credentials"} | found
        token: str = self.app.test_client().post("/api/auth/token/", data=form).get_json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def built(self, **changes: str) -> Flask:
        return build(Settings.from_env(self.environment | changes))

    def runs(self, *words: str, typed: str | None = None) -> Result:
        return self.app.test_cli_runner().invoke(args=words, input=typed)

    def _forward(self, request: Request) -> Response:
        raw = request.get_data()
        self.received.append(json.loads(raw))
        answer = self.app.test_client().post(request.path, data=raw, content_type=request.content_type)
        return Response(answer.get_data(), answer.status_code, content_type=answer.content_type)

    def sends(self, method: str, path: str, body: object = None) -> Any:
        given: dict[str, Any] = {} if body is None else {"json": body}
        answer = self.app.test_client().open(path, method=method, headers=self.headers, **given)
        self.heard.append(answer.text)
        return answer.get_json()

    def delivered(self) -> None:
        self.sandbox.control("POST", "callbacks/deliver", {})

    def saved(self) -> str:
        body = {"customer_user_id": "u-1", "card_number": NUMBER, "expire": EXPIRE, "phone": "998901112233"}
        card_id: str = self.sends("POST", "/api/cards/", body | {"cardholder_name": HOLDER})["id"]
        self.sends("POST", f"/api/cards/{card_id}/verify-otp/", {"sms_key": CODE})
        self.delivered()
        return card_id

    def token(self) -> str:
        found: str = next(c["card_token"] for c in reversed(self.received) if c.get("card_token"))
        return found

    def pays(self, card_id: str) -> tuple[str, Any]:
        order_id = self.sends("POST", "/api/orders/", {"amount": "185000.00", "customer": CUSTOMER})["id"]
        transaction_id = self.sends("POST", f"/api/orders/{order_id}/payment/initiate/", {})["transaction_id"]
        body = {"transaction_id": transaction_id, "saved_card_id": card_id}
        confirmed = self.sends("POST", f"/api/orders/{order_id}/payment/confirm/", body)
        if confirmed["status"] == "verification_required":
            body = {"transaction_id": transaction_id, "sms_key": CODE}
            self.sends("POST", f"/api/orders/{order_id}/payment/verify-otp/", body)
            self.delivered()
        return order_id, confirmed

    def status_of(self, order_id: str) -> str:
        status: str = self.sends("GET", f"/api/orders/{order_id}/")["status"]
        return status

    def at_rest(self) -> bytes:
        path = Path(str(make_url(self.database_url).database))
        return b"".join(file.read_bytes() for file in path.parent.glob("*") if file.is_file())


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that is logged, down to the libraries' own words."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    # The server that hands the callbacks on plays the proxy, which is told not to log their addresses.
    handler.addFilter(lambda record: record.name != "werkzeug")
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def service(sandbox: Sandbox, httpserver: HTTPServer, sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Service(sandbox, httpserver, sqlite_url, tmp_path)
    root.handlers, root.level = handlers, level


def test_an_order_is_paid_with_a_saved_card_and_the_ledger_agrees(service: Service) -> None:
    card_id = service.saved()
    order_id, _ = service.pays(card_id)

    assert service.sends("GET", f"/api/cards/{card_id}/")["status"] == "active"
    assert service.status_of(order_id) == "paid"
    assert service.sandbox.debits() == [1000.0, 185000.0]


def test_with_a_token_that_needs_no_code_it_is_paid_at_once(service: Service) -> None:
    service.sandbox.switch(token_otp="none")
    order_id, confirmed = service.pays(service.saved())

    assert confirmed["status"] == "success"
    assert service.status_of(order_id) == "paid"


def test_a_revoked_card_is_blocked_at_octo(service: Service) -> None:
    card_id = service.saved()
    revoked = service.sends("DELETE", f"/api/cards/{card_id}/")

    assert revoked["status"] == "blocked"
    assert [b["token_status"] for b in service.sandbox.control("GET", "bindings")["bindings"]] == ["blocked"]


def test_neither_card_nor_token_nor_code_nor_address_is_at_rest_or_logged(service: Service, logs: io.StringIO) -> None:
    card_id = service.saved()
    service.pays(card_id)
    address = next(c["url"] for c in service.sandbox.control("GET", "callbacks")["callbacks"] if "/cards/" in c["url"])
    sought = {"number": NUMBER, "holder": HOLDER, "token": service.token(), "secret": address.rstrip("/")[-64:]}
    kept = service.at_rest() + logs.getvalue().encode() + "".join(service.heard).encode()

    assert NUMBER in json.dumps(service.received)
    assert card_id.encode() in kept
    for what, secret in sought.items():
        plain, encoded = secret.encode(), b64encode(secret.encode()).rstrip(b"=")[:-1]
        assert plain not in kept and encoded not in kept, what
    assert not re.search(rb'"(exp|smsKey|card_token|cardHolderName)"\s*:|"pan"\s*:\s*"[0-9]{7}', kept)


def test_the_key_is_changed_without_losing_a_card(service: Service) -> None:
    card_id = service.saved()
    service.app = service.built(SECRET_KEY=NEW_KEY, SECRET_KEY_OLD=KEY)
    during, _ = service.pays(card_id)
    resealed = service.runs("secrets", "reseal")
    service.app = service.built(SECRET_KEY=NEW_KEY)
    afterwards, _ = service.pays(card_id)

    assert resealed.exit_code == 0
    assert "1 tokens of saved cards are encrypted" in resealed.output
    assert (service.status_of(during), service.status_of(afterwards)) == ("paid", "paid")


def test_a_key_that_is_gone_costs_the_cards_and_says_so(service: Service) -> None:
    card_id = service.saved()
    service.app = service.built(SECRET_KEY=NEW_KEY)
    _, refused = service.pays(card_id)
    resealed = service.runs("secrets", "reseal")
    revoked = service.sends("DELETE", f"/api/cards/{card_id}/")

    assert (refused["code"], refused["facts"]) == ("saved_card_not_usable", {"status": "unreadable"})
    assert resealed.exit_code == 1
    assert f"cannot be read: {card_id}" in resealed.output
    assert "opens 1 tokens of saved cards." in resealed.output
    assert "may go" not in resealed.output
    assert revoked["status"] == "blocked"


def test_the_key_is_changed_without_losing_an_endpoint_or_an_issuer(service: Service) -> None:
    url = service.environment["PUBLIC_URL"]
    service.runs("webhooks", "add", "--client", service.client_id, "--url", f"{url}/hook")
    issuer = ("--name", "https://login.shop.example", "--audience", "pay", "--algorithm", "HS256")
    service.runs("issuers", "add", service.client_id, *issuer, typed=f"{'shared-' * 6}\n")
    service.app = service.built(SECRET_KEY=NEW_KEY)
    without = service.runs("secrets", "reseal")
    service.app = service.built(SECRET_KEY=NEW_KEY, SECRET_KEY_OLD=KEY)
    resealed = service.runs("secrets", "reseal")
    service.app = service.built(SECRET_KEY=NEW_KEY)
    afterwards = service.runs("secrets", "reseal")

    assert without.exit_code == 1
    assert "opens 1 secrets of webhook endpoints, 1 shared keys of issuers." in without.output
    for said in (resealed, afterwards):
        assert said.exit_code == 0
        assert "1 secrets of webhook endpoints are encrypted" in said.output
        assert "1 shared keys of issuers are encrypted" in said.output
        assert "SECRET_KEY_OLD may go" in said.output


def test_a_double_click_while_the_key_changes_sends_one_card(service: Service) -> None:
    order_id = service.sends("POST", "/api/orders/", {"amount": "185000.00", "customer": CUSTOMER})["id"]
    transaction_id = service.sends("POST", f"/api/orders/{order_id}/payment/initiate/", {})["transaction_id"]
    body = {"transaction_id": transaction_id, "card_number": NUMBER, "expire": EXPIRE, "cardholder_name": HOLDER}
    first = service.sends("POST", f"/api/orders/{order_id}/payment/confirm/", body)
    service.app = service.built(SECRET_KEY=NEW_KEY, SECRET_KEY_OLD=KEY)
    second = service.sends("POST", f"/api/orders/{order_id}/payment/confirm/", body)

    assert (first["status"], second["status"]) == ("verification_required", "verification_required")
    assert service.sandbox.calls("pay") == 1


def test_an_operator_reads_how_a_card_stands_and_how_it_came_to_that(service: Service) -> None:
    card_id = service.saved()
    service.sends("DELETE", f"/api/cards/{card_id}/")
    shown = service.runs("cards", "show", card_id)
    nobodys = service.runs("cards", "show", "card_0")

    assert shown.exit_code == 0
    assert shown.output.startswith(f"{card_id}  blocked  860041******4177")
    assert re.findall(r"status (\w+) → (\w+)", shown.output) == [
        ("None", "init"),
        ("init", "verifying"),
        ("verifying", "active"),
        ("active", "blocked"),
    ]
    assert "callback octo" in shown.output
    assert [secret for secret in (service.token(), NUMBER, HOLDER, CODE) if secret in shown.output] == []
    assert (nobodys.exit_code, nobodys.output.strip()) == (1, "Error: saved_card_not_found")


def test_a_callback_on_its_way_while_the_key_changes_still_arrives(service: Service) -> None:
    body = {"customer_user_id": "u-1", "card_number": NUMBER, "expire": EXPIRE, "phone": "998901112233"}
    card_id = service.sends("POST", "/api/cards/", body)["id"]
    service.app = service.built(SECRET_KEY=NEW_KEY, SECRET_KEY_OLD=KEY)
    service.sends("POST", f"/api/cards/{card_id}/verify-otp/", {"sms_key": CODE})
    service.delivered()

    assert service.sends("GET", f"/api/cards/{card_id}/")["status"] == "active"
