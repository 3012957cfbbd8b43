"""With which problems an operation may be answered: each view declares its own, and the document tells them."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final, TypeVar

from domain import errors
from domain.errors import Refusal
from entrypoints.http.answers import Problem
from entrypoints.http.problems import MEDIA_TYPE, status_of_code

View = TypeVar("View", bound=Callable[..., Any])
_DECLARED: Final = "may_be_refused_with"

# Whatever is sent for the payment under way: a card, a code, the wish for a new code.
OF_INPUT: Final = (
    errors.PaymentNotStarted,
    errors.TransactionNotFound,
    errors.TransactionSuperseded,
    errors.PaymentFinal,
    errors.PaymentInProgress,
    errors.PaymentNotReady,
    errors.WithdrawalRequested,
    errors.GatewayMismatch,
    errors.OrderNotPayable,
    errors.GatewayUnavailable,
    errors.Busy,
)
OF_CARDS: Final = (errors.InvalidCard, errors.CardExpired)
OF_CODES: Final = (
    errors.InvalidOtp,
    errors.OtpNotExpected,
    errors.OtpNotUsed,
    errors.OtpNotSent,
    errors.OtpExpired,
    errors.OtpRejected,
)
OF_HOLDS: Final = (
    errors.PaymentNotStarted,
    errors.PaymentFinal,
    errors.PaymentInProgress,
    errors.PaymentNotReady,
    errors.NotHeld,
    errors.HoldDecisionRefused,
    errors.GatewayUnavailable,
    errors.Busy,
)
# Any request with a body that is read.
OF_BODIES: Final = ("malformed_json", "body_too_large", "unsupported_media_type", "invalid_request")


def refuses(*reasons: type[Refusal] | str) -> Callable[[View], View]:
    """Declares the refusals of what a view does, and the codes of HTTP's own problems that are not those of all its like."""

    def mark(view: View) -> View:
        setattr(view, _DECLARED, {reason if isinstance(reason, str) else reason.code for reason in reasons})
        return view

    return mark


def declared(view: Callable[..., Any]) -> set[str]:
    found: set[str] = getattr(view, _DECLARED, set())
    return found


def told(codes: Iterable[str]) -> dict[int, dict[str, Any]]:
    """Of an OpenAPI operation, the answers that are problems."""
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(status_of_code(code), []).append(code)
    return {status: _answer(status, alike) for status, alike in by_status.items()}


def _answer(status: int, codes: list[str]) -> dict[str, Any]:
    names = ", ".join(f"`{code}`" for code in codes)
    one_of = {"type": "object", "properties": {"code": {"enum": codes}}}
    content = {MEDIA_TYPE: {"schema": {"allOf": [Problem, one_of]}}}
    return {"description": f"{HTTPStatus(status).phrase}. `code`: {names}", "content": content}
