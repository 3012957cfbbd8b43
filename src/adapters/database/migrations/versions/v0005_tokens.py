"""Outside issuers of tokens, and tokens that count no more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "issuers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jwks_url", sa.Text()),
        sa.Column("sealed_key", sa.Text()),
        sa.CheckConstraint(
            "algorithm IN ('HS256', 'RS256', 'PS256', 'ES256', 'EdDSA')", name=op.f("ck_issuers_known_algorithm")
        ),
        sa.CheckConstraint("(jwks_url IS NULL) <> (sealed_key IS NULL)", name=op.f("ck_issuers_one_kind_of_key")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_issuers_client_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_issuers")),
        sa.UniqueConstraint("client_id", name=op.f("uq_issuers_client_id")),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "token_id", name=op.f("pk_revoked_tokens")),
    )
    op.create_index(op.f("ix_revoked_tokens_revoked_at"), "revoked_tokens", ["revoked_at"])


def downgrade() -> None:
    op.drop_table("revoked_tokens")
    op.drop_table("issuers")
