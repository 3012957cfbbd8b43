"""What may be kept of an exchange with OCTO: names that we know to be harmless, and their values without anything secret."""

import json
import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from adapters.octo.values import masked_pan

_KEPT: Final = frozenset(
    """
    error errMessage errorMessage data status
    id uuid octo_payment_UUID shop_transaction_id merchantId merchantTransId paymentId verifyId
    octo_shop_id auto_capture test init_time ttl payment_methods method language return_url notify_url
    accept_status shop_refund_id amount refund_id refund_time
    payment_uuid octo_pay_url redirectUrl returnUrl details transType cardInfo first6 last4 issuerCountryCode
    total_sum transfer_sum refunded_sum final_amount commission initialSum totalSum splittedSum currency
    description createTime expireTime peyedTime payed_time autoCapture isTest payMethods selectedMethod
    phone secondsLeft maskedPan rrn riskLevel card_country card_type card_vendor is_physical_card
    """.split()  # noqa: SIM905  easier to read than sixty quoted names
)
_TEXT_MAX_LENGTH: Final = 500
_ITEMS_MAX: Final = 20
_DEPTH_MAX: Final = 4
_SIZE_MAX: Final = 8_000
_GONE: Final = "***"
# A UUID may hold a run of digits as long as a card number's, and is none.
_UUID_OR_CARD: Final = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?<![0-9])(?:[0-9](?:[ +-]|%20)?){12,}[0-9]"
)
# Shorter secrets are too common in other things' encoding.
_ENCODED_MIN: Final = 12
# Shorter numbers are times in milliseconds.
_CARD_MIN: Final = 10**15


def masked(digits: str) -> str:
    return f"{digits[:6]}******{digits[-4:]}"


def kept(
    received: Mapping[str, object], secrets: Collection[str] = (), harmless: Collection[str] = ()
) -> dict[str, Any]:
    """A copy fit for a column of JSON. `secrets` are those of this very call, which an answer might quote; `harmless` are its long
    numbers that are no cards."""
    copy = {
        name: _value(name, value, secrets, harmless, _DEPTH_MAX) for name, value in received.items() if name in _KEPT
    }
    return copy if len(json.dumps(copy)) <= _SIZE_MAX else {"cut": "too large to keep"}


def _value(name: str, value: object, secrets: Collection[str], harmless: Collection[str], depth: int) -> Any:
    match value:
        case None | bool():
            return value
        case Decimal() | int():
            return _number(value, secrets)
        case str():
            return masked_pan(value) if name == "maskedPan" else _text(value, secrets, harmless)
        case Mapping() if depth:
            return {n: _value(n, v, secrets, harmless, depth - 1) for n, v in value.items() if n in _KEPT}
        case list() | tuple() if depth:
            return [_value(name, item, secrets, harmless, depth - 1) for item in value[:_ITEMS_MAX]]
        case _:
            return _GONE


def _number(value: Decimal | int, secrets: Collection[str]) -> int | str:
    """Decimals as text: a column of JSON would make binary floats of them."""
    if not -_CARD_MIN < value < _CARD_MIN or str(value) in secrets:
        return _GONE
    return value if isinstance(value, int) else str(value)


def _text(value: str, secrets: Collection[str], harmless: Collection[str]) -> str:
    text = "".join(c if c.isprintable() else "?" for c in value[: 2 * _TEXT_MAX_LENGTH])
    for secret in filter(None, secrets):
        if len(secret) >= _ENCODED_MIN:
            text = text.replace(b64encode(secret.encode()).decode().rstrip("="), _GONE)
        text = re.sub(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", _GONE, text)

    def shown(found: re.Match[str]) -> str:
        is_uuid = found[0][8:9] == "-" and len(found[0]) == 36
        return found[0] if is_uuid or found[0] in harmless else _card(found[0])

    return _UUID_OR_CARD.sub(shown, text)[:_TEXT_MAX_LENGTH]


def _card(text: str) -> str:
    return masked("".join(c for c in text.replace("%20", "") if c.isdigit()))
