"""What prepare_payment is sent, and what the domain makes of its answers."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from requests_mock import Mocker

from domain.money import Currency, Money
from domain.moves import Word
from domain.ports import Unknown
from domain.report import Report, Source
from domain.transaction import Capture
from tests.integration.octo.examples import (
    CREATED_BEFORE,
    CREATED_BEFORE_AT_TOP,
    PREPARE_REQUEST,
    PREPARED,
    PREPARED_AT_TOP,
    PREPARED_IN_DATA,
)
from tests.integration.octo.given import (
    AMOUNT,
    AT,
    URLS,
    UUID,
    a_customer,
    a_gateway,
    a_transaction,
    an_order,
    last,
    outcome,
    sent,
    value,
)


def test_prepare_sends_the_documented_request(requests_mock: Mocker) -> None:
    value(requests_mock, "prepare", PREPARED)

    assert sent(requests_mock) == json.loads(PREPARE_REQUEST, parse_float=Decimal)
    assert last(requests_mock).headers["Content-Type"] == "application/json"
    assert '"total_sum": 185000.00,' in last(requests_mock).text


def test_prepare_is_identical_at_every_repeat(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["prepare"], text=PREPARED)
    octo, later = a_gateway(), AT + timedelta(minutes=3)
    octo.prepare(an_order(), a_transaction(), AT)
    octo.prepare(an_order(), a_transaction(turn=9, checks=4, expires_at=later), later)

    first, second = (request.body for request in requests_mock.request_history)
    assert first == second


def test_the_customer_is_sent_whole_or_not_at_all(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["prepare"], text=PREPARED)
    a_gateway().prepare(an_order(customer=a_customer()), a_transaction(), AT)

    assert sent(requests_mock)["user_data"] == {"user_id": "42", "phone": "998901112233", "email": "client@example.com"}


def test_a_hold_and_a_real_payment_say_so(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["prepare"], text=PREPARED)
    a_gateway().prepare(an_order(), a_transaction(capture=Capture.MANUAL, test=False), AT)

    assert sent(requests_mock)["auto_capture"] is False
    assert sent(requests_mock)["test"] is False


@pytest.mark.parametrize(
    ("order", "description"),
    [
        ({"description": "x" * 300}, "x" * 250),
        ({"description": None, "reference": "A-17"}, "Order A-17"),
        ({"description": None}, "Order ord_17"),
        ({"description": 'Чай "Азиза" \\ \n'}, 'Чай "Азиза" \\ \n'),
    ],
)
def test_the_description_is_never_empty_and_never_long(
    requests_mock: Mocker, order: dict[str, Any], description: str
) -> None:
    requests_mock.post(URLS["prepare"], text=PREPARED)
    a_gateway().prepare(an_order(**order), a_transaction(), AT)

    assert sent(requests_mock)["description"] == description


@pytest.mark.parametrize(
    ("minor", "on_the_wire"),
    [(1, "0.01"), (10, "0.10"), (100, "1.00"), (18_500_000, "185000.00"), (10**14, "1000000000000.00")],
)
def test_sums_are_exact_numbers_with_two_decimals(requests_mock: Mocker, minor: int, on_the_wire: str) -> None:
    requests_mock.post(URLS["prepare"], text=PREPARED)
    a_gateway().prepare(an_order(), a_transaction(amount=Money(minor, Currency.USD)), AT)

    assert f'"total_sum": {on_the_wire}, "currency": "USD"' in last(requests_mock).text


def test_the_answer_of_prepare_is_a_report_of_the_payment(requests_mock: Mocker) -> None:
    assert value(requests_mock, "prepare", PREPARED) == Report(
        Word.CREATED,
        Source.ANSWER,
        AT,
        turn=3,
        octo_transaction_id=UUID,
        amount=AMOUNT,
        refunded_minor=0,
        octo_pay_url=f"https://pay2.octo.uz/pay/{UUID}?language=uz",
    )


@pytest.mark.parametrize("call", ["prepare", "read_status"])
@pytest.mark.parametrize("answer", [PREPARED_IN_DATA, PREPARED_AT_TOP, CREATED_BEFORE, CREATED_BEFORE_AT_TOP])
def test_every_form_of_the_answer_is_the_same_report(requests_mock: Mocker, call: str, answer: str) -> None:
    expected = value(requests_mock, call, PREPARED)

    assert value(requests_mock, call, answer) == expected


def test_data_comes_before_the_top_level(requests_mock: Mocker) -> None:
    answer = f'{{"error": 0, "status": "created", "data": {{"octo_payment_UUID": "{UUID}", "status": "succeeded"}}}}'

    assert value(requests_mock, "read_status", answer).word is Word.SUCCEEDED


@pytest.mark.parametrize(
    "answer",
    [
        '{"error": 1, "errMessage": "This payment was created by previous request", "data": null}',
        '{"error": 1, "errMessage": "This payment was created by previous request", "data": {"status": "created"}}',
        '{"error": 0, "data": {"status": "created"}}',
        '{"error": 0, "data": null}',
        f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}"}}}}',
        '{"error": 0, "data": {"octo_payment_UUID": "17", "status": "created"}}',
        '{"error": 0, "data": {"octo_payment_UUID": 17, "status": "created"}}',
        f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": 1}}}}',
        f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": "created", "shop_transaction_id": "other"}}}}',
        f'{{"error": 0, "data": {{"octo_payment_UUID": "../{UUID}", "status": "created"}}}}',
    ],
)
@pytest.mark.parametrize("call", ["prepare", "read_status"])
def test_a_yes_without_the_payment_is_unknown(requests_mock: Mocker, call: str, answer: str) -> None:
    assert isinstance(outcome(requests_mock, call, answer), Unknown)


def test_another_format_error_is_a_refusal(requests_mock: Mocker) -> None:
    answer = '{"error": 1, "errMessage": "Wrong params: [notifyUrl] must not be null or blank", "data": null}'

    assert outcome(requests_mock, "prepare", answer).code == "1"
