"""Saved cards and what happened to them: in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adapters.database.unit_of_work import Database
from domain.card import Scheme
from domain.card_journal import CardEvent
from domain.card_moves import CardStatus
from domain.journal import MerchantEvent
from domain.order import Owner, Scope
from domain.ports import Stale
from domain.saved_card import CardCall, SavedCard, SavedCardId
from tests.integration.database.samples import CAUSE, FULL_VERIFICATION, MINUTE, NOON, SCOPE, SHOP
from tests.integration.database.test_contract import LEASE, Storage, storage
from tests.integration.database.test_mapping import unfilled

__all__ = ["storage"]

FULL: Final = SavedCard(
    id=SavedCardId("card_1"),
    owner=SHOP,
    customer_user_id="u-1",
    scheme=Scheme.HUMO,
    first6="986012",
    last4="1234",
    created_at=NOON,
    expires_at=NOON + 30 * MINUTE,
    status=CardStatus.BLOCKED,
    in_flight=CardCall.CODE,
    turn=5,
    octo_binding_id="0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
    verification=FULL_VERIFICATION,
    code_sent_at=NOON + MINUTE,
    code_accepted=True,
    codes_wrong=2,
    token_sealed="sealed",
    error_code="otp_rejected",
    asked_at=NOON + 3 * MINUTE,
    request_key="a hash",
    next_check_at=NOON + 2 * MINUTE,
    checks=3,
    request_payload={"bind_card": {"method": "humo"}},
    response_payload={"bind_card": None},
    version=4,
)
EVENT: Final = CardEvent(SavedCardId("card_1"), NOON, CAUSE, {"status": "init"}, {"status": "verifying"})


def begun(number: int = 1, *, owner: Owner = SHOP, user_id: str = "u-1") -> SavedCard:
    return SavedCard.begun(
        SavedCardId(f"card_{number}"),
        owner,
        user_id,
        scheme=Scheme.UZCARD,
        first6="860049",
        last4="6478",
        at=NOON + number * MINUTE,
    )


def store(storage: Storage, *cards: SavedCard) -> None:
    with storage.units() as unit:
        for card in cards:
            unit.cards.add(card)
        unit.commit()


def read(storage: Storage, card_id: str = "card_1") -> SavedCard | None:
    with storage.reading() as unit:
        return unit.cards.by_id(card_id)


@pytest.mark.parametrize("sample", [FULL, EVENT], ids=["card", "event"])
def test_the_samples_fill_every_field(sample: object) -> None:
    assert unfilled(sample) == []


def test_a_card_comes_back_as_it_went_in(storage: Storage) -> None:
    store(storage, FULL)

    assert read(storage) == FULL
    assert read(storage, "card_2") is None
    assert read(storage, "\0") is None


def test_a_saved_card_comes_back_as_it_went_in(storage: Storage) -> None:
    before = begun()
    store(storage, before)
    after = replace(FULL, created_at=before.created_at, version=before.version)
    with storage.units() as unit:
        unit.cards.save(before, after)
        unit.commit()

    assert read(storage) == replace(after, version=1)


def test_whoever_read_before_another_wrote_is_stale(storage: Storage) -> None:
    before = begun()
    store(storage, before)
    with storage.units() as unit:
        unit.cards.save(before, before.bind_failed("a"))
        unit.commit()

    with storage.units() as unit, pytest.raises(Stale):
        unit.cards.save(before, before.bind_failed("b"))


@pytest.mark.parametrize(
    ("scope", "seen"),
    [(SCOPE, True), (Scope("shop"), True), (Scope("shop", "another"), False), (Scope("other"), False)],
)
def test_a_card_is_seen_by_its_owner(storage: Storage, scope: Scope, seen: bool) -> None:
    store(storage, FULL)

    with storage.reading() as unit:
        assert (unit.cards.owned("card_1", scope) is not None) is seen


def test_a_customers_cards_come_newest_first_without_those_that_are_over(storage: Storage) -> None:
    active = replace(begun(3), status=CardStatus.ACTIVE, token_sealed="sealed", next_check_at=None)
    others = (begun(5, user_id="u-2"), begun(6, owner=Owner("other", "cashier")), begun(7).bind_failed("x"))
    store(storage, begun(1), begun(2).revoke(NOON), active, *others)
    with storage.reading() as unit:
        found = [card.id for card in unit.cards.of_customer("u-1", SCOPE)]
        nothing = unit.cards.of_customer("u-\0", SCOPE)

    assert found == ["card_3", "card_1"]
    assert nothing == []


def test_a_card_is_found_again_by_the_request_that_began_it(storage: Storage) -> None:
    asked = replace(begun(1), request_key="a hash")
    again = replace(begun(2), request_key="a hash")
    others = (
        replace(begun(3), request_key="another hash"),
        replace(begun(4, owner=Owner("other", "cashier")), request_key="a hash"),
        replace(begun(5, owner=Owner("shop", "another")), request_key="a hash"),
        replace(begun(6, user_id="u-2"), request_key="a hash"),
        begun(7),
    )
    store(storage, asked, again, *others)
    with storage.reading() as unit:
        latest = unit.cards.asked_before(("a newer hash", "a hash"), SHOP, "u-1", NOON)
        too_old = unit.cards.asked_before(("a hash",), SHOP, "u-1", again.created_at)
        nobodys = unit.cards.asked_before(("a hash",), SHOP, "u-\0", NOON)
        unnamed = unit.cards.asked_before((), SHOP, "u-1", NOON)

    assert latest == again
    assert too_old is None
    assert nobodys is None
    assert unnamed is None


def test_a_due_card_is_claimed_until_its_lease_ends(storage: Storage) -> None:
    store(storage, FULL, replace(begun(2), next_check_at=None))
    at, claimed = NOON + 2 * MINUTE, []
    for moment in (at - timedelta(seconds=1), at, at, at + LEASE):
        with storage.units() as unit:
            claimed.append(unit.cards.claim_due(moment, LEASE, 10))
            unit.commit()

    assert claimed == [[], ["card_1"], [], ["card_1"]]


def test_what_happened_to_a_card_is_kept_in_order(storage: Storage) -> None:
    second = replace(EVENT, at=NOON + MINUTE, after={"status": "active"})
    store(storage, begun(1), begun(2))
    with storage.units() as unit:
        unit.cards.append([EVENT, second])
        unit.cards.append([replace(EVENT, card_id=SavedCardId("card_2"))])
        unit.cards.append([])
        unit.commit()

    with storage.reading() as unit:
        assert unit.cards.history("card_1") == [EVENT, second]


def test_an_event_without_an_order_goes_out_like_others(storage: Storage) -> None:
    event = MerchantEvent("evt-1", "saved_card.active", "shop", None, NOON, {"saved_card_id": "card_1"})
    with storage.units() as unit:
        unit.outbox.add([event])
        unit.commit()

    with storage.units() as unit:
        assert unit.outbox.waiting(10) == [event]


# ---- what the database refuses by itself


@pytest.mark.parametrize(
    "change",
    [
        "status = 'active', token_sealed = NULL",
        "status = 'failed', token_sealed = 'sealed'",
        "status = 'stolen'",
        "first6 = '8600495473316478'",
        "last4 = '473316478'",
        "scheme = 'visa'",
    ],
)
def test_a_card_that_contradicts_itself_is_refused(database: Database, change: str) -> None:
    store(database, FULL)

    with pytest.raises(IntegrityError), database._engine.connect() as connection:
        connection.execute(text(f"UPDATE saved_cards SET {change}"))  # noqa: S608


@pytest.mark.parametrize("change", ["UPDATE saved_card_events SET actor = 'nobody'", "DELETE FROM saved_card_events"])
def test_what_happened_cannot_be_changed(database: Database, change: str) -> None:
    store(database, FULL)
    with database.units() as unit:
        unit.cards.append([EVENT])
        unit.commit()

    with pytest.raises(IntegrityError, match="audit_append_only"), database._engine.connect() as connection:
        connection.execute(text(change))
