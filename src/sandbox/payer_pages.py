"""OCTO's pages for the payer: the card, the code, and the stand-in for a bank's 3-D Secure page."""

from collections.abc import Callable
from html import escape
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import bindings, otp, settlement, timers
from sandbox.cards import scheme_of
from sandbox.envelope import Json, Refusal
from sandbox.pages import page
from sandbox.pay import pay, redirect_path
from sandbox.payments import Binding, CardOperation, Payment, Status
from sandbox.state import Sandbox

BOTH = ("GET", "POST")
CARD_FORM = """<form method="post" action="/pay/{uuid}/card">
<label>Card number <input name="pan" inputmode="numeric" autocomplete="off" required></label>
<label>Valid until <input name="exp" placeholder="MM/YY" size="5" required></label>
<label>CVC, for Visa and Mastercard <input name="cvc2" size="4"></label>
<label>Cardholder <input name="holder"></label>
<button>Pay</button></form>
<p>Test card: 8600 0000 0000 0000, any date to come.</p>"""
CODE_FORM = """<form method="post">
<label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code"></label>
<button>Confirm</button> <button name="resend" value="yes">Send a new code</button></form>
<p>The SMS of every payment can be read at <a href="/sandbox/">/sandbox/</a>.</p>"""
RESULT_FORM = """<form method="post"><button name="result" value="confirm">Confirm</button>
<button name="result" value="refuse">Refuse</button></form>"""


def blueprint(sandbox: Sandbox) -> Blueprint:
    pages = Blueprint("payer", __name__)
    pages.add_url_rule("/pay/<uuid>", "pay", lambda uuid: visit(sandbox, uuid, card_page))
    pages.add_url_rule("/pay/<uuid>/card", "card", lambda uuid: visit(sandbox, uuid, card_page), methods=BOTH)
    pages.add_url_rule(
        "/<any(uzcard, humo, bind):scheme>/sms/<uuid>",
        "code",
        lambda scheme, uuid: visit(sandbox, uuid, code_page),
        methods=BOTH,
    )
    pages.add_url_rule("/<any(payment, cards):what>/<thing>/", "returned", returned)
    pages.add_url_rule("/3ds/<uuid>", "3ds", lambda uuid: visit(sandbox, uuid, three_d_secure_page), methods=BOTH)
    return pages


def visit(sandbox: Sandbox, uuid: str, show: Callable[[Sandbox, CardOperation], AnyResponse]) -> AnyResponse:
    """Every page leads back to the shop once there is nothing left to do."""
    with sandbox.lock:
        operation = sandbox.payments.by_uuid(uuid)
        if operation is None:
            return page("Not found", "<p>There is no such payment.</p>", 404)
        timers.refresh(sandbox, operation)
        response = show(sandbox, operation) if waits_for_payer(operation) else back_to_shop(operation)
    sandbox.callbacks.dispatch()
    return response


def waits_for_payer(operation: CardOperation) -> bool:
    settling = isinstance(operation, Payment) and operation.settles_at is not None
    return operation.is_open and not settling


def back_to_shop(operation: CardOperation) -> AnyResponse:
    if not operation.return_url:
        return page("Payment", f"<p>Status: <b>{escape(operation.status)}</b>. You can close this page.</p>")
    joint = "&" if "?" in operation.return_url else "?"
    return redirect(operation.return_url + joint + urlencode({"octo_status": operation.status}), 303)


def returned(what: str, thing: str) -> AnyResponse:
    """In the place of a shop that has no pages yet: where the payer comes back to."""
    address = f"<code>/{what}/{escape(thing)}/?octo_status=…</code>"
    return page(
        "Back at the shop", f"<p>Here the shop has its own page, at {address}. It asks how the payment stands.</p>"
    )


def next_page(operation: CardOperation) -> AnyResponse:
    return redirect(redirect_path(operation), 303) if waits_for_payer(operation) else back_to_shop(operation)


def card_page(sandbox: Sandbox, operation: CardOperation) -> AnyResponse:
    if not isinstance(operation, Payment):
        return next_page(operation)
    if request.method == "GET":
        return form(operation, CARD_FORM.format(uuid=operation.uuid))
    try:
        pay(sandbox, typed_card(sandbox, operation), operation.uuid)
    except Refusal as refusal:
        return form(operation, CARD_FORM.format(uuid=operation.uuid), refusal.message)
    return next_page(operation)


def typed_card(sandbox: Sandbox, payment: Payment) -> Json:
    """People write spaces into card numbers, and the month first."""
    pan = "".join(request.form.get("pan", "").split())
    month, _, year = request.form.get("exp", "").replace(" ", "").partition("/")
    return {
        "pan": pan,
        "exp": year + month if sandbox.switches["pay_exp_order"] == "YYMM" else month + year,
        "method": scheme_of(pan),
        "cvc2": request.form.get("cvc2", ""),
        "cardHolderName": request.form.get("holder", ""),
        "email": (payment.user_data or {}).get("email") or "payer@example.com",
    }


def code_page(sandbox: Sandbox, operation: CardOperation) -> AnyResponse:
    message = ""
    if not operation.otp_expected:
        return card_page(sandbox, operation)
    if request.method == "POST":
        try:
            act_on_code(sandbox, operation)
        except Refusal as refusal:
            message = refusal.message
        if not waits_for_payer(operation):
            return back_to_shop(operation)
    sms = otp.verification_info(sandbox, operation.uuid)
    sent = f"<p>A code was sent to {escape(sms['phone'])}; it is good for {sms['secondsLeft']} seconds.</p>"
    return form(operation, sent + CODE_FORM, message)


def act_on_code(sandbox: Sandbox, operation: CardOperation) -> None:
    if request.form.get("resend"):
        otp.resend(sandbox, operation)
    elif isinstance(operation, Binding):
        bindings.enter_code(sandbox, operation, request.form.get("code", ""))
    elif isinstance(operation, Payment):
        otp.enter_code(sandbox, operation, request.form.get("code", ""))


def three_d_secure_page(sandbox: Sandbox, operation: CardOperation) -> AnyResponse:
    if operation.status != Status.WAIT_USER_ACTION or operation.otp_expected:
        return next_page(operation)
    if request.method == "GET":
        return form(operation, RESULT_FORM)
    confirmed = request.form.get("result") == "confirm"
    if isinstance(operation, Payment):
        (settlement.confirmed if confirmed else settlement.cancel)(sandbox, operation)
    elif isinstance(operation, Binding):
        (bindings.activate if confirmed else bindings.fail)(sandbox, operation)
    return back_to_shop(operation)


def form(operation: CardOperation, inputs: str, message: str = "") -> Response:
    what = "<p>Saving a card</p>"
    if isinstance(operation, Payment):
        what = f"<p>{escape(operation.description)}: <b>{operation.total_sum} {operation.currency}</b></p>"
    warning = f"<p role='alert'><b>{escape(message)}</b></p>" if message else ""
    return page("Payment", what + warning + inputs)
