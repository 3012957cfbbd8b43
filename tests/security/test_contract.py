"""The document against the service that it describes: schemathesis with all its checks, as two clients, over real HTTP.

The service is the whole one, with the stand-in for OCTO behind it. What a random request would hardly ever find (a payment
that awaits its code, money that is held, a refund) is made before, and named to some of the requests.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.database.unit_of_work import Database
from adapters.hashing import Argon2Hasher
from entrypoints.http import tokens
from entrypoints.http.caller import ALL_RIGHTS
from tests.faults import octo
from tests.faults.assembly import CLIENT_ID, client
from tests.faults.databases import SqliteFile
from tests.faults.live import ROOT, Live, free_port, serving, wait_until
from tests.faults.shifted_clock import ShiftedClock
from tests.security.flows import PHONE, Payer

OTHER: Final = "client_of_another_shop"
SECRET: Final = "secret-of-another-shop"
SEED: Final = os.environ.get("SEED", "20260105")
EXAMPLES: Final = os.environ.get("CONTRACT_EXAMPLES", "12")
# Statuses with which a request may be refused though the document allows it: what the sum of its fields means, no document says.
CONFIG: Final = """
[auth.wfc]
path = "{folder}/auth.json"
peers = ["{one}", "{other}"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "402", "403", "404", "409", "422", "429", "502", "503"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "414", "415", "422", "429", "431"]
"""
Things = dict[str, list[dict[str, Any]]]


@dataclass
class Contract:
    live: Live
    folder: Path
    payer: Payer

    def things(self) -> Things:
        """Something for each operation that needs more than luck."""
        credentials = {"grant_type": "client_credentials", "client_id": OTHER, "client_secret": SECRET}
        found: Things = {"POST /api/auth/token/": [{"body": credentials}]}
        self._payments(found)
        self._webhooks(found)
        self._cards(found)
        self._callbacks(found)
        return found

    def _payments(self, found: Things) -> None:
        base = "/api/orders/{order_id}"
        for _ in range(4):
            order_id, transaction_id = self.payer.order()
            card = {"card_number": self.payer.card(), "expire": "1240", "cardholder_name": "ALISHER NAVOIY"}
            self._add(found, f"POST {base}/payment/confirm/", order_id, card | {"transaction_id": transaction_id})
            for operation in ("GET {}/", "GET {}/payment/status/", "GET {}/payment/events/", "POST {}/payer-token/",
                              "POST {}/payment/initiate/"):  # fmt: skip
                self._add(found, operation.format(base), order_id)
            order_id, transaction_id, number = self._confirmed()
            code = {"transaction_id": transaction_id, "sms_key": "111111"}
            self._add(found, f"POST {base}/payment/verify-otp/", order_id, code)
            order_id, transaction_id, number = self._confirmed()
            again = {"transaction_id": transaction_id, "card_number": number, "expire": "1240"}
            self._add(found, f"POST {base}/payment/resend-otp/", order_id, again)
            self._add(found, f"POST {base}/payment/cancel/", self.payer.order()[0])
            self._add(found, f"POST {base}/cancel/", self.payer.sends("POST", "/api/orders/", {"amount": 1})[1]["id"])
            for step in ("capture", "release"):
                self._add(found, f"POST {base}/payment/{step}/", self._paid("authorized", capture="manual"))
        for _ in range(3):
            order_id = self._paid("paid")
            self._add(found, f"POST {base}/refunds/", order_id, {"amount": "20000.00", "reason": "Came too late"})
            self._add(found, f"GET {base}/refunds/", order_id)
            _, refund = self.payer.sends(
                "POST", f"/api/orders/{order_id}/refunds/", {"amount": "20000.00", "reason": "Was broken"}
            )
            path = {"order_id": order_id, "refund_id": refund["id"]}
            found.setdefault(f"GET {base}/refunds/{{refund_id}}/", []).append({"path": path})
        # Past the time within which no code is sent again.
        self.live.clock.shift_seconds += 31

    def _webhooks(self, found: Things) -> None:
        base = "/api/webhooks"
        url = {"url": f"http://127.0.0.1:{free_port()}/hooks"}
        found[f"POST {base}/endpoints/"] = [{"body": url}]
        for method, step in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "rotate-secret/"), ("POST", "test/")):
            _, endpoint = self.payer.sends("POST", f"{base}/endpoints/", url)
            thing: dict[str, Any] = {"path": {"endpoint_id": endpoint["id"]}}
            if method == "PATCH":
                thing["body"] = {"events": ["order.paid"]}
            found[f"{method} {base}/endpoints/{{endpoint_id}}/{step}"] = [thing]
        to_be_tested = found[f"POST {base}/endpoints/{{endpoint_id}}/test/"][0]["path"]["endpoint_id"]
        _, delivery = self.payer.sends("POST", f"{base}/endpoints/{to_be_tested}/test/", {})
        found[f"POST {base}/deliveries/{{delivery_id}}/redeliver/"] = [{"path": {"delivery_id": delivery["id"]}}]

    def _cards(self, found: Things) -> None:
        for method, step in (("GET", ""), ("DELETE", ""), ("POST", "verify-otp/")):
            for _ in range(2):
                body = {"customer_user_id": "17", "card_number": self.payer.card(), "expire": "1240", "phone": PHONE}
                _, card = self.payer.sends("POST", "/api/cards/", body | {"cardholder_name": "ALISHER NAVOIY"})
                thing: dict[str, Any] = {"path": {"card_id": card["id"]}}
                if step:
                    thing["body"] = {"sms_key": "111111"}
                found.setdefault(f"{method} /api/cards/{{card_id}}/{step}", []).append(thing)

    def _callbacks(self, found: Things) -> None:
        """What only OCTO can do: sign, and know the secret in a card's address."""
        order_id, transaction_id = self.payer.order()
        signature = hashlib.sha1(f"{octo.UNIQUE_KEY}{transaction_id}created".encode()).hexdigest().upper()
        signed = {"octo_payment_UUID": transaction_id, "status": "created", "signature": signature, "hash_key": "1"}
        found["POST /api/payments/notify/"] = [{"body": signed | {"shop_transaction_id": f"{order_id}-1"}}]
        asked = self.live.octo.calls("bind_card")[-1]["body"]
        card_id, secret = str(asked["bind_notify_url"]).rstrip("/").split("/")[-2:]
        about = {"shop_transaction_id": asked["shop_transaction_id"], "status": "init"}
        path = {"card_id": card_id, "secret": secret}
        found["POST /api/cards/notify/{card_id}/{secret}/"] = [{"path": path, "body": about}]

    def _confirmed(self, **order: object) -> tuple[str, str, str]:
        number = self.payer.card()
        order_id, transaction_id, status = self.payer.confirms(number, self.payer.order(**order))
        assert status == 200
        return order_id, transaction_id, number

    def _paid(self, becomes: str, **order: object) -> str:
        order_id, transaction_id, _ = self._confirmed(**order)
        assert self.payer.verifies(order_id, transaction_id, "111111") == 200
        wait_until(lambda: self.payer.sends("GET", f"/api/orders/{order_id}/")[1]["status"] == becomes)
        return order_id

    def _add(self, found: Things, operation: str, order_id: str, body: object = None) -> None:
        thing: dict[str, Any] = {"path": {"order_id": order_id}}
        if body is not None:
            thing["body"] = body
        found.setdefault(operation, []).append(thing)


