"""pay, verificationInfo, check_sms_key and check_pan: the way of a card and its code."""

from typing import Any

import pytest

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pan": None}, 1),
        ({"exp": ""}, 1),
        ({"method": None}, 1),
        ({"pan": "8600 0000 0000 0000"}, 1),
        ({"pan": 8600000000000000}, 1),
        ({"exp": "1228"}, 1),
        ({"exp": "2512"}, -54),
        ({"method": "humo"}, 7),
        ({"pan": "4111111111111111", "method": "bank_card"}, 1),
        ({"pan": "4111111111111111", "method": "bank_card", "cvc2": "123"}, 7),
    ],
)
def test_cards_that_are_not_taken(octo: Any, changes: Json, error: int) -> None:
    answer = octo.pay(octo.prepare(), **changes)

    assert (answer["error"], answer["data"]) == (error, None)
    assert octo.state() == "created"


@pytest.mark.parametrize(("last4", "error"), [("0051", -51), ("0054", -54), ("0062", -62), ("0005", -5), ("0014", -14)])
def test_denied_card_leaves_the_payment_open_for_another(octo: Any, last4: str, error: int) -> None:
    uuid = octo.prepare()

    assert octo.pay(uuid, f"860000000000{last4}")["error"] == error
    assert octo.code(octo.otp(uuid))["error"] == 0
    assert octo.ledger() == [("debit", 185000)]


@pytest.mark.parametrize(
    ("pan", "method"),
    [("8600000000000000", "uzcard"), ("5614000000000000", "uzcard"), ("9860000000000000", "humo")],
)
def test_local_schemes_are_paid_with_a_code(octo: Any, pan: str, method: str) -> None:
    uuid = octo.prepare()

    assert octo.code(octo.otp(uuid, pan, method=method))["data"]["status"] == "succeeded"
    assert octo.state() == "succeeded"


def test_unknown_uuid_is_refused_everywhere(octo: Any) -> None:
    uuid = "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"

    assert octo.pay(uuid)["error"] == 11
    assert octo.get(f"/verificationInfo/{uuid}")["error"] == 11
    assert octo.code({"paymentId": 1, "verifyId": 1})["error"] == 11


def test_sms_is_sent_by_verification_info_and_can_be_read(octo: Any) -> None:
    uuid = octo.prepare()
    octo.pay(uuid)
    assert octo.client.get("/sandbox/payments/ORD-20260105-00017/sms").status_code == 404

    verify_id = octo.get(f"/verificationInfo/{uuid}")["data"]["verifyId"]

    sms = octo.get("/sandbox/payments/ORD-20260105-00017/sms")
    assert (sms["code"], sms["verify_id"], sms["sent_at"]) == ("111111", verify_id, "2026-01-05T09:03:27+00:00")


def test_sms_can_be_sent_by_pay_instead(octo: Any) -> None:
    octo.switch(sms_sent_by="pay")
    octo.pay(octo.prepare())

    assert octo.get("/sandbox/payments/ORD-20260105-00017/sms")["code"] == "111111"


def test_later_verification_info_returns_the_time_that_is_left(octo: Any, clock: Any) -> None:
    uuid = octo.prepare()
    verify_id = octo.otp(uuid)["verifyId"]

    clock.advance(100)

    info = octo.get(f"/verificationInfo/{uuid}")["data"]
    assert info == {"verifyId": verify_id, "phone": "+998** *****27", "secondsLeft": 20}
    clock.advance(20)
    assert octo.get(f"/verificationInfo/{uuid}")["data"]["secondsLeft"] == 0


def test_expired_code_costs_no_try_and_a_resend_helps(octo: Any, clock: Any) -> None:
    uuid = octo.prepare()
    otp = octo.otp(uuid)
    clock.advance(120)

    assert [octo.code(otp)["error"] for _ in range(4)] == [-271] * 4

    resent = octo.post("/check_pan", {"pan": "8600000000000000", "expDate": "2812", "paymentId": otp["paymentId"]})
    assert octo.code(otp | {"verifyId": resent["data"]["verifyId"]})["error"] == 0


def test_third_wrong_code_cancels_and_tells_the_shop(octo: Any) -> None:
    otp = octo.otp(octo.prepare())

    first, second, third = (octo.code(otp, "000000") for _ in range(3))

    wrong = {"error": -270, "errMessage": "Неверный код подтверждения", "data": None}
    assert first == second == third == wrong
    assert octo.shop.next()["status"] == "canceled"
    assert octo.code(otp)["error"] == 10
    assert octo.ledger() == []


def test_resend_makes_the_old_code_worthless(octo: Any) -> None:
    otp = octo.otp(octo.prepare())
    octo.post("/check_pan", {"pan": "8600000000000000", "expDate": "2812", "paymentId": otp["paymentId"]})

    assert octo.code(otp)["error"] == 11
    assert octo.state() == "wait_user_action"


