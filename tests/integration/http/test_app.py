"""What all answers have in common, health, and the start of the application."""

import pytest
from flask import Flask, request

from entrypoints.http import guard
from entrypoints.http.app import create_app
from entrypoints.http.guard import GuardedBlueprint
from entrypoints.http.services import services_of
from entrypoints.settings import Settings
from tests.integration.http.shop import ENVIRONMENT, Api


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/healthz/", "/readyz/"])
def test_health_needs_no_token(visitor: Api, path: str) -> None:
    assert visitor.get(path).json == {"status": "ok"}


def test_a_service_without_its_database_is_alive_but_not_ready(visitor: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    services = services_of(visitor.app)
    object.__setattr__(services, "not_ready", lambda: "tables missing")
    answer = visitor.http.get("/readyz")

    assert visitor.http.get("/healthz").status_code == 200
    assert (answer.status_code, answer.json) == (503, {"status": "tables missing"})


@pytest.mark.parametrize("path", ["/healthz", "/api/openapi.json", "/api/orders/", "/nowhere"])
def test_answers_are_neither_kept_nor_framed_nor_guessed_at(visitor: Api, path: str) -> None:
    headers = visitor.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("given", ["request-42", "A" * 64, "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"])
def test_a_request_id_is_taken_over(visitor: Api, given: str) -> None:
    assert visitor.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "with space", "línea-42", "a;b;c;d;e"])
def test_a_strange_request_id_is_replaced(visitor: Api, given: str) -> None:
    found = visitor.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert found != given
    assert len(found) == 32


def test_the_program_does_not_start_with_a_route_that_names_no_scope(visitor: Api) -> None:
    app = Flask(__name__)
    blueprint = GuardedBlueprint("new", __name__, description="", url_prefix="/new")
    blueprint.get("/")(lambda: "everybody")
    app.register_blueprint(blueprint)

    with pytest.raises(RuntimeError, match="does not say which scope"):
        guard.check(app)


@pytest.mark.parametrize(("depth", "seen"), [("0", "10.0.0.9"), ("1", "203.0.113.7")])
def test_forwarded_addresses_are_believed_as_deep_as_the_settings_say(visitor: Api, depth: str, seen: str) -> None:
    settings = Settings.from_env(ENVIRONMENT | {"TRUSTED_PROXIES": depth})
    app = create_app(services_of(visitor.app), settings)
    addresses: list[str | None] = []
    app.before_request(lambda: addresses.append(request.remote_addr))
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    app.test_client().get("/healthz", headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.9"})

    assert addresses == [seen]
