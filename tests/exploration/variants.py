"""The variants of OCTO that are explored, and how far: nobody outside knows which of them OCTO is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.transaction import Capture, Mode


class Ttl(StrEnum):
    """`LENIENT`: a payment may stay payable for ever after its time; `STRICT`: OCTO cancels it."""

    STRICT = "strict"
    LENIENT = "lenient"


class Debit(StrEnum):
    AT_CODE = "at the code"
    AT_PAY = "at pay"
    SLOWLY = "slowly"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How often each thing may happen in one history; `cards` counts for each attempt, the rest for the whole history."""

    attempts: int = 1
    cards: int = 1
    codes: int = 1
    lost: int = 1
    crashes: int = 0
    slow_reads: int = 0
    contradictions: int = 0
    resends: int = 0
    hold_calls: int = 0
    late_releases: int = 1
    give_ups: int = 0
    refunds: int = 0
    refund_calls: int = 0


@dataclass(frozen=True, kw_only=True)
class Variant:
    """`shows_wait`: a status read says wait_user_action while a card is checked, instead of created.

    `names_ids`: verificationInfo gives the payment id. `id_per_card`: each card gets one of its own. `signed`: callbacks can be
    believed. `other_amount`: OCTO names another sum than was asked for. `cabinet`: somebody may take a part of a hold there.
    """

    name: str
    bounds: Bounds
    ttl: Ttl = Ttl.LENIENT
    debit: Debit = Debit.AT_CODE
    mode: Mode = Mode.OWN_PAGE
    capture: Capture = Capture.AUTOMATIC
    bank_page: bool = False
    shows_wait: bool = True
    names_ids: bool = True
    id_per_card: bool = True
    signed: bool = True
    other_amount: bool = False
    cabinet: bool = False


_HELD: Final = Capture.MANUAL
_PAGE: Final = Mode.REDIRECT

# One attempt each, and two where they are quickly explored: for every run of the tests.
FAST: Final = (
    Variant(name="strict ttl, slow reads", ttl=Ttl.STRICT, bounds=Bounds(slow_reads=1)),
    Variant(name="lenient ttl", bounds=Bounds(cards=2)),
    Variant(name="lenient ttl, crash", bounds=Bounds(crashes=1)),
    Variant(name="debit at pay", debit=Debit.AT_PAY, bounds=Bounds(cards=2, slow_reads=1)),
    Variant(name="debit at pay, two attempts", debit=Debit.AT_PAY, bounds=Bounds(attempts=2, lost=0, contradictions=1)),
    Variant(name="slow debit", debit=Debit.SLOWLY, bounds=Bounds(cards=2)),
    Variant(name="self-contradiction", bounds=Bounds(contradictions=1)),
    Variant(name="own page", mode=_PAGE, bounds=Bounds(slow_reads=1)),
    Variant(name="3-D Secure", bank_page=True, bounds=Bounds(cards=2)),
    Variant(name="holds", capture=_HELD, debit=Debit.AT_PAY, bounds=Bounds(hold_calls=2)),
    Variant(name="holds on the own page", capture=_HELD, mode=_PAGE, bounds=Bounds(hold_calls=1, contradictions=1)),
    Variant(name="late holds", capture=_HELD, debit=Debit.AT_PAY, bounds=Bounds(give_ups=1, contradictions=1)),
    Variant(name="a pending code is not shown", shows_wait=False, bounds=Bounds(cards=2)),
    Variant(name="verificationInfo names no id", names_ids=False, bounds=Bounds(cards=2)),
    Variant(name="one payment id for all cards", id_per_card=False, bounds=Bounds(cards=2)),
    Variant(name="callbacks cannot be believed", signed=False, bounds=Bounds(contradictions=1)),
    Variant(name="another amount", other_amount=True, bounds=Bounds(cards=2)),
    Variant(name="an operator gives up", bounds=Bounds(give_ups=1, resends=1)),
    Variant(name="an operator gives up another amount", other_amount=True, bounds=Bounds(give_ups=1)),
    Variant(
        name="a hold is taken in the cabinet",
        capture=_HELD,
        debit=Debit.AT_PAY,
        cabinet=True,
        bounds=Bounds(hold_calls=1, give_ups=1),
    ),
    Variant(name="refunds", debit=Debit.AT_PAY, bounds=Bounds(refunds=1, refund_calls=2)),
)

