"""refund: money goes back, at once or later, whole or in parts."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from sandbox import settlement
from sandbox.clock import wall_clock
from sandbox.envelope import Json, Refusal, amount, require, text
from sandbox.ledger import Kind
from sandbox.payments import Payment, Refund, Status
from sandbox.shop import CREDENTIALS, authorize
from sandbox.state import Sandbox


class RefundStatus(StrEnum):
    SUCCEEDED = "succeeded"
    NEW = "new"
    PENDING = "pending"
    UNKNOWN = "unknown"
    CANCELED = "canceled"
    FAILED = "failed"
    ERROR = "error"


DEAD = (RefundStatus.CANCELED, RefundStatus.FAILED, RefundStatus.ERROR)
RUBLES_PER_USD = 80


# By the last two digits of the amount, so that a test can choose without turning a switch.
BY_CENTS: dict[int, tuple[RefundStatus, RefundStatus]] = {
    11: (RefundStatus.PENDING, RefundStatus.SUCCEEDED),
    12: (RefundStatus.PENDING, RefundStatus.CANCELED),
    13: (RefundStatus.UNKNOWN, RefundStatus.SUCCEEDED),
    14: (RefundStatus.FAILED, RefundStatus.FAILED),
    15: (RefundStatus.NEW, RefundStatus.SUCCEEDED),
    16: (RefundStatus.ERROR, RefundStatus.ERROR),
}


def refund(sandbox: Sandbox, body: Json) -> Json:
    require(body, *CREDENTIALS, "shop_refund_id", "octo_payment_UUID", "amount")
    total = amount(body, "amount")
    authorize(sandbox, body)
    payment = sandbox.payments.by_uuid(text(body, "octo_payment_UUID"))
    if not isinstance(payment, Payment):
        raise Refusal(11, "Payment not found")
    shop_refund_id = text(body, "shop_refund_id")
    known = sandbox.refunds.get(shop_refund_id)
    if known:
        if (known.uuid, known.amount) != (payment.uuid, total):
            raise Refusal(1, f"shop_refund_id [{shop_refund_id}] was used for another refund")
        return shown(known)
    if payment.status != Status.SUCCEEDED:
        raise Refusal(10, f"Payment status [{payment.status}] does not allow a refund")
    check_amount(sandbox, payment, total)
    return shown(start(sandbox, payment, shop_refund_id, total))


def shown(one: Refund) -> Json:
    return {
        "octo_payment_UUID": one.uuid,
        "refund_id": one.refund_id,
        "refund_time": wall_clock(one.time),
        "status": one.status,
    }


def check_amount(sandbox: Sandbox, payment: Payment, total: Decimal) -> None:
    switches = sandbox.switches
    wrong = Refusal(switches["refund_wrong_amount_error"], "Wrong amount to refund")
    remaining = payment.total_sum - sum((one.amount for one in payment.refunds if one.status not in DEAD), Decimal(0))
    minimum = minimum_refund(sandbox, payment.currency)
    if total > remaining or total < minimum:
        raise wrong
    if payment.currency == "UZS" and total > switches["refund_maximum_uzs"]:
        raise wrong
    if switches["refund_remainder"] == "at_least_minimum" and 0 < remaining - total < minimum:
        raise wrong


def minimum_refund(sandbox: Sandbox, currency: str) -> Decimal:
    """One US dollar or its equivalent."""
    rates = {"USD": 1, "UZS": sandbox.switches["uzs_per_usd"], "RUB": RUBLES_PER_USD}
    return Decimal(str(rates[currency]))


def start(sandbox: Sandbox, payment: Payment, shop_refund_id: str, total: Decimal) -> Refund:
    now = sandbox.clock.now()
    first, last = BY_CENTS.get(int(total * 100) % 100, (sandbox.switches["refund_status"], RefundStatus.SUCCEEDED))
    settled = first in (RefundStatus.SUCCEEDED, *DEAD)
    one = Refund(
        shop_refund_id=shop_refund_id,
        refund_id=sandbox.new_uuid(),
        uuid=payment.uuid,
        amount=total,
        time=now,
        status=first,
        settles_at=None if settled else now + timedelta(seconds=float(sandbox.switches["refund_seconds"])),
        settles_as=last,
    )
    sandbox.refunds[shop_refund_id] = one
    payment.refunds.append(one)
    if first == RefundStatus.SUCCEEDED:
        give(sandbox, payment, one)
    return one


def give(sandbox: Sandbox, payment: Payment, one: Refund) -> None:
    """The payment stays succeeded, only its refunded_sum grows."""
    one.status = RefundStatus.SUCCEEDED
    payment.refunded_sum += one.amount
    settlement.record(sandbox, payment, Kind.REFUND, one.amount)
    if sandbox.switches["callback_on_refund"]:
        settlement.notify(sandbox, payment)


def settle_due(sandbox: Sandbox, payment: Payment) -> None:
    now = sandbox.clock.now()
    for one in payment.refunds:
        if one.settles_at and now >= one.settles_at:
            settle_refund(sandbox, payment, one, one.settles_as)


def settle_refund(sandbox: Sandbox, payment: Payment, one: Refund, status: str) -> None:
    one.settles_at = None
    if status == RefundStatus.SUCCEEDED and one.status != RefundStatus.SUCCEEDED:
        give(sandbox, payment, one)
    else:
        one.status = status
