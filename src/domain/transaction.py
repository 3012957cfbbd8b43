"""PaymentTransaction: one attempt to pay an order at OCTO, and everything that we may do to it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from domain import schedule
from domain.attempt import Call, Capture, EarlierCard, Mode, OrderId, Payload, Review, ShopTransactionId, Terms
from domain.errors import (
    CaptureAboveHold,
    CardDeclined,
    GatewayMismatch,
    MoneyHeld,
    NoRefundUnderWay,
    NotHeld,
    OtpExpired,
    OtpNotExpected,
    OtpNotSent,
    OtpNotUsed,
    PaidOnGatewayPage,
    PaymentFinal,
    PaymentInProgress,
    PaymentNotReady,
    RefundInProgress,
    ResendLimitReached,
    ResendTooSoon,
    WithdrawalRequested,
)
from domain.hearing import HearingAttempt
from domain.moves import MOVES, Move, Stage, Status
from domain.refund import OperationStatus, RefundPolicy, require_refundable
from domain.report import Verification, Way

# OCTO publishes no number of resends; the code's own life is 120 seconds.
MAX_CODES_SENT: Final = 4
COOL_DOWN: Final = timedelta(seconds=30)
# Of one refund operation, in the end once an hour: OCTO has not said for most of a day what has become of it.
SENDINGS_BEFORE_REVIEW: Final = 24

__all__ = [
    "Call",
    "Capture",
    "Mode",
    "OrderId",
    "Payload",
    "PaymentTransaction",
    "Review",
    "ShopTransactionId",
    "Terms",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTransaction(HearingAttempt):
    """Every method returns the next transaction; a move that the table does not allow raises a Conflict.

    Results of calls come with the `turn` of their intent. One that is not of the latest turn is no move any more and changes nothing.
    """

    # ---- prepare

    def prepare(self, at: datetime) -> Self:
        """The intent to send prepare_payment, the first time or again; its life counts from the latest one sent."""
        self._only_in(Stage.PENDING)
        expires_at = at + timedelta(minutes=self.terms.ttl_minutes)
        return replace(self, expires_at=expires_at, overdue_since=None)._scheduled(at)

    def prepare_refused(self, code: str, at: datetime) -> Self:
        if self.stage is not Stage.PENDING:
            return self
        refused = self._move(Move.PREPARE_REFUSED, at, error_code=code)
        return refused._called_canceled(at)

    # ---- card

    def has_sent(self, card_fingerprints: tuple[str, ...]) -> bool:
        """This very card, by any of its fingerprints, is on its way, or at OCTO awaits its payer: sent again, it would be a double click.

        That holds after its code's time as well: a request may be repeated late, and OCTO may have charged the card already.
        Another code is had by `resend_code`.
        """
        if self.card_fingerprint not in card_fingerprints:
            return False
        return self.status is Status.PROCESSING or (self.stage is Stage.VERIFYING and self.verification is not None)

    def send_card(self, card_fingerprint: str, at: datetime) -> Self:
        """The intent to send a card. It forgets payment id and verifyId, which belong to the card before it."""
        self._takes_input()
        if self.mode is Mode.REDIRECT:
            raise PaidOnGatewayPage(octo_pay_url=self.octo_pay_url)
        return self._move(
            Move.CARD,
            at,
            turn=self.turn + 1,
            before_card=self.verification and EarlierCard(self.verification, self.card_fingerprint),
            verification=None,
            card_open=True,
            card_fingerprint=card_fingerprint,
            cards_sent=self.cards_sent + 1,
            error_code=None,
        )

    def card_never_left(self, turn: int, at: datetime) -> Self:
        if not self._awaits(Stage.PAYING, turn):
            return self
        return self._back(Move.CARD_NEVER_LEFT, at, cards_sent=self.cards_sent - 1)

    def verified(self, turn: int, found: Verification, at: datetime) -> Self:
        """verificationInfo's news of the code that was sent for the card at hand."""
        if not self._awaits(Stage.VERIFYING, turn) or self.verification is None:
            return self
        payment_id = found.payment_id or self.verification.payment_id
        merged = replace(found, payment_id=payment_id, redirect_url=self.verification.redirect_url)
        return replace(self, verification=merged, in_flight=None)._scheduled(at)

    # ---- code

    def send_code(self, at: datetime) -> Self:
        """The intent to have a code checked."""
        self._takes_input()
        if self.stage is not Stage.VERIFYING:
            raise OtpNotExpected(status=self.status)
        if self.verification is None or self.verification.way is Way.REDIRECT:
            raise OtpNotUsed(verification_url=self.verification_url)
        if self.verification.verify_id is None:
            raise OtpNotSent()
        if self.verification.is_over(at):
            raise OtpExpired()
        return self._move(Move.CODE, at, turn=self.turn + 1, error_code=None)

    def code_answered(self, turn: int, at: datetime) -> Self:
        """OCTO took the code. Only a callback or a status read makes it a success."""
        return self._move(Move.CODE_ANSWERED, at, turn=turn + 1) if self._awaits(Stage.CHECKING, turn) else self

    def code_never_left(self, turn: int, at: datetime) -> Self:
        return self._move(Move.CODE_NEVER_LEFT, at, turn=turn + 1) if self._awaits(Stage.CHECKING, turn) else self

    def resend_code(self, at: datetime) -> Self:
        """The intent to have a new code sent. It forgets the verifyId, which the next verificationInfo gives again."""
        self._takes_input()
        if self.stage is not Stage.VERIFYING:
            raise OtpNotExpected(status=self.status)
        if self.verification is None or self.verification.way is Way.REDIRECT or self.verification.payment_id is None:
            raise OtpNotUsed(verification_url=self.verification_url)
        self._cool_down(at)
        forgotten = replace(self.verification, verify_id=None, code_until=None)
        return self._move(
            Move.RESEND,
            at,
            turn=self.turn + 1,
            in_flight=Call.RESEND,
            verification=forgotten,
            codes_sent=self.codes_sent + 1,
            code_sent_at=at,
        )

    def _cool_down(self, at: datetime) -> None:
        if self.codes_sent >= MAX_CODES_SENT:
            raise ResendLimitReached()
        # A clock that is behind the one of the machine before must not make this minutes.
        ago = COOL_DOWN if self.code_sent_at is None else abs(at - self.code_sent_at)
        if ago < COOL_DOWN:
            wait = COOL_DOWN - ago
            raise ResendTooSoon(retry_after_seconds=int(wait.total_seconds()) + 1)

    def denied(self, turn: int, code: str, at: datetime) -> Self:
        """OCTO refused the call in flight. What that means, the next status read decides."""
        if self.turn != turn or self.stage not in (Stage.PAYING, Stage.CHECKING, Stage.HELD):
            return self
        return replace(self, denial=code, turn=turn + 1)._scheduled(at)

    # ---- hold

    def capture_hold(self, amount_minor: int, at: datetime) -> Self:
        """The intent to take the hold or a part of it. Raises NotHeld, CaptureAboveHold, or PaymentInProgress while one is unanswered."""
        if not 0 < amount_minor <= self.amount.amount_minor:
            raise CaptureAboveHold(held_minor=self.amount.amount_minor)
        asked = (*(minor for minor in self.captures_asked if minor != amount_minor), amount_minor)
        return self._hold_call(Move.CAPTURE, Call.CAPTURE, at, captures_asked=asked)

    def release_hold(self, at: datetime) -> Self:
        """The intent to give the hold back. Raises as capture_hold does."""
        return self._hold_call(Move.RELEASE, Call.RELEASE, at)

    def hold_call_never_left(self, turn: int, at: datetime) -> Self:
        """The sum asked for may come true all the same: OCTO may have been told it in the answer to a callback meanwhile."""
        if not self._awaits(Stage.HELD, turn):
            return self
        return replace(self, in_flight=None, turn=turn + 1)._scheduled(at)

    def release_late(self, at: datetime) -> Self:
        """The intent to give back a hold that OCTO reported after the end. Unchanged where one is unanswered or none is due."""
        if not self.release_due or self.in_flight is not None:
            return self._later(at)
        return replace(self, in_flight=Call.RELEASE, open_since=None, turn=self.turn + 1)._later(at)

    def late_release_undone(self, turn: int, at: datetime) -> Self:
        """The call never left, or OCTO refused it: it may be tried again."""
        if self.turn != turn or self.is_live:
            return self
        return replace(self, in_flight=None, turn=turn + 1)._scheduled(at)

    def _hold_call(self, move: Move, call: Call, at: datetime, **changes: Any) -> Self:
        if self.status in (Status.PREPARED, Status.VERIFICATION_REQUIRED):
            raise NotHeld(status=self.status)
        if self.held and self.in_flight is not None:
            raise PaymentInProgress(status=self.status)
        return self._move(move, at, turn=self.turn + 1, in_flight=call, **changes)

    # ---- refund

    def request_refund(
        self, amount_minor: int, reason: str, policy: RefundPolicy, at: datetime, request_key: str | None = None
    ) -> Self:
        """Raises NotRefundable, InvalidRefund, and RefundInProgress while another is on its way."""
        if self.refunds.next_operation is not None:
            raise RefundInProgress()
        require_refundable(amount_minor, captured_minor=self.captured_minor or 0, refunded_minor=self.refunded_minor)
        sums = policy.split(amount_minor, self.amount.currency)
        requested = self.refunds.requested(self.shop_transaction_id, amount_minor, reason, sums, at, request_key)
        return replace(self, refunds=requested, checks=0)._scheduled(at)

    def send_refund(self, shop_refund_id: str, at: datetime) -> Self:
        """The intent to send one operation, the first time or, with the same id, again."""
        refunds = self.refunds.sent(shop_refund_id, self.refunded_minor)
        is_stuck = refunds.operation(shop_refund_id).times_sent == SENDINGS_BEFORE_REVIEW
        reviews = self._again(Review.UNRESOLVED_REFUND) if is_stuck else self.reviews
        return replace(self, refunds=refunds, reviews=reviews, turn=self.turn + 1)._scheduled(at)

    def refund_given_up(self, shop_refund_id: str, at: datetime) -> Self:
        """A person has found out that this operation will never be carried out. Raises NoRefundUnderWay where it is not the one under way.

        Should OCTO carry it out all the same, its refunded sum shows a refund that is unknown here, at the latest a day later.
        """
        operation = self.refunds.next_operation
        if operation is None or operation.shop_refund_id != shop_refund_id:
            raise NoRefundUnderWay()
        refunds, look = self.refunds.given_up(shop_refund_id), at + schedule.SECOND_LOOK
        return replace(self, refunds=refunds, second_look_at=look)._scheduled(at)

    def refund_never_left(self, shop_refund_id: str, at: datetime) -> Self:
        return replace(self, refunds=self.refunds.never_left(shop_refund_id))._later(at)

    def refund_answered(
        self, shop_refund_id: str, *, done: bool, refund_id: str | None, at: datetime, told_at: datetime | None = None
    ) -> Self:
        """OCTO took the operation. Only where it says succeeded (`done`) has the money moved, and at `told_at` by its own clock."""
        if not done:
            return self._later(at)
        refunds = self.refunds.succeeded(shop_refund_id, refund_id, told_at)
        operation = refunds.operation(shop_refund_id)
        in_all = min(operation.base_minor + operation.amount_minor, self.captured_minor or 0)
        refunded = max(self.refunded_minor, in_all)
        return replace(self, refunds=refunds, refunded_minor=refunded, checks=0)._scheduled(at)

    def refund_failed(self, shop_refund_id: str, at: datetime) -> Self:
        """OCTO took the operation and says that it came to nothing."""
        return replace(self, refunds=self.refunds.failed(shop_refund_id), checks=0)._scheduled(at)

    def refund_denied(self, shop_refund_id: str, code: str, at: datetime) -> Self:
        """OCTO said no. After a repeat that may mean that the first one was carried out: then a person has to look."""
        refunds = self.refunds.denied(shop_refund_id, code)
        unresolved = refunds.operation(shop_refund_id).status is OperationStatus.IN_FLIGHT
        reviews = self._again(Review.UNRESOLVED_REFUND) if unresolved else self.reviews
        return replace(self, refunds=refunds, reviews=reviews, turn=self.turn + 1)._later(at)

    # ---- the end, without OCTO's word

    def withdraw(self, at: datetime) -> Self:
        """The shop's wish: at once where nobody can pay behind our back, otherwise no more cards or codes."""
        if not self.is_live:
            raise PaymentFinal(status=self.status)
        if self.held and self.in_flight is None:
            raise MoneyHeld(status=self.status)
        if self.status is Status.PROCESSING:
            raise PaymentInProgress(status=self.status)
        if self.is_closable and Move.WITHDRAW in MOVES[self.stage]:
            return self._move(Move.WITHDRAW, at, cancel_requested_at=at, error_code="withdrawn")
        return replace(self, cancel_requested_at=self.cancel_requested_at or at, turn=self.turn + 1)

    def make_room(self, at: datetime) -> Self:
        """Its cards are used up, and another attempt takes its place. Nobody has withdrawn it: it ended with its last card's refusal."""
        return self._move(Move.CLOSE, at, error_code=self.error_code or CardDeclined.code)

    # ---- the rest

    def exchanged(self, call: str, request: Payload, response: Payload | None) -> Self:
        """Keeps the latest request and response of each call, which come without anything secret."""
        requests = {**(self.request_payload or {}), call: request}
        responses = {**(self.response_payload or {}), call: response}
        return replace(self, request_payload=requests, response_payload=responses)

    def _takes_input(self) -> None:
        """The checks that are the same for a card, a code and a new code."""
        if not self.is_live:
            raise PaymentFinal(status=self.status)
        if self.cancel_requested_at is not None:
            raise WithdrawalRequested()
        if Review.MISMATCH in self.reviews:
            raise GatewayMismatch()
        if self.status is Status.PENDING:
            raise PaymentNotReady(status=self.status)
        if self.status is Status.PROCESSING:
            raise PaymentInProgress(status=self.status)

    def _only_in(self, stage: Stage) -> None:
        if self.stage is not stage:
            raise self._refusal()
