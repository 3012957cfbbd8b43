"""OCTO's JSON: reading bodies, the answer envelopes, and money as exact numbers."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

Json = dict[str, Any]

MAX_AMOUNT = Decimal(10) ** 12
CENT = Decimal("0.01")
DEPRECATION = (
    "errorMessage is outdated, read errMessage instead; "
    "in later versions every field except error and errMessage will be found only in data"
)
SUCCESS_MESSAGES: dict[str, Json] = {"null": {"errMessage": None}, "empty": {"errMessage": ""}, "missing": {}}


class Refusal(Exception):
    """A business failure: HTTP 200 with a non-zero `error`, only once with data."""

    def __init__(self, code: int, message: str, data: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def dumps(value: object) -> str:
    """JSON with Decimals as plain numbers, which the standard encoder cannot write without binary floats."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(dumps(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def loads(raw: bytes) -> Any:
    """Strict JSON: numbers as Decimal, no NaN or Infinity. Raises ValueError."""
    parsed = json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant)
    if b"\\u" in raw:
        dumps(parsed).encode()  # half of a surrogate pair is no text, and could not be answered
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def read_object(raw: bytes) -> Json:
    try:
        body = loads(raw)
    except (ValueError, RecursionError):
        raise Refusal(1, "Wrong params: body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refusal(1, "Wrong params: body must be a JSON object")
    return body


def require(body: Json, *names: str) -> None:
    """Names are OCTO's field names; the error text shows them as camelCase property names, as OCTO does."""
    missing = [camel_case(name) for name in names if is_blank(body.get(name))]
    if missing:
        raise Refusal(1, missing_text(missing))


def missing_text(properties: list[str]) -> str:
    return f"Wrong params: [{', '.join(properties)}] must not be null or blank"


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def text(body: Json, name: str) -> str:
    """An optional string; "" when it is absent."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refusal(1, f"Wrong params: [{camel_case(name)}] must be a string")
    return value


def flag(body: Json, name: str, default: bool) -> bool:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Refusal(1, f"Wrong params: [{camel_case(name)}] must be true or false")
    return value


def integer(body: Json, name: str, *, or_digits: bool = False) -> int:
    """`or_digits` also takes the string that two integrations send for the shop id."""
    value = body.get(name)
    if or_digits and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(1, f"Wrong params: [{camel_case(name)}] must be an integer")
    return value


def amount(body: Json, name: str) -> Decimal:
    """Major units with at most two decimals, as a number or as the string that two older integrations send."""
    value = body.get(name)
    wrong = Refusal(1, f"Wrong params: [{camel_case(name)}] must be a positive number with at most 2 decimals")
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise wrong
    try:
        exact = Decimal(value)
        if not exact.is_finite() or not 0 < exact < MAX_AMOUNT or exact != exact.quantize(CENT):
            raise wrong
    except InvalidOperation:
        raise wrong from None
    return exact.quantize(CENT)


def success(data: Json | None, *, wide: bool, message: str, place: str) -> Json:
    """`message` is a key of SUCCESS_MESSAGES or, for what OCTO's samples of such a call show, "documented"."""
    shown = ("null" if wide else "empty") if message == "documented" else message
    return placed({"error": 0, **SUCCESS_MESSAGES[shown], "data": data, **outdated(None, wide)}, data, place)


def failure(refusal: Refusal, *, wide: bool, place: str) -> Json:
    answer = {
        "error": refusal.code,
        "errMessage": refusal.message,
        "data": refusal.data,
        **outdated(refusal.message, wide),
    }
    return placed(answer, refusal.data, place)


def outdated(message: str | None, wide: bool) -> Json:
    """pay, verificationInfo, check_sms_key, check_pan and fiscal-data do without these two."""
    return {"errorMessage": message, "apiMessageForDevelopers": DEPRECATION} if wide else {}


def placed(answer: Json, data: Json | None, place: str) -> Json:
    """Newer answers have their fields in data, older ones at the top level, and in between in both."""
    if data is None or place == "data":
        return answer
    kept = {name: value for name, value in answer.items() if name != "data" or place == "both"}
    return kept | data
