"""What is kept inside a JSON column, read and written side by side."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.attempt import EarlierCard
from domain.money import Currency, Money
from domain.moves import Word
from domain.order import Customer, FiscalObject, Item
from domain.refund import Operation, OperationStatus, Refund
from domain.report import Facts, Report, Source, Verification, Way
from domain.transaction import Terms

Document = Mapping[str, Any]


def read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def write_moment(moment: datetime | None) -> str | None:
    """Raises ValueError for a naive one."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).isoformat()


def read_money(document: Document) -> Money:
    return Money(document["amount_minor"], Currency(document["currency"]))


def write_money(money: Money) -> Document:
    return {"amount_minor": money.amount_minor, "currency": money.currency.value}


def read_item(document: Document) -> Item:
    # Orders that were written before there were fiscal ones do not name it.
    fiscal = document.get("fiscal")
    price = read_money(document["price"])
    return Item(document["name"], document["quantity"], price, None if fiscal is None else read_fiscal(fiscal))


def write_item(item: Item) -> Document:
    return {
        "name": item.name,
        "quantity": item.quantity,
        "price": write_money(item.price),
        "fiscal": None if item.fiscal is None else write_fiscal(item.fiscal),
    }


def read_fiscal(document: Document) -> FiscalObject:
    return FiscalObject(
        spic=document["spic"],
        package_code=document["package_code"],
        vat=document["vat"],
        seller=document["seller"],
    )


def write_fiscal(fiscal: FiscalObject) -> Document:
    return {
        "spic": fiscal.spic,
        "package_code": fiscal.package_code,
        "vat": fiscal.vat,
        "seller": fiscal.seller,
    }


def read_customer(document: Document) -> Customer:
    return Customer(document["user_id"], document["phone"], document["email"])


def write_customer(customer: Customer) -> Document:
    return {"user_id": customer.user_id, "phone": customer.phone, "email": customer.email}


def read_terms(document: Document) -> Terms:
    return Terms(
        language=document["language"],
        ttl_minutes=document["ttl_minutes"],
        methods=tuple(document["methods"]),
        return_url=document["return_url"],
        notify_url=document["notify_url"],
    )


def write_terms(terms: Terms) -> Document:
    return {
        "language": terms.language,
        "ttl_minutes": terms.ttl_minutes,
        "methods": list(terms.methods),
        "return_url": terms.return_url,
        "notify_url": terms.notify_url,
    }


def read_verification(document: Document) -> Verification:
    return Verification(
        way=Way(document["way"]),
        payment_id=document["payment_id"],
        verify_id=document["verify_id"],
        phone=document["phone"],
        code_until=read_moment(document["code_until"]),
        redirect_url=document["redirect_url"],
    )


def write_verification(verification: Verification) -> Document:
    return {
        "way": verification.way.value,
        "payment_id": verification.payment_id,
        "verify_id": verification.verify_id,
        "phone": verification.phone,
        "code_until": write_moment(verification.code_until),
        "redirect_url": verification.redirect_url,
    }


def read_earlier_card(document: Document) -> EarlierCard:
    return EarlierCard(read_verification(document), document.get("fingerprint"))


def write_earlier_card(card: EarlierCard) -> Document:
    """The verification with one field more: without it, a version that knew no fingerprint wrote the same, and reads this one."""
    return {**write_verification(card.verification), "fingerprint": card.fingerprint}


def read_facts(document: Document) -> Facts:
    return Facts(
        transfer_minor=document["transfer_minor"],
        rrn=document["rrn"],
        masked_card=document["masked_card"],
        card_country=document["card_country"],
        card_type=document["card_type"],
        card_vendor=document["card_vendor"],
        risk_level=document["risk_level"],
        paid_at=read_moment(document["paid_at"]),
    )


def write_facts(facts: Facts) -> Document:
    return {
        "transfer_minor": facts.transfer_minor,
        "rrn": facts.rrn,
        "masked_card": facts.masked_card,
        "card_country": facts.card_country,
        "card_type": facts.card_type,
        "card_vendor": facts.card_vendor,
        "risk_level": facts.risk_level,
        "paid_at": write_moment(facts.paid_at),
    }


def read_refund(document: Document) -> Refund:
    return Refund(
        id=document["id"],
        amount_minor=document["amount_minor"],
        reason=document["reason"],
        requested_at=datetime.fromisoformat(document["requested_at"]),
        operations=tuple(read_operation(operation) for operation in document["operations"]),
        # Missing in what was written before it was there.
        request_key=document.get("request_key"),
    )


def write_refund(refund: Refund) -> Document:
    return {
        "id": refund.id,
        "amount_minor": refund.amount_minor,
        "reason": refund.reason,
        "requested_at": write_moment(refund.requested_at),
        "operations": [write_operation(operation) for operation in refund.operations],
        "request_key": refund.request_key,
    }


def read_operation(document: Document) -> Operation:
    return Operation(
        shop_refund_id=document["shop_refund_id"],
        amount_minor=document["amount_minor"],
        status=OperationStatus(document["status"]),
        base_minor=document["base_minor"],
        times_sent=document["times_sent"],
        refund_id=document["refund_id"],
        told_at=read_moment(document.get("told_at")),
        octo_code=document["octo_code"],
    )


def write_operation(operation: Operation) -> Document:
    return {
        "shop_refund_id": operation.shop_refund_id,
        "amount_minor": operation.amount_minor,
        "status": operation.status.value,
        "base_minor": operation.base_minor,
        "times_sent": operation.times_sent,
        "refund_id": operation.refund_id,
        "told_at": write_moment(operation.told_at),
        "octo_code": operation.octo_code,
    }


def read_report(document: Document) -> Report:
    amount, verification = document["amount"], document["verification"]
    return Report(
        word=Word(document["word"]),
        source=Source(document["source"]),
        at=datetime.fromisoformat(document["at"]),
        turn=document["turn"],
        known=document["known"],
        octo_transaction_id=document["octo_transaction_id"],
        amount=None if amount is None else read_money(amount),
        currency_named=document["currency_named"],
        is_refunded=document.get("is_refunded", False),
        refunded_minor=document["refunded_minor"],
        verification=None if verification is None else read_verification(verification),
        octo_pay_url=document["octo_pay_url"],
        facts=read_facts(document["facts"]),
        scheduled=document["scheduled"],
    )


def write_report(report: Report) -> Document:
    return {
        "word": report.word.value,
        "source": report.source.value,
        "at": write_moment(report.at),
        "turn": report.turn,
        "known": report.known,
        "octo_transaction_id": report.octo_transaction_id,
        "amount": None if report.amount is None else write_money(report.amount),
        "currency_named": report.currency_named,
        "is_refunded": report.is_refunded,
        "refunded_minor": report.refunded_minor,
        "verification": None if report.verification is None else write_verification(report.verification),
        "octo_pay_url": report.octo_pay_url,
        "facts": write_facts(report.facts),
        "scheduled": report.scheduled,
    }
