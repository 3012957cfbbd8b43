"""Saved cards and what happened to them, written by compare-and-swap."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from adapters.database.columns import is_storable
from adapters.database.documents import read_verification, write_verification
from adapters.database.mappers import Row
from adapters.database.statements import Statements
from adapters.database.tables import SavedCardEventRow, SavedCardRow, table
from domain.card import Scheme
from domain.card_journal import CardEvent
from domain.card_moves import CardStatus
from domain.journal import Cause, Why
from domain.order import Owner, Scope
from domain.ports import Stale
from domain.saved_card import CardCall, SavedCard, SavedCardId

# Nobody keeps more, and whoever did would see the latest.
PAGE: Final = 100

_CARDS: Final = table(SavedCardRow)
_EVENTS: Final = table(SavedCardEventRow)
_SHOWN: Final = (CardStatus.INIT.value, CardStatus.VERIFYING.value, CardStatus.ACTIVE.value)

# In a CTE for the same reason as the due payments of the books.
_DUE: Final = (
    select(_CARDS.c.id)
    .where(_CARDS.c.next_check_at <= bindparam("at"))
    .order_by(_CARDS.c.next_check_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM_DUE: Final = (
    update(_CARDS)
    .where(_CARDS.c.id.in_(select(_DUE.c.id)))
    .values(next_check_at=bindparam("until"))
    .returning(_CARDS.c.id)
)


class SqlSavedCards:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, card: SavedCard) -> None:
        self._statements.execute(insert(_CARDS), write_saved_card(card))

    def owned(self, card_id: str, scope: Scope) -> SavedCard | None:
        return self._one(card_id, *_seen_by(scope))

    def by_id(self, card_id: str) -> SavedCard | None:
        return self._one(card_id)

    def asked_before(
        self, request_keys: tuple[str, ...], owner: Owner, customer_user_id: str, since: datetime
    ) -> SavedCard | None:
        if not request_keys or not is_storable(customer_user_id):
            return None
        query = (
            select(*_CARDS.c)
            .where(
                *_seen_by(Scope(owner.client_id, owner.subject)),
                _CARDS.c.customer_user_id == customer_user_id,
                _CARDS.c.created_at > since,
                _CARDS.c.request_key.in_(request_keys),
            )
            .order_by(_CARDS.c.created_at.desc(), _CARDS.c.id.desc())
            .limit(1)
        )
        row = self._statements.execute(query).mappings().first()
        return None if row is None else read_saved_card(row)

    def of_customer(self, customer_user_id: str, scope: Scope) -> Sequence[SavedCard]:
        if not is_storable(customer_user_id):
            return []
        query = (
            select(*_CARDS.c)
            .where(_CARDS.c.customer_user_id == customer_user_id, *_seen_by(scope), _CARDS.c.status.in_(_SHOWN))
            .order_by(_CARDS.c.created_at.desc(), _CARDS.c.id.desc())
            .limit(PAGE)
        )
        return [read_saved_card(row) for row in self._statements.execute(query).mappings()]

    def save(self, before: SavedCard, after: SavedCard) -> None:
        same = (_CARDS.c.id == before.id, _CARDS.c.version == before.version)
        changed = {**write_saved_card(after), "version": before.version + 1}
        if self._statements.execute(update(_CARDS).where(*same).values(changed)).rowcount == 0:
            raise Stale()

    def claim_due(self, at: datetime, lease: timedelta, limit: int) -> Sequence[SavedCardId]:
        claimed = self._statements.execute(_CLAIM_DUE, {"at": at, "until": at + lease, "most": limit})
        return [SavedCardId(key) for key in claimed.scalars()]

    def with_token(self, after: str, limit: int) -> Sequence[SavedCard]:
        some = _CARDS.c.token_sealed.is_not(None)
        query = select(*_CARDS.c).where(_CARDS.c.id > after, some).order_by(_CARDS.c.id).limit(limit)
        return [read_saved_card(row) for row in self._statements.execute(query).mappings()]

    def append(self, events: Sequence[CardEvent]) -> None:
        if events:
            self._statements.execute(insert(_EVENTS), [write_card_event(event) for event in events])

    def history(self, card_id: str) -> Sequence[CardEvent]:
        query = select(*_EVENTS.c).where(_EVENTS.c.card_id == card_id).order_by(_EVENTS.c.id)
        return [read_card_event(row) for row in self._statements.execute(query).mappings()]

    def _one(self, card_id: str, *conditions: ColumnElement[bool]) -> SavedCard | None:
        if not is_storable(card_id):
            return None
        query = select(*_CARDS.c).where(_CARDS.c.id == card_id, *conditions)
        row = self._statements.execute(query).mappings().first()
        return None if row is None else read_saved_card(row)


def _seen_by(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    of_client = _CARDS.c.client_id == scope.client_id
    return (of_client,) if scope.subject is None else (of_client, _CARDS.c.subject == scope.subject)


def read_saved_card(row: Row) -> SavedCard:
    return SavedCard(
        id=SavedCardId(row["id"]),
        owner=Owner(row["client_id"], row["subject"]),
        customer_user_id=row["customer_user_id"],
        scheme=Scheme(row["scheme"]),
        first6=row["first6"],
        last4=row["last4"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        status=CardStatus(row["status"]),
        in_flight=None if row["in_flight"] is None else CardCall(row["in_flight"]),
        turn=row["turn"],
        octo_binding_id=row["octo_binding_id"],
        verification=None if row["verification"] is None else read_verification(row["verification"]),
        code_sent_at=row["code_sent_at"],
        code_accepted=row["code_accepted"],
        codes_wrong=row["codes_wrong"],
        token_sealed=row["token_sealed"],
        error_code=row["error_code"],
        asked_at=row["asked_at"],
        request_key=row["request_key"],
        next_check_at=row["next_check_at"],
        checks=row["checks"],
        request_payload=row["request_payload"],
        response_payload=row["response_payload"],
        version=row["version"],
    )


def write_saved_card(card: SavedCard) -> Mapping[str, Any]:
    return {
        "id": card.id,
        "client_id": card.owner.client_id,
        "subject": card.owner.subject,
        "customer_user_id": card.customer_user_id,
        "scheme": card.scheme.value,
        "first6": card.first6,
        "last4": card.last4,
        "created_at": card.created_at,
        "expires_at": card.expires_at,
        "status": card.status.value,
        "in_flight": None if card.in_flight is None else card.in_flight.value,
        "turn": card.turn,
        "octo_binding_id": card.octo_binding_id,
        "verification": None if card.verification is None else write_verification(card.verification),
        "code_sent_at": card.code_sent_at,
        "code_accepted": card.code_accepted,
        "codes_wrong": card.codes_wrong,
        "token_sealed": card.token_sealed,
        "error_code": card.error_code,
        "asked_at": card.asked_at,
        "request_key": card.request_key,
        "next_check_at": card.next_check_at,
        "checks": card.checks,
        "request_payload": card.request_payload,
        "response_payload": card.response_payload,
        "version": card.version,
    }


def read_card_event(row: Row) -> CardEvent:
    return CardEvent(
        card_id=SavedCardId(row["card_id"]),
        at=row["at"],
        cause=Cause(Why(row["why"]), row["actor"], row["request_id"], row["reason"]),
        before=row["before"],
        after=row["after"],
    )


def write_card_event(event: CardEvent) -> Mapping[str, Any]:
    return {
        "card_id": event.card_id,
        "at": event.at,
        "why": event.cause.why.value,
        "actor": event.cause.actor,
        "request_id": event.cause.request_id,
        "reason": event.cause.reason,
        "before": event.before,
        "after": event.after,
    }
