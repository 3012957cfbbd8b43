"""The moments between one thing that a process does to the outside and the next: each is counted, and at one something happens.

Meant for a process that was forked for it: what is patched here stays patched until that process ends.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from requests.adapters import HTTPAdapter
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from adapters.jobs import Doorbell
from adapters.octo.transport import Transport

_STATEMENT: Final = re.compile(
    r"\s*(?P<verb>\w+).*?\b(?P<table>orders|payment_transactions|callbacks|\w+_events|\w+_keys|clients|\w+_endpoints|\w+_deliveries|saved_cards|receipts|tallies)\b",
    re.DOTALL,
)
Act = Callable[[str], None]


class Boundaries:
    """`act` is called at the `at`-th boundary with its label; `at` 0 only counts."""

    def __init__(self, act: Act, at: int, *, only: str = "") -> None:
        self._act = act
        self._at = at
        self._only = only
        self.count = 0
        self.step = ""
        self.armed = False

    def reach(self, label: str) -> None:
        if not self.armed or not label.startswith(self._only):
            return
        self.count += 1
        if self.count == self._at:
            self._act(f"{self.step}: {label}")

    def postpone(self) -> None:
        """Called from `act`: not at this one, at the next."""
        self._at += 1

    def install(self) -> None:
        self._around_statements()
        self._around(DefaultDialect, "do_commit", "commit")
        self._around(HTTPAdapter, "send", "OCTO answers", before="before a call leaves")
        # Headers are there after the former, the whole answer after these.
        self._around(Transport, "once", "an answer is read", before=None)
        self._around(Transport, "repeatedly", "an answer is read", before=None)
        self._around(Doorbell, "ring", "the doorbell")

    def _around_statements(self) -> None:
        def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.reach(f"before {_named(statement)}")

        def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.reach(f"after {_named(statement)}")

        event.listen(Engine, "before_cursor_execute", before)
        event.listen(Engine, "after_cursor_execute", after)

    def _around(self, owner: type, method: str, what: str, *, before: str | None = "") -> None:
        original = getattr(owner, method)

        def around(*arguments: Any, **named: Any) -> Any:
            if before is not None:
                self.reach(before or f"before {what}")
            result = original(*arguments, **named)
            self.reach(f"after {what}")
            return result

        setattr(owner, method, around)


def _named(statement: str) -> str:
    found = _STATEMENT.match(statement)
    return f"{found['verb']} {found['table']}" if found else statement.split(maxsplit=1)[0]
