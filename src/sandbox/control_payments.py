"""Control calls for payments and their callbacks."""

from flask import request

from sandbox import timers
from sandbox.control_input import BadInput, View, body_object
from sandbox.deliver import resend, send_held
from sandbox.envelope import Json
from sandbox.otp import MASKED_PHONE, PHONE
from sandbox.payments import Binding, Payment, Refund, Status
from sandbox.refunds import RefundStatus, settle_refund
from sandbox.settlement import settle
from sandbox.state import Sandbox


def find(sandbox: Sandbox, shop_transaction_id: str) -> Payment:
    payment = sandbox.payments.by_reference(shop_transaction_id)
    if payment is None:
        raise BadInput(f"there is no payment {shop_transaction_id!r}; GET /sandbox/payments lists them", 404)
    timers.refresh(sandbox, payment)
    return payment


def show(sandbox: Sandbox, payment: Payment) -> Json:
    card = payment.card
    return {
        "shop_transaction_id": payment.shop_transaction_id,
        "octo_payment_UUID": payment.uuid,
        "payment_id": payment.payment_id,
        "status": payment.status,
        "total_sum": payment.total_sum,
        "refunded_sum": payment.refunded_sum,
        "currency": payment.currency,
        "auto_capture": payment.auto_capture,
        "test": payment.is_test,
        "notify_url": payment.notify_url or None,
        "return_url": payment.return_url or None,
        "created_at": payment.created_at.isoformat(),
        "expires_at": payment.expires_at.isoformat(),
        "card": {"first6": card.first6, "last4": card.last4, "method": card.method} if card else None,
        "held": sandbox.ledger.held(payment.uuid),
        "taken": sandbox.ledger.taken(payment.uuid),
        "wrong_codes": payment.wrong_codes,
        "resends": payment.resends,
        "refunds": [show_refund(one) for one in payment.refunds],
    }


def show_refund(one: Refund) -> Json:
    return {
        "shop_refund_id": one.shop_refund_id,
        "refund_id": one.refund_id,
        "amount": one.amount,
        "status": one.status,
        "at": one.time.isoformat(),
    }


def show_binding(binding: Binding) -> Json:
    card, token = binding.card, binding.token
    return {
        "shop_transaction_id": binding.shop_transaction_id,
        "octo_payment_UUID": binding.uuid,
        "status": binding.status,
        "token_status": token.status if token else None,
        "card": {"first6": card.first6, "last4": card.last4, "method": card.method} if card else None,
    }


def list_bindings(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        return {"bindings": [show_binding(binding) for binding in sandbox.bindings.values()]}


def post_refund_settle(sandbox: Sandbox, shop_refund_id: str) -> Json:
    """What became of a refund that was pending."""
    status = body_object().get("status")
    with sandbox.lock:
        one = sandbox.refunds.get(shop_refund_id)
        payment = sandbox.payments.by_uuid(one.uuid) if one else None
        if one is None or not isinstance(payment, Payment):
            raise BadInput(f"there is no refund {shop_refund_id!r}; GET /sandbox/payments lists them", 404)
        if not isinstance(status, str) or not status or one.status == RefundStatus.SUCCEEDED:
            raise BadInput('settle needs {"status": "..."} and a refund that has not succeeded yet')
        settle_refund(sandbox, payment, one, status)
        return show_refund(one)


def list_payments(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        timers.refresh_all(sandbox)
        return {"payments": [show(sandbox, payment) for payment in sandbox.payments]}


def get_payment(sandbox: Sandbox, shop_transaction_id: str) -> Json:
    with sandbox.lock:
        return show(sandbox, find(sandbox, shop_transaction_id))


def get_sms(sandbox: Sandbox, shop_transaction_id: str) -> Json:
    with sandbox.lock:
        otp = (sandbox.bindings.get(shop_transaction_id) or find(sandbox, shop_transaction_id)).otp
        if otp is None or not otp.delivered:
            raise BadInput(
                f"no SMS was sent for {shop_transaction_id!r}: present a card, then ask verificationInfo", 404
            )
        return {
            "phone": PHONE,
            "masked_phone": MASKED_PHONE,
            "code": otp.code,
            "verify_id": otp.verify_id,
            "sent_at": otp.sent_at.isoformat(),
            "expires_at": otp.expires_at.isoformat(),
            "seconds_left": otp.seconds_left(sandbox.clock.now()),
        }


def post_settle(sandbox: Sandbox, shop_transaction_id: str) -> Json:
    body = body_object()
    status = body.get("status")
    if not isinstance(status, str) or not status:
        raise BadInput(f'settle needs {{"status": "..."}}, one of {", ".join(Status)} or any other word')
    for name in ("callback", "ledger"):
        if not isinstance(body.get(name, True), bool):
            raise BadInput(f'"{name}" must be true or false')
    with sandbox.lock:
        payment = find(sandbox, shop_transaction_id)
        settle(sandbox, payment, status, notified=body.get("callback", True), book=body.get("ledger", True))
        return show(sandbox, payment)


def post_callback(sandbox: Sandbox, shop_transaction_id: str) -> Json:
    overrides = body_object()
    with sandbox.lock:
        payment = find(sandbox, shop_transaction_id)
    if not payment.notify_url:
        raise BadInput(f"payment {shop_transaction_id!r} has no notify_url to send a callback to")
    try:
        return {"callbacks": [delivery.to_json() for delivery in resend(sandbox, payment, overrides)]}
    except ValueError as error:
        raise BadInput(str(error)) from None


def list_callbacks(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        chosen = sandbox.callbacks.select(request.args.get("shop_transaction_id"))
        return {"callbacks": [delivery.to_json() for delivery in chosen]}


def deliver_callbacks(sandbox: Sandbox) -> Json:
    ids = body_object().get("ids")
    if ids is not None and not (isinstance(ids, list) and all(type(one) is int for one in ids)):
        raise BadInput('"ids" must be a list of callback ids, in the order in which they are to be sent')
    return {"callbacks": [delivery.to_json() for delivery in send_held(sandbox, ids)]}


ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/payments", list_payments),
    ("GET", "/payments/<path:shop_transaction_id>", get_payment),
    ("GET", "/payments/<path:shop_transaction_id>/sms", get_sms),
    ("POST", "/payments/<path:shop_transaction_id>/settle", post_settle),
    ("POST", "/payments/<path:shop_transaction_id>/callback", post_callback),
    ("POST", "/refunds/<path:shop_refund_id>/settle", post_refund_settle),
    ("GET", "/bindings", list_bindings),
    ("GET", "/callbacks", list_callbacks),
    ("POST", "/callbacks/deliver", deliver_callbacks),
)
