"""pay/{octo_payment_UUID}: a card is presented."""

from sandbox import settlement
from sandbox.cards import Card, Rule, is_expired, read_card, read_expiry
from sandbox.clock import epoch_ms
from sandbox.envelope import Json, Refusal, camel_case, is_blank, missing_text, require, text
from sandbox.otp import start
from sandbox.payments import CardOperation, Payment, Status, TokenStatus
from sandbox.state import Sandbox


def pay(sandbox: Sandbox, body: Json, uuid: str) -> Json:
    by_token = not is_blank(body.get("card_token"))
    card = card_of_token(sandbox, body) if by_token else card_of(sandbox, body)
    payment = open_payment(sandbox.payments.by_uuid(uuid))
    require_email(sandbox, payment, body)
    if card.method not in payment.methods:
        raise Refusal(7, f"Payment method [{card.method}] is not allowed for this payment")
    if not by_token and is_expired(yymm_of(sandbox, body), sandbox.clock.now()):
        raise Refusal(-54, "Card is expired")
    if card.rule is Rule.DENIED and card.denial:
        raise Refusal(card.denial.code, card.denial.message)
    frictionless = card.rule is Rule.NO_OTP or (by_token and sandbox.switches["token_otp"] == "none")
    present(sandbox, payment, card, otp_wanted=card.is_local and not frictionless)
    if frictionless:
        settlement.approve(sandbox, payment)
    payment.email = text(body, "email") or None
    return row(sandbox, payment)


def card_of(sandbox: Sandbox, body: Json) -> Card:
    require(body, "pan", "exp", "method", *asked_of_card(sandbox, body.get("method")))
    return read_card(
        text(body, "pan"),
        text(body, "exp"),
        exp_order=sandbox.switches["pay_exp_order"],
        exp_name="exp",
        method=text(body, "method"),
        holder=text(body, "cardHolderName"),
    )


def asked_of_card(sandbox: Sandbox, method: object) -> list[str]:
    cvc2 = sandbox.switches["cvc2"]
    asked = ["cvc2"] if cvc2 == "always" or (cvc2 == "bank_card" and method == "bank_card") else []
    return asked + (["cardHolderName"] if sandbox.switches["card_holder"] == "required" else [])


def card_of_token(sandbox: Sandbox, body: Json) -> Card:
    """International cards still need their cvc2."""
    require(body, "method", *(["cvc2"] if body.get("method") == "bank_card" else []))
    token = sandbox.tokens.get(text(body, "card_token"))
    if token is None or token.card is None or token.status != TokenStatus.ACTIVE:
        raise Refusal(1, "Card token is not active")
    if text(body, "method") != token.card.method:
        raise Refusal(7, f"Payment method [{body['method']}] does not match the card token")
    return token.card


def yymm_of(sandbox: Sandbox, body: Json) -> str:
    return read_expiry(text(body, "exp"), order=sandbox.switches["pay_exp_order"], name="exp")


def open_payment(operation: CardOperation | None) -> Payment:
    """The payment, if a card or a code may still be sent to it."""
    if not isinstance(operation, Payment):
        raise Refusal(11, "Payment not found")
    if not operation.is_open:
        raise Refusal(10, f"Payment status [{operation.status}] does not allow this operation")
    if operation.settles_at:
        raise Refusal(10, "Payment is being processed")
    return operation


def require_email(sandbox: Sandbox, payment: Payment, body: Json) -> None:
    if payment.user_data and sandbox.switches["pay_email"] == "with_user_data" and is_blank(body.get("email")):
        raise Refusal(1, missing_text([camel_case("email")]))


def present(sandbox: Sandbox, payment: Payment, card: Card, *, otp_wanted: bool) -> None:
    """A new card makes the code of the one before it worthless."""
    payment.otp = None
    payment.status = Status.WAIT_USER_ACTION
    if sandbox.switches["payment_id"] == "per_pay" and payment.card:
        payment.payment_id = next(sandbox.counters.payment_id)
        sandbox.payments.index_payment_id(payment)
    payment.card = card
    payment.otp_expected = otp_wanted
    if sandbox.switches["debit_on_pay"]:
        settlement.charge(sandbox, payment)
    if otp_wanted and sandbox.switches["sms_sent_by"] == "pay":
        start(sandbox, payment)


def row(sandbox: Sandbox, payment: Payment) -> Json:
    """OCTO answers with its own row of the payment. `peyedTime` is really spelt so."""
    return {
        "id": payment.payment_id,
        "uuid": payment.uuid,
        "processorKey": None,
        "merchantId": sandbox.config.shop_id,
        "merchant": None,
        "merchantTransId": payment.shop_transaction_id,
        "initialSum": payment.initial_sum,
        "totalSum": payment.total_sum,
        "splittedSum": payment.total_sum,
        "currency": payment.currency,
        "convertSum": None,
        "convertRate": None,
        "convertCurrency": None,
        "selectedMethod": None,
        "createTime": epoch_ms(payment.created_at),
        "expireTime": epoch_ms(payment.expires_at),
        "peyedTime": epoch_ms(payment.paid_at) if payment.paid_at else None,
        "expiredHoldTime": epoch_ms(payment.hold_expires_at) if payment.hold_expires_at else None,
        "merCreateTime": epoch_ms(payment.merchant_created_at),
        "description": payment.description,
        "autoCapture": payment.auto_capture,
        "withoutSite": False,
        "isTest": payment.is_test,
        "refundLocked": False,
        "returnUrl": payment.return_url or None,
        "redirectUrl": sandbox.config.base_url + redirect_path(payment),
        "details": details(payment),
        "hold": None,
        "payMethods": [{"only": None, "method": method} for method in payment.methods],
        "status": shown_status(sandbox, payment),
        "basket": payment.basket,
        "user": {"email": payment.email},
    }


def redirect_path(operation: CardOperation) -> str:
    """The page on which this operation goes on."""
    card = operation.card
    if card is None:
        return f"/pay/{operation.uuid}"
    if not card.is_local:
        return f"/3ds/{operation.uuid}"
    return f"/{card.method if isinstance(operation, Payment) else 'bind'}/sms/{operation.uuid}"


def details(payment: Payment) -> Json:
    card = payment.card
    if card is None:
        return {"cardInfo": None, "transType": None}
    return {
        "cardInfo": {
            "first6": card.first6,
            "last4": card.last4,
            "issuerCountryCode": card.country,
            "cardHolder": card.holder or None,
            "saveToken": None,
        },
        "transType": "SMS" if payment.otp_expected else None,
    }


def shown_status(sandbox: Sandbox, payment: Payment) -> str:
    """OCTO's sample still says created while an OTP is pending."""
    if payment.status == Status.WAIT_USER_ACTION and sandbox.switches["pay_status"] == "created":
        return Status.CREATED
    return payment.status
