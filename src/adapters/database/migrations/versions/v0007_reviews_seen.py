"""A person says which reviews they have looked at: the first so many of a payment."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # The default is for programs of the version before, which run beside this one during an upgrade and know no such column.
    seen = sa.Column("reviews_seen", sa.Integer(), nullable=False, server_default="0")
    op.add_column("payment_transactions", seen)


def downgrade() -> None:
    op.drop_column("payment_transactions", "reviews_seen")
