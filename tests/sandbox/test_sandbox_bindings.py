"""Cards bound to tokens, payments by token, and tokens that are blocked."""

import json
from typing import Any

import pytest

Json = dict[str, Any]
SHOP = {"octo_shop_id": 4321, "octo_secret": "demo-secret"}


def bind(octo: Any, **changes: object) -> Json:
    body = {
        **SHOP,
        "shop_transaction_id": "BIND-1",
        "pan": "8600000000000000",
        "exp": "2812",
        "phone": "998901112233",
        "method": "uzcard",
        "cardHolderName": "TEST USER",
        "notify_url": octo.shop.url,
        "bind_notify_url": octo.shop.url,
    }
    return dict(octo.post("/bind_card", {name: v for name, v in (body | changes).items() if v is not None}))


def confirm(octo: Any, uuid: str, code: str = "111111", path: str = "/bind_card/check_sms_key") -> Json:
    verify_id = octo.get(f"/verificationInfo/{uuid}")["data"]["verifyId"]
    return dict(octo.post(path, {**SHOP, "smsKey": code, "paymentUUID": uuid, "verifyId": verify_id}))


def token_of(octo: Any, **changes: object) -> str:
    confirm(octo, bind(octo, **changes)["data"]["octo_payment_UUID"])
    return str(octo.shop.next()["card_token"])


def by_token(octo: Any, uuid: str, token: str, **changes: object) -> Json:
    card = {"card_token": token, "method": "uzcard", "email": "client@example.com"}
    return dict(octo.post(f"/pay/{uuid}", card | changes))


def test_documented_binding(octo: Any) -> None:
    started = bind(octo)
    uuid = started["data"]["octo_payment_UUID"]
    assert started["error"] == 0
    assert started["data"]["shop_transaction_id"] == started["shop_transaction_id"] == "BIND-1"
    assert octo.get(f"/verificationInfo/{uuid}")["data"]["secondsLeft"] == 120
    assert octo.get("/sandbox/payments/BIND-1/sms")["code"] == "111111"

    confirmed = confirm(octo, uuid)

    assert confirmed["data"] == {"status": "active", "first6": "860000", "last4": "0000"}
    callback = octo.shop.next()
    assert len(callback.pop("card_token")) == 32
    assert callback == {
        "shop_transaction_id": "BIND-1",
        "pan": "8600000000000000",
        "exp": "2812",
        "cardHolderName": "TEST USER",
        "status": "active",
    }
    assert octo.ledger() == [("debit", 1000), ("refund", 1000)]
    (binding,) = octo.get("/sandbox/bindings")["bindings"]
    assert (binding["status"], binding["token_status"]) == ("active", "active")


def test_required_urls_are_named_as_octo_names_them(octo: Any) -> None:
    answer = bind(octo, notify_url=None, bind_notify_url=None, octo_secret="other")

    assert answer["errMessage"] == "Wrong params: [bindNotifyUrl, notifyUrl] must not be null or blank"
    octo.switch(bind_notify_urls="optional")
    assert bind(octo, notify_url=None, bind_notify_url=None)["error"] == 0


@pytest.mark.parametrize("phone", ["+998901112233", "998 901112233", "99890111223", "777901112233"])
def test_phone_has_exactly_12_digits(octo: Any, phone: str) -> None:
    assert bind(octo, phone=phone)["errMessage"] == "Wrong phone format"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"octo_secret": "other"}, 2),
        ({"pan": "86000000"}, 1),
        ({"exp": "1228"}, 1),
        ({"exp": "2501"}, -54),
        ({"method": "humo"}, 7),
        ({"pan": "8600000000000062"}, -62),
    ],
)
def test_refusals(octo: Any, changes: Json, error: int) -> None:
    assert bind(octo, **changes)["error"] == error


def test_optional_fields_of_the_live_api(octo: Any) -> None:
    assert bind(octo, cardHolderName=None)["error"] == 0


def test_wrong_codes_end_a_binding(octo: Any) -> None:
    uuid = bind(octo)["data"]["octo_payment_UUID"]

    answers = [confirm(octo, uuid, "000000") for _ in range(3)]

    assert [(a["error"], a["errMessage"]) for a in answers] == [(-270, "Неверный код подтверждения")] * 3
    callback = octo.shop.next()
    assert (callback["status"], callback["card_token"]) == ("failed", None)
    assert confirm(octo, uuid)["error"] == 10


def test_trial_debit_without_funds(octo: Any) -> None:
    assert confirm(octo, bind(octo, pan="8600000000000151")["data"]["octo_payment_UUID"])["error"] == -51
    assert octo.shop.next()["status"] == "failed"


