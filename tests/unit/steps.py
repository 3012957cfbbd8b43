"""Everything that may be done to an attempt or be reported of it, in no sensible order: the steps of random histories."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from domain.errors import NotRefundable
from domain.money import Currency, Money
from domain.moves import Word
from domain.refund import RefundPolicy
from domain.report import Report, Source, Verification
from domain.transaction import PaymentTransaction
from tests.unit.attempts import (
    AMOUNT,
    BANK_PAGE,
    CODE_BY_SMS,
    CODE_OF_SECOND_CARD,
    FINGERPRINT,
    PAGE,
)

HALF: Final = AMOUNT.amount_minor // 2
IN_PARTS: Final = RefundPolicy(smallest_minor={}, largest_minor={AMOUNT.currency: HALF // 2})


@dataclass(frozen=True)
class Told:
    """A report that comes in, of the payment's present turn or of the one before."""

    word: Word
    source: Source
    age: int
    known: bool = True
    amount: Money | None = None
    refunded_minor: int | None = None
    verification: Verification | None = None

    def __call__(self, t: PaymentTransaction, at: datetime) -> PaymentTransaction:
        turn = None if self.source is Source.CALLBACK else t.turn - self.age
        return t.hear(
            Report(
                self.word,
                self.source,
                at,
                turn,
                known=self.known,
                octo_transaction_id=f"uuid-{t.attempt}",
                octo_pay_url=PAGE,
                amount=self.amount,
                refunded_minor=self.refunded_minor,
                verification=self.verification,
            )
        )


@dataclass(frozen=True)
class Answered:
    """The result of a call comes in, of the payment's present turn or of the one before."""

    result: Callable[[PaymentTransaction, int, datetime], PaymentTransaction]
    age: int

    def __call__(self, t: PaymentTransaction, at: datetime) -> PaymentTransaction:
        return self.result(t, t.turn - self.age, at)


def lasting(check: Verification, at: datetime) -> Verification:
    return replace(check, code_until=at + timedelta(minutes=2))


def to_send(t: PaymentTransaction) -> str:
    if t.refunds.next_operation is None:
        raise NotRefundable()
    return t.refunds.next_operation.shop_refund_id


def left(t: PaymentTransaction) -> str:
    """The latest refund operation that was sent, whatever became of it since."""
    all_sent = [o.shop_refund_id for refund in t.refunds.refunds for o in refund.operations if o.times_sent]
    if not all_sent:
        raise NotRefundable()
    return all_sent[-1]


Step = Callable[[PaymentTransaction, datetime], PaymentTransaction]
OURS: Final[list[Step]] = [
    lambda t, at: t.prepare(at),
    lambda t, at: t.send_card(FINGERPRINT, at),
    lambda t, at: t.send_code(at),
    lambda t, at: t.resend_code(at),
    lambda t, at: t.capture_hold(HALF, at),
    lambda t, at: t.capture_hold(AMOUNT.amount_minor, at),
    lambda t, at: t.release_hold(at),
    lambda t, at: t.withdraw(at),
    lambda t, at: t.give_up(at),
    lambda t, at: t.asked(at),
    lambda t, at: t.not_reached(at),
    lambda t, at: t.check_soon(at),
    lambda t, at: t.release_late(at),
    lambda t, at: t.request_refund(HALF, "returned goods", IN_PARTS, at),
    lambda t, at: t.send_refund(to_send(t), at),
]
RESULTS: Final[list[Callable[[PaymentTransaction, int, datetime], PaymentTransaction]]] = [
    lambda t, turn, at: t.card_answered(turn, lasting(CODE_BY_SMS, at), at),
    lambda t, turn, at: t.card_answered(turn, lasting(CODE_OF_SECOND_CARD, at), at),
    lambda t, turn, at: t.card_answered(turn, BANK_PAGE, at),
    lambda t, turn, at: t.card_answered(turn, None, at),
    lambda t, turn, at: t.card_never_left(turn, at),
    lambda t, turn, at: t.code_answered(turn, at),
    lambda t, turn, at: t.code_never_left(turn, at),
    lambda t, turn, at: t.hold_call_never_left(turn, at),
    lambda t, turn, at: t.denied(turn, "5", at),
    lambda t, turn, at: t.verified(turn, lasting(CODE_BY_SMS, at), at),
    lambda t, turn, at: t.prepare_refused("5", at),
    lambda t, turn, at: t.late_release_undone(turn, at),
    lambda t, turn, at: t.refund_answered(left(t), done=True, refund_id="r", at=at),
    lambda t, turn, at: t.refund_answered(left(t), done=False, refund_id=None, at=at),
    lambda t, turn, at: t.refund_never_left(left(t), at),
    lambda t, turn, at: t.refund_failed(left(t), at),
    lambda t, turn, at: t.refund_denied(left(t), "22", at),
]
WORDS: Final = [word for word in Word if word is not Word.MISMATCH]
REPORTS: Final[list[Step]] = [
    *(Told(word, source, age) for word, source, age in product(WORDS, Source, (0, 1))),
    *(Told(word, Source.READ, 0, amount=Money(1, Currency.UZS)) for word in WORDS),
    *(Told(Word.SUCCEEDED, source, 0, amount=Money(HALF, Currency.UZS)) for source in Source),
    *(Told(Word.SUCCEEDED, Source.CALLBACK, 0, refunded_minor=minor) for minor in (0, HALF, AMOUNT.amount_minor * 2)),
    *(Told(Word.WAIT_USER_ACTION, Source.READ, 0, verification=v) for v in (CODE_BY_SMS, CODE_OF_SECOND_CARD)),
    Told(Word.UNKNOWN, Source.READ, 0, known=False),
]
# The kinds are equally likely, so that a history gets on although most reports would end it.
KINDS: Final[list[list[Step | None]]] = [
    [*OURS],
    [Answered(result, 0) for result in RESULTS],
    [Answered(result, 1) for result in RESULTS],
    [Told(Word.CREATED, Source.READ, 0)],
    [*REPORTS],
    [None],
]
GAPS: Final = [timedelta(seconds=seconds) for seconds in (0, 1, 20, 70, 1300, 90_000)]
