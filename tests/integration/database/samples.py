"""Orders and attempts for the tests of the database; the `full` ones have every field filled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.attempt import EarlierCard
from domain.books import Books
from domain.journal import AuditEvent, Cause, MerchantEvent, Why
from domain.money import Currency, Money
from domain.moves import Status, Word
from domain.order import Customer, FiscalObject, Item, Order, OrderStatus, Owner, Scope
from domain.ports import Callback
from domain.receipt import FiscalData, Receipt, ReceiptState
from domain.refund import Operation, OperationStatus, Refund, Refunds
from domain.report import Facts, Report, Source, Verification, Way
from domain.transaction import (
    Call,
    Capture,
    Mode,
    OrderId,
    PaymentTransaction,
    Review,
    ShopTransactionId,
    Terms,
)

NOON: Final = datetime(2026, 1, 5, 12, 0, 0, 250_001, UTC)
MINUTE: Final = timedelta(minutes=1)
SHOP: Final = Owner("shop", "cashier")
SCOPE: Final = Scope("shop", "cashier")
CAUSE: Final = Cause(Why.API, "shop", "req-1", "a reason")
TERMS: Final = Terms(
    language="uz",
    ttl_minutes=15,
    methods=("uzcard", "humo"),
    return_url="https://shop.example/return",
    notify_url="https://shop.example/notify",
)
AMOUNT: Final = Money(18_500_000_000, Currency.UZS)  # more than 32 bits hold


def order(number: int = 1, *, owner: Owner = SHOP, reference: str | None = None, at: datetime = NOON) -> Order:
    return Order(
        id=OrderId(f"order-{number}"),
        owner=owner,
        account="default",
        amount=AMOUNT,
        created_at=at,
        test=False,
        reference=reference,
    )


def unpaid(number: int = 1) -> Books:
    return Books(order(number))


def begun(number: int = 1, at: datetime = NOON) -> Books:
    """With one live attempt, whose next check is due at `at` + 1 minute."""
    return unpaid(number).attempted(TERMS, at)


def prepared(number: int = 1) -> Books:
    books = begun(number)
    report = Report(
        Word.CREATED,
        Source.ANSWER,
        NOON,
        octo_transaction_id=f"octo-{number}",
        octo_pay_url="https://pay2.octo.example/1",
    )
    return books.with_(books.current.hear(report))


def failed(number: int = 1) -> Books:
    books = begun(number)
    return books.with_(books.current.prepare_refused("13", NOON))


FULL_VERIFICATION: Final = Verification(
    Way.OTP, 7731, 912, "+998 90 *** ** 34", NOON + MINUTE, "https://pay2.octo.example/otp"
)
FULL_FACTS: Final = Facts(18_000_000_000, "123456789012", "860012******1234", "UZ", "debit", "uzcard", 3, NOON)
FULL_REPORT: Final = Report(
    Word.SUCCEEDED,
    Source.CALLBACK,
    NOON,
    turn=7,
    known=False,
    octo_transaction_id="octo-1",
    amount=AMOUNT,
    currency_named=False,
    is_refunded=True,
    refunded_minor=5,
    verification=FULL_VERIFICATION,
    octo_pay_url="https://pay2.octo.example/1",
    facts=FULL_FACTS,
    scheduled=False,
)
FISCAL: Final = FiscalObject(spic="00305001001000000", package_code="1425207", vat=True, seller="123456789")
FULL_ORDER: Final = Order(
    id=OrderId("order-1"),
    owner=SHOP,
    account="second",
    amount=Money(AMOUNT.amount_minor, Currency.USD),
    created_at=NOON,
    test=True,
    items=(Item("Choy", 2, Money(50, Currency.USD), FISCAL), Item("Нон", 1, Money(7, Currency.USD), FISCAL)),
    reference="R-1",
    description="Two teas\nand a bread",
    customer=Customer("17", "998901112233", "a@shop.example"),
    mode=Mode.REDIRECT,
    capture=Capture.MANUAL,
    cancelled_at=NOON + MINUTE,
    status=OrderStatus.PARTIALLY_REFUNDED,
    version=3,
)
FULL_OPERATION: Final = Operation(
    shop_refund_id="order-1-1-r1-1",
    amount_minor=10_000_000_000,
    status=OperationStatus.SUCCEEDED,
    base_minor=1,
    times_sent=2,
    refund_id="refund-1",
    told_at=NOON,
    octo_code="0",
)
FULL_REFUND: Final = Refund(
    id="order-1-1-r1",
    amount_minor=15_000_000_000,
    reason="Sovuq choy",
    requested_at=NOON + 10 * MINUTE,
    operations=(FULL_OPERATION, replace(FULL_OPERATION, shop_refund_id="order-1-1-r1-2")),
    request_key="a hash",
)
FULL_TRANSACTION: Final = PaymentTransaction(
    shop_transaction_id=ShopTransactionId("order-1-1"),
    order_id=OrderId("order-1"),
    attempt=1,
    amount=FULL_ORDER.amount,
    mode=Mode.REDIRECT,
    capture=Capture.MANUAL,
    test=True,
    terms=TERMS,
    created_at=NOON,
    expires_at=NOON + 15 * MINUTE,
    status=Status.SUCCESS,
    in_flight=Call.CAPTURE,
    held=True,
    turn=9,
    octo_transaction_id="octo-1",
    octo_pay_url="https://pay2.octo.example/1",
    verification=FULL_VERIFICATION,
    before_card=EarlierCard(replace(FULL_VERIFICATION, payment_id=5_000_000_000, way=Way.REDIRECT), "f0"),
    card_open=True,
    card_fingerprint="f1",
    cards_sent=2,
    codes_sent=3,
    code_sent_at=NOON + 8 * MINUTE,
    codes_wrong=1,
    card_seen=True,
    denial="5",
    error_code="card_declined",
    cancel_requested_at=NOON + 2 * MINUTE,
    captures_asked=(17_000_000_000, 16_000_000_000),
    captured_minor=16_000_000_000,
    release_due=True,
    held_at=NOON + 9 * MINUTE,
    refunded_minor=15_000_000_000,
    refunds=Refunds((FULL_REFUND, replace(FULL_REFUND, id="order-1-1-r2"))),
    facts=FULL_FACTS,
    reviews=(Review.LATE_SUCCESS, Review.UNKNOWN_REFUND),
    reviews_seen=1,
    octo_final=Word.SUCCEEDED,
    second_look_at=NOON + 3 * MINUTE,
    next_check_at=NOON + 4 * MINUTE,
    checks=4,
    asked_at=NOON + 5 * MINUTE,
    open_since=NOON + 6 * MINUTE,
    overdue_since=NOON + 7 * MINUTE,
    request_payload={"prepare_payment": {"total_sum": "185000000.00", "ttl": 15, "basket": [], "tag": "\x00\ud800"}},
    response_payload={"prepare_payment": {"error": 0, "data": None}},
)
FULL_RECEIPT: Final = Receipt(
    shop_transaction_id=ShopTransactionId("order-1-1"),
    next_check_at=None,
    checks=3,
    state=ReceiptState.READY,
    fiscal_data=FiscalData(
        terminal_id="UZ000000000001",
        receipt_id=5_000_000_000,
        issued_at=NOON + MINUTE,
        fiscal_sign="000000000017",
        qr_code_url="https://ofd.soliq.uz/epi?t=UZ000000000001&r=5000000000&c=20260105170100&s=000000000017",
    ),
)
FULL_CALLBACK: Final = Callback(
    id="hash-1",
    received_at=NOON,
    shop_transaction_id="order-1-1",
    octo_transaction_id="octo-1",
    body={"status": "succeeded", "total_sum": "185000.00"},
    verified=True,
    report=FULL_REPORT,
    applied_at=NOON + MINUTE,
    verdict="success",
)


def callback(name: str = "hash-1", *, at: datetime = NOON) -> Callback:
    return replace(FULL_CALLBACK, id=name, received_at=at, applied_at=None, verdict=None)


def audit_event(number: int = 1, **after: str) -> AuditEvent:
    return AuditEvent(
        OrderId(f"order-{number}"), ShopTransactionId(f"order-{number}-1"), NOON, CAUSE, {"status": "old"}, after
    )


def merchant_event(name: str = "evt-1") -> MerchantEvent:
    return MerchantEvent(name, "order.paid", "shop", OrderId("order-1"), NOON, {"order_id": "order-1"})
