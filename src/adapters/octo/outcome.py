"""The four classes of outcome, told apart here and nowhere else."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import structlog

from adapters.octo.answers import Answer, Unclear, answer
from adapters.octo.redaction import kept
from adapters.octo.strict_json import Unreadable, parse_object
from adapters.octo.transport import Lost, NotSent, Reply
from adapters.octo.wire import Question
from adapters.octo.words import ADOPTING, FINE, NO_REFUSAL, TOO_OFTEN
from domain.moves import Word
from domain.ports import Answered, Denied, Exchange, NeverLeft, Unknown
from domain.refusals import refuses_shop
from domain.report import Report

T = TypeVar("T")
Outcome = Answered[T] | NeverLeft | Denied | Unknown

log: Final = structlog.get_logger()


def judge(question: Question, came: Reply | NotSent | Lost, read: Callable[[Answer], T]) -> Outcome[T]:
    """`read` raises Unclear where a yes lacks what it has to say. What whoever runs the service has to see is logged."""
    outcome = _judged(question, came, read)
    match outcome:
        case Denied(code=code) if refuses_shop(code):
            log.error("octo_refuses_the_shop", call=question.call.value)
        case NeverLeft():
            log.warning("octo_did_not_answer", call=question.call.value, why=str(came))
        # That is an answer to our own haste.
        case Unknown(reason=why) if why != f"error {TOO_OFTEN}":
            log.warning("octo_did_not_answer", call=question.call.value, why=why)
        case Answered(value=Report(word=Word.UNKNOWN)):
            _log_unknown_status(outcome.exchange)
        case _:
            pass
    return outcome


def _log_unknown_status(exchange: Exchange) -> None:
    """As it is kept: the word may be anything, one of our secrets too."""
    said = exchange.response or {}
    data = said.get("data")
    status = (data.get("status") if isinstance(data, Mapping) else None) or said.get("status")
    asked = exchange.request.get("shop_transaction_id")
    log.warning("octo_unknown_status", call=exchange.call, status=status, shop_transaction_id=asked)


def _judged(question: Question, came: Reply | NotSent | Lost, read: Callable[[Answer], T]) -> Outcome[T]:
    if isinstance(came, NotSent):
        return NeverLeft(_exchange(question, None))
    if isinstance(came, Lost):
        return Unknown(str(came), _exchange(question, None))
    if came.status != 200:
        return Unknown(f"http {came.status}", _exchange(question, {"http_status": came.status}))
    try:
        received = parsed(came)
    except Unreadable as why:
        return Unknown(str(why), _exchange(question, None))
    exchange = _exchange(question, kept(received, question.secrets, question.harmless))
    try:
        return _verdict(question, answer(received), read, exchange)
    except Unclear as why:
        return Unknown(str(why), exchange)


def parsed(reply: Reply) -> Mapping[str, object]:
    """Raises Unreadable."""
    if reply.body is None:
        raise Unreadable("body not read")
    return parse_object(reply.body)


def _verdict(question: Question, found: Answer, read: Callable[[Answer], T], exchange: Exchange) -> Outcome[T]:
    if found.error == FINE or (question.call in ADOPTING and found.is_of_an_earlier_request):
        return Answered(read(found), exchange)
    if (question.call, found.error) in NO_REFUSAL:
        return Unknown(f"error {found.error}", exchange)
    return Denied(str(found.error), exchange, _words(exchange))


def _words(exchange: Exchange) -> str:
    said = exchange.response or {}
    return str(said.get("errMessage") or said.get("errorMessage") or "")


def _exchange(question: Question, response: Mapping[str, object] | None) -> Exchange:
    return Exchange(question.call.value, question.kept, response)
