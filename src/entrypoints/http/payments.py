"""/api/orders/{order_id}/payment/: paying an order, step by step."""

from collections.abc import Mapping
from typing import Any, Final

from flask import current_app

from domain import errors
from domain.books import captured
from domain.card import Card, OneTimeCode
from domain.errors import CvcRequired, InvalidCard
from domain.money import Money
from domain.moves import Status
from domain.transaction import Mode
from domain.use_cases.payments import Payments
from entrypoints.http import texts
from entrypoints.http.answers import (
    CodeAnswer,
    ConfirmAnswer,
    InitiateAnswer,
    ResendAnswer,
    StatusAnswer,
    WithdrawalAnswer,
)
from entrypoints.http.caller import Right, caller
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.language import Language
from entrypoints.http.problems import FieldError, invalid
from entrypoints.http.progress import (
    Answer,
    check_of,
    error_message,
    held_until,
    not_known,
    seen,
    told,
    what_octo_keeps,
)
from entrypoints.http.refusing import OF_CARDS, OF_CODES, OF_INPUT, refuses
from entrypoints.http.schemas import CardBody, CodeBody, EmptyBody, LanguageQuery, ResendBody
from entrypoints.http.services import services_of

# A new code is asked for by the card's number; OCTO takes no name for it.
_ANY_HOLDER: Final = "CARDHOLDER"

blueprint = GuardedBlueprint(
    "payments", __name__, description="Paying an order", url_prefix="/api/orders/<order_id>/payment"
)


def _payments() -> Payments:
    return services_of(current_app).payments


@blueprint.post("/initiate/")
@blueprint.arguments(LanguageQuery(), location="query")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(200, InitiateAnswer)
@needs(Right.PAYMENTS_WRITE, payers=True)
@refuses(
    errors.OrderNotPayable,
    errors.TooManyAttempts,
    errors.GatewayRefused,
    errors.FiscalItemNotRegistered,
    errors.GatewayMismatch,
    errors.GatewayUnavailable,
    errors.Busy,
)
def initiate(query: Mapping[str, Language], _: Mapping[str, Any], order_id: str) -> Mapping[str, Any]:
    """Begin to pay an order, or find the payment that is under way."""
    t = _payments().initiate(order_id, caller().scope, query["language"].value, caller().cause)
    answer = {
        "transaction_id": t.octo_transaction_id,
        "shop_transaction_id": t.shop_transaction_id,
        "status": t.status,
        "expires_at": t.expires_at,
    }
    return seen(t, answer | ({"octo_pay_url": t.octo_pay_url} if t.mode is Mode.REDIRECT else {}))


@blueprint.post("/confirm/")
@blueprint.arguments(CardBody())
@blueprint.response(200, ConfirmAnswer)
@blueprint.alt_response(202, schema=ConfirmAnswer, success=True, description="The outcome is not known yet")
@needs(Right.PAYMENTS_WRITE, payers=True)
@refuses(
    *OF_INPUT,
    *OF_CARDS,
    errors.TooManyCards,
    errors.CardsPaused,
    errors.CvcRequired,
    errors.CardDeclined,
    errors.PaidOnGatewayPage,
    errors.SavedCardNotFound,
    errors.SavedCardNotUsable,
)
def confirm(body: dict[str, Any], order_id: str) -> Answer:
    """Send a card, or have a saved one pay. The payer confirms it with a code, or on the bank's page (`verification_url`)."""
    cvc = body.pop("cvc")
    if (saved_card_id := body["saved_card_id"]) is not None:
        paying = services_of(current_app).token_payments
        t = paying.confirm(order_id, caller().scope, _addressed(body), saved_card_id, cvc, caller().cause)
    else:
        card = _card(body, body.pop("cardholder_name"), cvc)
        t = _payments().confirm(order_id, caller().scope, _addressed(body), card, caller().cause)
    answer = seen(t, {"transaction_id": t.octo_transaction_id, "status": t.status} | check_of(t))
    return not_known(answer) if t.status is Status.PROCESSING else (answer, 200)


