"""set_accept: a hold is captured, whole or less, or released."""

from sandbox import settlement
from sandbox.clock import wall_clock
from sandbox.envelope import Json, Refusal, amount, is_blank, require, text
from sandbox.payments import Payment, Status
from sandbox.prepare import summary
from sandbox.shop import CREDENTIALS, authorize
from sandbox.state import Sandbox


def set_accept(sandbox: Sandbox, body: Json) -> Json:
    required = [*CREDENTIALS, "octo_payment_UUID", "accept_status"]
    if sandbox.switches["final_amount"] == "required" and body.get("accept_status") == "capture":
        required.append("final_amount")
    require(body, *required)
    verdict = text(body, "accept_status")
    if verdict not in ("capture", "cancel"):
        raise Refusal(1, "Wrong params: [acceptStatus] must be capture or cancel")
    final = None if is_blank(body.get("final_amount")) else amount(body, "final_amount")
    authorize(sandbox, body)
    payment = sandbox.payments.by_uuid(text(body, "octo_payment_UUID"))
    if not isinstance(payment, Payment):
        raise Refusal(11, "Payment not found")
    if payment.status != Status.WAITING_FOR_CAPTURE:
        raise Refusal(10, f"Payment status [{payment.status}] could not be changed")
    wanted = payment.total_sum if final is None else final
    if wanted > payment.total_sum:
        raise Refusal(1, "Wrong params: [finalAmount] must not be greater than the held sum")
    tell = sandbox.switches["callback_on_set_accept"]
    if verdict == "capture":
        settlement.capture(sandbox, payment, wanted, notified=tell)
    else:
        settlement.cancel(sandbox, payment, notified=tell)
    return summary(sandbox, payment) | {"payed_time": wall_clock(payment.paid_at) if payment.paid_at else None}
