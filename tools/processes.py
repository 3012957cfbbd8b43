"""Child processes that never outlive the program that started them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_STOP_WITHIN_SECONDS: Final = 10


class CannotStart(Exception):
    """A process did not come up. The message says why and what to do."""


def die_with_parent() -> None:
    """Runs in the child: Linux ends it when the parent is gone, however that ended; elsewhere the parent's own clean-up has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def require_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CannotStart(
                f"Port {port} is taken. Choose another one with {variable}, such as: {variable}={port + 1} make demo"
            ) from None


class Processes:
    """A context manager: on leaving it, every process that was started in it has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            _stop(process)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.log(name).open("wb") as log:
            process = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent
            )
        self._running.append(process)
        return process

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def wait_until(
        self, name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool], seconds: float
    ) -> None:
        """Raises CannotStart with the end of the process's log."""
        deadline = time.monotonic() + seconds
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(
                    f"The {name} did not come up. Its log ({self.log(name)}) ends with:\n{self._tail(name)}"
                )
            time.sleep(0.05)

    def _tail(self, name: str) -> str:
        lines = self.log(name).read_text(errors="replace").splitlines()
        return os.linesep.join(lines[-15:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
