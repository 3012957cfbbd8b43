"""/api/docs/: the OpenAPI document for people. One page and one style sheet of our own; no scripts, nobody else's servers."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from flask import Blueprint, Flask, Response, current_app, make_response, render_template

from entrypoints.http.openapi import ProblemApi

_API: Final = "OCTO_PAYMENTS_OPENAPI"
_STYLE: Final = Path(__file__).parent / "static" / "reference.css"
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

blueprint = Blueprint("reference", __name__, url_prefix="/api/docs")


class Field(NamedTuple):
    name: str
    kind: str
    required: bool
    told: str


class Operation(NamedTuple):
    """One route as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    for_payers: bool
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    example: str | None
    answers: tuple[tuple[str, str, tuple[Field, ...]], ...]


@blueprint.get("/")
def page() -> Response:
    """Made anew each time: nobody reads it a hundred times a second."""
    document = current_app.extensions[_API].spec.to_dict()
    sections: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method != "parameters":
                shared = methods.get("parameters", [])
                sections[told["tags"][0]].append(_operation(document, method, path, told, shared))
    problem = list(_fields(document, {"$ref": "#/components/schemas/Problem"}))
    shown = render_template("reference.html", document=document, sections=sections, problem=problem)
    response = make_response(shown)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/style.css")
def style() -> Response:
    return Response(_STYLE.read_text("utf-8"), mimetype="text/css")


def attach(app: Flask, api: ProblemApi) -> None:
    app.extensions[_API] = api
    app.register_blueprint(blueprint)


def _operation(
    document: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any], shared: list[Mapping[str, Any]]
) -> Operation:
    content: Mapping[str, Any] = next(iter(told.get("requestBody", {}).get("content", {}).values()), {})
    ways = told.get("security", [])
    parameters = (
        Field(p["name"], f"{p['in']}, {_kind(p['schema'])}", p.get("required", False), p.get("description", ""))
        for p in [*shared, *told.get("parameters", [])]
    )
    return Operation(
        anchor=f"{method}{path}".replace("/", "-").strip("-"),
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        description=told.get("description", ""),
        scopes=tuple(scope for way in ways for scope in way.get("oauth2", ())),
        for_payers=any("payer" in way for way in ways),
        parameters=tuple(parameters),
        body=tuple(_fields(document, content.get("schema", {}))),
        example=json.dumps(content["example"], ensure_ascii=False, indent=2) if content.get("example") else None,
        answers=tuple(_answer(document, status, answer) for status, answer in sorted(told["responses"].items())),
    )


def _answer(document: Mapping[str, Any], status: str, answer: Mapping[str, Any]) -> tuple[str, str, tuple[Field, ...]]:
    whole = _resolved(document, answer)
    content = whole.get("content", {}).get("application/json", {})
    return status, whole.get("description", ""), tuple(_fields(document, content.get("schema", {})))


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any], before: str = "") -> Iterator[Field]:
    """Of an object, those of the objects and lists inside of it after their own name."""
    whole = _resolved(document, schema)
    required = whole.get("required", ())
    for name, told in whole.get("properties", {}).items():
        inner = _resolved(document, told)
        yield Field(f"{before}{name}", _kind(inner), name in required, inner.get("description", ""))
        for below, step in ((inner, "."), (inner.get("items", {}), "[].")):
            if before.count(".") < 2:
                yield from _fields(document, _alternative(below), f"{before}{name}{step}")


def _alternative(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of an object that may be null, the object."""
    found: Mapping[str, Any] = next((one for one in schema.get("anyOf", ()) if one != {"type": "null"}), schema)
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(word) for word in schema["enum"])
    kind = schema.get("type", "object")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = node
    while "$ref" in found:
        steps = found["$ref"].removeprefix("#/").split("/")
        found = document
        for step in steps:
            found = found[step]
    return found  # type: ignore[no-any-return]  # the document is made of plain objects
