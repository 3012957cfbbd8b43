"""OCTO's own examples of what is sent and answered, copied as they stand."""

from typing import Final

from tests.integration.octo.given import SECRET, UUID

PREPARE_REQUEST: Final = f"""{{
  "octo_shop_id": 4321,
  "octo_secret": "{SECRET}",
  "shop_transaction_id": "ORD-20260105-00017",
  "auto_capture": true,
  "test": true,
  "init_time": "2026-01-05 14:03:27",
  "total_sum": 185000.00,
  "currency": "UZS",
  "description": "Order 17",
  "payment_methods": [{{"method": "uzcard"}}, {{"method": "humo"}}],
  "return_url": "https://shop.example/return",
  "notify_url": "https://shop.example/api/payments/notify/",
  "language": "uz",
  "ttl": 15
}}"""
PAYMENT: Final = """
    "shop_transaction_id": "ORD-20260105-00017",
    "octo_payment_UUID": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
    "status": "created",
    "octo_pay_url": "https://pay2.octo.uz/pay/0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11?language=uz",
    "refunded_sum": 0,
    "total_sum": 185000.00
"""
PREPARED: Final = f'{{"error": 0, "data": {{{PAYMENT}}}, "apiMessageForDevelopers": "...", {PAYMENT}}}'
PREPARED_IN_DATA: Final = f'{{"error": 0, "errMessage": null, "data": {{{PAYMENT}}}, "errorMessage": null}}'
PREPARED_AT_TOP: Final = f'{{"error": 0, "errMessage": "", {PAYMENT}}}'
CREATED_BEFORE: Final = (
    f'{{"error": 1, "errMessage": "This payment was created by previous request", "data": {{{PAYMENT}}}}}'
)
CREATED_BEFORE_AT_TOP: Final = (
    f'{{"error": 1, "errorMessage": "This payment was created by previous request", {PAYMENT}}}'
)
STATUS: Final = (
    '{"error":0,"data":{"shop_transaction_id":"ORD-20260105-00017",'
    '"octo_payment_UUID":"0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11","status":"created"}}'
)
WRONG_SECRET: Final = """{
  "error": 2,
  "errMessage": "Wrong secret",
  "data": null,
  "errorMessage": "Wrong secret",
  "apiMessageForDevelopers": "text about errorMessage being outdated"
}"""
PAID: Final = """{
  "error": 0,
  "errMessage": "",
  "data": {
    "id": 7731,
    "uuid": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
    "processorKey": null,
    "merchantId": 4321,
    "merchant": null,
    "merchantTransId": "ORD-20260105-00017",
    "initialSum": 185000.00,
    "totalSum": 185000.00,
    "splittedSum": 185000.00,
    "currency": "UZS",
    "convertSum": null,
    "convertRate": null,
    "convertCurrency": null,
    "selectedMethod": null,
    "createTime": 1767603807000,
    "expireTime": 1767604707000,
    "peyedTime": null,
    "expiredHoldTime": null,
    "merCreateTime": 1767603807000,
    "description": "Order 17",
    "autoCapture": true,
    "withoutSite": false,
    "isTest": true,
    "refundLocked": false,
    "returnUrl": "https://shop.example/return",
    "redirectUrl": "https://pay2.octo.uz/uzcard/sms/0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
    "details": {
      "cardInfo": {"first6": "860000", "last4": "0000", "issuerCountryCode": "UZ", "cardHolder": "TEST USER", "saveToken": null},
      "transType": "SMS"
    },
    "hold": null,
    "payMethods": [{"only": null, "method": "uzcard"}, {"only": null, "method": "humo"}],
    "status": "created",
    "basket": null,
    "user": {"email": "client@example.com"}
  }
}"""
SMS_PAGE: Final = "https://pay2.octo.uz/uzcard/sms/0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"
BANK_PAGE: Final = "https://acs.bank.example/3ds?id=1"
VERIFICATION: Final = (
    '{"error": 0, "errMessage": "", "data": {"verifyId": 912, "phone": "+998** *****27", "secondsLeft": 120}}'
)
VERIFICATION_AT_TOP: Final = '{"error": 0, "verifyId": 912, "phone": "99890*****33", "secondsLeft": 120}'
CODE_RIGHT: Final = f"""{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": "succeeded", "total_sum": 185000.00,
  "transfer_sum": 178525.00, "commission": 6475.00, "payed_time": "2026-01-05 14:05:02"}}}}"""