@blueprint.post("/resend-otp/")
@blueprint.arguments(ResendBody())
@blueprint.response(200, ResendAnswer)
@needs(Right.PAYMENTS_WRITE, payers=True)
@refuses(
    *OF_INPUT,
    *OF_CARDS,
    errors.OtpNotExpected,
    errors.OtpNotUsed,
    errors.ResendTooSoon,
    errors.ResendLimitReached,
)
def resend_otp(body: dict[str, Any], order_id: str) -> Mapping[str, Any]:
    """Have a new code sent. The one before it is void from then on."""
    try:
        card = _card(body, body.pop("cardholder_name") or _ANY_HOLDER, None)
    except CvcRequired:
        # Codes are sent for Uzcard and Humo, and theirs are no such numbers.
        raise InvalidCard(field="card_number") from None
    resending = services_of(current_app).resending
    t = resending.resend(order_id, caller().scope, _addressed(body), card, caller().cause)
    return seen(t, {"status": t.status} | check_of(t))


@blueprint.post("/verify-otp/")
@blueprint.arguments(CodeBody())
@blueprint.response(200, CodeAnswer)
@blueprint.alt_response(202, schema=CodeAnswer, success=True, description="The outcome is not known yet")
@needs(Right.PAYMENTS_WRITE, payers=True)
@refuses(*OF_INPUT, *OF_CODES, errors.CardDeclined, errors.TooManyCodes)
def verify_otp(body: dict[str, Any], order_id: str) -> Answer:
    """Send the code from the SMS. The payment's end is told by its status, never by this answer alone."""
    code = OneTimeCode(body.pop("sms_key"))
    t = _payments().verify_otp(order_id, caller().scope, _addressed(body), code, caller().cause)
    answer = seen(t, {"transaction_id": t.octo_transaction_id, "status": t.status})
    if t.status is Status.SUCCESS:
        return told(answer, texts.PAYMENT_SUCCEEDED, texts.PAYMENT_SUCCEEDED_FOR_PAYER), 200
    if t.status is Status.PROCESSING and t.in_flight is None:
        return told(answer, texts.OTP_VERIFIED, texts.OTP_VERIFIED_FOR_PAYER), 200
    return not_known(answer)


@blueprint.get("/status/")
@blueprint.response(200, StatusAnswer)
@needs(Right.PAYMENTS_READ, payers=True)
@refuses(errors.PaymentNotStarted, errors.Busy)
def status(order_id: str) -> Mapping[str, Any]:
    """How the payment stands; what is not settled is asked of OCTO."""
    t = _payments().status(order_id, caller().scope, caller().cause)
    answer = check_of(t) | {
        "transaction_id": t.octo_transaction_id,
        "shop_transaction_id": t.shop_transaction_id,
        "status": t.status,
        "error_code": t.error_code,
        "error_message": error_message(t),
        "amount": t.amount,
        "currency": t.amount.currency,
        "test": t.test,
        "expires_at": t.expires_at,
        "held_until": held_until(t),
        "captured": captured(t),
        "refunded": Money(t.refunded_minor, t.amount.currency),
        "paid_at": t.facts.paid_at,
        "rrn": t.facts.rrn,
        "masked_card": t.facts.masked_card,
        **what_octo_keeps(t.net_minor, t.commission_minor),
        "cancel_requested": t.cancel_requested_at is not None,
        "review": bool(t.reviews_left),
    }
    return seen(t, answer)


@blueprint.post("/cancel/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(200, WithdrawalAnswer)
@needs(Right.PAYMENTS_WRITE, payers=True)
@refuses(errors.PaymentNotStarted, errors.PaymentFinal, errors.PaymentInProgress, errors.MoneyHeld, errors.Busy)
def withdraw(_: Mapping[str, Any], order_id: str) -> Mapping[str, Any]:
    """Withdraw the payment: at once where no card is on its way, otherwise no more cards or codes are taken."""
    t = _payments().withdraw(order_id, caller().scope, caller().cause)
    answer = {
        "transaction_id": t.octo_transaction_id,
        "status": t.status,
        "cancel_requested": t.cancel_requested_at is not None,
    }
    return seen(t, answer)


def _addressed(body: Mapping[str, Any]) -> str | None:
    """A payer knows no id, and means the payment under way; a shop says which one it means."""
    transaction_id: str | None = body["transaction_id"]
    if transaction_id is None and not caller().is_payer:
        raise invalid([FieldError("transaction_id", "required")])
    return transaction_id


def _card(body: dict[str, Any], holder: str, cvc: str | None) -> Card:
    return Card(
        number=body.pop("card_number"),
        expire=body.pop("expire"),
        holder=holder,
        cvc=cvc,
        today=services_of(current_app).clock.now().date(),
    )
