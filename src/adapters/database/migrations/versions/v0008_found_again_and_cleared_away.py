"""A saved card is found again by the request that began it, and asked about once a second; what is over can be cleared away."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TOLD: Final = "handed_out_at IS NOT NULL AND type NOT IN ('payment.succeeded', 'payment.failed', 'payment.cancelled')"
INDEXES: Final = (
    ("ix_callbacks_applied", "callbacks", "applied_at", "applied_at IS NOT NULL"),
    ("ix_merchant_events_told", "merchant_events", "handed_out_at", TOLD),
    ("ix_webhook_deliveries_done", "webhook_deliveries", "created_at", "next_attempt_at IS NULL"),
)


def upgrade() -> None:
    op.add_column("saved_cards", sa.Column("asked_at", sa.DateTime(timezone=True)))
    op.add_column("saved_cards", sa.Column("request_key", sa.Text()))
    for name, table, column, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_column("saved_cards", "request_key")
    op.drop_column("saved_cards", "asked_at")
