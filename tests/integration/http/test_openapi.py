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


def test_limits_are_numbers_and_what_is_optional_may_be_null(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["ItemBody"]["properties"]["quantity"] == {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    assert schemas["OrderBody"]["properties"]["amount"]["type"] == ["string", "number", "null"]
    assert schemas["CardBody"]["properties"]["saved_card_id"]["type"] == ["string", "null"]
    assert schemas["ResendBody"]["required"] == ["card_number", "expire"]
