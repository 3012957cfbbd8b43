"""What the log says of OCTO: the lines that whoever runs the service can be woken by."""

import json
from hashlib import sha1
from typing import Any

import pytest
import requests
from requests_mock import ANY, Mocker
from structlog.testing import capture_logs

from adapters.octo.callback import OctoCallbackReader
from adapters.octo.redaction import kept
from tests.integration.octo.examples import WRONG_SECRET
from tests.integration.octo.given import AT, CALLS, SHOP_TRANSACTION_ID, URLS, UUID, YES, a_gateway, last
from tests.integration.octo.test_callback import KEY, raw

every_call = pytest.mark.parametrize("call", CALLS)


def lines_of(octo: Mocker, call: str, **response: Any) -> list[Any]:
    """Ours. The library that repeats calls has lines of its own."""
    octo.register_uri(ANY, URLS[call], **response)
    with capture_logs() as lines:
        CALLS[call](a_gateway())
    return [line for line in lines if line["event"].startswith("octo_")]


@every_call
def test_of_a_yes_nothing_is_said(requests_mock: Mocker, call: str) -> None:
    assert lines_of(requests_mock, call, text=YES[call]) == []


@every_call
def test_a_no_to_the_payment_is_no_business_of_whoever_runs_the_service(requests_mock: Mocker, call: str) -> None:
    assert lines_of(requests_mock, call, text='{"error": 9}') == []


@every_call
def test_a_no_to_the_shop_is_an_error(requests_mock: Mocker, call: str) -> None:
    assert lines_of(requests_mock, call, text=WRONG_SECRET) == [
        {"event": "octo_refuses_the_shop", "log_level": "error", "call": call}
    ]


@every_call
@pytest.mark.parametrize(
    ("response", "why"),
    [
        ({"exc": requests.ConnectTimeout}, "ConnectTimeout"),
        ({"exc": requests.ReadTimeout}, "ReadTimeout"),
        ({"status_code": 503}, "http 503"),
        ({"text": '{"error": 4}'}, "error 4"),
    ],
)
def test_silence_is_a_warning_with_its_reason(
    requests_mock: Mocker, call: str, response: dict[str, Any], why: str
) -> None:
    assert lines_of(requests_mock, call, **response) == [
        {"event": "octo_did_not_answer", "log_level": "warning", "call": call, "why": why}
    ]


def test_to_have_asked_too_often_is_not_octos_silence(requests_mock: Mocker) -> None:
    assert lines_of(requests_mock, "read_status", text='{"error": 11}') == []


@pytest.mark.parametrize("call", ["prepare", "read_status"])
def test_a_status_that_we_do_not_know_is_named(requests_mock: Mocker, call: str) -> None:
    said = json.dumps({"error": 0, "data": {"octo_payment_UUID": UUID, "status": "on_the_moon"}})

    assert lines_of(requests_mock, call, text=said) == [
        {
            "event": "octo_unknown_status",
            "log_level": "warning",
            "call": call,
            "status": "on_the_moon",
            # The sample's looks like the number of a card.
            "shop_transaction_id": kept({"shop_transaction_id": SHOP_TRANSACTION_ID})["shop_transaction_id"],
        }
    ]


@pytest.mark.parametrize(("keys", "times"), [([KEY], 1), ([], 0)])
def test_so_is_that_of_a_callback_which_octo_signed(keys: list[str], times: int) -> None:
    signature = sha1(f"{KEY}{UUID}on_the_moon".encode()).hexdigest()
    with capture_logs() as lines:
        OctoCallbackReader(keys).read(raw({"status": "on_the_moon", "signature": signature}), AT)

    assert [(line["event"], line["call"], line["status"]) for line in lines] == [
        ("octo_unknown_status", "callback", "on_the_moon")
    ] * times


@pytest.mark.parametrize(
    ("response", "known"),
    [
        ({"text": WRONG_SECRET}, False),
        ({"text": '{"error": 1, "errMessage": "Missing params: [totalSum]"}'}, True),
        ({"status_code": 503}, None),
    ],
)
def test_the_shops_secret_can_be_tried_without_a_payment(
    requests_mock: Mocker, response: dict[str, Any], known: bool | None
) -> None:
    requests_mock.post(URLS["read_status"], **response)

    assert a_gateway().knows_shop() is known
    assert set(last(requests_mock).json()) == {"octo_shop_id", "octo_secret", "shop_transaction_id"}
