"""Errors as the client sees them: RFC 9457 problems, each with a stable code and a text in the language asked for."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import structlog
from flask import Flask, Response, current_app, g, json, request
from werkzeug.exceptions import HTTPException

from domain.errors import (
    Conflict,
    Declined,
    FiscalItemNotRegistered,
    Forbidden,
    GatewayRefused,
    Invalid,
    Limited,
    Missing,
    OtpRejected,
    Refusal,
    Unavailable,
)
from domain.money import to_major
from domain.ports import InvalidCursor, StorageUnavailable
from domain.refusals import explained
from entrypoints.http import language
from entrypoints.http.caller import by_payer, shown_path
from entrypoints.http.language import Text
from entrypoints.http.problem_texts import PROBLEMS
from entrypoints.http.reason_texts import REASONS
from entrypoints.http.texts import FIELDS

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5

_KINDS: Final[Mapping[type[Refusal], int]] = {
    Missing: 404,
    Invalid: 422,
    Conflict: 409,
    Declined: 402,
    Unavailable: 503,
    Limited: 429,
    Forbidden: 403,
}
_EXCEPTIONS: Final[Mapping[type[Refusal], int]] = {
    OtpRejected: 422,
    FiscalItemNotRegistered: 422,
    GatewayRefused: 502,
}
# The field of the request that a refusal is about.
_FIELD_OF_CODE: Final = {
    "invalid_amount": "amount",
    "items_do_not_add_up": "items",
    "invalid_fiscal_data": "items",
    "fiscal_items_mixed": "items",
    "fiscal_customer_required": "customer",
    "currency_not_supported": "currency",
    "card_expired": "expire",
    "cvc_required": "cvc",
    "invalid_otp": "sms_key",
    "webhook_url_refused": "url",
    "invalid_refund": "amount",
    "refund_below_minimum": "amount",
    "capture_above_hold": "amount",
}
# Those that are none of the domain's.
_CODES: Final[Mapping[int, tuple[str, ...]]] = {
    400: ("bad_request", "idempotency_key_invalid", "malformed_json"),
    401: ("token_missing", "token_expired", "token_invalid"),
    403: ("insufficient_scope",),
    404: ("not_found",),
    405: ("method_not_allowed",),
    409: ("idempotency_in_progress",),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
    422: ("invalid_request", "idempotency_key_reused"),
    429: ("too_many_requests",),
    500: ("internal_error",),
    503: ("storage_unavailable",),
}
_CODE_OF_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}

# A payer is told no id of OCTO's. The addresses here are those to which payers are sent.
_PAYERS_FACTS: Final = frozenset(
    {"status", "seconds_left", "tries_left", "retry_after_seconds", "limit", "octo_pay_url", "verification_url"}
)

log: Final = structlog.get_logger()


class FieldError(NamedTuple):
    """`field` is a path such as `items.0.price`, `word` a key of texts.FIELDS. What follows its point is not shown."""

    field: str
    word: str


class HttpProblem(Exception):
    """An error of the HTTP layer itself."""

    def __init__(
        self, code: str, status: int, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.errors = errors
        self.headers = headers


def invalid(errors: Sequence[FieldError]) -> HttpProblem:
    return HttpProblem("invalid_request", 422, errors)


def status_of(refusal: type[Refusal]) -> int:
    return _EXCEPTIONS.get(refusal) or next(status for kind, status in _KINDS.items() if issubclass(refusal, kind))


def status_of_code(code: str) -> int:
    """Of a problem with this code."""
    of_http = next((status for status, codes in _CODES.items() if code in codes), None)
    return of_http or status_of(next(refusal for refusal in _refusals(Refusal) if refusal.code == code))


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in kind.__subclasses__():
        if "code" in vars(refusal):
            yield refusal
        yield from _refusals(refusal)


def problem(
    code: str,
    status: int,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    facts: Mapping[str, object] | None = None,
    for_shop: Text | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    spoken = language.asked()
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": PROBLEMS[code].spoken(spoken).format_map(facts or {}),
        "request_id": g.get("request_id"),
    }
    if for_shop:
        body["detail_for_shop"] = for_shop.spoken(spoken)
    if errors:
        body["errors"] = list(errors)
    if facts:
        body["facts"] = dict(facts)
    response = Response(json.dumps(body), status, mimetype=MEDIA_TYPE)
    response.headers.extend(headers or {})
    response.content_language.add(spoken.value)
    response.vary.add("Accept-Language")
    return response


def register(app: Flask) -> None:
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HttpProblem, _http_problem)
    app.register_error_handler(InvalidCursor, _invalid_cursor)
    app.register_error_handler(StorageUnavailable, _storage_unavailable)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _unforeseen)


def _refused(refusal: Refusal) -> Response:
    facts = dict(_in_major_units(refusal.facts))
    headers, for_shop = {}, None
    if isinstance(refusal, Unavailable | Limited):
        headers["Retry-After"] = str(facts.get("retry_after_seconds", RETRY_AFTER_SECONDS))
    errors = []
    if refusal.code == "invalid_card":
        field = str(facts.pop("field"))
        errors = [_spoken(FieldError(field, f"invalid_{field}"))]
    elif refusal.code in _FIELD_OF_CODE:
        spoken = PROBLEMS[refusal.code].spoken(language.asked()).format_map(facts)
        errors = [{"field": _FIELD_OF_CODE[refusal.code], "code": refusal.code, "detail": spoken}]
    if "octo_code" in facts:
        why = explained(refusal.code, str(facts["octo_code"]))
        facts |= {"reason": why.reason.value, "may_repeat": why.may_repeat}
        for_shop = REASONS[why.reason]
    if by_payer():
        facts, for_shop = {name: fact for name, fact in facts.items() if name in _PAYERS_FACTS}, None
    if isinstance(refusal, Limited):
        log.warning("limited", code=refusal.code, limit=facts.get("limit"))
    status = status_of(type(refusal))
    return problem(refusal.code, status, errors=errors, facts=facts, for_shop=for_shop, headers=headers)


def _in_major_units(facts: Mapping[str, object]) -> Mapping[str, object]:
    """Sums as the API has them everywhere."""
    return {
        name.removesuffix("_minor"): str(to_major(fact)) if name.endswith("_minor") and isinstance(fact, int) else fact
        for name, fact in facts.items()
    }


def _http_problem(error: HttpProblem) -> Response:
    return problem(error.code, error.status, errors=[_spoken(e) for e in error.errors], headers=error.headers)


def _invalid_cursor(_: InvalidCursor) -> Response:
    return _http_problem(invalid([FieldError("after", "not_allowed")]))


def _storage_unavailable(error: StorageUnavailable) -> Response:
    log.error("storage_unavailable", path=shown_path(), why=str(error))
    return problem("storage_unavailable", 503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _http_exception(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    if status == 405:
        return _method_not_allowed(error.get_response().headers["Allow"])
    if status == 404 and (allowed := _methods_beside_the_slash()):
        return _method_not_allowed(", ".join(sorted(allowed)))
    fallback = "internal_error" if status >= 500 else "bad_request"
    return problem(_CODE_OF_STATUS.get(status, fallback), status)


def _method_not_allowed(allowed: str) -> Response:
    return problem("method_not_allowed", 405, headers={"Allow": allowed})


def _methods_beside_the_slash() -> list[str]:
    """The router takes a path with and without its trailing slash, but calls a wrong method without it not found."""
    other = request.path.rstrip("/") if request.path.endswith("/") else f"{request.path}/"
    adapter = current_app.create_url_adapter(request)
    return list(adapter.allowed_methods(other)) if adapter else []


def _unforeseen(error: Exception) -> Response:
    """The last handler."""
    log_quietly(error)
    return problem("internal_error", 500)


def log_quietly(error: BaseException | None) -> None:
    """Neither local variables nor the error's own words: either may hold what the body held."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__ if error else None)]
    log.error("internal_error", error=type(error).__qualname__, frames=frames, path=shown_path())


def _spoken(error: FieldError) -> dict[str, str]:
    return {
        "field": error.field,
        "code": error.word.partition(".")[0],
        "detail": FIELDS[error.word].spoken(language.asked()),
    }
