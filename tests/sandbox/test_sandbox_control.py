"""The control calls, and that they say what to do when they are used wrongly."""

import json
from typing import Any

import pytest

PAYMENT = "/sandbox/payments/ORD-20260105-00017"


def test_health(octo: Any) -> None:
    assert octo.get("/sandbox/health") == {"status": "ok", "shop_id": 4321}


def test_payment_is_shown(octo: Any) -> None:
    uuid = octo.prepare()
    octo.pay(uuid)

    (shown,) = octo.get("/sandbox/payments")["payments"]

    assert shown == octo.get(PAYMENT)
    assert (shown["octo_payment_UUID"], shown["status"], shown["taken"]) == (uuid, "wait_user_action", 0)
    assert shown["card"] == {"first6": "860000", "last4": "0000", "method": "uzcard"}


@pytest.mark.parametrize(
    ("words", "entries"),
    [
        (["succeeded"], ["debit"]),
        (["succeeded", "succeeded"], ["debit"]),
        (["canceled"], []),
        (["canceled", "succeeded"], ["debit"]),
        (["succeeded", "canceled"], ["debit", "refund"]),
        (["waiting_for_capture", "succeeded"], ["hold", "capture"]),
        (["waiting_for_capture", "canceled"], ["hold", "release"]),
        (["refund_in_progress"], []),
    ],
)
def test_settle_moves_the_state_and_the_ledger(octo: Any, words: list[str], entries: list[str]) -> None:
    octo.shop.answers = [(200, '{"accept_status": "waiting_user_action"}')]
    octo.prepare()

    for word in words:
        assert octo.post(f"{PAYMENT}/settle", {"status": word})["status"] == word
        assert octo.shop.next()["status"] == word

    assert [kind for kind, _ in octo.ledger()] == entries


def test_settle_without_callback_or_ledger(octo: Any) -> None:
    octo.prepare()

    octo.post(f"{PAYMENT}/settle", {"status": "succeeded", "callback": False, "ledger": False})

    assert octo.get("/sandbox/callbacks") == {"callbacks": []}
    assert octo.ledger() == []
    assert octo.state() == "succeeded"


def test_ledger_entry(octo: Any) -> None:
    uuid = octo.prepare()
    octo.code(octo.otp(uuid))

    (entry,) = octo.get("/sandbox/ledger?shop_transaction_id=ORD-20260105-00017")["entries"]

    assert entry == {
        "shop_transaction_id": "ORD-20260105-00017",
        "octo_payment_UUID": uuid,
        "kind": "debit",
        "amount": 185000,
        "currency": "UZS",
        "at": "2026-01-05T09:03:27+00:00",
        "card": {"first6": "860000", "last4": "0000"},
    }
    assert octo.get("/sandbox/ledger?shop_transaction_id=other") == {"entries": []}


def test_calls_are_logged_without_secrets(octo: Any) -> None:
    uuid = octo.prepare()
    octo.code(octo.otp(uuid))

    log = octo.get("/sandbox/calls")["calls"]

    assert [call["call"] for call in log] == ["prepare_payment", "pay", "verificationInfo", "check_sms_key"]
    assert {call["shop_transaction_id"] for call in log} == {"ORD-20260105-00017"}
    assert log[1]["body"]["pan"] == "860000******0000"
    written = json.dumps(log)
    for secret in ("demo-secret", "8600000000000000", "2812", "111111"):
        assert secret not in written


def test_calls_can_be_counted(octo: Any) -> None:
    uuid = octo.prepare()
    octo.pay(uuid)
    octo.pay(uuid)
    octo.status()

    assert len(octo.get("/sandbox/calls?call=pay&shop_transaction_id=ORD-20260105-00017")["calls"]) == 2
    assert len(octo.get("/sandbox/calls?call=status")["calls"]) == 1
    assert octo.get("/sandbox/calls?call=pay&shop_transaction_id=other") == {"calls": []}


