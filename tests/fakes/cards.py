"""Saved cards in memory, and a little OCTO that keeps cards: it behaves sensibly by itself, or does what a script says instead."""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from domain.card import Card, CardToken, OneTimeCode
from domain.card_journal import CardEvent
from domain.card_moves import TokenWord
from domain.errors import MalformedCallback
from domain.order import Owner, Scope
from domain.ports import Answered, BindingRequest, Bound, Denied, NeverLeft, Stale, TokenReport, Unknown
from domain.report import Verification, Way
from domain.saved_card import SavedCard, SavedCardId
from tests.fakes.gateway import CODE_LIFETIME, RIGHT_CODE, Outcome, Step, answered, denied

TOKEN: Final = "token-of-octo"


@dataclass
class Binding:
    """OCTO's record."""

    octo_binding_id: str
    request: BindingRequest
    verify_id: int
    proved: bool = False


class FakeCardGateway:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.bindings: dict[str, Binding] = {}
        self.blocked: list[str] = []
        self._scripts: dict[str, deque[Outcome | Step]] = defaultdict(deque)
        self._number = 900

    def script(self, call: str, *outcomes: Outcome | Step) -> None:
        self._scripts[call].extend(outcomes)

    def bind(
        self, saved: SavedCard, card: Card, request: BindingRequest
    ) -> Answered[Bound] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            self._number += 1
            octo_id = str(uuid5(NAMESPACE_URL, saved.id))
            self.bindings[saved.id] = Binding(octo_id, request, self._number)
            return answered(Bound(octo_id, f"https://pay2.octo.uz/{card.scheme}/sms/{octo_id}"), "bind_card")

        return self._play("bind", proceed)

    def binding_info(self, saved: SavedCard, at: datetime) -> Answered[Verification] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            found = Verification(
                Way.OTP,
                verify_id=self.bindings[saved.id].verify_id,
                phone="+998** *****27",
                code_until=at + CODE_LIFETIME,
            )
            return answered(found, "binding_info")

        return self._play("binding_info", proceed)

    def check_binding_code(self, saved: SavedCard, code: OneTimeCode) -> Answered[None] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            if code.digits != RIGHT_CODE:
                return denied("-270", "check_binding_code")
            self.bindings[saved.id].proved = True
            return answered(None, "check_binding_code")

        return self._play("check_binding_code", proceed)

    def block(self, token: CardToken) -> Answered[None] | NeverLeft | Denied | Unknown:
        def proceed() -> Outcome:
            self.blocked.append(token.text)
            return answered(None, "block_card_token")

        return self._play("block", proceed)

    def _play(self, call: str, proceed: Callable[[], Outcome]) -> Outcome:
        self.calls.append(call)
        if not self._scripts[call]:
            return proceed()
        step = self._scripts[call].popleft()
        return step(proceed) if callable(step) else step


class ScriptedTokenReader:
    """Reads the report that was last put before it."""

    def __init__(self) -> None:
        self.report: tuple[str, TokenWord, str | None] | None = None

    def read(self, raw: bytes) -> TokenReport:
        if self.report is None:
            raise MalformedCallback(reason="nothing")
        saved_card_id, word, token = self.report
        return TokenReport(saved_card_id, word, None if token is None else CardToken(token))


class PlainSecrets:
    def of(self, saved_card_id: str) -> str:
        return f"secret-of-{saved_card_id}"

    def is_right(self, saved_card_id: str, secret: str) -> bool:
        return secret == self.of(saved_card_id)


class MemorySavedCards:
    def __init__(self, cards: dict[SavedCardId, SavedCard], events: dict[int, CardEvent]) -> None:
        self._cards = cards
        self._events = events

    def add(self, card: SavedCard) -> None:
        assert card.id not in self._cards
        self._cards[card.id] = card

    def owned(self, card_id: str, scope: Scope) -> SavedCard | None:
        card = self.by_id(card_id)
        return card if card is not None and _sees(scope, card) else None

    def by_id(self, card_id: str) -> SavedCard | None:
        return self._cards.get(SavedCardId(card_id))

    def asked_before(
        self, request_keys: tuple[str, ...], owner: Owner, customer_user_id: str, since: datetime
    ) -> SavedCard | None:
        found = [
            card
            for card in self._cards.values()
            if card.request_key in request_keys
            and (card.owner, card.customer_user_id) == (owner, customer_user_id)
            and card.created_at > since
        ]
        return max(found, key=lambda card: (card.created_at, card.id), default=None)

    def of_customer(self, customer_user_id: str, scope: Scope) -> Sequence[SavedCard]:
        found = [
            card
            for card in self._cards.values()
            if card.customer_user_id == customer_user_id and _sees(scope, card) and (card.is_pending or card.is_usable)
        ]
        return sorted(found, key=lambda card: (card.created_at, card.id), reverse=True)

    def save(self, before: SavedCard, after: SavedCard) -> None:
        if self._cards[before.id].version != before.version:
            raise Stale()
        self._cards[after.id] = replace(after, version=before.version + 1)

    def claim_due(self, at: datetime, lease: timedelta, limit: int) -> Sequence[SavedCardId]:
        due = [c for c in self._cards.values() if c.next_check_at is not None and c.next_check_at <= at]
        for card in sorted(due, key=lambda c: (c.next_check_at, c.id))[:limit]:
            self._cards[card.id] = replace(card, next_check_at=at + lease)
        return [card.id for card in due[:limit]]

    def with_token(self, after: str, limit: int) -> Sequence[SavedCard]:
        found = [c for c in self._cards.values() if c.id > after and c.token_sealed is not None]
        return sorted(found, key=lambda card: card.id)[:limit]

    def append(self, events: Sequence[CardEvent]) -> None:
        for event in events:
            self._events[len(self._events)] = event

    def history(self, card_id: str) -> Sequence[CardEvent]:
        return [event for event in self._events.values() if event.card_id == card_id]


def _sees(scope: Scope, card: SavedCard) -> bool:
    return card.owner.client_id == scope.client_id and scope.subject in (None, card.owner.subject)
