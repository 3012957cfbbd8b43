"""Attempts to pay in every stage, brought there by the same public methods as in life, and what OCTO may say to them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.books import Books
from domain.money import Currency, Money
from domain.moves import Word
from domain.order import Order, Owner
from domain.report import Report, Source, Verification, Way
from domain.transaction import Capture, Mode, OrderId, PaymentTransaction, ShopTransactionId, Terms

NOW: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
UUID: Final = "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"
PAGE: Final = f"https://pay2.octo.uz/pay/{UUID}"
FINGERPRINT: Final = "keyed hash of a card number"
AMOUNT: Final = Money(18_500_000, Currency.UZS)
TERMS: Final = Terms(
    language="uz",
    ttl_minutes=15,
    methods=("bank_card", "uzcard", "humo"),
    return_url="https://shop.example/return",
    notify_url="https://pay.shop.example/api/payments/notify/",
)
CODE_BY_SMS: Final = Verification(
    way=Way.OTP, payment_id=7731, verify_id=912, phone="+998** *****27", code_until=NOW + timedelta(minutes=2)
)
CODE_OF_SECOND_CARD: Final = Verification(
    way=Way.OTP, payment_id=7732, verify_id=915, phone="+998** *****33", code_until=NOW + timedelta(minutes=2)
)
BANK_PAGE: Final = Verification(way=Way.REDIRECT, payment_id=7731, redirect_url="https://acs.bank.example/3ds")


def after(start: datetime = NOW, *, minutes: float = 0, seconds: float = 0) -> datetime:
    return start + timedelta(minutes=minutes, seconds=seconds)


def read(payment: PaymentTransaction, word: Word, at: datetime = NOW, **told: Any) -> Report:
    """What a status read says that began at the payment's present turn."""
    return Report(word, Source.READ, at, payment.turn, **told)


def not_known(payment: PaymentTransaction, at: datetime) -> Report:
    """OCTO answers a status read that it has no such payment."""
    return Report(Word.UNKNOWN, Source.READ, at, payment.turn, known=False)


def callback(word: Word, at: datetime = NOW, **told: Any) -> Report:
    return Report(word, Source.CALLBACK, at, **told)


def order(mode: Mode = Mode.OWN_PAGE, capture: Capture = Capture.AUTOMATIC) -> Order:
    return Order(
        id=OrderId("ORD-17"),
        owner=Owner("shop", "shop"),
        account="default",
        amount=AMOUNT,
        created_at=NOW,
        test=True,
        mode=mode,
        capture=capture,
    )


def pending(mode: Mode = Mode.OWN_PAGE, capture: Capture = Capture.AUTOMATIC) -> PaymentTransaction:
    return Books(order(mode, capture)).attempted(TERMS, NOW).transactions[0]


def prepared(mode: Mode = Mode.OWN_PAGE) -> PaymentTransaction:
    sent = pending(mode)
    return sent.hear(
        Report(Word.CREATED, Source.ANSWER, NOW, sent.turn, octo_transaction_id=UUID, octo_pay_url=PAGE, amount=AMOUNT)
    )


def on_octos_page() -> PaymentTransaction:
    """The order is paid on OCTO's own page, which was handed out."""
    return prepared(Mode.REDIRECT)


def verifying() -> PaymentTransaction:
    sent = prepared().send_card(FINGERPRINT, NOW)
    return sent.card_answered(sent.turn, CODE_BY_SMS, NOW)


def at_the_bank() -> PaymentTransaction:
    """The card's 3-D Secure page was handed out."""
    sent = prepared().send_card(FINGERPRINT, NOW)
    return sent.card_answered(sent.turn, BANK_PAGE, NOW)


def paying() -> PaymentTransaction:
    return prepared().send_card(FINGERPRINT, NOW)


def paying_again() -> PaymentTransaction:
    """A second card is on its way while the code of the first is unanswered."""
    return verifying().send_card(FINGERPRINT, NOW)


def checking() -> PaymentTransaction:
    return verifying().send_code(NOW)


def processing() -> PaymentTransaction:
    sent = checking()
    return sent.code_answered(sent.turn, NOW)


def held() -> PaymentTransaction:
    return processing().hear(callback(Word.WAITING_FOR_CAPTURE))


def success() -> PaymentTransaction:
    return processing().hear(callback(Word.SUCCEEDED))


def failed() -> PaymentTransaction:
    return processing().hear(callback(Word.CANCELED))


def cancelled() -> PaymentTransaction:
    return prepared().hear(callback(Word.CANCELED))


IN_STAGE: Final[Mapping[str, Callable[[], PaymentTransaction]]] = {
    "pending": pending,
    "prepared": prepared,
    "verification_required": verifying,
    "processing (pay)": paying,
    "processing (otp)": checking,
    "processing": processing,
    "processing, held": held,
    "success": success,
    "failed": failed,
    "cancelled": cancelled,
}
STAGES: Final = tuple(IN_STAGE)
LIVE: Final = STAGES[:7]


def refunded(minor: int) -> Callable[[], PaymentTransaction]:
    return lambda: success().hear(callback(Word.SUCCEEDED, refunded_minor=minor))


def half_captured(refunded_minor: int = 0) -> PaymentTransaction:
    asked = held().capture_hold(AMOUNT.amount_minor // 2, NOW)
    return asked.hear(callback(Word.SUCCEEDED, refunded_minor=refunded_minor))


ATTEMPTS: Final[Mapping[str, Callable[[], PaymentTransaction]]] = {
    **IN_STAGE,
    "refunded in part": refunded(500),
    "refunded": refunded(AMOUNT.amount_minor),
    "half captured": half_captured,
    "half captured, refunded in part": lambda: half_captured(500),
    "half captured, refunded": lambda: half_captured(AMOUNT.amount_minor // 2),
}


def books(*attempts: str, of: Order | None = None) -> Books:
    """Each attempt with a number and an id of OCTO's of its own."""
    kept = Books(of or order())
    for number, name in enumerate(attempts, start=1):
        moved = ATTEMPTS[name]()
        octo_id = moved.octo_transaction_id and f"uuid-{number}"
        kept = kept.with_(
            replace(
                moved,
                attempt=number,
                shop_transaction_id=ShopTransactionId(f"ORD-17-{number}"),
                octo_transaction_id=octo_id,
            )
        )
    return kept


Step = Callable[[PaymentTransaction], PaymentTransaction]


def changed(before: Books, step: Step, number: int = 1) -> Books:
    """These books after one step of one attempt."""
    return before.with_(step(before.transactions[number - 1]))
