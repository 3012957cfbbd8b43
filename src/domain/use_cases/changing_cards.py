"""The only way in which saved cards are written: read, decide with a pure function, save if nobody was faster, with the journal."""

from collections.abc import Callable
from dataclasses import replace

from domain import card_journal
from domain.errors import Busy, SavedCardNotFound
from domain.journal import Cause
from domain.order import Scope
from domain.ports import (
    KEYS_KNOWN_FOR,
    Chore,
    Clock,
    Doorbell,
    Exchange,
    SavedCards,
    Stale,
    StorageUnavailable,
    UnitOfWork,
    Units,
)
from domain.saved_card import NEVER_LEFT, SavedCard, SavedCardId
from domain.use_cases.changing import MAX_ROUNDS

FindCard = Callable[[SavedCards], SavedCard | None]
CardDecision = Callable[[SavedCard], SavedCard]
AlsoOfCard = Callable[[UnitOfWork, SavedCard], None]


def owned_card(card_id: str, scope: Scope) -> FindCard:
    return lambda cards: cards.owned(card_id, scope)


def any_card(card_id: str) -> FindCard:
    return lambda cards: cards.by_id(card_id)


class ChangingCards:
    def __init__(self, units: Units, reading: Units, doorbell: Doorbell, clock: Clock) -> None:
        self._units = units
        self._reading = reading
        self._doorbell = doorbell
        self._clock = clock

    def begin(self, card: SavedCard, request_keys: tuple[str, ...], cause: Cause, also: AlsoOfCard) -> SavedCard:
        """The card, or the one that the same request has begun before by any of its keys.

        `also` is done in the same commit, and may refuse it.
        """
        with self._units() as unit:
            if begun := _begun_before(unit.cards, card, request_keys):
                return begun
            also(unit, card)
            unit.cards.add(card)
            unit.cards.append(card_journal.audit(None, card, cause, self._clock.now()))
            try:
                unit.commit()
            except StorageUnavailable:
                lost = True
            else:
                lost = False
        # The commit's answer was lost: it happened if the card is there.
        if lost and not self._is_there(card):
            raise StorageUnavailable("the commit failed")
        return card

    def _is_there(self, card: SavedCard) -> bool:
        with self._reading() as unit:
            return unit.cards.by_id(card.id) == card

    def read(self, find: FindCard) -> SavedCard:
        """Raises SavedCardNotFound, also for another's card."""
        with self._reading() as unit:
            return _found(find(unit.cards))

    def change(self, find: FindCard, decide: CardDecision, cause: Cause, also: AlsoOfCard | None = None) -> SavedCard:
        """Returns the card as it stands afterwards. `decide` may run several times and must have no effect of its own."""
        for _ in range(MAX_ROUNDS):
            try:
                before, after = self._round(find, decide, cause, also)
            except Stale:
                continue
            if card_journal.news(before, after, after.created_at):
                self._doorbell.ring(Chore.DELIVER_EVENTS)
            return after
        raise Busy()

    def result(
        self, key: SavedCardId, exchange: Exchange, decide: CardDecision, cause: Cause, also: AlsoOfCard | None = None
    ) -> SavedCard:
        """Commits what came of a call to OCTO, and what was sent and received."""

        def decided(card: SavedCard) -> SavedCard:
            return decide(card).exchanged(exchange.call, exchange.request, exchange.response)

        return self.change(any_card(key), decided, cause, also)

    def _round(
        self, find: FindCard, decide: CardDecision, cause: Cause, also: AlsoOfCard | None
    ) -> tuple[SavedCard, SavedCard]:
        with self._units() as unit:
            before = _found(find(unit.cards))
            after = decide(before)
            if after == before:
                return before, before
            if also is not None:
                also(unit, after)
            at = self._clock.now()
            unit.cards.save(before, after)
            unit.cards.append(card_journal.audit(before, after, cause, at))
            unit.outbox.add(card_journal.news(before, after, at))
            saved = replace(after, version=before.version + 1)
            try:
                unit.commit()
            except StorageUnavailable:
                lost = saved
            else:
                return before, saved
        # The commit's answer was lost: it happened if what stands there now is what we wrote.
        if self.read(find) == lost:
            return before, lost
        raise StorageUnavailable("the commit failed")


def _begun_before(cards: SavedCards, card: SavedCard, request_keys: tuple[str, ...]) -> SavedCard | None:
    since = card.created_at - KEYS_KNOWN_FOR
    begun = cards.asked_before(request_keys, card.owner, card.customer_user_id, since)
    return None if begun is None or begun.error_code == NEVER_LEFT else begun


def _found(card: SavedCard | None) -> SavedCard:
    if card is None:
        raise SavedCardNotFound()
    return card
