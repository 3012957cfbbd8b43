"""A model of OCTO: one payment as an immutable value, what each request makes of it, and what it does by itself."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from domain.transaction import Capture
from tests.exploration.variants import Debit, Ttl, Variant

ABSENT, CREATED, WAITING, HELD, SUCCEEDED, CANCELED = range(6)
WORDS = ("absent", "created", "wait_user_action", "waiting_for_capture", "succeeded", "canceled")
OPEN = (CREATED, WAITING)
NO_CARD = 0


class Payment(NamedTuple):
    """`said` holds the callbacks that were ever sent: any of them may be delivered at any time, any number of times, or never.

    `card` is the one that is checked now, `cards` all that were accepted. `old`: its ttl is over. `day_old`: a day has passed since it
    was first called canceled. `page`: a payer was sent to it. `tried`: we have sent a card. Refunds are known by their ids and sums.
    """

    word: int = ABSENT
    card: int = NO_CARD
    cards: frozenset[int] = frozenset()
    at_bank: bool = False
    settling: bool = False
    said: frozenset[int] = frozenset()
    old: bool = False
    day_old: bool = False
    debits: int = 0
    part: bool = False
    contradicted: bool = False
    page: bool = False
    tried: bool = False
    refunds: frozenset[tuple[str, int]] = frozenset()
    owed: frozenset[tuple[str, int]] = frozenset()
    dropped: frozenset[tuple[str, int]] = frozenset()

    @property
    def refunded_minor(self) -> int:
        return sum(minor for _, minor in self.refunds)

    @property
    def is_open(self) -> bool:
        return self.word in OPEN and not self.settling

    @property
    def is_open_or_settling(self) -> bool:
        return self.word in OPEN


class Answer(NamedTuple):
    """What OCTO answers; `card` and `word` where the answer names them."""

    kind: str
    card: int = NO_CARD
    word: int = ABSENT


class Request(NamedTuple):
    kind: str
    card: int = NO_CARD
    right: bool = True
    part: bool = False
    refund: str = ""
    minor: int = 0


Effect = tuple[Payment, Answer]
DENIED = Answer("denied")
OK = Answer("ok")


def serve(variant: Variant, payment: Payment, request: Request) -> Iterator[Effect]:
    """Every way in which OCTO may take this request."""
    match request.kind:
        case "prepare":
            yield from _prepare(payment)
        case "pay":
            yield payment, DENIED
            if payment.is_open:
                yield from _pay(variant, payment, request.card)
        case "code":
            yield from _code(variant, payment, request)
        case "resend":
            yield from _resend(variant, payment)
        case _:
            yield _hold_call(payment, request)


def alone(variant: Variant, payment: Payment) -> Iterator[tuple[str, Payment]]:
    """What OCTO may do by itself at any time."""
    if payment.settling:
        yield "settles: money taken", _taken(variant, payment)
        yield "settles: declined", canceled(payment)
    if payment.is_open:
        # Its ttl is over by its own clock, or it has a reason that we do not know.
        yield "cancels", canceled(payment)
    if payment.word == HELD:
        yield "the hold lapses", canceled(payment)
        if variant.cabinet:
            yield "a part of the hold is taken in its cabinet", captured(payment, part=True)


def contradictions(payment: Payment) -> Iterator[tuple[str, Payment]]:
    if payment.word == CANCELED:
        yield "takes back canceled: succeeded", _succeeded(payment)._replace(contradicted=True)
    if payment.word == SUCCEEDED:
        yield "takes back succeeded: canceled", canceled(payment)._replace(contradicted=True)


def at_page(variant: Variant, payment: Payment) -> Iterator[tuple[str, Payment]]:
    """What a payer may do at the bank's page, and at OCTO's own where one was sent there."""
    if not payment.is_open:
        return
    if payment.page and payment.word == CREATED:
        yield "enters a card at OCTO's page", payment._replace(word=WAITING, card=1, cards=frozenset({1}))
    if payment.word == WAITING and (payment.page or payment.at_bank):
        yield "confirms at the page", _taking(variant, payment)
        yield "fails at the page, may try again", payment._replace(word=CREATED, card=NO_CARD, at_bank=False)
        yield "fails at the page, for good", canceled(payment)


def later(variant: Variant, payment: Payment, *, a_day: bool) -> Payment:
    """After a long time: the ttl is over, and a strict OCTO has cancelled what was old before."""
    if CANCELED in payment.said:
        payment = payment._replace(day_old=payment.day_old or a_day)
    if not payment.is_open or variant.ttl is Ttl.LENIENT:
        return payment
    return canceled(payment) if payment.old else payment._replace(old=True)


def ended(variant: Variant, payment: Payment) -> Payment:
    """What is under way at OCTO comes to its end: a debit succeeds, a hold lapses."""
    if payment.settling:
        payment = _taken(variant, payment)
    return canceled(payment) if payment.word == HELD else payment


@cache
def may_take(variant: Variant, payment: Payment, requests: frozenset[Request]) -> bool:
    """Whether money may be taken by what is under way, and by a payer at a page, without anything new from us."""
    if payment.debits or payment.word == HELD:
        return True
    after = [(p, requests) for _, p in (*alone(variant, payment), *at_page(variant, payment))]
    for request in requests:
        after += [(p, requests - {request}) for p, _ in serve(variant, payment, request)]
    return any(may_take(variant, *rest) for rest in after if rest != (payment, requests))


def shown(variant: Variant, payment: Payment) -> int:
    """The word of a status read."""
    return CREATED if payment.word == WAITING and not variant.shows_wait else payment.word


def checked(variant: Variant, payment: Payment) -> int | None:
    """What verificationInfo tells: the payment id of the card that is checked, 0 where it names none, None where it fails."""
    if payment.word != WAITING or payment.at_bank or payment.settling or not payment.card:
        return None
    return payment.card if variant.names_ids else 0


def _prepare(payment: Payment) -> Iterator[Effect]:
    if payment.word == ABSENT:
        yield payment, DENIED
        payment = payment._replace(word=CREATED)
    yield payment, Answer("status", word=payment.word)


def _pay(variant: Variant, payment: Payment, card: int) -> Iterator[Effect]:
    taken = payment._replace(word=WAITING, card=card, cards=payment.cards | {card}, at_bank=False)
    if variant.debit is Debit.AT_PAY:
        yield _taking(variant, taken), Answer("taken")
        yield _taking(variant, taken), Answer("sms", card)
        return
    if variant.bank_page:
        yield taken._replace(at_bank=True), Answer("bank", card)
        return
    yield taken, Answer("sms", card)
    if variant.debit is Debit.SLOWLY:
        yield _taking(variant, taken), Answer("taken")


def _resend(variant: Variant, payment: Payment) -> Iterator[Effect]:
    yield payment, DENIED
    if payment.word == WAITING and not payment.at_bank and not payment.settling:
        yield payment, Answer("sms", payment.card if variant.names_ids else NO_CARD)


def _hold_call(payment: Payment, request: Request) -> Effect:
    if payment.word != HELD:
        return payment, DENIED
    return captured(payment, part=request.part) if request.kind == "capture" else canceled(payment), OK


def _code(variant: Variant, payment: Payment, request: Request) -> Iterator[Effect]:
    known = payment.word == WAITING and not payment.settling and not payment.at_bank and request.card in payment.cards
    if not known or request.card != payment.card:
        # It is not known whether an earlier card's code still counts.
        yield payment, DENIED
    if known and request.right:
        yield _taking(variant, payment), OK
    if known and not request.right:
        yield payment, DENIED
        yield canceled(payment), DENIED


def _taking(variant: Variant, payment: Payment) -> Payment:
    if variant.debit is Debit.SLOWLY and not payment.settling:
        return payment._replace(settling=True)
    return _taken(variant, payment)


def _taken(variant: Variant, payment: Payment) -> Payment:
    if variant.capture is Capture.MANUAL:
        return payment._replace(word=HELD, settling=False, said=payment.said | {HELD})
    return _succeeded(payment)


def _succeeded(payment: Payment) -> Payment:
    return Payment(
        word=SUCCEEDED,
        said=payment.said | {SUCCEEDED},
        debits=max(payment.debits, 1),
        contradicted=payment.contradicted,
        page=payment.page,
        day_old=payment.day_old,
        tried=payment.tried,
    )


def canceled(payment: Payment) -> Payment:
    return Payment(
        word=CANCELED,
        said=payment.said | {CANCELED},
        debits=payment.debits,
        contradicted=payment.contradicted,
        page=payment.page,
        day_old=payment.day_old,
        tried=payment.tried,
    )


def captured(payment: Payment, *, part: bool) -> Payment:
    return _succeeded(payment)._replace(part=part)
