"""The pages of a payer: plain HTML, one after another, and back to the shop."""

from typing import Any

import pytest

RETURN = "https://shop.example/return?octo_status="


def test_hosted_page_from_card_to_shop(octo: Any) -> None:
    uuid = octo.prepare()
    page = octo.client.get(f"/pay/{uuid}?language=uz")
    assert "185000.00 UZS" in page.text and page.headers["Cache-Control"] == "no-store"

    typed = octo.client.post(f"/pay/{uuid}/card", data={"pan": "8600 0000 0000 0000", "exp": "12 / 28"})
    assert typed.location == f"/uzcard/sms/{uuid}"
    assert "+998** *****27" in octo.client.get(typed.location).text
    done = octo.client.post(typed.location, data={"code": "111111"})

    assert done.location == RETURN + "succeeded"
    assert octo.shop.next()["status"] == "succeeded"
    assert octo.ledger() == [("debit", 185000)]
    assert octo.client.get(f"/pay/{uuid}").location == RETURN + "succeeded"
    assert octo.get("/sandbox/calls") == {"calls": octo.get("/sandbox/calls?call=prepare_payment")["calls"]}


def test_refused_card_may_be_followed_by_another(octo: Any) -> None:
    uuid = octo.prepare(user_data={"user_id": "1", "phone": "998901112233", "email": "a@b.uz"}, payment_methods=None)

    refused = octo.client.post(f"/pay/{uuid}/card", data={"pan": "8600000000000051", "exp": "12/28"})
    assert "Insufficient funds" in refused.text
    other = octo.client.post(f"/pay/{uuid}/card", data={"pan": "4111111111111111", "exp": "12/28", "cvc2": "123"})

    assert other.location == f"/3ds/{uuid}"


def test_wrong_codes_lead_back_to_the_shop(octo: Any) -> None:
    uuid = octo.prepare()
    octo.otp(uuid)

    pages = [octo.client.post(f"/uzcard/sms/{uuid}", data={"code": "000000"}) for _ in range(3)]

    assert "Неверный код" in pages[0].text and "Неверный код" in pages[1].text
    assert pages[2].location == RETURN + "canceled"


def test_new_code_on_the_page(octo: Any) -> None:
    uuid = octo.prepare()
    octo.otp(uuid)

    octo.client.post(f"/uzcard/sms/{uuid}", data={"resend": "yes"})

    assert octo.get("/sandbox/payments/ORD-20260105-00017")["resends"] == 1


def test_page_without_return_url(octo: Any) -> None:
    uuid = octo.prepare(return_url=None)
    octo.pay(uuid, "8600000000000003")

    assert "succeeded" in octo.client.get(f"/pay/{uuid}").text


def test_return_url_with_a_query(octo: Any) -> None:
    uuid = octo.prepare(return_url="https://shop.example/return?order=17")
    octo.pay(uuid, "8600000000000003")

    assert octo.client.get(f"/pay/{uuid}").location == "https://shop.example/return?order=17&octo_status=succeeded"


def test_unknown_payment(octo: Any) -> None:
    for path in ("/pay/nobody", "/uzcard/sms/nobody", "/3ds/nobody"):
        assert octo.client.get(path).status_code == 404


def test_pages_in_the_wrong_order_find_the_right_one(octo: Any) -> None:
    uuid = octo.prepare()
    assert octo.client.get(f"/3ds/{uuid}").location == f"/pay/{uuid}"
    octo.pay(uuid)
    assert octo.client.get(f"/3ds/{uuid}").location == f"/uzcard/sms/{uuid}"


def test_description_is_escaped(octo: Any) -> None:
    uuid = octo.prepare(description="<script>alert(1)</script>")

    assert "<script>" not in octo.client.get(f"/pay/{uuid}").text


def test_card_is_bound_on_a_page(octo: Any) -> None:
    request = {
        "octo_shop_id": 4321,
        "octo_secret": "demo-secret",
        "shop_transaction_id": "BIND-1",
        "pan": "9860000000000000",
        "exp": "2812",
        "phone": "998901112233",
        "method": "humo",
        "notify_url": octo.shop.url,
        "bind_notify_url": octo.shop.url,
    }
    uuid = octo.post("/bind_card", request)["data"]["octo_payment_UUID"]
    octo.client.get(f"/bind/sms/{uuid}")

    done = octo.client.post(f"/bind/sms/{uuid}", data={"code": "111111"})

    assert "active" in done.text
    assert octo.shop.next()["status"] == "active"


@pytest.mark.parametrize("address", ["/payment/order-1/?octo_status=succeeded", "/cards/card_1/?octo_status=succeeded"])
def test_a_payer_whose_shop_has_no_pages_comes_back_to_one_here(octo: Any, address: str) -> None:
    page = octo.client.get(address)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert address.partition("?")[0] in page.text
