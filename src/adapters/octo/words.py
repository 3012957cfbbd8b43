"""OCTO's vocabulary, in tables: what its statuses mean to us, and which of its error codes are no refusal."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.card_moves import TokenWord
from domain.moves import Word
from domain.ports import RefundWord


class Call(StrEnum):
    """What is asked of OCTO. `prepare` and `read_status` are two forms of prepare_payment."""

    PREPARE = "prepare"
    READ_STATUS = "read_status"
    PAY = "pay"
    VERIFICATION_INFO = "verification_info"
    CHECK_CODE = "check_code"
    RESEND_CODE = "resend_code"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    FISCAL_DATA = "fiscal_data"
    PAY_BY_TOKEN = "pay_by_token"  # noqa: S105  a name
    BIND = "bind_card"
    BINDING_INFO = "binding_info"
    CHECK_BINDING_CODE = "check_binding_code"
    BLOCK = "block_card_token"


# The five documented statuses, and what other clients have seen in their place.
STATUSES: Final = MappingProxyType(
    {
        "created": Word.CREATED,
        "wait_user_action": Word.WAIT_USER_ACTION,
        "waiting_for_capture": Word.WAITING_FOR_CAPTURE,
        "succeeded": Word.SUCCEEDED,
        "capture": Word.SUCCEEDED,
        "captured": Word.SUCCEEDED,
        "refunded": Word.SUCCEEDED,
        "partially_refunded": Word.SUCCEEDED,
        "canceled": Word.CANCELED,
        "cancelled": Word.CANCELED,
        "cancel": Word.CANCELED,
        "failed": Word.CANCELED,
        "expired": Word.CANCELED,
        "declined": Word.CANCELED,
    }
)

# Of these, the money has gone back as a whole, also where no sum is named. OCTO's documents have no word for it.
REFUNDED: Final = frozenset({"refunded"})

# Of a refund; an older sample says ok where the newer says succeeded. What OCTO calls new, pending or unknown, and what it may call
# otherwise, is on its way.
REFUNDS: Final = MappingProxyType(
    {
        "succeeded": RefundWord.SUCCEEDED,
        "ok": RefundWord.SUCCEEDED,
        "canceled": RefundWord.FAILED,
        "cancelled": RefundWord.FAILED,
        "failed": RefundWord.FAILED,
        "error": RefundWord.FAILED,
    }
)

# Of a token, in its callback.
TOKENS: Final = MappingProxyType({"active": TokenWord.ACTIVE, "failed": TokenWord.FAILED, "blocked": TokenWord.BLOCKED})

FINE: Final = 0
MALFORMED: Final = 1
INTERNAL_ERROR: Final = 4
TOO_OFTEN: Final = 11
# With MALFORMED: the payment that a repeat asks for is there already.
CREATED_BEFORE: Final = "This payment was created by previous request"

# Codes mean different things at different calls. These, at these calls, say nothing about the payment; every other one that is not
# FINE, known or not, is a refusal.
NO_REFUSAL: Final = frozenset({(call, INTERNAL_ERROR) for call in Call}) | {
    (Call.PREPARE, TOO_OFTEN),
    (Call.READ_STATUS, TOO_OFTEN),
}

# Both are prepare_payment, which answers for the payment that is there.
ADOPTING: Final = frozenset({Call.PREPARE, Call.READ_STATUS})


def word(status: object) -> Word:
    return STATUSES.get(status, Word.UNKNOWN) if isinstance(status, str) else Word.UNKNOWN
