"""What payer, shop and operator may choose."""

from collections.abc import Iterator

from domain.moves import Stage
from domain.report import Way
from domain.transaction import PaymentTransaction
from tests.exploration import octo
from tests.exploration.acts import Act
from tests.exploration.event import Choice, Payments, Wait
from tests.exploration.octo import Request
from tests.exploration.variants import Variant

Transactions = tuple[PaymentTransaction, ...]


def choices(variant: Variant, transactions: Transactions, payments: Payments) -> Iterator[Choice]:
    count = len(transactions)
    if count < variant.bounds.attempts:
        yield Choice("the payer initiates", count, Act("attempt", count), Request("prepare"))
    if count:
        yield Choice("the shop cancels the order", count - 1, Act("cancel the order", count - 1))
    for attempt, transaction in enumerate(transactions):
        for what, payment in octo.at_page(variant, payments[attempt]):
            yield Choice(f"the payer {what}", attempt, payment=payment)
        if transaction.is_live:
            yield from _payer(variant, attempt, transaction)
            yield from _shop(attempt, transaction)


def _payer(variant: Variant, attempt: int, transaction: PaymentTransaction) -> Iterator[Choice]:
    stage, check = transaction.stage, transaction.verification
    if stage is Stage.PENDING:
        act = Act("repeat prepare", attempt)
        yield Choice("the payer initiates again", attempt, act, Request("prepare"), wait=Wait.FOR_ANSWERS)
    # A card that never left has left its number free.
    nth = transaction.cards_sent + 1
    number = nth if variant.id_per_card else 1
    yield Choice(f"card {nth}", attempt, Act("card", attempt, card=number), Request("pay", number), "cards")
    if stage is Stage.VERIFYING and check is not None and check.way is Way.OTP:
        card = check.payment_id or 0
        for right in (True, False):
            what = f"{'right' if right else 'wrong'} code for card {card}"
            yield Choice(what, attempt, Act("code", attempt), Request("code", card, right), "codes")
        yield Choice("the payer asks for a new code", attempt, Act("resend", attempt), Request("resend"), "resends")


def _shop(attempt: int, transaction: PaymentTransaction) -> Iterator[Choice]:
    yield Choice("the shop withdraws", attempt, Act("withdraw", attempt))
    yield Choice("an operator gives it up", attempt, Act("give up", attempt), uses="give_ups")
    if transaction.stage is Stage.HELD:
        for kind, part in (("capture", False), ("capture", True), ("release", False)):
            what = f"the shop decides: {kind}{' of a part' if part else ''}"
            yield Choice(what, attempt, Act(kind, attempt, part=part), Request(kind, part=part), "hold_calls")
