"""Client B with every verb and path of the OpenAPI document on A's ids. A new route is tried by itself, or turns this red."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from werkzeug.test import TestResponse

from entrypoints.http.app import create_app
from entrypoints.http.services import Services
from entrypoints.settings import Settings
from tests.fakes.memory_doors import MemoryClients, MemoryIdempotencyKeys
from tests.fakes.world import World
from tests.faults.record import counted
from tests.integration.http.conftest import services
from tests.integration.http.shop import ENVIRONMENT, Api


@pytest.fixture(scope="module", autouse=True)
def every_test_is_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from counted(request, fault="F28", case="over HTTP", database="memory")


def document() -> dict[str, Any]:
    nobody: Services = services(World(), MemoryClients(), MemoryIdempotencyKeys())
    app = create_app(nobody, Settings.from_env(ENVIRONMENT))
    found: dict[str, Any] = app.test_client().get("/api/openapi.json").get_json()
    return found


class Operation(NamedTuple):
    method: str
    path: str
    body: Any
    query: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


def operations() -> list[Operation]:
    found: list[Operation] = []
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            if method == "parameters":
                continue
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            assert not told.get("requestBody") or "example" in content or path in OPEN, f"{path} shows no example"
            asked = [p for p in told.get("parameters", []) if p.get("in") == "query" and p["required"]]
            query = {p["name"]: p["schema"].get("examples", [CUSTOMER])[0] for p in asked}
            found.append(Operation(method.upper(), path, content.get("example"), query))
    return found


# Where nobody is asked for a token.
OPEN = ("/api/auth/token/", "/api/payments/notify/", "/api/cards/notify/{card_id}/{secret}/")
# Those that make something of one's own.
MAKING = ("POST /api/orders/", "POST /api/webhooks/endpoints/", "POST /api/cards/")
CUSTOMER = "17"
ALL = [operation for operation in operations() if operation.path not in OPEN]
WITH_IDS = [operation for operation in ALL if operation.parameters]
WITHOUT = [operation for operation in ALL if not operation.parameters]


CARD = next(operation.body for operation in ALL if operation.path == "/api/cards/" and operation.method == "POST")


class Shop:
    """Client A, with one of everything that has an id."""

    def __init__(self, api: Api) -> None:
        self.api = api
        endpoint = api.post("/api/webhooks/endpoints/", {"url": "https://shop.example/hooks"})
        world = api.world
        order = world.paid()
        while world.merchant_events.deliver():
            pass
        refund = api.post(f"/api/orders/{order.id}/refunds/", {"reason": "Came too late"})
        deliveries = api.get("/api/webhooks/deliveries/")
        card = api.post("/api/cards/", CARD)
        self.ids = {
            "order_id": order.id,
            "refund_id": refund.get_json()["id"],
            "endpoint_id": endpoint.get_json()["id"],
            "card_id": card.get_json()["id"],
            "delivery_id": deliveries.get_json()["items"][0]["id"],
        }
        assert set(self.ids) >= {name for operation in WITH_IDS for name in operation.parameters}, "an id to be tried"
        api.order(reference="of-the-shop")

    def path(self, operation: Operation) -> str:
        return re.sub(r"{(\w+)}", lambda name: self.ids[name[1]], operation.path)


@pytest.fixture
def shop(api: Api) -> Shop:
    return Shop(api)


def tried(api: Api, operation: Operation, path: str) -> TestResponse:
    more = {} if operation.body is None else {"json": operation.body}
    return api.http.open(path, method=operation.method, headers=api.headers, query_string=operation.query, **more)


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
def test_a_stranger_finds_nothing_and_the_owner_does(shop: Shop, operation: Operation) -> None:
    stranger = shop.api.another("stranger")
    before = shop.api.world.database.books
    to_stranger = tried(stranger, operation, shop.path(operation))
    after = shop.api.world.database.books
    to_owner = tried(shop.api, operation, shop.path(operation))

    assert to_stranger.status_code == 404
    assert after == before
    assert not [known for known in shop.ids.values() if known in to_stranger.text]
    assert to_owner.status_code not in (401, 403, 404, 405, 500) or to_owner.get_json()["code"] in EXPECTED


# What the owner may be told of a payment that is over, though all ids are right.
EXPECTED = ("transaction_not_found",)


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
@pytest.mark.parametrize("spoilt", ["missing", "x" * 65, "..%2f..%2f", "%00", "'--", "*"])
def test_what_cannot_be_an_id_is_as_missing_as_anothers(shop: Shop, operation: Operation, spoilt: str) -> None:
    path = re.sub(r"{\w+}", spoilt, operation.path)

    assert tried(shop.api, operation, path).status_code == 404


@pytest.mark.parametrize("operation", WITHOUT, ids=str)
def test_what_is_listed_or_made_without_an_id_is_ones_own(shop: Shop, operation: Operation) -> None:
    stranger = shop.api.another("stranger")
    answer = tried(stranger, operation, operation.path)

    assert answer.status_code == (201 if str(operation) in MAKING else 200)
    assert not [known for known in shop.ids.values() if f'"{known}"' in answer.text]
    assert "of-the-shop" not in answer.text


def test_a_reference_that_another_client_has_is_free(shop: Shop) -> None:
    stranger = shop.api.another("stranger")

    assert stranger.post("/api/orders/", {"amount": 1, "reference": "of-the-shop"}).status_code == 201


def test_a_strangers_idempotency_key_is_his_own(shop: Shop) -> None:
    key, body = {"Idempotency-Key": "the-same"}, {"amount": 1}
    first = shop.api.post("/api/orders/", body, headers=key)
    second = shop.api.another("stranger").post("/api/orders/", body, headers=key)

    assert "Idempotent-Replayed" not in second.headers
    assert first.get_json()["id"] != second.get_json()["id"]


DOORS: dict[str, Callable[[Shop], dict[str, str]]] = {
    "nobody": lambda shop: {},
    "a token of nobody": lambda shop: {"Authorization": "Bearer x.y.z"},
}


@pytest.mark.parametrize("headers", DOORS.values(), ids=DOORS.keys())
@pytest.mark.parametrize("operation", ALL, ids=str)
def test_nobody_comes_in_without_a_token(
    shop: Shop, operation: Operation, headers: Callable[[Shop], dict[str, str]]
) -> None:
    more = {} if operation.body is None else {"json": operation.body}
    answer = shop.api.http.open(shop.path(operation), method=operation.method, headers=headers(shop), **more)

    assert answer.status_code == 401
