"""The callback of a binding: the token is taken out of it, and whatever else of the card came with it is dropped at once."""

import re
from typing import Final

from adapters.octo.callback import SIZE_MAX
from adapters.octo.strict_json import Unreadable, parse_object
from adapters.octo.words import TOKENS
from domain.card import CardToken
from domain.card_moves import TokenWord
from domain.errors import MalformedCallback
from domain.ports import TokenReport

_OUR_ID: Final = re.compile(r"[!-~]{1,128}")
_STATUS: Final = re.compile(r"[A-Za-z_]{1,64}")
_TOKEN: Final = re.compile(r"[!-~]{1,512}")


class OctoTokenReportReader:
    """The domain's TokenReportReader. A status that we do not know says nothing."""

    def read(self, raw: bytes) -> TokenReport:
        if len(raw) > SIZE_MAX:
            raise MalformedCallback(reason="too large")
        try:
            body = parse_object(raw)
        except Unreadable as why:
            raise MalformedCallback(reason=str(why)) from None
        ours, status, token = (body.get(name) for name in ("shop_transaction_id", "status", "card_token"))
        if not isinstance(ours, str) or not _OUR_ID.fullmatch(ours):
            raise MalformedCallback(reason="shop_transaction_id")
        if not isinstance(status, str) or not _STATUS.fullmatch(status):
            raise MalformedCallback(reason="status")
        if token is not None and (not isinstance(token, str) or not _TOKEN.fullmatch(token)):
            raise MalformedCallback(reason="card_token")
        return TokenReport(ours, TOKENS.get(status, TokenWord.OTHER), None if token is None else CardToken(token))
