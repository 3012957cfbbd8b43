"""Everybody at once on one saved card, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from adapters.database.unit_of_work import Database
from domain.card import Card, OneTimeCode
from domain.card_moves import CardStatus, TokenWord
from domain.errors import Busy, CodeInProgress, OtpNotExpected
from domain.journal import MerchantEvent
from tests.fakes.cards import TOKEN
from tests.fakes.world import API, FROM_OCTO, OWNER, SCOPE, UZCARD, World

CROWD: Final = 12


def saved(world: World) -> str:
    card = Card(number=UZCARD, expire="1240", holder=None, cvc=None, today=world.clock.now().date())
    card_id = world.saving.save(OWNER, "u-1", card, phone="998901112233", cause=API).id
    world.token_reader.report = (card_id, TokenWord.ACTIVE, TOKEN)
    return card_id


def news(database: Database) -> list[MerchantEvent]:
    with database.units() as unit:
        return list(unit.outbox.waiting(100))


def test_a_callback_that_comes_many_times_at_once_has_one_effect(database: Database) -> None:
    world = World(database)
    card_id = saved(world)

    def hears(_: int) -> object:
        return world.card_callbacks.receive(card_id, f"secret-of-{card_id}", b"{}", FROM_OCTO)

    with ThreadPoolExecutor(CROWD) as crowd:
        answers = list(crowd.map(hears, range(CROWD)))

    assert answers == [{"status": "success", "message": "Callback processed successfully"}] * CROWD
    assert [event.type for event in news(database)] == ["saved_card.active"]


def test_a_token_and_a_revocation_at_once_leave_no_token_that_pays(database: Database) -> None:
    world = World(database)
    card_id = saved(world)

    def acts(number: int) -> None:
        if number % 2:
            world.card_callbacks.receive(card_id, f"secret-of-{card_id}", b"{}", FROM_OCTO)
        else:
            world.revoking.revoke(card_id, SCOPE, API)

    with ThreadPoolExecutor(CROWD) as crowd:
        list(crowd.map(acts, range(CROWD)))
    world.clock.advance(minutes=5)
    world.revoking.tend()

    card = world.saving.get(card_id, SCOPE, API)
    assert (card.status, card.token_sealed) == (CardStatus.BLOCKED, None)
    assert world.keeper.blocked


def test_of_many_codes_at_once_one_leaves(database: Database) -> None:
    world = World(database)
    card_id = saved(world)

    def proves(_: int) -> bool:
        try:
            world.saving.verify(card_id, SCOPE, OneTimeCode("111111"), API)
        except (CodeInProgress, OtpNotExpected, Busy):
            return False
        return True

    with ThreadPoolExecutor(CROWD) as crowd:
        won = list(crowd.map(proves, range(CROWD)))

    assert sum(won) == 1
    assert world.keeper.calls.count("check_binding_code") == 1
