"""The client and the stand-in for OCTO, two programs that share no line, over real sockets."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.octo.callback import OctoCallbackReader
from adapters.octo.client import OctoGateway, OctoSettings
from adapters.octo.signature import Formula
from adapters.octo.wire import ExpOrder
from domain.money import Currency, Money
from domain.moves import Word
from domain.ports import CardAccepted, Denied
from domain.report import Way
from tests.integration.octo.given import AMOUNT, AT, TLS, a_card, a_transaction
from tests.integration.octo.stand_in import (
    ORDER,
    RIGHT,
    WRONG,
    Sandbox,
    awaiting_code,
    gateway,
    prepared,
    status,
    value,
)


def test_a_card_is_paid_and_debited_once(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo))

    assert octo.check_code(transaction, WRONG).__class__ is Denied
    assert status(octo, transaction).word in (Word.CREATED, Word.WAIT_USER_ACTION)
    assert value(octo.check_code(transaction, RIGHT)) is None
    assert status(octo, transaction).word is Word.SUCCEEDED
    assert status(octo, transaction).amount == AMOUNT
    assert sandbox.debits() == [185000.0]


@pytest.mark.parametrize("currency", Currency)
@pytest.mark.parametrize("minor", [1, 99, 100, 123_456_789, 99_999_999_999])
def test_sums_arrive_exactly(sandbox: Sandbox, minor: int, currency: Currency) -> None:
    octo, amount = gateway(sandbox), Money(minor, currency)

    assert status(octo, prepared(octo, amount=amount)).amount == amount


def test_a_repeated_prepare_is_the_same_payment(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)

    assert prepared(octo) == prepared(octo)


@pytest.mark.parametrize(
    ("switch", "settings"),
    [
        ({"prepare_payload": "data"}, {}),
        ({"prepare_payload": "top_level"}, {}),
        ({"prepare_repeat": "error_1"}, {}),
        ({"prepare_repeat": "error_1", "prepare_payload": "top_level"}, {}),
        ({"success_message": "null"}, {}),
        ({"success_message": "empty"}, {}),
        ({"success_message": "missing"}, {}),
        ({"auto_capture_default": False}, {}),
        ({"notify_url": "required"}, {}),
        ({"user_data": "whole"}, {}),
        ({"shop_status": "test_only"}, {}),
        ({"status_read_fields": "three"}, {}),
        ({"pay_status": "wait_user_action"}, {}),
        ({"payment_id": "per_pay"}, {}),
        ({"pay_exp_order": "MMYY"}, {"exp_order": ExpOrder.MMYY}),
        ({"card_holder": "required"}, {}),
        ({"sms_sent_by": "pay"}, {}),
        ({"verification_info_method": "get"}, {}),
        ({"verification_info_method": "post"}, {}),
        ({"verification_info_payload": "top_level"}, {}),
        ({"verification_info_id": True}, {}),
        ({"payment_id_type": "both"}, {}),
        ({"check_sms_key_answer": "camelCase"}, {}),
        ({"check_sms_key_answer": "none"}, {}),
        ({"debit_on_pay": True}, {}),
    ],
    ids=str,
)
def test_each_contradiction_of_octos_ends_the_same(
    sandbox: Sandbox, switch: dict[str, object], settings: dict[str, Any]
) -> None:
    sandbox.switch(**switch)
    octo = gateway(sandbox, **settings)
    prepared(octo)
    transaction = awaiting_code(octo, prepared(octo))
    value(octo.check_code(transaction, RIGHT))

    assert status(octo, transaction).word is Word.SUCCEEDED
    assert sandbox.debits() == [185000.0]


def test_a_bank_card_is_confirmed_on_the_banks_page(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = a_transaction(octo_transaction_id=None)
    methods = replace(transaction.terms, methods=("bank_card",))
    transaction = prepared(octo, terms=methods)
    accepted = value(octo.pay(ORDER, transaction, a_card("4111111111111111", cvc="123")))

    assert accepted.verification.way is Way.REDIRECT
    assert accepted.verification.redirect_url.startswith(sandbox.url)


@pytest.mark.parametrize(
    ("last_four", "code"), [("0005", "-5"), ("0014", "-14"), ("0051", "-51"), ("0054", "-54"), ("0062", "-62")]
)
def test_a_declined_card_leaves_the_payment_open(sandbox: Sandbox, last_four: str, code: str) -> None:
    octo = gateway(sandbox)
    transaction = prepared(octo)
    refused = octo.pay(ORDER, transaction, a_card(f"860049547331{last_four}"))

    assert isinstance(refused, Denied)
    assert refused.code == code
    assert status(octo, transaction).word in (Word.CREATED, Word.WAIT_USER_ACTION)
    assert sandbox.debits() == []


def test_a_card_that_is_approved_at_once_awaits_nothing(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = prepared(octo)

    assert value(octo.pay(ORDER, transaction, a_card("8600495473310003"))) == CardAccepted(None)
    assert status(octo, transaction).word is Word.SUCCEEDED


def test_without_an_sms_there_is_no_code_to_enter(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = prepared(octo)
    value(octo.pay(ORDER, transaction, a_card("8600495473310091")))
    found = value(octo.verification_info(transaction, AT))

    assert found.verify_id is None
    assert found.seconds_left(AT) == 0


def test_the_third_wrong_code_cancels(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo))
    answers = [octo.check_code(transaction, WRONG) for _ in range(3)]

    assert all(isinstance(answer, Denied) for answer in answers)
    assert status(octo, transaction).word is Word.CANCELED
    assert isinstance(octo.check_code(transaction, RIGHT), Denied)
    assert sandbox.debits() == []


def test_an_expired_payment_is_canceled(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = prepared(octo)
    sandbox.control("POST", "clock", {"advance_seconds": 901})

    assert status(octo, transaction).word is Word.CANCELED
    assert isinstance(octo.pay(ORDER, transaction, a_card()), Denied)


def test_a_payment_that_octo_does_not_know_is_denied(sandbox: Sandbox) -> None:
    assert isinstance(gateway(sandbox).read_status(a_transaction(), AT), Denied)


def test_a_wrong_secret_is_denied(sandbox: Sandbox) -> None:
    octo = OctoGateway(OctoSettings(api_url=sandbox.url, shop_id=4321, secret="another"), tls=TLS)
    refused = octo.prepare(ORDER, a_transaction(), AT)

    assert isinstance(refused, Denied)
    assert refused.code == "2"


def test_reading_too_often_is_put_right_by_waiting(sandbox: Sandbox) -> None:
    sandbox.switch(status_read_seconds=1)
    octo = gateway(sandbox)
    transaction = prepared(octo)
    for _ in range(2):
        assert status(octo, transaction).word is Word.CREATED

    assert sandbox.calls("status") == 3


@pytest.mark.parametrize(
    ("switch", "key", "formula"),
    [
        ({}, "unique", Formula.UNIQUE_KEY),
        ({"signature_case": "lower"}, "unique", Formula.UNIQUE_KEY),
        ({"signature": "hash_key"}, "shop-secret", Formula.SECRET_HASH_KEY),
        ({"signature": "hash_key", "signature_case": "lower"}, "shop-secret", Formula.SECRET_HASH_KEY),
    ],
    ids=str,
)
def test_its_callback_is_read_and_verified(
    sandbox: Sandbox, switch: dict[str, object], key: str, formula: Formula
) -> None:
    sandbox.switch(**switch)
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo))
    value(octo.check_code(transaction, RIGHT))
    callback = OctoCallbackReader((key,), formula).read(sandbox.callbacks()[0], AT)

    assert callback.verified
    assert callback.shop_transaction_id == transaction.shop_transaction_id
    assert callback.octo_transaction_id == transaction.octo_transaction_id
    assert callback.report.word is Word.SUCCEEDED
    assert callback.report.amount == AMOUNT
    assert callback.report.facts.masked_card == "860049******6478"
