"""Saved cards against OCTO's bindings and tokens: each bound once, each token where it belongs, and the journal of it complete."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from adapters.database.tables import MerchantEventRow, SavedCardRow, table
from adapters.database.unit_of_work import Database
from domain import card_journal
from domain.card_journal import CardEvent
from domain.card_moves import CardStatus
from domain.journal import Cause, Why
from domain.saved_card import SavedCard
from tests.faults.octo import Json, Octo

_NOBODY: Final = Cause(Why.OPERATOR, "judge")
_TOLD: Final = (CardStatus.ACTIVE, CardStatus.BLOCKED, CardStatus.FAILED)


def violations(database_url: str, octo: Octo) -> list[str]:
    """Of all cards in the database, whose callbacks have all been delivered; empty is right."""
    bindings = {binding["shop_transaction_id"]: binding for binding in octo.bindings()}
    bound = Counter(call["shop_transaction_id"] for call in octo.calls("bind_card") if call["processed"])
    entries = octo.ledger()
    found = []
    known = _known(database_url)
    for card, trail, told in known:
        spent = sum((_signed(e) for e in entries if e["shop_transaction_id"] == card.id), Decimal(0))
        if spent:
            found.append(f"card {card.id}: OCTO keeps {spent} of the trial debit")
        if bound[card.id] > 1:
            found.append(f"card {card.id}: bind_card left {bound[card.id]} times")
        checks = (_at_octo(card, bindings.get(card.id)), _journal(card, trail, told))
        found += [f"card {card.id}: {wrong}" for check in checks for wrong in check]
    unknown = bindings.keys() - {card.id for card, _, _ in known}
    return found + [f"OCTO has bound a card that nobody knows: {key}" for key in unknown]


def _known(database_url: str) -> list[tuple[SavedCard, Sequence[CardEvent], list[str]]]:
    """All cards, with their trails and with what the shop was told of each."""
    database, cards, news = Database.at(database_url), table(SavedCardRow), table(MerchantEventRow)
    try:
        with database._reading.connect() as connection:
            keys = list(connection.execute(select(cards.c.id)).scalars())
            told = list(connection.execute(select(news.c.id, news.c.type)))
        found = []
        with database.reading() as unit:
            for key in keys:
                card = unit.cards.by_id(key)
                assert card is not None
                events = [row.type for row in told if row.id.startswith(f"evt_{key}_")]
                found.append((card, unit.cards.history(key), events))
        return found
    finally:
        database.dispose()


def _signed(entry: Json) -> Decimal:
    amount: Decimal = entry["amount"]
    return amount if entry["kind"] == "debit" else -amount


def _at_octo(card: SavedCard, binding: Json | None) -> Iterator[str]:
    token = None if binding is None else binding["token_status"]
    if card.is_pending:
        yield f"it is still {card.status}"
    if card.is_usable != (token == "active"):
        yield f"it is {card.status}, and OCTO's token {token}"
    if (card.token_sealed is not None) != card.is_usable:
        yield f"it is {card.status}, and its token is {'kept' if card.token_sealed else 'lost'}"


def _journal(card: SavedCard, trail: Sequence[CardEvent], told: Sequence[str]) -> Iterator[str]:
    facts: dict[str, Any] = {}
    for event in trail:
        if {name: facts[name] for name in event.before} != event.before or event.before == event.after:
            yield f"an audit event does not follow the one before it: {dict(event.before)} → {dict(event.after)}"
        facts.update(event.after)
    stands = card_journal.audit(None, card, _NOBODY, datetime.now(UTC))[0].after
    if facts != stands:
        yield f"the audit trail ends with {facts}, the books say {dict(stands)}"
    expected = [f"saved_card.{e.after['status']}" for e in trail if e.after.get("status") in _TOLD]
    if sorted(expected) != sorted(told):
        yield f"the merchant was told {sorted(told)} instead of {sorted(expected)}"
