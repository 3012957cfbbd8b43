"""Faults: each kind, injected before or after the call was processed, over real sockets where the socket matters."""

import http.client
import json
import socket
from contextlib import closing
from typing import Any

import pytest

from sandbox.signature import by_unique_key

Json = dict[str, Any]


@pytest.fixture
def inject(octo: Any) -> Any:
    def put(*faults: Json) -> None:
        assert octo.client.put("/sandbox/faults", data=json.dumps(faults)).status_code == 200

    return put


def injected(octo: Any) -> list[int]:
    return [fault["injected"] for fault in octo.get("/sandbox/faults")["faults"]]


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
@pytest.mark.parametrize(("when", "ledger"), [("before", []), ("after", [("debit", 185000)])])
def test_http_errors(octo: Any, inject: Any, code: int, when: str, ledger: list[Any]) -> None:
    otp = octo.otp(octo.prepare())
    inject({"path": "check_sms_key", "kind": f"http_{code}_{when}"})

    response = octo.client.post("/check_sms_key", data=json.dumps(otp | {"smsKey": "111111"}))

    assert (response.status_code, response.mimetype) == (code, "text/html")
    assert octo.ledger() == ledger
    assert injected(octo) == [1]


@pytest.mark.parametrize(
    ("kind", "processed"),
    [
        ("timeout_before", False),
        ("timeout_after", True),
        ("timeout", True),
        ("reset_before", False),
        ("reset_after", True),
    ],
)
def test_answer_that_never_comes(octo: Any, inject: Any, address: tuple[str, int], kind: str, processed: bool) -> None:
    otp = octo.otp(octo.prepare())
    inject({"path": "check_sms_key", "kind": kind})

    with closing(http.client.HTTPConnection(*address)) as connection:
        connection.request("POST", "/check_sms_key", json.dumps(otp | {"smsKey": "111111"}))
        with pytest.raises(ConnectionError) as caught:
            connection.getresponse()

    assert isinstance(caught.value, http.client.RemoteDisconnected) == kind.startswith("timeout")
    assert octo.ledger() == [("debit", 185000)] * processed
    (call,) = octo.get("/sandbox/calls?call=check_sms_key")["calls"]
    assert (call["fault"], call["processed"]) == (kind, processed)


def test_timeout_lasts_as_long_as_it_was_asked_to(clock: Any) -> None:
    from sandbox.app import create_app
    from sandbox.config import Config

    slept: list[float] = []
    client = create_app(Config(now=clock, sleep=slept.append)).test_client()
    client.put("/sandbox/faults", data='[{"path": "pay", "kind": "timeout_before", "seconds": 7.5}]')

    with pytest.raises(ConnectionError):
        client.post("/pay/x", data="{}")

    assert slept == [7.5]


def test_truncated_answer(octo: Any, inject: Any, address: tuple[str, int]) -> None:
    otp = octo.otp(octo.prepare())
    inject({"path": "check_sms_key", "kind": "truncate"})

    with closing(http.client.HTTPConnection(*address)) as connection:
        connection.request("POST", "/check_sms_key", json.dumps(otp | {"smsKey": "111111"}))
        with connection.getresponse() as answer, pytest.raises(http.client.IncompleteRead):
            answer.read()

    assert octo.ledger() == [("debit", 185000)]


def test_trickling_answer(octo: Any, inject: Any, address: tuple[str, int]) -> None:
    inject({"path": "pay", "kind": "trickle", "seconds": 0})
    body = b"POST /pay/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    with socket.create_connection(address) as raw:
        raw.sendall(body)
        received = raw.recv(4096)
        while not received.endswith(b"}"):
            received += raw.recv(4096)

    assert b'"error": 1' in received


@pytest.mark.parametrize("kind", ["html", "html_before", "broken_json"])
def test_answers_that_are_not_json(octo: Any, inject: Any, kind: str) -> None:
    inject({"path": "prepare_payment", "kind": kind})

    response = octo.client.post("/prepare_payment", data=json.dumps(octo.request()))

    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.text)
    assert len(octo.get("/sandbox/payments")["payments"]) == (kind != "html_before")


