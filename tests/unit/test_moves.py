"""Every stage × every move of ours, written by hand from the design: where it leads, or how it is refused."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from domain.errors import (
    Conflict,
    MoneyHeld,
    NotHeld,
    OtpNotExpected,
    PaymentFinal,
    PaymentInProgress,
    PaymentNotReady,
    Refusal,
)
from domain.moves import MOVES, Stage, Word, printed
from domain.report import Report, Source
from domain.transaction import PaymentTransaction
from tests.unit.attempts import (
    BANK_PAGE,
    CODE_BY_SMS,
    CODE_OF_SECOND_CARD,
    FINGERPRINT,
    IN_STAGE,
    NOW,
    PAGE,
    UUID,
    after,
    not_known,
    paying_again,
    read,
)

README: Final = Path(__file__).parents[2] / "README.md"
# `stay` as an answer's outcome: nothing at all has changed. `!` is a refusal.
OURS: Final = """
                       pending   prepared  verifying paying     checking   processing held       success failed  cancelled
prepare                same      !progress !progress !progress  !progress  !progress  !progress  !final  !final  !final
prepare_answered       prepared  stay      stay      stay       stay       stay       stay       stay    stay    stay
prepare_refused        failed    stay      stay      stay       stay       stay       stay       stay    stay    stay
card                   !ready    paying    paying    !progress  !progress  !progress  !progress  !final  !final  !final
card_answered_sms      stay      stay      stay      verifying  stay       stay       stay       stay    stay    stay
card_answered_bank     stay      stay      stay      verifying  stay       stay       stay       stay    stay    stay
card_settling          stay      stay      stay      processing stay       stay       stay       stay    stay    stay
card_never_left        stay      stay      stay      prepared   stay       stay       stay       stay    stay    stay
denied                 stay      stay      stay      same       same       stay       same       stay    stay    stay
denied_and_open        prepared  same      same      prepared   verifying  same       same       same    same    same
code                   !ready    !code     checking  !progress  !progress  !progress  !progress  !final  !final  !final
code_answered          stay      stay      stay      stay       processing stay       stay       stay    stay    stay
code_never_left        stay      stay      stay      stay       verifying  stay       stay       stay    stay    stay
code_lost              prepared  same      same      same       verifying  same       same       same    same    same
resend                 !ready    !code     same      !progress  !progress  !progress  !progress  !final  !final  !final
verified               stay      stay      same      stay       stay       stay       stay       stay    stay    stay
capture                !ready    !held     !held     !progress  !progress  !progress  same       !final  !final  !final
release                !ready    !held     !held     !progress  !progress  !progress  same       !final  !final  !final
hold_call_never_left   stay      stay      stay      stay       stay       stay       same       stay    stay    stay
withdraw               cancelled cancelled same      !progress  !progress  !progress  !money     !final  !final  !final
close                  cancelled cancelled same      same       same       same       same       same    same    same
give_up                failed    failed    failed    failed     failed     failed     failed     !final  !final  !final
given_up_by_age        prepared  failed    failed    failed     verifying  failed     same       same    same    same
"""
# A second card, taken while the code of the first was unanswered.
SECOND_CARD: Final = [
    ("card_answered_sms", "verification_required"),
    ("card_answered_bank", "verification_required"),
    ("card_settling", "processing"),
    ("card_never_left", "verification_required"),
    ("denied", "processing (pay)"),
    ("denied_and_open", "verification_required"),
    ("close", "processing (pay)"),
    ("give_up", "failed"),
]
STAGE_OF_COLUMN: Final[Mapping[str, str]] = {
    "pending": "pending",
    "prepared": "prepared",
    "verifying": "verification_required",
    "paying": "processing (pay)",
    "checking": "processing (otp)",
    "processing": "processing",
    "held": "processing, held",
    "success": "success",
    "failed": "failed",
    "cancelled": "cancelled",
}
REFUSALS: Final[Mapping[str, tuple[type[Refusal], str]]] = {
    "!ready": (PaymentNotReady, "payment_not_ready"),
    "!money": (MoneyHeld, "money_held"),
    "!progress": (PaymentInProgress, "payment_in_progress"),
    "!final": (PaymentFinal, "payment_final"),
    "!code": (OtpNotExpected, "otp_not_expected"),
    "!held": (NotHeld, "not_held"),
}


def prepare_answered(t: PaymentTransaction) -> PaymentTransaction:
    return t.hear(Report(Word.CREATED, Source.ANSWER, NOW, t.turn, octo_transaction_id=UUID, octo_pay_url=PAGE))


def denied_and_open(t: PaymentTransaction) -> PaymentTransaction:
    refused = t.denied(t.turn, "5", NOW)
    return refused.hear(read(refused, Word.CREATED, after(seconds=1)))


def code_lost(t: PaymentTransaction) -> PaymentTransaction:
    t = t.hear(read(t, Word.WAIT_USER_ACTION, after(seconds=20)))
    return t.hear(read(t, Word.WAIT_USER_ACTION, after(seconds=35)))


def close(t: PaymentTransaction) -> PaymentTransaction:
    overdue = t.expires_at + timedelta(minutes=5)
    t = t.hear(not_known(t, overdue))
    return t.hear(not_known(t, overdue + timedelta(seconds=60)))


def given_up_by_age(t: PaymentTransaction) -> PaymentTransaction:
    """A day of open reads past its end, of one that a payer may still pay."""
    t = replace(t, card_open=True)
    overdue = t.expires_at + timedelta(minutes=5)
    t = t.hear(read(t, Word.WAIT_USER_ACTION, overdue))
    return t.hear(read(t, Word.WAIT_USER_ACTION, overdue + timedelta(hours=24)))


MAKE: Final[Mapping[str, Callable[[PaymentTransaction], PaymentTransaction]]] = {
    "prepare": lambda t: t.prepare(NOW),
    "prepare_answered": prepare_answered,
    "prepare_refused": lambda t: t.prepare_refused("5", NOW),
    "card": lambda t: t.send_card(FINGERPRINT, NOW),
    "card_answered_sms": lambda t: t.card_answered(t.turn, CODE_OF_SECOND_CARD, NOW),
    "card_answered_bank": lambda t: t.card_answered(t.turn, BANK_PAGE, NOW),
    "card_settling": lambda t: t.card_answered(t.turn, None, NOW),
    "card_never_left": lambda t: t.card_never_left(t.turn, NOW),
    "denied": lambda t: t.denied(t.turn, "5", NOW),
    "denied_and_open": denied_and_open,
    "code": lambda t: t.send_code(NOW),
    "code_answered": lambda t: t.code_answered(t.turn, NOW),
    "code_never_left": lambda t: t.code_never_left(t.turn, NOW),
    "code_lost": code_lost,
    "resend": lambda t: t.resend_code(after(seconds=30)),
    "verified": lambda t: t.verified(t.turn, CODE_BY_SMS, NOW),
    "capture": lambda t: t.capture_hold(t.amount.amount_minor, NOW),
    "release": lambda t: t.release_hold(NOW),
    "hold_call_never_left": lambda t: t.hold_call_never_left(t.turn, NOW),
    "withdraw": lambda t: t.withdraw(NOW),
    "close": close,
    "give_up": lambda t: t.give_up(NOW),
    "given_up_by_age": given_up_by_age,
}


def cells(wanted: Callable[[str], bool]) -> list[tuple[str, str, str]]:
    """Move, stage and outcome of the cells whose outcome is wanted."""
    head, *rows = (line.split() for line in OURS.strip().splitlines())
    return [
        (move, STAGE_OF_COLUMN[column], outcome)
        for move, *outcomes in rows
        for column, outcome in zip(head, outcomes, strict=True)
        if wanted(outcome)
    ]


@pytest.mark.parametrize(("move", "stage", "code"), cells(lambda outcome: outcome.startswith("!")))
def test_a_move_that_is_not_in_its_row_is_the_callers_mistake(move: str, stage: str, code: str) -> None:
    refusal, public_code = REFUSALS[code]
    payment = IN_STAGE[stage]()

    with pytest.raises(refusal) as refused:
        MAKE[move](payment)

    assert isinstance(refused.value, Conflict)
    assert refused.value.code == public_code


@pytest.mark.parametrize("move", MAKE)
def test_an_answer_that_nobody_waits_for_changes_nothing(move: str) -> None:
    unasked = [stage for of_move, stage, _ in cells(lambda outcome: outcome == "stay") if of_move == move]

    assert [stage for stage in unasked if MAKE[move](IN_STAGE[stage]()) != IN_STAGE[stage]()] == []


@pytest.mark.parametrize("move", MAKE)
def test_a_move_may_leave_a_payment_in_its_stage(move: str) -> None:
    for _, stage, _ in [cell for cell in cells(lambda outcome: outcome == "same") if cell[0] == move]:
        moved = MAKE[move](IN_STAGE[stage]())

        assert moved.stage == stage
        assert moved.next_check_at or not moved.is_live


@pytest.mark.parametrize(("move", "stage", "to"), cells(STAGE_OF_COLUMN.__contains__))
def test_a_move_leads_where_its_row_says(move: str, stage: str, to: str) -> None:
    moved = MAKE[move](IN_STAGE[stage]())

    assert moved.stage == STAGE_OF_COLUMN[to]
    assert moved.next_check_at


@pytest.mark.parametrize(("move", "to"), SECOND_CARD)
def test_a_second_card_leads_back_to_the_code_of_the_first(move: str, to: str) -> None:
    assert MAKE[move](paying_again()).stage == to


def test_every_move_has_its_row_and_every_stage_its_column() -> None:
    assert len(cells(lambda _: True)) == len(MAKE) * len(Stage) == 230
    assert [payment().stage for payment in IN_STAGE.values()] == list(Stage)


def test_the_table_holds_no_move_that_the_design_does_not_give() -> None:
    """A cell too many may lie where no method looks."""
    rows = {stage.name: " ".join(move.name for move in row) for stage, row in MOVES.items()}

    assert rows == {
        "PENDING": "PREPARE_REFUSED WITHDRAW CLOSE GIVE_UP_BY_HAND",
        "PREPARED": "CARD GIVE_UP WITHDRAW CLOSE",
        "VERIFYING": "CODE CARD RESEND GIVE_UP",
        "PAYING": "CARD_ANSWERED CARD_SETTLING CARD_DENIED CARD_NEVER_LEFT GIVE_UP",
        "CHECKING": "CODE_ANSWERED CODE_LOST CODE_DENIED CODE_NEVER_LEFT GIVE_UP",
        "PROCESSING": "GIVE_UP",
        "HELD": "CAPTURE RELEASE GIVE_UP_BY_HAND",
        "SUCCESS": "",
        "FAILED": "",
        "CANCELLED": "",
    }


def test_the_readme_prints_the_table_that_the_code_goes_by() -> None:
    _, _, shown = README.read_text("utf-8").partition("<!-- moves -->")

    assert shown.partition("<!-- /moves -->")[0].strip() == printed()
