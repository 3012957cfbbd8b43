"""Paying an order: initiate, confirm with a card, verify the code, follow the status, withdraw.

Every call to OCTO has the same shape: the intent is committed, the call leaves, its result is committed. No database
transaction is open while OCTO is called, so that a crash anywhere leaves a question that settlement can ask.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.books import Books
from domain.card import Card, OneTimeCode
from domain.errors import (
    CardDeclined,
    FiscalItemNotRegistered,
    GatewayMismatch,
    GatewayRefused,
    GatewayUnavailable,
    OtpExpired,
    OtpRejected,
    PaymentFinal,
)
from domain.journal import Cause
from domain.moves import Stage, Status
from domain.order import Order, OrderStatus, Scope
from domain.ports import Answered, CardFingerprints, Clock, Denied, Exchange, Gateway, NeverLeft
from domain.refusals import OctoCall, Reason, reason_of
from domain.transaction import PaymentTransaction, Review, ShopTransactionId, Terms
from domain.use_cases import limiting
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Also, Changing, Move, owned
from domain.use_cases.following import Following, wants_asking
from domain.use_cases.sending_cards import CardSending


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsPolicy:
    """What goes into each prepare_payment. `uzbek` is OCTO's word for the shop's script: oz (Latin) or uz (Cyrillic)."""

    frontend_url: str
    notify_url: str
    ttl_minutes: int
    methods: tuple[str, ...]
    uzbek: str

    def terms(self, order: Order, language: str) -> Terms:
        return Terms(
            language=self.uzbek if language == "uz" else language,
            ttl_minutes=self.ttl_minutes,
            methods=self.methods,
            return_url=f"{self.frontend_url}/payment/{order.id}/",
            notify_url=self.notify_url,
        )


class Payments:
    def __init__(
        self,
        changing: Changing,
        asking: Asking,
        gateway: Gateway,
        fingerprints: CardFingerprints,
        clock: Clock,
        policy: TermsPolicy,
    ) -> None:
        self._changing = changing
        self._asking = asking
        self._gateway = gateway
        self._fingerprints = fingerprints
        self._clock = clock
        self._policy = policy
        self._following = Following(changing, asking, clock)
        self._sending = CardSending(changing, asking, clock)

    def initiate(self, order_id: str, scope: Scope, language: str, cause: Cause) -> PaymentTransaction:
        """The live attempt in whatever status, or a new one that OCTO has registered: also in place of one that takes no more cards.

        Raises OrderNotPayable, GatewayRefused, FiscalItemNotRegistered, GatewayMismatch, and GatewayUnavailable where it is not
        known whether OCTO registered the payment: the same call again repeats the identical request.
        """
        find = owned(order_id, scope)
        self._following.ask_about_expired(find, cause)
        at = self._clock.now()

        books = self._changing.change(
            find, lambda found: _begun(found, self._policy.terms(found.order, language), at), cause
        )
        transaction = books.current
        if transaction.stage is not Stage.PENDING:
            return transaction
        outcome = self._gateway.prepare(books.order, transaction, at)
        key = transaction.shop_transaction_id
        match outcome:
            case Answered(value=report):
                prepared = self._result(key, outcome.exchange, lambda t: t.hear(report), cause)
                if Review.MISMATCH in prepared.reviews:
                    raise GatewayMismatch()
                return prepared
            case Denied():
                refusal = _registration_refused(books.order, outcome)
                self._result(key, outcome.exchange, lambda t: t.prepare_refused(refusal.code, at), cause)
                raise refusal
            case _:
                self._result(key, outcome.exchange, lambda t: t, cause)
                raise GatewayUnavailable()

    def confirm(
        self, order_id: str, scope: Scope, octo_transaction_id: str | None, card: Card, cause: Cause
    ) -> PaymentTransaction:
        """Sends a card. `octo_transaction_id` None means the current attempt (a payer knows no ids).

        `verification_required`: the payer must act. `processing`: the outcome is not known yet. Raises CardDeclined where OCTO
        said no, GatewayUnavailable where nothing left, TooManyCards, CardsPaused, and the Conflicts of PaymentTransaction.send_card.
        """
        fingerprints = self._fingerprints.of(card)
        return self._sending.send(
            order_id,
            scope,
            octo_transaction_id,
            fingerprints,
            lambda order, t: self._gateway.pay(order, t, card),
            cause,
        )

    def verify_otp(
        self, order_id: str, scope: Scope, octo_transaction_id: str | None, code: OneTimeCode, cause: Cause
    ) -> PaymentTransaction:
        """Has a code checked. Never success by itself: a callback or a status read makes it one.

        Raises OtpRejected where OCTO said no (with `status` failed if that was the last try), OtpExpired where the code came too
        late for it, GatewayUnavailable where nothing left, TooManyCodes, and the Conflicts of PaymentTransaction.send_code.
        """
        find, at = owned(order_id, scope), self._clock.now()
        self._following.ask_about_unresolved(find, octo_transaction_id, cause)

        def intent(books: Books) -> Books:
            sent = books.with_(books.addressed(octo_transaction_id).send_code(at))
            books.require_payable()
            return sent

        transaction = self._changing.change(find, intent, cause, limiting.counting_code(at)).current
        key, turn = transaction.shop_transaction_id, transaction.turn
        outcome = self._gateway.check_code(transaction, code)
        at = self._clock.now()
        match outcome:
            case Answered():
                return self._result(key, outcome.exchange, lambda t: t.code_answered(turn, at), cause)
            case NeverLeft():
                back = limiting.taking_code_back(key, turn)
                self._result(key, outcome.exchange, lambda t: t.code_never_left(turn, at), cause, back)
                raise GatewayUnavailable()
            case Denied(code=refusal):
                self._result(key, outcome.exchange, lambda t: t.denied(turn, refusal, at), cause)
                after = self._asking.ask(key, cause, insist=True)[key]
                if after.status in (Status.VERIFICATION_REQUIRED, Status.FAILED, Status.CANCELLED):
                    raise _code_refused(after, self._clock.now())
                return after
            case _:
                return self._result(key, outcome.exchange, lambda t: t, cause)

    def status(self, order_id: str, scope: Scope, cause: Cause) -> PaymentTransaction:
        """How the current attempt stands; where that is not settled here, OCTO is asked. Raises PaymentNotStarted."""
        transaction = self._changing.read(owned(order_id, scope)).current
        key = transaction.shop_transaction_id
        if wants_asking(transaction, self._clock.now()):
            transaction = self._asking.ask(key, cause)[key]
        return self._following.with_code(transaction, cause)

    def withdraw(self, order_id: str, scope: Scope, cause: Cause) -> PaymentTransaction:
        """Raises PaymentInProgress while a card or a code is on its way, MoneyHeld afterwards, PaymentFinal after the end."""
        at = self._clock.now()
        return self._changing.change(
            owned(order_id, scope), lambda books: books.with_(books.current.withdraw(at)), cause
        ).current

    def _result(
        self, key: ShopTransactionId, exchange: Exchange, move: Move, cause: Cause, also: Also | None = None
    ) -> PaymentTransaction:
        return self._changing.result(key, exchange, move, self._clock.now(), cause, also)[key]


def _begun(books: Books, terms: Terms, at: datetime) -> Books:
    """With a live attempt: the one that is there, or a new one where there is none or it takes no more cards."""
    if books.live is not None and books.live.is_used_up:
        books = books.with_(books.live.make_room(at))
    live = books.live
    if live is None:
        return books.attempted(terms, at)
    if books.order.status is not OrderStatus.AUTHORIZED:
        books.require_payable()
    return books.with_(live.prepare(at)) if live.stage is Stage.PENDING else books


def _registration_refused(order: Order, denied: Denied) -> FiscalItemNotRegistered | GatewayRefused:
    if reason_of(OctoCall.PREPARE, denied.code) is Reason.FISCAL and order.is_fiscal:
        return FiscalItemNotRegistered(octo_code=denied.code, octo_message=denied.message)
    return GatewayRefused(octo_code=denied.code)


def _code_refused(after: PaymentTransaction, at: datetime) -> CardDeclined | OtpExpired | OtpRejected | PaymentFinal:
    if after.is_live and after.error_code == OtpExpired.code:
        return OtpExpired()
    if after.error_code == CardDeclined.code:
        return CardDeclined(status=after.status)
    if not after.is_live and after.error_code != OtpRejected.code:
        return PaymentFinal(status=after.status)
    left = after.verification.seconds_left(at) if after.verification else 0
    return OtpRejected(status=after.status, seconds_left=left, tries_left=after.tries_left)
