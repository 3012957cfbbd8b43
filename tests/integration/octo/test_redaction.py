"""What is kept of an exchange, and what must be in no text that a failure leaves behind."""

import base64
import json
import logging
import re
import traceback
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest
import requests
from requests_mock import ANY, Mocker
from structlog.testing import capture_logs

from adapters.octo.redaction import kept
from adapters.octo.transport import Lost, NotSent
from domain.card import OneTimeCode
from domain.ports import Answered
from tests.integration.octo.given import (
    CALLS,
    NUMBER,
    SECRET,
    URLS,
    UUID,
    a_card,
    a_customer,
    a_gateway,
    a_transaction,
    an_order,
)
from tests.integration.octo.servers import Script, resets, says, serving

BANK_CARD: Final = "4111111111111111"
SPACED: Final = "4111 1111 1111 1111"
FORMS: Final = (
    BANK_CARD,
    SPACED,
    SPACED.replace(" ", "-"),
    quote(SPACED),
    base64.b64encode(BANK_CARD.encode()).decode().rstrip("="),
)
CODE: Final = "048213"
SECRETS: Final = (*FORMS, "2812", "007", CODE, SECRET)


def text_of(thing: object) -> str:
    return f"{thing!r} {thing}"


def found_in(text: str) -> list[str]:
    """Those of the secrets that stand in it; short ones as whole words, since a fraction of a second may hold one's digits."""
    whole = {secret: rf"\b{secret}\b" if len(secret) <= len(CODE) else re.escape(secret) for secret in SECRETS}
    return [secret for secret, pattern in whole.items() if re.search(pattern, text)]


def pay_and_check(octo: Any) -> list[Any]:
    return [
        octo.prepare(an_order(customer=a_customer()), a_transaction(), an_order().created_at),
        octo.read_status(a_transaction(), an_order().created_at),
        octo.pay(an_order(), a_transaction(), a_card(BANK_CARD, cvc="007")),
        octo.check_code(a_transaction(), OneTimeCode(CODE)),
    ]


def test_the_scan_finds_what_is_planted() -> None:
    assert found_in(text_of({"body": " ".join(SECRETS)})) == list(SECRETS)
    assert found_in(text_of({"at": "2026-01-05T10:00:03.007281Z"})) == []


@pytest.mark.parametrize("place", ["errMessage", "errorMessage", "description", "redirectUrl", "status", "phone"])
def test_an_answer_that_quotes_our_secrets_does_not_bring_them_into_the_books(
    requests_mock: Mocker, place: str
) -> None:
    quoted = f"OTP 048213, exp 2812, cvc 007, {SECRET}; " + ", ".join(FORMS)
    body = {"error": -5, place: quoted, "data": {place: quoted, "cardInfo": {place: quoted}, "payMethods": [quoted]}}
    requests_mock.post(ANY, json=body)
    exchanges = [outcome.exchange for outcome in pay_and_check(a_gateway())]

    assert "errMessage" not in body or "***" in exchanges[2].response["errMessage"]
    assert not any(form in text_of(exchanges[2]) for form in FORMS)
    # Only the call that has the card knows how it looks when encoded.
    assert not any(form in text_of(exchanges) for form in FORMS[:-1])
    assert SECRET not in text_of(exchanges[:2])
    assert not any(secret in text_of(exchanges[2]) for secret in ("2812", "007"))
    assert "048213" not in text_of(exchanges[3])


@pytest.mark.parametrize(
    "name",
    ["pan", "exp", "expDate", "cvc2", "smsKey", "octo_secret", "card_token", "saveToken", "cardHolder", "unheard_of"],
)
def test_names_that_are_not_known_to_be_harmless_are_left_out(name: str) -> None:
    assert kept({name: "1", "data": {name: "1", "details": {"cardInfo": {name: "1"}}}}) == {
        "data": {"details": {"cardInfo": {}}}
    }


@pytest.mark.parametrize("number", [BANK_CARD, NUMBER, "6211111111111111111"])
def test_a_card_number_is_masked_wherever_it_stands(number: str) -> None:
    answer = kept(
        {"id": int(number), "errMessage": f"card {number}, again {number}99999", "phone": [number, {"id": number}]}
    )

    assert number not in json.dumps(answer)
    assert f"{number[:6]}******{number[-4:]}" in answer["errMessage"]


def test_ids_and_times_are_kept_as_they_are() -> None:
    harmless = {
        "id": 7731,
        "createTime": 1767603807000,
        "uuid": "12345678-1234-1234-1234-123456789012",
        "octo_pay_url": "https://pay2.octo.uz/pay/12345678-1234-1234-1234-123456789012?language=uz",
        "isTest": True,
        "status": None,
    }

    assert kept(harmless) == harmless


