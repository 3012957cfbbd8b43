"""An in-memory little OCTO: it behaves sensibly by itself, does what a script says instead, and keeps count."""

import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, NamedTuple

from domain.card import Card, OneTimeCode, Scheme, TokenCard
from domain.money import Money
from domain.moves import Word
from domain.order import Order
from domain.ports import Answered, CardAccepted, Denied, Exchange, NeverLeft, RefundTaken, RefundWord, Unknown
from domain.receipt import FiscalData
from domain.refund import Operation
from domain.report import Report, Source, Verification, Way
from domain.transaction import PaymentTransaction

RIGHT_CODE: Final = "111111"
CODE_LIFETIME: Final = timedelta(seconds=120)
MAX_WRONG_CODES: Final = 3

Outcome = Answered[Any] | NeverLeft | Denied | Unknown
Step = Callable[[Callable[[], Outcome]], Outcome]


class Seen(NamedTuple):
    """One call that was made of the gateway."""

    call: str
    shop_transaction_id: str


@dataclass
class Payment:
    """OCTO's record. Tests may write into it, as OCTO would."""

    octo_transaction_id: str
    transaction: PaymentTransaction
    word: Word = Word.CREATED
    payment_id: int | None = None
    verify_id: int | None = None
    wrong_codes: int = 0
    debits: int = 0
    refunded_minor: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    taken: Money | None = None


def exchange(call: str) -> Exchange:
    return Exchange(call, {}, None)


def answered(value: object, call: str = "scripted") -> Answered[Any]:
    return Answered(value, exchange(call))


def never_left(call: str = "scripted") -> NeverLeft:
    return NeverLeft(exchange(call))


def denied(code: str, call: str = "scripted") -> Denied:
    return Denied(code, exchange(call))


def unknown(reason: str = "timeout", call: str = "scripted") -> Unknown:
    return Unknown(reason, exchange(call))


def lost(proceed: Callable[[], Outcome]) -> Outcome:
    """A step for `script`: OCTO does it, and its answer is lost."""
    proceed()
    return unknown("answer lost")


