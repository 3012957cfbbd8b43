"""What the views of a payment tell alike: the check of its card, its hold, and an outcome that is not known yet."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import current_app

from domain.money import to_major
from domain.moves import Status
from domain.report import Way
from domain.transaction import PaymentTransaction
from entrypoints.http import language, texts
from entrypoints.http.caller import by_payer, caller
from entrypoints.http.language import Text
from entrypoints.http.services import services_of

# OCTO's documents speak of 30 minutes in one place and of days in another: nobody should count on more than the least.
HOLD_LASTS: Final = timedelta(minutes=30)

_IDS: Final = frozenset({"transaction_id", "payment_id"})

Answer = tuple[Mapping[str, Any], int]


def check_of(t: PaymentTransaction) -> dict[str, Any]:
    """The check of the card at hand. OCTO's verifyId is not among it: whoever has it can act at OCTO."""
    awaited = t.verification if t.status is Status.VERIFICATION_REQUIRED else None
    by_code = awaited if awaited is not None and awaited.way is Way.OTP else None
    return {
        "payment_id": t.octo_payment_id,
        "verification_url": t.verification_url,
        "seconds_left": by_code.seconds_left(services_of(current_app).clock.now()) if by_code else None,
        "tries_left": t.tries_left if by_code else None,
        "phone": awaited.phone if awaited else None,
    }


def seen(t: PaymentTransaction, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A payer is told none of OCTO's ids: whoever knows them can act at OCTO. Of its addresses, only those that payers are sent to."""
    if not by_payer():
        return answer
    hidden = _IDS if t.is_away else _IDS | {"verification_url"}
    return {name: value for name, value in answer.items() if name not in hidden}


def what_octo_keeps(net_minor: int | None, commission_minor: int | None) -> dict[str, Any]:
    """For the shop alone."""
    if not caller().is_shop:
        return {}
    sums = {"net": net_minor, "commission": commission_minor}
    return {name: None if minor is None else to_major(minor) for name, minor in sums.items()}


def held_until(t: PaymentTransaction) -> datetime | None:
    return t.held_at + HOLD_LASTS if t.held and t.held_at else None


def error_message(t: PaymentTransaction) -> str | None:
    return texts.payment_error(t.error_code, ended=not t.is_live).spoken(language.asked()) if t.error_code else None


def not_known(answer: Mapping[str, Any]) -> Answer:
    return told(answer, texts.OUTCOME_UNKNOWN, texts.OUTCOME_UNKNOWN_FOR_PAYER), 202


def told(answer: Mapping[str, Any], message: str, for_payer: Text) -> Mapping[str, Any]:
    return dict(answer) | {"message": message, "message_for_payer": for_payer.spoken(language.asked())}