def test_unknown_binding_and_expired_binding(octo: Any, clock: Any) -> None:
    uuid = bind(octo)["data"]["octo_payment_UUID"]
    request = {**SHOP, "smsKey": "111111", "paymentUUID": "nobody", "verifyId": 1}
    assert octo.post("/bind_card/check_sms_key", request)["error"] == 11
    assert octo.post("/bind_card/check_sms_key", request | {"paymentUUID": uuid})["error"] == 11
    clock.advance(15 * 60)
    assert octo.post("/bind_card/check_sms_key", request | {"paymentUUID": uuid})["error"] == 10


def test_path_of_the_code_check(octo: Any) -> None:
    uuid = bind(octo)["data"]["octo_payment_UUID"]
    assert octo.client.post("/bind_card/check_sms", data="{}").status_code == 403

    octo.switch(bind_check_path="check_sms")

    assert octo.client.post("/bind_card/check_sms_key", data="{}").status_code == 403
    assert confirm(octo, uuid, path="/bind_card/check_sms")["error"] == 0


def test_repeated_binding_is_the_same(octo: Any) -> None:
    assert bind(octo)["data"]["octo_payment_UUID"] == bind(octo)["data"]["octo_payment_UUID"]


def test_card_number_in_the_callback_can_be_masked_and_is_never_shown(octo: Any) -> None:
    octo.switch(bind_callback_pan="masked")
    token = token_of(octo)
    octo.switch(bind_callback_pan="full")
    token_of(octo, shop_transaction_id="BIND-2")

    shown = json.dumps(octo.get("/sandbox/callbacks")) + json.dumps(octo.get("/sandbox/calls"))

    assert token not in shown and "8600000000000000" not in shown


def test_pay_by_token(octo: Any) -> None:
    token = token_of(octo)
    uuid = octo.prepare()

    paid = by_token(octo, uuid, token)

    assert paid["data"]["details"]["transType"] == "SMS"
    info = octo.get(f"/verificationInfo/{uuid}")["data"]
    assert octo.code({"paymentId": paid["data"]["id"], "verifyId": info["verifyId"]})["error"] == 0
    assert octo.ledger()[2:] == [("debit", 185000)]


def test_pay_by_token_at_once(octo: Any) -> None:
    octo.switch(token_otp="none")

    assert by_token(octo, octo.prepare(), token_of(octo))["data"]["status"] == "succeeded"


def test_pay_by_token_refusals(octo: Any) -> None:
    token, uuid = token_of(octo), octo.prepare()

    assert by_token(octo, uuid, "nonsense")["error"] == 1
    assert by_token(octo, uuid, token, method="humo")["error"] == 7
    assert by_token(octo, uuid, token, method=None)["error"] == 1


def test_blocked_token(octo: Any) -> None:
    token = token_of(octo)

    answer = octo.post("/block_card_token", {**SHOP, "card_token": token})

    assert (answer["error"], answer["errorMessage"], answer["status"]) == (0, None, "blocked")
    assert by_token(octo, octo.prepare(), token)["error"] == 1
    assert octo.post("/block_card_token", {**SHOP, "card_token": "nonsense"})["error"] == 11


@pytest.mark.parametrize(("spelling", "card_token", "token"), [("token", 1, 0), ("both", 0, 0)])
def test_name_of_the_token_field(octo: Any, spelling: str, card_token: int, token: int) -> None:
    octo.switch(block_token_field=spelling)
    value = token_of(octo)

    assert octo.post("/block_card_token", {**SHOP, "card_token": value})["error"] == card_token
    assert octo.post("/block_card_token", {**SHOP, "token": value})["error"] == token


def test_token_that_nobody_confirms_is_canceled(octo: Any) -> None:
    octo.shop.answers = [(500, "")]

    token = token_of(octo)

    assert [octo.shop.next()["card_token"] for _ in range(2)] == [token, token]
    octo.wait_until(lambda: octo.get("/sandbox/bindings")["bindings"][0]["token_status"] == "blocked")
    assert by_token(octo, octo.prepare(), token)["error"] == 1


def test_international_card_is_bound_by_3d_secure(octo: Any) -> None:
    started = bind(octo, pan="4111111111111111", method="bank_card", return_url="https://shop.example/cards")
    uuid = started["data"]["octo_payment_UUID"]
    assert started["data"]["octo_pay_url"] == f"https://pay2.octo.uz/3ds/{uuid}"

    back = octo.client.post(f"/3ds/{uuid}", data={"result": "confirm"})

    assert back.location == "https://shop.example/cards?octo_status=active"
    token = octo.shop.next()["card_token"]
    payment = octo.prepare(payment_methods=None)
    assert by_token(octo, payment, token, method="bank_card")["error"] == 1
    paid = by_token(octo, payment, token, method="bank_card", cvc2="123")
    assert paid["data"]["redirectUrl"] == f"https://pay2.octo.uz/3ds/{payment}"
