"""The register: its lines, written with the change that they tell of, and read in the order of time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, RowMapping, Select, func, select

from adapters.database.cursors import since as after_cursor
from adapters.database.cursors import write_cursor
from adapters.database.documents import read_facts
from adapters.database.statements import Statements, transaction
from adapters.database.tables import OrderRow, RegisterLineRow, TransactionRow, table
from domain.money import Currency
from domain.order import OrderStatus, Scope
from domain.ports import Entry
from domain.register import Line, LineKind
from domain.transaction import Review, ShopTransactionId

# Lines of a day that are in memory at the same time, and no transaction is open between one lot and the next.
LOT: Final = 500

_l, _t, _o = table(RegisterLineRow), table(TransactionRow), table(OrderRow)
_ENTRIES: Final = (
    select(
        *_l.c,
        _t.c.order_id,
        _t.c.octo_transaction_id,
        _t.c.currency,
        _t.c.test,
        _t.c.facts,
        _t.c.refunds,
        _t.c.reviews,
        _t.c.reviews_seen,
        _o.c.reference,
        _o.c.status.label("order_status"),
    )
    .select_from(_l.join(_t).join(_o))
    .order_by(_l.c.at, _l.c.id)
)


class SqlRegisterLines:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, lines: Sequence[Line]) -> None:
        if not lines:
            return
        new = self._statements.insert(_l)
        told = new.excluded.told_at
        new = new.on_conflict_do_update(
            index_elements=["id"],
            set_={"told_at": told, "at": func.coalesce(told, _l.c.learned_at)},
            where=_l.c.told_at.is_distinct_from(told),
        )
        self._statements.execute(new, [_write(line) for line in lines])

    def refunded_minor(self, shop_transaction_id: ShopTransactionId) -> int:
        # SQLite adds up to an integer, PostgreSQL to a numeric.
        refunds = select(func.coalesce(func.sum(_l.c.amount_minor), 0)).where(
            _l.c.shop_transaction_id == shop_transaction_id, _l.c.kind == LineKind.REFUND.value
        )
        return -int(self._statements.execute(refunds).scalar_one())


class SqlRegister:
    def __init__(self, reading: Engine) -> None:
        self._reading = reading

    def entries(self, since: datetime, until: datetime, client_id: str | None) -> Iterator[Entry]:
        query = _between(since, until)
        if client_id is not None:
            query = query.where(_l.c.client_id == client_id)
        lot, cursor = self._lot(query, None, LOT)
        yield from lot
        while cursor is not None:
            lot, cursor = self._lot(query, cursor, LOT)
            yield from lot

    def page(
        self, scope: Scope, since: datetime, until: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[Entry], str | None]:
        query = _between(since, until).where(_l.c.client_id == scope.client_id)
        if scope.subject is not None:
            query = query.where(_o.c.subject == scope.subject)
        return self._lot(query, after, limit)

    def _lot(self, query: Select[Any], after: str | None, limit: int) -> tuple[Sequence[Entry], str | None]:
        if after is not None:
            query = query.where(after_cursor(after, _l.c.at, _l.c.id))
        with transaction(self._reading) as statements:
            found = [_read(row) for row in statements.execute(query.limit(limit + 1)).mappings()]
        lot = found[:limit]
        return lot, write_cursor(lot[-1].line.at, lot[-1].line.id) if len(found) > limit else None


def _between(since: datetime, until: datetime) -> Select[Any]:
    return _ENTRIES.where(_l.c.at >= since, _l.c.at < until)


def _write(line: Line) -> Mapping[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind.value,
        "shop_transaction_id": line.shop_transaction_id,
        "client_id": line.client_id,
        "shop_refund_id": line.shop_refund_id,
        "amount_minor": line.amount_minor,
        "learned_at": line.learned_at,
        "told_at": line.told_at,
        "at": line.at,
    }


def _read(row: RowMapping) -> Entry:
    line = Line(
        id=row["id"],
        kind=LineKind(row["kind"]),
        shop_transaction_id=ShopTransactionId(row["shop_transaction_id"]),
        client_id=row["client_id"],
        shop_refund_id=row["shop_refund_id"],
        amount_minor=row["amount_minor"],
        learned_at=row["learned_at"],
        told_at=row["told_at"],
    )
    reviews = tuple(Review(word) for word in row["reviews"])
    operations = [operation for refund in row["refunds"] for operation in refund["operations"]]
    return Entry(
        line=line,
        order_id=row["order_id"],
        reference=row["reference"],
        order_status=OrderStatus(row["order_status"]),
        octo_transaction_id=row["octo_transaction_id"],
        octo_refund_id=next((o["refund_id"] for o in operations if o["shop_refund_id"] == line.shop_refund_id), None),
        currency=Currency(row["currency"]),
        test=row["test"],
        facts=read_facts(row["facts"]),
        reviews=reviews,
        reviews_left=reviews[row["reviews_seen"] :],
    )
