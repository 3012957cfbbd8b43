"""What goes out with a card, and what the domain makes of the answers."""

import pytest
from requests_mock import Mocker

from adapters.octo.wire import ExpOrder, PayFields
from domain.ports import Answered, CardAccepted, Denied, Unknown
from domain.report import Verification, Way
from tests.integration.octo.examples import BANK_PAGE, PAID, SMS_PAGE
from tests.integration.octo.given import (
    URLS,
    a_card,
    a_customer,
    a_gateway,
    a_transaction,
    an_order,
    outcome,
    sent,
    value,
)


def test_pay_sends_the_card_with_yymm_and_no_empty_field(requests_mock: Mocker) -> None:
    value(requests_mock, "pay", PAID)

    assert sent(requests_mock) == {
        "pan": "8600495473316478",
        "exp": "2812",
        "cardHolderName": "TEST USER",
        "method": "uzcard",
    }


def test_pay_sends_the_email_of_a_customer_and_the_cvc_of_a_bank_card(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["pay"], text=PAID)
    a_gateway().pay(an_order(customer=a_customer()), a_transaction(), a_card("4111111111111111", cvc="007"))

    assert sent(requests_mock) == {
        "pan": "4111111111111111",
        "exp": "2812",
        "cvc2": "007",
        "cardHolderName": "TEST USER",
        "method": "bank_card",
        "email": "client@example.com",
    }


def test_names_and_order_of_pay_can_be_set(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["pay"], text=PAID)
    octo = a_gateway(exp_order=ExpOrder.MMYY, pay_fields=PayFields(pan="card_number", exp="expDate"))
    found = octo.pay(an_order(), a_transaction(), a_card())

    assert sent(requests_mock)["card_number"] == "8600495473316478"
    assert sent(requests_mock)["expDate"] == "1228"
    assert found.exchange.request == {"pan": "860049******6478", "method": "uzcard"}


def test_a_card_that_is_taken_awaits_its_code(requests_mock: Mocker) -> None:
    assert value(requests_mock, "pay", PAID) == CardAccepted(Verification(Way.OTP, 7731, redirect_url=SMS_PAGE))


@pytest.mark.parametrize("status", ["created", "wait_user_action", "something_new", ""])
def test_the_status_does_not_matter_while_a_code_is_on_its_way(requests_mock: Mocker, status: str) -> None:
    answer = PAID.replace('"status": "created"', f'"status": "{status}"')

    assert value(requests_mock, "pay", answer).verification.way is Way.OTP


@pytest.mark.parametrize("status", ["succeeded", "canceled", "waiting_for_capture"])
def test_a_card_that_is_settled_at_once_awaits_nothing(requests_mock: Mocker, status: str) -> None:
    answer = PAID.replace('"status": "created"', f'"status": "{status}"')

    assert value(requests_mock, "pay", answer) == CardAccepted(None)


@pytest.mark.parametrize(
    ("number", "redirect", "details", "verification"),
    [
        ("8600495473316478", "null", "null", Verification(Way.OTP, 7731)),
        ("9860123456789012", "null", "null", Verification(Way.OTP, 7731)),
        ("5614123456789012", '"javascript:alert(1)"', "null", Verification(Way.OTP, 7731)),
        ("4111111111111111", f'"{BANK_PAGE}"', "null", Verification(Way.REDIRECT, 7731, redirect_url=BANK_PAGE)),
        (
            "4111111111111111",
            f'"{BANK_PAGE}"',
            '{"transType": "SMS"}',
            Verification(Way.OTP, 7731, redirect_url=BANK_PAGE),
        ),
        ("4111111111111111", f'"{SMS_PAGE}"', "null", Verification(Way.OTP, 7731, redirect_url=SMS_PAGE)),
        ("4111111111111111", '"javascript:alert(1)"', "null", None),
        ("4111111111111111", "null", "null", None),
    ],
)
def test_how_a_card_is_confirmed(
    requests_mock: Mocker, number: str, redirect: str, details: str, verification: Verification | None
) -> None:
    answer = f'{{"error": 0, "data": {{"id": 7731, "redirectUrl": {redirect}, "details": {details}}}}}'
    requests_mock.post(URLS["pay"], text=answer)
    found = a_gateway().pay(an_order(), a_transaction(), a_card(number, cvc="123"))

    assert isinstance(found, Answered)
    assert found.value == CardAccepted(verification)


@pytest.mark.parametrize(
    "answer",
    [
        PAID.replace('"id": 7731,', ""),
        PAID.replace("7731", '"7731"'),
        PAID.replace("7731", "7731.0"),
        PAID.replace("7731", "true"),
        PAID.replace('"uuid": "0', '"uuid": "1'),
        PAID.replace('"error": 0', '"error": false'),
        PAID.replace('"error": 0', '"error": "0"'),
        PAID.replace('"error": 0,', ""),
    ],
)
def test_a_card_whose_answer_is_not_clear_is_unknown(requests_mock: Mocker, answer: str) -> None:
    assert isinstance(outcome(requests_mock, "pay", answer), Unknown)


def test_a_declined_card_is_denied(requests_mock: Mocker) -> None:
    assert (
        outcome(requests_mock, "pay", '{"error": -51, "errMessage": "Insufficient funds", "data": null}').code == "-51"
    )


def test_the_text_of_an_earlier_request_means_nothing_for_a_card(requests_mock: Mocker) -> None:
    answer = '{"error": 1, "errMessage": "This payment was created by previous request", "data": {"id": 7731}}'

    assert isinstance(outcome(requests_mock, "pay", answer), Denied)
