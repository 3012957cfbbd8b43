"""The table of moves: what we may do to a payment, and what OCTO may report of it, in every state.

Two tables, because they fail differently. A move of ours that is not in its row is the caller's mistake and is refused.
The answer of prepare_payment is a report as well. A report never fails: callbacks repeat and come out of order, so each cell says what the news is worth.
Change them only together with the exhaustive exploration in tests/exploration.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """What a client sees."""

    PENDING = "pending"
    PREPARED = "prepared"
    VERIFICATION_REQUIRED = "verification_required"
    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """A row of the tables: the status, with `processing` told apart by what is on its way or held."""

    PENDING = "pending"
    PREPARED = "prepared"
    VERIFYING = "verification_required"
    PAYING = "processing (pay)"
    CHECKING = "processing (otp)"
    PROCESSING = "processing"
    HELD = "processing, held"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What we do, or learn as the answer to what we did."""

    PREPARE_REFUSED = "prepare refused"
    CARD = "card"
    CARD_ANSWERED = "card answered"  # with an SMS or a redirect
    CARD_SETTLING = "card answered otherwise"
    CARD_DENIED = "card denied, still open"
    CARD_NEVER_LEFT = "card never left"
    CODE = "code"
    CODE_ANSWERED = "code answered"
    CODE_DENIED = "code denied, still open"
    CODE_NEVER_LEFT = "code never left"
    CODE_LOST = "code lost, two open reads"
    RESEND = "resend"
    CAPTURE = "capture"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    CLOSE = "close"  # by age, where no card is unanswered or accepted
    GIVE_UP = "give up"  # by age or by a person, where one is; under watch
    GIVE_UP_BY_HAND = "give up, by a person alone"  # a hold may be old and well


class Word(StrEnum):
    """A column of the table of reports: OCTO's status, in our reading."""

    CREATED = "created"
    WAIT_USER_ACTION = "wait_user_action"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    UNKNOWN = "unknown word"
    MISMATCH = "other amount or id"


class To(StrEnum):
    """A cell: the next stage, or what else becomes of the news."""

    PREPARED = "prepared"
    VERIFYING = "verification_required"
    PAYING = "processing (pay)"
    CHECKING = "processing (otp)"
    PROCESSING = "processing"
    HELD = "processing, held"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENDED = "failed if a card was sent, else cancelled"
    BACK = "where the card found it"
    STAY = "stay"
    PAGE = "stay (on OCTO's page: verification_required)"
    THIS_CARD = "stay (payment id of this card known: verification_required)"
    OLD = "old news"
    ALERT = "stay, alert"
    REVIEW = "stay, review"
    RELEASE = "stay, review, release"
    LATE = "success, review"


_S, _M, _W, _T = Stage, Move, Word, To

# fmt: off
MOVES: Final[Mapping[Stage, Mapping[Move, To]]] = {
    _S.PENDING:    {_M.PREPARE_REFUSED:  _T.FAILED,     _M.WITHDRAW:        _T.ENDED,
                    _M.CLOSE:            _T.ENDED,      _M.GIVE_UP_BY_HAND: _T.FAILED},
    _S.PREPARED:   {_M.CARD:             _T.PAYING,     _M.GIVE_UP:         _T.FAILED,
                    _M.WITHDRAW:         _T.ENDED,      _M.CLOSE:           _T.ENDED},
    _S.VERIFYING:  {_M.CODE:             _T.CHECKING,   _M.CARD:            _T.PAYING,
                    _M.RESEND:           _T.STAY,       _M.GIVE_UP:         _T.FAILED},
    _S.PAYING:     {_M.CARD_ANSWERED:    _T.VERIFYING,  _M.CARD_SETTLING:   _T.PROCESSING,
                    _M.CARD_DENIED:      _T.BACK,       _M.CARD_NEVER_LEFT: _T.BACK,
                    _M.GIVE_UP:          _T.FAILED},
    _S.CHECKING:   {_M.CODE_ANSWERED:    _T.PROCESSING, _M.CODE_LOST:       _T.VERIFYING,
                    _M.CODE_DENIED:      _T.VERIFYING,  _M.CODE_NEVER_LEFT: _T.VERIFYING,
                    _M.GIVE_UP:          _T.FAILED},
    _S.PROCESSING: {_M.GIVE_UP:          _T.FAILED},
    _S.HELD:       {_M.CAPTURE:          _T.STAY,       _M.RELEASE:         _T.STAY,
                    _M.GIVE_UP_BY_HAND:  _T.FAILED},
    _S.SUCCESS:    {},
    _S.FAILED:     {},
    _S.CANCELLED:  {},
}

REPORTS: Final[Mapping[Stage, Mapping[Word, To]]] = {
    stage: dict(zip(Word, row, strict=True)) for stage, row in {
    #               created       wait_user_action  w._for_capture  succeeded    canceled       unknown word  other amount or id
    _S.PENDING:    (_T.PREPARED,  _T.PREPARED,      _T.HELD,        _T.SUCCESS,  _T.ENDED,      _T.ALERT,     _T.REVIEW),
    _S.PREPARED:   (_T.STAY,      _T.PAGE,          _T.HELD,        _T.SUCCESS,  _T.ENDED,      _T.ALERT,     _T.REVIEW),
    _S.VERIFYING:  (_T.STAY,      _T.STAY,          _T.HELD,        _T.SUCCESS,  _T.ENDED,      _T.ALERT,     _T.REVIEW),
    _S.PAYING:     (_T.STAY,      _T.THIS_CARD,     _T.HELD,        _T.SUCCESS,  _T.ENDED,      _T.ALERT,     _T.REVIEW),
    _S.CHECKING:   (_T.STAY,      _T.STAY,          _T.HELD,        _T.SUCCESS,  _T.ENDED,      _T.ALERT,     _T.REVIEW),
    _S.PROCESSING: (_T.STAY,      _T.STAY,          _T.HELD,        _T.SUCCESS,  _T.ENDED,      _T.ALERT,     _T.REVIEW),
    _S.HELD:       (_T.STAY,      _T.STAY,          _T.STAY,        _T.SUCCESS,  _T.CANCELLED,  _T.ALERT,     _T.REVIEW),
    _S.SUCCESS:    (_T.OLD,       _T.OLD,           _T.OLD,         _T.OLD,      _T.REVIEW,     _T.OLD,       _T.REVIEW),
    _S.FAILED:     (_T.OLD,       _T.OLD,           _T.RELEASE,     _T.LATE,     _T.OLD,        _T.OLD,       _T.REVIEW),
    _S.CANCELLED:  (_T.OLD,       _T.OLD,           _T.RELEASE,     _T.LATE,     _T.OLD,        _T.OLD,       _T.REVIEW),
    }.items()
}
# fmt: on
FINAL: Final = frozenset({Stage.SUCCESS, Stage.FAILED, Stage.CANCELLED})


def printed() -> str:
    """Both tables as one Markdown table, as the README shows them."""
    lines = ["| stage | what we may do | what OCTO may report |", "| --- | --- | --- |"]
    for stage in Stage:
        ours = "; ".join(f"{move} → {to}" for move, to in MOVES[stage].items()) or "–"
        lines.append(f"| {stage} | {ours} | {'; '.join(_grouped(REPORTS[stage]))} |")
    return "\n".join(lines)


def _grouped(row: Mapping[Word, To]) -> list[str]:
    words_by_cell: dict[To, list[str]] = {}
    for word, to in row.items():
        words_by_cell.setdefault(to, []).append(word)
    return [f"{', '.join(words)} → {to}" for to, words in words_by_cell.items()]
