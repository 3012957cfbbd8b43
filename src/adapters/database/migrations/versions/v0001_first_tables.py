"""The first tables, with the guards that hold whatever the program does."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Final is final. The one exception is a success that OCTO reports late, which a person has to look at.
FINAL_IS_FINAL: Final = """
    OLD.status IN ('success', 'failed', 'cancelled') AND NEW.status <> OLD.status
    AND NOT (OLD.status <> 'success' AND NEW.status = 'success' AND json_array_length(NEW.reviews) > 0)
"""

SQLITE_GUARDS: Final = (
    f"""
    CREATE TRIGGER final_is_final BEFORE UPDATE ON payment_transactions WHEN {FINAL_IS_FINAL}
    BEGIN SELECT RAISE(ABORT, 'final_is_final'); END
    """,
    """
    CREATE TRIGGER audit_append_only_update BEFORE UPDATE ON audit_events
    BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END
    """,
    """
    CREATE TRIGGER audit_append_only_delete BEFORE DELETE ON audit_events
    BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END
    """,
)
POSTGRESQL_GUARDS: Final = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_ARGV[0];
    END $$
    """,
    f"""
    CREATE TRIGGER final_is_final BEFORE UPDATE ON payment_transactions FOR EACH ROW WHEN ({FINAL_IS_FINAL})
    EXECUTE FUNCTION refuse_change('final_is_final')
    """,
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('audit_append_only')
    """,
)
TABLES: Final = (
    "idempotency_keys",
    "clients",
    "merchant_events",
    "audit_events",
    "callbacks",
    "payment_transactions",
    "orders",
)


def upgrade() -> None:
    _create_orders()
    _create_payment_transactions()
    _create_callbacks()
    _create_audit_events()
    _create_merchant_events()
    _create_clients()
    _create_idempotency_keys()
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for guard in SQLITE_GUARDS if on_sqlite else POSTGRESQL_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("customer", sa.JSON()),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("capture IN ('automatic', 'manual')", name=op.f("ck_orders_known_capture")),
        sa.CheckConstraint("currency IN ('UZS', 'USD', 'RUB')", name=op.f("ck_orders_known_currency")),
        sa.CheckConstraint("mode IN ('own_page', 'redirect')", name=op.f("ck_orders_known_mode")),
        sa.CheckConstraint(
            "status IN ('awaiting_payment', 'authorized', 'paid', 'partially_refunded', 'refunded', 'payment_failed', 'cancelled')",
            name=op.f("ck_orders_known_status"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_orders_amount")),
        sa.CheckConstraint("version >= 0", name=op.f("ck_orders_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("client_id", "reference", name=op.f("uq_orders_client_id_reference")),
    )
    op.create_index(op.f("ix_orders_client_id_created_at_id"), "orders", ["client_id", "created_at", "id"])


def _create_payment_transactions() -> None:
    op.create_table(
        "payment_transactions",
        sa.Column("shop_transaction_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("in_flight", sa.Text()),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("octo_transaction_id", sa.Text()),
        sa.Column("octo_payment_id", sa.BigInteger()),
        sa.Column("octo_pay_url", sa.Text()),
        sa.Column("verification", sa.JSON()),
        sa.Column("before_card", sa.JSON()),
        sa.Column("card_open", sa.Boolean(), nullable=False),
        sa.Column("card_fingerprint", sa.Text()),
        sa.Column("cards_sent", sa.Integer(), nullable=False),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("code_sent_at", sa.DateTime(timezone=True)),
        sa.Column("codes_wrong", sa.Integer(), nullable=False),
        sa.Column("card_seen", sa.Boolean(), nullable=False),
        sa.Column("denial", sa.Text()),
        sa.Column("error_code", sa.Text()),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True)),
        sa.Column("captures_asked", sa.JSON(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger()),
        sa.Column("release_due", sa.Boolean(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True)),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reviews", sa.JSON(), nullable=False),
        sa.Column("octo_final", sa.Text()),
        sa.Column("second_look_at", sa.DateTime(timezone=True)),
        sa.Column("next_check_at", sa.DateTime(timezone=True)),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("open_since", sa.DateTime(timezone=True)),
        sa.Column("overdue_since", sa.DateTime(timezone=True)),
        sa.Column("request_payload", sa.JSON()),
        sa.Column("response_payload", sa.JSON()),
        sa.CheckConstraint("capture IN ('automatic', 'manual')", name=op.f("ck_payment_transactions_known_capture")),
        sa.CheckConstraint("currency IN ('UZS', 'USD', 'RUB')", name=op.f("ck_payment_transactions_known_currency")),
        sa.CheckConstraint(
            "in_flight IN ('prepare', 'pay', 'otp', 'resend', 'capture', 'release')",
            name=op.f("ck_payment_transactions_known_in_flight"),
        ),
        sa.CheckConstraint("mode IN ('own_page', 'redirect')", name=op.f("ck_payment_transactions_known_mode")),
        sa.CheckConstraint(
            "status IN ('pending', 'prepared', 'verification_required', 'processing', 'success', 'failed', 'cancelled')",
            name=op.f("ck_payment_transactions_known_status"),
        ),
        sa.CheckConstraint(
            "0 < captured_minor AND captured_minor <= amount_minor", name=op.f("ck_payment_transactions_captured")
        ),
        sa.CheckConstraint(
            "0 <= refunded_minor AND refunded_minor <= COALESCE(captured_minor, 0)",
            name=op.f("ck_payment_transactions_refunded"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_transactions_amount")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_payment_transactions_attempt")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payment_transactions_order_id")),
        sa.PrimaryKeyConstraint("shop_transaction_id", name=op.f("pk_payment_transactions")),
        sa.UniqueConstraint("order_id", "attempt", name=op.f("uq_payment_transactions_order_id_attempt")),
    )
    op.create_index(
        "ix_payment_transactions_due", "payment_transactions", ["next_check_at"], **_where("next_check_at IS NOT NULL")
    )
    op.create_index(op.f("ix_payment_transactions_octo_payment_id"), "payment_transactions", ["octo_payment_id"])
    op.create_index(
        "ix_payment_transactions_octo_transaction_id",
        "payment_transactions",
        ["octo_transaction_id"],
        unique=True,
        **_where("octo_transaction_id IS NOT NULL"),
    )
    op.create_index(
        "ix_payment_transactions_one_live",
        "payment_transactions",
        ["order_id"],
        unique=True,
        **_where("status IN ('pending', 'prepared', 'verification_required', 'processing')"),
    )


def _create_callbacks() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shop_transaction_id", sa.Text(), nullable=False),
        sa.Column("octo_transaction_id", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("verdict", sa.Text()),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index(op.f("ix_callbacks_octo_transaction_id"), "callbacks", ["octo_transaction_id"])
    op.create_index(op.f("ix_callbacks_shop_transaction_id"), "callbacks", ["shop_transaction_id"])
    op.create_index("ix_callbacks_unapplied", "callbacks", ["received_at"], **_where("applied_at IS NULL"))


def _create_audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("shop_transaction_id", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "why IN ('api', 'callback', 'settlement', 'operator')", name=op.f("ck_audit_events_known_why")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_audit_events_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_order_id"), "audit_events", ["order_id"])


def _create_merchant_events() -> None:
    op.create_table(
        "merchant_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_merchant_events_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_events")),
    )
    op.create_index(op.f("ix_merchant_events_order_id"), "merchant_events", ["order_id"])


def _create_clients() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("body", sa.Text()),
        sa.Column("content_type", sa.Text()),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_claimed_at"), "idempotency_keys", ["claimed_at"])
