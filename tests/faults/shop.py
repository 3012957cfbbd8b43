"""A shop's program and its payer: what they do, what they know of it, and how they go on after an answer that never came."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

from flask import Flask

CARD: Final = "8600495473316478"
POOR_CARD: Final = "8600312345670051"  # refused by `pay`: insufficient funds
BANK_CARD: Final = "4111111111111111"  # proved on the bank's page
GOOD_CODE: Final = "111111"
BAD_CODE: Final = "000000"
AMOUNT: Final = "185000.00"
PHONE: Final = "998901112233"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: none came."""

    status: int
    body: Json

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


Http = Callable[[str, str, "Json | None", Mapping[str, str]], Answer]


def over_wsgi(app: Flask) -> Http:
    def send(method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Answer:
        given: dict[str, Any] = {} if body is None else {"json": body}
        answer = app.test_client().open(path, method=method, headers=dict(headers), **given)
        return Answer(answer.status_code, answer.get_json(silent=True) or {})

    return send


def over_sockets(port: int, *, seconds: float = 60) -> Http:
    def send(method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
        text = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, text, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return Answer(answer.status, json.loads(answer.read() or b"{}"))
        except (OSError, HTTPException, ValueError):
            return Answer(0, {})
        finally:
            connection.close()

    return send


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, to be sent again as it was."""

    step: str
    path: str
    body: Json
    key: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What the shop knows. `unanswered` is the request whose answer has not come, `cards_sent` counts the cards it wanted saved."""

    reference: str
    order_id: str | None = None
    transaction_id: str | None = None
    shop_transaction_id: str | None = None
    saved_card_id: str | None = None
    unanswered: Sent | None = None
    sent: int = 0
    cards_sent: int = 0

    def to_json(self) -> Json:
        return asdict(self)

    @classmethod
    def from_json(cls, known: Json) -> "Memory":
        sent = known["unanswered"]
        return cls(**(known | {"unanswered": Sent(**sent) if sent else None}))


@dataclass
class Shop:
    """`remember` is told each time that the shop learns something. `wanted` is what its order says besides its reference."""

    http: Http
    token: str
    memory: Memory
    remember: Callable[[Memory], None] = lambda memory: None
    card: str = CARD
    wanted: Mapping[str, Any] = field(default_factory=lambda: {"amount": AMOUNT})
    answers: list[tuple[str, Answer]] = field(default_factory=list)

    @property
    def is_patient(self) -> bool:
        """Half of the shops wait until the key of an unanswered request is free again, the others go by the status at once."""
        return sum(self.memory.reference.encode()) % 2 == 0

    # ---- one request each

    def order(self) -> Answer:
        return self._post("order", "/api/orders/", {"reference": self.memory.reference, **self.wanted})

    def initiate(self) -> Answer:
        return self._post("initiate", f"{self._payment}/initiate/?language=uz", {})

    def confirm(self, card: str | None = None) -> Answer:
        return self._post("confirm", f"{self._payment}/confirm/", self._addressed(_typed(card or self.card)))

    def confirm_saved(self) -> Answer:
        body = self._addressed({"saved_card_id": self.memory.saved_card_id})
        return self._post("confirm", f"{self._payment}/confirm/", body)

    def resend(self) -> Answer:
        body = self._addressed({"card_number": self.card, "expire": "1240"})
        return self._post("resend", f"{self._payment}/resend-otp/", body)

    def verify(self, code: str = GOOD_CODE) -> Answer:
        return self._post("verify", f"{self._payment}/verify-otp/", self._addressed({"sms_key": code}))

    def withdraw(self) -> Answer:
        return self._post("withdraw", f"{self._payment}/cancel/", {})

    def cancel_order(self) -> Answer:
        return self._post("cancel", f"/api/orders/{self.memory.order_id}/cancel/", {})

    def capture(self, amount: str | None = None) -> Answer:
        return self._post("capture", f"{self._payment}/capture/", {"amount": amount})

    def release(self) -> Answer:
        return self._post("release", f"{self._payment}/release/", {})

    def refund(self, amount: str | None = None) -> Answer:
        return self._post("refund", self._refunds, {"amount": amount, "reason": "Came too late"})

    def refunds(self) -> list[Json]:
        found: list[Json] = self._get(self._refunds).body["items"]
        return found

    def save_card(self) -> Answer:
        self.memory = replace(self.memory, cards_sent=self.memory.cards_sent + 1)
        body = {"customer_user_id": self._customer, "phone": PHONE, **_typed(self.card)}
        return self._post("save card", "/api/cards/", body)

    def prove_card(self, code: str = GOOD_CODE) -> Answer:
        return self._post("prove card", f"/api/cards/{self.memory.saved_card_id}/verify-otp/", {"sms_key": code})

    def revoke_card(self) -> Answer:
        """Needs no key: to revoke a card again changes nothing."""
        return self._ask("DELETE", f"/api/cards/{self.memory.saved_card_id}/")

    def saved_card(self) -> Json | None:
        """The one it knows or, where the answer was lost, the latest of its customer's."""
        if self.memory.saved_card_id is None:
            if not (found := self._get(f"/api/cards/?customer_user_id={self._customer}").body["items"]):
                return None
            self._learn(saved_card_id=found[0]["id"])
        return self._get(f"/api/cards/{self.memory.saved_card_id}/").body

    def register_endpoint(self, url: str) -> Answer:
        return self._post("endpoint", "/api/webhooks/endpoints/", {"url": url})

    def status(self) -> Answer:
        return self._get(f"{self._payment}/status/")

    def events(self) -> list[Json]:
        found: list[Json] = self._get(f"{self._payment}/events/").body["events"]
        return found

    def read_order(self) -> Json:
        return self._get(f"/api/orders/{self.memory.order_id}/").body

    def order_status(self) -> str:
        return str(self.read_order().get("status"))

    def again(self) -> Answer | None:
        """The request whose answer never came, once more, under the same key."""
        return self._send(self.memory.unanswered) if self.memory.unanswered else None

    # ---- inside

    @property
    def _payment(self) -> str:
        return f"/api/orders/{self.memory.order_id}/payment"

    @property
    def _refunds(self) -> str:
        return f"/api/orders/{self.memory.order_id}/refunds/"

    @property
    def _customer(self) -> str:
        return str(self.wanted["customer"]["user_id"])

    def _addressed(self, body: Json) -> Json:
        return body | {"transaction_id": self.memory.transaction_id}

    def _post(self, step: str, path: str, body: Json) -> Answer:
        self.memory = replace(self.memory, sent=self.memory.sent + 1)
        return self._send(Sent(step, path, body, f"{self.memory.reference}-{self.memory.sent}"))

    def _send(self, request: Sent) -> Answer:
        self._learn(unanswered=request)
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": request.key}
        answer = self.http("POST", request.path, request.body, headers)
        self.answers.append((request.step, answer))
        # After these the shop knows no more than after none.
        if 0 < answer.status < 500 and answer.code != "idempotency_in_progress":
            self._learn(unanswered=None, **_news(request.step, answer))
        return answer

    def _get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str) -> Answer:
        answer = self.http(method, path, None, {"Authorization": f"Bearer {self.token}"})
        self.answers.append((path.split("/")[-2], answer))
        return answer

    def _learn(self, **news: Any) -> None:
        self.memory = replace(self.memory, **news)
        self.remember(self.memory)


def _typed(card: str) -> Json:
    body = {"card_number": card, "expire": "1240", "cardholder_name": "ALISHER NAVOIY"}
    return body | ({"cvc": "123"} if card == BANK_CARD else {})


def _news(step: str, answer: Answer) -> Json:
    if step == "order" and answer.status == 201:
        return {"order_id": answer.body["id"]}
    if step == "order" and answer.code == "reference_taken":
        return {"order_id": answer.body["facts"]["order_id"]}
    if step == "initiate" and answer.status == 200:
        return {name: answer.body[name] for name in ("transaction_id", "shop_transaction_id")}
    if step == "save card" and answer.status in (201, 202):
        return {"saved_card_id": answer.body["id"]}
    return {}
