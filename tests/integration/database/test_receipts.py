"""Receipts beside the books: in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adapters.database.unit_of_work import Database
from domain.books import Books
from domain.receipt import ReceiptState
from tests.integration.database import samples
from tests.integration.database.samples import FULL_RECEIPT, MINUTE, NOON, SCOPE
from tests.integration.database.test_contract import LEASE, Storage, read, save, storage, store, units
from tests.integration.database.test_mapping import unfilled

__all__ = ["storage", "units"]

AWAITED = replace(FULL_RECEIPT, state=ReceiptState.AWAITED, next_check_at=NOON, fiscal_data=None)
FULL = Books(samples.FULL_ORDER, (samples.FULL_TRANSACTION,), (FULL_RECEIPT,))


def test_the_sample_fills_every_field() -> None:
    assert unfilled(FULL_RECEIPT) == [".next_check_at"]


def test_a_receipt_comes_back_as_it_went_in(storage: Storage) -> None:
    store(storage.units, FULL)

    assert read(storage.units) == FULL


def test_a_saved_receipt_comes_back_as_it_went_in(storage: Storage) -> None:
    begun = samples.begun()
    awaited = replace(begun, receipts=(AWAITED,))
    store(storage.units, begun)
    save(storage.units, begun, awaited)
    awaited = read(storage.units)
    assert awaited.receipts == (AWAITED,)
    save(storage.units, awaited, awaited.with_receipt(FULL_RECEIPT))

    assert read(storage.units).receipts == (FULL_RECEIPT,)


def test_a_due_receipt_is_claimed_until_its_lease_ends(storage: Storage) -> None:
    store(storage.units, replace(FULL, receipts=(AWAITED,)))
    claimed = []
    for moment in (NOON - MINUTE, NOON, NOON, NOON + LEASE):
        with storage.units() as unit:
            claimed.append(unit.books.claim_due_receipts(moment, LEASE, 10))
            unit.commit()

    assert claimed == [[], ["order-1-1"], [], ["order-1-1"]]


def test_one_that_is_there_is_never_due(storage: Storage) -> None:
    store(storage.units, FULL)

    with storage.units() as unit:
        assert unit.books.claim_due_receipts(NOON + 1000 * LEASE, LEASE, 10) == []


def test_a_page_of_orders_needs_no_receipts(storage: Storage) -> None:
    store(storage.units, FULL)
    with storage.reading() as unit:
        page, _ = unit.books.page(SCOPE, status=None, reference=None, after=None, limit=10)

    assert page == [FULL.order]


@pytest.mark.parametrize(
    "change",
    ["state = 'ready'", "qr_code_url = 'https://ofd.example'", "next_check_at = NULL", "state = 'lost'"],
)
def test_a_receipt_that_contradicts_itself_is_refused(database: Database, change: str) -> None:
    store(database.units, replace(FULL, receipts=(AWAITED,)))

    with pytest.raises(IntegrityError), database._engine.connect() as connection:
        connection.execute(text(f"UPDATE receipts SET {change}"))  # noqa: S608