@pytest.mark.parametrize(
    ("kind", "error", "processed"),
    [
        ("error_4_before", 4, False),
        ("error_4_after", 4, True),
        ("error_11", 11, False),
        ("unknown_error_after", 987, True),
    ],
)
def test_errors_out_of_the_blue(octo: Any, inject: Any, kind: str, error: int, processed: bool) -> None:
    otp = octo.otp(octo.prepare())
    inject({"path": "check_sms_key", "kind": kind})

    answer = octo.code(otp)

    assert (answer["error"], answer["data"]) == (error, None)
    assert octo.state() == ("succeeded" if processed else "wait_user_action")


def test_error_11_in_a_status_read(octo: Any, inject: Any) -> None:
    octo.prepare()
    inject({"path": "status", "kind": "error_11"})

    assert octo.status()["errMessage"] == "Requests too often. Minimum delay is 1 second"
    assert octo.status()["error"] == 0


def test_error_1_with_data(octo: Any, inject: Any) -> None:
    inject({"path": "prepare_payment", "kind": "error_1_with_data"})

    answer = octo.post("/prepare_payment", octo.request())

    assert (answer["error"], answer["errMessage"]) == (1, "This payment was created by previous request")
    assert answer["data"]["octo_payment_UUID"] == answer["octo_payment_UUID"]


def prepared_with(octo: Any, inject: Any, kind: str, **more: object) -> Json:
    inject({"path": "prepare_payment", "kind": kind} | more)
    return dict(octo.post("/prepare_payment", octo.request()))


def test_extra_fields(octo: Any, inject: Any) -> None:
    answer = prepared_with(octo, inject, "extra_fields")

    assert answer["news"] == answer["data"]["news"] == {"list": [1, None, "x"]}


@pytest.mark.parametrize(("more", "missing"), [({}, "octo_payment_UUID"), ({"field": "status"}, "status")])
def test_missing_field(octo: Any, inject: Any, more: Json, missing: str) -> None:
    answer = prepared_with(octo, inject, "missing_field", **more)

    assert missing not in answer and missing not in answer["data"]


def test_other_uuid(octo: Any, inject: Any) -> None:
    answer = prepared_with(octo, inject, "other_uuid")

    assert answer["octo_payment_UUID"] == answer["data"]["octo_payment_UUID"]
    assert answer["octo_payment_UUID"] != octo.get("/sandbox/payments")["payments"][0]["octo_payment_UUID"]


def test_other_amount(octo: Any, inject: Any) -> None:
    answer = prepared_with(octo, inject, "other_amount", value=5)

    assert answer["total_sum"] == answer["data"]["total_sum"] == 5


def test_unknown_status(octo: Any, inject: Any) -> None:
    assert prepared_with(octo, inject, "unknown_status")["data"]["status"] == "in_doubt"


def test_nan(octo: Any, inject: Any) -> None:
    octo.otp(octo.prepare())
    inject({"path": "*", "kind": "nan", "times": None})

    for path, body in (("/prepare_payment", octo.request()), ("/check_sms_key", {})):
        assert "NaN" in octo.client.post(path, data=json.dumps(body)).text


def test_ten_megabytes(octo: Any, inject: Any) -> None:
    inject({"path": "prepare_payment", "kind": "huge"})

    assert len(octo.client.post("/prepare_payment", data=json.dumps(octo.request())).data) > 10_000_000


def test_delay_is_only_a_delay(octo: Any, inject: Any) -> None:
    inject({"kind": "delay_before"}, {"kind": "delay_after"})

    octo.code(octo.otp(octo.prepare()))

    assert octo.state() == "succeeded"
    assert injected(octo) == [1, 1]