CODE_WRONG: Final = '{"error": -270, "errMessage": "Неверный код подтверждения", "data": null}'
RESENT: Final = '{"error":0,"errMessage":"","data":{"verifyId":913,"phone":"+998** *****27","secondsLeft":120}}'
RESENT_TOO_OFTEN: Final = '{"error":17,"errMessage":"Maximum number of SMS resend attempts","data":null}'
REFUNDED: Final = f"""{{"error":0,"errMessage":null,"data":{{"octo_payment_UUID":"{UUID}",
  "refund_id":"5d1c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a22","refund_time":"2026-01-05 15:00:00","status":"succeeded"}},
  "errorMessage":null,"apiMessageForDevelopers":"..."}}"""
NOT_REGISTERED: Final = """{"error": 403, "errMessage": "Fiscal object with merchant ID 242 spic : 00305001001000000 package code : \
1425207 nds : 1 inn : 123456789 pinfl : null not contains in system", "data": null}"""
FISCAL_DATA: Final = """{"error": 0, "errMessage": "", "data": {"phone": "998901112233", "code": 0, "message": "accepted",
  "terminalID": "UZ210317288123", "receiptId": 1234, "dateTime": "20260105140502", "fiscalSign": "887439864129",
  "qrCodeURL": "https://ofd.soliq.uz/epi?t=UZ210317288123&r=1234&c=20260105140502&s=887439864129"}}"""
HOLD_TAKEN: Final = f"""{{"error": 0, "errMessage": null, "data": {{"shop_transaction_id": "ORD-20260105-00017",
  "octo_payment_UUID": "{UUID}", "status": "succeeded", "octo_pay_url": "https://pay2.octo.uz/pay/{UUID}",
  "transfer_sum": 144750.00, "refunded_sum": 0, "total_sum": 150000.00, "payed_time": "2026-01-05 14:05:02"}}}}"""
# Of the call and the answer only the names are known, and these of the callback.
BINDING: Final = f"""{{"error": 0, "errMessage": null, "data": {{"octo_payment_UUID": "{UUID}", "status": "created",
  "shop_transaction_id": "card_1", "octo_pay_url": "https://pay2.octo.uz/uzcard/sms/{UUID}"}}}}"""
BINDING_AT_TOP: Final = f"""{{"error": 0, "octo_payment_UUID": "{UUID}", "status": "created", "shop_transaction_id": "card_1",
  "octo_pay_url": "https://pay2.octo.uz/uzcard/sms/{UUID}", "card_token": "token-of-an-older-octo"}}"""
WRONG_PHONE: Final = '{"error": 1, "errMessage": "Wrong phone format", "data": null}'
WRONG_PARAMETERS: Final = (
    '{"error": 1, "errMessage": "Wrong params: [bindNotifyUrl, notifyUrl] must not be null or blank", "data": null}'
)
BOUND_CODE_RIGHT: Final = '{"error": 0, "data": {"status": "active", "first6": "860049", "last4": "6478"}}'
BLOCKED: Final = '{"error": 0, "errorMessage": null, "status": "blocked"}'
TOKEN_CALLBACK: Final = """{"shop_transaction_id": "card_1", "pan": "8600495473316478", "exp": "2812", "cardHolderName": "TEST USER",
  "card_token": "b1e55ed0c0ffee00token00of00octo0", "status": "active"}"""
