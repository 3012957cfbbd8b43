"""Why OCTO refuses: its codes, which mean something else at each call, in words that a client may rely on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import (
    CardDeclined,
    CardNotSaved,
    FiscalItemNotRegistered,
    GatewayRefused,
    GatewayUnavailable,
    HoldDecisionRefused,
    OtpRejected,
    RefundRefused,
    ResendLimitReached,
)


class OctoCall(StrEnum):
    """OCTO's calls by its own names; a status read is a prepare_payment of three fields."""

    PREPARE = "prepare_payment"
    STATUS = "prepare_payment, status"
    PAY = "pay"
    INFO = "verificationInfo"
    CODE = "check_sms_key"
    RESEND = "check_pan"
    HOLD = "set_accept"
    REFUND = "refund"
    BIND = "bind_card"
    PROVE = "bind_card/check_sms_key"
    BLOCK = "block_card_token"
    RECEIPT = "fiscal-data"


class Reason(StrEnum):
    MALFORMED = "malformed_request"
    CREDENTIALS = "wrong_credentials"
    BASKET = "basket_differs"
    FAULT = "gateway_fault"
    NOT_APPROVED = "shop_not_approved"
    CURRENCY = "currency_not_allowed"
    METHOD = "method_not_allowed"
    SUPPLIER = "unknown_supplier"
    NO_NOTIFY_URL = "notify_url_missing"
    CUSTOMER = "customer_data_refused"
    TSP_ID = "tsp_id_missing"
    FISCAL = "fiscal_item_not_registered"
    TOO_OFTEN = "too_often"
    NO_SUCH_PAYMENT = "payment_unknown"
    CARD = "card_refused"
    WRONG_CODE = "wrong_code"
    NO_MORE_CODES = "no_more_codes"
    NOT_CHANGEABLE = "hold_not_changeable"
    WRONG_AMOUNT = "wrong_refund_amount"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`code` is that of our refusal; None: no refusal, the outcome is found out by asking.

    `may_repeat`: the very same request of the client may succeed, and can do no harm.
    """

    code: str | None
    reason: Reason
    may_repeat: bool = False


_C, _R, _M = OctoCall, Reason, Meaning
_REFUSED: Final = GatewayRefused.code
_NOT_REGISTERED: Final = FiscalItemNotRegistered.code

# fmt: off
MEANINGS: Final[Mapping[tuple[OctoCall, int], Meaning]] = {
    (_C.PREPARE,   1): _M(_REFUSED,                 _R.MALFORMED),
    (_C.PREPARE,   2): _M(_REFUSED,                 _R.CREDENTIALS),
    (_C.PREPARE,   3): _M(_REFUSED,                 _R.BASKET),
    (_C.PREPARE,   4): _M(GatewayUnavailable.code,  _R.FAULT,           may_repeat=True),
    (_C.PREPARE,   5): _M(_REFUSED,                 _R.NOT_APPROVED),
    (_C.PREPARE,   6): _M(_REFUSED,                 _R.CURRENCY),
    (_C.PREPARE,   7): _M(_REFUSED,                 _R.METHOD),
    (_C.PREPARE,   8): _M(_REFUSED,                 _R.SUPPLIER),
    (_C.PREPARE,   9): _M(_REFUSED,                 _R.NO_NOTIFY_URL),
    (_C.PREPARE,  10): _M(_REFUSED,                 _R.CUSTOMER),
    (_C.PREPARE,  11): _M(GatewayUnavailable.code,  _R.TOO_OFTEN,       may_repeat=True),
    (_C.PREPARE,  13): _M(_REFUSED,                 _R.TSP_ID),
    (_C.PREPARE, 403): _M(_NOT_REGISTERED,          _R.FISCAL),
    (_C.STATUS,    1): _M(None,                     _R.NO_SUCH_PAYMENT, may_repeat=True),
    (_C.STATUS,    2): _M(None,                     _R.CREDENTIALS,     may_repeat=True),
    (_C.STATUS,    4): _M(None,                     _R.FAULT,           may_repeat=True),
    (_C.STATUS,   11): _M(None,                     _R.TOO_OFTEN,       may_repeat=True),
    (_C.PAY,       4): _M(None,                     _R.FAULT),
    (_C.INFO,      4): _M(None,                     _R.FAULT,           may_repeat=True),
    (_C.CODE,   -270): _M(OtpRejected.code,         _R.WRONG_CODE),
    (_C.CODE,      4): _M(None,                     _R.FAULT),
    (_C.RESEND,    4): _M(None,                     _R.FAULT),
    (_C.RESEND,   17): _M(ResendLimitReached.code,  _R.NO_MORE_CODES),
    (_C.HOLD,      1): _M(HoldDecisionRefused.code, _R.MALFORMED),
    (_C.HOLD,      2): _M(HoldDecisionRefused.code, _R.CREDENTIALS),
    (_C.HOLD,      4): _M(None,                     _R.FAULT),
    (_C.HOLD,     10): _M(HoldDecisionRefused.code, _R.NOT_CHANGEABLE),
    (_C.HOLD,     11): _M(HoldDecisionRefused.code, _R.NO_SUCH_PAYMENT),
    (_C.REFUND,    1): _M(RefundRefused.code,       _R.MALFORMED),
    (_C.REFUND,    2): _M(RefundRefused.code,       _R.CREDENTIALS),
    (_C.REFUND,    3): _M(RefundRefused.code,       _R.WRONG_AMOUNT),
    (_C.REFUND,    4): _M(None,                     _R.FAULT),
    (_C.REFUND,   22): _M(RefundRefused.code,       _R.WRONG_AMOUNT),
    (_C.BIND,      1): _M(CardNotSaved.code,        _R.MALFORMED),
    (_C.BIND,      2): _M(CardNotSaved.code,        _R.CREDENTIALS),
    (_C.BIND,      4): _M(None,                     _R.FAULT),
    (_C.PROVE,  -270): _M(OtpRejected.code,         _R.WRONG_CODE),
    (_C.PROVE,     4): _M(None,                     _R.FAULT),
    (_C.BLOCK,     2): _M(None,                     _R.CREDENTIALS,     may_repeat=True),
    (_C.BLOCK,     4): _M(None,                     _R.FAULT,           may_repeat=True),
    (_C.RECEIPT,   4): _M(None,                     _R.FAULT,           may_repeat=True),
}
# Every other code of a call.
OTHERWISE: Final[Mapping[OctoCall, Meaning]] = {
    _C.PREPARE: _M(_REFUSED,                 _R.UNEXPLAINED),
    _C.STATUS:  _M(None,                     _R.NO_SUCH_PAYMENT, may_repeat=True),
    _C.PAY:     _M(CardDeclined.code,        _R.CARD),
    _C.INFO:    _M(None,                     _R.UNEXPLAINED,     may_repeat=True),
    _C.CODE:    _M(OtpRejected.code,         _R.WRONG_CODE),
    _C.RESEND:  _M(ResendLimitReached.code,  _R.UNEXPLAINED),
    _C.HOLD:    _M(HoldDecisionRefused.code, _R.UNEXPLAINED),
    _C.REFUND:  _M(RefundRefused.code,       _R.UNEXPLAINED),
    _C.BIND:    _M(CardNotSaved.code,        _R.CARD),
    _C.PROVE:   _M(OtpRejected.code,         _R.WRONG_CODE),
    _C.BLOCK:   _M(None,                     _R.UNEXPLAINED),
    _C.RECEIPT: _M(None,                     _R.UNEXPLAINED,     may_repeat=True),
}
# fmt: on
_CALL_OF: Final = {meaning.code: call for call, meaning in OTHERWISE.items()} | {
    meaning.code: call for (call, _), meaning in MEANINGS.items()
}


# The number is the same at every call.
_OF_THE_SHOP: Final = frozenset(
    str(number) for (_, number), meaning in MEANINGS.items() if meaning.reason is Reason.CREDENTIALS
)


def refuses_shop(octo_code: str) -> bool:
    """OCTO refuses the shop itself, which says nothing of a payment or a card."""
    return octo_code in _OF_THE_SHOP


def reason_of(call: OctoCall, octo_code: str) -> Reason:
    return MEANINGS.get((call, int(octo_code)), OTHERWISE[call]).reason


def names_wrong_code(octo_code: str) -> bool:
    """OCTO says in so many words that a code is wrong, and not merely no."""
    named = MEANINGS.get((OctoCall.CODE, int(octo_code)))
    return named is not None and named.reason is Reason.WRONG_CODE


def explained(code: str, octo_code: str) -> Meaning:
    """What OCTO meant, where our refusal of this `code` was made of its `octo_code`."""
    call = _CALL_OF[code]
    return MEANINGS.get((call, int(octo_code)), OTHERWISE[call])
