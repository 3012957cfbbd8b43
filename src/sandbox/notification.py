"""The body of a payment's callback."""

from decimal import ROUND_HALF_UP, Decimal

from sandbox import signature
from sandbox.clock import wall_clock
from sandbox.envelope import CENT, Json
from sandbox.payments import Payment, Status
from sandbox.state import Sandbox

PAID = (Status.SUCCEEDED, Status.WAITING_FOR_CAPTURE)


def body(sandbox: Sandbox, payment: Payment) -> Json:
    message: Json = {
        "shop_transaction_id": payment.shop_transaction_id,
        "octo_payment_UUID": payment.uuid,
        "status": payment.status,
        "signature": sign(sandbox, payment.uuid, payment.status),
        "hash_key": sandbox.config.hash_key,
        "total_sum": payment.total_sum,
        "refunded_sum": payment.refunded_sum,
        "currency": payment.currency,
    }
    if payment.status in PAID:
        message["transfer_sum"] = transfer_sum(sandbox, payment)
        message["payed_time"] = wall_clock(payment.paid_at or sandbox.clock.now())
    if payment.card:
        message |= {
            "card_country": payment.card.country,
            "maskedPan": payment.card.masked_pan,
            "card_vendor": payment.card.vendor,
            "card_type": payment.card.type,
            "is_physical_card": True,
            "riskLevel": 0,
        }
    if payment.rrn:
        message["rrn"] = payment.rrn
    return message


def sign(sandbox: Sandbox, uuid: str, status: str) -> str:
    if sandbox.switches["signature"] == "unique_key":
        signed = signature.by_unique_key(sandbox.config.unique_key, uuid, status)
    else:
        signed = signature.by_hash_key(sandbox.config.secret, sandbox.config.hash_key, uuid, status)
    return signed.lower() if sandbox.switches["signature_case"] == "lower" else signed


def commission(sandbox: Sandbox, payment: Payment) -> Decimal:
    percent = Decimal(str(sandbox.switches["commission_percent"]))
    return (payment.total_sum * percent / 100).quantize(CENT, ROUND_HALF_UP)


def transfer_sum(sandbox: Sandbox, payment: Payment) -> Decimal:
    return payment.total_sum - commission(sandbox, payment)
