"""What OCTO says of a payment, and what becomes of it: the right half of the table of moves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from domain import schedule
from domain.attempt import AttemptState, Mode, Review
from domain.errors import CardDeclined, NothingToReview, OtpExpired, OtpRejected
from domain.moves import MOVES, REPORTS, Move, Stage, To, Word
from domain.refusals import names_wrong_code
from domain.report import MAX_CODES_WRONG, Report, Source, Verification, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingAttempt(AttemptState):
    """An attempt that hears OCTO's reports, whatever they say and whenever they come."""

    def asked(self, at: datetime) -> Self:
        """The intent to read the status; committed first, it keeps all processes together within OCTO's rate."""
        return replace(self, asked_at=at)

    def may_ask(self, at: datetime) -> bool:
        return self.asked_at is None or abs(at - self.asked_at) >= schedule.MIN_BETWEEN_READS

    def not_reached(self, at: datetime) -> Self:
        """Settlement asked and OCTO said nothing: ask again later, also where this was to be the last look."""
        later = self._later(at)
        return replace(later, next_check_at=later.next_check_at or schedule.back_off(at, self.checks))

    def check_soon(self, at: datetime) -> Self:
        """Something is not as it should be, and only a status read can tell."""
        return replace(self, next_check_at=at)

    def doubted(self, review: Review, at: datetime) -> Self:
        """A person has to look, and a status read is due."""
        return replace(self, reviews=self._and(review)).check_soon(at)

    def is_mismatch(self, report: Report) -> bool:
        """The report names another payment, another currency or another sum than this one's."""
        ids = (report.octo_transaction_id, self.octo_transaction_id)
        if None not in ids and ids[0] != ids[1]:
            return True
        if report.amount is None:
            return False
        if report.currency_named and report.amount.currency is not self.amount.currency:
            return True
        return report.amount.amount_minor not in (self.amount.amount_minor, *self.captures_asked)

    def cell(self, report: Report) -> To:
        """What the table makes of this report."""
        return REPORTS[self.stage][self._word(report)]

    def hear(  # noqa: C901  one case for each kind of cell
        self, report: Report, give_up_after: timedelta = schedule.GIVE_UP_AFTER
    ) -> Self:
        """The effect of one report, whatever it says and whenever it comes. `give_up_after` zero: never by age."""
        if not report.known:
            return self._still_open(report, give_up_after)
        cell = self.cell(report)
        if cell is To.REVIEW:
            review = Review.MISMATCH if self.is_mismatch(report) else Review.CONTRADICTION
            return self._flagged(review, report)
        noted = self._noting(report)
        match cell:
            case To.SUCCESS:
                withdrawn = (Review.PAID_AFTER_WITHDRAWAL,) if self.cancel_requested_at else ()
                return noted._succeeded(report, *withdrawn)
            case To.LATE:
                return noted._succeeded(report, Review.LATE_SUCCESS)
            case To.RELEASE:
                return noted._late_hold(report)
            case To.ENDED | To.CANCELLED:
                ended = noted._become(noted._stage_of(cell), report.at, error_code=noted._why(report.at))
                return ended._called_canceled(report.at)
            case To.OLD:
                return noted._old_news(report)
            case To.ALERT:
                return noted._counted(report)
            case To.PREPARED:
                return noted._become(Stage.PREPARED, report.at)
            case To.HELD:
                return noted._held(report)
            case To.STAY | To.PAGE | To.THIS_CARD:
                return noted._still_open(report, give_up_after)
            case _:
                raise AssertionError(f"the table of reports has a cell that nobody carries out: {cell}")

    def card_answered(self, turn: int, verification: Verification | None, at: datetime) -> Self:
        """OCTO took the card. `verification` is None where neither an SMS nor a redirect follows."""
        if not self._awaits(Stage.PAYING, turn):
            return self
        move = Move.CARD_SETTLING if verification is None else Move.CARD_ANSWERED
        answered = self._move(move, at, turn=turn + 1, verification=verification, before_card=None)
        if verification is None or verification.way is Way.REDIRECT:
            return answered
        return replace(answered, codes_sent=self.codes_sent + 1, code_sent_at=at)

    def give_up(self, at: datetime) -> Self:
        """A person closes what OCTO never resolved. It stays under watch; a hold that OCTO still has is given back."""
        move = Move.GIVE_UP_BY_HAND if Move.GIVE_UP_BY_HAND in MOVES[self.stage] else Move.GIVE_UP
        return self._move(move, at, error_code="unresolved", reviews=self._and(Review.GIVEN_UP))

    def reviewed(self) -> Self:
        """A person has looked at all that is flagged so far; what is flagged later is to be looked at again. Raises NothingToReview."""
        if not self.reviews_left:
            raise NothingToReview()
        return replace(self, reviews_seen=len(self.reviews))

    # ---- inside

    def _still_open(self, report: Report, give_up_after: timedelta) -> Self:
        """OCTO says open (or that it knows no such payment). Only a read of the present turn proves anything by that."""
        at = report.at
        if not self.is_live or report.source is not Source.READ or report.turn != self.turn:
            return self._counted(report)
        if report.known and (moved := self._moved_by_open(report)) is not None:
            return moved
        overdue = at >= self.expires_at + schedule.CLOSE_MARGIN
        since = self.overdue_since if overdue else None
        if (
            since
            and at - since >= schedule.BETWEEN_CLOSING_READS
            and self.is_closable
            and Move.CLOSE in MOVES[self.stage]
        ):
            return self._move(Move.CLOSE, at, error_code=self.error_code or "expired")
        too_long = since and give_up_after and report.known and at - since >= give_up_after
        if too_long and not self.is_closable and Move.GIVE_UP in MOVES[self.stage]:
            return self.give_up(at)
        open_since = self.open_since or at if report.known else self.open_since
        waited = replace(self, open_since=open_since, overdue_since=since or at if overdue else None)
        return waited._counted(report)

    def _moved_by_open(self, report: Report) -> Self | None:
        at = report.at
        waited = self.open_since is not None and at - self.open_since >= schedule.BETWEEN_LOST_CALL_READS
        if self.stage is Stage.HELD:
            answered = self.in_flight is not None and (waited or self.denial is not None)
            return replace(self, in_flight=None, denial=None, turn=self.turn + 1)._scheduled(at) if answered else None
        if self.denial and self.stage is Stage.PAYING:
            return self._back(Move.CARD_DENIED, at, error_code="card_declined")
        if self.denial and self.stage is Stage.CHECKING:
            return self._code_denied(self.denial, at)
        if self.stage is Stage.CHECKING and waited:
            return self._move(Move.CODE_LOST, at, turn=self.turn + 1)
        cell = self.cell(report)
        if cell is To.THIS_CARD and self._is_this_card(report.verification):
            return self.card_answered(self.turn, report.verification, at)
        if cell is To.PAGE and self.mode is Mode.REDIRECT:
            return self._become(Stage.VERIFYING, at)
        return None

    def _code_denied(self, denial: str, at: datetime) -> Self:
        if self.verification and self.verification.refused_as_late(denial, at):
            return self._move(Move.CODE_DENIED, at, turn=self.turn + 1, error_code=OtpExpired.code)
        wrong = self.codes_wrong + 1
        return self._move(Move.CODE_DENIED, at, turn=self.turn + 1, error_code=OtpRejected.code, codes_wrong=wrong)

    def _is_this_card(self, found: Verification | None) -> bool:
        """A payment id that no earlier card had."""
        if found is None or found.payment_id is None:
            return False
        return self.before_card is None or self.before_card.verification.payment_id not in (None, found.payment_id)

    def _word(self, report: Report) -> Word:
        return Word.MISMATCH if self.is_mismatch(report) else report.word

    def _noting(self, report: Report) -> Self:
        seen = report.word in (Word.WAIT_USER_ACTION, Word.WAITING_FOR_CAPTURE) or report.facts.masked_card is not None
        is_old_callback = report.source is Source.CALLBACK and self.stage is Stage.SUCCESS
        return replace(
            self,
            octo_transaction_id=self.octo_transaction_id or report.octo_transaction_id,
            octo_pay_url=self.octo_pay_url or report.octo_pay_url,
            card_seen=self.card_seen or seen,
            # What a callback tells besides id and status is unsigned: of what is paid, an old one with other words must not tell anew.
            facts=report.facts.updated(self.facts) if is_old_callback else self.facts.updated(report.facts),
        )

    def _held(self, report: Report) -> Self:
        late = (Review.LATE_HOLD,) if self.cancel_requested_at else ()
        return self._become(Stage.HELD, report.at, held_at=report.at, reviews=self._and(*late))

    def _succeeded(self, report: Report, *reviews: Review) -> Self:
        """OCTO may name the sum that was held in place of what was taken; where several were asked for, a person has to look."""
        named = report.amount.amount_minor if report.amount else None
        asked = self.captures_asked[-1] if self.captures_asked else self.amount.amount_minor
        if len(self.captures_asked) > 1 and named != asked:
            reviews = (*reviews, Review.CONTRADICTION)
        paid = self._become(
            Stage.SUCCESS,
            report.at,
            captured_minor=named if named in self.captures_asked else asked,
            reviews=self._and(*reviews),
            octo_final=Word.SUCCEEDED,
            second_look_at=None,
            error_code=None,
            release_due=False,
        )
        return paid._refunded(report)

    def _called_canceled(self, at: datetime) -> Self:
        look = at + schedule.SECOND_LOOK
        ended = replace(self, octo_final=Word.CANCELED, second_look_at=look, release_due=False, in_flight=None)
        return ended._scheduled(at)

    def _late_hold(self, report: Report) -> Self:
        """It has to be given back. A release whose answer was lost is over after two reads that still see the hold."""
        due = replace(self, release_due=True, reviews=self._and(Review.LATE_HOLD))
        if self.in_flight is None or report.source is not Source.READ or report.turn != self.turn:
            return due._scheduled(report.at)
        since = self.open_since or report.at
        if report.at - since >= schedule.BETWEEN_LOST_CALL_READS:
            return replace(due, in_flight=None, open_since=None, turn=self.turn + 1)._scheduled(report.at)
        return replace(due, open_since=since)._scheduled(report.at)

    def _old_news(self, report: Report) -> Self:
        told = self._refunded(report) if self.stage is Stage.SUCCESS else self
        if report.word is Word.CANCELED and (self.octo_final is None or self.release_due):
            return told._called_canceled(report.at)
        if self.second_look_at and report.source is Source.READ and report.at >= self.second_look_at:
            return replace(told, second_look_at=None)._scheduled(report.at)
        return told._counted(report)

    def _refunded(self, report: Report) -> Self:
        """OCTO's refunded sum shows what became of a refund on its way; what it holds beyond ours is a refund unknown to us."""
        named = self.captured_minor if report.is_refunded and not report.refunded_minor else report.refunded_minor
        if named is None:
            return self
        fresh = report.source is Source.READ and report.turn == self.turn
        refunds = self.refunds.heard(named, since_denial=fresh)
        told = min(max(named, refunds.refunded_minor), self.captured_minor or 0)
        refunded = max(self.refunded_minor, told)
        unknown = refunded > max(self.refunded_minor, refunds.refunded_minor + refunds.open_minor)
        reviews = self._again(Review.UNKNOWN_REFUND) if unknown else self.reviews
        return replace(self, refunds=refunds, refunded_minor=refunded, reviews=reviews)

    def _flagged(self, review: Review, report: Report) -> Self:
        return replace(self, reviews=self._and(review))._counted(report)

    def _why(self, at: datetime) -> str:
        """What the payer is told of an end that OCTO gives no reason for."""
        if self.held:
            return "hold_released"
        if self.error_code or self._was_last_wrong_code():
            return self.error_code or OtpRejected.code
        waited_for_payer = self.stage in (Stage.PREPARED, Stage.VERIFYING)
        ran_out = waited_for_payer and at >= self.expires_at
        return "expired" if ran_out or not self.cards_sent else CardDeclined.code

    def _was_last_wrong_code(self) -> bool:
        """A right code may be followed by the bank's no as well, for want of money."""
        said_so = self.denial is not None and names_wrong_code(self.denial)
        return self.stage is Stage.CHECKING and (said_so or self.codes_wrong + 1 >= MAX_CODES_WRONG)

    def _counted(self, report: Report) -> Self:
        """A read that moved nothing."""
        return self._later(report.at) if report.source is Source.READ and report.scheduled else self
