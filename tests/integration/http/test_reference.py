"""/api/docs/: everything that the document says, for people, without a script and without anybody else's server."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.integration.http.shop import Api


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


@pytest.fixture
def text(visitor: Api) -> str:
    answer = visitor.get("/api/docs/")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    return answer.text


def test_every_route_is_on_the_page_with_its_example(visitor: Api, text: str) -> None:
    document: dict[str, Any] = visitor.get("/api/openapi.json").get_json()
    anchors = Page(text).values("id")
    operations = [
        (path, method) for path, told in document["paths"].items() for method in told if method != "parameters"
    ]

    assert len(operations) > 25
    for path, method in operations:
        assert f"{method}{path}".replace("/", "-").strip("-") in anchors
    assert text.count('-H "Authorization: Bearer $TOKEN"') >= 10
    assert "<b>429</b>" in text
    assert "items[].price" in text
    assert "facts.retry_after_seconds" in text


def test_every_link_inside_leads_somewhere(text: str) -> None:
    page = Page(text)
    anchors = set(page.values("id"))

    assert page.open == []
    for target in page.values("href"):
        assert target.removeprefix("#") in anchors or target in ("/api/docs/style.css", "/api/openapi.json")


def test_nothing_on_the_page_runs_or_comes_from_elsewhere(visitor: Api, text: str) -> None:
    page = Page(text)
    policy = visitor.get("/api/docs/").headers["Content-Security-Policy"]

    assert not {tag for tag, _ in page.tags} & {"script", "style", "iframe", "img", "form", "object", "base"}
    assert not [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]
    assert page.values("src") == []
    assert policy == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def test_the_style_is_ours_and_fetches_nothing(visitor: Api) -> None:
    answer = visitor.get("/api/docs/style.css")

    assert answer.mimetype == "text/css"
    assert not re.search(r"url\(|@import|//", answer.text)