def test_what_is_kept_fits_into_a_column_of_json() -> None:
    deep: Any = "x"
    for _ in range(10):
        deep = {"data": deep}
    strange = {"data": deep, "errMessage": "\x00\ud800" + "я" * 10_000, "payMethods": ["m"] * 10_000, "status": b"?"}

    assert len(json.dumps(kept(strange))) < 8_000
    assert "\\u0000" not in json.dumps(kept(strange))
    assert "\\ud800" not in json.dumps(kept(strange))


def test_what_is_too_large_is_not_kept() -> None:
    large = {name: ["я" * 500] * 20 for name in ("status", "id", "uuid")}

    assert kept(large) == {"cut": "too large to keep"}


def _raise(error: Exception) -> Callable[..., str]:
    def respond(request: requests.PreparedRequest, _: object) -> str:
        # As the library does: the error knows the request, and with it the card.
        error.request = request  # type: ignore[attr-defined]
        raise error

    return respond


FAILURES: Final[dict[str, dict[str, Any]]] = {
    "connect": {"text": _raise(requests.ConnectTimeout(BANK_CARD))},
    "read": {"text": _raise(requests.ReadTimeout(BANK_CARD))},
    "tls": {"text": _raise(requests.exceptions.SSLError(BANK_CARD))},
    "os": {"text": _raise(OSError(BANK_CARD))},
    "value": {"text": _raise(ValueError(BANK_CARD))},
    "http": {"status_code": 502, "text": SPACED},
    "redirect": {"status_code": 302, "headers": {"Location": f"https://octo.uz/{BANK_CARD}"}},
    "html": {"text": f"<html>{BANK_CARD}</html>"},
    "broken": {"text": f'{{"error": 0, "pan": "{BANK_CARD}"'},
    "unclear": {"json": {"error": 0, "pan": BANK_CARD, "data": {"uuid": BANK_CARD, "octo_payment_UUID": BANK_CARD}}},
    "denied": {"json": {"error": -14, "errMessage": SPACED}},
    "internal": {"json": {"error": 4, "errMessage": SPACED}},
}


@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_leaves_a_card_behind(requests_mock: Mocker, caplog: pytest.LogCaptureFixture, failure: str) -> None:
    caplog.set_level(logging.DEBUG)
    requests_mock.post(ANY, **FAILURES[failure])
    with capture_logs() as lines:
        outcomes = pay_and_check(a_gateway())

    assert not any(isinstance(outcome, Answered) for outcome in outcomes)
    assert requests_mock.call_count >= 4
    assert found_in(text_of(outcomes)) == []
    assert found_in(caplog.text) == []
    assert lines or failure == "denied"
    assert found_in(text_of(lines)) == []


@pytest.mark.parametrize("quoted", [SPACED, SECRET, f"{SECRET} {BANK_CARD}"])
def test_a_status_that_quotes_our_secrets_does_not_bring_them_into_the_log(requests_mock: Mocker, quoted: str) -> None:
    requests_mock.post(ANY, json={"error": 0, "data": {"octo_payment_UUID": UUID, "status": quoted}})
    with capture_logs() as lines:
        CALLS["read_status"](a_gateway())

    assert [line["event"] for line in lines] == ["octo_unknown_status"]
    assert found_in(text_of(lines)) == []


@pytest.mark.parametrize("script", [resets, says(b"HTTP/1.1 500 No\r\nX: y\r\n\r\n"), says(b"\x00" * 99)], ids=range(3))
def test_no_failure_of_a_socket_leaves_a_card_behind(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def then_close(connection: Any) -> None:
        script(connection)
        connection.close()

    with serving(then_close) as server:
        outcomes = pay_and_check(a_gateway(f"http://127.0.0.1:{server.port}"))

    assert any(BANK_CARD.encode() in request for request in server.requests)
    assert found_in(text_of(outcomes)) == []
    assert found_in(caplog.text) == []


@pytest.mark.parametrize("failure", ["connect", "read", "tls", "os", "value"])
def test_the_transports_own_errors_have_no_past(requests_mock: Mocker, failure: str) -> None:
    requests_mock.post(ANY, **FAILURES[failure])
    octo = a_gateway()
    for send in (octo._transport.once, octo._transport.repeatedly):
        with pytest.raises((Lost, NotSent)) as raised:
            send("POST", f"/pay/{UUID}", BANK_CARD, until=float("inf"))
        printed = "".join(traceback.TracebackException.from_exception(raised.value).format())

        assert BANK_CARD not in printed + text_of(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__context__ is None


def test_questions_do_not_print_their_secrets(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["pay"], json={"error": 1})
    outcome = CALLS["pay"](a_gateway())

    assert outcome.exchange.request == {"pan": "860049******6478", "method": "uzcard"}
    assert NUMBER in requests_mock.request_history[0].text