@pytest.fixture
def contract(tmp_path: Path) -> Iterator[Contract]:
    clock = ShiftedClock(tmp_path / "clock")
    database = SqliteFile(tmp_path, clock)
    opened = Database.at(database.url)
    opened.clients.add(replace(client(clock), id=OTHER, secret_hash=Argon2Hasher().hash(SECRET)))
    opened.dispose()
    with serving(tmp_path / "live", database, LOG_LEVEL="WARNING") as live:
        yield Contract(live, tmp_path, Payer(live))


def test_the_service_is_what_its_document_says(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    folder, live = contract.folder, contract.live
    with live.service.app.app_context():
        shown = {name: tokens.issue(replace(client(live.clock), id=name), ALL_RIGHTS) for name in (CLIENT_ID, OTHER)}
    headers = {name: [{"name": "Authorization", "value": f"Bearer {token}"}] for name, token in shown.items()}
    auth = {"auth": [{"name": name, "fixedHeaders": header} for name, header in headers.items()]}
    (folder / "auth.json").write_text(json.dumps(auth))
    (folder / "schemathesis.toml").write_text(CONFIG.format(folder=folder, one=CLIENT_ID, other=OTHER))
    (folder / "things.json").write_text(json.dumps(contract.things()))
    url = f"http://127.0.0.1:{live.port}/api/openapi.json"
    program = str(Path(sys.executable).parent / "schemathesis")
    command = [program, "--config-file", str(folder / "schemathesis.toml"), "run", url, "--checks", "all", "--no-color"]
    command += ["--seed", SEED, "-n", EXAMPLES, "--generation-database", "none", "--warnings", "off"]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "tests.security.contract_hooks",
        "PYTHONPATH": str(ROOT),
        "CONTRACT_THINGS": str(folder / "things.json"),
        "CONTRACT_TOKENS": json.dumps(shown),
        "CONTRACT_REACHED": str(folder / "reached"),
        "CONTRACT_SEED": SEED,
    }
    run = subprocess.run(  # noqa: S603  our own
        command, check=False, env=environment, capture_output=True, text=True, cwd=folder
    )
    reached = Counter(line[4:] for line in (folder / "reached").read_text().splitlines() if line.startswith("2"))
    document = contract.payer.sends("GET", "/api/openapi.json")[1]
    operations = {f"{m.upper()} {p}" for p, methods in document["paths"].items() for m in methods if m != "parameters"}
    told = "\n".join(f"  {reached[operation]:5} {operation}" for operation in sorted(operations))
    with capsys.disabled():
        sys.stdout.write(f"\nReached with a 2xx, of {len(operations)} operations (seed {SEED}):\n{told}\n")

    assert run.returncode == 0, run.stdout[-20_000:]
    assert operations - set(reached) == set()
