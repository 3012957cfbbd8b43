"""Access tokens: how they are got (RFC 6749), and which ones are refused."""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from werkzeug.test import TestResponse

from entrypoints.http.caller import ALL_RIGHTS
from tests.fakes.world import START
from tests.integration.http.shop import ENVIRONMENT, SECRET, Api, PlainHasher, client

PATH = "/api/auth/token/"
GRANT = {"grant_type": "client_credentials"}
CREDENTIALS = {"client_id": "shop", "client_secret": SECRET}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def error(answer: TestResponse) -> tuple[int, str]:
    """What RFC 6749, 5.2 asks of every error."""
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None and set(answer.json) == {"error", "error_description"}
    assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)
    return answer.status_code, answer.json["error"]


# ---- getting one

WAYS: dict[str, Callable[[Api], TestResponse]] = {
    "form": lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS),
    "json": lambda api: api.http.post(PATH, json=GRANT | CREDENTIALS),
    "basic with a form": lambda api: api.http.post(PATH, data=GRANT, headers=basic("shop", SECRET)),
    "basic with json": lambda api: api.http.post(PATH, json=GRANT, headers=basic("shop", SECRET)),
    "basic, form-encoded inside": lambda api: api.http.post(
        PATH, data=GRANT, headers=basic("%73hop", SECRET.replace("-", "%2D"))
    ),
    "basic, and the same id in the body": lambda api: api.http.post(
        PATH, data=GRANT | {"client_id": "shop"}, headers=basic("shop", SECRET)
    ),
    "without the slash": lambda api: api.http.post(PATH.rstrip("/"), data=GRANT | CREDENTIALS),
    "unknown and empty parameters": lambda api: api.http.post(
        PATH, data=GRANT | CREDENTIALS | {"resource": "x", "scope": ""}
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_client_gets_a_token_in_each_way(visitor: Api, way: Callable[[Api], TestResponse]) -> None:
    answer = way(visitor)

    assert answer.status_code == 200
    assert answer.json is not None and set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert answer.json["scope"].split() == list(ALL_RIGHTS)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"


def test_a_token_says_who_it_is_for_and_for_how_long(visitor: Api) -> None:
    token = visitor.token("shop")
    claims = jwt.decode(token, options={"verify_signature": False})

    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert {"exp", "iat", "jti", "sub", "aud", "iss", "scope", "client_id"} <= set(claims)
    assert (claims["sub"], claims["client_id"]) == ("shop", "shop")
    assert claims["exp"] - claims["iat"] == 900


def test_a_narrower_scope_may_be_asked_for(visitor: Api) -> None:
    answer = visitor.http.post(PATH, data=GRANT | CREDENTIALS | {"scope": "payments:read orders:read"})

    assert answer.json is not None and answer.json["scope"] == "orders:read payments:read"


WRONG: dict[str, tuple[Callable[[Api], TestResponse], tuple[int, str]]] = {
    "wrong secret": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS | {"client_secret": "guess"}),
        (401, "invalid_client"),
    ),
    "unknown client": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS | {"client_id": "nobody"}),
        (401, "invalid_client"),
    ),
    "strange client id": (
        lambda api: api.http.post(PATH, json=GRANT | CREDENTIALS | {"client_id": "sh\u0000op"}),
        (401, "invalid_client"),
    ),
    "strange secret": (
        lambda api: api.http.post(
            PATH,
            data=b'{"grant_type":"client_credentials","client_id":"shop","client_secret":"\\ud800"}',
            content_type="application/json",
        ),
        (401, "invalid_client"),
    ),
    "endless secret": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS | {"client_secret": "x" * 1000}),
        (401, "invalid_client"),
    ),
    "no credentials": (lambda api: api.http.post(PATH, data=GRANT), (401, "invalid_client")),
    "wrong basic": (
        lambda api: api.http.post(PATH, data=GRANT, headers=basic("shop", "guess")),
        (401, "invalid_client"),
    ),
    "garbled basic": (
        lambda api: api.http.post(PATH, data=GRANT, headers={"Authorization": "Basic %%%"}),
        (401, "invalid_client"),
    ),
    "bearer instead of basic": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS, headers={"Authorization": "Bearer abc"}),
        (401, "invalid_client"),
    ),
    "two ways at once": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS, headers=basic("shop", SECRET)),
        (400, "invalid_request"),
    ),
    "two different ids": (
        lambda api: api.http.post(PATH, data=GRANT | {"client_id": "other"}, headers=basic("shop", SECRET)),
        (400, "invalid_request"),
    ),
    "no grant type": (lambda api: api.http.post(PATH, data=CREDENTIALS), (400, "invalid_request")),
    "empty grant type": (
        lambda api: api.http.post(PATH, data=CREDENTIALS | {"grant_type": ""}),
        (400, "invalid_request"),
    ),
    "another grant type": (
        lambda api: api.http.post(PATH, data=CREDENTIALS | {"grant_type": "password"}),
        (400, "unsupported_grant_type"),
    ),
    "a repeated parameter": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS | {"scope": ["orders:read", "orders:read"]}),
        (400, "invalid_request"),
    ),
    "an unknown scope": (
        lambda api: api.http.post(PATH, data=GRANT | CREDENTIALS | {"scope": "orders:read admin"}),
        (400, "invalid_scope"),
    ),
    "no body": (lambda api: api.http.post(PATH), (400, "invalid_request")),
    "a list": (lambda api: api.http.post(PATH, json=[1]), (400, "invalid_request")),
    "numbers for texts": (lambda api: api.http.post(PATH, json=GRANT | {"client_id": 1}), (400, "invalid_request")),
    "broken json": (
        lambda api: api.http.post(PATH, data=b"{", content_type="application/json"),
        (400, "invalid_request"),
    ),
}


