"""The limits count in the database, so that they hold whichever process and machine is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("limit", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("limit", "subject", name=op.f("pk_tallies")),
    )
    op.create_index(op.f("ix_tallies_until"), "tallies", ["until"])


def downgrade() -> None:
    op.drop_table("tallies")
