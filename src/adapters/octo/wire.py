"""What we send to OCTO, word for word, and what of it may be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from adapters.octo.redaction import kept, masked
from adapters.octo.strict_json import render
from adapters.octo.values import TASHKENT, WALL_CLOCK
from adapters.octo.words import Call
from domain.card import Card, OneTimeCode, TokenCard
from domain.money import Money, to_major
from domain.order import Item, Order
from domain.refund import Operation
from domain.transaction import Capture, PaymentTransaction

_DESCRIPTION_MAX_LENGTH: Final = 250


class ExpOrder(StrEnum):
    """How `pay` wants a card's month and year. OCTO's documented calls have YYMM; no table of this one was ever seen."""

    YYMM = "YYMM"
    MMYY = "MMYY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayFields:
    """The names of `pay`'s fields, in the one place to change them should OCTO's own table say otherwise."""

    pan: str = "pan"
    exp: str = "exp"
    cvc: str = "cvc2"
    holder: str = "cardHolderName"
    method: str = "method"
    email: str = "email"


@dataclass(frozen=True, slots=True)
class Account:
    """The shop as OCTO knows it."""

    shop_id: int
    secret: str = field(repr=False)

    def named(self) -> dict[str, object]:
        return {"octo_shop_id": self.shop_id, "octo_secret": self.secret}


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `kept` is what may be kept of it, `secrets` what an answer must not be allowed to quote into our books.

    `harmless` are long numbers of it that are no cards.
    """

    call: Call
    method: str
    path: str
    body: str | None = field(repr=False)
    kept: Mapping[str, Any]
    secrets: tuple[str, ...] = field(repr=False, default=())
    harmless: tuple[str, ...] = ()


def prepare(account: Account, order: Order, transaction: PaymentTransaction) -> Question:
    """A function of what was stored with the transaction, so that every repeat is identical."""
    terms = transaction.terms
    text = order.description or f"Order {order.reference or order.id}"
    body = account.named() | {
        "shop_transaction_id": transaction.shop_transaction_id,
        "auto_capture": transaction.capture is Capture.AUTOMATIC,
        "test": transaction.test,
        "init_time": transaction.created_at.astimezone(TASHKENT).strftime(WALL_CLOCK),
        "total_sum": transaction.amount.amount,
        "currency": transaction.amount.currency.value,
        "description": text[:_DESCRIPTION_MAX_LENGTH],
        "payment_methods": [{"method": method} for method in terms.methods],
        "return_url": terms.return_url,
        "notify_url": terms.notify_url,
        "language": terms.language,
        "ttl": terms.ttl_minutes,
    }
    if order.customer:
        customer = order.customer
        body["user_data"] = {"user_id": customer.user_id, "phone": customer.phone, "email": customer.email}
    # Only where the shop has given fiscal data: OCTO refuses a basket of objects that are not registered.
    if order.is_fiscal:
        body["basket"] = [_position(item) for item in order.items]
    numbers = [number for item in order.items if item.fiscal for number in (item.fiscal.spic, item.fiscal.seller)]
    return replace(_posted(Call.PREPARE, "/prepare_payment", body, account.secret), harmless=tuple(numbers))


def _position(item: Item) -> dict[str, object]:
    position: dict[str, object] = {"position_desc": item.name, "count": item.quantity, "price": item.price.amount}
    fiscal = item.fiscal
    if fiscal is None:
        return position
    seller = "pinfl" if fiscal.is_sold_by_a_person else "inn"
    return position | {
        "spic": fiscal.spic,
        "package_code": fiscal.package_code,
        seller: fiscal.seller,
        "nds": int(fiscal.vat),
    }


def read_status(account: Account, shop_transaction_id: str) -> Question:
    """Exactly three fields: with a `total_sum` the same call would create a payment."""
    body = account.named() | {"shop_transaction_id": shop_transaction_id}
    return _posted(Call.READ_STATUS, "/prepare_payment", body, account.secret)