class FakeGateway:
    """`script("pay", unknown())` takes one call's place; a callable gets `proceed`, which does what would have been done."""

    def __init__(self) -> None:
        self.calls: list[Seen] = []
        self.payments: dict[str, Payment] = {}
        self._scripts: dict[str, deque[Outcome | Step]] = defaultdict(deque)
        # Long enough to be found nowhere by chance, be it in the hex of a request's id.
        self._number = 773_100_000_000
        self._receipts = count(7733)
        self.tokens: list[str] = []
        # OCTO's own time of refunds, where it tells one.
        self.refunds_at: datetime | None = None

    def script(self, call: str, *outcomes: Outcome | Step) -> None:
        """Queued for the next calls of this name, which is the port's."""
        self._scripts[call].extend(outcomes)

    def count(self, call: str) -> int:
        return sum(seen.call == call for seen in self.calls)

    def payment(self, transaction: PaymentTransaction) -> Payment:
        return self.payments[transaction.shop_transaction_id]

    # ---- the port

    def prepare(
        self, order: Order, transaction: PaymentTransaction, at: datetime
    ) -> Answered[Report] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            key = transaction.shop_transaction_id
            self.payments.setdefault(key, Payment(str(uuid.uuid5(uuid.NAMESPACE_URL, key)), transaction))
            return answered(self._report(transaction, Source.ANSWER, at), "prepare")

        return self._play("prepare", transaction, proceed)

    def read_status(
        self, transaction: PaymentTransaction, at: datetime
    ) -> Answered[Report] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            if transaction.shop_transaction_id not in self.payments:
                return denied("1", "read_status")
            return answered(self._report(transaction, Source.READ, at), "read_status")

        return self._play("read_status", transaction, proceed)

    def pay(
        self, order: Order, transaction: PaymentTransaction, card: Card
    ) -> Answered[CardAccepted] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment = self.payment(transaction)
            if payment.word not in (Word.CREATED, Word.WAIT_USER_ACTION):
                return denied("1", "pay")
            payment.word, payment.payment_id, payment.verify_id = Word.WAIT_USER_ACTION, self._next(), None
            page = f"https://pay2.octo.uz/{card.scheme}/sms/{payment.octo_transaction_id}"
            way = Way.REDIRECT if card.scheme is Scheme.BANK_CARD else Way.OTP
            return answered(CardAccepted(Verification(way, payment.payment_id, redirect_url=page)), "pay")

        return self._play("pay", transaction, proceed)

    def pay_by_token(
        self, order: Order, transaction: PaymentTransaction, card: TokenCard
    ) -> Answered[CardAccepted] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            self.tokens.append(card.token.text)
            payment = self.payment(transaction)
            payment.word, payment.payment_id, payment.verify_id = Word.WAIT_USER_ACTION, self._next(), None
            way = Way.REDIRECT if card.scheme is Scheme.BANK_CARD else Way.OTP
            page = f"https://pay2.octo.uz/{card.scheme}/sms/{payment.octo_transaction_id}"
            return answered(CardAccepted(Verification(way, payment.payment_id, redirect_url=page)), "pay_by_token")

        return self._play("pay_by_token", transaction, proceed)

    def verification_info(
        self, transaction: PaymentTransaction, at: datetime
    ) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment = self.payment(transaction)
            if payment.payment_id is None or payment.word is not Word.WAIT_USER_ACTION:
                return answered(Verification(Way.OTP), "verification_info")
            payment.verify_id = payment.verify_id or self._next()
            return answered(
                Verification(
                    Way.OTP,
                    payment.payment_id,
                    payment.verify_id,
                    phone="+998** *****27",
                    code_until=at + CODE_LIFETIME,
                ),
                "verification_info",
            )

        return self._play("verification_info", transaction, proceed)

    def check_code(
        self, transaction: PaymentTransaction, code: OneTimeCode
    ) -> Answered[None] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment, verification = self.payment(transaction), transaction.verification
            asked = (verification.payment_id, verification.verify_id) if verification else (None, None)
            if asked != (payment.payment_id, payment.verify_id) or payment.word is not Word.WAIT_USER_ACTION:
                return denied("1", "check_code")
            if code.digits == RIGHT_CODE:
                payment.word, payment.debits = Word.SUCCEEDED, payment.debits + 1
                return answered(None, "check_code")
            payment.wrong_codes += 1
            if payment.wrong_codes == MAX_WRONG_CODES:
                payment.word = Word.CANCELED
            return denied("-270", "check_code")

        return self._play("check_code", transaction, proceed)

    def resend_code(
        self, transaction: PaymentTransaction, card: Card, at: datetime
    ) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment = self.payment(transaction)
            payment.verify_id = self._next()
            found = Verification(
                Way.OTP, None, payment.verify_id, phone="+998** *****27", code_until=at + CODE_LIFETIME
            )
            return answered(found, "resend_code")

        return self._play("resend_code", transaction, proceed)

    def capture(self, transaction: PaymentTransaction, amount: Money) -> Answered[None] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment = self.payment(transaction)
            if payment.word is not Word.WAITING_FOR_CAPTURE:
                return denied("10", "capture")
            payment.word, payment.debits, payment.taken = Word.SUCCEEDED, payment.debits + 1, amount
            return answered(None, "capture")

        return self._play("capture", transaction, proceed)

    def release(self, transaction: PaymentTransaction) -> Answered[None] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment = self.payment(transaction)
            if payment.word is not Word.WAITING_FOR_CAPTURE:
                return denied("10", "release")
            payment.word = Word.CANCELED
            return answered(None, "release")

        return self._play("release", transaction, proceed)

    def refund(
        self, transaction: PaymentTransaction, operation: Operation
    ) -> Answered[RefundTaken] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            payment = self.payment(transaction)
            if operation.shop_refund_id not in payment.refunds:
                payment.refunds[operation.shop_refund_id] = operation.amount_minor
                payment.refunded_minor += operation.amount_minor
            taken = RefundTaken(RefundWord.SUCCEEDED, f"refund of {operation.shop_refund_id}", self.refunds_at)
            return answered(taken, "refund")

        return self._play("refund", transaction, proceed)

    def fiscal_data(self, transaction: PaymentTransaction) -> Answered[FiscalData] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            number = next(self._receipts)
            link = f"https://ofd.soliq.uz/epi?t=UZ000000000001&r={number}&c=20260105140502&s=000000000017"
            given = FiscalData(
                terminal_id="UZ000000000001",
                receipt_id=number,
                issued_at=datetime(2026, 1, 5, 9, 5, 2, tzinfo=UTC),
                fiscal_sign="000000000017",
                qr_code_url=link,
            )
            return answered(given, "fiscal_data")

        return self._play("fiscal_data", transaction, proceed)

    # ---- inside

    def _play(self, call: str, transaction: PaymentTransaction, proceed: Callable[[], Outcome]) -> Outcome:
        self.calls.append(Seen(call, transaction.shop_transaction_id))
        if not self._scripts[call]:
            return proceed()
        step = self._scripts[call].popleft()
        return step(proceed) if callable(step) else step

    def _report(self, transaction: PaymentTransaction, source: Source, at: datetime) -> Report:
        payment = self.payment(transaction)
        return Report(
            payment.word,
            source,
            at,
            turn=transaction.turn,
            octo_transaction_id=payment.octo_transaction_id,
            amount=payment.taken or payment.transaction.amount,
            refunded_minor=payment.refunded_minor,
            octo_pay_url=f"https://pay2.octo.uz/pay/{payment.octo_transaction_id}",
        )

    def _next(self) -> int:
        self._number += 1
        return self._number
