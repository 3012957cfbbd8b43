"""What we do, in the shape of the use cases: each act is one commit, an intent before its call or what came of a call."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from domain.books import Books
from domain.errors import TransactionSuperseded
from domain.money import Currency, Money
from domain.moves import To, Word
from domain.refund import RefundPolicy
from domain.report import Report, Source, Verification, Way
from domain.transaction import PaymentTransaction, Review
from tests.exploration import octo
from tests.exploration.clock import A_MINUTE_AGO, FAR, NOW, TERMS

AMOUNT: Final = Money(10_000, Currency.UZS)
PART: Final = Money(6_000, Currency.UZS)
OTHER: Final = Money(9_999, Currency.UZS)
# A refund of all takes two operations.
POLICY: Final = RefundPolicy(smallest_minor={}, largest_minor={Currency.UZS: PART.amount_minor})
_WORDS: Final = (
    Word.UNKNOWN,
    Word.CREATED,
    Word.WAIT_USER_ACTION,
    Word.WAITING_FOR_CAPTURE,
    Word.SUCCEEDED,
    Word.CANCELED,
)


class Said(NamedTuple):
    """A statement of OCTO. `late`: a read that began a minute ago. `card`: whose check verificationInfo tells of, if it answers."""

    word: int
    source: Source
    late: bool = False
    card: int | None = None
    part: bool = False
    other_amount: bool = False
    refunded_minor: int = 0


class Act(NamedTuple):
    """`fresh`: the question was asked in the present turn. `card`: a payment id, 0 where OCTO names none."""

    kind: str
    attempt: int = 0
    fresh: bool = True
    card: int = 0
    part: bool = False
    refund: str = ""
    minor: int = 0
    said: Said | None = None


def perform(books: Books, act: Act, moved: Callable[[PaymentTransaction, Act], PaymentTransaction]) -> Books:
    """`moved` is `moved_by`, or remembers it. Raises a Refusal where the domain does not allow it."""
    if act.kind == "attempt":
        return books.attempted(TERMS, NOW)
    if act.kind == "cancel the order":
        return books.cancelled(NOW)
    transaction = books.transactions[act.attempt]
    if act.kind in _ONLY_CURRENT and transaction is not books.current:
        raise TransactionSuperseded()
    if act.kind in _ONLY_PAYABLE:
        books.require_payable()
    if act.kind == "capture":
        books.require_capturable()
    return books.with_(moved(transaction, act))


def moved_by(transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
    return _ACTS[act.kind](transaction, act)


def _report(transaction: PaymentTransaction, act: Act) -> Report:
    said = act.said
    assert said is not None
    amount = OTHER if said.other_amount else PART if said.part else AMOUNT
    is_known = said.word != octo.ABSENT
    return Report(
        _WORDS[said.word],
        said.source,
        A_MINUTE_AGO if said.late else NOW,
        turn=None if said.source is Source.CALLBACK else _turn(transaction, act),
        known=is_known,
        octo_transaction_id=f"octo-{act.attempt}" if is_known else None,
        octo_pay_url="page" if is_known else None,
        amount=amount if is_known else None,
        refunded_minor=said.refunded_minor if is_known else None,
        verification=None if said.card is None else _code_sent(said.card),
    )


def _turn(transaction: PaymentTransaction, act: Act) -> int:
    return transaction.turn if act.fresh else transaction.turn - 1


def _code_sent(card: int) -> Verification:
    return Verification(Way.OTP, payment_id=card or None, verify_id=1, code_until=FAR)


def _hear(transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
    return transaction.hear(_report(transaction, act))


def _callback(transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
    """One that is signed, for an id that we know; see the use case of notifications."""
    report = _report(transaction, act)
    if transaction.cell(report) is To.REVIEW and transaction.is_mismatch(report):
        return transaction.doubted(Review.CALLBACK_MISMATCH, NOW)
    return transaction.hear(report)


def _sms(transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
    return transaction.card_answered(_turn(transaction, act), Verification(Way.OTP, payment_id=act.card), NOW)


def _bank(transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
    redirect = Verification(Way.REDIRECT, payment_id=act.card, redirect_url="bank")
    return transaction.card_answered(_turn(transaction, act), redirect, NOW)


def _hold_asked(transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
    return transaction.capture_hold((PART if act.part else AMOUNT).amount_minor, NOW)


_ACTS: Final[Mapping[str, Callable[[PaymentTransaction, Act], PaymentTransaction]]] = {
    "repeat prepare": lambda t, a: t.prepare(NOW),
    "prepare denied": lambda t, a: t.prepare_refused("5", NOW),
    "card": lambda t, a: t.send_card(str(a.card), NOW),
    "card answered, sms": _sms,
    "card answered, bank's page": _bank,
    "card answered, taken": lambda t, a: t.card_answered(_turn(t, a), None, NOW),
    "card never left": lambda t, a: t.card_never_left(_turn(t, a), NOW),
    "denied": lambda t, a: t.denied(_turn(t, a), "1", NOW),
    "verification": lambda t, a: t.verified(_turn(t, a), _code_sent(a.card), NOW),
    "code": lambda t, a: t.send_code(NOW),
    "code answered": lambda t, a: t.code_answered(_turn(t, a), NOW),
    "code never left": lambda t, a: t.code_never_left(_turn(t, a), NOW),
    "resend": lambda t, a: t.resend_code(NOW),
    "capture": _hold_asked,
    "release": lambda t, a: t.release_hold(NOW),
    "hold call never left": lambda t, a: t.hold_call_never_left(_turn(t, a), NOW),
    "release late": lambda t, a: t.release_late(NOW),
    "late release undone": lambda t, a: t.late_release_undone(_turn(t, a), NOW),
    "request refund": lambda t, a: t.request_refund(a.minor, "", POLICY, NOW),
    "send refund": lambda t, a: t.send_refund(a.refund, NOW),
    "refund done": lambda t, a: t.refund_answered(a.refund, done=True, refund_id=None, at=NOW),
    "refund pending": lambda t, a: t.refund_answered(a.refund, done=False, refund_id=None, at=NOW),
    "refund failed": lambda t, a: t.refund_failed(a.refund, NOW),
    "refund denied": lambda t, a: t.refund_denied(a.refund, "3", NOW),
    "refund never left": lambda t, a: t.refund_never_left(a.refund, NOW),
    "withdraw": lambda t, a: t.withdraw(NOW),
    "give up": lambda t, a: t.give_up(NOW),
    "hear": _hear,
    "callback": _callback,
    "check soon": lambda t, a: t.check_soon(NOW),
    "not reached": lambda t, a: t.not_reached(NOW),
}
# What a payer or a shop asks for is asked of the attempt that they see, and a card or a code never of an order that is paid.
_ONLY_PAYABLE: Final = frozenset({"repeat prepare", "card", "code", "resend"})
_ONLY_CURRENT: Final = _ONLY_PAYABLE | {"withdraw", "capture", "release"}
