"""OCTO's door over real HTTP: whatever a forger sends is a 4xx or has no effect, and never a 5xx."""

import hashlib
import json
import math
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from adapters.database.unit_of_work import Database
from adapters.octo import callback
from domain.books import Books
from domain.moves import Status, Word
from domain.order import OrderStatus
from domain.report import Report, Source
from domain.transaction import OrderId, ShopTransactionId
from entrypoints.bootstrap import build
from entrypoints.settings import Settings
from tests.faults.record import counted
from tests.integration.database import samples
from tests.integration.http.shop import ENVIRONMENT

PATH: Final = "/api/payments/notify/"
NEW, OLD = "the-unique-key-in-use", "the-unique-key-before-it"
JSON: Final = {"Content-Type": "application/json"}


@pytest.fixture(scope="module", autouse=True)
def every_test_is_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from counted(request, fault="F13", case="over HTTP", database="sqlite")


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


@dataclass
class Door:
    """The service behind a socket; each test has an order of its own, its payment known to OCTO."""

    port: int
    database: Database
    key: str = NEW
    double_hash: bool = False

    def awaiting(self) -> Books:
        books = samples.begun()
        order_id, octo_id = OrderId(str(uuid.uuid4())), str(uuid.uuid4())
        attempt = replace(books.current, order_id=order_id, shop_transaction_id=ShopTransactionId(f"{order_id}-1"))
        answer = Report(Word.CREATED, Source.ANSWER, samples.NOON, octo_transaction_id=octo_id)
        made = Books(replace(books.order, id=order_id), (attempt.hear(answer),))
        with self.database.units() as unit:
            unit.books.add(made)
            unit.commit()
        return made

    def now(self, books: Books) -> Books:
        with self.database.reading() as unit:
            found = unit.books.owned(books.order.id, samples.SCOPE)
            assert found is not None
            return found

    def body(self, books: Books, **changes: Any) -> dict[str, Any]:
        t = books.current
        status = changes.get("status", "succeeded")
        hash_key = changes.get("hash_key", "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f")
        inner = sha1(self.key + hash_key) if self.double_hash else self.key
        signed = {
            "shop_transaction_id": t.shop_transaction_id,
            "octo_payment_UUID": t.octo_transaction_id,
            "status": status,
            "signature": sha1(f"{inner}{t.octo_transaction_id}{status}"),
            "hash_key": hash_key,
            "total_sum": float(t.amount.amount),
            "currency": t.amount.currency.value,
        }
        return signed | changes

    def send(self, raw: bytes, method: str = "POST", path: str = PATH, **headers: str) -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, raw, JSON | {n.replace("_", "-"): v for n, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def post(self, body: object) -> tuple[int, dict[str, Any]]:
        return self.send(json.dumps(body).encode())


@contextmanager
def opened(template: Path, folder: Path, **environment: str) -> Iterator[Door]:
    path = folder / "books.db"
    path.write_bytes(template.read_bytes())
    given = ENVIRONMENT | {
        "DATABASE_URL": f"sqlite:///{path}",
        "JOBS_URL": f"sqlite:///{folder}/jobs.db",
        "OCTO_API_URL": "http://127.0.0.1:1",
    }
    app = build(Settings.from_env(given | environment))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    database = Database.at(given["DATABASE_URL"])
    try:
        yield Door(server.server_port, database)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        database.dispose()


@pytest.fixture(scope="module")
def door(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """In the middle of a rotation: OCTO's old key and its new one count."""
    folder = tmp_path_factory.mktemp("door")
    with opened(sqlite_template, folder, OCTO_UNIQUE_KEY=NEW, OCTO_UNIQUE_KEY_OLD=OLD) as found:
        yield found


def test_the_model_of_the_forgeries_is_itself_believed(door: Door) -> None:
    books = door.awaiting()

    assert door.post(door.body(books)) == (200, {"status": "ok"})
    assert door.now(books).order.status is OrderStatus.PAID


@pytest.mark.parametrize("key", [NEW, OLD])
@pytest.mark.parametrize("written", [str.upper, str.lower])
def test_both_keys_of_a_rotation_count_in_either_case(door: Door, key: str, written: Callable[[str], str]) -> None:
    books = door.awaiting()
    body = replace(door, key=key).body(books)
    status, _ = door.post(body | {"signature": written(body["signature"])})

    assert status == 200
    assert door.now(books).order.status is OrderStatus.PAID


def test_the_other_published_formula_counts_where_it_is_chosen(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(sqlite_template, tmp_path, OCTO_SIGNATURE="secret_hash_key", OCTO_UNIQUE_KEY=NEW) as door:
        hashed = replace(door, key=ENVIRONMENT["OCTO_SECRET"], double_hash=True)
        books, other = door.awaiting(), door.awaiting()
        right, wrong = door.post(hashed.body(books)), door.post(door.body(other))

        assert (right[0], wrong[0]) == (200, 403)
        assert (door.now(books).order.status, door.now(other)) == (OrderStatus.PAID, other)


def test_without_a_key_a_callback_changes_nothing_but_when_octo_is_asked(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(sqlite_template, tmp_path) as door:
        books = door.awaiting()
        status, _ = door.post(door.body(books))
        after = door.now(books)

        assert status == 200
        assert (after.order.status, after.current.status) == (books.order.status, Status.PREPARED)
        assert after.current.next_check_at != books.current.next_check_at


def test_in_test_mode_a_signature_is_checked_all_the_same(door: Door) -> None:
    """ENVIRONMENT has OCTO_TEST_MODE=true."""
    books = door.awaiting()

    assert door.post(door.body(books, signature="0" * 40))[0] == 403
    assert door.now(books) == books


Forgery = Callable[[Door, Books, Books], bytes]


def encoded(change: Callable[[Door, Books, Books], object]) -> Forgery:
    return lambda door, books, other: json.dumps(change(door, books, other)).encode()


def shifted(door: Door, books: Books, _: Books) -> dict[str, Any]:
    """The signature covers two texts without a boundary: the last sign of the one moved to the front of the other."""
    body = door.body(books)
    octo_id = body["octo_payment_UUID"]
    return body | {"octo_payment_UUID": octo_id[:-1], "status": octo_id[-1] + body["status"]}


def wrong_key(door: Door, books: Books, _: Books) -> dict[str, Any]:
    return replace(door, key="a-key-of-somebody-else").body(books)


def of_other(door: Door, books: Books, other: Books) -> dict[str, Any]:
    """Another payment's own signature under this payment's id."""
    return door.body(books) | {"signature": door.body(other)["signature"]}


FORGED: dict[str, Forgery] = {
    "another key": encoded(wrong_key),
    "another payment's signature": encoded(of_other),
    "another status than signed": encoded(lambda d, b, o: d.body(b, status="canceled") | {"status": "succeeded"}),
    "an empty signature": encoded(lambda d, b, o: d.body(b, signature="")),
    "a signature that is not ASCII": encoded(lambda d, b, o: d.body(b, signature="подпись")),
    "half a surrogate": lambda d, b, o: json.dumps(d.body(b, signature="\ud800")).encode(),
    "a signature that is a number": encoded(lambda d, b, o: d.body(b, signature=0)),
    "a signature that is true": encoded(lambda d, b, o: d.body(b, signature=True)),
    "a signature that is null": encoded(lambda d, b, o: d.body(b, signature=None)),
    "a list of signatures": encoded(lambda d, b, o: d.body(b, signature=[d.body(b)["signature"]])),
    "part of a signature": encoded(lambda d, b, o: d.body(b, signature=d.body(b)["signature"][:-1])),
    "a signature and more": encoded(lambda d, b, o: d.body(b, signature=d.body(b)["signature"] + "0")),
    "a shifted boundary": encoded(shifted),
    "an unknown word with a wrong signature": encoded(lambda d, b, o: d.body(b, status="paid", signature="0" * 40)),
    "no signature": encoded(lambda d, b, o: {n: v for n, v in d.body(b).items() if n != "signature"}),
    "no id": encoded(lambda d, b, o: {n: v for n, v in d.body(b).items() if n != "octo_payment_UUID"}),
    "a signature there twice": lambda d, b, o: json.dumps(d.body(b)).encode()[:-1] + b', "signature": "0"}',
    "an array": encoded(lambda d, b, o: [d.body(b)]),
    "a number": encoded(lambda d, b, o: 17),
    "null": encoded(lambda d, b, o: None),
    "a string": encoded(lambda d, b, o: json.dumps(d.body(b))),
    "NaN for a sum": encoded(lambda d, b, o: d.body(b, total_sum=math.nan)),
    "infinity for a sum": encoded(lambda d, b, o: d.body(b, total_sum=math.inf)),
    "a sum with an endless exponent": lambda d, b, o: (
        json.dumps(d.body(b, total_sum=0)).replace(": 0,", ": 1e999999999,").encode()
    ),
    "a sum that is a list": encoded(lambda d, b, o: d.body(b, total_sum=[1])),
    "a negative sum": encoded(lambda d, b, o: d.body(b, total_sum=-1)),
    "a currency of nowhere": encoded(lambda d, b, o: d.body(b, currency="XXX")),
    "nothing": lambda d, b, o: b"",
    "no JSON": lambda d, b, o: b"<xml/>",
    "half a JSON": lambda d, b, o: json.dumps(d.body(b)).encode()[:-1],
    "UTF-16": lambda d, b, o: json.dumps(d.body(b)).encode("utf-16"),
    "not UTF-8": lambda d, b, o: b'{"status": "\xff"}',
    "a thousand levels": lambda d, b, o: b"[" * 8000 + b"]" * 8000,
    "a NUL": lambda d, b, o: json.dumps(d.body(b, shop_transaction_id="\0")).encode(),
    "a megabyte": lambda d, b, o: b'{"x": "' + b"x" * 1_000_000 + b'"}',
    "a form": lambda d, b, o: b"status=succeeded",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_callback_is_refused_and_changes_nothing(door: Door, forge: Forgery) -> None:
    books, other = door.awaiting(), door.awaiting()
    status, told = door.send(forge(door, books, other))

    assert 400 <= status < 500
    assert told["code"] in ("forged_callback", "malformed_callback", "malformed_json", "body_too_large")
    assert (door.now(books), door.now(other)) == (books, other)


@pytest.mark.parametrize("changes", [{"octo_payment_UUID": "not-a-uuid"}, {"status": "a b"}, {"status": "x" * 65}])
def test_nothing_is_hashed_for_what_has_not_even_the_form(
    door: Door, changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(callback, "is_signed", lambda *_, **__: asked.append(1))
    status, told = door.post(door.body(door.awaiting()) | changes)

    assert (status, told["code"]) == (422, "malformed_callback")
    assert asked == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_not_allowed(door: Door, method: str) -> None:
    books = door.awaiting()

    assert door.send(json.dumps(door.body(books)).encode(), method)[0] == 405
    assert door.now(books) == books


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
def test_another_media_type_is_not_read(door: Door, media_type: str) -> None:
    books = door.awaiting()

    assert door.send(json.dumps(door.body(books)).encode(), Content_Type=media_type)[0] == 415
    assert door.now(books) == books


# Rightly signed (the signature covers id and status alone), and still not about this payment as it is.
AMISS: dict[str, Callable[[Books, Books], dict[str, Any]]] = {
    "a smaller sum": lambda books, other: {"total_sum": 1.0},
    "a larger sum": lambda books, other: {"total_sum": 999_999_999_999.0},
    "another currency": lambda books, other: {"currency": "USD"},
    "another order": lambda books, other: {"shop_transaction_id": other.current.shop_transaction_id},
    "an order of nobody": lambda books, other: {"shop_transaction_id": "nobody-1"},
}


@pytest.mark.parametrize("changes", AMISS.values(), ids=AMISS.keys())
def test_what_does_not_fit_is_flagged_asked_about_and_pays_nothing(
    door: Door, changes: Callable[[Books, Books], dict[str, Any]]
) -> None:
    books, other = door.awaiting(), door.awaiting()
    status, _ = door.post(door.body(books, **changes(books, other)))
    after = door.now(books)

    assert status == 200
    assert (after.order.status, after.current.status) == (books.order.status, books.current.status)
    assert after.current.reviews == ("callback_mismatch",)
    assert door.now(other) == other


def test_an_id_of_nobody_is_stored_and_has_no_effect(door: Door) -> None:
    books = door.awaiting()
    stranger = replace(
        books.current, octo_transaction_id=str(uuid.uuid4()), shop_transaction_id=ShopTransactionId("nobody-1")
    )
    status, _ = door.post(door.body(Books(books.order, (stranger,))))

    assert status == 200
    assert door.now(books) == books


# ---- the whole input space

texts = st.text(max_size=60)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
fields = st.sampled_from(
    ["shop_transaction_id", "octo_payment_UUID", "status", "signature", "hash_key", "total_sum", "currency",
     "refunded_sum", "transfer_sum", "maskedPan", "riskLevel", "payed_time", "rrn", "card_type"]
)  # fmt: skip
FUZZ: Final = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@FUZZ
@given(changes=st.dictionaries(fields, values, min_size=1, max_size=5))
def test_any_change_of_a_true_callback_pays_at_most_what_was_to_be_paid(door: Door, changes: dict[str, Any]) -> None:
    """The signature stays as it was: whatever is taken in its place, or beside it, is never more than the truth."""
    books = door.awaiting()
    status, _ = door.post(door.body(books) | changes)
    after = door.now(books)

    assert status < 500
    if {"octo_payment_UUID", "status", "signature"} & set(changes):
        assert after.order.status is books.order.status
    assert after.order.status in (books.order.status, OrderStatus.PAID)


@FUZZ
@given(raw=st.binary(max_size=400) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_at_all_are_refused(door: Door, raw: bytes) -> None:
    status, _ = door.send(raw)

    assert 400 <= status < 500


@FUZZ
@given(
    method=st.sampled_from(["POST", "GET", "PUT", "OPTIONS", "TRACE", "BREW"]),
    query=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    media_type=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_any_request_line_and_media_type_is_answered_in_peace(
    door: Door, method: str, query: str, media_type: str
) -> None:
    connection = HTTPConnection("127.0.0.1", door.port, timeout=30)
    connection.request(method, f"{PATH}?{query}", b"{}", {"Content-Type": media_type})
    status = connection.getresponse().status
    connection.close()

    assert status < 500 or (method, status) == ("BREW", 501)
