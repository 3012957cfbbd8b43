"""SavedCard: a card that a shop's customer has let it keep, as a token of OCTO's; its number is never known here after the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NewType

from domain import schedule
from domain.card import Scheme
from domain.card_moves import CARD_MOVES, CardMove, CardStatus, TokenWord
from domain.errors import CodeInProgress, OtpExpired, OtpNotExpected, OtpNotSent, OtpNotUsed, OtpRejected
from domain.order import Owner
from domain.report import MAX_CODES_WRONG, Verification, Way

SavedCardId = NewType("SavedCardId", str)
Payload = Mapping[str, Any]

# OCTO names no life of a binding; a payment's, and a code's, are far shorter.
LIFE: Final = timedelta(minutes=30)
# Whoever revokes a card has OCTO block it at once; should that be cut short, it is done after so long. A blocked one stays blocked.
BLOCK_AGAIN_AFTER: Final = timedelta(minutes=2)
# Why it failed, where OCTO has not seen it: the same request may begin another one.
NEVER_LEFT: Final = "never_left"


class CardCall(StrEnum):
    """A call about to leave, committed before it does."""

    BIND = "bind"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """Every method returns the next one. Results of calls come with the `turn` of their intent; one of an earlier turn changes nothing."""

    id: SavedCardId
    owner: Owner
    customer_user_id: str
    scheme: Scheme
    first6: str
    last4: str
    created_at: datetime
    expires_at: datetime
    status: CardStatus = CardStatus.INIT
    in_flight: CardCall | None = CardCall.BIND
    turn: int = 1
    octo_binding_id: str | None = None
    verification: Verification | None = None
    code_sent_at: datetime | None = None
    code_accepted: bool = False
    codes_wrong: int = 0
    token_sealed: str | None = field(default=None, repr=False)
    error_code: str | None = None
    asked_at: datetime | None = None
    # Names the very request that began it, so that a repeat whose answer was lost finds it again.
    request_key: str | None = None
    next_check_at: datetime | None = None
    checks: int = 0
    request_payload: Payload | None = None
    response_payload: Payload | None = None
    version: int = 0

    @property
    def is_pending(self) -> bool:
        return self.status in (CardStatus.INIT, CardStatus.VERIFYING)

    @property
    def is_usable(self) -> bool:
        return self.status is CardStatus.ACTIVE

    @property
    def is_to_be_blocked(self) -> bool:
        """Revoked here, and not yet at OCTO."""
        return self.status is CardStatus.BLOCKED and self.token_sealed is not None

    @property
    def lacks_code(self) -> bool:
        """A code was promised, and verificationInfo has not told of it."""
        check = self.verification
        return (
            self.status is CardStatus.VERIFYING
            and check is not None
            and check.way is Way.OTP
            and check.verify_id is None
            and not self.code_accepted
        )

    @property
    def tries_left(self) -> int:
        """Codes that OCTO still checks before it ends the binding."""
        return max(0, MAX_CODES_WRONG - self.codes_wrong) if self.is_pending else 0

    @property
    def verification_url(self) -> str | None:
        """The bank's page, where the card is proved there."""
        check = self.verification
        away = self.status is CardStatus.VERIFYING and check is not None and check.way is Way.REDIRECT
        return check.redirect_url if away and check else None

    @classmethod
    def begun(
        cls,
        id: SavedCardId,  # noqa: A002  the field's name
        owner: Owner,
        customer_user_id: str,
        *,
        scheme: Scheme,
        first6: str,
        last4: str,
        at: datetime,
        request_key: str | None = None,
    ) -> "SavedCard":
        """The intent to send bind_card."""
        expires_at = at + LIFE
        return cls(
            id=id,
            owner=owner,
            customer_user_id=customer_user_id,
            scheme=scheme,
            first6=first6,
            last4=last4,
            created_at=at,
            expires_at=expires_at,
            request_key=request_key,
            next_check_at=expires_at,
        )

    # ---- bind_card

    def bound(self, octo_binding_id: str, page: str | None) -> "SavedCard":
        if self.in_flight is not CardCall.BIND or self.status is not CardStatus.INIT:
            return replace(self, octo_binding_id=self.octo_binding_id or octo_binding_id)
        way = Way.REDIRECT if self.scheme is Scheme.BANK_CARD else Way.OTP
        check = Verification(way, redirect_url=page)
        return self._move(CardMove.BOUND, octo_binding_id=octo_binding_id, verification=check)

    def bind_failed(self, error_code: str) -> "SavedCard":
        """OCTO refused it, or it never left: the card is not known to OCTO."""
        if self.in_flight is not CardCall.BIND or self.status is not CardStatus.INIT:
            return self
        return self._move(CardMove.REFUSED, error_code=error_code)

    def asked(self, at: datetime) -> "SavedCard":
        """The intent to ask for the code, where one is missing; once a second, however many pages poll."""
        just_now = self.asked_at is not None and abs(at - self.asked_at) < schedule.MIN_BETWEEN_READS
        return replace(self, asked_at=at) if self.lacks_code and not just_now else self

    def verified(self, turn: int, found: Verification) -> "SavedCard":
        """verificationInfo's news."""
        if self.turn != turn or not self.lacks_code:
            return self
        return replace(self, verification=found)

    # ---- the code

    def send_code(self, at: datetime) -> "SavedCard":
        """The intent to have a code checked. One whose answer was lost is over after a while, for nothing tells of its outcome but
        the token itself."""
        if self.status is not CardStatus.VERIFYING or self.code_accepted:
            raise OtpNotExpected(status=self.status)
        check = self.verification
        if check is None or check.way is Way.REDIRECT:
            raise OtpNotUsed(verification_url=self.verification_url)
        just_now = self.code_sent_at is not None and at - self.code_sent_at < schedule.BETWEEN_LOST_CALL_READS
        if self.in_flight is CardCall.CODE and just_now:
            raise CodeInProgress(status=self.status)
        if check.verify_id is None:
            raise OtpNotSent()
        if check.is_over(at):
            raise OtpExpired()
        return self._move(CardMove.CODE, in_flight=CardCall.CODE, code_sent_at=at, error_code=None)

    def code_answered(self, turn: int) -> "SavedCard":
        """OCTO took the code; the token is on its way."""
        return replace(self, in_flight=None, code_accepted=True) if self._awaits_code(turn) else self

    def code_denied(self, turn: int, octo_code: str, at: datetime) -> "SavedCard":
        if not self._awaits_code(turn):
            return self
        if self.verification and self.verification.refused_as_late(octo_code, at):
            return replace(self, in_flight=None, error_code=OtpExpired.code)
        wrong = self.codes_wrong + 1
        if wrong >= MAX_CODES_WRONG:
            return self._move(CardMove.USED_UP, codes_wrong=wrong, error_code=OtpRejected.code)
        return replace(self, in_flight=None, codes_wrong=wrong, error_code=OtpRejected.code)

    def code_never_left(self, turn: int) -> "SavedCard":
        return replace(self, in_flight=None) if self._awaits_code(turn) else self

    def _awaits_code(self, turn: int) -> bool:
        return self.status is CardStatus.VERIFYING and self.in_flight is CardCall.CODE and self.turn == turn

    # ---- OCTO's callbacks, which may come at any time and again

    def token_given(self, token_sealed: str, at: datetime) -> "SavedCard":
        """Of a card that was revoked meanwhile, the token is kept until OCTO has blocked it."""
        if CardMove.TOKEN not in CARD_MOVES[self.status] or self.token_sealed is not None:
            return self
        given = self._move(CardMove.TOKEN, token_sealed=token_sealed)
        revoked = given.status is CardStatus.BLOCKED
        return replace(given, error_code=self.error_code if revoked else None, next_check_at=at if revoked else None)

    def resealed(self, before: str | None, after: str) -> "SavedCard":
        """The same token under another key, if it is still the same."""
        return replace(self, token_sealed=after) if before is not None and self.token_sealed == before else self

    def ended_by_octo(self, word: TokenWord) -> "SavedCard":
        """OCTO calls the token failed or blocked."""
        move = {TokenWord.FAILED: CardMove.FAILED, TokenWord.BLOCKED: CardMove.BLOCKED}.get(word)
        if move is None or move not in CARD_MOVES[self.status]:
            return self
        return self._move(move, token_sealed=None, error_code=self.error_code or f"{word}_by_octo")

    # ---- the end

    def revoke(self, at: datetime) -> "SavedCard":
        """The customer's or the shop's wish: from now on it pays nothing."""
        if self.status in (CardStatus.BLOCKED, CardStatus.FAILED):
            return self
        revoked = self._move(CardMove.REVOKE)
        return replace(revoked, next_check_at=at + BLOCK_AGAIN_AFTER if revoked.is_to_be_blocked else None)

    def forgotten(self) -> "SavedCard":
        """OCTO has blocked the token, or has none."""
        return replace(self, token_sealed=None, next_check_at=None) if self.is_to_be_blocked else self

    def not_blocked(self, at: datetime) -> "SavedCard":
        """OCTO could not be asked, or did not say: again later."""
        if not self.is_to_be_blocked:
            return self
        return replace(self, next_check_at=schedule.back_off(at, self.checks), checks=self.checks + 1)

    def expired(self, at: datetime) -> "SavedCard":
        """No token has come for so long. One that still comes is taken."""
        if not self.is_pending or at < self.expires_at:
            return self
        return self._move(CardMove.EXPIRE, error_code=self.error_code or "expired")

    # ---- the rest

    def exchanged(self, call: str, request: Payload, response: Payload | None) -> "SavedCard":
        """Keeps the latest request and response of each call, which come without anything secret."""
        requests = {**(self.request_payload or {}), call: request}
        responses = {**(self.response_payload or {}), call: response}
        return replace(self, request_payload=requests, response_payload=responses)

    def _move(self, move: CardMove, **changes: Any) -> "SavedCard":
        """The only place that writes `status`."""
        status = CARD_MOVES[self.status][move]
        fresh: dict[str, Any] = {"status": status, "in_flight": None, "turn": self.turn + 1}
        if status not in (CardStatus.INIT, CardStatus.VERIFYING):
            fresh |= {"verification": None, "next_check_at": None, "checks": 0}
        return replace(self, **(fresh | changes))
