"""A sandbox whose clock tests move, in this process or behind a socket, and a shop that it calls back."""

import json
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.app import create_app
from sandbox.config import Config
from sandbox.server import listen, serve

Json = dict[str, Any]
START = datetime(2026, 1, 5, 9, 3, 27, tzinfo=UTC)


class MovableClock:
    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Shop:
    """Receives callbacks. `answers` are given in turn, the last one again and again."""

    def __init__(self) -> None:
        self.received: queue.Queue[Json] = queue.Queue()
        self.answers: list[tuple[int, str]] = [(200, '{"status": "ok"}')]
        self.url = ""

    def next(self) -> Json:
        return self.received.get(timeout=60)

    def answer(self) -> tuple[int, str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Octo:
    """The calls, as a client without any knowledge of the sandbox's code would make them."""

    def __init__(self, client: FlaskClient, shop: Shop) -> None:
        self.client = client
        self.shop = shop

    def post(self, path: str, body: object) -> Json:
        response = self.client.post(path, data=body if isinstance(body, bytes | str) else json.dumps(body))
        assert response.status_code == 200, response.text
        return response.get_json()  # type: ignore[no-any-return]

    def get(self, path: str) -> Json:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.get_json()  # type: ignore[no-any-return]

    def switch(self, **values: object) -> None:
        assert self.client.put("/sandbox/switches", data=json.dumps(values)).status_code == 200

    def request(self, **changes: object) -> Json:
        """The minimal good request of the contract; a change to None takes the field out."""
        body: Json = {
            "octo_shop_id": 4321,
            "octo_secret": "demo-secret",
            "shop_transaction_id": "ORD-20260105-00017",
            "auto_capture": True,
            "test": True,
            "init_time": "2026-01-05 14:03:27",
            "total_sum": 185000.00,
            "currency": "UZS",
            "description": "Order 17",
            "payment_methods": [{"method": "uzcard"}, {"method": "humo"}],
            "return_url": "https://shop.example/return",
            "notify_url": self.shop.url,
            "language": "uz",
            "ttl": 15,
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def prepare(self, **changes: object) -> str:
        answer = self.post("/prepare_payment", self.request(**changes))
        assert answer["error"] == 0, answer
        return str(answer["data"]["octo_payment_UUID"])

    def pay(self, uuid: str, pan: str = "8600000000000000", **changes: object) -> Json:
        card = {"pan": pan, "exp": "2812", "cardHolderName": "TEST USER", "method": "uzcard"}
        return self.post(f"/pay/{uuid}", card | changes)

    def otp(self, uuid: str, pan: str = "8600000000000000", **changes: object) -> Json:
        """A card presented and an SMS sent: what check_sms_key needs, but for the code."""
        paid = self.pay(uuid, pan, **changes)
        assert paid["error"] == 0, paid
        info = self.get(f"/verificationInfo/{uuid}")["data"]
        return {"paymentId": paid["data"]["id"], "verifyId": info["verifyId"]}

    def code(self, otp: Json, code: str = "111111") -> Json:
        return self.post("/check_sms_key", otp | {"smsKey": code})

    def status(self, reference: str = "ORD-20260105-00017") -> Json:
        three = {"octo_shop_id": 4321, "octo_secret": "demo-secret", "shop_transaction_id": reference}
        return self.post("/prepare_payment", three)

    def state(self, reference: str = "ORD-20260105-00017") -> str:
        return str(self.get(f"/sandbox/payments/{reference}")["status"])

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """For what a callback's own thread does."""
        until = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < until, "it never came"
            time.sleep(0.01)

    def ledger(self) -> list[tuple[str, float]]:
        return [(entry["kind"], entry["amount"]) for entry in self.get("/sandbox/ledger")["entries"]]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def app(clock: MovableClock) -> Flask:
    return create_app(Config(now=clock, sleep=lambda seconds: None, public_url="https://pay2.octo.uz"))


@pytest.fixture
def octo(app: Flask, shop: Shop) -> Octo:
    return Octo(app.test_client(), shop)


@pytest.fixture(scope="session")
def receiver() -> Iterator[tuple[str, dict[str, Shop]]]:
    """One server for all tests; each shop has a path of its own, so that late callbacks find nobody else."""
    shops: dict[str, Shop] = {}

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = 410, ""
            if self.path in shops:
                shops[self.path].received.put(body)
                status, text = shops[self.path].answer()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    with in_background(server):
        yield f"http://127.0.0.1:{server.server_port}", shops


@pytest.fixture
def shop(receiver: tuple[str, dict[str, Shop]]) -> Iterator[Shop]:
    base, shops = receiver
    shop, path = Shop(), f"/notify/{uuid.uuid4()}"
    shop.url = base + path
    shops[path] = shop
    yield shop
    del shops[path]


@pytest.fixture
def address(app: Flask) -> Iterator[tuple[str, int]]:
    """The sandbox behind a real socket."""
    listener = listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    with listener, in_background(serve(app, listener)):
        yield host, port


@contextmanager
def in_background(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()
