"""The tables. The guards that a table cannot express (triggers) stand in the migration that made it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from adapters.database.columns import JSON_OR_NULL, UtcDateTime
from domain.card import Scheme
from domain.card_moves import CardStatus
from domain.issuers import Algorithm
from domain.journal import Why
from domain.merchant import DeliveryState, SwitchedOff
from domain.money import Currency
from domain.moves import FINAL, Status
from domain.order import OrderStatus
from domain.receipt import ReceiptState
from domain.register import LineKind
from domain.saved_card import CardCall
from domain.transaction import Call, Capture, Mode

_LIVE: Final = tuple(status for status in Status if status not in {stage.value for stage in FINAL})
ONE_LIVE_ATTEMPT: Final = "ix_payment_transactions_one_live"
OCTO_TRANSACTION_ID: Final = "ix_payment_transactions_octo_transaction_id"
# Handed out, and none of those that a payment has ended with. Said in these very words also where the index is to be used.
TOLD: Final = "handed_out_at IS NOT NULL AND type NOT IN ('payment.succeeded', 'payment.failed', 'payment.cancelled')"

_NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    # A registry of our own, and not its parts: Flask-SQLAlchemy derives from this class, which SQLAlchemy allows only so.
    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={
            str: Text(),
            datetime: UtcDateTime(),
            dict[str, Any]: JSON_OR_NULL,
            list[Any]: JSON_OR_NULL,
        },
    )


def _words(words: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{word.value}'" for word in words)


def _known(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({_words(words)})", name=f"known_{column}")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class OrderRow(Base):
    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    subject: Mapped[str]
    account: Mapped[str]
    reference: Mapped[str | None]
    description: Mapped[str | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    items: Mapped[list[Any]]
    customer: Mapped[dict[str, Any] | None]
    mode: Mapped[str]
    capture: Mapped[str]
    test: Mapped[bool]
    status: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("client_id", "reference"),
        Index(None, "client_id", "created_at", "id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("version >= 0", name="version"),
        _known("currency", Currency),
        _known("mode", Mode),
        _known("capture", Capture),
        _known("status", OrderStatus),
    )


class TransactionRow(Base):
    __tablename__ = "payment_transactions"

    shop_transaction_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    attempt: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    mode: Mapped[str]
    capture: Mapped[str]
    test: Mapped[bool]
    terms: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str]
    in_flight: Mapped[str | None]
    held: Mapped[bool]
    turn: Mapped[int]
    octo_transaction_id: Mapped[str | None]
    # Of `verification`, again: for whoever looks into the database with OCTO's number. No query of ours reads it.
    octo_payment_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    octo_pay_url: Mapped[str | None]
    verification: Mapped[dict[str, Any] | None]
    before_card: Mapped[dict[str, Any] | None]
    card_open: Mapped[bool]
    card_fingerprint: Mapped[str | None]
    cards_sent: Mapped[int]
    codes_sent: Mapped[int]
    code_sent_at: Mapped[datetime | None]
    codes_wrong: Mapped[int]
    card_seen: Mapped[bool]
    denial: Mapped[str | None]
    error_code: Mapped[str | None]
    cancel_requested_at: Mapped[datetime | None]
    captures_asked: Mapped[list[Any]]
    captured_minor: Mapped[int | None] = mapped_column(BigInteger)
    release_due: Mapped[bool]
    held_at: Mapped[datetime | None]
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    refunds: Mapped[list[Any]]
    facts: Mapped[dict[str, Any]]
    reviews: Mapped[list[Any]]
    reviews_seen: Mapped[int] = mapped_column(server_default="0")
    octo_final: Mapped[str | None]
    second_look_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    checks: Mapped[int]
    asked_at: Mapped[datetime | None]
    open_since: Mapped[datetime | None]
    overdue_since: Mapped[datetime | None]
    request_payload: Mapped[dict[str, Any] | None]
    response_payload: Mapped[dict[str, Any] | None]

    __table_args__ = (
        UniqueConstraint("order_id", "attempt"),
        _partial(ONE_LIVE_ATTEMPT, "order_id", unique=True, where=f"status IN ({_words(_LIVE)})"),
        _partial(OCTO_TRANSACTION_ID, "octo_transaction_id", unique=True, where="octo_transaction_id IS NOT NULL"),
        # Most payments are settled and never due again: the scan for due ones must not pass over them.
        _partial("ix_payment_transactions_due", "next_check_at", where="next_check_at IS NOT NULL"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("0 <= refunded_minor AND refunded_minor <= COALESCE(captured_minor, 0)", name="refunded"),
        CheckConstraint("0 < captured_minor AND captured_minor <= amount_minor", name="captured"),
        CheckConstraint("attempt > 0", name="attempt"),
        _known("currency", Currency),
        _known("mode", Mode),
        _known("capture", Capture),
        _known("status", Status),
        _known("in_flight", Call),
    )


class ReceiptRow(Base):
    """Of a successful payment whose order is fiscal."""

    __tablename__ = "receipts"

    shop_transaction_id: Mapped[str] = mapped_column(
        ForeignKey("payment_transactions.shop_transaction_id"), primary_key=True
    )
    next_check_at: Mapped[datetime | None]
    checks: Mapped[int]
    state: Mapped[str]
    terminal_id: Mapped[str | None]
    receipt_id: Mapped[int | None] = mapped_column(BigInteger)
    issued_at: Mapped[datetime | None]
    fiscal_sign: Mapped[str | None]
    qr_code_url: Mapped[str | None]

    __table_args__ = (
        _partial("ix_receipts_due", "next_check_at", where="next_check_at IS NOT NULL"),
        _known("state", ReceiptState),
        CheckConstraint("(state = 'ready') = (qr_code_url IS NOT NULL)", name="ready_is_given"),
        CheckConstraint("(state = 'awaited') = (next_check_at IS NOT NULL)", name="awaited_is_due"),
    )


class RegisterLineRow(Base):
    """`at` is `told_at`, or `learned_at` without one; the client is that of the order, again, so that its lines are found by it."""

    __tablename__ = "register_lines"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    shop_transaction_id: Mapped[str] = mapped_column(ForeignKey("payment_transactions.shop_transaction_id"), index=True)
    client_id: Mapped[str]
    shop_refund_id: Mapped[str | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    learned_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    at: Mapped[datetime]

    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "client_id", "at", "id"),
        _known("kind", LineKind),
        CheckConstraint("kind = 'refund' OR amount_minor > 0", name="charge_takes"),
    )


class SavedCardRow(Base):
    __tablename__ = "saved_cards"

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    subject: Mapped[str]
    customer_user_id: Mapped[str]
    scheme: Mapped[str]
    first6: Mapped[str]
    last4: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str]
    in_flight: Mapped[str | None]
    turn: Mapped[int]
    octo_binding_id: Mapped[str | None]
    verification: Mapped[dict[str, Any] | None]
    code_sent_at: Mapped[datetime | None]
    code_accepted: Mapped[bool]
    codes_wrong: Mapped[int]
    token_sealed: Mapped[str | None]
    error_code: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    request_key: Mapped[str | None]
    next_check_at: Mapped[datetime | None]
    checks: Mapped[int]
    request_payload: Mapped[dict[str, Any] | None]
    response_payload: Mapped[dict[str, Any] | None]
    version: Mapped[int]

    __table_args__ = (
        Index(None, "client_id", "customer_user_id", "created_at"),
        _partial("ix_saved_cards_due", "next_check_at", where="next_check_at IS NOT NULL"),
        _known("scheme", Scheme),
        _known("status", CardStatus),
        _known("in_flight", CardCall),
        CheckConstraint(
            "(status = 'active' AND token_sealed IS NOT NULL) OR status = 'blocked' OR"
            " (status IN ('init', 'verifying', 'failed') AND token_sealed IS NULL)",
            name="token_while_active",
        ),
        CheckConstraint("LENGTH(first6) = 6 AND LENGTH(last4) = 4", name="no_whole_number"),
    )


class SavedCardEventRow(Base):
    """Append-only, by trigger."""

    __tablename__ = "saved_card_events"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    card_id: Mapped[str] = mapped_column(ForeignKey("saved_cards.id"), index=True)
    at: Mapped[datetime]
    why: Mapped[str]
    actor: Mapped[str]
    request_id: Mapped[str | None]
    reason: Mapped[str | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]

    __table_args__ = (_known("why", Why),)


class CallbackRow(Base):
    """The inbox."""

    __tablename__ = "callbacks"

    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    shop_transaction_id: Mapped[str] = mapped_column(index=True)
    octo_transaction_id: Mapped[str] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    verified: Mapped[bool]
    report: Mapped[dict[str, Any]]
    applied_at: Mapped[datetime | None]
    verdict: Mapped[str | None]
    claimed_until: Mapped[datetime | None]

    __table_args__ = (
        _partial("ix_callbacks_unapplied", "received_at", where="applied_at IS NULL"),
        _partial("ix_callbacks_applied", "applied_at", where="applied_at IS NOT NULL"),
    )


class AuditEventRow(Base):
    """Append-only, by trigger."""

    __tablename__ = "audit_events"

    # SQLite numbers rows by itself only in a column of exactly this type.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    shop_transaction_id: Mapped[str | None]
    at: Mapped[datetime]
    why: Mapped[str]
    actor: Mapped[str]
    request_id: Mapped[str | None]
    reason: Mapped[str | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]

    __table_args__ = (_known("why", Why),)


class MerchantEventRow(Base):
    """The outbox."""

    __tablename__ = "merchant_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    client_id: Mapped[str]
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    handed_out_at: Mapped[datetime | None]

    __table_args__ = (
        _partial("ix_merchant_events_waiting", "at", "id", where="handed_out_at IS NULL"),
        _partial("ix_merchant_events_told", "handed_out_at", where=TOLD),
    )


class ClientRow(Base):
    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class IdempotencyKeyRow(Base):
    """`status` is NULL while the request is still running."""

    __tablename__ = "idempotency_keys"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str | None]
    content_type: Mapped[str | None]
    claimed_at: Mapped[datetime] = mapped_column(index=True)


class WebhookEndpointRow(Base):
    __tablename__ = "webhook_endpoints"

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    url: Mapped[str]
    secrets: Mapped[list[Any]]
    created_at: Mapped[datetime]
    types: Mapped[list[Any]]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        _known("disabled_reason", SwitchedOff),
        CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled_for_a_reason"),
    )


class WebhookDeliveryRow(Base):
    """The event stands in it once more, so that claiming one is a single statement, and a test event needs no order."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str]
    type: Mapped[str]
    event_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    state: Mapped[str]
    attempts: Mapped[int]
    last_status: Mapped[int | None]
    last_trouble: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        Index(None, "client_id", "created_at", "id"),
        _partial("ix_webhook_deliveries_due", "next_attempt_at", where="next_attempt_at IS NOT NULL"),
        _partial("ix_webhook_deliveries_done", "created_at", where="next_attempt_at IS NULL"),
        _known("state", DeliveryState),
        CheckConstraint("(state = 'pending') = (next_attempt_at IS NOT NULL)", name="pending_is_due"),
    )


class TallyRow(Base):
    """What a limit counts. `until` is NULL where everything that was counted has been taken back."""

    __tablename__ = "tallies"

    limit: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    marks: Mapped[list[Any]]
    until: Mapped[datetime | None] = mapped_column(index=True)


class IssuerRow(Base):
    """Whose tokens a client's own users show."""

    __tablename__ = "issuers"

    name: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), unique=True)
    audience: Mapped[str]
    algorithm: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    jwks_url: Mapped[str | None]
    sealed_key: Mapped[str | None]

    __table_args__ = (
        _known("algorithm", Algorithm),
        CheckConstraint("(jwks_url IS NULL) <> (sealed_key IS NULL)", name="one_kind_of_key"),
    )


class RevokedTokenRow(Base):
    __tablename__ = "revoked_tokens"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    token_id: Mapped[str] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime] = mapped_column(index=True)


def table(row: type[Base]) -> Table:
    """The Core table of a row class: statements over it skip the ORM."""
    return cast(Table, row.__table__)
