"""fiscal-data: the receipt of a paid basket."""

from datetime import timedelta

from sandbox.basket import has_fiscal_objects
from sandbox.clock import TASHKENT
from sandbox.envelope import Json, Refusal, require, text
from sandbox.payments import Payment
from sandbox.shop import CREDENTIALS, authorize
from sandbox.state import Sandbox

TERMINAL = "UZ000000000001"
RECEIPTS = "https://ofd.soliq.uz/epi"


def fiscal_data(sandbox: Sandbox, body: Json) -> Json:
    require(body, *CREDENTIALS, "payment_uuid")
    authorize(sandbox, body)
    payment = sandbox.payments.by_uuid(text(body, "payment_uuid"))
    if not isinstance(payment, Payment):
        raise Refusal(11, "Payment not found")
    contact = payment.user_data or {}
    if payment.paid_at is None or not has_fiscal_objects(payment.basket):
        raise Refusal(10, "This payment has no fiscal receipt")
    if not (contact.get("email") or contact.get("phone")):
        raise Refusal(10, "A fiscal receipt needs email or phone in user_data")
    ready_at = payment.paid_at + timedelta(seconds=float(sandbox.switches["fiscal_seconds"]))
    if sandbox.clock.now() < ready_at:
        raise Refusal(11, "The fiscal receipt is not ready yet")
    return receipt(payment, ready_at.astimezone(TASHKENT).strftime("%Y%m%d%H%M%S"), str(contact.get("phone") or ""))


def receipt(payment: Payment, date_time: str, phone: str) -> Json:
    receipt_id, sign = payment.payment_id, payment.rrn
    return {
        "phone": phone,
        "code": 0,
        "message": "accepted",
        "terminalID": TERMINAL,
        "receiptId": receipt_id,
        "dateTime": date_time,
        "fiscalSign": sign,
        "qrCodeURL": f"{RECEIPTS}?t={TERMINAL}&r={receipt_id}&c={date_time}&s={sign}",
    }
