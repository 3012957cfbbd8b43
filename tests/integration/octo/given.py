"""The payment of OCTO's own examples, and a gateway to try it at."""

import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from requests_mock import Mocker

from adapters.octo.cards import OctoCards
from adapters.octo.client import OctoSettings
from domain.card import Card, CardToken, OneTimeCode, Scheme, TokenCard
from domain.money import Currency, Money
from domain.order import Customer, Order, Owner
from domain.ports import Answered, BindingRequest
from domain.refund import Operation
from domain.report import Verification, Way
from domain.saved_card import SavedCard, SavedCardId
from domain.transaction import OrderId, PaymentTransaction, ShopTransactionId, Terms

OCTO: Final = "https://secure.octo.uz"
UUID: Final = "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"
SHOP_TRANSACTION_ID: Final = "ORD-20260105-00017"
SECRET: Final = "5c1e6a3e-secret-of-the-shop"
BINDING_ID: Final = "card_1"
TOKEN: Final = "b1e55ed0c0ffee00token00of00octo0"
CALLBACK_SECRET: Final = "6f1d2c3b4a5968778695a4b3c2d1e0f0"
NUMBER: Final = "8600495473316478"
AT: Final = datetime(2026, 1, 5, 9, 3, 27, tzinfo=UTC)
# Made once: loading the authorities takes longer than a call.
TLS: Final = ssl.create_default_context()
AMOUNT: Final = Money(18_500_000, Currency.UZS)


def an_order(**changes: Any) -> Order:
    order = Order(
        id=OrderId("ord_17"),
        owner=Owner("shop", "clerk"),
        account="default",
        amount=AMOUNT,
        created_at=AT,
        test=True,
        description="Order 17",
    )
    return replace(order, **changes)


def a_customer() -> Customer:
    return Customer("42", "998901112233", "client@example.com")


def a_transaction(**changes: Any) -> PaymentTransaction:
    transaction = PaymentTransaction(
        shop_transaction_id=ShopTransactionId(SHOP_TRANSACTION_ID),
        order_id=OrderId("ord_17"),
        attempt=1,
        amount=AMOUNT,
        test=True,
        terms=Terms(
            language="uz",
            ttl_minutes=15,
            methods=("uzcard", "humo"),
            return_url="https://shop.example/return",
            notify_url="https://shop.example/api/payments/notify/",
        ),
        created_at=AT,
        expires_at=AT,
        turn=3,
        octo_transaction_id=UUID,
        verification=Verification(Way.OTP, payment_id=7731, verify_id=912),
    )
    return replace(transaction, **changes)


def a_card(number: str = NUMBER, *, cvc: str | None = None) -> Card:
    return Card(number=number, expire="1228", holder="TEST USER", cvc=cvc, today=date(2026, 1, 5))


def a_saved_card(**changes: Any) -> SavedCard:
    begun = SavedCard.begun(
        SavedCardId(BINDING_ID),
        Owner("shop", "clerk"),
        "u-1",
        scheme=Scheme.UZCARD,
        first6="860049",
        last4="6478",
        at=AT,
    )
    bound = begun.bound(UUID, None)
    return replace(bound.verified(bound.turn, Verification(Way.OTP, verify_id=912)), **changes)


def a_binding_request() -> BindingRequest:
    return BindingRequest(
        phone="998901112233",
        return_url="https://shop.example/cards/card_1/",
        notify_url="https://pay.example/api/payments/notify/",
        callback_url="https://pay.example/api/cards/notify/card_1",
        callback_secret=CALLBACK_SECRET,
    )


def a_token_card(scheme: Scheme = Scheme.UZCARD, cvc: str | None = None) -> TokenCard:
    return TokenCard(CardToken(TOKEN), scheme, cvc)


def a_gateway(api_url: str = OCTO, *, sleep: Callable[[float], None] = lambda _: None, **settings: Any) -> OctoCards:
    fast = {"deadline_seconds": 5, "breaker_failures": 1000} | settings
    return OctoCards(OctoSettings(api_url=api_url, shop_id=4321, secret=SECRET, **fast), sleep=sleep, tls=TLS)


