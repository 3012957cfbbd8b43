"""Errors: each code has its status and its words in three languages, and every error is an RFC 9457 problem."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from domain import errors
from domain.errors import Refusal
from domain.ports import StorageUnavailable
from entrypoints.http import texts
from entrypoints.http.language import Text
from entrypoints.http.problem_texts import PROBLEMS
from entrypoints.http.problems import status_of
from entrypoints.http.reason_texts import REASONS
from tests.integration.http.shop import Api, card


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every refusal with a code of its own."""
    for refusal in kind.__subclasses__():
        if "code" in vars(refusal):
            yield refusal
        yield from refusals(refusal)


@pytest.mark.parametrize("refusal", list(refusals()), ids=lambda refusal: refusal.code)
def test_every_refusal_of_the_domain_has_a_status_and_words(refusal: type[Refusal]) -> None:
    assert 400 <= status_of(refusal) < 600
    assert refusal.code in PROBLEMS


def test_the_kinds_have_the_statuses_that_the_api_promises() -> None:
    expected = {
        errors.OrderNotFound: 404,
        errors.InvalidCard: 422,
        errors.PaymentInProgress: 409,
        errors.CardDeclined: 402,
        errors.OtpRejected: 422,
        errors.GatewayRefused: 502,
        errors.GatewayUnavailable: 503,
        errors.ForgedCallback: 403,
    }

    assert {refusal: status_of(refusal) for refusal in expected} == expected


ALL_TEXTS = [*PROBLEMS.values(), *texts.PAYMENT_ENDINGS.values(), *texts.FIELDS.values(), *REASONS.values()]


@pytest.mark.parametrize("text", ALL_TEXTS, ids=lambda text: text.en)
def test_each_text_is_in_three_languages_and_their_scripts(text: Text) -> None:
    latin, cyrillic = set("abcdefghijklmnopqrstuvwxyz"), set("абвгдежзийклмнопрстуфхцчшщъыьэюя")

    assert not cyrillic & set(text.uz.lower())
    assert cyrillic & set(text.ru.lower())
    assert not cyrillic & set(text.en.lower())
    assert latin & set(text.en.lower())
    assert len(set(text)) == 3


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "uz"),
        ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("", "de-DE, en-GB;q=0.7", "en"),
        ("", "de", "uz"),
        ("", ";;;", "uz"),
        ("?language=en", "ru", "en"),
        ("?language=de", "ru", "ru"),
    ],
)
def test_the_language_of_an_error(api: Api, query: str, header: str | None, language: str) -> None:
    headers = {"Accept-Language": header} if header else {}
    answer = api.get(f"/api/orders/nothing/{query}", headers=headers)

    assert answer.json is not None
    assert answer.json["detail"] == getattr(PROBLEMS["order_not_found"], language)
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_whole_shape_of_a_problem(api: Api) -> None:
    answer = api.get("/api/orders/nothing/", headers={"X-Request-ID": "request-42", "Accept-Language": "en"})

    assert answer.json == {
        "type": "/problems/order_not_found",
        "title": "Order not found",
        "status": 404,
        "code": "order_not_found",
        "detail": "There is no such order.",
        "request_id": "request-42",
    }


@pytest.mark.parametrize("path", ["/", "/api/", "/api/order/", "/api//orders/", "/problems/order_not_found"])
def test_an_unknown_path_is_a_problem(visitor: Api, path: str) -> None:
    answer = visitor.get(path)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/orders/", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/api/orders/order-1/payment/confirm", {"OPTIONS", "POST"}),
        ("POST", "/api/orders/order-1/payment/status/", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/api/payments/notify/", {"OPTIONS", "POST"}),
        ("GET", "/api/auth/token", {"OPTIONS", "POST"}),
        ("BREW", "/api/orders/", {"GET", "HEAD", "OPTIONS", "POST"}),
    ],
)
def test_a_wrong_method_says_which_are_right(visitor: Api, method: str, path: str, allowed: set[str]) -> None:
    answer = visitor.http.open(path, method=method)

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")  # type: ignore[index]
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_where_the_database_is_away_the_answer_is_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StorageUnavailable("OperationalError SQLITE_FULL")

    monkeypatch.setattr(api.world.orders, "get", away)
    with capture_logs() as lines:
        answer = api.get("/api/orders/order-1/")

    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")  # type: ignore[index]
    assert answer.headers["Retry-After"] == "5"
    assert "SQLITE" not in answer.text
    assert [line["why"] for line in lines if line["event"] == "storage_unavailable"] == ["OperationalError SQLITE_FULL"]


def test_an_unforeseen_error_tells_neither_the_client_nor_the_log_what_the_request_held(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ValueError(f"cannot handle {card_number}")

    order_id = api.order()
    body = card(api.initiated(order_id))
    card_number = body["card_number"]
    monkeypatch.setattr(api.world.payments, "confirm", broken)
    with capture_logs() as lines:
        answer = api.post(f"/api/orders/{order_id}/payment/confirm/", body)
    logged = next(line for line in lines if line["event"] == "internal_error")

    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")  # type: ignore[index]
    assert str(card_number) not in answer.text + str(lines)
    assert logged["error"] == "ValueError"
    assert any("test_problems.py" in frame and frame.endswith(" broken") for frame in logged["frames"])


def test_an_error_outside_of_a_view_is_as_quiet(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("marked-words")

    monkeypatch.setattr(api.keys, "finish", broken)
    with capture_logs() as lines:
        answer = api.post("/api/orders/", {"amount": 1}, headers={"Idempotency-Key": "key-1"})

    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")  # type: ignore[index]
    assert [line["error"] for line in lines if line["event"] == "internal_error"] == ["RuntimeError"]
    assert "marked-words" not in answer.text + str(lines) + caplog.text
