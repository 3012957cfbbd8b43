"""Rows and aggregates: for each of them `read` and `write` side by side, by hand."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from adapters.database.documents import (
    read_customer,
    read_earlier_card,
    read_facts,
    read_item,
    read_refund,
    read_report,
    read_terms,
    read_verification,
    write_customer,
    write_earlier_card,
    write_facts,
    write_item,
    write_refund,
    write_report,
    write_terms,
    write_verification,
)
from domain.journal import AuditEvent, Cause, MerchantEvent, Why
from domain.money import Currency, Money
from domain.moves import Status, Word
from domain.order import Order, OrderStatus, Owner
from domain.ports import Callback
from domain.refund import Refunds
from domain.transaction import Call, Capture, Mode, OrderId, PaymentTransaction, Review, ShopTransactionId

Row = RowMapping | Mapping[str, Any]


def read_order(row: Row) -> Order:
    return Order(
        id=OrderId(row["id"]),
        owner=Owner(row["client_id"], row["subject"]),
        account=row["account"],
        amount=Money(row["amount_minor"], Currency(row["currency"])),
        created_at=row["created_at"],
        test=row["test"],
        items=tuple(read_item(item) for item in row["items"]),
        reference=row["reference"],
        description=row["description"],
        customer=None if row["customer"] is None else read_customer(row["customer"]),
        mode=Mode(row["mode"]),
        capture=Capture(row["capture"]),
        cancelled_at=row["cancelled_at"],
        status=OrderStatus(row["status"]),
        version=row["version"],
    )


def write_order(order: Order) -> Mapping[str, Any]:
    return {
        "id": order.id,
        "client_id": order.owner.client_id,
        "subject": order.owner.subject,
        "account": order.account,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency.value,
        "created_at": order.created_at,
        "test": order.test,
        "items": [write_item(item) for item in order.items],
        "reference": order.reference,
        "description": order.description,
        "customer": None if order.customer is None else write_customer(order.customer),
        "mode": order.mode.value,
        "capture": order.capture.value,
        "cancelled_at": order.cancelled_at,
        "status": order.status.value,
        "version": order.version,
    }


def read_transaction(row: Row) -> PaymentTransaction:
    return PaymentTransaction(
        shop_transaction_id=ShopTransactionId(row["shop_transaction_id"]),
        order_id=OrderId(row["order_id"]),
        attempt=row["attempt"],
        amount=Money(row["amount_minor"], Currency(row["currency"])),
        mode=Mode(row["mode"]),
        capture=Capture(row["capture"]),
        test=row["test"],
        terms=read_terms(row["terms"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        status=Status(row["status"]),
        in_flight=None if row["in_flight"] is None else Call(row["in_flight"]),
        held=row["held"],
        turn=row["turn"],
        octo_transaction_id=row["octo_transaction_id"],
        octo_pay_url=row["octo_pay_url"],
        verification=None if row["verification"] is None else read_verification(row["verification"]),
        before_card=None if row["before_card"] is None else read_earlier_card(row["before_card"]),
        card_open=row["card_open"],
        card_fingerprint=row["card_fingerprint"],
        cards_sent=row["cards_sent"],
        codes_sent=row["codes_sent"],
        code_sent_at=row["code_sent_at"],
        codes_wrong=row["codes_wrong"],
        card_seen=row["card_seen"],
        denial=row["denial"],
        error_code=row["error_code"],
        cancel_requested_at=row["cancel_requested_at"],
        captures_asked=tuple(row["captures_asked"]),
        captured_minor=row["captured_minor"],
        release_due=row["release_due"],
        held_at=row["held_at"],
        refunded_minor=row["refunded_minor"],
        refunds=Refunds(tuple(read_refund(refund) for refund in row["refunds"])),
        facts=read_facts(row["facts"]),
        reviews=tuple(Review(word) for word in row["reviews"]),
        reviews_seen=row["reviews_seen"],
        octo_final=None if row["octo_final"] is None else Word(row["octo_final"]),
        second_look_at=row["second_look_at"],
        next_check_at=row["next_check_at"],
        checks=row["checks"],
        asked_at=row["asked_at"],
        open_since=row["open_since"],
        overdue_since=row["overdue_since"],
        request_payload=row["request_payload"],
        response_payload=row["response_payload"],
    )


def write_transaction(transaction: PaymentTransaction) -> Mapping[str, Any]:
    verification, before_card = transaction.verification, transaction.before_card
    return {
        "shop_transaction_id": transaction.shop_transaction_id,
        "order_id": transaction.order_id,
        "attempt": transaction.attempt,
        "amount_minor": transaction.amount.amount_minor,
        "currency": transaction.amount.currency.value,
        "mode": transaction.mode.value,
        "capture": transaction.capture.value,
        "test": transaction.test,
        "terms": write_terms(transaction.terms),
        "created_at": transaction.created_at,
        "expires_at": transaction.expires_at,
        "status": transaction.status.value,
        "in_flight": None if transaction.in_flight is None else transaction.in_flight.value,
        "held": transaction.held,
        "turn": transaction.turn,
        "octo_transaction_id": transaction.octo_transaction_id,
        "octo_payment_id": transaction.octo_payment_id,
        "octo_pay_url": transaction.octo_pay_url,
        "verification": None if verification is None else write_verification(verification),
        "before_card": None if before_card is None else write_earlier_card(before_card),
        "card_open": transaction.card_open,
        "card_fingerprint": transaction.card_fingerprint,
        "cards_sent": transaction.cards_sent,
        "codes_sent": transaction.codes_sent,
        "code_sent_at": transaction.code_sent_at,
        "codes_wrong": transaction.codes_wrong,
        "card_seen": transaction.card_seen,
        "denial": transaction.denial,
        "error_code": transaction.error_code,
        "cancel_requested_at": transaction.cancel_requested_at,
        "captures_asked": list(transaction.captures_asked),
        "captured_minor": transaction.captured_minor,
        "release_due": transaction.release_due,
        "held_at": transaction.held_at,
        "refunded_minor": transaction.refunded_minor,
        "refunds": [write_refund(refund) for refund in transaction.refunds.refunds],
        "facts": write_facts(transaction.facts),
        "reviews": [review.value for review in transaction.reviews],
        "reviews_seen": transaction.reviews_seen,
        "octo_final": None if transaction.octo_final is None else transaction.octo_final.value,
        "second_look_at": transaction.second_look_at,
        "next_check_at": transaction.next_check_at,
        "checks": transaction.checks,
        "asked_at": transaction.asked_at,
        "open_since": transaction.open_since,
        "overdue_since": transaction.overdue_since,
        "request_payload": transaction.request_payload,
        "response_payload": transaction.response_payload,
    }


def read_callback(row: Row) -> Callback:
    return Callback(
        id=row["id"],
        received_at=row["received_at"],
        shop_transaction_id=row["shop_transaction_id"],
        octo_transaction_id=row["octo_transaction_id"],
        body=row["body"],
        verified=row["verified"],
        report=read_report(row["report"]),
        applied_at=row["applied_at"],
        verdict=row["verdict"],
    )


def write_callback(callback: Callback) -> Mapping[str, Any]:
    return {
        "id": callback.id,
        "received_at": callback.received_at,
        "shop_transaction_id": callback.shop_transaction_id,
        "octo_transaction_id": callback.octo_transaction_id,
        "body": callback.body,
        "verified": callback.verified,
        "report": write_report(callback.report),
        "applied_at": callback.applied_at,
        "verdict": callback.verdict,
    }


def read_audit_event(row: Row) -> AuditEvent:
    key = row["shop_transaction_id"]
    return AuditEvent(
        order_id=OrderId(row["order_id"]),
        shop_transaction_id=None if key is None else ShopTransactionId(key),
        at=row["at"],
        cause=Cause(Why(row["why"]), row["actor"], row["request_id"], row["reason"]),
        before=row["before"],
        after=row["after"],
    )


def write_audit_event(event: AuditEvent) -> Mapping[str, Any]:
    return {
        "order_id": event.order_id,
        "shop_transaction_id": event.shop_transaction_id,
        "at": event.at,
        "why": event.cause.why.value,
        "actor": event.cause.actor,
        "request_id": event.cause.request_id,
        "reason": event.cause.reason,
        "before": event.before,
        "after": event.after,
    }


def read_merchant_event(row: Row) -> MerchantEvent:
    return MerchantEvent(
        id=row["id"],
        type=row["type"],
        client_id=row["client_id"],
        order_id=None if row["order_id"] is None else OrderId(row["order_id"]),
        at=row["at"],
        data=row["data"],
    )


def write_merchant_event(event: MerchantEvent) -> Mapping[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "client_id": event.client_id,
        "order_id": event.order_id,
        "at": event.at,
        "data": event.data,
    }