def test_new_card_makes_the_code_of_the_old_one_worthless(octo: Any) -> None:
    uuid = octo.prepare()
    first = octo.otp(uuid)
    second = octo.otp(uuid, "8600000000000018")

    assert octo.code(first)["error"] == 11
    assert octo.code(second)["error"] == 0


def test_resend_wants_the_same_card(octo: Any) -> None:
    otp = octo.otp(octo.prepare())
    request = {"pan": "8600000000000018", "expDate": "2812", "paymentId": otp["paymentId"]}

    assert octo.post("/check_pan", request)["error"] == 1


def test_finished_payment_takes_no_second_code_and_no_second_card(octo: Any) -> None:
    uuid = octo.prepare()
    otp = octo.otp(uuid)
    octo.code(otp)

    assert octo.code(otp)["error"] == 10
    assert octo.pay(uuid)["error"] == 10
    assert octo.ledger() == [("debit", 185000)]


@pytest.mark.parametrize("wrong", [{"paymentId": "7731"}, {"verifyId": "912"}, {"smsKey": 111111}, {"smsKey": ""}])
def test_types_of_check_sms_key(octo: Any, wrong: Json) -> None:
    otp = octo.otp(octo.prepare())

    assert octo.post("/check_sms_key", {"smsKey": "111111"} | otp | wrong)["error"] == 1


def test_expired_payment_takes_no_card(octo: Any, clock: Any) -> None:
    uuid = octo.prepare()
    clock.advance(15 * 60)

    assert octo.pay(uuid)["error"] == 10


def test_email_is_required_once_user_data_was_given(octo: Any) -> None:
    uuid = octo.prepare(user_data={"user_id": "7", "phone": "998901112233", "email": "client@example.com"})

    assert octo.pay(uuid)["errMessage"] == "Wrong params: [email] must not be null or blank"
    assert octo.pay(uuid, email="client@example.com")["error"] == 0


def test_card_without_sms(octo: Any) -> None:
    uuid = octo.prepare()
    otp = octo.otp(uuid, "8600000000000091")

    assert octo.get(f"/verificationInfo/{uuid}")["data"]["secondsLeft"] == 0
    assert octo.code(otp)["error"] == -271
    resent = octo.post("/check_pan", {"pan": "8600000000000091", "expDate": "2812", "paymentId": otp["paymentId"]})
    assert resent["data"]["secondsLeft"] == 120


def test_card_whose_sms_never_arrives(octo: Any) -> None:
    otp = octo.otp(octo.prepare(), "8600000000000092")

    resent = octo.post("/check_pan", {"pan": "8600000000000092", "expDate": "2812", "paymentId": otp["paymentId"]})
    assert (resent["error"], resent["data"]["secondsLeft"]) == (0, 0)


def test_card_without_funds_at_the_debit(octo: Any) -> None:
    otp = octo.otp(octo.prepare(), "8600000000000151")

    assert octo.code(otp)["error"] == -51
    assert octo.shop.next()["status"] == "canceled"


def test_card_without_an_otp(octo: Any) -> None:
    answer = octo.pay(octo.prepare(), "8600000000000003")

    assert answer["data"]["status"] == "succeeded"
    assert answer["data"]["details"]["transType"] is None
    assert answer["data"]["peyedTime"] == 1767603807000
    assert octo.shop.next()["status"] == "succeeded"


@pytest.mark.parametrize(("last4", "end"), [("0068", "succeeded"), ("0069", "canceled")])
def test_slow_debit(octo: Any, clock: Any, last4: str, end: str) -> None:
    uuid = octo.prepare()
    otp = octo.otp(uuid, f"860000000000{last4}")

    assert octo.code(otp)["data"]["status"] == "wait_user_action"
    assert octo.ledger() == []
    assert octo.code(otp)["error"] == octo.pay(uuid)["error"] == 10
    clock.advance(30)
    assert octo.status()["data"]["status"] == end
    assert octo.shop.next()["status"] == end


def test_two_stage_payment_is_held(octo: Any) -> None:
    octo.shop.answers = [(200, '{"accept_status": "waiting_user_action"}')]
    uuid = octo.prepare(auto_capture=False)

    assert octo.code(octo.otp(uuid))["data"]["status"] == "waiting_for_capture"
    assert octo.shop.next()["status"] == "waiting_for_capture"
    assert octo.ledger() == [("hold", 185000)]


def test_hold_lapses_after_30_minutes(octo: Any, clock: Any) -> None:
    octo.shop.answers = [(200, '{"accept_status": "waiting_user_action"}')]
    octo.code(octo.otp(octo.prepare(auto_capture=False)))

    clock.advance(30 * 60)

    assert octo.status()["data"]["status"] == "canceled"
    assert octo.ledger() == [("hold", 185000), ("release", 185000)]


