"""What becomes of a saved card's token: it comes in a callback, is kept encrypted, and is blocked and forgotten in the end."""

from collections.abc import Mapping
from typing import Final

from domain.card import CardToken
from domain.card_moves import TokenWord
from domain.errors import ForgedCallback, MalformedCallback, SavedCardNotUsable
from domain.journal import Cause, Why
from domain.order import Scope
from domain.ports import (
    Answered,
    CallbackSecrets,
    CardGateway,
    Chore,
    Clock,
    Denied,
    Doorbell,
    Sealer,
    TokenReportReader,
    Units,
    Unreadable,
)
from domain.refusals import refuses_shop
from domain.saved_card import SavedCard, SavedCardId
from domain.use_cases.batches import BATCH, LEASE, one_by_one
from domain.use_cases.changing_cards import ChangingCards, any_card, owned_card

ACKNOWLEDGED: Final = {"status": "success", "message": "Callback processed successfully"}

_CAUSE: Final = Cause(Why.SETTLEMENT, actor="saved cards")


class SealedTokens:
    """Sealed together with its card's id, so that a token cannot be moved to another card."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal(self, card_id: SavedCardId, token: CardToken) -> str:
        return self._sealer.seal(f"{card_id} {token.text}")

    def of(self, card: SavedCard) -> CardToken:
        """Raises SavedCardNotUsable."""
        try:
            card_id, _, text = self._sealer.open(card.token_sealed or "").partition(" ")
        except Unreadable:
            card_id, text = "", ""
        if card_id != card.id or not text:
            raise SavedCardNotUsable(status="unreadable")
        return CardToken(text)


class CardCallbacks:
    """Each binding's callback comes to an address of its own, which only OCTO was told: no signature of it is known."""

    def __init__(
        self,
        changing: ChangingCards,
        reader: TokenReportReader,
        tokens: SealedTokens,
        secrets: CallbackSecrets,
        doorbell: Doorbell,
        clock: Clock,
    ) -> None:
        self._changing = changing
        self._reader = reader
        self._tokens = tokens
        self._secrets = secrets
        self._doorbell = doorbell
        self._clock = clock

    def receive(self, card_id: str, secret: str, raw: bytes, cause: Cause) -> Mapping[str, str]:
        """The answer for OCTO, after the token is safely stored. Without it OCTO repeats the callback, and cancels the token in the end.

        Raises ForgedCallback and MalformedCallback.
        """
        if not self._secrets.is_right(card_id, secret):
            raise ForgedCallback()
        report = self._reader.read(raw)
        if report.saved_card_id != card_id:
            raise MalformedCallback(reason="shop_transaction_id")
        key, at = SavedCardId(card_id), self._clock.now()
        sealed = None if report.token is None else self._tokens.seal(key, report.token)

        def heard(card: SavedCard) -> SavedCard:
            if report.word is not TokenWord.ACTIVE:
                return card.ended_by_octo(report.word)
            if sealed is None:
                raise MalformedCallback(reason="card_token")
            return card.token_given(sealed, at)

        card = self._changing.change(any_card(card_id), heard, cause)
        if card.is_to_be_blocked:
            self._doorbell.ring(Chore.TEND_CARDS)
        return ACKNOWLEDGED


class RevokingCards:
    def __init__(
        self, changing: ChangingCards, units: Units, gateway: CardGateway, tokens: SealedTokens, clock: Clock
    ) -> None:
        self._changing = changing
        self._units = units
        self._gateway = gateway
        self._tokens = tokens
        self._clock = clock

    def revoke(self, card_id: str, scope: Scope, cause: Cause) -> SavedCard:
        """From now on it pays nothing. OCTO blocks the token now, or as soon as it can be reached; then it is forgotten."""
        at = self._clock.now()
        card = self._changing.change(owned_card(card_id, scope), lambda c: c.revoke(at), cause)
        return self._block(card, cause) if card.is_to_be_blocked else card

    def tend(self) -> int:
        """Has OCTO block what was revoked, and ends what was never proved, a batch of it. Returns how much there was."""
        at = self._clock.now()
        with self._units() as unit:
            due = unit.cards.claim_due(at, LEASE, BATCH)
            unit.commit()
        one_by_one(due, self._tend, self._clock, at)
        return len(due)

    def _tend(self, key: SavedCardId) -> None:
        at = self._clock.now()
        card = self._changing.change(any_card(key), lambda c: c.expired(at), _CAUSE)
        if card.is_to_be_blocked:
            self._block(card, _CAUSE)

    def _block(self, card: SavedCard, cause: Cause) -> SavedCard:
        try:
            token = self._tokens.of(card)
        except SavedCardNotUsable:
            # Nobody can use it any more.
            return self._changing.change(any_card(card.id), SavedCard.forgotten, cause)
        outcome = self._gateway.block(token)
        at = self._clock.now()
        # OCTO's no means that it has no such token, unless it did not even know us.
        gone = isinstance(outcome, Answered) or (isinstance(outcome, Denied) and not refuses_shop(outcome.code))
        return self._changing.result(
            card.id, outcome.exchange, lambda c: c.forgotten() if gone else c.not_blocked(at), cause
        )
