"""After SECRET_KEY was changed: what was encrypted with the one before it is encrypted with the one in use.

One piece at a time, so that it may be stopped anywhere and begun again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from domain.errors import SavedCardNotUsable, WebhookEndpointNotFound
from domain.issuers import Issuer, Issuers
from domain.journal import Cause
from domain.merchant import Endpoint, SigningSecret
from domain.ports import Clock, NotUnderstood, Sealer, Units, Unreadable
from domain.saved_card import SavedCard
from domain.use_cases.card_tokens import SealedTokens
from domain.use_cases.changing_cards import ChangingCards, any_card
from domain.use_cases.merchant_events import MerchantEvents

# Read at a time.
BATCH: Final = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Resealed:
    """`unreadable` are the ids of what no key opens that is here, or of what a newer version has written."""

    done: int
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealers:
    webhook_secrets: Sealer
    issuers_keys: Sealer


class Resealing:
    def __init__(
        self,
        reading: Units,
        cards: ChangingCards,
        tokens: SealedTokens,
        events: MerchantEvents,
        issuers: Issuers,
        sealers: Sealers,
        clock: Clock,
    ) -> None:
        self._reading = reading
        self._cards = cards
        self._tokens = tokens
        self._events = events
        self._issuers = issuers
        self._sealers = sealers
        self._clock = clock

    def card_tokens(self, cause: Cause) -> Resealed:
        def reseal(card: SavedCard) -> None:
            sealed = self._tokens.seal(card.id, self._tokens.of(card))
            self._cards.change(any_card(card.id), lambda now: now.resealed(card.token_sealed, sealed), cause)

        return _each(self._with_token(), lambda card: card.id, reseal)

    def webhook_secrets(self) -> Resealed:
        """By their endpoints."""

        def reseal(owned: tuple[str, str]) -> None:
            with suppress(WebhookEndpointNotFound):  # removed meanwhile
                self._events.change(*owned, self._with_secrets_sealed_anew)

        return _each(self._endpoints(), lambda owned: owned[0], reseal)

    def issuers_keys(self) -> Resealed:
        """Of those that share one."""

        def reseal(issuer: Issuer) -> None:
            sealer, sealed = self._sealers.issuers_keys, issuer.sealed_key or ""
            self._issuers.reseal(issuer.name, sealed, sealer.seal(sealer.open(sealed)))

        sharing = [issuer for issuer in self._issuers.all() if issuer.sealed_key is not None]
        return _each(sharing, lambda issuer: issuer.name, reseal)

    def _with_token(self) -> Iterator[SavedCard]:
        after = ""
        while cards := self._cards_beyond(after):
            yield from cards
            after = cards[-1].id

    def _cards_beyond(self, after: str) -> list[SavedCard]:
        with self._reading() as unit:
            return list(unit.cards.with_token(after, BATCH))

    def _endpoints(self) -> Iterator[tuple[str, str]]:
        after = ""
        while ids := self._endpoints_beyond(after):
            yield from ids
            after = ids[-1][0]

    def _endpoints_beyond(self, after: str) -> list[tuple[str, str]]:
        with self._reading() as unit:
            return list(unit.endpoints.ids(after, BATCH))

    def _with_secrets_sealed_anew(self, endpoint: Endpoint) -> Endpoint:
        """Without those that sign no more, and without an old one that nobody can read. Raises Unreadable for the present one."""
        sealer, at = self._sealers.webhook_secrets, self._clock.now()
        kept: list[SigningSecret] = []
        for secret in endpoint.secrets:
            if secret.until is not None and secret.until <= at:
                continue
            try:
                kept.append(replace(secret, sealed=sealer.seal(sealer.open(secret.sealed))))
            except Unreadable:
                if secret.until is None:
                    raise
        return replace(endpoint, secrets=tuple(kept))


def _each(pieces: Iterable[T], name: Callable[[T], str], reseal: Callable[[T], None]) -> Resealed:
    done, unreadable = 0, []
    for piece in pieces:
        try:
            reseal(piece)
        except (Unreadable, NotUnderstood, SavedCardNotUsable):
            unreadable.append(name(piece))
        else:
            done += 1
    return Resealed(done, tuple(unreadable))
