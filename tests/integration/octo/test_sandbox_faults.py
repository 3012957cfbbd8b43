"""Each fault of the stand-in at each call, over real sockets, and what the domain is told of it."""

import socket
from contextlib import closing
from typing import Final

import pytest

from adapters.octo.client import OctoGateway
from domain.moves import Word
from domain.ports import Answered, Denied, NeverLeft, Unknown
from domain.refund import Operation
from domain.transaction import Capture, PaymentTransaction
from tests.integration.octo.given import AMOUNT, AT, a_card, a_transaction
from tests.integration.octo.stand_in import (
    ORDER,
    RIGHT,
    Sandbox,
    awaiting_code,
    gateway,
    prepared,
    status,
)


def ask(path: str, octo: OctoGateway, transaction: PaymentTransaction) -> object:
    match path:
        case "prepare_payment":
            return octo.prepare(ORDER, transaction, AT)
        case "status":
            return octo.read_status(transaction, AT)
        case "pay":
            return octo.pay(ORDER, transaction, a_card())
        case "verificationInfo":
            return octo.verification_info(transaction, AT)
        case "check_sms_key":
            return octo.check_code(transaction, RIGHT)
        case "check_pan":
            return octo.resend_code(transaction, a_card(), AT)
        case "set_accept":
            return octo.capture(transaction, AMOUNT)
        case _:
            return octo.refund(transaction, Operation(shop_refund_id="RF-17-1", amount_minor=5_000_000))


def ready_for(path: str, octo: OctoGateway) -> PaymentTransaction:
    """A payment at which this call has its place."""
    transaction = prepared(octo, capture=Capture.MANUAL if path == "set_accept" else Capture.AUTOMATIC)
    if path in ("prepare_payment", "status", "pay"):
        return transaction
    transaction = awaiting_code(octo, transaction)
    if path in ("set_accept", "refund"):
        assert isinstance(octo.check_code(transaction, RIGHT), Answered)
    return transaction


ONCE: Final = ("pay", "check_sms_key", "check_pan", "set_accept", "refund")
CALLS: Final = ("prepare_payment", "status", "verificationInfo", *ONCE)
FAULTS: Final = {
    "timeout_before": Unknown,
    "timeout_after": Unknown,
    "reset_before": Unknown,
    "reset_after": Unknown,
    "http_429_before": Unknown,
    "http_500_before": Unknown,
    "http_503_after": Unknown,
    "html_before": Unknown,
    "html_after": Unknown,
    "error_4_before": Unknown,
    "error_4_after": Unknown,
    "unknown_error_before": Denied,
    "broken_json": Unknown,
    "truncate": Unknown,
    "trickle": Unknown,
    "extra_fields": Answered,
    "nan": Unknown,
    "huge": Unknown,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", CALLS)
def test_each_fault_at_each_call_has_its_outcome(sandbox: Sandbox, path: str, fault: str) -> None:
    transaction = ready_for(path, gateway(sandbox))
    sandbox.fault(path, fault, times=None, seconds=2 if fault.startswith("timeout") else 0.02)
    # The others answer; only where none comes does it take as long as that.
    octo = gateway(sandbox, deadline_seconds=0.8 if fault.startswith(("timeout", "trickle")) else 30)
    outcome = ask(path, octo, transaction)

    assert type(outcome) is FAULTS[fault]
    assert sandbox.faults_injected() >= 1
    if path in ONCE:
        assert sandbox.calls(path) == 1


@pytest.mark.parametrize(
    ("path", "fault", "more", "expected"),
    [
        ("prepare_payment", "missing_field", {}, Unknown),
        ("status", "missing_field", {"field": "status"}, Unknown),
        ("status", "missing_field", {"field": "error"}, Unknown),
        ("pay", "missing_field", {"field": "id"}, Unknown),
        ("pay", "other_uuid", {}, Unknown),
        ("verificationInfo", "missing_field", {"field": "verifyId"}, Unknown),
        ("check_sms_key", "missing_field", {"field": "error"}, Unknown),
        ("check_sms_key", "other_uuid", {}, Unknown),
        ("check_pan", "missing_field", {"field": "verifyId"}, Unknown),
        ("set_accept", "other_uuid", {}, Unknown),
        ("refund", "missing_field", {"field": "status"}, Unknown),
        ("refund", "other_uuid", {}, Unknown),
        ("prepare_payment", "error_11", {}, Unknown),
        ("prepare_payment", "error_1_with_data", {}, Answered),
    ],
)
def test_each_answer_that_is_bent_has_its_outcome(
    sandbox: Sandbox, path: str, fault: str, more: dict[str, object], expected: type
) -> None:
    octo = gateway(sandbox)
    transaction = ready_for(path, octo)
    sandbox.fault(path, fault, times=None, **more)
    outcome = ask(path, octo, transaction)

    assert type(outcome) is expected
    assert sandbox.faults_injected() >= 1


def test_what_a_status_read_claims_of_another_payment_is_reported_as_it_is(sandbox: Sandbox) -> None:
    octo = gateway(sandbox)
    transaction = prepared(octo)
    for fault in ("other_uuid", "other_amount", "unknown_status"):
        sandbox.fault("status", fault)
    other_id, other_amount, other_word = (status(octo, transaction) for _ in range(3))

    assert other_id.octo_transaction_id != transaction.octo_transaction_id
    assert other_amount.amount != AMOUNT
    assert other_word.word is Word.UNKNOWN


def test_a_card_whose_answer_was_lost_is_found_by_asking(sandbox: Sandbox) -> None:
    sandbox.switch(debit_on_pay=True)
    sandbox.fault("pay", "reset_after")
    octo = gateway(sandbox)
    transaction = prepared(octo)

    assert isinstance(octo.pay(ORDER, transaction, a_card()), Unknown)
    assert status(octo, transaction).word is Word.WAIT_USER_ACTION
    assert sandbox.debits() == [185000.0]


def test_a_sandbox_that_is_gone_was_never_reached() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        gone = Sandbox(f"http://127.0.0.1:{listener.getsockname()[1]}")
    octo = gateway(gone, deadline_seconds=1)
    outcomes = [octo.prepare(ORDER, a_transaction(), AT), octo.pay(ORDER, a_transaction(), a_card())]

    assert [type(outcome) for outcome in outcomes] == [NeverLeft, NeverLeft]
