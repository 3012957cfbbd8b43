"""The state of one attempt to pay: its fields, what can be read off them, and the one place that writes `status`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType, Self

from domain import schedule
from domain.errors import PaymentFinal, PaymentInProgress, PaymentNotReady, Refusal
from domain.limits import RULES, Limit
from domain.money import Money
from domain.moves import FINAL, MOVES, Move, Stage, Status, To, Word
from domain.refund import NO_REFUNDS, Refunds
from domain.report import MAX_CODES_WRONG, NOTHING_KNOWN, Facts, Verification, Way

ShopTransactionId = NewType("ShopTransactionId", str)
OrderId = NewType("OrderId", str)
Payload = Mapping[str, Any]


class Call(StrEnum):
    """A call that was about to leave, committed before it does, so that a crash leaves a durable question behind."""

    PREPARE = "prepare"
    PAY = "pay"
    OTP = "otp"
    RESEND = "resend"
    CAPTURE = "capture"
    RELEASE = "release"


class Mode(StrEnum):
    OWN_PAGE = "own_page"
    REDIRECT = "redirect"


class Capture(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Review(StrEnum):
    """Why a person has to look."""

    LATE_SUCCESS = "late_success"
    PAID_AFTER_WITHDRAWAL = "paid_after_withdrawal"
    PAID_AFTER_CANCELLATION = "paid_after_cancellation"
    SECOND_CHARGE = "second_charge"
    MISMATCH = "gateway_mismatch"
    CALLBACK_MISMATCH = "callback_mismatch"
    CONTRADICTION = "gateway_contradiction"
    LATE_HOLD = "late_hold"
    UNKNOWN_REFUND = "unknown_refund"
    UNRESOLVED_REFUND = "unresolved_refund"
    GIVEN_UP = "given_up"


# What a stage is made of. HELD keeps the call in flight (capture, release), VERIFYING a resend; both start without one.
_PARTS: Final[Mapping[Stage, tuple[Status, Call | None, bool]]] = {
    Stage.PENDING: (Status.PENDING, Call.PREPARE, False),
    Stage.PREPARED: (Status.PREPARED, None, False),
    Stage.VERIFYING: (Status.VERIFICATION_REQUIRED, None, False),
    Stage.PAYING: (Status.PROCESSING, Call.PAY, False),
    Stage.CHECKING: (Status.PROCESSING, Call.OTP, False),
    Stage.PROCESSING: (Status.PROCESSING, None, False),
    Stage.HELD: (Status.PROCESSING, None, True),
    Stage.SUCCESS: (Status.SUCCESS, None, False),
    Stage.FAILED: (Status.FAILED, None, False),
    Stage.CANCELLED: (Status.CANCELLED, None, False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What prepare_payment was asked for, kept so that a repeat is identical."""

    language: str
    ttl_minutes: int
    methods: tuple[str, ...]
    return_url: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class EarlierCard:
    """A card that awaits its code while OCTO has yet to answer about another one."""

    verification: Verification
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptState:
    """The fields of a PaymentTransaction (see there)."""

    shop_transaction_id: ShopTransactionId
    order_id: OrderId
    attempt: int
    amount: Money
    mode: Mode = Mode.OWN_PAGE
    capture: Capture = Capture.AUTOMATIC
    test: bool
    terms: Terms
    created_at: datetime
    expires_at: datetime
    status: Status = Status.PENDING
    in_flight: Call | None = Call.PREPARE
    held: bool = False
    turn: int = 1
    octo_transaction_id: str | None = None
    octo_pay_url: str | None = None
    verification: Verification | None = None
    before_card: EarlierCard | None = None
    card_open: bool = False  # a card is unanswered or accepted
    card_fingerprint: str | None = None  # keyed, of the card at hand, so that a double click is known for what it is
    cards_sent: int = 0
    codes_sent: int = 0  # by SMS, of all cards
    code_sent_at: datetime | None = None
    codes_wrong: int = 0
    card_seen: bool = False  # at OCTO, whoever sent it
    denial: str | None = None  # OCTO refused the call in flight; an open read makes it final
    error_code: str | None = None
    cancel_requested_at: datetime | None = None
    captures_asked: tuple[int, ...] = ()  # sums in minor units; OCTO may have carried out any of them
    captured_minor: int | None = None  # what a success took
    release_due: bool = False
    held_at: datetime | None = None
    refunded_minor: int = 0
    refunds: Refunds = NO_REFUNDS
    facts: Facts = NOTHING_KNOWN
    reviews: tuple[Review, ...] = ()
    reviews_seen: int = 0  # so many of them, from the first, a person has looked at
    octo_final: Word | None = None
    second_look_at: datetime | None = None  # what OCTO called canceled, or a refund given up, is read once more
    next_check_at: datetime | None = None
    checks: int = 0
    asked_at: datetime | None = None
    open_since: datetime | None = None
    overdue_since: datetime | None = None
    request_payload: Payload | None = None
    response_payload: Payload | None = None

    @property
    def stage(self) -> Stage:
        if self.status is not Status.PROCESSING:
            return Stage(self.status.value)
        if self.held:
            return Stage.HELD
        return {Call.PAY: Stage.PAYING, Call.OTP: Stage.CHECKING}.get(self.in_flight, Stage.PROCESSING)  # type: ignore[arg-type]

    @property
    def is_live(self) -> bool:
        return self.stage not in FINAL

    @property
    def is_away(self) -> bool:
        """The payer acts at OCTO's or the bank's page, where we do not see it."""
        return self.mode is Mode.REDIRECT or (self.verification is not None and self.verification.way is Way.REDIRECT)

    @property
    def is_unresolved(self) -> bool:
        """OCTO knows something that we do not."""
        return self.status in (Status.PENDING, Status.PROCESSING)

    @property
    def tries_left(self) -> int:
        """Codes that OCTO still checks before it cancels the payment."""
        awaited = self.status is Status.VERIFICATION_REQUIRED
        return max(0, MAX_CODES_WRONG - self.codes_wrong) if awaited else 0

    @property
    def octo_payment_id(self) -> int | None:
        return self.verification.payment_id if self.verification else None

    @property
    def verification_url(self) -> str | None:
        """Where the payer has to go, if anywhere."""
        if self.status is not Status.VERIFICATION_REQUIRED:
            return None
        return self.octo_pay_url if self.verification is None else self.verification.redirect_url

    @property
    def net_minor(self) -> int | None:
        """What OCTO pays out of a success, where it has told it."""
        return None if self.captured_minor is None else self.facts.transfer_minor

    @property
    def commission_minor(self) -> int | None:
        """What OCTO keeps of a success, where it has told what it pays out."""
        return None if self.captured_minor is None or self.net_minor is None else self.captured_minor - self.net_minor

    @property
    def reviews_left(self) -> tuple[Review, ...]:
        return self.reviews[self.reviews_seen :]

    @property
    def is_closable(self) -> bool:
        """No card is unanswered or accepted, ours or another's, and OCTO's own page was not handed out: nobody can pay behind our back."""
        anothers_card = self.card_seen and not self.cards_sent
        return not self.card_open and not anothers_card and not (self.mode is Mode.REDIRECT and self.octo_pay_url)

    @property
    def is_used_up(self) -> bool:
        """As many cards were refused as one payment takes, and none of them is still at OCTO."""
        most = RULES[Limit.CARDS_OF_PAYMENT].at_most
        return self.stage is Stage.PREPARED and self.is_closable and self.cards_sent >= most

    def _refusal(self) -> Refusal:
        if not self.is_live:
            return PaymentFinal(status=self.status)
        refusal = PaymentNotReady if self.status is Status.PENDING else PaymentInProgress
        return refusal(status=self.status)

    def _awaits(self, stage: Stage, turn: int) -> bool:
        return self.stage is stage and self.turn == turn

    def _back(self, move: Move, at: datetime, **changes: Any) -> Self:
        """To where the card found it, with what belongs to the card before it."""
        earlier = self.before_card
        return self._move(
            move,
            at,
            turn=self.turn + 1,
            verification=earlier and earlier.verification,
            card_fingerprint=earlier and earlier.fingerprint,
            before_card=None,
            card_open=earlier is not None,
            **changes,
        )

    def _move(self, move: Move, at: datetime, **changes: Any) -> Self:
        to = MOVES[self.stage].get(move)
        if to is None:
            raise self._refusal()
        return self._become(self.stage if to is To.STAY else self._stage_of(to), at, **changes)

    def _stage_of(self, to: To) -> Stage:
        if to is To.ENDED:
            return Stage.FAILED if self.cards_sent or self.card_seen else Stage.CANCELLED
        if to is To.BACK:
            return Stage.VERIFYING if self.before_card else Stage.PREPARED
        return Stage(to.value)

    def _become(self, stage: Stage, at: datetime, **changes: Any) -> Self:
        """The only place that writes `status`."""
        status, in_flight, held = _PARTS[stage]
        parts = {"status": status, "in_flight": in_flight, "held": held, "denial": None}
        fresh: dict[str, Any] = {"checks": 0, "open_since": None, "overdue_since": None}
        if stage in FINAL:
            fresh["card_fingerprint"] = fresh["before_card"] = None
        return replace(self, **(parts | fresh | changes))._scheduled(at)

    def _later(self, at: datetime) -> Self:
        return replace(self, checks=self.checks + 1)._scheduled(at)

    def _scheduled(self, at: datetime) -> Self:
        return replace(self, next_check_at=self._due(at))

    def _due(self, at: datetime) -> datetime | None:
        """When OCTO is asked next, so that nothing open is ever forgotten."""
        match self.stage:
            case Stage.SUCCESS if self.refunds.next_operation is not None:
                return schedule.back_off(at, self.checks)
            case Stage.FAILED | Stage.CANCELLED if self.release_due or self.in_flight:
                return schedule.back_off(at, self.checks)
            case Stage.SUCCESS | Stage.FAILED | Stage.CANCELLED if self.second_look_at is not None:
                return self.second_look_at if at < self.second_look_at else schedule.back_off(at, self.checks)
            case Stage.SUCCESS:
                return None
            case Stage.FAILED | Stage.CANCELLED:
                return None if self.octo_final else schedule.watch(at, self.checks)
            case Stage.PREPARED | Stage.VERIFYING if not self.is_away:
                return schedule.quiet_until(self.expires_at, at, self.checks)
            case _:
                return schedule.back_off(at, self.checks)

    def _again(self, review: Review) -> tuple[Review, ...]:
        """For what is about other money each time: a person who has looked at the one before has to look once more."""
        return self.reviews if review in self.reviews_left else (*self.reviews, review)

    def _and(self, *reviews: Review) -> tuple[Review, ...]:
        return self.reviews + tuple(r for r in reviews if r not in self.reviews)