# Wider bounds: minutes to hours in all. What they cost is in the report of a run.
FULL: Final = (
    Variant(
        name="strict ttl, one attempt",
        ttl=Ttl.STRICT,
        bounds=Bounds(cards=3, codes=2, lost=2, crashes=1, slow_reads=1),
    ),
    Variant(name="strict ttl, two attempts", ttl=Ttl.STRICT, bounds=Bounds(attempts=2, cards=2, codes=2, lost=2)),
    Variant(name="lenient ttl, two attempts", bounds=Bounds(attempts=2, cards=2, codes=2, lost=2)),
    Variant(name="lenient ttl, crash", bounds=Bounds(attempts=2, cards=2, lost=1, crashes=1)),
    Variant(name="lenient ttl, slow reads", bounds=Bounds(attempts=2, slow_reads=1)),
    Variant(
        name="debit at pay, two attempts",
        debit=Debit.AT_PAY,
        bounds=Bounds(attempts=2, cards=2, lost=2, slow_reads=1),
    ),
    Variant(
        name="debit at pay, strict", debit=Debit.AT_PAY, ttl=Ttl.STRICT, bounds=Bounds(attempts=2, cards=2, lost=2)
    ),
    Variant(name="slow debit, two attempts", debit=Debit.SLOWLY, bounds=Bounds(attempts=2, cards=2, codes=2)),
    Variant(name="slow debit, slow reads", debit=Debit.SLOWLY, bounds=Bounds(cards=2, codes=2, lost=2, slow_reads=1)),
    Variant(name="self-contradiction", bounds=Bounds(attempts=2, contradictions=1)),
    Variant(name="self-contradiction, twice", bounds=Bounds(cards=2, codes=2, lost=2, contradictions=2)),
    Variant(name="own page, two attempts", mode=_PAGE, bounds=Bounds(attempts=2, lost=2, slow_reads=1, crashes=1)),
    Variant(
        name="own page, slow debit, self-contradiction",
        mode=_PAGE,
        debit=Debit.SLOWLY,
        bounds=Bounds(attempts=2, contradictions=1),
    ),
    Variant(name="3-D Secure, two attempts", bank_page=True, bounds=Bounds(attempts=2, cards=2, lost=2)),
    Variant(
        name="3-D Secure, slow debit",
        bank_page=True,
        debit=Debit.SLOWLY,
        bounds=Bounds(cards=2, lost=2, slow_reads=1, contradictions=1),
    ),
    Variant(name="holds", capture=_HELD, bounds=Bounds(cards=2, lost=2, hold_calls=2)),
    Variant(
        name="holds at pay",
        capture=_HELD,
        debit=Debit.AT_PAY,
        bounds=Bounds(lost=2, slow_reads=1, crashes=1, hold_calls=3, contradictions=1),
    ),
    Variant(name="holds, two attempts", capture=_HELD, debit=Debit.AT_PAY, bounds=Bounds(attempts=2, hold_calls=2)),
    Variant(name="holds on the own page", capture=_HELD, mode=_PAGE, bounds=Bounds(attempts=2, hold_calls=1)),
    Variant(
        name="late holds",
        capture=_HELD,
        debit=Debit.AT_PAY,
        bounds=Bounds(lost=2, give_ups=1, contradictions=1, slow_reads=1, late_releases=3),
    ),
    Variant(name="a pending code is not shown", shows_wait=False, bounds=Bounds(attempts=2, cards=2, codes=2)),
    Variant(name="verificationInfo names no id", names_ids=False, bounds=Bounds(attempts=2, cards=2, codes=2)),
    Variant(name="one payment id for all cards", id_per_card=False, bounds=Bounds(cards=3, codes=3, lost=3)),
    Variant(name="callbacks cannot be believed", signed=False, bounds=Bounds(cards=2, contradictions=1, slow_reads=1)),
    Variant(name="another amount", other_amount=True, bounds=Bounds(attempts=2, cards=2, codes=2, lost=2)),
    Variant(name="an operator gives up", bounds=Bounds(attempts=2, give_ups=1, resends=1)),
    Variant(
        name="holds are taken in the cabinet",
        capture=_HELD,
        debit=Debit.AT_PAY,
        cabinet=True,
        bounds=Bounds(attempts=2, hold_calls=2, give_ups=1),
    ),
    Variant(
        name="refunds, slow reads, crash",
        debit=Debit.AT_PAY,
        bounds=Bounds(lost=2, slow_reads=1, crashes=1, refunds=1, refund_calls=2),
    ),
    Variant(name="refunds, one after another", debit=Debit.AT_PAY, bounds=Bounds(refunds=2, refund_calls=4)),
    Variant(
        name="refunds of a part of a hold",
        capture=_HELD,
        debit=Debit.AT_PAY,
        bounds=Bounds(hold_calls=1, refunds=2, refund_calls=2),
    ),
)
