"""Saving a card: a customer lets the shop keep it, and proves that it is theirs.

The same shape as a payment: the intent is committed, the call leaves, its result is committed. OCTO gives the token in a callback alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.card import Card, OneTimeCode
from domain.card_journal import CardEvent
from domain.card_moves import CardStatus
from domain.errors import Busy, CardNotSaved, GatewayUnavailable, OtpExpired, OtpRejected, SavedCardNotFound
from domain.journal import Cause
from domain.order import Owner, Scope
from domain.ports import (
    Answered,
    BindingRequest,
    Bound,
    CallbackSecrets,
    CardFingerprints,
    CardGateway,
    Clock,
    Denied,
    Exchange,
    Ids,
    NeverLeft,
    StorageUnavailable,
    Units,
    Unknown,
)
from domain.refusals import OctoCall, Reason, reason_of
from domain.saved_card import NEVER_LEFT, SavedCard, SavedCardId
from domain.use_cases import limiting
from domain.use_cases.changing_cards import AlsoOfCard, CardDecision, ChangingCards, any_card, owned_card

# OCTO's reasons that say nothing of the card.
_OUR_FAULT: Final = frozenset({Reason.MALFORMED, Reason.CREDENTIALS})


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingPolicy:
    """The addresses that go into each bind_card."""

    frontend_url: str
    notify_url: str
    callback_url: str

    def request(self, card_id: SavedCardId, phone: str, secret: str) -> BindingRequest:
        return BindingRequest(
            phone=phone,
            return_url=f"{self.frontend_url}/cards/{card_id}/",
            notify_url=self.notify_url,
            callback_url=f"{self.callback_url}/{card_id}",
            callback_secret=secret,
        )


class SavingCards:
    def __init__(
        self,
        changing: ChangingCards,
        reading: Units,
        gateway: CardGateway,
        secrets: CallbackSecrets,
        fingerprints: CardFingerprints,
        clock: Clock,
        ids: Ids,
        policy: BindingPolicy,
    ) -> None:
        self._changing = changing
        self._reading = reading
        self._gateway = gateway
        self._secrets = secrets
        self._fingerprints = fingerprints
        self._clock = clock
        self._ids = ids
        self._policy = policy

    def save(
        self,
        owner: Owner,
        customer_user_id: str,
        card: Card,
        *,
        phone: str,
        cause: Cause,
        request_keys: tuple[str, ...] = (),
    ) -> SavedCard:
        """`verifying`: the payer proves the card with a code, or on the bank's page. `init`: whether OCTO took it is not known.

        `request_keys` name the request, the one to be kept first: where one of them has begun a card before, it is that card, as it
        stands now. Raises CardNotSaved, TooManyCards, CardsPaused, and GatewayUnavailable where nothing left.
        """
        at, fingerprint = self._clock.now(), self._fingerprints.of(card)[0]
        begun = SavedCard.begun(
            self._ids.saved_card_id(),
            owner,
            customer_user_id,
            scheme=card.scheme,
            first6=card.first6,
            last4=card.last4,
            at=at,
            request_key=next(iter(request_keys), None),
        )
        stored = self._changing.begin(
            begun, request_keys, cause, lambda unit, saved: limiting.counting_binding(unit, saved, fingerprint, at)
        )
        if stored.id == begun.id:
            request = self._policy.request(begun.id, phone, self._secrets.of(begun.id))
            return self._answered(begun, self._gateway.bind(begun, card, request), cause)
        if stored.error_code == CardNotSaved.code:
            raise CardNotSaved()
        return self._with_code(stored, cause)

    def _answered(
        self, begun: SavedCard, outcome: Answered[Bound] | NeverLeft | Denied | Unknown, cause: Cause
    ) -> SavedCard:
        key, at = begun.id, self._clock.now()
        match outcome:
            case Answered(value=bound):
                answered = self._result(
                    begun,
                    outcome.exchange,
                    lambda c: c.bound(bound.octo_binding_id, bound.page).asked(at),
                    cause,
                    lambda unit, saved: limiting.hearing_of_binding(unit, saved, at, refused=False),
                )
                return self._code_of(answered, cause)
            case NeverLeft():
                self._changing.result(key, outcome.exchange, lambda c: c.bind_failed(NEVER_LEFT), cause)
                raise GatewayUnavailable()
            case Denied(code=code):
                self._result(
                    begun,
                    outcome.exchange,
                    lambda c: c.bind_failed(CardNotSaved.code),
                    cause,
                    lambda unit, saved: limiting.hearing_of_binding(unit, saved, at, refused=True),
                )
                # As little is said of a card as when it pays; what was wrong with the request itself may be known.
                raise CardNotSaved(**({"octo_code": code} if reason_of(OctoCall.BIND, code) in _OUR_FAULT else {}))
            case _:
                return self._result(begun, outcome.exchange, lambda c: c, cause)

    def verify(self, card_id: str, scope: Scope, code: OneTimeCode, cause: Cause) -> SavedCard:
        """Has a code checked. Where OCTO took it, or its answer is not known, the card is `active` once the token has come.

        Raises OtpRejected (with `status` failed if that was the last try), OtpExpired where the code came too late for OCTO,
        GatewayUnavailable where nothing left, and the Conflicts of SavedCard.send_code.
        """
        at = self._clock.now()
        card = self._changing.change(owned_card(card_id, scope), lambda c: c.send_code(at), cause)
        key, turn = card.id, card.turn
        outcome = self._gateway.check_binding_code(card, code)
        match outcome:
            case Answered():
                return self._changing.result(key, outcome.exchange, lambda c: c.code_answered(turn), cause)
            case NeverLeft():
                self._changing.result(key, outcome.exchange, lambda c: c.code_never_left(turn), cause)
                raise GatewayUnavailable()
            case Denied(code=refusal):
                now = self._clock.now()
                after = self._changing.result(key, outcome.exchange, lambda c: c.code_denied(turn, refusal, now), cause)
                if after.status is CardStatus.ACTIVE:
                    return after
                if after.is_pending and after.error_code == OtpExpired.code:
                    raise OtpExpired()
                raise OtpRejected(status=after.status, tries_left=after.tries_left)
            case _:
                return self._changing.result(key, outcome.exchange, lambda c: c, cause)

    def get(self, card_id: str, scope: Scope, cause: Cause) -> SavedCard:
        """How it stands; where we have not heard of the code that OCTO sent, OCTO is asked."""
        return self._with_code(self._changing.read(owned_card(card_id, scope)), cause)

    def trail(self, card_id: str) -> tuple[SavedCard, Sequence[CardEvent]]:
        """A card, whosever it is, and what happened to it, oldest first; for whoever runs the service. Raises SavedCardNotFound."""
        with self._reading() as unit:
            card = unit.cards.by_id(card_id)
            if card is None:
                raise SavedCardNotFound()
            return card, unit.cards.history(card.id)

    def of_customer(self, customer_user_id: str, scope: Scope) -> Sequence[SavedCard]:
        with self._reading() as unit:
            return unit.cards.of_customer(customer_user_id, scope)

    def _with_code(self, card: SavedCard, cause: Cause) -> SavedCard:
        if not card.lacks_code:
            return card
        at = self._clock.now()
        reserved = self._changing.change(any_card(card.id), lambda c: c.asked(at), cause)
        return self._code_of(reserved, cause) if reserved.asked_at == at else reserved

    def _code_of(self, card: SavedCard, cause: Cause) -> SavedCard:
        """Asks for the code, where one is missing. Whoever calls has reserved it with SavedCard.asked."""
        if not card.lacks_code:
            return card
        outcome = self._gateway.binding_info(card, self._clock.now())

        def learned(now: SavedCard) -> SavedCard:
            return now.verified(card.turn, outcome.value) if isinstance(outcome, Answered) else now

        return self._result(card, outcome.exchange, learned, cause)

    def _result(
        self,
        before: SavedCard,
        exchange: Exchange,
        decide: CardDecision,
        cause: Cause,
        also: AlsoOfCard | None = None,
    ) -> SavedCard:
        """Or the card as it was, where the result cannot be kept: an error would only have it sent again."""
        try:
            return self._changing.result(before.id, exchange, decide, cause, also)
        except (StorageUnavailable, Busy):
            return before
