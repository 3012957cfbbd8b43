"""Scripts on the shop's pages may call the API; others', and calls under a strange name, may not."""

import pytest

from entrypoints.http.app import create_app
from entrypoints.http.services import services_of
from entrypoints.settings import Settings
from tests.integration.http.shop import ENVIRONMENT, Api

SHOP = "https://shop.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
PATH = "/api/orders/order-1/payment/confirm/"


def test_a_script_on_the_shops_page_is_told_what_it_may_send(visitor: Api) -> None:
    answer = visitor.http.options(PATH, headers={"Origin": SHOP} | PREFLIGHT)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"OPTIONS", "POST"}
    assert {"authorization", "content-type", "idempotency-key"} <= set(
        answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    )
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("frontend", "origin"),
    [
        ("https://Shop.example:443/checkout/", SHOP),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("https://shop.example:8443", "https://shop.example:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(visitor: Api, frontend: str, origin: str) -> None:
    app = create_app(services_of(visitor.app), Settings.from_env(ENVIRONMENT | {"FRONTEND_URL": frontend}))
    answer = app.test_client().options(PATH, headers={"Origin": origin} | PREFLIGHT)

    assert answer.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("authorized", [True, False])
def test_a_script_on_the_shops_page_reads_answers_and_refusals(visitor: Api, authorized: bool) -> None:
    headers = {"Origin": SHOP} | (visitor.another("shop").headers if authorized else {})
    answer = visitor.get("/api/orders/", headers=headers)

    assert answer.status_code == (200 if authorized else 401)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://sub.shop.example",
        "null",
        "*",
        "",
    ],
)
def test_a_script_elsewhere_is_told_nothing(visitor: Api, origin: str) -> None:
    for answer in (
        visitor.http.options(PATH, headers={"Origin": origin} | PREFLIGHT),
        visitor.get("/api/orders/", headers={"Origin": origin}),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.headers["Vary"]


def test_no_answer_ever_allows_cookies(visitor: Api) -> None:
    answer = visitor.http.options(PATH, headers={"Origin": SHOP} | PREFLIGHT)

    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in visitor.get("/api/orders/", headers=visitor.another("shop").headers).headers


@pytest.mark.parametrize("path", ["/api/auth/token/", "/api/payments/notify/", "/healthz/", "/api/openapi.json"])
def test_the_other_doors_are_none_for_scripts(visitor: Api, path: str) -> None:
    answer = visitor.http.options(path, headers={"Origin": SHOP} | PREFLIGHT)

    assert "Access-Control-Allow-Origin" not in answer.headers


# ---- under which name the service is called


@pytest.mark.parametrize("host", ["pay.example", "pay.example:8443", "localhost", "127.0.0.1:8000"])
def test_the_service_answers_to_its_own_names(visitor: Api, host: str) -> None:
    assert visitor.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "pay.example.evil.example", "evil.pay.example", "10.0.0.1", "a b"])
def test_a_strange_name_is_not_answered(visitor: Api, host: str) -> None:
    for path in ("/healthz", "/api/orders/", "/nowhere"):
        answer = visitor.get(path, headers={"Host": host})

        assert (answer.status_code, answer.json["code"]) == (400, "bad_request")  # type: ignore[index]


def test_a_name_that_a_proxy_forwards_counts_only_behind_one(visitor: Api) -> None:
    headers = {"Host": "pay.example", "X-Forwarded-Host": "evil.example"}
    behind = create_app(services_of(visitor.app), Settings.from_env(ENVIRONMENT | {"TRUSTED_PROXIES": "1"}))

    assert visitor.get("/healthz", headers=headers).status_code == 200
    assert behind.test_client().get("/healthz", headers=headers).status_code == 400


def test_over_https_browsers_are_told_to_stay_there(visitor: Api) -> None:
    plain = create_app(
        services_of(visitor.app), Settings.from_env(ENVIRONMENT | {"PUBLIC_URL": "http://127.0.0.1:8000"})
    )

    assert visitor.get("/healthz").headers["Strict-Transport-Security"] == "max-age=63072000"
    assert "Strict-Transport-Security" not in plain.test_client().get("/healthz").headers
