"""Orders whose payment is given a tax receipt, over HTTP."""

from typing import Any, Final

import pytest

from domain.moves import Word
from domain.ports import Denied
from tests.fakes.gateway import exchange
from tests.fakes.world import AMOUNT
from tests.integration.http.shop import Api

BREAD: Final = {
    "name": "Non",
    "quantity": 1,
    "price": "185000.00",
    "spic": "00305001001000000",
    "package_code": "1425207",
    "vat": True,
    "tin": "123456789",
}
CUSTOMER: Final = {"user_id": "42", "phone": "998901112233", "email": "client@example.com"}


def body(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"items": list(items or (BREAD,)), "customer": CUSTOMER} | changes


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in BREAD.items() if name not in names}


def paid(api: Api) -> str:
    answer = api.post("/api/orders/", body())
    assert answer.status_code == 201, answer.text
    order_id: str = answer.json["id"]  # type: ignore[index]
    api.confirmed(order_id)
    api.world.callback(api.world.database.books[0].current, Word.SUCCEEDED, amount=AMOUNT)
    return order_id


def test_fiscal_items_come_back_as_they_went_in(api: Api) -> None:
    by_a_person = without("tin") | {"pinfl": "12345678901234", "vat": False, "price": "1.00"}
    answer = api.post("/api/orders/", body(BREAD, by_a_person))

    assert answer.status_code == 201
    assert answer.get_json()["items"] == [BREAD, by_a_person]


def test_plain_items_come_back_without_fiscal_fields(api: Api) -> None:
    plain = {"name": "Non", "quantity": 1, "price": "185000.00"}
    answer = api.post("/api/orders/", body({**plain, "spic": None, "vat": None}))

    assert answer.get_json()["items"] == [plain]


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        (without("spic"), "items.0.spic", "required"),
        (without("package_code"), "items.0.package_code", "required"),
        (without("vat"), "items.0.vat", "required"),
        (without("tin"), "items.0.tin", "required"),
        (BREAD | {"pinfl": "12345678901234"}, "items.0.pinfl", "not_allowed"),
        (BREAD | {"spic": "0030500100100000"}, "items.0.spic", "wrong_format"),
        (BREAD | {"spic": 305001001000000}, "items.0.spic", "wrong_type"),
        (BREAD | {"package_code": "14-25"}, "items.0.package_code", "wrong_format"),
        (BREAD | {"vat": 1}, "items.0.vat", "wrong_type"),
        (BREAD | {"vat": "true"}, "items.0.vat", "wrong_type"),
        (BREAD | {"tin": "12345678"}, "items.0.tin", "wrong_format"),
        (without("tin") | {"pinfl": "123456789"}, "items.0.pinfl", "wrong_format"),
    ],
)
def test_a_wrong_fiscal_field_is_named(api: Api, item: dict[str, Any], field: str, code: str) -> None:
    answer = api.post("/api/orders/", body(item))

    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.get_json()["errors"]] == [(field, code)]
    assert api.world.database.books == ()


def test_a_delivery_without_fiscal_data_is_refused(api: Api) -> None:
    answer = api.post("/api/orders/", body(BREAD, {"name": "Yetkazish", "quantity": 1, "price": "5.00"}))

    assert (answer.status_code, answer.get_json()["code"]) == (422, "fiscal_items_mixed")
    assert answer.get_json()["facts"] == {"items": [1]}
    assert answer.get_json()["errors"][0]["field"] == "items"


def test_a_receipt_for_nobody_is_refused(api: Api) -> None:
    answer = api.post("/api/orders/", body(customer=None))

    assert (answer.status_code, answer.get_json()["code"]) == (422, "fiscal_customer_required")
    assert answer.get_json()["errors"][0]["field"] == "customer"


def test_what_octo_has_not_registered_is_explained_to_the_shop(api: Api) -> None:
    order_id = api.post("/api/orders/", body()).get_json()["id"]
    words = "Fiscal object with merchant ID 242 spic : 00305001001000000 not contains in system"
    api.world.gateway.script("prepare", Denied("403", exchange("prepare"), words))
    answer = api.post(f"/api/orders/{order_id}/payment/initiate/?language=en")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "fiscal_item_not_registered")
    assert answer.get_json()["facts"] == {
        "octo_code": "403",
        "octo_message": words,
        "reason": "fiscal_item_not_registered",
        "may_repeat": False,
    }
    assert "bank" in answer.get_json()["detail_for_shop"]


def test_the_receipt_is_in_the_order_as_soon_as_it_is_there(api: Api) -> None:
    order_id = paid(api)
    awaited = api.get(f"/api/orders/{order_id}/").get_json()["receipt"]
    api.world.receipts.fetch_due()
    ready = api.get(f"/api/orders/{order_id}/").get_json()["receipt"]

    assert awaited == {
        "state": "awaited",
        "url": None,
        "terminal_id": None,
        "receipt_id": None,
        "issued_at": None,
        "fiscal_sign": None,
    }
    assert ready == {
        "state": "ready",
        "url": f"https://ofd.soliq.uz/epi?t=UZ000000000001&r={ready['receipt_id']}&c=20260105140502&s=000000000017",
        "terminal_id": "UZ000000000001",
        "receipt_id": ready["receipt_id"],
        "issued_at": "2026-01-05T09:05:02.000Z",
        "fiscal_sign": "000000000017",
    }


def test_an_order_without_fiscal_items_has_no_receipt(api: Api) -> None:
    order_id = api.order()

    assert api.get(f"/api/orders/{order_id}/").get_json()["receipt"] is None