def pay(order: Order, transaction: PaymentTransaction, card: Card, names: PayFields, exp_order: ExpOrder) -> Question:
    month, year = f"{card.month:02}", f"{card.year % 100:02}"
    exp = year + month if exp_order is ExpOrder.YYMM else month + year
    shown = {names.method: card.scheme.value} | ({names.holder: card.holder} if card.holder else {})
    if order.customer:
        shown[names.email] = order.customer.email
    body = {names.pan: card.number, names.exp: exp} | ({names.cvc: card.cvc} if card.cvc else {}) | shown
    path = f"/pay/{_octo_id(transaction)}"
    # By what they are and not by their names: those can be configured.
    may_be_kept = {"pan": masked(card.number), "method": card.scheme.value}
    secrets = (card.number, exp) + ((card.cvc,) if card.cvc else ())
    return Question(Call.PAY, "POST", path, render(body), may_be_kept, secrets)


def pay_by_token(order: Order, transaction: PaymentTransaction, card: TokenCard, names: PayFields) -> Question:
    shown = {names.method: card.scheme.value} | ({names.email: order.customer.email} if order.customer else {})
    body = {"card_token": card.token.text} | ({names.cvc: card.cvc} if card.cvc else {}) | shown
    secrets = (card.token.text,) + ((card.cvc,) if card.cvc else ())
    path = f"/pay/{_octo_id(transaction)}"
    return Question(Call.PAY_BY_TOKEN, "POST", path, render(body), {"method": card.scheme.value}, secrets)


def verification_info(transaction: PaymentTransaction, *, post: bool = False) -> Question:
    """GET is what the one client does that is known to work; a guide says POST."""
    path = f"/verificationInfo/{_octo_id(transaction)}"
    return Question(Call.VERIFICATION_INFO, "POST" if post else "GET", path, "{}" if post else None, {})


def check_code(transaction: PaymentTransaction, code: OneTimeCode) -> Question:
    verification = transaction.verification
    if verification is None or verification.payment_id is None or verification.verify_id is None:
        raise ValueError("no code is expected")
    asked = {"paymentId": verification.payment_id, "verifyId": verification.verify_id}
    body = render({"smsKey": code.digits} | asked)
    return Question(Call.CHECK_CODE, "POST", "/check_sms_key", body, asked, (code.digits,))


def resend_code(transaction: PaymentTransaction, card: Card) -> Question:
    """Here the order of the expiry is documented."""
    if transaction.verification is None or transaction.verification.payment_id is None:
        raise ValueError("no card awaits a code")
    payment_id, exp = transaction.verification.payment_id, f"{card.year % 100:02}{card.month:02}"
    body = render({"pan": card.number, "expDate": exp, "paymentId": payment_id})
    may_be_kept = {"pan": masked(card.number), "paymentId": payment_id}
    return Question(Call.RESEND_CODE, "POST", "/check_pan", body, may_be_kept, (card.number, exp))


def capture(account: Account, transaction: PaymentTransaction, amount: Money) -> Question:
    body = _of_payment(account, transaction) | {"accept_status": "capture", "final_amount": amount.amount}
    return _posted(Call.CAPTURE, "/set_accept", body, account.secret)


def release(account: Account, transaction: PaymentTransaction) -> Question:
    body = _of_payment(account, transaction) | {"accept_status": "cancel"}
    return _posted(Call.RELEASE, "/set_accept", body, account.secret)


def refund(account: Account, transaction: PaymentTransaction, operation: Operation) -> Question:
    """In the payment's currency."""
    body = _of_payment(account, transaction) | {
        "shop_refund_id": operation.shop_refund_id,
        "amount": to_major(operation.amount_minor),
    }
    return _posted(Call.REFUND, "/refund", body, account.secret)


def fiscal_data(account: Account, transaction: PaymentTransaction) -> Question:
    body = account.named() | {"payment_uuid": _octo_id(transaction)}
    return _posted(Call.FISCAL_DATA, "/fiscal-data", body, account.secret)


def _of_payment(account: Account, transaction: PaymentTransaction) -> dict[str, object]:
    return account.named() | {"octo_payment_UUID": _octo_id(transaction)}


def _posted(call: Call, path: str, body: Mapping[str, object], *secrets: str) -> Question:
    return Question(call, "POST", path, render(body), kept(body, secrets), secrets)


def _octo_id(transaction: PaymentTransaction) -> str:
    if transaction.octo_transaction_id is None:
        raise ValueError("OCTO has not confirmed this payment")
    return transaction.octo_transaction_id
