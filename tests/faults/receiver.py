"""Whoever takes what is posted, as a process of its own (`python -m tests.faults.receiver`), and remembers it.

It is the shop's own program, which takes every event; and the address of our service where the process of the service is killed
again and again, so that OCTO cannot post to it.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from tools.processes import Processes

EVENTS: Final = "/events"
_heard: list[str | None] = []
_letters: list[tuple[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == EVENTS:
            _heard.append(self.headers["webhook-id"])
        else:
            _letters.append((self.path, body.decode()))
        self._answer(b"{}")

    def do_GET(self) -> None:
        self._answer(json.dumps(_heard if self.path == EVENTS else _letters).encode())

    def do_DELETE(self) -> None:
        _heard.clear()
        _letters.clear()
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Receiver:
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + EVENTS

    def heard(self) -> list[str]:
        found: list[str] = json.loads(self._call("GET", EVENTS))
        return found

    def letters(self) -> list[tuple[str, Any]]:
        """What was posted to any other path, with that path, oldest first."""
        return [(path, json.loads(body)) for path, body in json.loads(self._call("GET", "/letters"))]

    def forget(self) -> None:
        self._call("DELETE", EVENTS)

    def _call(self, method: str, path: str) -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def running(folder: Path, environment: Mapping[str, str]) -> Iterator[Receiver]:
    with Processes(folder) as processes:
        process = processes.start("receiver", [sys.executable, "-u", "-m", "tests.faults.receiver"], environment)
        processes.wait_until("receiver", process, lambda: processes.log("receiver").read_bytes().endswith(b"\n"), 60)
        yield Receiver(int(processes.log("receiver").read_text()))


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
