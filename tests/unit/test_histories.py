"""Random histories of two and more attempts: whatever is done and reported, in any order, the guarantees hold after every step."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.books import Books
from domain.errors import Refusal
from domain.journal import Cause, Why, audit, news
from domain.moves import Word
from domain.transaction import Mode, PaymentTransaction
from tests.unit.attempts import (
    AMOUNT,
    NOW,
    STAGES,
    TERMS,
    books,
    on_octos_page,
    order,
)
from tests.unit.steps import GAPS, KINDS, Step, Told

# Where a stage may lead in one step: the design's table once more, without its reasons.
NEXT: Final[Mapping[str, set[str]]] = {
    "pending": {"prepared", "processing, held", "success", "failed", "cancelled"},
    "prepared": {
        "verification_required",
        "processing (pay)",
        "processing, held",
        "success",
        "failed",
        "cancelled",
    },
    "verification_required": {"processing (pay)", "processing (otp)", "processing, held", "success", "failed"},
    "processing (pay)": {
        "prepared",
        "verification_required",
        "processing",
        "processing, held",
        "success",
        "failed",
    },
    "processing (otp)": {"verification_required", "processing", "processing, held", "success", "failed"},
    "processing": {"processing, held", "success", "failed"},
    "processing, held": {"success", "failed", "cancelled"},
    "success": set(),
    "failed": {"success"},
    "cancelled": {"success"},
}


def tried(before: Books, step: Step | None, attempt: int, at: datetime) -> Books:
    """A new attempt where no step is given. Whatever is refused changes nothing; nothing but a refusal may be raised."""
    try:
        if step is None:
            return before.attempted(TERMS, at)
        return before.with_(step(before.transactions[attempt], at))
    except Refusal:
        return before


def assert_moved_as_allowed(was: PaymentTransaction, now: PaymentTransaction, step: Step | None) -> None:
    assert now.stage == was.stage or now.stage in NEXT[was.stage], f"{was.stage} → {now.stage}"
    assert now.reviews[: len(was.reviews)] == was.reviews
    if now.status == "success" != was.status:
        assert isinstance(step, Told)
        assert step.word is Word.SUCCEEDED
        assert step.amount is None or step.amount.amount_minor in (AMOUNT.amount_minor, *was.captures_asked)
        assert was.is_live or "late_success" in now.reviews
    if was.is_live and not now.is_live and now.octo_final is None:
        assert was.is_closable or "given_up" in now.reviews


def assert_sound(t: PaymentTransaction) -> None:
    captured = t.captured_minor or 0
    assert 0 <= t.refunded_minor <= captured <= t.amount.amount_minor
    assert (captured > 0) == (t.status == "success")
    assert t.refunds.refunded_minor <= t.refunded_minor
    assert t.next_check_at or t.refunds.next_operation is None
    assert t.next_check_at or not t.is_live
    assert t.next_check_at or t.octo_final
    assert not t.is_closable or t.stage in ("pending", "prepared", "success", "failed", "cancelled", "processing, held")
    assert len(set(t.reviews)) == len(t.reviews)


def assert_guaranteed(before: Books, later: Books, step: Step | None, told: set[str]) -> None:
    assert sum(t.is_live for t in later.transactions) <= 1
    for was, now in zip(before.transactions, later.transactions, strict=False):
        assert_moved_as_allowed(was, now, step)
    for t in later.transactions:
        assert_sound(t)
    assert_told_once(before, later, told)


def assert_told_once(before: Books, later: Books, told: set[str]) -> None:
    keys = [event.shop_transaction_id for event in audit(before, later, Cause(Why.API, "shop"), NOW)]
    events = news(before, later, NOW)
    ended = [(was.status, now.status) for was, now in zip(before.transactions, later.transactions, strict=False)]

    assert len(keys) == len(set(keys))
    assert not {event.id for event in events} & told
    assert sum(event.type in ("payment.succeeded", "payment.failed", "payment.cancelled") for event in events) == sum(
        was != now and now in ("success", "failed", "cancelled") for was, now in ended
    )
    told.update(event.id for event in events)


def begun_everywhere() -> list[Books]:
    """So that short histories reach every corner of the table."""
    return [*(books(stage) for stage in STAGES), Books(order(Mode.REDIRECT)).with_(on_octos_page())]


@settings(derandomize=True, max_examples=15, deadline=None, database=None)
@given(seed=st.integers(0, 2**32), length=st.integers(1, 30))
def test_no_history_breaks_a_guarantee(seed: int, length: int) -> None:
    """A failing one is given by its seed, and its length shrinks to the step that broke it."""
    chance = Random(seed)
    for begun in begun_everywhere():
        before, at, told = begun, NOW, set[str]()
        for _ in range(length):
            at += chance.choice(GAPS)
            step = chance.choice(chance.choice(KINDS))
            later = tried(before, step, chance.choice((0, -1, -1)), at)
            assert_guaranteed(before, later, step, told)
            before = Books(replace(later.order, version=later.order.version + 1), later.transactions)
