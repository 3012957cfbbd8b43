"""refund: limits, duplicates and refunds that take their time."""

from typing import Any

import pytest

Json = dict[str, Any]


@pytest.fixture
def paid(octo: Any) -> str:
    uuid = octo.prepare()
    octo.code(octo.otp(uuid))
    octo.shop.next()
    return str(uuid)


def refund(octo: Any, uuid: str, amount: float = 50000.00, name: str = "RF-17-1", **changes: object) -> Json:
    body = {
        "octo_shop_id": 4321,
        "octo_secret": "demo-secret",
        "shop_refund_id": name,
        "octo_payment_UUID": uuid,
        "amount": amount,
    }
    return dict(octo.post("/refund", body | changes))


def refunded(octo: Any, clock: Any) -> float:
    clock.advance(1)
    return float(octo.status()["data"]["refunded_sum"])


def test_documented_refund(octo: Any, paid: str, clock: Any) -> None:
    answer = refund(octo, paid)

    assert answer["error"] == 0 and answer["errMessage"] is None and answer["errorMessage"] is None
    assert isinstance(answer["apiMessageForDevelopers"], str)
    refund_id = answer["data"].pop("refund_id")
    assert len(refund_id) == 36
    assert answer["data"] == {
        "octo_payment_UUID": paid,
        "refund_time": "2026-01-05 14:03:27",
        "status": "succeeded",
    }
    assert refunded(octo, clock) == 50000
    assert octo.state() == "succeeded"
    assert octo.ledger() == [("debit", 185000), ("refund", 50000)]


def test_same_refund_id_refunds_once(octo: Any, paid: str, clock: Any) -> None:
    first, second = refund(octo, paid), refund(octo, paid)

    assert first["data"] == second["data"]
    assert refunded(octo, clock) == 50000
    assert refund(octo, paid, 60000)["error"] == 1


def test_any_number_of_partial_refunds_up_to_the_payment(octo: Any, paid: str, clock: Any) -> None:
    answers = [refund(octo, paid, 92500, f"RF-{number}") for number in range(3)]

    assert [answer["error"] for answer in answers] == [0, 0, 22]
    assert answers[2]["errMessage"] == "Wrong amount to refund"
    assert refunded(octo, clock) == 185000


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": None}, 1),
        ({"amount": "much"}, 1),
        ({"octo_secret": "other"}, 2),
        ({"octo_payment_UUID": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"}, 11),
        ({"amount": 12499.99}, 22),
        ({"amount": 185000.01}, 22),
    ],
)
def test_refusals(octo: Any, paid: str, changes: Json, error: int) -> None:
    assert refund(octo, paid, **changes)["error"] == error
    assert octo.ledger() == [("debit", 185000)]


def test_unpaid_payment_cannot_be_refunded(octo: Any) -> None:
    assert refund(octo, octo.prepare())["error"] == 10


def test_ten_million_at_a_time(octo: Any) -> None:
    uuid = octo.prepare(total_sum=25_000_000)
    octo.code(octo.otp(uuid))

    assert refund(octo, uuid, 10_000_000.01)["error"] == 22
    assert refund(octo, uuid, 10_000_000)["error"] == 0


def test_dollars(octo: Any) -> None:
    uuid = octo.prepare(total_sum=20, currency="USD")
    octo.code(octo.otp(uuid))

    assert refund(octo, uuid, 0.99)["error"] == 22
    assert refund(octo, uuid, 1)["error"] == 0


@pytest.mark.parametrize(
    ("cents", "first", "last", "given"),
    [
        (0.11, "pending", "succeeded", 50000.11),
        (0.12, "pending", "canceled", 0),
        (0.13, "unknown", "succeeded", 50000.13),
        (0.14, "failed", "failed", 0),
        (0.15, "new", "succeeded", 50000.15),
        (0.16, "error", "error", 0),
    ],
)
def test_amounts_that_take_their_time(
    octo: Any, paid: str, clock: Any, cents: float, first: str, last: str, given: float
) -> None:
    assert refund(octo, paid, 50000 + cents)["data"]["status"] == first
    assert refunded(octo, clock) == 0
    clock.advance(60)

    assert refunded(octo, clock) == given
    assert refund(octo, paid, 50000 + cents)["data"]["status"] == last


def test_pending_refund_counts_against_the_limit_and_a_dead_one_does_not(octo: Any, paid: str) -> None:
    refund(octo, paid, 150000.12, "pending")
    assert refund(octo, paid, 50000, "too much")["error"] == 22

    octo.post("/sandbox/refunds/pending/settle", {"status": "failed"})

    assert refund(octo, paid, 50000, "now it fits")["error"] == 0


def test_pending_refund_is_settled_by_command(octo: Any, paid: str, clock: Any) -> None:
    octo.switch(refund_status="pending", callback_on_refund=True)
    refund(octo, paid)

    settled = octo.post("/sandbox/refunds/RF-17-1/settle", {"status": "succeeded"})

    assert settled["status"] == "succeeded"
    assert refunded(octo, clock) == 50000
    callback = octo.shop.next()
    assert (callback["status"], callback["refunded_sum"]) == ("succeeded", 50000)
    assert octo.client.post("/sandbox/refunds/RF-17-1/settle", data='{"status": "failed"}').status_code == 400
    assert octo.client.post("/sandbox/refunds/RF-0/settle", data='{"status": "failed"}').status_code == 404


def test_switched_refusals(octo: Any, paid: str) -> None:
    octo.switch(refund_wrong_amount_error=3, refund_remainder="at_least_minimum")

    assert refund(octo, paid, 180000)["error"] == 3
    assert refund(octo, paid, 185000)["error"] == 0
