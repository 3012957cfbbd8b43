"""Every stage × every word that OCTO may report, written by hand from the design: the next stage, or what the news is worth."""

from dataclasses import replace
from typing import Final

import pytest

from domain.money import Currency, Money
from domain.moves import REPORTS, To, Word
from domain.report import Report, Source
from domain.transaction import PaymentTransaction, Review
from tests.unit.attempts import AMOUNT, IN_STAGE, NOW, UUID, after, callback, prepared

# `page` and `card`: it stays, but for a payment on OCTO's page, or if this card's payment id is known. `alert`: an unknown word.
REPORTED: Final = """
                       created   wait_user_action waiting_for_capture succeeded    canceled      a_strange_word other_amount
pending                prepared  prepared         held                success      cancelled     alert          mismatch
prepared               stay      page             held                success      cancelled     alert          mismatch
verification_required  stay      stay             held                success      failed        alert          mismatch
processing_(pay)       stay      card             held                success      failed        alert          mismatch
processing_(otp)       stay      stay             held                success      failed        alert          mismatch
processing             stay      stay             held                success      failed        alert          mismatch
processing,_held       stay      stay             stay                success      cancelled     alert          mismatch
success                old       old              old                 old          contradiction old            mismatch
failed                 old       old              late_hold           late_success old           old            mismatch
cancelled              old       old              late_hold           late_success old           old            mismatch
"""
WORDS: Final = {
    "created": Word.CREATED,
    "wait_user_action": Word.WAIT_USER_ACTION,
    "waiting_for_capture": Word.WAITING_FOR_CAPTURE,
    "succeeded": Word.SUCCEEDED,
    "canceled": Word.CANCELED,
    "a_strange_word": Word.UNKNOWN,
    "other_amount": Word.SUCCEEDED,
}
OTHER_AMOUNT: Final = Money(AMOUNT.amount_minor + 1, Currency.UZS)
# outcome: the next stage (None: the same), the reviews that come with it
OUTCOMES: Final[dict[str, tuple[str | None, tuple[Review, ...]]]] = {
    "stay": (None, ()),
    "page": (None, ()),
    "card": (None, ()),
    "alert": (None, ()),
    "old": (None, ()),
    "mismatch": (None, (Review.MISMATCH,)),
    "contradiction": (None, (Review.CONTRADICTION,)),
    "late_hold": (None, (Review.LATE_HOLD,)),
    "late_success": ("success", (Review.LATE_SUCCESS,)),
    "prepared": ("prepared", ()),
    "held": ("processing, held", ()),
    "success": ("success", ()),
    "failed": ("failed", ()),
    "cancelled": ("cancelled", ()),
}

WORTH: Final[dict[str, set[To]]] = {
    "stay": {To.STAY},
    "page": {To.PAGE},
    "card": {To.THIS_CARD},
    "alert": {To.ALERT},
    "old": {To.OLD},
    "mismatch": {To.REVIEW},
    "contradiction": {To.REVIEW},
    "late_hold": {To.RELEASE},
    "late_success": {To.LATE},
    "prepared": {To.PREPARED},
    "held": {To.HELD},
    "success": {To.SUCCESS},
    "failed": {To.ENDED, To.FAILED},
    "cancelled": {To.ENDED, To.CANCELLED},
}


def cells() -> list[tuple[str, str, str]]:
    """Each one with its stage, its word and its outcome."""
    head, *rows = (line.split() for line in REPORTED.strip().splitlines())
    return [
        (stage.replace("_(", " (").replace(",_", ", "), word, outcome)
        for stage, *outcomes in rows
        for word, outcome in zip(head, outcomes, strict=True)
    ]


def told(payment: PaymentTransaction, word: str, source: Source) -> Report:
    turn = None if source is Source.CALLBACK else payment.turn
    amount = OTHER_AMOUNT if word == "other_amount" else AMOUNT
    return Report(WORDS[word], source, after(minutes=1), turn, octo_transaction_id=UUID, amount=amount)


@pytest.mark.parametrize(("stage", "word", "outcome"), cells())
def test_a_report_leads_where_its_cell_says_wherever_it_comes_from(stage: str, word: str, outcome: str) -> None:
    payment = IN_STAGE[stage]()
    to, reviews = OUTCOMES[outcome]
    for heard in [payment.hear(told(payment, word, source)) for source in Source]:
        assert heard.stage == (to or stage)
        assert heard.reviews == reviews
        assert heard.release_due == (outcome == "late_hold")
        assert heard.next_check_at or not heard.is_live


@pytest.mark.parametrize("stage", IN_STAGE)
def test_whoever_hears_it_is_told_what_it_is_worth(stage: str) -> None:
    payment = IN_STAGE[stage]()
    row = {word: outcome for of_stage, word, outcome in cells() if of_stage == stage}
    odd = {
        word
        for word, outcome in row.items()
        if payment.cell(told(payment, word, Source.CALLBACK)) not in WORTH[outcome]
    }

    assert odd == set()


@pytest.mark.parametrize("stage", IN_STAGE)
def test_the_same_callback_twice_is_the_same_as_once(stage: str) -> None:
    payment = IN_STAGE[stage]()
    for word in WORDS:
        once = payment.hear(told(payment, word, Source.CALLBACK))

        assert once.hear(told(payment, word, Source.CALLBACK)) == once


def test_every_stage_has_its_row_and_every_word_its_column() -> None:
    assert len(cells()) == 70
    assert {stage: len(row) for stage, row in REPORTS.items()} == dict.fromkeys(IN_STAGE, 7)


def test_an_id_of_another_payment_is_a_mismatch_like_another_amount_and_another_currency() -> None:
    payment = IN_STAGE["processing"]()
    strangers = (
        Report(Word.SUCCEEDED, Source.READ, NOW, payment.turn, octo_transaction_id=UUID.replace("0", "1")),
        Report(Word.SUCCEEDED, Source.READ, NOW, payment.turn, amount=Money(AMOUNT.amount_minor, Currency.USD)),
        Report(Word.CANCELED, Source.READ, NOW, payment.turn, amount=Money(1, Currency.UZS)),
    )

    assert [payment.hear(stranger).status for stranger in strangers] == ["processing"] * 3
    assert [payment.hear(stranger).reviews for stranger in strangers] == [("gateway_mismatch",)] * 3


def test_a_report_that_names_neither_amount_nor_id_is_believed() -> None:
    payment = IN_STAGE["processing"]()

    assert payment.hear(Report(Word.SUCCEEDED, Source.CALLBACK, NOW)).status == "success"


def test_a_sum_without_a_currency_is_in_that_of_the_payment() -> None:
    dollars = replace(prepared(), amount=Money(AMOUNT.amount_minor, Currency.USD))
    same, other = (
        callback(Word.SUCCEEDED, amount=Money(minor, Currency.UZS), currency_named=False)
        for minor in (AMOUNT.amount_minor, AMOUNT.amount_minor - 1)
    )

    assert dollars.hear(same).status == "success"
    assert dollars.hear(other).reviews == ("gateway_mismatch",)
