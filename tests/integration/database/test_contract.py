"""What every implementation of the storage ports does: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.database.unit_of_work import Database
from domain.books import Books
from domain.errors import ReferenceTaken
from domain.order import Order, OrderStatus, Owner, Scope
from domain.ports import (
    Callback,
    Client,
    Clients,
    IdempotencyKeys,
    InvalidCursor,
    OctoIdTaken,
    Stale,
    StoredAnswer,
    Units,
)
from domain.transaction import ShopTransactionId
from tests.fakes.memory import MemoryDatabase
from tests.integration.database import samples
from tests.integration.database.samples import MINUTE, NOON, SCOPE

Storage = MemoryDatabase | Database
LEASE = 2 * MINUTE


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    if request.param == "memory":
        yield MemoryDatabase()
        return
    database = Database.at(request.getfixturevalue(f"{request.param}_url"))
    yield database
    database.dispose()


@pytest.fixture
def units(storage: Storage) -> Units:
    return storage.units


@pytest.fixture
def clients(storage: Storage) -> Clients:
    return storage.clients


@pytest.fixture
def keys(storage: Storage) -> IdempotencyKeys:
    return storage.idempotency_keys


def store(units: Units, *all_books: Books) -> None:
    with units() as unit:
        for books in all_books:
            unit.books.add(books)
        unit.commit()


def save(units: Units, before: Books, after: Books) -> None:
    with units() as unit:
        unit.books.save(before, after)
        unit.commit()


def read(units: Units, order_id: str = "order-1", scope: Scope = SCOPE) -> Books:
    with units() as unit:
        books = unit.books.owned(order_id, scope)
        assert books is not None
        return books


# ---- the unit of work


def test_what_was_not_committed_is_forgotten(units: Units) -> None:
    with units() as unit:
        unit.books.add(samples.begun())
        unit.inbox.add(samples.callback())
        unit.audit.append([samples.audit_event()])
        unit.outbox.add([samples.merchant_event()])

    with units() as unit:
        assert unit.books.owned("order-1", SCOPE) is None
        assert unit.inbox.claim_unapplied(NOON, LEASE, 10) == []


def test_what_an_exception_cuts_off_is_forgotten(units: Units) -> None:
    def interrupted() -> None:
        with units() as unit:
            unit.books.add(samples.unpaid())
            raise LookupError

    with pytest.raises(LookupError):
        interrupted()
    with units() as unit:
        assert unit.books.owned("order-1", SCOPE) is None


def test_a_unit_sees_its_own_changes(units: Units) -> None:
    with units() as unit:
        unit.books.add(samples.unpaid())

        assert unit.books.owned("order-1", SCOPE) == samples.unpaid()


def test_a_reading_unit_refuses_to_write(storage: Storage) -> None:
    store(storage.units, samples.unpaid())

    with pytest.raises(TypeError), storage.reading() as unit:
        unit.books.save(samples.unpaid(), samples.begun())
    with pytest.raises(TypeError), storage.reading() as unit:
        unit.inbox.add(samples.callback())
    assert read(storage.units) == samples.unpaid()


# ---- books


def test_books_are_found_by_each_of_their_keys(units: Units) -> None:
    store(units, samples.prepared(1), samples.prepared(2))

    with units() as unit:
        assert unit.books.owned("order-1", SCOPE) == samples.prepared(1)
        assert unit.books.of_transaction("order-1-1") == samples.prepared(1)
        assert unit.books.of_octo_transaction("octo-1") == samples.prepared(1)


def test_books_are_read_whole_with_their_attempts_in_order(units: Units) -> None:
    books = samples.failed()
    for _ in range(10):
        books = books.attempted(samples.TERMS, NOON)
        books = books.with_(books.current.prepare_refused("13", NOON))
    store(units, books)
    # PostgreSQL moves a changed row behind all others.
    save(units, books, books.with_(books[ShopTransactionId("order-1-1")].asked(NOON)))

    with units() as unit:
        read_again = unit.books.of_transaction("order-1-3")
        assert read_again is not None
        assert [t.attempt for t in read_again.transactions] == list(range(1, 12))


@pytest.mark.parametrize("key", ["missing", "", "order-1\0", "\0", "\ud800", "order-1'--", "x" * 5000])
def test_what_does_not_exist_is_none(units: Units, clients: Clients, key: str) -> None:
    store(units, samples.prepared())

    assert clients.find(key) is None
    with units() as unit:
        assert unit.books.owned(key, SCOPE) is None
        assert unit.books.of_transaction(key) is None
        assert unit.books.of_octo_transaction(key) is None
        assert unit.books.page(SCOPE, status=None, reference=key, after=None, limit=5) == ([], None)


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope("shop", "cashier"), True),
        (Scope("shop"), True),
        (Scope("shop", "other"), False),
        (Scope("other", "cashier"), False),
        (Scope("other"), False),
    ],
)
def test_only_the_owner_finds_an_order(units: Units, scope: Scope, *, found: bool) -> None:
    store(units, samples.unpaid())

    with units() as unit:
        assert (unit.books.owned("order-1", scope) is not None) is found
        assert len(unit.books.page(scope, status=None, reference=None, after=None, limit=5)[0]) == found


def test_a_reference_is_used_once_by_each_client(units: Units) -> None:
    store(units, Books(samples.order(1, reference="R")))
    store(units, Books(samples.order(2, reference="R", owner=Owner("other", "cashier"))))

    with pytest.raises(ReferenceTaken) as taken, units() as unit:
        unit.books.add(Books(samples.order(3, reference="R", owner=Owner("shop", "other"))))
    assert taken.value.facts == {"order_id": "order-1"}


def test_any_number_of_orders_have_no_reference(units: Units) -> None:
    store(units, samples.unpaid(1), samples.unpaid(2))

    assert read(units, "order-2") == samples.unpaid(2)


# ---- saving


def test_saving_raises_the_version_and_writes_what_differs(units: Units) -> None:
    before = samples.failed()
    after = before.attempted(samples.TERMS, NOON + MINUTE)
    store(units, before)

    save(units, before, after)

    assert read(units) == replace(after, order=replace(after.order, version=1))


def test_saving_what_was_changed_since_is_stale(units: Units) -> None:
    before = samples.begun()
    store(units, before)
    save(units, before, before.with_(before.current.asked(NOON)))

    with pytest.raises(Stale):
        save(units, before, before.with_(before.current.prepare_refused("13", NOON)))
    assert read(units).current.asked_at == NOON


def test_saving_what_does_not_exist_is_stale(units: Units) -> None:
    with pytest.raises(Stale):
        save(units, samples.unpaid(), samples.begun())


def test_a_change_of_the_order_alone_is_saved(units: Units) -> None:
    store(units, samples.unpaid())

    save(units, samples.unpaid(), samples.unpaid().cancelled(NOON))

    assert read(units).order.status is OrderStatus.CANCELLED
    assert read(units).order.cancelled_at == NOON


def test_one_id_of_octo_belongs_to_one_attempt(units: Units) -> None:
    store(units, samples.prepared(1), samples.begun(2))
    before = samples.begun(2)
    after = before.with_(replace(before.current, octo_transaction_id="octo-1"))

    with pytest.raises(OctoIdTaken):
        save(units, before, after)
    assert read(units, "order-2") == before


# ---- pages


def numbers(orders: object) -> list[str]:
    assert isinstance(orders, list)
    assert all(isinstance(order, Order) for order in orders)
    return [order.id.removeprefix("order-") for order in orders]


def test_pages_are_newest_first_and_join_without_a_gap(units: Units) -> None:
    # 2, 3 and 4 are of the same moment, so that only their ids tell them apart.
    moments = {1: NOON, 2: NOON + MINUTE, 3: NOON + MINUTE, 4: NOON + MINUTE, 5: NOON + 2 * MINUTE}
    store(units, *(Books(samples.order(n, at=at)) for n, at in moments.items()))

    with units() as unit:
        first, cursor = unit.books.page(SCOPE, status=None, reference=None, after=None, limit=2)
        second, next_cursor = unit.books.page(SCOPE, status=None, reference=None, after=cursor, limit=2)
        third, last = unit.books.page(SCOPE, status=None, reference=None, after=next_cursor, limit=2)

    assert (numbers(first), numbers(second), numbers(third)) == (["5", "4"], ["3", "2"], ["1"])
    assert last is None


def test_a_last_page_that_is_full_has_no_cursor(units: Units) -> None:
    store(units, samples.unpaid(1), samples.unpaid(2))

    with units() as unit:
        assert unit.books.page(SCOPE, status=None, reference=None, after=None, limit=2)[1] is None


def test_a_page_shows_only_what_is_asked_for(units: Units) -> None:
    store(units, Books(samples.order(1, reference="R")), samples.failed(2), samples.unpaid(3))

    with units() as unit:
        by_status, _ = unit.books.page(SCOPE, status=OrderStatus.PAYMENT_FAILED, reference=None, after=None, limit=5)
        by_reference, _ = unit.books.page(SCOPE, status=None, reference="R", after=None, limit=5)

    assert (numbers(by_status), numbers(by_reference)) == (["2"], ["1"])


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "не",
        "\ud800",
        "AAAA",
        "MjAyNi0wMS0wNSAx",
        "MjAyNi0wMS0wNVQxMjowMDowMCswMDowMCAA",
        "_" * 4000,
        "=",
        "%00",
        "MDAwMS0wMS0wMVQwMDowMDowMCswNTowMCB4",  # the year 0 in UTC
    ],
)
def test_a_strange_cursor_is_refused(units: Units, cursor: str) -> None:
    store(units, samples.unpaid())

    with units() as unit, pytest.raises(InvalidCursor):
        unit.books.page(SCOPE, status=None, reference=None, after=cursor, limit=2)


# ---- what is due


def test_due_attempts_are_claimed_once_within_the_lease(units: Units) -> None:
    store(units, samples.begun(1), samples.begun(2, at=NOON + timedelta(hours=1)))
    at = NOON + MINUTE

    claimed = []
    for moment in (at - timedelta(seconds=1), at, at, at + LEASE):
        with units() as unit:
            claimed.append(unit.books.claim_due(moment, LEASE, 10))
            unit.commit()

    assert claimed == [[], ["order-1-1"], [], ["order-1-1"]]


def test_the_longest_due_are_claimed_first(units: Units) -> None:
    store(units, *(samples.begun(n, at=NOON - n * MINUTE) for n in range(1, 6)))

    with units() as unit:
        assert sorted(unit.books.claim_due(NOON + MINUTE, LEASE, 2)) == ["order-4-1", "order-5-1"]


def test_what_needs_no_check_is_never_due(units: Units) -> None:
    books = samples.begun()
    store(units, Books(books.order, (replace(books.current, next_check_at=None),)))

    with units() as unit:
        assert unit.books.claim_due(NOON + timedelta(days=999), LEASE, 10) == []


def test_a_claim_makes_nobody_stale(units: Units) -> None:
    before = samples.begun()
    store(units, before)
    with units() as unit:
        unit.books.claim_due(NOON + MINUTE, LEASE, 10)
        unit.commit()

    save(units, before, before.with_(before.current.prepare_refused("13", NOON)))

    assert read(units).order.version == 1


# ---- inbox, audit trail


def test_a_callback_is_stored_once(units: Units) -> None:
    first, again = samples.callback(), samples.callback(at=NOON + MINUTE)
    with units() as unit:
        assert unit.inbox.add(first) == first
        unit.commit()

    with units() as unit:
        assert unit.inbox.add(again) == first


def test_an_applied_callback_says_so_when_it_comes_again(units: Units) -> None:
    with units() as unit:
        unit.inbox.add(samples.callback())
        unit.inbox.applied("hash-1", "success", NOON)
        unit.commit()

    with units() as unit:
        stored = unit.inbox.add(samples.callback())
        assert (stored.applied_at, stored.verdict) == (NOON, "success")
        assert unit.inbox.claim_unapplied(NOON, LEASE, 10) == []


def test_callbacks_are_claimed_oldest_first_and_once_within_the_lease(units: Units) -> None:
    with units() as unit:
        for n in (2, 1, 3):
            unit.inbox.add(samples.callback(f"hash-{n}", at=NOON + n * MINUTE))
        unit.commit()

    claimed = []
    for moment in (NOON, NOON, NOON + LEASE):
        with units() as unit:
            claimed.append(unit.inbox.claim_unapplied(moment, LEASE, 2))
            unit.commit()

    assert claimed == [["hash-1", "hash-2"], ["hash-3"], ["hash-1", "hash-2"]]
    with units() as unit:
        assert unit.inbox.stored("hash-2") == samples.callback("hash-2", at=NOON + 2 * MINUTE)


def test_callbacks_about_either_id_of_a_payment_take_its_room_and_those_about_others_do_not(units: Units) -> None:
    def about(name: str, *, ours: str = "order-1-1", octo: str = "octo-1") -> Callback:
        return replace(samples.callback(name), shop_transaction_id=ours, octo_transaction_id=octo)

    with units() as unit:
        for stored in (about("hash-1"), about("hash-2", octo="octo-2"), about("hash-3", ours="order-3-1")):
            unit.inbox.add(stored)
        unit.commit()

    with units() as unit:
        assert unit.inbox.is_full(about("hash-4"), 3)
        assert not unit.inbox.is_full(about("hash-4"), 4)
        assert not unit.inbox.is_full(about("hash-4", ours="order-4-1"), 3)
        assert unit.inbox.is_full(about("hash-4", ours="order-4-1"), 2)
        assert not unit.inbox.is_full(about("hash-4", ours="order-4-1", octo="octo-4"), 1)


def test_a_callback_that_is_stored_finds_room_where_it_stands(units: Units) -> None:
    with units() as unit:
        for n in (1, 2, 3):
            unit.inbox.add(samples.callback(f"hash-{n}"))
        unit.commit()

    with units() as unit:
        assert [unit.inbox.is_full(samples.callback(f"hash-{n}"), 2) for n in (1, 2, 3, 4)] == [
            False,
            False,
            False,
            True,
        ]


def test_the_audit_trail_of_an_order_is_its_own_and_in_order(units: Units) -> None:
    store(units, samples.unpaid(1), samples.unpaid(2))
    events = [samples.audit_event(1, status=status) for status in "abc"]
    with units() as unit:
        unit.audit.append(events[:2])
        unit.audit.append([samples.audit_event(2)])
        unit.audit.append([])
        unit.audit.append(events[2:])
        unit.outbox.add([samples.merchant_event("evt-1"), samples.merchant_event("evt-2")])
        unit.outbox.add([])
        unit.commit()

    with units() as unit:
        assert unit.audit.of_order(samples.unpaid(1).order.id) == events


# ---- clients


CLIENT = Client(id="c1", name="shop", secret_hash="hash", scopes=("orders:read", "orders:write"), created_at=NOON)


def test_a_client_is_found_as_it_was_added(clients: Clients) -> None:
    clients.add(CLIENT)

    assert clients.find("c1") == CLIENT
    assert clients.all() == [CLIENT]


def test_a_saved_client_is_changed(clients: Clients) -> None:
    other = replace(CLIENT, id="c2")
    clients.add(CLIENT)
    clients.add(other)
    disabled = replace(CLIENT, name="new", secret_hash="new", scopes=(), disabled_at=NOON)

    clients.save(disabled)

    assert clients.all() == [disabled, other]


# ---- idempotency keys


RUNNING = StoredAnswer("print", None, None, None)
ANSWER = StoredAnswer("print", 201, '{"id": "Ї"}', "application/json")


def test_a_new_key_is_ours_and_then_running(keys: IdempotencyKeys) -> None:
    assert keys.claim("shop", "k", "print", NOON) is None
    assert keys.claim("shop", "k", "other print", NOON) == RUNNING


def test_a_finished_key_has_its_answer(keys: IdempotencyKeys) -> None:
    keys.claim("shop", "k", "print", NOON)
    keys.finish("shop", "k", ANSWER)

    assert keys.claim("shop", "k", "print", NOON) == ANSWER


def test_a_released_key_is_new_again(keys: IdempotencyKeys) -> None:
    keys.claim("shop", "k", "print", NOON)
    keys.release("shop", "k")
    keys.release("shop", "never claimed")

    assert keys.claim("shop", "k", "print", NOON) is None


def test_keys_are_per_client(keys: IdempotencyKeys) -> None:
    keys.claim("shop", "k", "print", NOON)

    assert keys.claim("other", "k", "print", NOON) is None


def test_a_key_is_kept_for_seven_days(keys: IdempotencyKeys) -> None:
    keys.claim("shop", "k", "print", NOON)
    keys.finish("shop", "k", ANSWER)
    week = timedelta(days=7)

    assert keys.claim("shop", "k", "print", NOON + week - timedelta(seconds=1)) == ANSWER
    assert keys.claim("shop", "k", "print", NOON + week) is None
    assert keys.claim("shop", "k", "print", NOON + week) == RUNNING


def test_a_key_whose_process_died_is_free_for_the_same_request_alone(keys: IdempotencyKeys) -> None:
    keys.claim("shop", "k", "print", NOON)
    later = NOON + timedelta(minutes=10)

    assert keys.claim("shop", "k", "print", later - timedelta(seconds=1)) == RUNNING
    assert keys.claim("shop", "k", "another print", later) == RUNNING
    assert keys.claim("shop", "k", "print", later) is None
    assert keys.claim("shop", "k", "print", later) == RUNNING


def test_a_key_whose_process_died_is_free_for_the_same_request_by_an_older_fingerprint(keys: IdempotencyKeys) -> None:
    keys.claim("shop", "k", "print", NOON)
    later = NOON + timedelta(minutes=10)

    assert keys.claim("shop", "k", "newer print", later, ("another print",)) == RUNNING
    assert keys.claim("shop", "k", "newer print", later, ("another print", "print")) is None
    assert keys.claim("shop", "k", "print", later) == StoredAnswer("newer print", None, None, None)


def test_old_keys_are_forgotten_for_good(storage: Storage) -> None:
    keys = storage.idempotency_keys
    keys.claim("shop", "old", "print", NOON)
    keys.claim("shop", "new", "print", NOON + MINUTE)

    assert keys.forget_before(NOON) == 1
    assert keys.claim("shop", "old", "print", NOON) is None
    assert keys.claim("shop", "new", "print", NOON) == RUNNING