def test_faults_are_a_queue_and_counted(octo: Any, inject: Any) -> None:
    inject(
        {"path": "prepare_payment", "kind": "error_4_before", "shop_transaction_id": "other"},
        {"path": "prepare_payment", "kind": "error_4_before", "times": 2},
        {"path": "prepare_payment", "kind": "unknown_error_before"},
    )
    octo.client.post("/sandbox/faults", data='{"path": "pay", "kind": "error_4"}')

    answers = [octo.post("/prepare_payment", octo.request())["error"] for _ in range(4)]

    assert answers == [4, 4, 987, 0]
    assert injected(octo) == [0, 2, 1, 0]
    octo.post("/sandbox/reset", {})
    assert octo.get("/sandbox/faults") == {"faults": []}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"path": "pai", "kind": "html"}, '"path" must be one of prepare_payment'),
        ({"path": "pay", "kind": "explode"}, "timeout_before|after"),
        ({"path": "pay", "kind": "nan_before"}, '"kind" of a call'),
        ({"path": "pay", "kind": "lost"}, '"kind" of a call'),
        ({"path": "callback", "kind": "html"}, '"kind" of a callback'),
        ({"path": "pay"}, '"kind" of a call'),
        ({"path": "pay", "kind": "html", "times": 0}, '"times"'),
        ({"path": "pay", "kind": "html", "seconds": "1"}, '"seconds"'),
        ({"path": "pay", "kind": "html", "field": 1}, '"field"'),
        ({"path": "pay", "kind": "html", "time": 1}, "unknown: time"),
        ("html", "a fault is an object"),
    ],
)
def test_bad_faults_are_explained(octo: Any, fault: object, says: str) -> None:
    response = octo.client.put("/sandbox/faults", data=json.dumps([fault]))

    assert response.status_code == 400
    assert says in response.get_json()["error"]


def succeed(octo: Any, reference: str = "ORD-20260105-00017") -> str:
    uuid = str(octo.prepare(shop_transaction_id=reference))
    octo.post(f"/sandbox/payments/{reference}/settle", {"status": "succeeded"})
    return uuid


def test_doubled_callback(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "doubled"})
    succeed(octo)

    assert octo.shop.next() == octo.shop.next()


def test_lost_callback(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "lost"})
    succeed(octo)

    (sent,) = octo.get("/sandbox/callbacks")["callbacks"]
    assert (sent["state"], sent["attempts"]) == ("lost", [])
    assert injected(octo) == [1]


def test_reordered_callback_comes_after_the_next_one(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "reordered", "seconds": 60})
    succeed(octo)
    octo.post("/sandbox/payments/ORD-20260105-00017/settle", {"status": "canceled"})

    assert [octo.shop.next()["status"] for _ in range(2)] == ["canceled", "succeeded"]


def test_reordered_callback_does_not_wait_for_ever(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "reordered", "seconds": 0.01})
    succeed(octo)

    assert octo.shop.next()["status"] == "succeeded"


def test_forged_callback(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "forged"})
    uuid = succeed(octo)

    signature = octo.shop.next()["signature"]
    assert len(signature) == 40
    assert signature != by_unique_key("demo-unique-key", uuid, "succeeded")


def test_callback_with_another_amount(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "other_amount", "value": 100})
    succeed(octo)

    assert octo.shop.next()["total_sum"] == 100


def test_callback_without_its_optional_fields(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "missing_fields"})
    succeed(octo)

    assert set(octo.shop.next()) == {"shop_transaction_id", "octo_payment_UUID", "status", "signature", "hash_key"}


def test_callback_before_the_answer(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "before_answer"})
    succeed(octo)

    assert octo.shop.received.get_nowait()["status"] == "succeeded"


def test_delayed_callback_of_one_payment_only(octo: Any, inject: Any) -> None:
    inject({"path": "callback", "kind": "delayed", "shop_transaction_id": "A"})
    succeed(octo, "B")
    assert injected(octo) == [0]
    succeed(octo, "A")

    assert {octo.shop.next()["shop_transaction_id"] for _ in range(2)} == {"A", "B"}
    assert injected(octo) == [1]
