"""OCTO as the domain wants it: each call with one of four outcomes."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from secrets import token_hex
from typing import Final

from adapters.deadline import ends_in
from adapters.octo import answers, wire
from adapters.octo.outcome import Outcome, judge, parsed
from adapters.octo.strict_json import Unreadable
from adapters.octo.transport import Lost, NotSent, Reply, Transport
from adapters.octo.wire import Account, ExpOrder, PayFields, Question
from adapters.octo.words import TOO_OFTEN
from domain.card import Card, OneTimeCode, TokenCard
from domain.money import Money
from domain.order import Order
from domain.ports import Answered, CardAccepted, Denied, NeverLeft, RefundTaken, Unknown
from domain.receipt import FiscalData
from domain.refund import Operation
from domain.refusals import refuses_shop
from domain.report import Report, Source, Verification
from domain.transaction import PaymentTransaction

# OCTO allows one status read per second and payment; the margin is for its clock.
TOO_OFTEN_WAIT_SECONDS: Final = 1.1
# Where verificationInfo is not served by GET.
_NOT_BY_GET: Final = frozenset({404, 405, 415})


@dataclass(frozen=True, slots=True, kw_only=True)
class OctoSettings:
    """`short_deadline_seconds` is for codes and holds: it stays below the 15 seconds after which the domain takes a lost one for gone."""

    api_url: str
    shop_id: int
    secret: str = field(repr=False)
    deadline_seconds: float = 25
    short_deadline_seconds: float = 12
    connect_seconds: float = 5
    exp_order: ExpOrder = ExpOrder.YYMM
    pay_fields: PayFields = field(default_factory=PayFields)
    # OCTO's text has another path, its clients this one; of the token's name a guide differs.
    binding_code_path: str = "/bind_card/check_sms_key"
    block_field: str = "card_token"
    breaker_failures: int = 10
    breaker_seconds: float = 10


class OctoGateway:
    """The domain's Gateway. One per process: it holds the connections and the breaker."""

    def __init__(
        self, settings: OctoSettings, *, sleep: Callable[[float], None] = time.sleep, tls: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._account = Account(settings.shop_id, settings.secret)
        self._sleep = sleep
        self._transport = Transport(
            settings.api_url,
            connect_seconds=settings.connect_seconds,
            breaker_failures=settings.breaker_failures,
            breaker_seconds=settings.breaker_seconds,
            tls=tls,
        )

    def prepare(
        self, order: Order, transaction: PaymentTransaction, at: datetime
    ) -> Answered[Report] | NeverLeft | Denied | Unknown:
        question = wire.prepare(self._account, order, transaction)
        came = self._repeatable(question, self._until())
        return judge(question, came, lambda found: answers.report(found, transaction, Source.ANSWER, at))

    def read_status(
        self, transaction: PaymentTransaction, at: datetime
    ) -> Answered[Report] | NeverLeft | Denied | Unknown:
        question = wire.read_status(self._account, transaction.shop_transaction_id)
        until = self._until()

        def ask() -> Outcome[Report]:
            came = self._repeatable(question, until)
            return judge(question, came, lambda found: answers.report(found, transaction, Source.READ, at))

        outcome = ask()
        if isinstance(outcome, Unknown) and outcome.reason == f"error {TOO_OFTEN}":
            self._sleep(TOO_OFTEN_WAIT_SECONDS)
            return ask()
        return outcome

    def pay(
        self, order: Order, transaction: PaymentTransaction, card: Card
    ) -> Answered[CardAccepted] | NeverLeft | Denied | Unknown:
        question = wire.pay(order, transaction, card, self._settings.pay_fields, self._settings.exp_order)
        came = self._once(question, self._until())
        return judge(question, came, lambda found: answers.card_accepted(found, transaction, card.scheme))

    def pay_by_token(
        self, order: Order, transaction: PaymentTransaction, card: TokenCard
    ) -> Answered[CardAccepted] | NeverLeft | Denied | Unknown:
        question = wire.pay_by_token(order, transaction, card, self._settings.pay_fields)
        came = self._once(question, self._until())
        return judge(question, came, lambda found: answers.card_accepted(found, transaction, card.scheme))

    def verification_info(
        self, transaction: PaymentTransaction, at: datetime
    ) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        get, post = (wire.verification_info(transaction, post=post) for post in (False, True))
        return self._info(get, post, at)

    def check_code(
        self, transaction: PaymentTransaction, code: OneTimeCode
    ) -> Answered[None] | NeverLeft | Denied | Unknown:
        question = wire.check_code(transaction, code)
        came = self._once(question, self._soon())
        return judge(question, came, lambda found: answers.taken(found, transaction))

    def resend_code(
        self, transaction: PaymentTransaction, card: Card, at: datetime
    ) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        question = wire.resend_code(transaction, card)
        came = self._once(question, self._until())
        return judge(question, came, lambda found: answers.verification(found, at))

    def capture(self, transaction: PaymentTransaction, amount: Money) -> Answered[None] | NeverLeft | Denied | Unknown:
        question = wire.capture(self._account, transaction, amount)
        came = self._once(question, self._soon())
        return judge(question, came, lambda found: answers.taken(found, transaction))

    def release(self, transaction: PaymentTransaction) -> Answered[None] | NeverLeft | Denied | Unknown:
        question = wire.release(self._account, transaction)
        came = self._once(question, self._soon())
        return judge(question, came, lambda found: answers.taken(found, transaction))

    def refund(
        self, transaction: PaymentTransaction, operation: Operation
    ) -> Answered[RefundTaken] | NeverLeft | Denied | Unknown:
        """Not repeated in here: the domain counts what was sent, because a no to a repeat proves nothing."""
        question = wire.refund(self._account, transaction, operation)
        came = self._once(question, self._until())
        return judge(question, came, lambda found: answers.refund_taken(found, transaction))

    def fiscal_data(self, transaction: PaymentTransaction) -> Answered[FiscalData] | NeverLeft | Denied | Unknown:
        question = wire.fiscal_data(self._account, transaction)
        return judge(question, self._repeatable(question, self._until()), answers.fiscal_data)

    def knows_shop(self) -> bool | None:
        """False where OCTO refuses the shop's number or secret, None where it does not answer."""
        # No such payment is there, and none comes of asking.
        question = wire.read_status(self._account, f"nobody-{token_hex(8)}")
        match judge(question, self._repeatable(question, self._until()), answers.nothing):
            case Denied(code=code):
                return not refuses_shop(code)
            case Answered():
                return True
            case _:
                return None

    def _info(
        self, get: Question, post: Question, at: datetime
    ) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        question, until = get, self._until()
        came = self._repeatable(question, until)
        if isinstance(came, Reply) and _wants_post(came):
            question = post
            came = self._repeatable(question, until)
        return judge(question, came, lambda found: answers.verification(found, at))

    def _soon(self) -> float:
        return ends_in(min(self._settings.short_deadline_seconds, self._settings.deadline_seconds))

    def _until(self) -> float:
        return ends_in(self._settings.deadline_seconds)

    def _once(self, question: Question, until: float) -> Reply | NotSent | Lost:
        try:
            return self._transport.once(question.method, question.path, question.body, until=until)
        except (NotSent, Lost) as failure:
            return failure

    def _repeatable(self, question: Question, until: float) -> Reply | NotSent | Lost:
        try:
            return self._transport.repeatedly(question.method, question.path, question.body, until=until)
        except (NotSent, Lost) as failure:
            return failure


def _wants_post(reply: Reply) -> bool:
    if reply.status in _NOT_BY_GET:
        return True
    if not (reply.status == HTTPStatus.OK or HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR):
        return False
    try:
        parsed(reply)
    except Unreadable:
        return True
    return False
