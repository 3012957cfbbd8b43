"""The table of moves of a saved card, cell by cell, and the card that goes by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from domain.card import Scheme
from domain.card_moves import CARD_MOVES, CardMove, CardStatus, TokenWord
from domain.errors import CodeInProgress, OtpExpired, OtpNotExpected, OtpNotSent, OtpNotUsed, Refusal
from domain.order import Owner
from domain.report import MAX_CODES_WRONG, Verification, Way
from domain.saved_card import BLOCK_AGAIN_AFTER, LIFE, CardCall, SavedCard, SavedCardId

NOW: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SOON: Final = NOW + timedelta(seconds=10)
LATE: Final = NOW + LIFE
UUID: Final = "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11"
PAGE: Final = f"https://pay2.octo.uz/uzcard/sms/{UUID}"
CODE_UNTIL: Final = NOW + timedelta(minutes=2)
# Late by one clock, and perhaps not by another.
PERHAPS_LATE: Final = CODE_UNTIL + timedelta(minutes=4)
CODE: Final = Verification(Way.OTP, verify_id=912, phone="+998** *****27", code_until=CODE_UNTIL)
WRONG_CODE: Final = "-270"


def begun(scheme: Scheme = Scheme.UZCARD) -> SavedCard:
    return SavedCard.begun(
        SavedCardId("card_1"), Owner("shop", "shop"), "u-1", scheme=scheme, first6="860049", last4="6478", at=NOW
    )


def bound(scheme: Scheme = Scheme.UZCARD) -> SavedCard:
    return begun(scheme).bound(UUID, PAGE)


def verifying() -> SavedCard:
    card = bound()
    return card.verified(card.turn, CODE)


def checking() -> SavedCard:
    return verifying().send_code(SOON)


def active() -> SavedCard:
    card = checking()
    return card.code_answered(card.turn).token_given("sealed", SOON)


CARDS: Final[dict[CardStatus, Callable[[], SavedCard]]] = {
    CardStatus.INIT: begun,
    CardStatus.VERIFYING: verifying,
    CardStatus.ACTIVE: active,
    CardStatus.BLOCKED: lambda: active().revoke(SOON).forgotten(),
    CardStatus.FAILED: lambda: begun().bind_failed("card_not_saved"),
}


def used_up(card: SavedCard) -> SavedCard:
    for second in range(MAX_CODES_WRONG):
        card = card.send_code(SOON + timedelta(seconds=second))
        card = card.code_denied(card.turn, WRONG_CODE, SOON)
    return card


DEEDS: Final[dict[CardMove, Callable[[SavedCard], SavedCard]]] = {
    CardMove.BOUND: lambda card: card.bound(UUID, PAGE),
    CardMove.REFUSED: lambda card: card.bind_failed("card_not_saved"),
    CardMove.CODE: lambda card: card.send_code(SOON),
    CardMove.USED_UP: used_up,
    CardMove.EXPIRE: lambda card: card.expired(LATE),
    CardMove.REVOKE: lambda card: card.revoke(SOON),
    CardMove.TOKEN: lambda card: card.token_given("another", SOON),
    CardMove.FAILED: lambda card: card.ended_by_octo(TokenWord.FAILED),
    CardMove.BLOCKED: lambda card: card.ended_by_octo(TokenWord.BLOCKED),
}

# By hand: I init, V verifying, A active, B blocked, F failed, - unchanged or refused.
CELLS: Final = {
    #                     init  verifying  active  blocked  failed
    CardMove.BOUND:      ("V",  "-",       "-",    "-",     "-"),
    CardMove.REFUSED:    ("F",  "-",       "-",    "-",     "-"),
    CardMove.CODE:       ("-",  "V",       "-",    "-",     "-"),
    CardMove.USED_UP:    ("-",  "F",       "-",    "-",     "-"),
    CardMove.EXPIRE:     ("F",  "F",       "-",    "-",     "-"),
    CardMove.REVOKE:     ("B",  "B",       "B",    "-",     "-"),
    CardMove.TOKEN:      ("A",  "A",       "-",    "B",     "A"),
    CardMove.FAILED:     ("F",  "F",       "-",    "-",     "-"),
    CardMove.BLOCKED:    ("B",  "B",       "B",    "-",     "-"),
}  # fmt: skip
LETTERS: Final = {"I": "init", "V": "verifying", "A": "active", "B": "blocked", "F": "failed"}


@pytest.mark.parametrize("move", CardMove)
@pytest.mark.parametrize("status", CardStatus)
def test_each_cell(status: CardStatus, move: CardMove) -> None:
    letter = CELLS[move][list(CardStatus).index(status)]
    card = CARDS[status]()
    assert card.status is status
    try:
        after = DEEDS[move](card)
    except Refusal:
        after = card
    if letter == "-":
        assert (after.status, after.token_sealed) == (status, card.token_sealed)
    else:
        assert after != card
        assert after.status == LETTERS[letter]


def test_the_table_has_no_other_cells() -> None:
    moves = {(status, move, to) for status, row in CARD_MOVES.items() for move, to in row.items()}
    by_hand = {
        (status, move, CardStatus(LETTERS[letter]))
        for move, letters in CELLS.items()
        for status, letter in zip(CardStatus, letters, strict=True)
        if letter != "-"
    }

    # To revoke what is over already is no mistake, and changes nothing.
    idle = {(s, CardMove.REVOKE, s) for s in (CardStatus.BLOCKED, CardStatus.FAILED)}
    assert moves == by_hand | idle


# ---- the code


def test_a_code_that_octo_took_waits_for_the_token_and_no_other_code_is_taken() -> None:
    card = checking()
    taken = card.code_answered(card.turn)

    assert (taken.status, taken.code_accepted, taken.in_flight) == (CardStatus.VERIFYING, True, None)
    with pytest.raises(OtpNotExpected):
        taken.send_code(SOON)


def test_a_wrong_code_leaves_the_other_tries() -> None:
    card = checking()
    denied = card.code_denied(card.turn, WRONG_CODE, SOON)

    assert (denied.codes_wrong, denied.error_code, denied.in_flight) == (1, "otp_rejected", None)
    assert denied.send_code(SOON).in_flight is CardCall.CODE


def test_a_code_on_its_way_is_not_doubled_until_it_must_be_lost() -> None:
    with pytest.raises(CodeInProgress):
        checking().send_code(SOON + timedelta(seconds=14))

    assert checking().send_code(SOON + timedelta(seconds=15)).in_flight is CardCall.CODE


def test_the_answer_to_an_earlier_code_changes_nothing() -> None:
    first = checking()
    second = first.send_code(SOON + timedelta(seconds=20))

    late = (
        second.code_answered(first.turn),
        second.code_denied(first.turn, WRONG_CODE, SOON),
        second.code_never_left(first.turn),
    )

    assert all(card is second for card in late)


def test_within_the_margin_of_two_clocks_octo_judges_a_late_code() -> None:
    card = verifying().send_code(PERHAPS_LATE)
    expired = card.code_denied(card.turn, "-271", PERHAPS_LATE)
    wrong = card.code_denied(card.turn, WRONG_CODE, PERHAPS_LATE)

    assert (expired.status, expired.in_flight) == (CardStatus.VERIFYING, None)
    assert (expired.error_code, expired.codes_wrong) == ("otp_expired", 0)
    assert (wrong.error_code, wrong.codes_wrong) == ("otp_rejected", 1)


def test_a_code_that_never_left_costs_no_try() -> None:
    card = checking()
    back = card.code_never_left(card.turn)

    assert (back.codes_wrong, back.in_flight) == (0, None)


@pytest.mark.parametrize(
    ("card", "at", "refusal"),
    [
        (bound(), SOON, OtpNotSent),
        (verifying(), CODE_UNTIL + timedelta(minutes=5), OtpExpired),
        (bound(Scheme.BANK_CARD), SOON, OtpNotUsed),
        (begun(), SOON, OtpNotExpected),
    ],
    ids=["not sent", "too late", "at the bank", "not bound"],
)
def test_a_code_that_cannot_be_checked_is_not_sent(card: SavedCard, at: datetime, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        card.send_code(at)


def test_a_bank_card_is_proved_at_the_bank() -> None:
    card = bound(Scheme.BANK_CARD)

    assert card.verification_url == PAGE
    assert not card.lacks_code
    assert bound().verification_url is None


# ---- the token


def test_the_first_token_stays() -> None:
    card = active()

    assert card.token_given("another", SOON) is card


def test_only_the_token_that_was_read_is_sealed_anew() -> None:
    card = active()

    assert card.resealed(card.token_sealed, "with another key").token_sealed == "with another key"
    assert card.resealed("of before", "with another key") is card
    assert verifying().resealed(None, "with another key").token_sealed is None


def test_a_token_that_comes_after_the_revocation_is_to_be_blocked() -> None:
    revoked = verifying().revoke(SOON)
    given = revoked.token_given("sealed", SOON)

    assert not revoked.is_to_be_blocked
    assert given.is_to_be_blocked
    assert given.next_check_at == SOON
    assert not given.is_usable


def test_the_callback_of_one_that_waits_to_be_blocked_may_come_again() -> None:
    waiting = active().revoke(SOON)

    assert waiting.token_given("the same, sealed anew", SOON) is waiting


def test_revoking_keeps_the_token_until_octo_has_blocked_it() -> None:
    revoked = active().revoke(SOON)

    assert revoked.is_to_be_blocked
    assert revoked.next_check_at == SOON + BLOCK_AGAIN_AFTER
    assert not revoked.is_usable
    assert (revoked.forgotten().token_sealed, revoked.forgotten().next_check_at) == (None, None)


def test_blocking_is_tried_again_later_and_later() -> None:
    card, waits = active().revoke(NOW), []
    for _ in range(4):
        card = card.not_blocked(NOW)
        assert card.next_check_at is not None
        waits.append((card.next_check_at - NOW).total_seconds() / 60)

    assert waits == [1, 2, 5, 15]


@pytest.mark.parametrize("word", [TokenWord.OTHER, TokenWord.ACTIVE])
def test_a_word_that_is_no_end_ends_nothing(word: TokenWord) -> None:
    card = active()

    assert card.ended_by_octo(word) is card


def test_a_token_that_octo_blocked_is_forgotten() -> None:
    blocked = active().ended_by_octo(TokenWord.BLOCKED)

    assert (blocked.status, blocked.token_sealed, blocked.error_code) == (CardStatus.BLOCKED, None, "blocked_by_octo")


# ---- time, and what is shown


def test_every_card_that_is_not_settled_has_a_due_time() -> None:
    due = {status: make().next_check_at for status, make in CARDS.items()}

    assert due == {
        CardStatus.INIT: LATE,
        CardStatus.VERIFYING: LATE,
        CardStatus.ACTIVE: None,
        CardStatus.BLOCKED: None,
        CardStatus.FAILED: None,
    }


def test_nothing_expires_before_its_time() -> None:
    card = verifying()

    assert card.expired(LATE - timedelta(seconds=1)) is card


def test_an_answer_to_bind_card_that_comes_after_the_end_is_only_noted() -> None:
    late = begun().expired(LATE).bound(UUID, PAGE)

    assert (late.status, late.octo_binding_id) == (CardStatus.FAILED, UUID)


def test_the_token_is_in_no_text() -> None:
    assert "sealed-token" not in repr(replace(active(), token_sealed="sealed-token"))


def test_what_was_said_of_each_call_is_kept() -> None:
    kept: Any = begun().exchanged("bind_card", {"method": "uzcard"}, None).exchanged("binding_info", {}, {"error": 0})

    assert set(kept.request_payload) == {"bind_card", "binding_info"}
    assert kept.response_payload == {"bind_card": None, "binding_info": {"error": 0}}
