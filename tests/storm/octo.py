"""OCTO in a storm: the stand-in as it is, behind a wire that loses, delays and repeats by the throw of a seeded die."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any, Final

from adapters.octo.cards import OctoCards
from adapters.octo.client import OctoSettings
from adapters.octo.transport import Lost, NotSent, Reply
from sandbox.app import create_app
from sandbox.callbacks import Attempt, Delivery
from sandbox.config import Config
from sandbox.envelope import dumps

SHOP: Final = 4321
SECRET: Final = "demo-secret"
UNIQUE_KEY: Final = "demo-unique-key"
# As often as OCTO sends one.
ATTEMPTS: Final = 3

Shop = Callable[[str, bytes], tuple[int, str]]


class Wire:
    """The adapter's transport. `between` runs while a call is under way, so that others act in the middle of it."""

    def __init__(self, random: Random, sandbox: Any, between: Callable[[], None]) -> None:
        self._random = random
        self._sandbox = sandbox
        self._between = between
        self._travelling: list[tuple[str, str, str | None]] = []
        self.rough = True
        self.injected: dict[str, int] = {}

    def once(self, method: str, path: str, body: str | None, *, until: float) -> Reply:
        """Raises NotSent or Lost."""
        fate = self._fate()
        self._between()
        if fate == "never left":
            raise NotSent("storm")
        if fate == "lost before":
            raise Lost("storm")
        if fate == "late":
            self._travelling.append((method, path, body))
            raise Lost("storm")
        reply = self._ask(method, path, body)
        self._between()
        if fate == "lost after":
            raise Lost("storm")
        if fate == "garbled":
            return Reply(reply.status, (reply.body or b"")[:-2])
        if fate == "server error":
            return Reply(502, b"<html>Bad Gateway</html>")
        return reply

    repeatedly = once

    def arrive(self) -> None:
        """One of the requests that are still travelling reaches OCTO; nobody waits for its answer any more."""
        if self._travelling:
            self._ask(*self._travelling.pop(self._random.randrange(len(self._travelling))))

    def calm(self) -> None:
        """What still travels is gone, and nothing more is lost."""
        self._travelling.clear()
        self.rough = False

    def _fate(self) -> str:
        if not self.rough or self._random.random() < 0.6:
            return "answered"
        fates = ("never left", "lost before", "late", "lost after", "lost after", "garbled", "server error")
        fate = self._random.choice(fates)
        self.injected[fate] = self.injected.get(fate, 0) + 1
        return fate

    def _ask(self, method: str, path: str, body: str | None) -> Reply:
        answer = self._sandbox.open(path, method=method, data=body, content_type="application/json" if body else None)
        return Reply(answer.status_code, answer.data)


class StormyOcto:
    """`now` is everybody's. `wire` decides what becomes of each call; callbacks go to `shop`, one by one, when the storm lets them."""

    def __init__(self, random: Random, now: Callable[[], datetime], between: Callable[[], None], switches: Any) -> None:
        app = create_app(Config(seed=random.randrange(2**32), now=now, sleep=lambda _: None))
        self._box = app.extensions["sandbox"]
        self._sandbox = app.test_client()
        self.control("PUT", "switches", {"callback_sending": "manual", "status_read_seconds": 0} | switches)
        self.wire = Wire(random, self._sandbox, between)
        settings = OctoSettings(api_url="http://octo.test", shop_id=SHOP, secret=SECRET)
        self.gateway = OctoCards(settings, sleep=lambda _: None)
        self.gateway._transport = self.wire  # type: ignore[assignment]
        self._now = now
        self._over: set[int] = set()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._sandbox.open(f"/sandbox/{path}", method=method, json=body)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.data, parse_float=Decimal)

    # ---- callbacks

    def under_way(self) -> list[Delivery]:
        return [d for d in self._box.callbacks.select(None) if d.url and d.id not in self._over]

    def send(self, delivery: Delivery, shop: Shop, *, arrives: bool, heard: bool, again: bool) -> None:
        """One attempt: it reaches the shop if it `arrives`, OCTO hears the answer if it is `heard`, and sends it `again` all the same.

        What the shop has not confirmed after the last attempt is given up, and a token with it.
        """

        def post(url: str, body: Any) -> Attempt:
            status, answer = shop(url, dumps(body).encode()) if arrives else (0, "")
            return Attempt(self._now(), status if arrives and heard else None, answer if heard else "")

        self._box.callbacks._post = post
        accepted = self._box.callbacks.send(delivery)
        given_up = not accepted and len(delivery.attempts) >= ATTEMPTS
        if given_up and delivery.state != "delivered":
            self._box.callbacks.on_failure(delivery)
        if given_up or (accepted and not again):
            self._over.add(delivery.id)

    # ---- what payers do there

    def proves_binding(self, saved_card_id: str, *, confirmed: bool) -> None:
        """The payer of a bank card, on the bank's page."""
        binding = self._box.bindings.get(saved_card_id)
        if binding is not None:
            result = "confirm" if confirmed else "refuse"
            self._sandbox.post(f"/3ds/{binding.uuid}", data={"result": result})

    def settle(self, key: str, status: str) -> None:
        self.control("POST", f"payments/{key}/settle", {"status": status})

    # ---- what OCTO knows

    def ledger(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "ledger")["entries"])

    def count(self, call: str) -> int:
        return len(self.control("GET", f"calls?call={call}")["calls"])

    def payment(self, key: str) -> dict[str, Any] | None:
        """With its refunds, what is held and what the shop has of it."""
        answer = self._sandbox.get(f"/sandbox/payments/{key}")
        return json.loads(answer.data, parse_float=Decimal) if answer.status_code == 200 else None

    def bindings(self) -> dict[str, Any]:
        """By the ids of saved cards, each with its token, which no control call shows."""
        return dict(self._box.bindings)

    def receipt_of(self, key: str) -> int | None:
        payment = self._box.payments.by_reference(key)
        return payment.payment_id if payment is not None and payment.paid_at else None
