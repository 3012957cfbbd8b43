"""The four classes of outcome: each row of the table, at each call."""

from typing import Any, Final

import pytest
import requests
from requests_mock import ANY, Mocker
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, SSLError

from domain.ports import Answered, Denied, NeverLeft, Unknown
from tests.integration.octo.given import BY_GET, CALLS, ONCE_ONLY, REPEATABLE, URLS, YES, a_gateway

POOL = HTTPConnectionPool("secure.octo.uz")
CONNECTION = HTTPConnection("secure.octo.uz")


def gave_up(reason: Exception) -> MaxRetryError:
    return MaxRetryError(POOL, "/", reason)


every_call = pytest.mark.parametrize("call", CALLS)


def outcome(octo: Mocker, call: str, **response: Any) -> Any:
    octo.register_uri("GET" if call in BY_GET else "POST", URLS[call], **response)
    if call in BY_GET:
        octo.post(URLS[call], **response)
    return CALLS[call](a_gateway())


@every_call
def test_a_yes_is_answered(requests_mock: Mocker, call: str) -> None:
    assert isinstance(outcome(requests_mock, call, text=YES[call]), Answered)


@every_call
@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectTimeout(),
        requests.ConnectionError(gave_up(NewConnectionError(CONNECTION, "refused"))),
        requests.ConnectionError(gave_up(NameResolutionError("secure.octo.uz", CONNECTION, OSError()))),  # type: ignore[arg-type]
    ],
)
def test_without_a_connection_nothing_ever_left(requests_mock: Mocker, call: str, failure: Exception) -> None:
    assert isinstance(outcome(requests_mock, call, exc=failure), NeverLeft)


@every_call
@pytest.mark.parametrize(
    "failure",
    [
        requests.ReadTimeout(),
        requests.Timeout(),
        requests.ConnectionError(),
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())),
        requests.ConnectionError(gave_up(ProtocolError())),
        # One of a connection that stands: the handshake's own failures come as NewConnectionError.
        requests.exceptions.SSLError(gave_up(SSLError())),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.InvalidHeader(),
        OSError(),
        ValueError(),
    ],
)
def test_a_failure_on_the_way_is_unknown(requests_mock: Mocker, call: str, failure: Exception) -> None:
    assert isinstance(outcome(requests_mock, call, exc=failure), Unknown)


@every_call
@pytest.mark.parametrize("code", [-270, 2, 3, 5, 6, 7, 8, 9, 10, 13, 17, 22, 403, 987])
def test_an_error_code_is_denied_known_or_not(requests_mock: Mocker, call: str, code: int) -> None:
    found = outcome(requests_mock, call, text=f'{{"error": {code}, "errMessage": "no", "data": null}}')

    assert isinstance(found, Denied)
    assert found.code == str(code)


@every_call
def test_an_internal_error_is_unknown(requests_mock: Mocker, call: str) -> None:
    assert isinstance(
        outcome(requests_mock, call, text='{"error": 4, "errMessage": "Internal", "data": null}'), Unknown
    )


@every_call
@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404, 405, 409, 429, 500, 502, 503, 504])
def test_any_other_http_status_is_unknown_even_with_a_fine_envelope(
    requests_mock: Mocker, call: str, status: int
) -> None:
    found = outcome(requests_mock, call, status_code=status, text=YES[call], headers={"Location": "https://octo.uz/"})

    assert isinstance(found, Unknown)


@every_call
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_refusal_with_another_http_status_is_unknown(requests_mock: Mocker, call: str, status: int) -> None:
    assert isinstance(outcome(requests_mock, call, status_code=status, text='{"error": 2, "data": null}'), Unknown)


STRANGE: Final = {
    "empty": b"",
    "html": b"<html>502 Bad Gateway</html>",
    "half": b'{"error": 0',
    "array": b"[]",
    "number": b"0",
    "null": b"null",
    "text": b'"ok"',
    "empty object": b"{}",
    "error null": b'{"error": null}',
    "error as text": b'{"error": "0"}',
    "error with a point": b'{"error": 0.0}',
    "error false": b'{"error": false}',
    "error NaN": b'{"error": NaN}',
    "infinity": b'{"error": 0, "data": {"id": 7731, "x": Infinity}}',
    "two errors": b'{"error": 2, "error": 0}',
    "two ids": b'{"error": 0, "data": {"id": 1, "id": 2}}',
    "a gigabyte of digits": b'{"error": 0, "x": 1e999999999}',
    "a gigabyte of zeros": b'{"error": 0, "x": 1e-999999999}',
    "no Decimal at all": b'{"error": 0, "x": 1e99999999999999999999}',
    "endless integer": b'{"error": 0, "x": ' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"error": 0, "x": "\xff"}',
    "byte order mark": b'\xef\xbb\xbf{"error": 0}',
    "bottomless": b'{"error": 0, "x": ' + b"[" * 400_000 + b"]" * 400_000 + b"}",
    "too deep": b'{"error": 0, "x": ' + b"[" * 20 + b"]" * 20 + b"}",
    "too large": b'{"error": 0, "x": "' + b"x" * 1_000_000 + b'"}',
}


@every_call
@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_what_is_not_an_answer_of_octos_form_is_unknown(requests_mock: Mocker, call: str, body: bytes) -> None:
    assert isinstance(outcome(requests_mock, call, content=body), Unknown)


@pytest.mark.parametrize("call", ONCE_ONLY)
@pytest.mark.parametrize("response", [{"exc": requests.ReadTimeout()}, {"status_code": 503}, {"text": '{"error": 4}'}])
def test_cards_and_codes_leave_once(requests_mock: Mocker, call: str, response: dict[str, Any]) -> None:
    outcome(requests_mock, call, **response)

    assert requests_mock.call_count == 1


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("response", [{"exc": requests.ReadTimeout()}, {"status_code": 503}])
def test_the_rest_is_repeated_a_little(requests_mock: Mocker, call: str, response: dict[str, Any]) -> None:
    outcome(requests_mock, call, **response)

    assert requests_mock.call_count == 3


def test_an_open_breaker_answers_for_octo_where_a_repeat_is_safe_and_only_there(requests_mock: Mocker) -> None:
    requests_mock.register_uri("GET", ANY, status_code=503)
    requests_mock.register_uri("POST", ANY, status_code=503)
    octo = a_gateway(breaker_failures=3)
    CALLS["read_status"](octo)
    outcomes = {call: type(make(octo)) for call, make in CALLS.items()}

    assert outcomes == {
        "prepare": NeverLeft,
        "read_status": NeverLeft,
        "verification_info": NeverLeft,
        "fiscal_data": NeverLeft,
        "binding_info": NeverLeft,
        "block_card_token": NeverLeft,
        "pay": Unknown,
        "check_code": Unknown,
        "resend_code": Unknown,
        "capture": Unknown,
        "release": Unknown,
        "refund": Unknown,
        "pay_by_token": Unknown,
        "bind_card": Unknown,
        "check_binding_code": Unknown,
    }
