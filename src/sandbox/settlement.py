"""How a payment comes to its end: the only place that moves money and decides statuses after `created`."""

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox import notification
from sandbox.callbacks import Delivery, decision
from sandbox.cards import SLOW_SECONDS, Rule
from sandbox.envelope import CENT, Json, Refusal, amount
from sandbox.ledger import Entry, Kind
from sandbox.payments import Payment, Status
from sandbox.state import Sandbox


def record(sandbox: Sandbox, payment: Payment, kind: Kind, total: Decimal) -> None:
    sandbox.ledger.add(
        Entry(
            shop_transaction_id=payment.shop_transaction_id,
            uuid=payment.uuid,
            kind=kind,
            amount=total.quantize(CENT),
            currency=payment.currency,
            at=sandbox.clock.now(),
            card=payment.card,
        )
    )


def charge(sandbox: Sandbox, payment: Payment) -> None:
    """Takes the money, or holds it in two-stage payments."""
    record(sandbox, payment, Kind.DEBIT if payment.auto_capture else Kind.HOLD, payment.total_sum)


def confirmed(sandbox: Sandbox, payment: Payment) -> None:
    """The cardholder has confirmed. What follows is a matter of the card and of the switches."""
    rule = payment.card.rule if payment.card else Rule.APPROVE
    delay = float(sandbox.switches["debit_delay_seconds"])
    if rule in (Rule.SLOW, Rule.SLOW_CANCELED):
        delay = max(delay, SLOW_SECONDS)
        payment.settles_as = Status.SUCCEEDED if rule is Rule.SLOW else Status.CANCELED
    if delay:
        payment.settles_at = sandbox.clock.now() + timedelta(seconds=delay)
    else:
        approve(sandbox, payment)


def approve(sandbox: Sandbox, payment: Payment) -> None:
    """Nothing is charged twice here: with debit_on_pay the money has already been taken."""
    if payment.auto_capture:
        if not sandbox.ledger.taken(payment.uuid):
            charge(sandbox, payment)
        finish_paid(sandbox, payment)
        return
    if not sandbox.ledger.held(payment.uuid):
        charge(sandbox, payment)
    payment.settles_at = None
    payment.hold_expires_at = hold_end(sandbox)
    move(sandbox, payment, Status.WAITING_FOR_CAPTURE)


def hold_end(sandbox: Sandbox) -> datetime:
    return sandbox.clock.now() + timedelta(minutes=sandbox.switches["hold_minutes"])


def finish_paid(sandbox: Sandbox, payment: Payment, *, notified: bool = True) -> None:
    stamp_paid(sandbox, payment)
    move(sandbox, payment, Status.SUCCEEDED, notified=notified)


def stamp_paid(sandbox: Sandbox, payment: Payment) -> None:
    payment.paid_at = sandbox.clock.now()
    payment.rrn = f"{next(sandbox.counters.rrn):012d}"


def capture(sandbox: Sandbox, payment: Payment, total: Decimal, *, notified: bool = True) -> None:
    """The rest of the hold goes back to the card."""
    held = sandbox.ledger.held(payment.uuid)
    record(sandbox, payment, Kind.CAPTURE, total)
    if held > total:
        record(sandbox, payment, Kind.RELEASE, held - total)
    payment.total_sum = total
    finish_paid(sandbox, payment, notified=notified)


def cancel(sandbox: Sandbox, payment: Payment, *, notified: bool = True) -> None:
    give_back(sandbox, payment)
    move(sandbox, payment, Status.CANCELED, notified=notified)


def give_back(sandbox: Sandbox, payment: Payment) -> None:
    """Whatever was held or taken."""
    held, taken = sandbox.ledger.held(payment.uuid), sandbox.ledger.taken(payment.uuid)
    if held > 0:
        record(sandbox, payment, Kind.RELEASE, held)
    if taken > 0:
        record(sandbox, payment, Kind.REFUND, taken)


def move(sandbox: Sandbox, payment: Payment, status: str, *, notified: bool = True) -> None:
    payment.status = status
    if status in (Status.SUCCEEDED, Status.CANCELED):
        payment.settles_at = payment.hold_expires_at = None
    if notified:
        notify(sandbox, payment)


def notify(sandbox: Sandbox, payment: Payment) -> None:
    sandbox.callbacks.emit(payment.shop_transaction_id, payment.notify_url, notification.body(sandbox, payment))


def settle(sandbox: Sandbox, payment: Payment, status: str, *, notified: bool, book: bool) -> None:
    """OCTO's word by command, even against what it said before. `book` lets the ledger follow."""
    if book and status == Status.CANCELED:
        give_back(sandbox, payment)
    elif book and status == Status.WAITING_FOR_CAPTURE and not sandbox.ledger.held(payment.uuid):
        record(sandbox, payment, Kind.HOLD, payment.total_sum)
    elif book and status == Status.SUCCEEDED and not sandbox.ledger.taken(payment.uuid):
        held = sandbox.ledger.held(payment.uuid)
        record(sandbox, payment, Kind.CAPTURE if held else Kind.DEBIT, payment.total_sum)
    if status == Status.SUCCEEDED:
        stamp_paid(sandbox, payment)
    if status == Status.WAITING_FOR_CAPTURE:
        payment.hold_expires_at = hold_end(sandbox)
    payment.settles_at = None
    move(sandbox, payment, status, notified=notified)


def apply_reply(sandbox: Sandbox, delivery: Delivery, reply: Json) -> None:
    """The shop may decide on a hold in its very answer to the callback."""
    if delivery.body.get("status") != Status.WAITING_FOR_CAPTURE:
        return
    with sandbox.lock:
        payment = sandbox.payments.by_reference(delivery.shop_transaction_id)
        if payment is None or payment.status != Status.WAITING_FOR_CAPTURE:
            return
        if decision(reply) == "capture":
            told = sandbox.switches["callback_after_reply"]
            capture(sandbox, payment, reply_amount(sandbox, payment, reply), notified=told)
        elif decision(reply) == "cancel":
            cancel(sandbox, payment)
    sandbox.callbacks.dispatch()


def reply_amount(sandbox: Sandbox, payment: Payment, reply: Json) -> Decimal:
    """A final_amount that makes no sense is taken for the whole hold."""
    held = min(sandbox.ledger.held(payment.uuid), payment.total_sum)
    try:
        return min(held, amount(reply, "final_amount"))
    except Refusal:
        return held
