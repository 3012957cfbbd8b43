"""The only way in which books are written: read, decide with a pure function, save if nobody was faster, commit with the journal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain import journal, register
from domain.books import Books
from domain.errors import Busy, OrderNotFound
from domain.journal import Cause
from domain.order import Scope
from domain.ports import (
    BooksRepository,
    Chore,
    Clock,
    Doorbell,
    Exchange,
    OctoIdTaken,
    Stale,
    StorageUnavailable,
    UnitOfWork,
    Units,
)
from domain.transaction import PaymentTransaction, Review, ShopTransactionId

# Each lost round means that somebody else's change went through; so many in a row is a crowd on one order.
MAX_ROUNDS: Final = 20

Find = Callable[[BooksRepository], Books | None]
Decide = Callable[[Books], Books]
Move = Callable[[PaymentTransaction], PaymentTransaction]
Also = Callable[[UnitOfWork, Books], None]


def owned(order_id: str, scope: Scope) -> Find:
    return lambda repository: repository.owned(order_id, scope)


def of_transaction(shop_transaction_id: str) -> Find:
    return lambda repository: repository.of_transaction(shop_transaction_id)


class Changing:
    """`reading` gives units of work that only read, and hold nobody up."""

    def __init__(self, units: Units, reading: Units, doorbell: Doorbell, clock: Clock) -> None:
        self._units = units
        self._doorbell = doorbell
        self._reading = reading
        self._clock = clock

    def read(self, find: Find) -> Books:
        """Raises OrderNotFound, also for another's order."""
        with self._reading() as unit:
            return _found(find(unit.books))

    def change(self, find: Find, decide: Decide, cause: Cause, also: Also | None = None) -> Books:
        """Returns the books as they stand afterwards. `decide` may run several times and must have no effect of its own.

        `also` is done in the same commit, where there is one, and may refuse it.
        """
        for _ in range(MAX_ROUNDS):
            try:
                before, after = self._round(find, decide, cause, also)
            except Stale:
                continue
            ring(self._doorbell, before, after)
            return after
        raise Busy()

    def result(
        self,
        key: ShopTransactionId,
        exchange: Exchange,
        move: Move,
        at: datetime,
        cause: Cause,
        also: Also | None = None,
    ) -> Books:
        """Commits what came of a call to OCTO, and what was sent and received.

        An id of OCTO's that another payment has already is not taken over: a person has to look.
        """

        def moved(books: Books) -> Books:
            return books.with_(move(books[key]).exchanged(exchange.call, exchange.request, exchange.response))

        def doubted(books: Books) -> Books:
            return books.with_(books[key].doubted(Review.MISMATCH, at))

        try:
            return self.change(of_transaction(key), moved, cause, also)
        except OctoIdTaken:
            return self.change(of_transaction(key), doubted, cause)

    def _round(self, find: Find, decide: Decide, cause: Cause, also: Also | None) -> tuple[Books, Books]:
        with self._units() as unit:
            before = _found(find(unit.books))
            after = decide(before)
            if after == before:
                return before, before
            if also is not None:
                also(unit, after)
            saved = write(unit, before, after, cause, self._clock)
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


def ring(doorbell: Doorbell, before: Books, after: Books) -> None:
    """Calls the workers to what a committed change left to do at once."""
    if journal.news(before, after, after.order.created_at):
        doorbell.ring(Chore.DELIVER_EVENTS)
    if awaits_receipt(before, after):
        doorbell.ring(Chore.FETCH_RECEIPTS)


def awaits_receipt(before: Books, after: Books) -> bool:
    """Whether this change was the one since which a receipt is awaited."""
    return len(after.receipts) > len(before.receipts)


def begin(unit: UnitOfWork, books: Books, cause: Cause, clock: Clock) -> None:
    """Adds the books of a new order, with their first entry in the journal; the caller commits."""
    unit.books.add(books)
    unit.audit.append(journal.audit(None, books, cause, clock.now()))


def write(unit: UnitOfWork, before: Books, after: Books, cause: Cause, clock: Clock) -> Books:
    """Saves a change with its audit events, its news and its lines in the register; the caller commits.

    Returns the books with their new version.
    """
    at = clock.now()
    unit.books.save(before, after)
    unit.audit.append(journal.audit(before, after, cause, at))
    unit.outbox.add(journal.news(before, after, at))
    _register(unit, before, after, at)
    return replace(after, order=replace(after.order, version=before.order.version + 1))


def _register(unit: UnitOfWork, before: Books, after: Books, at: datetime) -> None:
    client_id = after.order.owner.client_id
    for charge in register.changed_charges(before, after):
        unit.register.add(register.lines(charge, client_id, at))
        if charge.refunded_minor:
            registered = unit.register.refunded_minor(charge.shop_transaction_id)
            elsewhere = register.refunded_elsewhere(charge, client_id, registered, at)
            unit.register.add([elsewhere] if elsewhere else [])


def _found(books: Books | None) -> Books:
    if books is None:
        raise OrderNotFound()
    return books
