"""/api/payments/notify/ over HTTP: OCTO's door."""

import pytest

from domain.errors import MalformedCallback
from domain.journal import Cause, Why
from domain.money import Currency, Money
from domain.moves import Word
from tests.fakes.gateway import unknown
from tests.fakes.world import API, SCOPE
from tests.integration.http.shop import Api

PATH = "/api/payments/notify/"


class Notified:
    """Notifications that remember what they were given."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, Cause]] = []

    def receive(self, raw: bytes, cause: Cause) -> dict[str, str]:
        self.received.append((raw, cause))
        return {"status": "ok"}


@pytest.fixture
def notified(visitor: Api, monkeypatch: pytest.MonkeyPatch) -> Notified:
    notified = Notified()
    monkeypatch.setattr(visitor.world.notifications, "receive", notified.receive)
    return notified


@pytest.mark.parametrize("path", [PATH, PATH.rstrip("/")])
def test_a_callback_needs_no_token_and_its_bytes_go_in_as_they_came(
    visitor: Api, notified: Notified, path: str
) -> None:
    raw = b'{ "status" : "succeeded", "total_sum": 185000.0 }'
    answer = visitor.post(path, data=raw, content_type="application/json", headers={"X-Request-ID": "request-42"})

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert notified.received == [(raw, Cause(Why.CALLBACK, "octo", "request-42"))]


def test_octo_is_told_the_sum_of_a_capture_as_an_exact_number(visitor: Api) -> None:
    world = visitor.world
    order = world.held()
    transaction = world.books(order).current
    for call in ("capture", "read_status"):
        world.gateway.script(call, unknown())
    world.holds.capture(order.id, SCOPE, Money(15_000_050, Currency.UZS), API)
    world.callback(transaction, Word.WAITING_FOR_CAPTURE, amount=None)
    answer = visitor.post(PATH, {})

    assert answer.text == '{"accept_status": "capture", "final_amount": 150000.50}'


def test_a_forged_callback_is_a_403(visitor: Api) -> None:
    visitor.world.reader.forged = True
    answer = visitor.post(PATH, {"status": "succeeded"})

    assert (answer.status_code, answer.json["code"]) == (403, "forged_callback")  # type: ignore[index]


def test_a_malformed_callback_is_a_422(visitor: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MalformedCallback(reason="status")

    monkeypatch.setattr(visitor.world.reader, "read", refuse)
    answer = visitor.post(PATH, {"status": 1})

    assert (answer.status_code, answer.json["code"]) == (422, "malformed_callback")  # type: ignore[index]


def test_a_callback_beyond_16_kilobytes_is_a_413(visitor: Api, notified: Notified) -> None:
    fits = visitor.post(PATH, data=b" " * 16_384, content_type="application/json")
    too_large = visitor.post(PATH, data=b" " * 16_385, content_type="application/json")

    assert fits.status_code == 200
    assert too_large.status_code == 413
    assert len(notified.received) == 1


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_callback_that_is_not_json_is_a_415(visitor: Api, notified: Notified, content_type: str) -> None:
    answer = visitor.post(PATH, data=b"status=succeeded", content_type=content_type)

    assert answer.status_code == 415
    assert notified.received == []
