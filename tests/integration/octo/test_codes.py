"""verificationInfo and check_sms_key: what goes out, and what the domain makes of the answers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from requests_mock import Mocker

from domain.card import OneTimeCode
from domain.ports import Answered, Unknown
from domain.report import Verification, Way
from tests.integration.octo.examples import CODE_RIGHT, CODE_WRONG, VERIFICATION, VERIFICATION_AT_TOP
from tests.integration.octo.given import (
    AT,
    CALLS,
    SECRET,
    URLS,
    UUID,
    YES,
    a_gateway,
    a_transaction,
    last,
    outcome,
    value,
)


def test_verification_info_is_a_get_without_a_body(requests_mock: Mocker) -> None:
    value(requests_mock, "verification_info", VERIFICATION)

    assert last(requests_mock).method == "GET"
    assert last(requests_mock).body is None


@pytest.mark.parametrize(
    "refusal",
    [
        {"status_code": 404, "text": "not found"},
        {"status_code": 405, "text": '{"error": 1}'},
        {"status_code": 415, "text": ""},
        {"status_code": 403, "text": "<html>"},
        {"status_code": 200, "text": "<html>"},
    ],
)
def test_where_get_is_not_served_it_is_a_post(requests_mock: Mocker, refusal: dict[str, Any]) -> None:
    requests_mock.get(URLS["verification_info"], **refusal)
    requests_mock.post(URLS["verification_info"], text=VERIFICATION)
    found = CALLS["verification_info"](a_gateway())

    assert isinstance(found, Answered)
    assert last(requests_mock).text == "{}"
    assert requests_mock.call_count == 2


def test_a_refused_get_is_not_tried_as_a_post(requests_mock: Mocker) -> None:
    requests_mock.get(URLS["verification_info"], text='{"error": 11, "data": null}')

    assert CALLS["verification_info"](a_gateway()).code == "11"


def test_the_code_that_was_sent(requests_mock: Mocker) -> None:
    assert value(requests_mock, "verification_info", VERIFICATION) == Verification(
        Way.OTP, None, 912, phone="+998** *****27", code_until=AT + timedelta(seconds=120)
    )


def test_the_code_that_was_sent_at_the_top_level(requests_mock: Mocker) -> None:
    assert value(requests_mock, "verification_info", VERIFICATION_AT_TOP) == Verification(
        Way.OTP, None, 912, phone="99890*****33", code_until=AT + timedelta(seconds=120)
    )


@pytest.mark.parametrize("name", ["id", "paymentId"])
def test_the_payment_id_beside_the_code_is_read(requests_mock: Mocker, name: str) -> None:
    answer = VERIFICATION.replace('"verifyId"', f'"{name}": 7731, "verifyId"')

    assert value(requests_mock, "verification_info", answer).payment_id == 7731


@pytest.mark.parametrize("verify_id", ["912", "null"])
def test_no_seconds_left_means_no_code(requests_mock: Mocker, verify_id: str) -> None:
    answer = VERIFICATION.replace("120", "0").replace("912", verify_id)
    found = value(requests_mock, "verification_info", answer)

    assert found.verify_id is None
    assert found.seconds_left(AT) == 0


def test_a_code_does_not_live_for_ever(requests_mock: Mocker) -> None:
    answer = VERIFICATION.replace("120", "99999999999")

    assert value(requests_mock, "verification_info", answer).seconds_left(AT) == 3600


@pytest.mark.parametrize(
    "answer",
    [
        VERIFICATION.replace('"verifyId": 912, ', ""),
        VERIFICATION.replace("912", '"912"'),
        VERIFICATION.replace(', "secondsLeft": 120', ""),
        VERIFICATION.replace("120", '"120"'),
        VERIFICATION.replace("120", "-1"),
        VERIFICATION.replace("120", "true"),
    ],
)
def test_a_code_that_is_not_clear_is_unknown(requests_mock: Mocker, answer: str) -> None:
    assert isinstance(outcome(requests_mock, "verification_info", answer), Unknown)


@pytest.mark.parametrize("phone", ["8600495473316478", "<b>998</b>", "+" * 40, ""])
def test_a_phone_that_is_none_is_not_shown(requests_mock: Mocker, phone: str) -> None:
    assert value(requests_mock, "verification_info", VERIFICATION.replace("+998** *****27", phone)).phone is None


def test_the_code_goes_out_as_typed_with_both_numbers(requests_mock: Mocker) -> None:
    value(requests_mock, "check_code", CODE_RIGHT)

    assert last(requests_mock).text == '{"smsKey": "048213", "paymentId": 7731, "verifyId": 912}'


@pytest.mark.parametrize(
    "answer",
    [CODE_RIGHT, '{"error": 0, "data": null}', '{"error": 0}', f'{{"error": 0, "data": {{"uuid": "{UUID}"}}}}'],
)
def test_a_right_code_is_taken_whatever_comes_with_it(requests_mock: Mocker, answer: str) -> None:
    assert value(requests_mock, "check_code", answer) is None


def test_a_wrong_code_is_denied(requests_mock: Mocker) -> None:
    assert outcome(requests_mock, "check_code", CODE_WRONG).code == "-270"


def test_a_right_code_of_another_payment_is_unknown(requests_mock: Mocker) -> None:
    assert isinstance(outcome(requests_mock, "check_code", CODE_RIGHT.replace(UUID, UUID[::-1])), Unknown)


def test_a_code_that_nobody_expects_is_not_sent(requests_mock: Mocker) -> None:
    waiting = replace(a_transaction(), verification=Verification(Way.OTP, 7731))

    with pytest.raises(ValueError, match="no code is expected"):
        a_gateway().check_code(waiting, OneTimeCode("048213"))
    assert requests_mock.call_count == 0


@pytest.mark.parametrize("call", ["pay", "check_code", "resend_code", "verification_info"])
def test_calls_by_uuid_or_payment_id_carry_no_credentials(requests_mock: Mocker, call: str) -> None:
    outcome(requests_mock, call, YES[call])

    assert SECRET not in (last(requests_mock).text or "")
    assert "4321" not in (last(requests_mock).text or "")
