"""The JSON examples of OCTO's contract, replayed literally."""

from typing import Any

Json = dict[str, Any]


def test_prepare_payment_answers_in_data_and_at_the_top_level(octo: Any) -> None:
    answer = octo.post("/prepare_payment", octo.request())

    uuid = answer["data"]["octo_payment_UUID"]
    fields = {
        "shop_transaction_id": "ORD-20260105-00017",
        "octo_payment_UUID": uuid,
        "status": "created",
        "octo_pay_url": f"https://pay2.octo.uz/pay/{uuid}?language=uz",
        "refunded_sum": 0,
        "total_sum": 185000.00,
    }
    text = answer.pop("apiMessageForDevelopers")
    assert isinstance(text, str)
    assert answer == {"error": 0, "errMessage": None, "errorMessage": None, "data": fields, **fields}


def test_wrong_secret_is_refused_in_the_failure_envelope(octo: Any) -> None:
    answer = octo.post("/prepare_payment", octo.request(octo_secret="other"))

    text = answer.pop("apiMessageForDevelopers")
    assert isinstance(text, str)
    assert answer == {"error": 2, "errMessage": "Wrong secret", "data": None, "errorMessage": "Wrong secret"}


def test_documented_status_read(octo: Any) -> None:
    uuid = octo.prepare()
    octo.switch(status_read_fields="three", prepare_payload="data")

    answer = octo.status()

    assert answer["error"] == 0
    assert answer["data"] == {
        "shop_transaction_id": "ORD-20260105-00017",
        "octo_payment_UUID": uuid,
        "status": "created",
    }


def test_pay_answers_with_the_row_of_the_payment(octo: Any) -> None:
    uuid = octo.prepare(user_data={"user_id": "7", "phone": "998901112233", "email": "client@example.com"})
    card = {
        "pan": "8600000000000000",
        "exp": "2812",
        "cardHolderName": "TEST USER",
        "method": "uzcard",
        "email": "client@example.com",
    }

    answer = octo.post(f"/pay/{uuid}", card)

    assert answer == {
        "error": 0,
        "errMessage": "",
        "data": {
            "id": 7731,
            "uuid": uuid,
            "processorKey": None,
            "merchantId": 4321,
            "merchant": None,
            "merchantTransId": "ORD-20260105-00017",
            "initialSum": 185000.00,
            "totalSum": 185000.00,
            "splittedSum": 185000.00,
            "currency": "UZS",
            "convertSum": None,
            "convertRate": None,
            "convertCurrency": None,
            "selectedMethod": None,
            "createTime": 1767603807000,
            "expireTime": 1767604707000,
            "peyedTime": None,
            "expiredHoldTime": None,
            "merCreateTime": 1767603807000,
            "description": "Order 17",
            "autoCapture": True,
            "withoutSite": False,
            "isTest": True,
            "refundLocked": False,
            "returnUrl": "https://shop.example/return",
            "redirectUrl": f"https://pay2.octo.uz/uzcard/sms/{uuid}",
            "details": {
                "cardInfo": {
                    "first6": "860000",
                    "last4": "0000",
                    "issuerCountryCode": "UZ",
                    "cardHolder": "TEST USER",
                    "saveToken": None,
                },
                "transType": "SMS",
            },
            "hold": None,
            "payMethods": [{"only": None, "method": "uzcard"}, {"only": None, "method": "humo"}],
            "status": "created",
            "basket": None,
            "user": {"email": "client@example.com"},
        },
    }


def test_verification_info_by_get_and_by_post(octo: Any) -> None:
    uuid = octo.prepare()
    octo.pay(uuid)

    by_get, by_post = octo.get(f"/verificationInfo/{uuid}"), octo.post(f"/verificationInfo/{uuid}", {})

    expected = {
        "error": 0,
        "errMessage": "",
        "data": {"verifyId": 912, "phone": "+998** *****27", "secondsLeft": 120},
    }
    assert by_get == by_post == expected


def test_check_pan_sends_a_new_code(octo: Any) -> None:
    otp = octo.otp(octo.prepare())

    answer = octo.post("/check_pan", {"pan": "8600000000000000", "expDate": "2812", "paymentId": otp["paymentId"]})

    expected = {"verifyId": 913, "phone": "+998** *****27", "secondsLeft": 120}
    assert answer == {"error": 0, "errMessage": "", "data": expected}


def test_too_many_resends(octo: Any) -> None:
    otp = octo.otp(octo.prepare())
    request = {"pan": "8600000000000000", "expDate": "2812", "paymentId": otp["paymentId"]}

    *accepted, refused = [octo.post("/check_pan", request) for _ in range(4)]

    assert [answer["error"] for answer in accepted] == [0, 0, 0]
    assert refused == {"error": 17, "errMessage": "Maximum number of SMS resend attempts", "data": None}


def test_check_sms_key_settles_the_payment(octo: Any) -> None:
    uuid = octo.prepare()
    otp = octo.otp(uuid)

    answer = octo.post("/check_sms_key", {"smsKey": "111111", **otp})

    assert answer == {
        "error": 0,
        "errMessage": "",
        "data": {
            "octo_payment_UUID": uuid,
            "status": "succeeded",
            "total_sum": 185000.00,
            "transfer_sum": 178525.00,
            "commission": 6475.00,
            "payed_time": "2026-01-05 14:03:27",
        },
    }


def test_callback_of_a_success(octo: Any) -> None:
    uuid = octo.prepare()
    octo.code(octo.otp(uuid))

    callback = octo.shop.next()

    signature = callback.pop("signature")
    assert signature == signature.upper() and len(signature) == 40
    assert callback == {
        "shop_transaction_id": "ORD-20260105-00017",
        "octo_payment_UUID": uuid,
        "status": "succeeded",
        "hash_key": "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f",
        "total_sum": 185000.0,
        "transfer_sum": 178525.0,
        "refunded_sum": 0.0,
        "card_country": "UZ",
        "maskedPan": "860000** **** 0000",
        "currency": "UZS",
        "card_vendor": "uzcard",
        "rrn": "000000000017",
        "riskLevel": 0,
        "payed_time": "2026-01-05 14:03:27",
        "card_type": "uzcard",
        "is_physical_card": True,
    }
