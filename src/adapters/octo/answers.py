"""What OCTO answers, read into the domain's words: `data` first, then the top level."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adapters.octo import values
from adapters.octo.words import CREATED_BEFORE, MALFORMED, REFUNDED, REFUNDS, word
from domain.card import Scheme
from domain.moves import Word
from domain.ports import Bound, CardAccepted, RefundTaken, RefundWord
from domain.receipt import FiscalData
from domain.report import Report, Source, Verification, Way
from domain.saved_card import SavedCard
from domain.transaction import PaymentTransaction

# OCTO's codes live 120 seconds. A figure far beyond would keep a code alive that nobody can enter.
_SECONDS_MAX: Final = 3600
_SETTLED: Final = frozenset({Word.SUCCEEDED, Word.CANCELED, Word.WAITING_FOR_CAPTURE})


class Unclear(Exception):
    """An answer of OCTO's form that does not say what we have to know. The text says what is missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    error: int
    message: str
    data: Mapping[str, object]
    top: Mapping[str, object]

    def get(self, name: str) -> object:
        found = self.data.get(name)
        return self.top.get(name) if found is None else found

    @property
    def is_of_an_earlier_request(self) -> bool:
        """OCTO's other way of answering a repeat: an error, and the payment that is there already."""
        return self.error == MALFORMED and CREATED_BEFORE in self.message


def answer(received: Mapping[str, object]) -> Answer:
    """Raises Unclear where there is no verdict."""
    error = values.whole(received.get("error"))
    if error is None:
        raise Unclear("no error code")
    # errorMessage is the older twin, read only where the newer is not there at all.
    message = received.get("errMessage", received.get("errorMessage"))
    data = received.get("data")
    return Answer(
        error,
        message if isinstance(message, str) else "",
        data if isinstance(data, dict) else {},
        received,
    )


def report(found: Answer, transaction: PaymentTransaction, source: Source, at: datetime) -> Report:
    octo_id, status = found.get("octo_payment_UUID"), found.get("status")
    if not values.is_uuid(octo_id):
        raise Unclear("no octo_payment_UUID")
    if not isinstance(status, str):
        raise Unclear("no status")
    if found.get("shop_transaction_id") not in (None, transaction.shop_transaction_id):
        raise Unclear("another shop_transaction_id")
    try:
        amount = values.money_of(found.get, "total_sum", transaction.amount.currency)
        refunded = values.minor_of(found.get, "refunded_sum")
    except values.Malformed as field:
        raise Unclear(f"malformed {field}") from None
    return Report(
        word(status),
        source,
        at,
        turn=transaction.turn,
        octo_transaction_id=octo_id,
        amount=amount,
        refunded_minor=refunded,
        is_refunded=status in REFUNDED,
        octo_pay_url=values.url(found.get("octo_pay_url")),
        facts=values.facts_of(found.get),
    )


def card_accepted(found: Answer, transaction: PaymentTransaction, scheme: Scheme) -> CardAccepted:
    """Accepted is error 0 and an id. The status is looked at only where it says that all is settled: with a code on its way OCTO may
    call the payment created as well as wait_user_action."""
    payment_id = values.whole(found.get("id"))
    if payment_id is None:
        raise Unclear("no id")
    _same_payment(found, transaction)
    if word(found.get("status")) in _SETTLED:
        return CardAccepted(None)
    page = values.url(found.get("redirectUrl"))
    details = found.get("details")
    by_sms = isinstance(details, dict) and details.get("transType") == "SMS"
    if by_sms or scheme is not Scheme.BANK_CARD or (page and ("/uzcard/" in page or "/humo/" in page)):
        return CardAccepted(Verification(Way.OTP, payment_id, redirect_url=page))
    return CardAccepted(Verification(Way.REDIRECT, payment_id, redirect_url=page) if page else None)


def verification(found: Answer, at: datetime) -> Verification:
    seconds, verify_id = values.whole(found.get("secondsLeft")), values.whole(found.get("verifyId"))
    if seconds is None or seconds < 0:
        raise Unclear("no secondsLeft")
    if seconds and verify_id is None:
        raise Unclear("no verifyId")
    payment_id = values.whole(found.get("id"))
    return Verification(
        Way.OTP,
        values.whole(found.get("paymentId")) if payment_id is None else payment_id,
        verify_id if seconds else None,
        phone=values.phone(found.get("phone")),
        code_until=at + timedelta(seconds=min(seconds, _SECONDS_MAX)) if seconds else None,
    )


def taken(found: Answer, transaction: PaymentTransaction) -> None:
    """Of a code or a decision about a hold nothing more is needed: only a callback or a status read tells what came of it."""
    _same_payment(found, transaction)


def refund_taken(found: Answer, transaction: PaymentTransaction) -> RefundTaken:
    """Error 0 says that OCTO has taken it; whether money has moved, the status says."""
    _same_payment(found, transaction)
    status, refund_id = found.get("status"), found.get("refund_id")
    if not isinstance(status, str):
        raise Unclear("no status")
    return RefundTaken(
        REFUNDS.get(status, RefundWord.PENDING),
        refund_id if values.is_uuid(refund_id) else None,
        values.refund_time(found.get("refund_time")),
    )


def fiscal_data(found: Answer) -> FiscalData:
    if values.whole(found.get("code")) not in (None, 0):
        raise Unclear("not accepted")
    terminal_id, sign = values.receipt_label(found.get("terminalID")), values.receipt_label(found.get("fiscalSign"))
    receipt_id, issued_at = values.whole(found.get("receiptId")), values.receipt_time(found.get("dateTime"))
    link = values.url(found.get("qrCodeURL"))
    if terminal_id is None or receipt_id is None or issued_at is None or sign is None or link is None:
        raise Unclear("no whole receipt")
    return FiscalData(
        terminal_id=terminal_id, receipt_id=receipt_id, issued_at=issued_at, fiscal_sign=sign, qr_code_url=link
    )


def bound(found: Answer, saved: SavedCard) -> Bound:
    octo_id = found.get("octo_payment_UUID")
    if not values.is_uuid(octo_id):
        raise Unclear("no octo_payment_UUID")
    if found.get("shop_transaction_id") not in (None, saved.id):
        raise Unclear("another shop_transaction_id")
    if word(found.get("status")) is Word.CANCELED:
        raise Unclear("canceled")
    return Bound(octo_id, values.url(found.get("octo_pay_url")))


def nothing(_: Answer) -> None:
    """Error 0 is all there is to know."""


def _same_payment(found: Answer, transaction: PaymentTransaction) -> None:
    octo_id = transaction.octo_transaction_id
    for name in ("uuid", "octo_payment_UUID"):
        if found.get(name) not in (None, octo_id):
            raise Unclear(f"another {name}")
