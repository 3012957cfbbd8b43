"""The register as a fake, over the books in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.books import Books
from domain.order import Scope
from domain.ports import Entry, InvalidCursor
from domain.register import Line, LineKind
from domain.transaction import OrderId, ShopTransactionId


class MemoryRegisterLines:
    def __init__(self, table: dict[str, Line]) -> None:
        self._table = table

    def add(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._table[line.id] = replace(self._table.get(line.id, line), told_at=line.told_at)

    def refunded_minor(self, shop_transaction_id: ShopTransactionId) -> int:
        lines = [line for line in self._table.values() if line.shop_transaction_id == shop_transaction_id]
        return -sum(line.amount_minor for line in lines if line.kind is LineKind.REFUND)


class MemoryRegister:
    """`committed` gives the lines and the books as they stand."""

    def __init__(self, committed: Callable[[], tuple[Mapping[str, Line], Mapping[OrderId, Books]]]) -> None:
        self._committed = committed

    def entries(self, since: datetime, until: datetime, client_id: str | None) -> Iterator[Entry]:
        for line in sorted(self._committed()[0].values(), key=lambda line: (line.at, line.id)):
            if since <= line.at < until and client_id in (None, line.client_id):
                yield self._entry(line)

    def page(
        self, scope: Scope, since: datetime, until: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[Entry], str | None]:
        seen = [e for e in self.entries(since, until, scope.client_id) if scope.subject in (None, self._subject(e))]
        if after is not None:
            lines, _ = self._committed()
            if after not in lines:
                raise InvalidCursor("strange cursor")
            last = lines[after]
            seen = [entry for entry in seen if (entry.line.at, entry.line.id) > (last.at, last.id)]
        page = seen[:limit]
        return page, page[-1].line.id if len(seen) > limit else None

    def _subject(self, entry: Entry) -> str:
        return self._committed()[1][OrderId(entry.order_id)].order.owner.subject

    def _entry(self, line: Line) -> Entry:
        all_books = self._committed()[1].values()
        books = next(
            b for b in all_books if any(t.shop_transaction_id == line.shop_transaction_id for t in b.transactions)
        )
        charge = books[line.shop_transaction_id]
        operations = [operation for refund in charge.refunds.refunds for operation in refund.operations]
        return Entry(
            line=line,
            order_id=books.order.id,
            reference=books.order.reference,
            order_status=books.order.status,
            octo_transaction_id=charge.octo_transaction_id,
            octo_refund_id=next((o.refund_id for o in operations if o.shop_refund_id == line.shop_refund_id), None),
            currency=charge.amount.currency,
            test=charge.test,
            facts=charge.facts,
            reviews=charge.reviews,
            reviews_left=charge.reviews_left,
        )
