"""The basket of a fiscal order, OCTO's refusal of it, and fiscal-data: what goes out, and what the domain makes of the answers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from requests_mock import Mocker

from domain.money import Currency, Money
from domain.order import FiscalObject, Item, Order
from domain.ports import Answered, Denied, Unknown
from domain.receipt import FiscalData
from tests.integration.octo.examples import FISCAL_DATA, NOT_REGISTERED, PREPARED
from tests.integration.octo.given import (
    AMOUNT,
    AT,
    NUMBER,
    SECRET,
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

COMPANY: Final = FiscalObject(spic="00305001001000000", package_code="1425207", vat=True, seller="123456789")
PERSON: Final = FiscalObject(spic="00305001001000000", package_code="1425207", vat=False, seller="12345678901234")


def soum(amount: str) -> Money:
    return Money.of(amount, Currency.UZS)


def fiscal_order() -> Order:
    items = (Item("Non", 3, soum("61000.33"), COMPANY), Item("Yetkazish", 1, soum("1999.01"), PERSON))
    return an_order(items=items, customer=a_customer())


def prepare(octo: Mocker, order: Order, answer: str = PREPARED) -> Any:
    octo.post(URLS["prepare"], text=answer)
    return a_gateway().prepare(order, a_transaction(octo_transaction_id=None), AT)


def test_the_basket_is_what_the_shop_gave(requests_mock: Mocker) -> None:
    prepare(requests_mock, fiscal_order())

    assert sent(requests_mock)["basket"] == [
        {
            "position_desc": "Non",
            "count": 3,
            "price": Decimal("61000.33"),
            "spic": "00305001001000000",
            "package_code": "1425207",
            "inn": "123456789",
            "nds": 1,
        },
        {
            "position_desc": "Yetkazish",
            "count": 1,
            "price": Decimal("1999.01"),
            "spic": "00305001001000000",
            "package_code": "1425207",
            "pinfl": "12345678901234",
            "nds": 0,
        },
    ]
    assert '"price": 61000.33' in last(requests_mock).text


def test_the_basket_adds_up_to_the_total(requests_mock: Mocker) -> None:
    prepare(requests_mock, fiscal_order())
    body = sent(requests_mock)

    assert sum(p["count"] * p["price"] for p in body["basket"]) == body["total_sum"]
    assert body["user_data"] == {"user_id": "42", "phone": "998901112233", "email": "client@example.com"}


def test_without_fiscal_data_there_is_no_basket(requests_mock: Mocker) -> None:
    prepare(requests_mock, an_order(items=(Item("Non", 1, AMOUNT),)))

    assert "basket" not in sent(requests_mock)


def test_a_repeat_is_identical(requests_mock: Mocker) -> None:
    for _ in range(2):
        prepare(requests_mock, fiscal_order())

    assert requests_mock.request_history[0].text == requests_mock.request_history[1].text


def test_an_object_that_is_not_registered_is_denied_with_octos_words(requests_mock: Mocker) -> None:
    refused = prepare(requests_mock, fiscal_order(), NOT_REGISTERED)

    assert isinstance(refused, Denied)
    assert refused.code == "403"
    assert refused.message == json.loads(NOT_REGISTERED)["errMessage"]


def test_the_words_do_not_quote_a_card_or_our_secret(requests_mock: Mocker) -> None:
    answer = NOT_REGISTERED.replace("not contains", f"{NUMBER} {SECRET} not contains")
    refused = prepare(requests_mock, fiscal_order(), answer)

    assert NUMBER not in refused.message
    assert SECRET not in refused.message
    assert "00305001001000000" in refused.message


def test_the_receipt_of_a_payment_is_asked_for_by_its_uuid(requests_mock: Mocker) -> None:
    value(requests_mock, "fiscal_data", FISCAL_DATA)

    assert sent(requests_mock) == {"octo_shop_id": 4321, "octo_secret": SECRET, "payment_uuid": UUID}


def test_the_receipt(requests_mock: Mocker) -> None:
    assert value(requests_mock, "fiscal_data", FISCAL_DATA) == FiscalData(
        terminal_id="UZ210317288123",
        receipt_id=1234,
        issued_at=datetime(2026, 1, 5, 9, 5, 2, tzinfo=UTC),
        fiscal_sign="887439864129",
        qr_code_url="https://ofd.soliq.uz/epi?t=UZ210317288123&r=1234&c=20260105140502&s=887439864129",
    )


def test_the_receipt_at_the_top_level(requests_mock: Mocker) -> None:
    answer = json.dumps({"error": 0} | json.loads(FISCAL_DATA)["data"])

    assert value(requests_mock, "fiscal_data", answer).receipt_id == 1234


@pytest.mark.parametrize(
    "answer",
    [
        FISCAL_DATA.replace('"code": 0', '"code": 5'),
        FISCAL_DATA.replace("1234,", '"1234",'),
        FISCAL_DATA.replace("20260105140502", "2026-01-05 14:05", 1),
        FISCAL_DATA.replace('"887439864129"', "null"),
        FISCAL_DATA.replace('"terminalID": "UZ210317288123", ', ""),
        FISCAL_DATA.replace("https://ofd", "javascript:"),
        '{"error": 0, "data": null}',
        '{"error": 4, "errMessage": "internal", "data": null}',
    ],
)
def test_a_receipt_that_is_not_whole_is_none(requests_mock: Mocker, answer: str) -> None:
    assert isinstance(outcome(requests_mock, "fiscal_data", answer), Unknown)


def test_a_receipt_that_is_not_there_yet_is_denied(requests_mock: Mocker) -> None:
    assert outcome(requests_mock, "fiscal_data", '{"error": 11, "errMessage": "not yet", "data": null}').code == "11"


def test_reading_a_receipt_is_repeated_and_keeps_no_secret(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["fiscal_data"], [{"status_code": 502}, {"text": FISCAL_DATA}])
    found = a_gateway().fiscal_data(a_transaction())

    assert isinstance(found, Answered)
    assert requests_mock.call_count == 2
    assert found.exchange.request == {"octo_shop_id": 4321, "payment_uuid": UUID}
