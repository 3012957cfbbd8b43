"""Callbacks: signature, attempts, and everything that can be sent by command."""

import hashlib
from typing import Any

import pytest

from sandbox.signature import by_hash_key, by_unique_key

UUID = "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"
REFERENCE = "/sandbox/payments/ORD-20260105-00017"


@pytest.mark.parametrize(
    ("status", "signature"),
    [
        ("succeeded", "490E2147A3EC319B5883517FF2C5A058D3068628"),
        ("canceled", "205337021FACA37EBC5E9A3E0F859651247C01D6"),
        ("waiting_for_capture", "C83957BA0D8E611B981B2F56DDE32B18E6D6D413"),
    ],
)
def test_published_vectors(status: str, signature: str) -> None:
    assert by_unique_key("demo-unique-key", UUID, status) == signature


def test_other_published_formula_agrees_when_the_inner_hash_is_the_key() -> None:
    inner = hashlib.sha1(b"secrethash-key").hexdigest().upper()

    assert by_hash_key("secret", "hash-key", UUID, "succeeded") == by_unique_key(inner, UUID, "succeeded")


def test_callback_is_signed(octo: Any) -> None:
    uuid = octo.prepare()
    octo.code(octo.otp(uuid))

    assert octo.shop.next()["signature"] == by_unique_key("demo-unique-key", uuid, "succeeded")


def test_switched_signature(octo: Any) -> None:
    octo.switch(signature="hash_key", signature_case="lower")
    uuid = octo.prepare()
    octo.code(octo.otp(uuid))

    callback = octo.shop.next()

    expected = by_hash_key("demo-secret", callback["hash_key"], uuid, "succeeded").lower()
    assert callback["signature"] == expected


def test_three_attempts_until_200(octo: Any) -> None:
    octo.shop.answers = [(500, ""), (302, ""), (200, "")]
    octo.code(octo.otp(octo.prepare()))

    first, second, third = octo.shop.next(), octo.shop.next(), octo.shop.next()

    assert first == second == third


def test_no_fourth_attempt(octo: Any, app: Any) -> None:
    octo.shop.answers = [(500, "")]
    octo.switch(callback_sending="manual")
    octo.code(octo.otp(octo.prepare()))
    (held,) = app.extensions["sandbox"].callbacks.held()

    app.extensions["sandbox"].callbacks._deliver(held)

    (sent,) = octo.get("/sandbox/callbacks?shop_transaction_id=ORD-20260105-00017")["callbacks"]
    assert sent["state"] == "failed"
    assert [attempt["http_status"] for attempt in sent["attempts"]] == [500, 500, 500]


def test_receiver_that_is_not_there(octo: Any) -> None:
    octo.prepare(notify_url="http://127.0.0.1:1/notify")

    (sent,) = octo.post(f"{REFERENCE}/callback", {})["callbacks"]

    assert sent["attempts"][0]["http_status"] is None


def test_callback_before_the_answer(octo: Any) -> None:
    octo.switch(callback_before_answer=True)
    octo.code(octo.otp(octo.prepare()))

    assert octo.shop.received.get_nowait()["status"] == "succeeded"


def test_shop_decides_on_a_hold_in_its_answer(octo: Any) -> None:
    octo.shop.answers = [(200, '{"accept_status": "capture", "final_amount": 150000.00}'), (200, "{}")]
    octo.code(octo.otp(octo.prepare(auto_capture=False)))

    assert octo.shop.next()["status"] == "waiting_for_capture"
    captured = octo.shop.next()

    assert (captured["status"], captured["total_sum"]) == ("succeeded", 150000)
    assert octo.ledger() == [("hold", 185000), ("capture", 150000), ("release", 35000)]


def test_shop_releases_a_hold_in_its_answer(octo: Any) -> None:
    octo.shop.answers = [(200, '{"accept_status": "cancel"}'), (200, "{}")]
    octo.code(octo.otp(octo.prepare(auto_capture=False)))

    assert [octo.shop.next()["status"] for _ in range(2)] == ["waiting_for_capture", "canceled"]
    assert octo.ledger() == [("hold", 185000), ("release", 185000)]


def test_hold_is_announced_again_until_the_shop_has_decided(octo: Any) -> None:
    octo.shop.answers = [(200, "{}"), (200, "not json"), (200, '{"accept_status": "waiting_user_action"}')]
    octo.code(octo.otp(octo.prepare(auto_capture=False)))

    assert [octo.shop.next()["status"] for _ in range(3)] == ["waiting_for_capture"] * 3
    assert octo.state() == "waiting_for_capture"


@pytest.mark.parametrize("wanted", [True, False])
def test_callback_on_expiry(octo: Any, wanted: bool) -> None:
    octo.switch(callback_on_expiry=wanted, callback_sending="manual")
    octo.prepare()

    octo.post("/sandbox/clock", {"advance_seconds": 900})

    assert [c["body"]["status"] for c in octo.get("/sandbox/callbacks")["callbacks"]] == ["canceled"] * wanted


def test_sending_again_with_changes(octo: Any) -> None:
    uuid = octo.prepare()
    change = {"status": "succeeded", "total_sum": 1, "set": {"news": [1]}, "omit": ["currency"], "count": 3}

    sent = octo.post(f"{REFERENCE}/callback", change)["callbacks"]

    assert [one["attempts"][0]["http_status"] for one in sent] == [200, 200, 200]
    received = octo.shop.next()
    assert (received["status"], received["total_sum"], received["news"]) == ("succeeded", 1, [1])
    assert received["signature"] == by_unique_key("demo-unique-key", uuid, "succeeded")
    assert "currency" not in received
    assert octo.state() == "created"


def test_sending_a_forged_one(octo: Any) -> None:
    octo.prepare()

    octo.post(f"{REFERENCE}/callback", {"status": "succeeded", "signature": "F" * 40})

    assert octo.shop.next()["signature"] == "F" * 40


def test_held_callbacks_are_delivered_in_any_order(octo: Any) -> None:
    octo.switch(callback_sending="manual")
    octo.prepare()
    octo.post(f"{REFERENCE}/settle", {"status": "succeeded"})
    octo.post(f"{REFERENCE}/settle", {"status": "canceled"})
    first, second = (one["id"] for one in octo.get("/sandbox/callbacks")["callbacks"])

    octo.post("/sandbox/callbacks/deliver", {"ids": [second, first]})

    assert [octo.shop.next()["status"] for _ in range(2)] == ["canceled", "succeeded"]
