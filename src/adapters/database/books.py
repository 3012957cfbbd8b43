"""The repository of books: an order and its attempts are read in one query and written by compare-and-swap."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, ScalarSelect, Select, Table, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from adapters.database.columns import is_storable
from adapters.database.cursors import beyond, write_cursor
from adapters.database.failures import GuardHit
from adapters.database.mappers import read_order, read_transaction, write_order, write_transaction
from adapters.database.receipts import read_receipt, write_receipt
from adapters.database.statements import Statements
from adapters.database.tables import (
    OCTO_TRANSACTION_ID,
    ONE_LIVE_ATTEMPT,
    OrderRow,
    ReceiptRow,
    TransactionRow,
    table,
)
from domain.books import Books
from domain.errors import ReferenceTaken
from domain.order import Order, OrderStatus, Scope
from domain.ports import OctoIdTaken, Stale
from domain.transaction import OrderId, PaymentTransaction, ShopTransactionId

_ORDERS: Final = table(OrderRow)
_ATTEMPTS: Final = table(TransactionRow)
_RECEIPTS: Final = table(ReceiptRow)
_ORDER_COLUMNS: Final = _ORDERS.columns.keys()
_ATTEMPT_COLUMNS: Final = _ATTEMPTS.columns.keys()
_RECEIPT_COLUMNS: Final = _RECEIPTS.columns.keys()

_BOOKS: Final = (
    select(*_ORDERS.c, *_ATTEMPTS.c, *_RECEIPTS.c)
    .select_from(_ORDERS.outerjoin(_ATTEMPTS).outerjoin(_RECEIPTS))
    .order_by(_ATTEMPTS.c.attempt)
)


def _order_of(column: str) -> ScalarSelect[Any]:
    named = _ATTEMPTS.alias("named")
    return select(named.c.order_id).where(named.c[column] == bindparam("key")).scalar_subquery()


_BY_TRANSACTION: Final = _BOOKS.where(_ORDERS.c.id == _order_of("shop_transaction_id"))
_BY_OCTO_TRANSACTION: Final = _BOOKS.where(_ORDERS.c.id == _order_of("octo_transaction_id"))

_SAVE_ORDER: Final = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("key"), _ORDERS.c.version == bindparam("read_version"))
    .values(status=bindparam("new_status"), cancelled_at=bindparam("new_cancelled_at"), version=_ORDERS.c.version + 1)
)
_SAVE_ATTEMPT: Final = update(_ATTEMPTS).where(_ATTEMPTS.c.shop_transaction_id == bindparam("key"))
_SAVE_RECEIPT: Final = update(_RECEIPTS).where(_RECEIPTS.c.shop_transaction_id == bindparam("key"))

# Two processes at the same attempt: PostgreSQL names the guard, SQLite its columns.
_RACED: Final = frozenset(
    {
        ONE_LIVE_ATTEMPT,
        "payment_transactions.order_id",
        "pk_payment_transactions",
        "payment_transactions.shop_transaction_id",
        "uq_payment_transactions_order_id_attempt",
        "payment_transactions.order_id, payment_transactions.attempt",
    }
)
_OCTO_ID: Final = frozenset({OCTO_TRANSACTION_ID, "payment_transactions.octo_transaction_id"})


def _claim_due(rows: Table) -> ReturningUpdate[Any]:
    """In a CTE, which PostgreSQL runs exactly once: a plain subquery may be run again for each row, and claim more than its limit."""
    due = (
        select(rows.c.shop_transaction_id)
        .where(rows.c.next_check_at <= bindparam("at"))
        .order_by(rows.c.next_check_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(rows)
        .where(rows.c.shop_transaction_id.in_(select(due.c.shop_transaction_id)))
        .values(next_check_at=bindparam("until"))
        .returning(rows.c.shop_transaction_id)
    )


_CLAIM_DUE: Final = _claim_due(_ATTEMPTS)
_CLAIM_DUE_RECEIPTS: Final = _claim_due(_RECEIPTS)


class SqlBooks:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, books: Books) -> None:
        order = books.order
        new = self._statements.insert(_ORDERS)
        new = new.on_conflict_do_nothing(index_elements=["client_id", "reference"])
        if self._statements.execute(new.returning(_ORDERS.c.id), write_order(order)).first() is None:
            raise ReferenceTaken(order_id=self._referenced(order))
        for transaction in books.transactions:
            self._statements.execute(insert(_ATTEMPTS), write_transaction(transaction))
        for receipt in books.receipts:
            self._statements.execute(insert(_RECEIPTS), write_receipt(receipt))

    def owned(self, order_id: str, scope: Scope) -> Books | None:
        if not is_storable(order_id):
            return None
        return self._read(_seen_by(_BOOKS, scope).where(_ORDERS.c.id == order_id), {})

    def of_transaction(self, shop_transaction_id: str) -> Books | None:
        return self._read(_BY_TRANSACTION, {"key": shop_transaction_id}) if is_storable(shop_transaction_id) else None

    def of_octo_transaction(self, octo_transaction_id: str) -> Books | None:
        if not is_storable(octo_transaction_id):
            return None
        return self._read(_BY_OCTO_TRANSACTION, {"key": octo_transaction_id})

    def save(self, before: Books, after: Books) -> None:
        order = after.order
        saved = self._statements.execute(
            _SAVE_ORDER,
            {
                "key": before.order.id,
                "read_version": before.order.version,
                "new_status": order.status.value,
                "new_cancelled_at": order.cancelled_at,
            },
        )
        if saved.rowcount == 0:
            raise Stale()
        known = {t.shop_transaction_id: t for t in before.transactions}
        for transaction in after.transactions:
            if transaction != known.get(transaction.shop_transaction_id):
                self._write(transaction, is_new=transaction.shop_transaction_id not in known)
        for receipt in after.receipts:
            was = before.receipt_of(receipt.shop_transaction_id)
            if was is None:
                self._statements.execute(insert(_RECEIPTS), write_receipt(receipt))
            elif receipt != was:
                self._statements.execute(_SAVE_RECEIPT, {**write_receipt(receipt), "key": receipt.shop_transaction_id})

    def page(
        self, scope: Scope, *, status: OrderStatus | None, reference: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[Order], str | None]:
        query = _seen_by(select(*_ORDERS.c), scope).order_by(_ORDERS.c.created_at.desc(), _ORDERS.c.id.desc())
        if status is not None:
            query = query.where(_ORDERS.c.status == status.value)
        if after is not None:
            query = query.where(beyond(after, _ORDERS.c.created_at, _ORDERS.c.id))
        if reference is not None:
            if not is_storable(reference):
                return [], None
            query = query.where(_ORDERS.c.reference == reference)
        found = [read_order(row) for row in self._statements.execute(query.limit(limit + 1)).mappings()]
        page = found[:limit]
        return page, write_cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None

    def claim_due(self, at: datetime, lease: timedelta, limit: int) -> Sequence[ShopTransactionId]:
        claimed = self._statements.execute(_CLAIM_DUE, {"at": at, "until": at + lease, "most": limit})
        return [ShopTransactionId(key) for key in claimed.scalars()]

    def claim_due_receipts(self, at: datetime, lease: timedelta, limit: int) -> Sequence[ShopTransactionId]:
        claimed = self._statements.execute(_CLAIM_DUE_RECEIPTS, {"at": at, "until": at + lease, "most": limit})
        return [ShopTransactionId(key) for key in claimed.scalars()]

    def _read(self, query: Select[Any], parameters: dict[str, Any]) -> Books | None:
        rows = self._statements.execute(query, parameters).all()
        return _books(rows) if rows else None

    def _referenced(self, order: Order) -> OrderId:
        query = select(_ORDERS.c.id).where(
            _ORDERS.c.client_id == order.owner.client_id, _ORDERS.c.reference == order.reference
        )
        return OrderId(self._statements.execute(query).scalar_one())

    def _write(self, transaction: PaymentTransaction, *, is_new: bool) -> None:
        row = write_transaction(transaction)
        try:
            if is_new:
                self._statements.execute(insert(_ATTEMPTS), row)
            else:
                self._statements.execute(_SAVE_ATTEMPT, {**row, "key": transaction.shop_transaction_id})
        except GuardHit as hit:
            if hit.guard in _RACED:
                raise Stale() from None
            if hit.guard in _OCTO_ID:
                raise OctoIdTaken() from None
            raise


def _seen_by(query: Select[Any], scope: Scope) -> Select[Any]:
    owned = query.where(_ORDERS.c.client_id == scope.client_id)
    return owned if scope.subject is None else owned.where(_ORDERS.c.subject == scope.subject)


def _books(rows: Sequence[Row[Any]]) -> Books:
    """From one order beside each of its attempts and its receipt, or beside NULLs where it has none."""
    order = read_order(_columns(rows[0], _ORDER_COLUMNS))
    attempts = [_columns(row, _ATTEMPT_COLUMNS, len(_ORDER_COLUMNS)) for row in rows]
    receipts = [_columns(row, _RECEIPT_COLUMNS, len(_ORDER_COLUMNS) + len(_ATTEMPT_COLUMNS)) for row in rows]
    return Books(
        order,
        tuple(read_transaction(a) for a in attempts if a["shop_transaction_id"] is not None),
        tuple(read_receipt(r) for r in receipts if r["shop_transaction_id"] is not None),
    )


def _columns(row: Row[Any], names: Sequence[str], start: int = 0) -> dict[str, Any]:
    return dict(zip(names, row[start : start + len(names)], strict=True))
