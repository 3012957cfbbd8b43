"""The register: a line for every sum that was taken or given back, those of the past out of the payments and the audit trail."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from adapters.database.columns import UtcDateTime

revision = "0009"
down_revision = "0008"

AT_A_TIME = 500
PAYMENTS = sa.table(
    "payment_transactions",
    sa.column("shop_transaction_id", sa.Text()),
    sa.column("order_id", sa.Text()),
    sa.column("status", sa.Text()),
    sa.column("created_at", UtcDateTime()),
    sa.column("captured_minor", sa.BigInteger()),
    sa.column("refunded_minor", sa.BigInteger()),
    sa.column("refunds", sa.JSON()),
    sa.column("facts", sa.JSON()),
)
ORDERS = sa.table("orders", sa.column("id", sa.Text()), sa.column("client_id", sa.Text()))
AUDIT = sa.table(
    "audit_events",
    sa.column("id", sa.BigInteger()),
    sa.column("order_id", sa.Text()),
    sa.column("shop_transaction_id", sa.Text()),
    sa.column("at", UtcDateTime()),
    sa.column("after", sa.JSON()),
)
LINES = sa.table(
    "register_lines",
    sa.column("id", sa.Text()),
    sa.column("kind", sa.Text()),
    sa.column("shop_transaction_id", sa.Text()),
    sa.column("client_id", sa.Text()),
    sa.column("shop_refund_id", sa.Text()),
    sa.column("amount_minor", sa.BigInteger()),
    sa.column("learned_at", UtcDateTime()),
    sa.column("told_at", UtcDateTime()),
    sa.column("at", UtcDateTime()),
)


def upgrade() -> None:
    op.create_table(
        "register_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shop_transaction_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("shop_refund_id", sa.Text()),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('charge', 'refund')", name=op.f("ck_register_lines_known_kind")),
        sa.CheckConstraint("kind = 'refund' OR amount_minor > 0", name=op.f("ck_register_lines_charge_takes")),
        sa.ForeignKeyConstraint(
            ["shop_transaction_id"],
            ["payment_transactions.shop_transaction_id"],
            name=op.f("fk_register_lines_shop_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_lines")),
    )
    op.create_index(op.f("ix_register_lines_shop_transaction_id"), "register_lines", ["shop_transaction_id"])
    op.create_index(op.f("ix_register_lines_at_id"), "register_lines", ["at", "id"])
    op.create_index(op.f("ix_register_lines_client_id_at_id"), "register_lines", ["client_id", "at", "id"])
    if not op.get_context().as_sql:
        _fill(op.get_bind())


def downgrade() -> None:
    op.drop_table("register_lines")


def _fill(connection: sa.Connection) -> None:
    after = ""
    while payments := _some(connection, after):
        for payment in payments:
            told = connection.execute(
                sa.select(AUDIT.c.at, AUDIT.c.after)
                .where(
                    AUDIT.c.order_id == payment["order_id"],
                    AUDIT.c.shop_transaction_id == payment["shop_transaction_id"],
                )
                .order_by(AUDIT.c.id)
            )
            connection.execute(sa.insert(LINES), list(_lines(payment, [(row.at, row.after) for row in told])))
        after = payments[-1]["shop_transaction_id"]


def _some(connection: sa.Connection, after: str) -> list[Any]:
    paid = (
        sa.select(PAYMENTS, ORDERS.c.client_id)
        .join_from(PAYMENTS, ORDERS, PAYMENTS.c.order_id == ORDERS.c.id)
        .where(PAYMENTS.c.status == "success", PAYMENTS.c.shop_transaction_id > after)
        .order_by(PAYMENTS.c.shop_transaction_id)
        .limit(AT_A_TIME)
    )
    return list(connection.execute(paid).mappings())


def _lines(payment: Any, told: list[tuple[datetime, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """When a refund came through, the payment's refunded sum tells: it is the moment since which it holds the refund and those before."""
    key, paid_at = payment["shop_transaction_id"], payment["facts"]["paid_at"]
    succeeded = [at for at, after in told if after.get("status") == "success"]
    rises = [(at, after["refunded_minor"]) for at, after in told if "refunded_minor" in after]
    begun = succeeded[0] if succeeded else payment["created_at"]

    def line(id_: str, kind: str, minor: int, learned_at: datetime, **more: Any) -> dict[str, Any]:
        known = {"shop_transaction_id": key, "client_id": payment["client_id"], "shop_refund_id": None, "told_at": None}
        line = {"id": id_, "kind": kind, "amount_minor": minor, "learned_at": learned_at} | known | more
        return line | {"at": line["told_at"] or learned_at}

    yield line(key, "charge", payment["captured_minor"], begun, told_at=_moment(paid_at))
    refunded = 0
    for refund in payment["refunds"]:
        for operation in refund["operations"]:
            if operation["status"] == "succeeded":
                refunded += operation["amount_minor"]
                asked = datetime.fromisoformat(refund["requested_at"])
                learned = next((at for at, minor in rises if minor >= refunded), asked)
                own = {"shop_refund_id": operation["shop_refund_id"], "told_at": _moment(operation.get("told_at"))}
                yield line(operation["shop_refund_id"], "refund", -operation["amount_minor"], learned, **own)
    in_all = payment["refunded_minor"]
    if in_all > refunded:
        learned = rises[-1][0] if rises else begun
        yield line(f"{key}-elsewhere-{refunded}-{in_all}", "refund", refunded - in_all, learned)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
