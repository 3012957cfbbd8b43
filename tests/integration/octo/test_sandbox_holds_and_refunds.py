"""Codes sent again, holds and refunds at the stand-in, over real sockets."""

from dataclasses import replace

import pytest

from adapters.octo.client import OctoGateway
from domain.money import Currency, Money
from domain.moves import Word
from domain.ports import Denied, RefundTaken, RefundWord
from domain.refund import Operation
from domain.transaction import Capture, PaymentTransaction
from tests.integration.octo.given import AMOUNT, AT, a_card, a_transaction
from tests.integration.octo.stand_in import RIGHT, Sandbox, awaiting_code, gateway, prepared, status, value


def held(octo: OctoGateway) -> PaymentTransaction:
    transaction = awaiting_code(octo, prepared(octo, capture=Capture.MANUAL))
    value(octo.check_code(transaction, RIGHT))
    assert status(octo, transaction).word is Word.WAITING_FOR_CAPTURE
    return transaction


def paid(octo: OctoGateway) -> PaymentTransaction:
    transaction = awaiting_code(octo, prepared(octo))
    value(octo.check_code(transaction, RIGHT))
    return transaction


def refund_of(minor: int, number: int = 1) -> Operation:
    return Operation(shop_refund_id=f"RF-17-{number}", amount_minor=minor)


def test_a_code_sent_again_has_a_new_number_and_the_old_one_is_void(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo))
    found = value(octo.resend_code(transaction, a_card(), AT))

    assert transaction.verification
    assert found.verify_id not in (None, transaction.verification.verify_id)
    assert found.seconds_left(AT) == 120
    assert isinstance(octo.check_code(transaction, RIGHT), Denied)
    assert sandbox.debits() == []


def test_the_new_code_is_good_with_its_new_number(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo))
    assert transaction.verification
    found = value(octo.resend_code(transaction, a_card(), AT))
    payment_id = transaction.verification.payment_id
    value(octo.check_code(replace(transaction, verification=replace(found, payment_id=payment_id)), RIGHT))

    assert status(octo, transaction).word is Word.SUCCEEDED
    assert sandbox.debits() == [185000.0]


def test_codes_are_not_sent_again_for_ever(sandbox: Sandbox) -> None:
    sandbox.switch(otp_resends=1)
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo))
    value(octo.resend_code(transaction, a_card(), AT))
    refused = octo.resend_code(transaction, a_card(), AT)

    assert isinstance(refused, Denied)
    assert refused.code == "17"


@pytest.mark.parametrize("payload", ["both", "data", "top_level"])
def test_a_part_of_a_hold_is_taken(sandbox: Sandbox, payload: str) -> None:
    sandbox.switch(set_accept_payload=payload, final_amount="required")
    octo = gateway(sandbox)
    transaction = held(octo)
    value(octo.capture(transaction, Money(15_000_000, Currency.UZS)))

    assert status(octo, transaction).word is Word.SUCCEEDED
    assert sandbox.ledger("capture") == [150000.0]


def test_more_than_the_hold_is_not_taken(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = held(octo)

    assert isinstance(octo.capture(transaction, Money(18_500_001, Currency.UZS)), Denied)
    assert sandbox.ledger("capture") == []


@pytest.mark.parametrize("decide", ["capture", "release"])
def test_what_is_not_held_or_not_known_is_refused_with_its_code(sandbox: Sandbox, decide: str) -> None:
    octo = gateway(sandbox)
    ask = {"capture": lambda t: octo.capture(t, AMOUNT), "release": octo.release}[decide]
    not_held = ask(prepared(octo, capture=Capture.MANUAL))
    not_known = ask(a_transaction())

    assert isinstance(not_held, Denied) and isinstance(not_known, Denied)
    assert (not_held.code, not_known.code) == ("10", "11")


def test_a_hold_that_was_not_taken_in_time_is_canceled(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = held(octo)
    sandbox.control("POST", "clock", {"advance_seconds": 30 * 60 + 1})

    assert status(octo, transaction).word is Word.CANCELED
    assert isinstance(octo.capture(transaction, AMOUNT), Denied)
    assert sandbox.ledger("release") == [185000.0]


def test_a_hold_is_given_back(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = held(octo)
    value(octo.release(transaction))

    assert status(octo, transaction).word is Word.CANCELED
    assert sandbox.ledger("release") == [185000.0]
    assert isinstance(octo.capture(transaction, AMOUNT), Denied)


def test_a_refund_that_is_repeated_is_one_refund(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = paid(octo)
    first, second = (value(octo.refund(transaction, refund_of(5_000_000))) for _ in range(2))

    assert first == second
    assert first.word is RefundWord.SUCCEEDED
    assert first.refund_id
    assert sandbox.ledger("refund") == [50000.0]
    assert status(octo, transaction).refunded_minor == 5_000_000


@pytest.mark.parametrize("minor", [18_500_001, 1_000_000, 1_000_000_100])
@pytest.mark.parametrize("code", [22, 3])
def test_more_than_was_paid_too_little_or_too_much_at_once_is_not_refunded(
    sandbox: Sandbox, code: int, minor: int
) -> None:
    sandbox.switch(refund_wrong_amount_error=code)
    octo = gateway(sandbox)
    refused = octo.refund(paid(octo), refund_of(minor))

    assert isinstance(refused, Denied)
    assert refused.code == str(code)
    assert sandbox.ledger("refund") == []


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("new", RefundWord.PENDING),
        ("pending", RefundWord.PENDING),
        ("unknown", RefundWord.PENDING),
        ("canceled", RefundWord.FAILED),
        ("failed", RefundWord.FAILED),
        ("error", RefundWord.FAILED),
    ],
)
def test_a_refund_that_was_taken_is_not_yet_money(sandbox: Sandbox, said: str, word: RefundWord) -> None:
    sandbox.switch(refund_status=said)
    octo = gateway(sandbox)
    taken: RefundTaken = value(octo.refund(paid(octo), refund_of(5_000_000)))

    assert taken.word is word
    assert sandbox.ledger("refund") == []


@pytest.mark.parametrize(("minor", "later"), [(5_000_011, 5_000_011), (5_000_013, 5_000_013), (5_000_012, 0)])
def test_what_became_of_a_pending_refund_the_refunded_sum_tells(sandbox: Sandbox, minor: int, later: int) -> None:
    """The last two digits choose what the stand-in does with it."""
    octo = gateway(sandbox)
    transaction = paid(octo)
    taken: RefundTaken = value(octo.refund(transaction, refund_of(minor)))
    before = status(octo, transaction).refunded_minor
    sandbox.control("POST", "clock", {"advance_seconds": 61})
    again: RefundTaken = value(octo.refund(transaction, refund_of(minor)))

    assert (taken.word, before) == (RefundWord.PENDING, 0)
    assert status(octo, transaction).refunded_minor == later
    assert again.word is (RefundWord.SUCCEEDED if later else RefundWord.FAILED)
    assert len(sandbox.ledger("refund")) == (1 if later else 0)


@pytest.mark.parametrize("currency", [Currency.USD, Currency.RUB])
def test_a_refund_is_in_the_payments_currency(sandbox: Sandbox, currency: Currency) -> None:
    octo = gateway(sandbox)
    transaction = awaiting_code(octo, prepared(octo, amount=Money(18_500_000, currency)))
    value(octo.check_code(transaction, RIGHT))
    value(octo.refund(transaction, refund_of(10_050)))

    assert status(octo, transaction).refunded_minor == 10_050
    assert sandbox.ledger("refund") == [100.5]
