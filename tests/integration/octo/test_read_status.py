"""The three-field prepare_payment, and what the domain makes of its answers."""

from datetime import UTC, datetime

import pytest
from requests_mock import Mocker

from domain.money import Currency, Money
from domain.moves import Word
from domain.ports import Answered, Unknown
from domain.report import Facts, Report, Source
from tests.integration.octo.examples import STATUS, WRONG_SECRET
from tests.integration.octo.given import (
    AMOUNT,
    AT,
    SECRET,
    SHOP_TRANSACTION_ID,
    URLS,
    UUID,
    a_gateway,
    a_transaction,
    outcome,
    sent,
    value,
)


def test_the_status_read_sends_three_fields(requests_mock: Mocker) -> None:
    value(requests_mock, "read_status", STATUS)

    assert sent(requests_mock) == {
        "octo_shop_id": 4321,
        "octo_secret": SECRET,
        "shop_transaction_id": SHOP_TRANSACTION_ID,
    }


def test_the_documented_status_has_no_amount(requests_mock: Mocker) -> None:
    assert value(requests_mock, "read_status", STATUS) == Report(
        Word.CREATED, Source.READ, AT, turn=3, octo_transaction_id=UUID
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("created", Word.CREATED),
        ("wait_user_action", Word.WAIT_USER_ACTION),
        ("waiting_for_capture", Word.WAITING_FOR_CAPTURE),
        ("succeeded", Word.SUCCEEDED),
        ("capture", Word.SUCCEEDED),
        ("captured", Word.SUCCEEDED),
        ("refunded", Word.SUCCEEDED),
        ("partially_refunded", Word.SUCCEEDED),
        ("canceled", Word.CANCELED),
        ("cancelled", Word.CANCELED),
        ("cancel", Word.CANCELED),
        ("failed", Word.CANCELED),
        ("expired", Word.CANCELED),
        ("declined", Word.CANCELED),
        ("success", Word.UNKNOWN),
        ("SUCCEEDED", Word.UNKNOWN),
        ("paid", Word.UNKNOWN),
        ("waiting_user_action", Word.UNKNOWN),
        ("", Word.UNKNOWN),
    ],
)
def test_the_words_of_octo(requests_mock: Mocker, status: str, word: Word) -> None:
    assert value(requests_mock, "read_status", STATUS.replace("created", status)).word is word


def test_another_payments_uuid_is_reported_as_it_is(requests_mock: Mocker) -> None:
    """Whether it fits, the domain decides."""
    other = "11111111-5a77-4a0e-9d2f-3b1f6f0c9a11"

    assert value(requests_mock, "read_status", STATUS.replace(UUID, other)).octo_transaction_id == other


@pytest.mark.parametrize(
    ("fields", "amount"),
    [
        ('"total_sum": 185000.0', AMOUNT),
        ('"total_sum": 185000', AMOUNT),
        ('"total_sum": 1.85E+5', AMOUNT),
        ('"total_sum": "185000.00"', AMOUNT),
        ('"total_sum": "20540.00"', Money(2_054_000, Currency.UZS)),
        ('"total_sum": 185000.0, "currency": "USD"', Money(18_500_000, Currency.USD)),
        ('"total_sum": 0', Money(0, Currency.UZS)),
        ('"total_sum": null', None),
        ('"currency": "UZS"', None),
    ],
)
def test_the_amount_is_read_exactly(requests_mock: Mocker, fields: str, amount: Money | None) -> None:
    answer = STATUS.replace('"status"', f'{fields},"status"')

    assert value(requests_mock, "read_status", answer).amount == amount


@pytest.mark.parametrize("name", ["total_sum", "refunded_sum"])
@pytest.mark.parametrize(
    "sum_",
    [
        "-1",
        "true",
        "[]",
        "{}",
        '""',
        '"NaN"',
        '"1e3"',
        '"-1"',
        '" 1"',
        '"1,5"',
        '"١"',
        "1e25",
        '"99999999999999999999"',
    ],
)
def test_a_sum_that_cannot_be_read_is_unknown(requests_mock: Mocker, name: str, sum_: str) -> None:
    answer = STATUS.replace('"status"', f'"{name}": {sum_},"status"')

    assert isinstance(outcome(requests_mock, "read_status", answer), Unknown)


@pytest.mark.parametrize(
    "fields", ['"total_sum": 1.001', '"currency": "EUR"', '"currency": 860', '"currency": ["UZS"]']
)
def test_an_amount_that_is_no_money_of_ours_is_unknown(requests_mock: Mocker, fields: str) -> None:
    answer = STATUS.replace('"status"', f'{fields},"status"')

    assert isinstance(outcome(requests_mock, "read_status", answer), Unknown)


def test_what_else_octo_tells_is_kept_as_facts(requests_mock: Mocker) -> None:
    more = '"total_sum": 185000.0, "transfer_sum": 178524.995, "refunded_sum": 5000.5, "payed_time": "2026-01-05 14:05:02",'
    report = value(requests_mock, "read_status", STATUS.replace('"status"', more + '"status"'))

    assert report.refunded_minor == 500_050
    assert report.facts == Facts(transfer_minor=17_852_500, paid_at=datetime(2026, 1, 5, 9, 5, 2, tzinfo=UTC))


def test_a_refused_status_read_is_denied(requests_mock: Mocker) -> None:
    assert outcome(requests_mock, "read_status", WRONG_SECRET).code == "2"


def test_too_often_is_asked_once_more_after_a_second(requests_mock: Mocker) -> None:
    too_often = '{"error": 11, "errMessage": "Requests too often. Minimum delay is 1 second", "data": null}'
    requests_mock.post(URLS["read_status"], [{"text": too_often}, {"text": STATUS}])
    waited: list[float] = []
    found = a_gateway(sleep=waited.append).read_status(a_transaction(), AT)

    assert isinstance(found, Answered)
    assert waited == [1.1]


def test_twice_too_often_is_unknown(requests_mock: Mocker) -> None:
    too_often = '{"error": 11, "errMessage": "Requests too often. Minimum delay is 1 second", "data": null}'
    found = outcome(requests_mock, "read_status", too_often)

    assert isinstance(found, Unknown)
    assert requests_mock.call_count == 2


def test_too_often_does_not_refuse_a_prepare(requests_mock: Mocker) -> None:
    """It is the same call at OCTO, and a refused prepare ends the attempt."""
    assert isinstance(outcome(requests_mock, "prepare", '{"error": 11, "data": null}'), Unknown)


def test_code_11_is_a_refusal_everywhere_else(requests_mock: Mocker) -> None:
    assert outcome(requests_mock, "pay", '{"error": 11, "data": null}').code == "11"