@pytest.mark.parametrize(("way", "expected"), WRONG.values(), ids=WRONG.keys())
def test_an_error_has_the_form_of_oauth(
    visitor: Api, way: Callable[[Api], TestResponse], expected: tuple[int, str]
) -> None:
    assert error(way(visitor)) == expected


@pytest.mark.parametrize("client_id", ["", "sh\u0000op", "x" * 65, "shop;--"])
def test_what_can_be_no_clients_id_does_not_reach_the_database(
    visitor: Api, monkeypatch: pytest.MonkeyPatch, client_id: str
) -> None:
    monkeypatch.setattr(visitor.clients, "find", None)

    assert error(visitor.http.post(PATH, json=GRANT | CREDENTIALS | {"client_id": client_id})) == (
        401,
        "invalid_client",
    )


def test_a_scope_that_the_client_does_not_have_is_not_granted(visitor: Api) -> None:
    visitor.clients.add(replace(client("reader"), scopes=("orders:read",)))
    own = visitor.http.post(PATH, data=GRANT | CREDENTIALS | {"client_id": "reader"})
    more = visitor.http.post(PATH, data=GRANT | CREDENTIALS | {"client_id": "reader", "scope": "orders:write"})

    assert own.json is not None and own.json["scope"] == "orders:read"
    assert error(more) == (400, "invalid_scope")


def test_a_disabled_client_gets_no_token(visitor: Api) -> None:
    visitor.clients.save(replace(client("shop"), disabled_at=START))

    assert error(visitor.http.post(PATH, data=GRANT | CREDENTIALS)) == (401, "invalid_client")


@pytest.mark.parametrize("client_id", ["shop", "nobody", "shop;--", "switched-off"])
def test_each_refusal_costs_one_look_at_a_hash(visitor: Api, monkeypatch: pytest.MonkeyPatch, client_id: str) -> None:
    """Otherwise the time that a refusal takes would tell which clients there are."""
    visitor.clients.add(replace(client("switched-off"), disabled_at=START))
    looked: list[str] = []
    monkeypatch.setattr(PlainHasher, "matches", lambda _, secret, secret_hash: looked.append(secret_hash))
    answer = visitor.http.post(PATH, data=GRANT | {"client_id": client_id, "client_secret": "a guess"})

    assert error(answer) == (401, "invalid_client")
    assert len(looked) == 1


# ---- using one


def kid(key: str) -> str:
    return hmac.digest(key.encode(), b"octo-payments kid", "sha256").hex()[:16]


OUR_KEY = ENVIRONMENT["JWT_SECRET_KEY"]
HEADER = {"kid": kid(OUR_KEY), "typ": "at+jwt"}


