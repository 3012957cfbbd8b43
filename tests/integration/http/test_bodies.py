"""What a body may be, whatever route it is sent to."""

from io import BytesIO

import pytest

from tests.integration.http.shop import Api

ROUTES = [
    "/api/orders/",
    "/api/orders/order-1/cancel/",
    "/api/orders/order-1/payment/initiate/",
    "/api/orders/order-1/payment/confirm/",
    "/api/orders/order-1/payment/verify-otp/",
    "/api/orders/order-1/payment/cancel/",
]


@pytest.fixture
def shop(api: Api) -> Api:
    api.order()
    return api


MALFORMED = {
    "not json": b"amount=1",
    "cut off": b'{"amount": 1',
    "two values": b"{}{}",
    "trailing comma": b'{"amount": 1,}',
    "NaN": b'{"amount": NaN}',
    "infinity": b'{"amount": -Infinity}',
    "twice the same name": b'{"amount": 1, "amount": 2}',
    "twice inside": b'{"items": [{"name": "a", "name": "b"}]}',
    "not utf-8": '{"description": "Чай"}'.encode("cp1251"),
    "utf-16": '{"amount": 1}'.encode("utf-16"),
    "byte order mark": '\ufeff{"amount": 1}'.encode(),
    "too deep": b"[" * 30_000,
    "too deep, closed": b"[" * 30_000 + b"]" * 30_000,
    "endless integer": b'{"amount": ' + b"9" * 20_000 + b"}",
    "endless fraction": b'{"amount": 0.' + b"9" * 20_000 + b"}",
    "white space": b"   ",
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_json_is_a_400(shop: Api, route: str, body: bytes) -> None:
    answer = shop.post(route, data=body, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "malformed_json")  # type: ignore[index]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", [b"[]", b"null", b"17", b'"text"', b"true"])
def test_a_body_that_is_no_object_is_a_422(shop: Api, route: str, body: bytes) -> None:
    answer = shop.post(route, data=body, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")  # type: ignore[index]
    assert answer.json is not None and answer.json["errors"][0]["field"] == "body"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_of_another_type_is_a_415(shop: Api, route: str, content_type: str) -> None:
    answer = shop.post(route, data=b'{"amount": 1}', content_type=content_type)

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")  # type: ignore[index]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "key-1"}], ids=["plain", "with a key"])
def test_a_body_beyond_64_kilobytes_is_a_413(shop: Api, route: str, headers: dict[str, str]) -> None:
    body = b'{"description": "' + b"x" * 65_536 + b'"}'
    answer = shop.post(route, data=body, content_type="application/json", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")  # type: ignore[index]


@pytest.mark.parametrize("route", ROUTES)
def test_unknown_fields_are_refused_everywhere(shop: Api, route: str) -> None:
    answer = shop.post(route, {"colour": "red"})

    assert answer.status_code == 422
    assert answer.json is not None
    assert ("colour", "unknown_field") in [(e["field"], e["code"]) for e in answer.json["errors"]]


def test_the_name_of_an_unknown_field_is_sent_back_only_if_it_is_harmless(shop: Api) -> None:
    answer = shop.post("/api/orders/", {"amount": 1, "<script>": 1})

    assert answer.json is not None and answer.json["errors"][0]["field"] == "?"


def test_a_charset_beside_the_type_is_fine(shop: Api) -> None:
    answer = shop.post("/api/orders/", data=b'{"amount": 1}', content_type="application/json; charset=utf-8")

    assert answer.status_code == 201


class Cut(BytesIO):
    """What a server raises for a chunk that is none is its own."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise LookupError("no chunk")


CHUNKED: dict[str, object] = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
WHOLE = b'{"amount": 1}'


@pytest.mark.parametrize(
    ("body", "environ", "status", "code"),
    [
        (BytesIO(WHOLE), CHUNKED, 201, None),
        (BytesIO(WHOLE.ljust(65_536)), CHUNKED, 201, None),
        (BytesIO(WHOLE.ljust(65_537)), CHUNKED, 413, "body_too_large"),
        (BytesIO(WHOLE.ljust(200_000)), CHUNKED, 413, "body_too_large"),
        (Cut(), CHUNKED, 400, "bad_request"),
        (Cut(), {"CONTENT_LENGTH": "13"}, 400, "bad_request"),
        (BytesIO(WHOLE), {"CONTENT_LENGTH": "14"}, 400, "bad_request"),
        (BytesIO(WHOLE), {"CONTENT_LENGTH": "14", "wsgi.input_terminated": True}, 400, "bad_request"),
        (BytesIO(WHOLE + b"GET /"), {"CONTENT_LENGTH": "13"}, 201, None),
    ],
    ids=["chunks", "as many as may be", "one too many", "far too many", "no chunks", "a reset", "cut", "cut at the end", "more"],
)  # fmt: skip
def test_a_body_is_whole_or_it_is_not_read(
    api: Api, body: BytesIO, environ: dict[str, object], status: int, code: str | None
) -> None:
    answer = api.post("/api/orders/", input_stream=body, environ_overrides=environ, content_type="application/json")

    assert (answer.status_code, answer.json.get("code")) == (status, code)  # type: ignore[union-attr]


def test_a_callback_in_chunks_has_the_same_limit(visitor: Api) -> None:
    body = BytesIO(b"{}".ljust(16_385))
    answer = visitor.post(
        "/api/payments/notify/", input_stream=body, environ_overrides=CHUNKED, content_type="application/json"
    )

    assert answer.status_code == 413
