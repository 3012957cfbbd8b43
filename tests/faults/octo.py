"""The stand-in for OCTO as a process of its own, by its control calls.

Over plain `http.client` and one connection a call: nothing here passes through what the faults are injected into, and nothing
is shared by processes that fork.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from tools.processes import Processes

SHOP_ID: Final = 4321
SECRET: Final = "demo-secret"
UNIQUE_KEY: Final = "demo-unique-key"
# Tells a decision that was an answer to a callback from a call of the service.
BY_REPLY: Final = "by_reply"
Json = dict[str, Any]


class Octo:
    def __init__(self, port: int, process_id: int = 0) -> None:
        self.port = port
        self.process_id = process_id

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self._send(method, f"/sandbox{path}", body)

    def _send(self, method: str, path: str, body: object) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body, default=float))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text!r}")
        return json.loads(text, parse_float=Decimal)

    def reset(self, **switches: object) -> None:
        self.call("POST", "/reset")
        if switches:
            self.call("PUT", "/switches", switches)

    def switch(self, **switches: object) -> None:
        self.call("PUT", "/switches", switches)

    def meets(self, *faults: Mapping[str, object]) -> None:
        """The faults that the next calls and callbacks meet."""
        self.call("PUT", "/faults", list(faults))

    def also_meets(self, fault: Mapping[str, object]) -> None:
        self.call("POST", "/faults", fault)

    def injected(self) -> dict[str, int]:
        """How many faults really happened since `meets`, by the payment that they were meant for."""
        counts: dict[str, int] = defaultdict(int)
        for fault in self.call("GET", "/faults")["faults"]:
            counts[fault["shop_transaction_id"] or ""] += fault["injected"]
        return counts

    def advance(self, seconds: float) -> None:
        self.call("POST", "/clock", {"advance_seconds": seconds})

    def calls(self, name: str) -> list[Json]:
        found: list[Json] = self.call("GET", f"/calls?call={name}")["calls"]
        return found

    def code(self, shop_transaction_id: str) -> str:
        return str(self.call("GET", f"/payments/{shop_transaction_id}/sms")["code"])

    def payments(self) -> list[Json]:
        found: list[Json] = self.call("GET", "/payments")["payments"]
        return found

    def callbacks(self) -> list[Json]:
        """Oldest first; the body as it is sent."""
        found: list[Json] = self.call("GET", "/callbacks")["callbacks"]
        return found

    def payment(self, shop_transaction_id: str) -> Json:
        found: Json = self.call("GET", f"/payments/{shop_transaction_id}")
        return found

    def bindings(self) -> list[Json]:
        found: list[Json] = self.call("GET", "/bindings")["bindings"]
        return found

    def send_held(self, ids: list[int]) -> None:
        """Callbacks that were held back, over HTTP, in this order."""
        self.call("POST", "/callbacks/deliver", {"ids": ids})

    def take_reply(self, uuid: str, reply: Mapping[str, object]) -> None:
        """Does what the shop decided in its answer to the callback about a hold, as OCTO does where it sends callbacks itself."""
        credentials = {"octo_shop_id": SHOP_ID, "octo_secret": SECRET, "octo_payment_UUID": uuid, BY_REPLY: True}
        # A fault that was meant for a call of the service may meet this one.
        with suppress(OSError, HTTPException):
            self._send("POST", "/set_accept", credentials | dict(reply))

    def settle(self, shop_transaction_id: str, status: str, **more: object) -> None:
        self.call("POST", f"/payments/{shop_transaction_id}/settle", {"status": status, **more})

    def send_callback(self, shop_transaction_id: str, **body: object) -> list[Json]:
        """Sends one now, or `count` of them at once, over HTTP; returns them with their attempts."""
        found: list[Json] = self.call("POST", f"/payments/{shop_transaction_id}/callback", body)["callbacks"]
        return found

    def ledger(self) -> list[Json]:
        found: list[Json] = self.call("GET", "/ledger")["entries"]
        return found


@contextmanager
def running(folder: Path, environment: Mapping[str, str]) -> Iterator[Octo]:
    """A sandbox on a free port, which its ready line tells."""
    with Processes(folder) as processes:
        octo = start(processes, environment)
        yield octo


def start(processes: Processes, environment: Mapping[str, str]) -> Octo:
    process = processes.start("sandbox", [sys.executable, "-u", "-m", "sandbox", "--port", "0"], environment)
    processes.wait_until("sandbox", process, lambda: b"ready on" in processes.log("sandbox").read_bytes(), 60)
    line = processes.log("sandbox").read_text().split("ready on ", 1)[1]
    return Octo(int(line.split()[0].rpartition(":")[2]), process.pid)
