"""Baskets, fiscal objects and receipts."""

from typing import Any

import pytest

Json = dict[str, Any]
FISCAL = {
    "position_desc": "Tea",
    "count": 1,
    "price": 185000.00,
    "spic": "00305001001000000",
    "package_code": "1425207",
    "inn": "123456789",
    "nds": 1,
}
CONTACT = {"user_id": "7", "phone": "998901112233", "email": "client@example.com"}


def receipt(octo: Any, uuid: str) -> Json:
    body = {"octo_shop_id": 4321, "octo_secret": "demo-secret", "payment_uuid": uuid}
    return dict(octo.post("/fiscal-data", body))


def pay(octo: Any, **changes: object) -> str:
    uuid = octo.prepare(**{"basket": [FISCAL], "user_data": CONTACT} | changes)
    octo.code(octo.otp(uuid, email="client@example.com"))
    return str(uuid)


def test_unregistered_fiscal_object(octo: Any) -> None:
    answer = octo.post("/prepare_payment", octo.request(basket=[FISCAL | {"spic": "00000000000000000"}]))

    assert answer["error"] == 403
    assert answer["errMessage"] == (
        "Fiscal object with merchant ID 4321 spic : 00000000000000000 package code : 1425207"
        " nds : 1 inn : 123456789 pinfl : null not contains in system"
    )


@pytest.mark.parametrize("changes", [{"inn": ""}, {"nds": 0}, {"pinfl": "12345678901234"}, {"package_code": None}])
def test_only_whole_combinations_are_registered(octo: Any, changes: Json) -> None:
    assert octo.post("/prepare_payment", octo.request(basket=[FISCAL | changes]))["error"] == 403


def test_other_combinations_can_be_registered(octo: Any) -> None:
    octo.switch(fiscal_objects=[{"spic": "1" * 17, "package_code": "2", "nds": 0, "inn": "3"}])
    item = FISCAL | {"spic": "1" * 17, "package_code": "2", "nds": 0, "inn": "3"}

    assert octo.post("/prepare_payment", octo.request(basket=[item]))["error"] == 0


def test_wrong_sum_comes_before_supplier_and_fiscal_object(octo: Any) -> None:
    item = {"position_desc": "Tea", "count": 1, "price": 185000, "supplier_shop_id": 1, "spic": "1"}

    errors = [
        octo.post("/prepare_payment", octo.request(basket=[item | changes]))["error"]
        for changes in ({"price": 1}, {}, {"supplier_shop_id": 5001}, {"supplier_shop_id": 5001, "spic": None})
    ]

    assert errors == [3, 8, 403, 0]


def test_documented_receipt(octo: Any) -> None:
    uuid = pay(octo)

    answer = receipt(octo, uuid)

    number, sign = answer["data"]["receiptId"], answer["data"]["fiscalSign"]
    url = f"https://ofd.soliq.uz/epi?t=UZ000000000001&r={number}&c=20260105140327&s={sign}"
    assert answer == {
        "error": 0,
        "errMessage": "",
        "data": {
            "phone": "998901112233",
            "code": 0,
            "message": "accepted",
            "terminalID": "UZ000000000001",
            "receiptId": number,
            "dateTime": "20260105140327",
            "fiscalSign": sign,
            "qrCodeURL": url,
        },
    }
    assert type(number) is int and type(sign) is str


def test_receipt_that_takes_its_time(octo: Any, clock: Any) -> None:
    octo.switch(fiscal_seconds=60)
    uuid = pay(octo)
    assert receipt(octo, uuid)["error"] == 11
    clock.advance(60)
    assert receipt(octo, uuid)["error"] == 0


def test_payments_without_a_receipt(octo: Any) -> None:
    unpaid = octo.prepare(shop_transaction_id="A", basket=[FISCAL])
    plain = pay(octo, shop_transaction_id="B", basket=None)
    anonymous = octo.prepare(shop_transaction_id="C", basket=[FISCAL])
    octo.code(octo.otp(anonymous))

    assert [receipt(octo, uuid)["error"] for uuid in (unpaid, plain, anonymous, "nobody")] == [10, 10, 10, 11]
