"""The exploration finds what it is there for: each guard of the domain, taken out, leads it to a history that breaks a guarantee."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.attempt import AttemptState
from domain.books import Books
from domain.moves import MOVES, REPORTS, Move, Stage, To, Word
from domain.refund import Refunds
from domain.report import Report, Source
from domain.transaction import Capture, Mode, PaymentTransaction
from tests.exploration import laws
from tests.exploration.search import Violation, explore
from tests.exploration.variants import Bounds, Debit, Variant

Patch = pytest.MonkeyPatch
ENOUGH = 200_000
CLOSED_TOO_EARLY = "G1: closed while it may still be paid"
ANOTHERS_CHECK = "G8: the check of another card is taken for this card's"
NOT_LOOKED = "G3: the second look, a day after canceled, was not taken"
LOST = "G3: OCTO has the money, and the books never learn of it"


def found(*, bounds: Bounds, **octo: Any) -> Violation:
    result = explore(Variant(name="a guard is taken out", bounds=bounds, **octo), ENOUGH)

    assert result.violation is not None, f"{result.states} states without a violation"
    return result.violation


def close_while_paying(monkeypatch: Patch) -> None:
    is_closable = PaymentTransaction.is_closable
    monkeypatch.setitem(MOVES[Stage.PAYING], Move.CLOSE, To.ENDED)
    monkeypatch.setattr(
        AttemptState, "is_closable", property(lambda t: t.stage is Stage.PAYING or is_closable.__get__(t))
    )


# ---- the three ways in which an earlier table charged twice


def test_closed_by_age_while_a_card_still_travels(monkeypatch: Patch) -> None:
    close_while_paying(monkeypatch)
    violation = found(debit=Debit.AT_PAY, bounds=Bounds())

    assert violation.law == CLOSED_TOO_EARLY
    assert "pay is late or lost" in violation.history


def test_closing_by_age_while_a_card_still_travels_ends_in_two_charges(monkeypatch: Patch) -> None:
    """The same, seen where it hurts: the law that stops the search early is taken out too."""
    close_while_paying(monkeypatch)
    monkeypatch.setattr(laws, "broken_by_closing", lambda *_: None)
    violation = found(debit=Debit.AT_PAY, bounds=Bounds(attempts=2))

    assert violation.law == "G1: two charges for one order"
    assert violation.history.count("OCTO takes pay: taken") == 2


def test_withdrawn_after_a_denied_second_card_while_the_code_of_the_first_still_travels(monkeypatch: Patch) -> None:
    back = AttemptState._back

    def forget_the_card_before(transaction: PaymentTransaction, *args: Any, **changes: Any) -> PaymentTransaction:
        return back(replace(transaction, before_card=None), *args, **changes)

    monkeypatch.setattr(AttemptState, "_back", forget_the_card_before)
    violation = found(bounds=Bounds(cards=2))

    assert violation.law == CLOSED_TOO_EARLY
    assert "code is late or lost" in violation.history
    assert "the answer to pay comes: denied" in violation.history


def test_a_payment_id_taken_for_the_wrong_card(monkeypatch: Patch) -> None:
    monkeypatch.setattr(PaymentTransaction, "_is_this_card", lambda t, check: check is not None)

    assert found(bounds=Bounds(cards=2)).law == ANOTHERS_CHECK


# ---- one charge


def test_a_lost_card_taken_for_gone_because_octo_still_says_created(monkeypatch: Patch) -> None:
    moved_by_open = PaymentTransaction._moved_by_open

    def gone(transaction: PaymentTransaction, report: Report) -> PaymentTransaction | None:
        if transaction.stage is Stage.PAYING and report.word is Word.CREATED:
            return transaction._back(Move.CARD_DENIED, report.at)
        return moved_by_open(transaction, report)

    monkeypatch.setattr(PaymentTransaction, "_moved_by_open", gone)

    assert found(debit=Debit.AT_PAY, bounds=Bounds()).law == CLOSED_TOO_EARLY


def test_an_answer_to_an_earlier_card_taken_for_this_cards(monkeypatch: Patch) -> None:
    monkeypatch.setattr(AttemptState, "_awaits", lambda t, stage, turn: t.stage is stage)

    assert found(bounds=Bounds(cards=2)).law == ANOTHERS_CHECK


def test_withdrawn_while_the_payer_is_at_octos_page(monkeypatch: Patch) -> None:
    monkeypatch.setattr(AttemptState, "is_closable", property(lambda t: not t.card_open))

    assert found(mode=Mode.REDIRECT, bounds=Bounds()).law == CLOSED_TOO_EARLY


def test_a_hold_after_the_withdrawal_that_nobody_is_told_of(monkeypatch: Patch) -> None:
    def held(transaction: PaymentTransaction, report: Report) -> PaymentTransaction:
        return transaction._become(Stage.HELD, report.at, held_at=report.at)

    monkeypatch.setattr(PaymentTransaction, "_held", held)
    violation = found(capture=Capture.MANUAL, debit=Debit.AT_PAY, bounds=Bounds())

    assert violation.law == "G1: held after the withdrawal, and not flagged"


def test_a_second_charge_that_nobody_is_told_of(monkeypatch: Patch) -> None:
    doubts = Books._doubts
    monkeypatch.setattr(Books, "_doubts", lambda books: tuple(d for d in doubts(books) if d != "second_charge"))
    violation = found(debit=Debit.AT_PAY, bounds=Bounds(attempts=2, lost=0, contradictions=1))

    assert violation.law == "G1: a second charge that is not flagged"


def test_a_second_attempt_beside_a_live_one(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Books, "live", None)

    assert found(bounds=Bounds(attempts=2)).law == "G2: two live attempts"


# ---- no success lost, none invented


def test_a_success_after_the_end_taken_for_old_news(monkeypatch: Patch) -> None:
    monkeypatch.setitem(REPORTS[Stage.FAILED], Word.SUCCEEDED, To.OLD)

    assert found(bounds=Bounds(contradictions=1)).law == LOST


def test_a_second_look_used_up_by_a_read_that_began_before_the_end(monkeypatch: Patch) -> None:
    old_news = PaymentTransaction._old_news

    def used_up(transaction: PaymentTransaction, report: Report) -> PaymentTransaction:
        if report.source is Source.READ and transaction.second_look_at:
            return replace(transaction, second_look_at=None)._scheduled(report.at)
        return old_news(transaction, report)

    monkeypatch.setattr(PaymentTransaction, "_old_news", used_up)

    assert found(bounds=Bounds(slow_reads=1)).law == NOT_LOOKED


def test_a_second_look_given_up_because_octo_was_down(monkeypatch: Patch) -> None:
    not_reached = PaymentTransaction.not_reached

    def forgotten(transaction: PaymentTransaction, at: datetime) -> PaymentTransaction:
        later = not_reached(transaction, at)
        return replace(later, next_check_at=None) if later.octo_final else later

    monkeypatch.setattr(PaymentTransaction, "not_reached", forgotten)

    assert found(bounds=Bounds()).law == NOT_LOOKED


def test_a_second_capture_that_forgets_the_sum_of_the_first(monkeypatch: Patch) -> None:
    def capture(transaction: PaymentTransaction, move: Move, call: object, at: object, **changes: Any) -> object:
        forgetful = {name: value[-1:] for name, value in changes.items()}
        return transaction._move(move, at, turn=transaction.turn + 1, in_flight=call, **forgetful)  # type: ignore[arg-type]

    monkeypatch.setattr(PaymentTransaction, "_hold_call", capture)

    assert found(capture=Capture.MANUAL, debit=Debit.AT_PAY, bounds=Bounds(hold_calls=2)).law == LOST


def test_a_success_with_another_amount_believed(monkeypatch: Patch) -> None:
    monkeypatch.setattr(PaymentTransaction, "is_mismatch", lambda t, report: False)

    assert found(other_amount=True, bounds=Bounds()).law.startswith("G4")


def test_a_refund_told_as_failed_because_its_repeat_was_denied(monkeypatch: Patch) -> None:
    def denied(refunds: Refunds, shop_refund_id: str, code: str) -> Refunds:
        return refunds._failed(refunds.operation(shop_refund_id))

    monkeypatch.setattr(Refunds, "denied", denied)
    violation = found(debit=Debit.AT_PAY, bounds=Bounds(refunds=1, refund_calls=2))

    assert violation.law == "G3: a refund that was carried out is told as failed"


# ---- final, watched, never stuck


def test_a_success_that_is_taken_back(monkeypatch: Patch) -> None:
    monkeypatch.setitem(REPORTS[Stage.SUCCESS], Word.CANCELED, To.ENDED)

    assert found(debit=Debit.AT_PAY, bounds=Bounds(contradictions=1)).law.startswith("G5")


def test_a_closed_payment_that_nobody_watches(monkeypatch: Patch) -> None:
    due = AttemptState._due
    monkeypatch.setattr(AttemptState, "_due", lambda t, at: due(t, at) if t.is_live else None)

    assert found(bounds=Bounds()).law.startswith("G16")


def test_a_payment_that_nothing_ever_ends(monkeypatch: Patch) -> None:
    monkeypatch.delitem(MOVES[Stage.PAYING], Move.GIVE_UP)

    assert found(bounds=Bounds()).law == "stuck: a live attempt that nothing ever ends"


@pytest.mark.parametrize(
    ("stage", "octo"),
    [(Stage.PENDING, {"other_amount": True}), (Stage.HELD, {"capture": Capture.MANUAL, "cabinet": True})],
)
def test_another_amount_that_not_even_an_operator_ends(monkeypatch: Patch, stage: Stage, octo: dict[str, Any]) -> None:
    monkeypatch.delitem(MOVES[stage], Move.GIVE_UP_BY_HAND)
    violation = found(debit=Debit.AT_PAY, bounds=Bounds(), **octo)

    assert violation.law == "stuck: an attempt of another amount that not even an operator ends"


def test_a_hold_given_up_by_age(monkeypatch: Patch) -> None:
    """It may be old and well: its shop has days to take it."""
    monkeypatch.setitem(MOVES[Stage.HELD], Move.GIVE_UP, To.FAILED)
    violation = found(capture=Capture.MANUAL, debit=Debit.AT_PAY, bounds=Bounds())

    assert violation.law == "a hold that is given up without a person"


def test_a_hold_taken_of_an_order_that_a_late_success_has_paid(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Books, "require_capturable", lambda _: None)
    bounds = Bounds(attempts=2, lost=0, hold_calls=1, late_releases=0, contradictions=1)

    assert found(capture=Capture.MANUAL, debit=Debit.AT_PAY, bounds=bounds).law == (
        "G1: a hold is taken of an order that is paid already"
    )
