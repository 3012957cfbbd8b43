"""Fiscal receipts: OCTO is asked for the receipt of each paid fiscal order until it is there. Reading it may be repeated."""

from typing import Final

from domain.books import Books
from domain.journal import Cause, Why
from domain.ports import Answered, Clock, Gateway, Units
from domain.transaction import ShopTransactionId
from domain.use_cases.batches import BATCH, LEASE, one_by_one
from domain.use_cases.changing import Changing, of_transaction

_CAUSE: Final = Cause(Why.SETTLEMENT, actor="receipts")


class Receipts:
    """Any number of processes may fetch at the same time: due receipts are claimed with a lease."""

    def __init__(self, units: Units, changing: Changing, gateway: Gateway, clock: Clock) -> None:
        self._units = units
        self._changing = changing
        self._gateway = gateway
        self._clock = clock

    def fetch_due(self) -> int:
        """Asks for the receipts that are due, a batch of them. Returns how many there were."""
        at = self._clock.now()
        with self._units() as unit:
            due = unit.books.claim_due_receipts(at, LEASE, BATCH)
            unit.commit()
        one_by_one(due, self._fetch, self._clock, at)
        return len(due)

    def _fetch(self, key: ShopTransactionId) -> None:
        find = of_transaction(key)
        outcome = self._gateway.fiscal_data(self._changing.read(find)[key])
        exchange, at = outcome.exchange, self._clock.now()

        def learned(books: Books) -> Books:
            kept = books.with_(books[key].exchanged(exchange.call, exchange.request, exchange.response))
            receipt = books.receipt_of(key)
            if receipt is None:
                return books
            return kept.with_receipt(
                receipt.given(outcome.value) if isinstance(outcome, Answered) else receipt.not_given(at)
            )

        self._changing.change(find, learned, _CAUSE)
