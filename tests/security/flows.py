"""Marker cards sent through everything that takes a card, and through everything that could go wrong with one."""

import hashlib
import itertools
import json
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, Final

from tests.faults import octo
from tests.faults.live import Live, at_once, wait_until

Json = dict[str, Any]
CODE: Final = "48213907"
CVC: Final = "9173"
HOLDER: Final = "MARKERHOLDER NEVERSTORED"
PHONE: Final = "998901112233"
APPROVED, DENIED, POOR, NO_SMS, SLOW = "", "0005", "0151", "0092", "0068"
FAULTS: Final[tuple[tuple[str, Json], ...]] = (
    ("timeout_after", {"seconds": 4}), ("reset_before", {}), ("reset_after", {}), ("html_after", {}),
    ("broken_json", {}), ("truncate", {}), ("http_500_after", {}), ("http_429_before", {}), ("error_4_after", {}),
    ("unknown_error_before", {}), ("missing_field", {}), ("other_uuid", {}), ("unknown_status", {}), ("nan", {}), ("huge", {}),
)  # fmt: skip


def cards() -> Iterator[str]:
    """Uzcard numbers, which need not pass Luhn."""
    return (f"860049{number:06d}" for number in itertools.count(417_301, 7_919))


@dataclass
class Payer:
    """Everything is sent as somebody would type it; whatever comes back is kept, to be looked through."""

    live: Live
    secrets: dict[str, str] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    numbers: Iterator[str] = field(default_factory=cards)

    def __post_init__(self) -> None:
        self.token = self.live.service.token()
        self.secrets |= {"access token": self.token.rpartition(".")[2], "code": CODE, "holder": HOLDER}

    def card(self, ending: str = APPROVED) -> str:
        number = next(self.numbers) + (ending or "4177")
        self.secrets[f"card {number[-10:]}"] = number
        return number

    def visa(self) -> str:
        number = "4111111" + next(self.numbers)[-8:]
        doubled = sum(sum(divmod(int(d) * 2, 10)) for d in number[::-2]) + sum(int(d) for d in number[-2::-2])
        number += str(-doubled % 10)
        self.secrets[f"card {number[-10:]}"] = number
        return number

    def sends(
        self, method: str, path: str, body: object = None, *, raw: bytes | None = None, **headers: str
    ) -> tuple[int, Json]:
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.live.port, timeout=60)
        try:
            sent = {name: value for name, value in given.items() if value}
            connection.request(method, path, raw if raw is not None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        self.heard += [text, str(answer.headers).encode()]
        self.statuses.add(answer.status)
        return answer.status, json.loads(text or b"{}")

    def order(self, **more: object) -> tuple[str, str]:
        """An order with its payment begun: its id and OCTO's of the payment."""
        _, order = self.sends("POST", "/api/orders/", {"amount": "185000.00"} | more)
        _, payment = self.sends("POST", f"/api/orders/{order['id']}/payment/initiate/", {})
        return order["id"], payment.get("transaction_id") or ""

    def confirms(self, number: str, order: tuple[str, str] | None = None, **more: object) -> tuple[str, str, int]:
        order_id, transaction_id = order or self.order()
        body = {"transaction_id": transaction_id, "card_number": number, "expire": "1240", "cardholder_name": HOLDER}
        status, _ = self.sends("POST", f"/api/orders/{order_id}/payment/confirm/", body | more)
        return order_id, transaction_id, status

    def verifies(self, order_id: str, transaction_id: str, code: str) -> int:
        body = {"transaction_id": transaction_id, "sms_key": code}
        status, _ = self.sends("POST", f"/api/orders/{order_id}/payment/verify-otp/", body)
        self.sends("GET", f"/api/orders/{order_id}/payment/status/")
        return status


def pays(payer: Payer) -> None:
    number = payer.card()
    order_id, transaction_id, status = payer.confirms(" ".join(number[i : i + 4] for i in range(0, 16, 4)))
    assert status == 200
    payer.verifies(order_id, transaction_id, CODE)
    assert payer.verifies(order_id, transaction_id, "111111") == 200
    wait_until(lambda: payer.sends("GET", f"/api/orders/{order_id}/")[1]["status"] == "paid")
    payer.sends("POST", f"/api/orders/{order_id}/refunds/", {"reason": "Came too late"})


def pays_in_other_ways(payer: Payer) -> None:
    """With dashes, by a bank's page, as a payer with a token of one order, with the hold taken later."""
    number = payer.card()
    payer.confirms("-".join(number[i : i + 4] for i in range(0, 16, 4)), cvc=CVC)
    payer.confirms(payer.visa(), cvc=CVC)
    order = payer.order(capture="manual")
    order_id, transaction_id, _ = payer.confirms(payer.card(), order)
    payer.verifies(order_id, transaction_id, "111111")
    payer.sends("POST", f"/api/orders/{order_id}/payment/release/", {})
    order_id, _ = payer.order()
    _, given = payer.sends("POST", f"/api/orders/{order_id}/payer-token/", {})
    payer.secrets["payer token"] = given["access_token"].rpartition(".")[2]
    payer.heard.pop(-2)
    mine, payer.token = payer.token, given["access_token"]
    body = {"card_number": payer.card(), "expire": "1240", "cardholder_name": HOLDER, "cvc": CVC}
    payer.sends("POST", f"/api/orders/{order_id}/payment/confirm/", body)
    payer.token = mine


def is_refused(payer: Payer) -> None:
    for ending in (DENIED, "0014", "0051", "0054", "0062", POOR, NO_SMS, SLOW):
        order_id, transaction_id, _ = payer.confirms(payer.card(ending))
        payer.verifies(order_id, transaction_id, "111111")
    order_id, transaction_id, _ = payer.confirms(payer.card())
    for _ in range(4):
        payer.verifies(order_id, transaction_id, CODE)


def has_a_code_sent_again(payer: Payer) -> None:
    number = payer.card("0091")
    order_id, transaction_id, _ = payer.confirms(number)
    payer.live.clock.shift_seconds += 31
    body = {"transaction_id": transaction_id, "card_number": number, "expire": "1240"}
    for _ in range(2):
        payer.sends("POST", f"/api/orders/{order_id}/payment/resend-otp/", body)


def saves_a_card(payer: Payer) -> None:
    for ending in (APPROVED, DENIED):
        body = {
            "customer_user_id": "17",
            "card_number": payer.card(ending),
            "expire": "1240",
            "phone": PHONE,
            "cvc": CVC,
        }
        _, saved = payer.sends("POST", "/api/cards/", body | {"cardholder_name": HOLDER})
        if "id" in saved:
            payer.sends("POST", f"/api/cards/{saved['id']}/verify-otp/", {"sms_key": CODE})
            payer.sends("POST", f"/api/cards/{saved['id']}/verify-otp/", {"sms_key": "111111"})
            wait_until(lambda saved=saved: payer.sends("GET", f"/api/cards/{saved['id']}/")[1]["status"] != "init")  # type: ignore[misc]
            payer.sends("DELETE", f"/api/cards/{saved['id']}/")


def meets_faults(payer: Payer) -> None:
    met = [(payer.card(), path, kind, more) for kind, more in FAULTS for path in ("pay", "verificationInfo")]

    def meets(fault: tuple[str, str, str, Json]) -> None:
        number, path, kind, more = fault
        order = payer.order()
        payer.live.octo.also_meets({"path": path, "kind": kind, "shop_transaction_id": f"{order[0]}-1", **more})
        payer.confirms(number, order)

    at_once(met, meets)
    assert sum(payer.live.octo.injected().values()) > len(FAULTS)
    payer.live.octo.meets()


def is_mistyped(payer: Payer) -> None:
    """A card in every place where it does not belong, by itself and inside of other things."""
    order = payer.order()
    for number in (payer.card(), payer.visa()):
        spaced = " ".join(number[i : i + 4] for i in range(0, 16, 4))
        for text in (number, spaced, f"My card is {number}, please"):
            _misplaced(payer, order, text)
        for raw in (f'{{"card_number": "{number}"', f'{{"card_number": {number}}}', f'["{number}"]', f"card={number}"):
            payer.sends("POST", f"/api/orders/{order[0]}/payment/confirm/", raw=raw.encode())
        payer.sends("POST", f"/api/orders/{order[0]}/payment/confirm/", raw=number.encode(), Content_Type="text/plain")
        large = json.dumps({"card_number": number, "x": "y" * 70_000}).encode()
        payer.sends("POST", f"/api/orders/{order[0]}/payment/confirm/", raw=large)
        _in_the_address(payer, number)


def _misplaced(payer: Payer, order: tuple[str, str], text: str) -> None:
    key = f"key-{len(payer.heard)}"
    whole: Json = {"transaction_id": order[1], "card_number": "8600", "expire": "1240", "cardholder_name": "A B"}
    for name in (*whole, "cvc", "saved_card_id", "unheard_of"):
        payer.sends(
            "POST", f"/api/orders/{order[0]}/payment/confirm/", whole | {name: text}, Idempotency_Key=f"{key}{name}"
        )
    payer.sends("POST", f"/api/orders/{order[0]}/payment/confirm/", {text: "1"}, Idempotency_Key=f"{key}-name")
    payer.sends("POST", f"/api/orders/{order[0]}/payment/verify-otp/", {"transaction_id": order[1], "sms_key": text})
    items = [{"name": text, "quantity": 1, "price": "1.00"}]
    for body in (
        {"amount": 1, "description": text},
        {"items": items},
        {"amount": text},
        {"amount": 1, "currency": text},
    ):
        payer.sends("POST", "/api/orders/", body, Idempotency_Key=f"{key}{len(payer.heard)}")
    payer.sends("POST", f"/api/orders/{order[0]}/refunds/", {"reason": text}, Idempotency_Key=f"{key}refund")
    payer.sends(
        "POST", "/api/webhooks/endpoints/", {"url": f"https://shop.example/{text}"}, Idempotency_Key=f"{key}url"
    )


def _in_the_address(payer: Payer, number: str) -> None:
    payer.sends("GET", f"/api/orders/{number}/")
    payer.sends("GET", f"/api/orders/?reference={number}&after={number}")
    payer.sends("GET", f"/{number}")
    payer.sends("POST", "/api/orders/", {"amount": 1}, Idempotency_Key=number)
    payer.sends("POST", "/api/orders/", {"amount": 1}, X_Request_ID=number)
    payer.sends("POST", "/api/orders/", {"amount": 1}, Idempotency_Key=f"pay-{number}-1")
    payer.sends("GET", "/api/orders/", Authorization=f"Bearer {number}")
    basic = b64encode(f"{number}:{number}".encode()).decode()
    payer.sends("POST", "/api/auth/token/", {"grant_type": "client_credentials"}, Authorization=f"Basic {basic}")
    form = f"grant_type=client_credentials&client_id={number}&client_secret={number}&scope={number}"
    payer.sends("POST", "/api/auth/token/", raw=form.encode(), Content_Type="application/x-www-form-urlencoded")
    payer.sends("GET", "/api/orders/", Host=f"{number}.example")
    payer.sends("GET", "/api/orders/", Accept_Language=number, Origin=f"https://{number}.example", User_Agent=number)


def breaks_http(payer: Payer) -> None:
    """A body that the server takes for a request line, and headers that are none."""
    number = payer.card()
    cut = f"POST /api/orders/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}{json.dumps({'card_number': number})}\r\n\r\n"
    for raw in (cut, f"{number}\r\n\r\n", f"GET / HTTP/1.1\r\n{number}\r\n\r\n", f"GET / HTTP/{number}\r\n\r\n",
                f"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {number}\r\nTransfer-Encoding: {number}\r\n\r\n"):  # fmt: skip
        with (
            socket.create_connection(("127.0.0.1", payer.live.port), timeout=60) as connection,
            suppress(ConnectionError),  # a server that stops reading may cut the rest short
        ):
            connection.sendall(raw.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def is_called_back(payer: Payer) -> None:
    """OCTO's callbacks with a whole card number, rightly signed and not."""
    number = payer.card()
    order_id, transaction_id = payer.order()
    signature = hashlib.sha1(f"{octo.UNIQUE_KEY}{transaction_id}canceled".encode()).hexdigest().upper()
    for signed in (signature, "0" * 40):
        body = {
            "shop_transaction_id": f"{order_id}-1",
            "octo_payment_UUID": transaction_id,
            "status": "canceled",
            "signature": signed,
            "hash_key": "9b0d2a5c",
            "maskedPan": number,
            "pan": number,
            "card_type": f"of {number}",
            "rrn": number,
            "description": f"Paid with {number}",
        }
        payer.sends("POST", "/api/payments/notify/", body)
        payer.sends("POST", "/api/payments/notify/", raw=json.dumps(body)[:-1].encode())


FLOWS: Final[Mapping[str, Callable[[Payer], None]]] = {
    flow.__name__: flow
    for flow in (
        pays, pays_in_other_ways, is_refused, has_a_code_sent_again, saves_a_card, meets_faults, is_mistyped, breaks_http, is_called_back,
    )
}  # fmt: skip