# Each call of the port, ready to be made.
CALLS: Final[dict[str, Callable[[OctoCards], Any]]] = {
    "prepare": lambda octo: octo.prepare(an_order(), a_transaction(octo_transaction_id=None), AT),
    "read_status": lambda octo: octo.read_status(a_transaction(), AT),
    "pay": lambda octo: octo.pay(an_order(), a_transaction(), a_card()),
    "verification_info": lambda octo: octo.verification_info(a_transaction(), AT),
    "check_code": lambda octo: octo.check_code(a_transaction(), OneTimeCode("048213")),
    "resend_code": lambda octo: octo.resend_code(a_transaction(), a_card(), AT),
    "capture": lambda octo: octo.capture(a_transaction(), Money(15_000_000, Currency.UZS)),
    "release": lambda octo: octo.release(a_transaction()),
    "refund": lambda octo: octo.refund(a_transaction(), Operation(shop_refund_id="RF-17-1", amount_minor=5_000_000)),
    "fiscal_data": lambda octo: octo.fiscal_data(a_transaction()),
    "pay_by_token": lambda octo: octo.pay_by_token(an_order(), a_transaction(), a_token_card()),
    "bind_card": lambda octo: octo.bind(a_saved_card(), a_card(), a_binding_request()),
    "binding_info": lambda octo: octo.binding_info(a_saved_card(), AT),
    "check_binding_code": lambda octo: octo.check_binding_code(a_saved_card(), OneTimeCode("048213")),
    "block_card_token": lambda octo: octo.block(CardToken(TOKEN)),
}
URLS: Final = {
    "prepare": f"{OCTO}/prepare_payment",
    "read_status": f"{OCTO}/prepare_payment",
    "pay": f"{OCTO}/pay/{UUID}",
    "verification_info": f"{OCTO}/verificationInfo/{UUID}",
    "check_code": f"{OCTO}/check_sms_key",
    "resend_code": f"{OCTO}/check_pan",
    "capture": f"{OCTO}/set_accept",
    "release": f"{OCTO}/set_accept",
    "refund": f"{OCTO}/refund",
    "fiscal_data": f"{OCTO}/fiscal-data",
    "pay_by_token": f"{OCTO}/pay/{UUID}",
    "bind_card": f"{OCTO}/bind_card",
    "binding_info": f"{OCTO}/verificationInfo/{UUID}",
    "check_binding_code": f"{OCTO}/bind_card/check_sms_key",
    "block_card_token": f"{OCTO}/block_card_token",
}
REPEATABLE: Final = ("prepare", "read_status", "verification_info", "fiscal_data", "binding_info", "block_card_token")
ONCE_ONLY: Final = (
    *("pay", "check_code", "resend_code", "capture", "release", "refund"),
    *("pay_by_token", "bind_card", "check_binding_code"),
)
BY_GET: Final = ("verification_info", "binding_info")
# The least that is a yes to each.
YES: Final = {
    "prepare": f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": "created"}}}}',
    "read_status": f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": "created"}}}}',
    "pay": '{"error": 0, "data": {"id": 7731}}',
    "verification_info": '{"error": 0, "data": {"verifyId": 912, "secondsLeft": 120}}',
    "check_code": '{"error": 0}',
    "resend_code": '{"error": 0, "data": {"verifyId": 913, "secondsLeft": 120}}',
    "capture": '{"error": 0}',
    "release": '{"error": 0}',
    "refund": '{"error": 0, "data": {"status": "succeeded"}}',
    "fiscal_data": '{"error": 0, "data": {"terminalID": "U", "receiptId": 1, "dateTime": "20260105140502", "fiscalSign": "1",'
    ' "qrCodeURL": "https://ofd.soliq.uz/epi"}}',
    "pay_by_token": '{"error": 0, "data": {"id": 7731}}',
    "bind_card": f'{{"error": 0, "data": {{"octo_payment_UUID": "{UUID}", "status": "created"}}}}',
    "binding_info": '{"error": 0, "data": {"verifyId": 912, "secondsLeft": 120}}',
    "check_binding_code": '{"error": 0, "data": {"status": "active", "first6": "860049", "last4": "6478"}}',
    "block_card_token": '{"error": 0, "status": "blocked"}',
}


def last(octo: Mocker) -> Any:
    return octo.last_request


def sent(octo: Mocker) -> Any:
    return json.loads(last(octo).text, parse_float=Decimal)


def outcome(octo: Mocker, call: str, answer: str) -> Any:
    octo.register_uri("GET" if call in BY_GET else "POST", URLS[call], text=answer)
    return CALLS[call](a_gateway())


def value(octo: Mocker, call: str, answer: str) -> Any:
    found = outcome(octo, call, answer)
    assert isinstance(found, Answered), found
    return found.value
