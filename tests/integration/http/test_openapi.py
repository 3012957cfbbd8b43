"""The OpenAPI document: whole, true to the routes, and readable by machines."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.http.shop import Api
from tests.integration.http.test_tokens import ROUTES, with_ids


@pytest.fixture
def document(visitor: Api) -> dict[str, Any]:
    found: dict[str, Any] = visitor.get("/api/openapi.json").get_json()
    return found


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (str(value) for name, value in node.items() if name == "$ref")
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_each_route_is_described_with_its_scope(document: dict[str, Any], method: str, path: str, scope: str) -> None:
    paths = {with_ids(template): operations for template, operations in document["paths"].items()}
    operation = paths[path][method.lower()]

    assert operation["security"][0] == {"oauth2": [scope]}
    assert operation["summary"]
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]

    assert "#/components/schemas/Problem" in found


def test_errors_are_described_as_problems(document: dict[str, Any]) -> None:
    content = document["components"]["responses"]["DEFAULT_ERROR"]["content"]

    assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.mark.parametrize(
    ("path", "status", "codes"),
    [
        ("/api/orders/{order_id}/refunds/", "402", {"refund_refused"}),
        ("/api/orders/{order_id}/refunds/", "403", {"insufficient_scope"}),
        ("/api/orders/{order_id}/payment/release/", "402", {"hold_decision_refused"}),
        ("/api/orders/{order_id}/payment/initiate/", "502", {"gateway_refused"}),
        ("/api/cards/", "429", {"too_many_cards", "cards_paused"}),
        ("/api/orders/{order_id}/payment/cancel/", "429", {"too_many_requests"}),
        ("/api/orders/{order_id}/payer-token/", "409", None),
    ],
)
def test_an_operation_lists_the_problems_that_come_of_it_and_no_others(
    document: dict[str, Any], path: str, status: str, codes: set[str] | None
) -> None:
    told = document["paths"][path]["post"]["responses"].get(status)
    content = told and told["content"]["application/problem+json"]["schema"]["allOf"]

    assert (told and set(content[1]["properties"]["code"]["enum"])) == codes
    assert not told or content[0] == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ("ItemBody", ("spic", "package_code", "vat", "tin", "pinfl")),
        ("OrderBody", ("reference", "description", "mode", "capture")),
        ("CardBody", ("card_number", "expire", "cardholder_name")),
        ("RefundAnswer", ("status",)),
        ("OperationAnswer", ("status",)),
        ("TimelineEvent", ("before", "after")),
        ("ConfirmAnswer", ("verification_url", "seconds_left")),
        ("StatusAnswer", ("verification_url", "seconds_left")),
    ],
)
def test_what_a_name_does_not_say_is_described(document: dict[str, Any], schema: str, names: tuple[str, ...]) -> None:
    properties = document["components"]["schemas"][schema]["properties"]

    assert [name for name in names if not properties[name].get("description")] == []


def test_a_name_is_required_for_every_new_card(document: dict[str, Any]) -> None:
    told = document["components"]["schemas"]["CardBody"]["properties"]["cardholder_name"]["description"]

    assert told.startswith("Required") and "Uzcard" in told


def test_limits_are_numbers_and_what_is_optional_may_be_null(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["ItemBody"]["properties"]["quantity"] == {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    assert schemas["OrderBody"]["properties"]["amount"]["type"] == ["string", "number", "null"]
    assert schemas["CardBody"]["properties"]["saved_card_id"]["type"] == ["string", "null"]
    assert schemas["ResendBody"]["required"] == ["card_number", "expire"]
