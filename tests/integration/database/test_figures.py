"""The figures behind /metrics, counted from real books."""

from datetime import timedelta

from adapters.database.unit_of_work import Database
from domain.moves import Word
from domain.ports import Flagged
from domain.transaction import Review
from tests.fakes.gateway import unknown
from tests.fakes.world import World


def test_what_needs_attention_is_counted(database: Database) -> None:
    world = World(database)
    world.paid()
    order = world.order()
    world.initiate(order)
    world.gateway.script("pay", unknown())
    world.confirm(order)
    now = database.figures.at(world.clock.now())
    later = database.figures.at(world.clock.now() + timedelta(hours=2))

    assert (now.payments_open, now.payments_processing, now.payments_overdue, now.payments_unasked) == (1, 1, 0, 0)
    assert (later.payments_overdue, later.payments_unasked) == (1, 1)
    assert (now.payments_in_review, now.callbacks_unapplied) == (0, 0)
    assert now.events_waiting == 2


def test_a_hold_is_counted_once_it_is_older_than_any_that_octo_keeps(database: Database) -> None:
    world = World(database)
    world.held()
    kept = database.figures.at(world.clock.now() + timedelta(days=30))
    older = database.figures.at(world.clock.now() + timedelta(days=30, seconds=1))

    assert (kept.payments_overdue, kept.holds_overdue) == (0, 0)
    assert (older.payments_overdue, older.holds_overdue) == (0, 1)


def test_a_payment_is_in_review_until_a_person_has_looked_and_again_when_more_is_flagged(database: Database) -> None:
    world = World(database)
    order = world.order()
    transaction = world.initiate(order)
    world.callback(transaction, Word.CANCELED)
    world.callback(transaction, Word.SUCCEEDED)
    flagged, counted = database.figures.waiting(10), database.figures.at(world.clock.now()).payments_in_review
    key = transaction.shop_transaction_id
    world.operating.reviewed(key, operator="operator anna", reason="shipped")
    seen, nobody_left = database.figures.waiting(10), database.figures.at(world.clock.now()).payments_in_review
    world.callback(transaction, Word.CANCELED, refunded_minor=0)

    assert (flagged, counted) == ([Flagged(key, (Review.LATE_SUCCESS,))], 1)
    assert (seen, nobody_left) == ([], 0)
    assert database.figures.waiting(10) == [Flagged(key, (Review.CONTRADICTION,))]
    assert [finding.guarantee for finding in database.audit.findings(world.clock.now()) if finding.ids] == []


def test_no_more_of_what_is_flagged_is_listed_than_was_asked_for(database: Database) -> None:
    world = World(database)
    for _ in range(3):
        transaction = world.initiate(world.order())
        world.callback(transaction, Word.CANCELED)
        world.callback(transaction, Word.SUCCEEDED)

    assert len(database.figures.waiting(2)) == 2
