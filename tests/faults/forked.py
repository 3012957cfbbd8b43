"""Work done in a process of its own that is forked from this warm one, and what it told before it ended, however it ended."""

import json
import logging
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.processes import die_with_parent

Tell = Callable[[dict[str, Any]], None]
_AT_MOST_SECONDS: Final = 120


@dataclass(frozen=True)
class Ended:
    """`told` in the order of telling."""

    told: list[dict[str, Any]]
    was_killed: bool
    exit_code: int

    def last(self, name: str) -> Any:
        """The latest value told under this name."""
        return next((told[name] for told in reversed(self.told) if name in told), None)

    def all(self, name: str) -> list[Any]:
        return [told[name] for told in self.told if name in told]


class ChildFailed(Exception):
    """It raised, or did not end in time. The message is its traceback."""


def in_child(work: Callable[[Tell], None], log: Path) -> Ended:
    """Runs `work` to its end or its death; it tells by JSON. Its output goes to the end of `log`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run(work, writing, log)
    os.close(writing)
    lines = _read_all(reading, child)
    _, status = os.waitpid(child, 0)
    told = [json.loads(line) for line in lines.splitlines()]
    ended = Ended(told, os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, _code(status))
    if (failure := ended.last("failure")) is not None:
        raise ChildFailed(failure)
    return ended


def _run(work: Callable[[Tell], None], writing: int, log: Path) -> None:
    """Never returns, and runs no clean-up of the parent's: the connections that it has open are not ours to close."""
    die_with_parent()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # The handlers were made when this process still was its parent. Those of pytest raise where a line cannot be written, as no
    # handler of the service does.
    root = logging.getLogger()
    ours = [h for h in root.handlers if isinstance(h, logging.StreamHandler) and type(h) is logging.StreamHandler]
    root.handlers = [*ours]
    for handler in ours:
        handler.setStream(os.fdopen(2, "w", buffering=1, closefd=False))

    def tell(what: dict[str, Any]) -> None:
        os.write(writing, json.dumps(what, default=str).encode() + b"\n")

    try:
        work(tell)
    except BaseException:  # noqa: BLE001  whatever it is, the parent has to hear of it
        tell({"failure": traceback.format_exc()})
        os._exit(70)
    os._exit(0)


def _read_all(reading: int, child: int) -> bytes:
    read = bytearray()
    until = time.monotonic() + _AT_MOST_SECONDS
    while True:
        ready, _, _ = select.select([reading], [], [], max(0, until - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reading)
            raise ChildFailed(f"it did not end within {_AT_MOST_SECONDS} s")
        if not (chunk := os.read(reading, 65536)):
            os.close(reading)
            return bytes(read)
        read += chunk


def _code(status: int) -> int:
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
