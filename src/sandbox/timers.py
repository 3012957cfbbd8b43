"""What time alone does: ttl and holds run out, slow debits and refunds arrive."""

from sandbox import settlement
from sandbox.payments import CardOperation, Payment, Status
from sandbox.refunds import settle_due
from sandbox.state import Sandbox


def refresh(sandbox: Sandbox, operation: CardOperation) -> None:
    """Brings an operation up to the sandbox's clock. Whoever looks at one does this first."""
    if isinstance(operation, Payment):
        refresh_payment(sandbox, operation)
    elif is_expired(sandbox, operation):
        operation.status = Status.CANCELED


def refresh_payment(sandbox: Sandbox, payment: Payment) -> None:
    now = sandbox.clock.now()
    settle_due(sandbox, payment)
    if payment.settles_at:
        if now < payment.settles_at:
            return
        if payment.settles_as == Status.SUCCEEDED:
            settlement.approve(sandbox, payment)
        else:
            settlement.cancel(sandbox, payment)
        return
    lapsed = payment.hold_expires_at is not None and now >= payment.hold_expires_at
    if lapsed or is_expired(sandbox, payment):
        settlement.cancel(sandbox, payment, notified=sandbox.switches["callback_on_expiry"])


def is_expired(sandbox: Sandbox, operation: CardOperation) -> bool:
    strict = sandbox.switches["ttl"] == "strict"
    return strict and operation.is_open and sandbox.clock.now() >= operation.expires_at


def refresh_all(sandbox: Sandbox) -> None:
    for payment in sandbox.payments:
        refresh(sandbox, payment)
