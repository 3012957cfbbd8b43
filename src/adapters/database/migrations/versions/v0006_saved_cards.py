"""Cards that a shop's customers let it keep, what happened to them, and events that belong to no order."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

DUE = sa.text("next_check_at IS NOT NULL")
SQLITE_GUARDS: Final = (
    """
    CREATE TRIGGER card_audit_append_only_update BEFORE UPDATE ON saved_card_events
    BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END
    """,
    """
    CREATE TRIGGER card_audit_append_only_delete BEFORE DELETE ON saved_card_events
    BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END
    """,
)
POSTGRESQL_GUARDS: Final = (
    """
    CREATE TRIGGER card_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON saved_card_events FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_append_only')
    """,
)


def upgrade() -> None:
    _create_saved_cards()
    _create_saved_card_events()
    with op.batch_alter_table("merchant_events") as events:
        events.alter_column("order_id", existing_type=sa.Text(), nullable=True)
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for guard in SQLITE_GUARDS if on_sqlite else POSTGRESQL_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    op.drop_table("saved_card_events")
    op.drop_table("saved_cards")
    op.execute("DELETE FROM merchant_events WHERE order_id IS NULL")
    with op.batch_alter_table("merchant_events") as events:
        events.alter_column("order_id", existing_type=sa.Text(), nullable=False)


def _create_saved_cards() -> None:
    op.create_table(
        "saved_cards",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer_user_id", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("first6", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("in_flight", sa.Text()),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("octo_binding_id", sa.Text()),
        sa.Column("verification", sa.JSON()),
        sa.Column("code_sent_at", sa.DateTime(timezone=True)),
        sa.Column("code_accepted", sa.Boolean(), nullable=False),
        sa.Column("codes_wrong", sa.Integer(), nullable=False),
        sa.Column("token_sealed", sa.Text()),
        sa.Column("error_code", sa.Text()),
        sa.Column("next_check_at", sa.DateTime(timezone=True)),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("request_payload", sa.JSON()),
        sa.Column("response_payload", sa.JSON()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("scheme IN ('uzcard', 'humo', 'bank_card')", name=op.f("ck_saved_cards_known_scheme")),
        sa.CheckConstraint(
            "status IN ('init', 'verifying', 'active', 'blocked', 'failed')", name=op.f("ck_saved_cards_known_status")
        ),
        sa.CheckConstraint("in_flight IN ('bind', 'code')", name=op.f("ck_saved_cards_known_in_flight")),
        sa.CheckConstraint(
            "(status = 'active' AND token_sealed IS NOT NULL) OR status = 'blocked' OR"
            " (status IN ('init', 'verifying', 'failed') AND token_sealed IS NULL)",
            name=op.f("ck_saved_cards_token_while_active"),
        ),
        sa.CheckConstraint("LENGTH(first6) = 6 AND LENGTH(last4) = 4", name=op.f("ck_saved_cards_no_whole_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_cards")),
    )
    op.create_index(
        op.f("ix_saved_cards_client_id_customer_user_id_created_at"),
        "saved_cards",
        ["client_id", "customer_user_id", "created_at"],
    )
    op.create_index("ix_saved_cards_due", "saved_cards", ["next_check_at"], sqlite_where=DUE, postgresql_where=DUE)


def _create_saved_card_events() -> None:
    op.create_table(
        "saved_card_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("card_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "why IN ('api', 'callback', 'settlement', 'operator')", name=op.f("ck_saved_card_events_known_why")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["saved_cards.id"], name=op.f("fk_saved_card_events_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_card_events")),
    )
    op.create_index(op.f("ix_saved_card_events_card_id"), "saved_card_events", ["card_id"])