def from_now(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Every timedelta counted from this moment, and without the claims that are None."""
    now = datetime.now(UTC)
    present = {name: value for name, value in claims.items() if value is not None}
    return {name: now + value if isinstance(value, timedelta) else value for name, value in present.items()}


def forged(
    *, key: str = OUR_KEY, algorithm: str = "HS256", header: Mapping[str, object] | None = None, **changes: Any
) -> str:
    """A token like ours, but for the changes; None leaves a claim out, a timedelta is counted from now."""
    claims = {
        "iss": "https://pay.example",
        "aud": "https://pay.example/api/",
        "sub": "shop",
        "client_id": "shop",
        "scope": " ".join(ALL_RIGHTS),
        "jti": "0f8c1c2e",
        "iat": timedelta(),
        "exp": timedelta(minutes=15),
        "type": "access",
    } | changes
    said = {name: value for name, value in (HEADER | dict(header or {})).items() if value is not None or name == "typ"}
    return jwt.encode(from_now(claims), key if algorithm != "none" else "", algorithm, headers=said)


def listed(api: Api, token: str) -> TestResponse:
    return api.get("/api/orders/", headers={"Authorization": f"Bearer {token}"})


def test_the_model_of_the_forged_tokens_is_itself_accepted(visitor: Api) -> None:
    assert listed(visitor, forged()).status_code == 200


FORGED = {
    "no exp": {"exp": None},
    "no jti": {"jti": None},
    "empty jti": {"jti": ""},
    "no sub": {"sub": None},
    "empty sub": {"sub": ""},
    "sub of another type": {"sub": 17},
    "no client": {"client_id": None},
    "unknown client": {"client_id": "nobody"},
    "client of another type": {"client_id": ["shop"]},
    "no scope": {"scope": None},
    "scope of another type": {"scope": ["orders:read"]},
    "no aud": {"aud": None},
    "another aud": {"aud": "https://other.example/api/"},
    "no iss": {"iss": None},
    "another iss": {"iss": "https://other.example"},
    "no iat": {"iat": None},
    "issued tomorrow": {"iat": timedelta(days=1)},
    "not a date": {"exp": "tomorrow"},
    "a refresh token": {"type": "refresh"},
    "another key": {"key": "a-key-of-somebody-else-0123456789abcdef"},
    "another algorithm": {"algorithm": "HS512", "key": ENVIRONMENT["JWT_SECRET_KEY"] * 2},
    "no algorithm": {"algorithm": "none"},
    "no kid": {"header": {"kid": None}},
    "an unknown kid": {"header": {"kid": "0123456789abcdef"}},
    "a kid of another type": {"header": {"kid": "../../dev/null"}},
    "a kid that is a query": {"header": {"kid": "' OR 1=1 --"}},
    "no typ": {"header": {"typ": None}},
    "the general typ": {"header": {"typ": "JWT"}},
    "an unknown typ": {"header": {"typ": "logout+jwt"}},
    "a payer's typ without an order": {"header": {"typ": "payer+jwt"}},
    "an order without a payer's typ": {"order_id": "order-1"},
    "its own key set": {
        "header": {"jku": "https://evil.example/keys"},
        "key": "a-key-of-somebody-else-0123456789abcdef",
    },
    "something critical": {"header": {"crit": ["exp"]}},
    "not before tomorrow": {"nbf": timedelta(days=1)},
    "too long": {"padding": "x" * 5000},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused(visitor: Api, changes: dict[str, Any]) -> None:
    answer = listed(visitor, forged(**changes))

    assert (answer.status_code, answer.json["code"]) == (401, "token_invalid")  # type: ignore[index]
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b", "é", "eyJhbGciOiJIUzI1NiJ9.bnVsbA.x", "Bearer x"])
def test_what_is_no_token_is_refused(visitor: Api, token: str) -> None:
    answer = listed(visitor, token)

    assert answer.status_code == 401
    assert answer.json is not None and answer.json["code"] in ("token_invalid", "token_missing")


@pytest.mark.parametrize("headers", [{}, basic("shop", SECRET)], ids=["nothing", "basic"])
def test_without_a_token_there_is_only_a_challenge(visitor: Api, headers: dict[str, str]) -> None:
    answer = visitor.get("/api/orders/", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "token_missing")  # type: ignore[index]
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_token_in_the_address_does_not_count(visitor: Api) -> None:
    answer = visitor.get(f"/api/orders/?access_token={visitor.token('shop')}&jwt={visitor.token('shop')}")

    assert answer.status_code == 401


def test_an_expired_token_is_told_so(visitor: Api) -> None:
    token = visitor.token("shop")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=21), tick=False):
        answer = listed(visitor, token)

    assert (answer.status_code, answer.json["code"]) == (401, "token_expired")  # type: ignore[index]


@pytest.mark.parametrize("skew", [timedelta(minutes=-4), timedelta(minutes=4)])
def test_the_clocks_of_two_machines_may_differ_by_minutes(visitor: Api, skew: timedelta) -> None:
    with time_machine.travel(datetime.now(UTC) + skew, tick=False):
        token = visitor.token("shop")

    assert listed(visitor, token).status_code == 200


def test_the_tokens_of_a_disabled_client_stop_working_at_once(api: Api) -> None:
    api.clients.save(replace(client("shop"), disabled_at=START))
    answer = api.get("/api/orders/")

    assert (answer.status_code, answer.json["code"]) == (401, "token_invalid")  # type: ignore[index]


def test_a_scope_taken_from_a_client_is_taken_from_its_tokens(api: Api) -> None:
    api.clients.save(replace(client("shop"), scopes=("orders:read",)))

    assert api.get("/api/orders/").status_code == 200
    assert api.post("/api/orders/", {"amount": 1}).status_code == 403


ROUTES = [
    ("GET", "/api/orders/", "orders:read"),
    ("POST", "/api/orders/", "orders:write"),
    ("GET", "/api/register/", "orders:read"),
    ("GET", "/api/orders/order-1/", "orders:read"),
    ("POST", "/api/orders/order-1/cancel/", "orders:write"),
    ("GET", "/api/orders/order-1/payment/events/", "payments:read"),
    ("POST", "/api/orders/order-1/payment/initiate/", "payments:write"),
    ("POST", "/api/orders/order-1/payment/confirm/", "payments:write"),
    ("POST", "/api/orders/order-1/payment/verify-otp/", "payments:write"),
    ("POST", "/api/orders/order-1/payment/resend-otp/", "payments:write"),
    ("GET", "/api/orders/order-1/payment/status/", "payments:read"),
    ("POST", "/api/orders/order-1/payment/cancel/", "payments:write"),
    ("POST", "/api/orders/order-1/payer-token/", "payments:write"),
    ("POST", "/api/orders/order-1/payment/capture/", "payments:write"),
    ("POST", "/api/orders/order-1/payment/release/", "payments:write"),
    ("POST", "/api/orders/order-1/refunds/", "refunds:write"),
    ("GET", "/api/orders/order-1/refunds/", "payments:read"),
    ("GET", "/api/orders/order-1/refunds/refund-1/", "payments:read"),
    ("POST", "/api/cards/", "cards:write"),
    ("GET", "/api/cards/", "cards:read"),
    ("GET", "/api/cards/card_1/", "cards:read"),
    ("DELETE", "/api/cards/card_1/", "cards:write"),
    ("POST", "/api/cards/card_1/verify-otp/", "cards:write"),
    ("POST", "/api/webhooks/endpoints/", "webhooks:write"),
    ("GET", "/api/webhooks/endpoints/", "webhooks:read"),
    ("GET", "/api/webhooks/endpoints/we_1/", "webhooks:read"),
    ("PATCH", "/api/webhooks/endpoints/we_1/", "webhooks:write"),
    ("DELETE", "/api/webhooks/endpoints/we_1/", "webhooks:write"),
    ("POST", "/api/webhooks/endpoints/we_1/rotate-secret/", "webhooks:write"),
    ("POST", "/api/webhooks/endpoints/we_1/test/", "webhooks:write"),
    ("GET", "/api/webhooks/deliveries/", "webhooks:read"),
    ("POST", "/api/webhooks/deliveries/dlv_1/redeliver/", "webhooks:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_each_route_wants_its_own_scope(visitor: Api, method: str, path: str, scope: str) -> None:
    others = " ".join(right for right in ALL_RIGHTS if right != scope)
    refused = visitor.http.open(path, method=method, headers=visitor.another("shop", scope=others).headers)
    let_in = visitor.http.open(path, method=method, headers=visitor.another("shop", scope=scope).headers)
    stranger = visitor.http.open(path, method=method)

    assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")  # type: ignore[index]
    assert f'error="insufficient_scope", scope="{scope}"' in refused.headers["WWW-Authenticate"]
    assert let_in.status_code not in (401, 403)
    assert stranger.status_code == 401


def with_ids(rule: str) -> str:
    """A rule of Flask, or a path of OpenAPI, with an id for each of its variables."""
    ids = {
        "order_id": "order-1",
        "refund_id": "refund-1",
        "endpoint_id": "we_1",
        "delivery_id": "dlv_1",
        "card_id": "card_1",
        "secret": "secret",
    }
    return re.sub(r"[<{](\w+)[>}]", lambda name: ids[name[1]], rule)


def test_every_route_that_is_not_open_on_purpose_is_in_the_list_above(visitor: Api) -> None:
    open_on_purpose = {
        "/api/auth/token/",
        "/api/payments/notify/",
        "/api/cards/notify/<card_id>/<secret>/",
        "/healthz/",
        "/readyz/",
        "/metrics/",
        "/api/openapi.json",
        "/api/docs/",
        "/api/docs/style.css",
    }
    guarded = {
        (method, with_ids(rule.rule))
        for rule in visitor.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in open_on_purpose
    }

    assert guarded == {(method, path) for method, path, _ in ROUTES}


def test_an_order_of_another_subject_is_seen_with_orders_all_only(visitor: Api, api: Api) -> None:
    of_user = forged(sub="user-7", scope="orders:read orders:write")
    created = visitor.post("/api/orders/", {"amount": 1}, headers={"Authorization": f"Bearer {of_user}"})
    path = created.headers["Location"]
    as_user = visitor.get(path, headers={"Authorization": f"Bearer {of_user}"})
    as_other = visitor.get(path, headers={"Authorization": f"Bearer {forged(sub='user-8', scope='orders:read')}"})
    as_shop = api.get(path)

    assert (as_user.status_code, as_other.status_code, as_shop.status_code) == (200, 404, 200)
