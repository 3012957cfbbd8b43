"""The fiscal receipts of paid orders."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

DUE = sa.text("next_check_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("shop_transaction_id", sa.Text(), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True)),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terminal_id", sa.Text()),
        sa.Column("receipt_id", sa.BigInteger()),
        sa.Column("issued_at", sa.DateTime(timezone=True)),
        sa.Column("fiscal_sign", sa.Text()),
        sa.Column("qr_code_url", sa.Text()),
        sa.CheckConstraint("state IN ('awaited', 'ready', 'missing')", name=op.f("ck_receipts_known_state")),
        sa.CheckConstraint("(state = 'ready') = (qr_code_url IS NOT NULL)", name=op.f("ck_receipts_ready_is_given")),
        sa.CheckConstraint(
            "(state = 'awaited') = (next_check_at IS NOT NULL)", name=op.f("ck_receipts_awaited_is_due")
        ),
        sa.ForeignKeyConstraint(
            ["shop_transaction_id"],
            ["payment_transactions.shop_transaction_id"],
            name=op.f("fk_receipts_shop_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("shop_transaction_id", name=op.f("pk_receipts")),
    )
    op.create_index("ix_receipts_due", "receipts", ["next_check_at"], sqlite_where=DUE, postgresql_where=DUE)


def downgrade() -> None:
    op.drop_table("receipts")
