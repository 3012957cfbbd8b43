"""OCTO's callback: read, checked, and turned into a report; whatever is sent to us, nothing else comes out of here than the port allows."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from adapters.octo import values
from adapters.octo.redaction import kept
from adapters.octo.signature import Formula, is_signed
from adapters.octo.strict_json import Unreadable, parse_object, render
from adapters.octo.words import REFUNDED, word
from domain.errors import ForgedCallback, MalformedCallback
from domain.money import Currency
from domain.moves import Word
from domain.ports import Callback
from domain.report import Report, Source

SIZE_MAX: Final = 16_384
_REQUIRED: Final = ("shop_transaction_id", "octo_payment_UUID", "status", "signature", "hash_key")
_OUR_ID: Final = re.compile(r"[!-~]{1,128}")
_STATUS: Final = re.compile(r"[A-Za-z_]{1,64}")

log: Final = structlog.get_logger()


class OctoCallbackReader:
    """The domain's CallbackReader. Without keys nothing can be verified, and nothing is.

    A status that we do not know comes out as an unknown word, if it is rightly signed.
    """

    def __init__(self, keys: Sequence[str], formula: Formula = Formula.UNIQUE_KEY) -> None:
        self._keys = tuple(keys)
        self._formula = formula

    def read(self, raw: bytes, at: datetime) -> Callback:
        body = self._parsed(raw)
        shop_transaction_id, octo_transaction_id, status, signature, hash_key = _required(body)
        if self._keys and not is_signed(
            signature,
            self._keys,
            self._formula,
            octo_transaction_id=octo_transaction_id,
            status=status,
            hash_key=hash_key,
        ):
            raise ForgedCallback()
        if self._keys and word(status) is Word.UNKNOWN:
            log.warning("octo_unknown_status", call="callback", status=status, shop_transaction_id=shop_transaction_id)
        return Callback(
            id=_identity(body),
            received_at=at,
            shop_transaction_id=shop_transaction_id,
            octo_transaction_id=octo_transaction_id,
            body=kept(body),
            verified=bool(self._keys),
            report=self._report(body, octo_transaction_id, status, at),
        )

    def _parsed(self, raw: bytes) -> Mapping[str, object]:
        if len(raw) > SIZE_MAX:
            raise MalformedCallback(reason="too large")
        try:
            return parse_object(raw)
        except Unreadable as why:
            raise MalformedCallback(reason=str(why)) from None

    def _report(self, body: Mapping[str, object], octo_transaction_id: str, status: str, at: datetime) -> Report:
        try:
            amount = values.money_of(body.get, "total_sum", Currency.UZS)
            return Report(
                word(status),
                Source.CALLBACK,
                at,
                octo_transaction_id=octo_transaction_id,
                amount=amount,
                currency_named=amount is None or body.get("currency") is not None,
                refunded_minor=values.minor_of(body.get, "refunded_sum"),
                is_refunded=status in REFUNDED,
                facts=values.facts_of(body.get),
            )
        except values.Malformed as field:
            raise MalformedCallback(reason=str(field)) from None


def _required(body: Mapping[str, object]) -> tuple[str, str, str, str, str]:
    """The five fields that are always there, their form checked before anything is hashed."""
    ours, octo_id, status, signature, hash_key = (_text(body, name) for name in _REQUIRED)
    if not _OUR_ID.fullmatch(ours):
        raise MalformedCallback(reason="shop_transaction_id")
    if not values.is_uuid(octo_id):
        raise MalformedCallback(reason="octo_payment_UUID")
    if not _STATUS.fullmatch(status):
        raise MalformedCallback(reason="status")
    return ours, octo_id, status, signature, hash_key


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise MalformedCallback(reason=name)
    return value


def _identity(body: Mapping[str, object]) -> str:
    """The same for the same content, in whatever order and layout. A full card number must not be in it, not even hashed."""
    content = dict(body) | ({"maskedPan": values.masked_pan(body["maskedPan"])} if "maskedPan" in body else {})
    sorted_content = {name: content[name] for name in sorted(content)}
    return hashlib.sha256(render(sorted_content).encode()).hexdigest()
