"""set_accept: holds are captured, whole or less, or released."""

from typing import Any

import pytest

Json = dict[str, Any]
LATER = (200, '{"accept_status": "waiting_user_action"}')


@pytest.fixture
def held(octo: Any) -> str:
    octo.shop.answers = [LATER]
    uuid = octo.prepare(auto_capture=False)
    octo.code(octo.otp(uuid))
    octo.shop.next()
    return str(uuid)


def accept(octo: Any, uuid: str, **changes: object) -> Json:
    body = {
        "octo_shop_id": 4321,
        "octo_secret": "demo-secret",
        "octo_payment_UUID": uuid,
        "accept_status": "capture",
        "final_amount": 150000.00,
    }
    return dict(octo.post("/set_accept", {n: v for n, v in (body | changes).items() if v is not None}))


def test_documented_capture(octo: Any, held: str) -> None:
    answer = accept(octo, held)

    assert answer["error"] == 0
    assert answer["data"] == {
        "shop_transaction_id": "ORD-20260105-00017",
        "octo_payment_UUID": held,
        "status": "succeeded",
        "octo_pay_url": f"https://pay2.octo.uz/pay/{held}?language=uz",
        "transfer_sum": 144750.00,
        "refunded_sum": 0,
        "total_sum": 150000.00,
        "payed_time": "2026-01-05 14:03:27",
    }
    assert answer["status"] == "succeeded"
    assert octo.ledger() == [("hold", 185000), ("capture", 150000), ("release", 35000)]
    assert octo.shop.next()["total_sum"] == 150000


def test_whole_capture_needs_no_amount(octo: Any, held: str) -> None:
    assert accept(octo, held, final_amount=None)["data"]["total_sum"] == 185000
    assert octo.ledger() == [("hold", 185000), ("capture", 185000)]


def test_release(octo: Any, held: str) -> None:
    assert accept(octo, held, accept_status="cancel", final_amount=None)["data"]["status"] == "canceled"
    assert octo.shop.next()["status"] == "canceled"
    assert octo.ledger() == [("hold", 185000), ("release", 185000)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"octo_payment_UUID": None}, 1),
        ({"accept_status": "take"}, 1),
        ({"final_amount": 185000.01}, 1),
        ({"final_amount": 0}, 1),
        ({"octo_secret": "other"}, 2),
        ({"octo_payment_UUID": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"}, 11),
    ],
)
def test_refusals(octo: Any, held: str, changes: Json, error: int) -> None:
    assert accept(octo, held, **changes)["error"] == error
    assert octo.ledger() == [("hold", 185000)]


def test_second_capture_is_refused(octo: Any, held: str) -> None:
    accept(octo, held)

    assert accept(octo, held)["error"] == 10
    assert accept(octo, held, accept_status="cancel")["error"] == 10


def test_lapsed_hold_cannot_be_captured(octo: Any, held: str, clock: Any) -> None:
    clock.advance(30 * 60)

    assert accept(octo, held)["error"] == 10
    assert octo.ledger() == [("hold", 185000), ("release", 185000)]


def test_one_stage_payment_cannot_be_captured(octo: Any) -> None:
    assert accept(octo, octo.prepare())["error"] == 10


def test_life_of_a_hold_can_be_switched(octo: Any, clock: Any) -> None:
    octo.switch(hold_minutes=7 * 24 * 60)
    octo.shop.answers = [LATER]
    octo.code(octo.otp(octo.prepare(auto_capture=False)))
    clock.advance(24 * 3600)

    assert octo.state() == "waiting_for_capture"


def test_silent_set_accept_and_required_amount(octo: Any, held: str) -> None:
    octo.switch(callback_on_set_accept=False, final_amount="required", set_accept_payload="data")

    assert accept(octo, held, final_amount=None)["error"] == 1
    assert "status" not in accept(octo, held)
    assert len(octo.get("/sandbox/callbacks")["callbacks"]) == 1


def test_succeeded_may_stay_away_after_a_capture_reply(octo: Any) -> None:
    octo.switch(callback_after_reply=False, callback_before_answer=True)
    octo.shop.answers = [(200, '{"accept_status": "capture"}')]
    octo.code(octo.otp(octo.prepare(auto_capture=False)))

    octo.shop.next()

    callback = "/sandbox/callbacks"
    octo.wait_until(lambda: octo.state() == "succeeded")
    assert [one["body"]["status"] for one in octo.get(callback)["callbacks"]] == ["waiting_for_capture"]
