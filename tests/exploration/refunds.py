"""Refunds: what the shop asks for, what the worker sends, what OCTO makes of it, and what must hold of it."""

from collections.abc import Iterator

from domain.books import captured
from domain.moves import Stage
from domain.refund import Operation, OperationStatus
from domain.transaction import PaymentTransaction, Review
from tests.exploration.acts import AMOUNT, PART, Act
from tests.exploration.event import Choice, Payments
from tests.exploration.octo import DENIED, SUCCEEDED, Answer, Effect, Payment, Request

_FLAGS = frozenset({Review.UNKNOWN_REFUND, Review.UNRESOLVED_REFUND})


def choices(transactions: tuple[PaymentTransaction, ...], payments: Payments) -> Iterator[Choice]:
    for attempt, (transaction, payment) in enumerate(zip(transactions, payments, strict=False)):
        if transaction.stage is Stage.SUCCESS:
            for what, minor in (("all", AMOUNT.amount_minor), ("a part", PART.amount_minor)):
                act = Act("request refund", attempt, minor=minor)
                yield Choice(f"the shop refunds {what}", attempt, act, uses="refunds")
        operation = transaction.refunds.next_operation
        if operation is not None:
            act = Act("send refund", attempt, refund=operation.shop_refund_id)
            request = Request("refund", refund=operation.shop_refund_id, minor=operation.amount_minor)
            yield Choice("a refund is sent", attempt, act, request, uses="refund_calls")
        for owed in payment.owed:
            yield Choice("OCTO carries out the refund", attempt, payment=_carried_out(payment, owed))
            yield Choice("OCTO drops the refund", attempt, payment=_dropped(payment, owed))


def serve(payment: Payment, request: Request) -> Iterator[Effect]:
    """OCTO knows a repeat by its id: it says what became of the first, or refuses it."""
    asked = (request.refund, request.minor)
    yield payment, DENIED
    if payment.word != SUCCEEDED:
        return
    if asked in payment.refunds:
        yield payment, Answer("done")
    elif asked in payment.owed:
        yield payment, Answer("pending")
    elif asked in payment.dropped:
        yield payment, Answer("failed")
    elif payment.refunded_minor + request.minor <= _taken_minor(payment):
        yield _carried_out(payment, asked), Answer("done")
        yield payment._replace(owed=payment.owed | {asked}), Answer("pending")
        yield _dropped(payment, asked), Answer("failed")


def settled(payment: Payment) -> Payment:
    for owed in payment.owed:
        payment = _carried_out(payment, owed)
    return payment


def broken(transaction: PaymentTransaction, payment: Payment) -> str | None:
    """In every state: sums are exact, and what is told of a refund is true, or a person has been asked to look."""
    most = captured(transaction).amount_minor
    if not 0 <= transaction.refunded_minor <= most:
        return "G15: more refunded than captured"
    if _FLAGS & set(transaction.reviews):
        return None
    if transaction.refunded_minor + transaction.refunds.open_minor > most:
        return "G15: more refunded and on its way than captured"
    done = {refund for refund, _ in payment.refunds}
    told = {o.shop_refund_id for o in _operations(transaction) if o.status is OperationStatus.SUCCEEDED}
    return None if told <= done else "G4: a refund is told that OCTO never carried out"


def broken_at_the_end(transaction: PaymentTransaction, payment: Payment) -> str | None:
    """When nothing is lost any more: no refund is open, none that was carried out is told as failed, and the sums agree."""
    if transaction.refunds.next_operation is not None:
        return "stuck: a refund that nothing ever ends"
    if _FLAGS & set(transaction.reviews):
        return None
    done = {refund for refund, _ in payment.refunds}
    for operation in _operations(transaction):
        if operation.status is OperationStatus.FAILED and operation.shop_refund_id in done:
            return "G3: a refund that was carried out is told as failed"
    is_same = transaction.stage is not Stage.SUCCESS or transaction.refunded_minor == payment.refunded_minor
    return None if is_same else "G15: another sum refunded than OCTO says"


def _taken_minor(payment: Payment) -> int:
    return (PART if payment.part else AMOUNT).amount_minor


def _carried_out(payment: Payment, refund: tuple[str, int]) -> Payment:
    return payment._replace(refunds=payment.refunds | {refund}, owed=payment.owed - {refund})


def _dropped(payment: Payment, refund: tuple[str, int]) -> Payment:
    return payment._replace(dropped=payment.dropped | {refund}, owed=payment.owed - {refund})


def _operations(transaction: PaymentTransaction) -> Iterator[Operation]:
    for refund in transaction.refunds.refunds:
        yield from refund.operations