def test_clock(octo: Any) -> None:
    octo.prepare()

    assert octo.post("/sandbox/clock", {"advance_seconds": 900}) == {
        "now": "2026-01-05T09:18:27+00:00",
        "advanced_seconds": 900,
    }
    assert octo.state() == "canceled"


def test_reset_forgets_everything(octo: Any) -> None:
    octo.switch(ttl="lenient")
    octo.code(octo.otp(octo.prepare()))
    octo.post("/sandbox/clock", {"advance_seconds": 60})

    octo.post("/sandbox/reset", {})

    assert octo.get("/sandbox/payments") == {"payments": []}
    assert octo.get("/sandbox/calls") == {"calls": []}
    assert octo.get("/sandbox/switches")["ttl"] == "strict"
    assert octo.get("/sandbox/clock")["advanced_seconds"] == 0
    assert octo.ledger() == []


def test_switches_explain_themselves(octo: Any) -> None:
    about = octo.get("/sandbox/switches/about")["ttl"]

    assert about["allowed"] == "strict | lenient"
    assert about["default"] == about["value"] == "strict"


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("PUT", "/sandbox/switches", {"tll": "strict"}, "there is no switch 'tll'"),
        ("PUT", "/sandbox/switches", {"ttl": "loose"}, "takes strict | lenient"),
        ("PUT", "/sandbox/switches", {"debit_on_pay": 1}, "takes false | true"),
        ("PUT", "/sandbox/switches", "nonsense", "must be a JSON object"),
        ("POST", "/sandbox/clock", {"advance_seconds": -1}, "only goes forward"),
        ("POST", f"{PAYMENT}/settle", {}, "settle needs"),
        ("POST", f"{PAYMENT}/settle", {"status": "succeeded", "callback": 1}, '"callback" must be true or false'),
        ("POST", f"{PAYMENT}/callback", {"stats": "x"}, "unknown: stats"),
        ("POST", f"{PAYMENT}/callback", {"count": 0}, '"count" must be an integer from 1'),
        ("POST", "/sandbox/callbacks/deliver", {"ids": 1}, '"ids" must be a list'),
    ],
)
def test_bad_control_calls_are_explained(octo: Any, method: str, path: str, body: object, says: str) -> None:
    octo.prepare()

    response = octo.client.open(path, method=method, data=json.dumps(body))

    assert response.status_code == 400
    assert says in response.get_json()["error"]


def test_wrong_switch_turns_none(octo: Any) -> None:
    octo.client.put("/sandbox/switches", data='{"ttl": "lenient", "otp": "guess"}')

    assert octo.get("/sandbox/switches")["ttl"] == "strict"


def test_payment_that_is_not_there(octo: Any) -> None:
    response = octo.client.get("/sandbox/payments/nobody")

    assert response.status_code == 404
    assert "GET /sandbox/payments" in response.get_json()["error"]


def test_overview_shows_what_happened_and_escapes_it(octo: Any) -> None:
    uuid = octo.prepare(shop_transaction_id="<b>1</b>")
    octo.otp(uuid)

    page = octo.client.get("/sandbox/").text

    assert "&lt;b&gt;1&lt;/b&gt;" in page and "<b>1</b>" not in page
    assert "111111" in page


@pytest.mark.parametrize("path", ["/check_status", "/status", "/", "/prepare_payment/", "/pay", "/verificationInfo"])
def test_unknown_paths_are_forbidden(octo: Any, path: str) -> None:
    assert octo.client.get(path).status_code == 403
    assert octo.client.post(path, data="{}").status_code == 403
    assert [call["method"] for call in octo.get("/sandbox/calls?call=unknown")["calls"]] == ["GET", "POST"]


def test_unknown_control_call(octo: Any) -> None:
    response = octo.client.get("/sandbox/nothing")

    assert (response.status_code, "no control call" in response.get_json()["error"]) == (404, True)
