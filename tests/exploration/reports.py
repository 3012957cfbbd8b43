"""What OCTO does by itself, what it tells, and when it is asked."""

from collections.abc import Iterator

from domain.report import Source, Way
from domain.transaction import Call, PaymentTransaction
from tests.exploration import octo
from tests.exploration.acts import Act, Said
from tests.exploration.clock import NOW
from tests.exploration.event import Choice, Payments, Wait
from tests.exploration.octo import HELD, Payment, Request
from tests.exploration.variants import Variant


def choices(variant: Variant, transactions: tuple[PaymentTransaction, ...], payments: Payments) -> Iterator[Choice]:
    for attempt, (transaction, payment) in enumerate(zip(transactions, payments, strict=False)):
        for what, after in octo.alone(variant, payment):
            yield Choice(f"OCTO {what}", attempt, payment=after)
        for what, after in octo.contradictions(payment):
            yield Choice(f"OCTO {what}", attempt, payment=after, uses="contradictions")
        yield from _callbacks(variant, attempt, transaction, payment)
        if is_asked(transaction):
            yield from _reads(variant, attempt, transaction, payment)


def is_asked(transaction: PaymentTransaction) -> bool:
    """At any time while it lives (by settlement, by a payer's page), afterwards when it is due."""
    return transaction.is_live or (transaction.next_check_at is not None and transaction.next_check_at <= NOW)


def read_now(variant: Variant, payment: Payment) -> Said:
    word = octo.shown(variant, payment)
    return told(variant, payment, word, Source.READ)._replace(card=octo.checked(variant, payment))


def told(variant: Variant, payment: Payment, word: int, source: Source) -> Said:
    return Said(
        word, source, part=payment.part, other_amount=variant.other_amount, refunded_minor=payment.refunded_minor
    )


def _callbacks(variant: Variant, attempt: int, transaction: PaymentTransaction, payment: Payment) -> Iterator[Choice]:
    is_believed = variant.signed and transaction.octo_transaction_id is not None
    for word in payment.said:
        what = f"callback: {octo.WORDS[word]}"
        said = told(variant, payment, word, Source.CALLBACK)
        act = Act("callback", attempt, said=said) if is_believed else Act("check soon", attempt)
        yield Choice(what, attempt, act)
        if is_believed and payment.refunded_minor:
            yield Choice(f"{what}, from before the refund", attempt, act._replace(said=said._replace(refunded_minor=0)))
        if is_believed and word == payment.word == HELD:
            yield from _answered_hold(what, attempt, act, transaction, payment)


def _answered_hold(
    what: str, attempt: int, act: Act, transaction: PaymentTransaction, payment: Payment
) -> Iterator[Choice]:
    """OCTO takes our answer to its callback for a decision."""
    if transaction.in_flight is Call.CAPTURE:
        part = transaction.captures_asked[-1] < transaction.amount.amount_minor
        yield Choice(f"{what}, answered: capture", attempt, act, payment=octo.captured(payment, part=part))
    if not transaction.is_live or transaction.in_flight is Call.RELEASE:
        yield Choice(f"{what}, answered: cancel", attempt, act, payment=octo.canceled(payment))


def _reads(variant: Variant, attempt: int, transaction: PaymentTransaction, payment: Payment) -> Iterator[Choice]:
    said = read_now(variant, payment)
    yield Choice(f"status read: {octo.WORDS[said.word]}", attempt, Act("hear", attempt, said=said))
    yield Choice("a slow status read begins", attempt, uses="slow_reads", wait=Wait.READ_BEGINS)
    if not transaction.is_live:
        yield Choice("a status read fails", attempt, Act("not reached", attempt))
        if transaction.release_due and transaction.in_flight is None:
            act = Act("release late", attempt)
            yield Choice("settlement gives the hold back", attempt, act, Request("late release"), "late_releases")
    check = transaction.verification
    if check is not None and check.way is Way.OTP and check.verify_id is None and said.card is not None:
        yield Choice("verificationInfo", attempt, Act("verification", attempt, card=said.card))
