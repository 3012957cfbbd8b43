"""What a fault makes of an answer."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from flask import Response

from sandbox.envelope import Json, dumps
from sandbox.faults import Fault

JSON = "application/json"
HTML = "<html><head><title>Bad gateway</title></head><body><center><h1>nginx</h1></center></body></html>\n"
TEN_MEGABYTES = 10 * 1024 * 1024
UUIDS = ("octo_payment_UUID", "uuid")
AMOUNTS = ("total_sum", "totalSum", "initialSum")
IDENTIFYING = ("octo_payment_UUID", "id", "verifyId", "status", "error")
ERRORS = {
    "error_4": (4, "Internal error"),
    "error_11": (11, "Requests too often. Minimum delay is 1 second"),
    "unknown_error": (987, "Неизвестная ошибка"),
}


class Dropped(ConnectionError):
    """The connection is closed where it stands."""


class Reset(Dropped):
    """It is closed with a TCP reset."""


def whole(answer: object, status: int = 200) -> Response:
    return Response(dumps(answer), status, content_type=JSON)


def inject(fault: Fault, answer: Json, failure: Callable[[int, str], Json], sleep: Callable[[float], None]) -> Response:
    """`answer` is the true one; of a call that is not processed it is not looked at."""
    base = fault.base
    if base == "timeout":
        sleep(fault.seconds)
        return Response(broken_off(b"", Dropped()), content_type=JSON)
    if base == "reset":
        return Response(broken_off(b"", Reset()), content_type=JSON)
    if base.startswith("http_"):
        return Response(HTML, int(base.removeprefix("http_")), content_type="text/html")
    if base == "html":
        return Response(HTML, 200, content_type="text/html")
    if base in ERRORS:
        return whole(failure(*ERRORS[base]))
    if base == "delay":
        sleep(fault.seconds)
        return whole(answer)
    return spoilt(fault, dumps(MUTATIONS[base](answer, fault) if base in MUTATIONS else answer).encode(), sleep)


def spoilt(fault: Fault, text: bytes, sleep: Callable[[float], None]) -> Response:
    half = text[: len(text) // 2]
    if fault.base == "broken_json":
        return Response(half, content_type=JSON)
    if fault.base == "truncate":
        return Response(broken_off(half, Dropped()), content_type=JSON, headers={"Content-Length": str(len(text))})
    if fault.base == "trickle":
        slow = dripping(text, lambda: sleep(fault.seconds))
        return Response(slow, content_type=JSON, headers={"Content-Length": str(len(text))})
    return Response(text, content_type=JSON)


def broken_off(sent: bytes, error: ConnectionError) -> Iterator[bytes]:
    if sent:
        yield sent
    raise error


def dripping(text: bytes, wait: Callable[[], None]) -> Iterator[bytes]:
    for position in range(len(text)):
        yield text[position : position + 1]
        wait()


def replaced(answer: Any, names: tuple[str, ...], value: Any) -> Any:
    """Wherever they are, at any depth."""
    if isinstance(answer, dict):
        return {name: value if name in names else replaced(item, names, value) for name, item in answer.items()}
    if isinstance(answer, list):
        return [replaced(item, names, value) for item in answer]
    return answer


def present(answer: Json) -> set[str]:
    data = answer.get("data")
    return set(answer) | (set(data) if isinstance(data, dict) else set())


def error_1_with_data(answer: Json, fault: Fault) -> Json:
    return answer | {"error": 1, "errMessage": "This payment was created by previous request"}


def extra_fields(answer: Json, fault: Fault) -> Json:
    data = answer.get("data")
    extra: Json = {"news": {"list": [1, None, "x"]}, "": True}
    return answer | extra | ({"data": data | extra} if isinstance(data, dict) else {})


def missing_field(answer: Json, fault: Fault) -> Json:
    field = fault.field or next(name for name in IDENTIFYING if name in present(answer))
    kept = {name: item for name, item in answer.items() if name != field}
    data = kept.get("data")
    if isinstance(data, dict):
        kept["data"] = {name: item for name, item in data.items() if name != field}
    return kept


def other_uuid(answer: Json, fault: Fault) -> Any:
    return replaced(answer, UUIDS, fault.value or "11111111-2222-4333-8444-555555555555")


def other_amount(answer: Json, fault: Fault) -> Any:
    return replaced(answer, AMOUNTS, Decimal("1.00") if fault.value is None else fault.value)


def unknown_status(answer: Json, fault: Fault) -> Any:
    return replaced(answer, ("status",), fault.value or "in_doubt")


def nan(answer: Json, fault: Fault) -> Any:
    """Where an answer has no amount, one is added."""
    not_a_number = Decimal("NaN")
    amounts: Json = {} if present(answer) & set(AMOUNTS) else {"total_sum": not_a_number}
    return replaced(answer, AMOUNTS, not_a_number) | amounts


def huge(answer: Json, fault: Fault) -> Json:
    return answer | {"padding": "x" * TEN_MEGABYTES}


MUTATIONS: dict[str, Callable[[Json, Fault], Any]] = {
    "error_1_with_data": error_1_with_data,
    "extra_fields": extra_fields,
    "missing_field": missing_field,
    "other_uuid": other_uuid,
    "other_amount": other_amount,
    "unknown_status": unknown_status,
    "nan": nan,
    "huge": huge,
}
