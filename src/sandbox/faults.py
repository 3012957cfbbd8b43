"""The queue of faults that the next calls and callbacks will meet."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.envelope import Json

CALLS = (
    "prepare_payment",
    "status",
    "pay",
    "verificationInfo",
    "check_sms_key",
    "check_pan",
    "set_accept",
    "refund",
    "bind_card",
    "bind_card/check_sms_key",
    "block_card_token",
    "fiscal-data",
)
CALLBACK = "callback"
ANY = "*"

# Before: OCTO never processed the call. After: it did, and only the answer goes wrong.
BEFORE_OR_AFTER = ("timeout", "reset", "html", "error_4", "error_11", "unknown_error", "delay")
ONLY_AFTER = (
    "broken_json",
    "truncate",
    "trickle",
    "error_1_with_data",
    "extra_fields",
    "missing_field",
    "other_uuid",
    "other_amount",
    "unknown_status",
    "nan",
    "huge",
)
OF_CALLBACKS = (
    "doubled",
    "delayed",
    "lost",
    "reordered",
    "forged",
    "other_amount",
    "missing_fields",
    "before_answer",
)
NATURALLY_BEFORE = ("error_11", "http_429")
SECONDS = {"timeout": 30.0, "trickle": 1.0, "delay": 2.0, "delayed": 2.0, "reordered": 5.0}
HTTP_KIND = re.compile(r"http_[45]\d\d")
MEMBERS = {"path", "kind", "times", "seconds", "shop_transaction_id", "field", "value"}


class UnknownFault(Exception):
    """A fault that cannot be injected, and what could be instead."""


@dataclass
class Fault:
    id: int
    path: str
    kind: str
    base: str
    before: bool
    times: int | None
    """None: every time."""
    seconds: float
    shop_transaction_id: str | None
    field: str | None
    value: Any
    injected: int = 0

    def fits(self, path: str, shop_transaction_id: str | None) -> bool:
        return (
            (self.path == path or (self.path == ANY and path != CALLBACK))
            and self.shop_transaction_id in (None, shop_transaction_id)
            and (self.times is None or self.injected < self.times)
        )

    def to_json(self) -> Json:
        return {
            "id": self.id,
            "path": self.path,
            "kind": self.kind,
            "times": self.times,
            "seconds": Decimal(str(self.seconds)),
            "shop_transaction_id": self.shop_transaction_id,
            "field": self.field,
            "value": self.value,
            "injected": self.injected,
        }


class Faults:
    """The first fault that fits a call, and is not used up, meets it. Used up ones stay, to be counted."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def take(self, path: str, shop_transaction_id: str | None) -> Fault | None:
        for fault in self._faults:
            if fault.fits(path, shop_transaction_id):
                fault.injected += 1
                return fault
        return None

    def add(self, wanted: Sequence[Any]) -> None:
        """All of them or, with UnknownFault, none."""
        self._faults += [self._read(one) for one in wanted]

    def replace(self, wanted: Sequence[Any]) -> None:
        self._faults = [self._read(one) for one in wanted]

    def all(self) -> list[Fault]:
        return list(self._faults)

    def clear(self) -> None:
        self._faults.clear()

    def _read(self, wanted: Any) -> Fault:
        if not isinstance(wanted, dict):
            raise UnknownFault('a fault is an object like {"path": "pay", "kind": "timeout_after"}')
        unknown = sorted(set(wanted) - MEMBERS)
        if unknown:
            raise UnknownFault(f"unknown: {', '.join(unknown)}; a fault takes {', '.join(sorted(MEMBERS))}")
        path, kind = wanted.get("path", ANY), wanted.get("kind", "")
        if path not in (*CALLS, CALLBACK, ANY):
            raise UnknownFault(f'"path" must be one of {", ".join((*CALLS, CALLBACK, ANY))}')
        base, before = read_callback_kind(kind) if path == CALLBACK else read_kind(kind)
        times = wanted.get("times", 1)
        if times is not None and not (type(times) is int and times >= 1):
            raise UnknownFault('"times" must be an integer, 1 or more, or null for every time')
        seconds = wanted.get("seconds", SECONDS.get(base, 0))
        if isinstance(seconds, bool) or not isinstance(seconds, int | float | Decimal) or not 0 <= seconds <= 3600:
            raise UnknownFault('"seconds" must be a number from 0 to 3600')
        for name in ("shop_transaction_id", "field"):
            if not isinstance(wanted.get(name), str | None):
                raise UnknownFault(f'"{name}" must be a string')
        return Fault(
            id=next(self._ids),
            path=path,
            kind=kind,
            base=base,
            before=before,
            times=times,
            seconds=float(seconds),
            shop_transaction_id=wanted.get("shop_transaction_id"),
            field=wanted.get("field"),
            value=wanted.get("value"),
        )


def read_kind(kind: Any) -> tuple[str, bool]:
    """`timeout_before` → timeout, before. Without a suffix it is what that fault naturally is."""
    if isinstance(kind, str):
        base = re.sub("_(before|after)$", "", kind)
        if base in BEFORE_OR_AFTER or HTTP_KIND.fullmatch(base):
            return base, kind.endswith("_before") or (kind == base and base in NATURALLY_BEFORE)
        if kind in ONLY_AFTER:
            return kind, False
    either = ", ".join(f"{base}_before|after" for base in (*BEFORE_OR_AFTER, "http_500"))
    raise UnknownFault(f'"kind" of a call must be one of {either}, {", ".join(ONLY_AFTER)}')


def read_callback_kind(kind: Any) -> tuple[str, bool]:
    if kind not in OF_CALLBACKS:
        raise UnknownFault(f'"kind" of a callback must be one of {", ".join(OF_CALLBACKS)}')
    return kind, False
