"""The table of moves of a saved card: what may be done to it, and what OCTO may report of it, in every status."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CardStatus(StrEnum):
    INIT = "init"  # bind_card was intended, its answer is not known
    VERIFYING = "verifying"  # the payer proves that the card is theirs, then OCTO sends the token
    ACTIVE = "active"
    BLOCKED = "blocked"  # revoked; while there is a token, OCTO still has to block it
    FAILED = "failed"


class CardMove(StrEnum):
    """What we do or learn as an answer; the last three are OCTO's callbacks."""

    BOUND = "bind_card answered"
    REFUSED = "bind_card refused or never left"
    CODE = "code"
    USED_UP = "third wrong code"
    EXPIRE = "time over"
    REVOKE = "revoke"
    TOKEN = "callback: active"  # noqa: S105  a word
    FAILED = "callback: failed"
    BLOCKED = "callback: blocked"


_S, _M = CardStatus, CardMove

# fmt: off
CARD_MOVES: Final[Mapping[CardStatus, Mapping[CardMove, CardStatus]]] = {
    _S.INIT:      {_M.BOUND:  _S.VERIFYING, _M.REFUSED: _S.FAILED,    _M.EXPIRE:  _S.FAILED,  _M.REVOKE:  _S.BLOCKED,
                   _M.TOKEN:  _S.ACTIVE,    _M.FAILED:  _S.FAILED,    _M.BLOCKED: _S.BLOCKED},
    _S.VERIFYING: {_M.CODE:   _S.VERIFYING, _M.USED_UP: _S.FAILED,    _M.EXPIRE:  _S.FAILED,  _M.REVOKE:  _S.BLOCKED,
                   _M.TOKEN:  _S.ACTIVE,    _M.FAILED:  _S.FAILED,    _M.BLOCKED: _S.BLOCKED},
    _S.ACTIVE:    {_M.REVOKE: _S.BLOCKED,   _M.BLOCKED: _S.BLOCKED},
    _S.BLOCKED:   {_M.REVOKE: _S.BLOCKED,   _M.TOKEN:   _S.BLOCKED},
    _S.FAILED:    {_M.REVOKE: _S.FAILED,    _M.TOKEN:   _S.ACTIVE},
}
# fmt: on


class TokenWord(StrEnum):
    """OCTO's word for a token in its callback, in our reading."""

    ACTIVE = "active"
    FAILED = "failed"
    BLOCKED = "blocked"
    OTHER = "other"
