"""docs/octo.md names every field that is sent, only what exists, and settings that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from requests_mock import Mocker

from adapters.octo import wire, words
from tests.integration.octo.given import CALLS, YES, a_customer, a_gateway, a_transaction, an_order, last, outcome

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "octo.md").read_text("utf-8")
QUOTED: Final = set(re.findall(r"`([^`]+)`", PAGE))


def names(body: object) -> Iterator[str]:
    if isinstance(body, dict):
        yield from body
        for inner in body.values():
            yield from names(inner)
    elif isinstance(body, list):
        for inner in body:
            yield from names(inner)


def sent_by(octo: Mocker, call: str) -> Any:
    outcome(octo, call, YES[call])
    return json.loads(last(octo).text or "{}")


@pytest.mark.parametrize("call", CALLS)
def test_every_field_that_is_sent_is_on_the_page(requests_mock: Mocker, call: str) -> None:
    # What is inside of payment_methods goes without saying.
    assert set(names(sent_by(requests_mock, call))) - {"method"} <= QUOTED


def test_the_customers_fields_are_on_the_page(requests_mock: Mocker) -> None:
    outcome(requests_mock, "prepare", YES["prepare"])
    a_gateway().prepare(an_order(customer=a_customer()), a_transaction(), a_transaction().created_at)

    assert set(names(json.loads(last(requests_mock).text))) - {"method"} <= QUOTED


@pytest.mark.parametrize("word", sorted({*words.STATUSES, *words.REFUNDS}))
def test_every_word_that_is_understood_is_on_the_page(word: str) -> None:
    assert word in QUOTED


@pytest.mark.parametrize("file", sorted(q for q in QUOTED if re.fullmatch(r"(src|tests|docs)/\S*\.py", q)))
def test_a_file_that_is_named_is_there(file: str) -> None:
    assert (ROOT / file).is_file()


@pytest.mark.parametrize(
    "name", sorted(q.removeprefix("wire.") for q in QUOTED if q.startswith("wire.") and q != "wire.py")
)
def test_a_function_that_is_named_is_there(name: str) -> None:
    assert hasattr(wire, name)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z]+_[A-Z_]+)[`=]", PAGE))))
def test_a_setting_that_is_named_is_in_the_example(name: str) -> None:
    assert f"\n{name}=" in (ROOT / ".env.example").read_text("utf-8")