def test_bank_card_is_confirmed_on_the_page_that_redirect_url_leads_to(octo: Any) -> None:
    uuid = octo.prepare(payment_methods=[{"method": "bank_card"}])
    paid = octo.pay(uuid, "4111111111111111", method="bank_card", cvc2="123")
    assert paid["data"]["redirectUrl"] == f"https://pay2.octo.uz/3ds/{uuid}"
    assert octo.get(f"/verificationInfo/{uuid}")["error"] == 10
    assert "185000.00 UZS" in octo.client.get(f"/3ds/{uuid}").text

    back = octo.client.post(f"/3ds/{uuid}", data={"result": "confirm"})

    assert back.location == "https://shop.example/return?octo_status=succeeded"
    callback = octo.shop.next()
    assert (callback["status"], callback["card_type"]) == ("succeeded", "internationalVisa")
    assert octo.ledger() == [("debit", 185000)]


def test_refused_3d_secure(octo: Any) -> None:
    uuid = octo.prepare(payment_methods=None)
    octo.pay(uuid, "5200000000000000", method="bank_card", cvc2="123")

    back = octo.client.post(f"/3ds/{uuid}", data={"result": "refuse"})

    assert back.location == "https://shop.example/return?octo_status=canceled"
    assert octo.shop.next()["status"] == "canceled"


def test_debit_on_pay_takes_the_money_with_every_card(octo: Any) -> None:
    octo.switch(debit_on_pay=True)
    uuid = octo.prepare()
    octo.pay(uuid)

    octo.code(octo.otp(uuid))

    assert octo.ledger() == [("debit", 185000), ("debit", 185000)]


def test_debit_on_pay_is_given_back_when_the_payment_is_canceled(octo: Any, clock: Any) -> None:
    octo.switch(debit_on_pay=True)
    octo.pay(octo.prepare())
    clock.advance(15 * 60)

    assert octo.state() == "canceled"
    assert octo.ledger() == [("debit", 185000), ("refund", 185000)]


def test_lenient_ttl(octo: Any, clock: Any) -> None:
    octo.switch(ttl="lenient")
    uuid = octo.prepare()
    clock.advance(3600)

    assert octo.status()["data"]["status"] == "created"
    assert octo.code(octo.otp(uuid))["data"]["status"] == "succeeded"


def test_switched_answers_of_the_card_calls(octo: Any) -> None:
    octo.switch(
        pay_exp_order="MMYY",
        pay_status="wait_user_action",
        verification_info_id=True,
        verification_info_payload="top_level",
        payment_id_type="uuid",
        check_sms_key_answer="camelCase",
    )
    uuid = octo.prepare()

    paid = octo.pay(uuid, exp="1228")
    info = octo.get(f"/verificationInfo/{uuid}")
    done = octo.code({"paymentId": uuid, "verifyId": info["verifyId"]})

    assert paid["data"]["status"] == "wait_user_action"
    assert info["id"] == paid["data"]["id"] and "data" not in info
    assert done["data"] == {"id": info["id"], "uuid": uuid, "status": "succeeded", "totalSum": 185000}


def test_accepted_code_without_data(octo: Any) -> None:
    octo.switch(check_sms_key_answer="none")

    assert octo.code(octo.otp(octo.prepare())) == {"error": 0, "errMessage": "", "data": None}


@pytest.mark.parametrize(("allowed", "get", "post"), [("both", 200, 200), ("get", 200, 405), ("post", 405, 200)])
def test_method_of_verification_info(octo: Any, allowed: str, get: int, post: int) -> None:
    octo.switch(verification_info_method=allowed)
    uuid = octo.prepare()
    octo.pay(uuid)

    assert octo.client.get(f"/verificationInfo/{uuid}").status_code == get
    assert octo.client.post(f"/verificationInfo/{uuid}", data="{}").status_code == post


def test_payment_id_of_its_own_for_each_card(octo: Any) -> None:
    octo.switch(payment_id="per_pay")
    uuid = octo.prepare()

    first, second = octo.otp(uuid), octo.otp(uuid, "8600000000000018")

    assert first["paymentId"] != second["paymentId"]
    assert octo.code(second | {"paymentId": first["paymentId"]})["error"] == 11
    assert octo.code(second)["error"] == 0


def test_random_codes(octo: Any) -> None:
    octo.switch(otp="random")
    otp = octo.otp(octo.prepare())

    code = octo.get("/sandbox/payments/ORD-20260105-00017/sms")["code"]

    assert len(code) == 6 and code.isdigit()
    assert octo.code(otp, code)["error"] == 0
