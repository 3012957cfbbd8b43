"""Counting what is tried, in the commit that lets it leave; and how an operator sees and lifts what is locked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.books import Books
from domain.limits import Limit, Tally
from domain.ports import Clock, UnitOfWork, Units
from domain.saved_card import SavedCard
from domain.transaction import PaymentTransaction, ShopTransactionId
from domain.use_cases.changing import Also

# Tallies deleted at a time.
BATCH: Final = 100


def counting_card(card: str, at: datetime) -> Also:
    """The card that the current attempt is about to send. `card` is its keyed fingerprint. Raises CardsPaused and TooManyCards."""

    def count(unit: UnitOfWork, books: Books) -> None:
        transaction = books.current
        name = _name(transaction.shop_transaction_id, transaction.turn)
        unit.tallies.of(Limit.REFUSALS_OF_CLIENT, books.order.owner.client_id).require_calm(at)
        # Always in this order, so that two units never wait for each other.
        for limit, subject in _sent(transaction):
            unit.tallies.save(unit.tallies.held(limit, subject).tried(name, at))
        unit.tallies.save(unit.tallies.held(Limit.ORDERS_OF_CARD, card).tried(books.order.id, at))

    return count


def taking_card_back(key: ShopTransactionId, turn: int) -> Also:
    """The card of that turn never left. That it was shown to this order stays counted."""

    def take(unit: UnitOfWork, books: Books) -> None:
        for limit, subject in _sent(books[key]):
            unit.tallies.save(unit.tallies.held(limit, subject).taken_back(_name(key, turn)))

    return take


def hearing_of_card(key: ShopTransactionId, turn: int, at: datetime, *, refused: bool) -> Also:
    """What OCTO said to the card of that turn."""

    def hear(unit: UnitOfWork, books: Books) -> None:
        tally = unit.tallies.held(Limit.REFUSALS_OF_CLIENT, books.order.owner.client_id)
        unit.tallies.save(tally.answered(_name(key, turn), at, refused=refused))

    return hear


def counting_code(at: datetime) -> Also:
    """The code that the current attempt is about to send. Raises TooManyCodes."""

    def count(unit: UnitOfWork, books: Books) -> None:
        key, turn = books.current.shop_transaction_id, books.current.turn
        unit.tallies.save(unit.tallies.held(Limit.CODES_OF_PAYMENT, key).tried(_name(key, turn), at))

    return count


def taking_code_back(key: ShopTransactionId, turn: int) -> Also:
    """The code of that turn never left."""

    def take(unit: UnitOfWork, _: Books) -> None:
        unit.tallies.save(unit.tallies.held(Limit.CODES_OF_PAYMENT, key).taken_back(_name(key, turn)))

    return take


def counting_binding(unit: UnitOfWork, saved: SavedCard, card: str, at: datetime) -> None:
    """The card that is about to be kept. `card` is its keyed fingerprint. Raises CardsPaused and TooManyCards."""
    unit.tallies.of(Limit.REFUSALS_OF_CLIENT, saved.owner.client_id).require_calm(at)
    customer = f"{saved.owner.client_id}/{saved.customer_user_id}"
    unit.tallies.save(unit.tallies.held(Limit.CARDS_OF_CUSTOMER, customer).tried(saved.id, at))
    unit.tallies.save(unit.tallies.held(Limit.ORDERS_OF_CARD, card).tried(saved.id, at))


def hearing_of_binding(unit: UnitOfWork, saved: SavedCard, at: datetime, *, refused: bool) -> None:
    """What OCTO said to the card."""
    tally = unit.tallies.held(Limit.REFUSALS_OF_CLIENT, saved.owner.client_id)
    unit.tallies.save(tally.answered(saved.id, at, refused=refused))


def _name(key: ShopTransactionId, turn: int) -> str:
    return f"{key}.{turn}"


def _sent(transaction: PaymentTransaction) -> Sequence[tuple[Limit, str]]:
    return (
        (Limit.CARDS_OF_PAYMENT, transaction.shop_transaction_id),
        (Limit.CARDS_OF_ORDER, transaction.order_id),
    )


class Limiting:
    """For whoever runs the service."""

    def __init__(self, units: Units, reading: Units, clock: Clock) -> None:
        self._units = units
        self._reading = reading
        self._clock = clock

    def locked(self) -> Sequence[Tally]:
        at = self._clock.now()
        with self._reading() as unit:
            return [tally for tally in unit.tallies.all() if tally.is_locked(at)]

    def unlock(self, subject: str) -> Sequence[Tally]:
        """Forgets what was counted for a client, an order with its payments and its cards, a payment, or a card's fingerprint.

        Returns what was forgotten.
        """
        with self._reading() as unit:
            found = [tally for tally in unit.tallies.all() if _concerns(tally, subject)]
        # One by one: a card on its way holds some of them and waits for others.
        for tally in found:
            with self._units() as unit:
                unit.tallies.delete(tally)
                unit.commit()
        return found

    def forget(self) -> int:
        """Deletes what no limit needs any more, a batch of it, and says how many there were."""
        with self._units() as unit:
            forgotten = unit.tallies.forget(self._clock.now(), BATCH)
            unit.commit()
        return forgotten


def _concerns(tally: Tally, subject: str) -> bool:
    if tally.subject == subject:
        return True
    if tally.limit is Limit.ORDERS_OF_CARD:
        return any(mark.name == subject for mark in tally.marks)
    of_payment = tally.limit in (Limit.CARDS_OF_PAYMENT, Limit.CODES_OF_PAYMENT)
    return of_payment and tally.subject.rpartition("-")[0] == subject
