"""Callbacks: what OCTO tells the shop, signed, in up to three attempts."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import requests

from sandbox.calls import masked
from sandbox.clock import Clock
from sandbox.envelope import Json, dumps, loads
from sandbox.faults import CALLBACK, Fault, Faults
from sandbox.payments import Status
from sandbox.signature import by_unique_key
from sandbox.switches import Switches

DECIDED_REPLIES = ("capture", "cancel", "waiting_user_action")
REQUIRED = ("shop_transaction_id", "octo_payment_UUID", "status", "signature", "hash_key")
ANSWER_LIMIT = 2000


@dataclass
class Attempt:
    at: datetime
    http_status: int | None
    answer: str

    @property
    def reply(self) -> Json:
        """The receiver's JSON object; empty if it sent none."""
        try:
            parsed = loads(self.answer.encode())
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}


@dataclass
class Delivery:
    """One message for one address, with all its attempts."""

    id: int
    shop_transaction_id: str
    url: str
    body: Json
    created_at: datetime
    state: str = "waiting"
    attempts: list[Attempt] = field(default_factory=list)
    first_attempt_made: threading.Event = field(default_factory=threading.Event)
    delay: float = 0
    before_answer: bool = False
    overtaken_within: float = 0
    """Wait for a later message to go first, at most so many seconds."""
    overtaken: threading.Event = field(default_factory=threading.Event)
    followers: list["Delivery"] = field(default_factory=list)

    def to_json(self) -> Json:
        return {
            "id": self.id,
            "shop_transaction_id": self.shop_transaction_id,
            "url": self.url,
            "body": masked(self.body),
            "created_at": self.created_at.isoformat(),
            "state": self.state,
            "attempts": [
                {"at": a.at.isoformat(), "http_status": a.http_status, "answer": a.answer} for a in self.attempts
            ],
        }


class Callbacks:
    """Messages are written down by `emit` under the sandbox's lock and leave in `dispatch`, after it."""

    def __init__(self, switches: Switches, faults: Faults, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._switches = switches
        self._faults = faults
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._deliveries: list[Delivery] = []
        self._undispatched: list[Delivery] = []
        self._to_be_overtaken: list[Delivery] = []
        self.on_reply: Callable[[Delivery, Json], None] = lambda delivery, reply: None
        self.on_failure: Callable[[Delivery], None] = lambda delivery: None

    def emit(self, shop_transaction_id: str, url: str, body: Json) -> None:
        """A fault in the queue meets the message here, once, not each of its attempts."""
        fault = self._faults.take(CALLBACK, shop_transaction_id) if url else None
        copies = 2 if fault and fault.base == "doubled" else 1
        for _ in range(copies):
            delivery = self.write(shop_transaction_id, url, spoilt_message(body, fault))
            if fault:
                delivery.delay = fault.seconds if fault.base == "delayed" else 0
                delivery.overtaken_within = fault.seconds if fault.base == "reordered" else 0
                delivery.before_answer = fault.base == "before_answer"
            self._queue(delivery, lost=fault is not None and fault.base == "lost")

    def write(self, shop_transaction_id: str, url: str, body: Json) -> Delivery:
        delivery = Delivery(next(self._ids), shop_transaction_id, url, body, self._clock.now())
        self._deliveries.append(delivery)
        return delivery

    def _queue(self, delivery: Delivery, *, lost: bool) -> None:
        sending = self._switches["callback_sending"]
        if not delivery.url:
            delivery.state = "no notify_url"
        elif lost or sending != "auto":
            delivery.state = "lost" if lost else ("held" if sending == "manual" else "off")
        else:
            with self._lock:
                self._link(delivery)
                self._undispatched.append(delivery)

    def _link(self, delivery: Delivery) -> None:
        """A message that is to come out of order waits for the next one."""
        if delivery.overtaken_within:
            self._to_be_overtaken.append(delivery)
        else:
            delivery.followers, self._to_be_overtaken = self._to_be_overtaken, []

    def dispatch(self) -> None:
        with self._lock:
            leaving, self._undispatched = self._undispatched, []
        for delivery in leaving:
            delivery.before_answer = delivery.before_answer or self._switches["callback_before_answer"]
            threading.Thread(target=self._deliver, args=(delivery,), daemon=True).start()
        for delivery in leaving:
            if delivery.before_answer:
                delivery.first_attempt_made.wait(float(self._switches["callback_timeout_seconds"]) + 1)

    def _deliver(self, delivery: Delivery) -> None:
        if delivery.overtaken_within:
            delivery.overtaken.wait(delivery.overtaken_within)
        for number, delay in enumerate(self._switches["callback_delays_seconds"]):
            if number or not delivery.before_answer:
                self._sleep(float(delay) + (0 if number else delivery.delay))
            if delivery.state == "dropped" or self.send(delivery):
                return
        delivery.state = "failed"
        self.on_failure(delivery)

    def send_once(self, delivery: Delivery) -> None:
        if not self.send(delivery):
            delivery.state = "failed"

    def send(self, delivery: Delivery) -> bool:
        """One attempt. True if the receiver took it."""
        attempt = self._post(delivery.url, delivery.body)
        delivery.attempts.append(attempt)
        accepted = attempt.http_status == 200 and is_settled(delivery.body, attempt.reply)
        if accepted:
            delivery.state = "delivered"
        delivery.first_attempt_made.set()
        for follower in delivery.followers:
            follower.overtaken.set()
        if attempt.http_status == 200:
            self.on_reply(delivery, attempt.reply)
        return accepted

    def _post(self, url: str, body: Json) -> Attempt:
        at = self._clock.now()
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment would not know the shop's loopback address
                response = session.post(
                    url,
                    data=dumps(body).encode(),
                    headers={"Content-Type": "application/json", "User-Agent": "OCTO"},
                    timeout=float(self._switches["callback_timeout_seconds"]),
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            return Attempt(at, None, type(error).__name__)
        return Attempt(at, response.status_code, response.text[:ANSWER_LIMIT])

    def held(self) -> list[Delivery]:
        return [delivery for delivery in self._deliveries if delivery.state == "held"]

    def select(self, shop_transaction_id: str | None) -> list[Delivery]:
        return [d for d in self._deliveries if shop_transaction_id in (None, d.shop_transaction_id)]

    def reset(self) -> None:
        """Messages that are waiting for an attempt are dropped."""
        for delivery in self._deliveries:
            if delivery.state == "waiting":
                delivery.state = "dropped"
        self._deliveries.clear()
        self._undispatched.clear()
        self._to_be_overtaken.clear()


def spoilt_message(body: Json, fault: Fault | None) -> Json:
    if fault is None:
        return body
    if fault.base == "forged":
        return body | {"signature": by_unique_key("forged", str(body.get("octo_payment_UUID")), str(body["status"]))}
    if fault.base == "other_amount":
        return body | {"total_sum": Decimal("1.00") if fault.value is None else fault.value}
    if fault.base == "missing_fields":
        return {name: body[name] for name in REQUIRED if name in body}
    return body


def is_settled(body: Json, reply: Json) -> bool:
    """A hold is announced again until the shop has decided or has said that it will decide later."""
    return body.get("status") != Status.WAITING_FOR_CAPTURE or decision(reply) in DECIDED_REPLIES


def decision(reply: Json) -> Any:
    return reply.get("accept_status", reply.get("status"))
