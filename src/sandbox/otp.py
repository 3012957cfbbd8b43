"""verificationInfo, check_sms_key and check_pan: the code that the cardholder gets by SMS."""

from collections.abc import Callable
from datetime import timedelta

from sandbox import settlement
from sandbox.cards import Rule, digest, read_expiry
from sandbox.clock import wall_clock
from sandbox.envelope import Json, Refusal, integer, require, text
from sandbox.notification import commission, transfer_sum
from sandbox.payments import CardOperation, Otp, Payment
from sandbox.state import Sandbox

PHONE = "+998901112227"
MASKED_PHONE = "+998** *****27"


def start(sandbox: Sandbox, operation: CardOperation, *, resent: bool = False) -> Otp:
    now = sandbox.clock.now()
    rule = operation.card.rule if operation.card else Rule.APPROVE
    lost = rule is Rule.NO_SMS or (rule is Rule.FIRST_SMS_LOST and not resent)
    operation.otp = Otp(
        verify_id=next(sandbox.counters.verify_id),
        code=sandbox.new_code(),
        sent_at=now,
        expires_at=now + timedelta(seconds=sandbox.switches["otp_seconds"]),
        delivered=not lost,
    )
    return operation.otp


def verification_info(sandbox: Sandbox, uuid: str) -> Json:
    operation = sandbox.payments.by_uuid(uuid)
    if operation is None:
        raise Refusal(11, "Payment not found")
    if not operation.otp_expected or not (operation.otp or operation.is_open):
        raise Refusal(10, f"Payment status [{operation.status}] does not wait for a code")
    otp = operation.otp or start(sandbox, operation)
    data = session(sandbox, operation, otp)
    if sandbox.switches["verification_info_id"]:
        data["id"] = operation.payment_id
    return data


def session(sandbox: Sandbox, operation: CardOperation, otp: Otp) -> Json:
    """A code that nobody can use any more looks like a success with secondsLeft 0."""
    seconds_left = otp.seconds_left(sandbox.clock.now()) if operation.is_open else 0
    return {"verifyId": otp.verify_id, "phone": MASKED_PHONE, "secondsLeft": seconds_left}


def check_pan(sandbox: Sandbox, body: Json) -> Json:
    require(body, "pan", "expDate", "paymentId")
    yymm = read_expiry(text(body, "expDate"), order="YYMM", name="expDate")
    payment = awaiting_code(sandbox, body)
    if payment.card is None or payment.card.digest != digest(text(body, "pan"), yymm):
        raise Refusal(1, "Wrong params: [pan] is not the card of this payment")
    return session(sandbox, payment, resend(sandbox, payment))


def resend(sandbox: Sandbox, operation: CardOperation) -> Otp:
    if operation.resends >= sandbox.switches["otp_resends"]:
        raise Refusal(17, "Maximum number of SMS resend attempts")
    operation.resends += 1
    return start(sandbox, operation, resent=True)


def check_sms_key(sandbox: Sandbox, body: Json) -> Json | None:
    require(body, "smsKey", "paymentId", "verifyId")
    code, verify_id = text(body, "smsKey"), integer(body, "verifyId")
    payment = awaiting_code(sandbox, body)
    if payment.otp is None or payment.otp.verify_id != verify_id:
        raise Refusal(11, "Verification not found")
    enter_code(sandbox, payment, code)
    return result(sandbox, payment)


def enter_code(sandbox: Sandbox, payment: Payment, code: str) -> None:
    check_code(sandbox, payment, code, lambda: settlement.cancel(sandbox, payment))
    card = payment.card
    if card and card.rule is Rule.FUNDS_AT_DEBIT and card.denial:
        settlement.cancel(sandbox, payment)
        raise Refusal(card.denial.code, card.denial.message)
    settlement.confirmed(sandbox, payment)


def awaiting_code(sandbox: Sandbox, body: Json) -> Payment:
    payment = payment_named(sandbox, body)
    if not payment.is_open or not payment.otp_expected or payment.settles_at:
        raise Refusal(10, f"Payment status [{payment.status}] does not wait for a code")
    return payment


def payment_named(sandbox: Sandbox, body: Json) -> Payment:
    """By the integer of pay; by the UUID only where the switch says so."""
    kind, given = sandbox.switches["payment_id_type"], body["paymentId"]
    if kind == "uuid" or (kind == "both" and isinstance(given, str)):
        found = sandbox.payments.by_uuid(text(body, "paymentId"))
    else:
        found = sandbox.payments.by_payment_id(integer(body, "paymentId"))
        if found is not None and found.payment_id != integer(body, "paymentId"):
            found = None
    if not isinstance(found, Payment):
        raise Refusal(11, "Payment not found")
    return found


def check_code(sandbox: Sandbox, operation: CardOperation, code: str, give_up: Callable[[], None]) -> None:
    """An expired code costs no try; the last wrong one ends the operation."""
    otp = operation.otp
    if otp is None or not otp.seconds_left(sandbox.clock.now()):
        raise Refusal(-271, "Срок действия кода истёк")
    if code == otp.code:
        return
    operation.wrong_codes += 1
    if operation.wrong_codes >= sandbox.switches["otp_tries"]:
        give_up()
    raise Refusal(-270, "Неверный код подтверждения")


def result(sandbox: Sandbox, payment: Payment) -> Json | None:
    style = sandbox.switches["check_sms_key_answer"]
    paid = wall_clock(payment.paid_at) if payment.paid_at else None
    if style == "none":
        return None
    if style == "camelCase":
        return {"id": payment.payment_id, "uuid": payment.uuid, "status": payment.status, "totalSum": payment.total_sum}
    return {
        "octo_payment_UUID": payment.uuid,
        "status": payment.status,
        "total_sum": payment.total_sum,
        "transfer_sum": transfer_sum(sandbox, payment),
        "commission": commission(sandbox, payment),
        "payed_time": paid,
    }
