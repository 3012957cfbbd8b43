"""The stand-in for OCTO as a program of its own, and the steps of a payment at it."""

import json
from dataclasses import replace
from typing import Any, Final

import requests

from adapters.octo.cards import OctoCards
from adapters.octo.client import OctoGateway, OctoSettings
from domain.card import OneTimeCode
from domain.moves import Word
from domain.ports import Answered, CardAccepted
from domain.report import Report, Verification
from domain.transaction import PaymentTransaction
from tests.integration.octo.given import AT, TLS, a_card, a_customer, a_transaction, an_order

ORDER: Final = an_order(customer=a_customer())
RIGHT: Final = OneTimeCode("111111")
WRONG: Final = OneTimeCode("000000")


class Sandbox:
    """The program, and its control calls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()

    def control(self, method: str, path: str, body: object = None) -> Any:
        response = self.http.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=60)
        assert response.ok, response.text
        return response.json()

    def switch(self, **switches: object) -> None:
        self.control("PUT", "switches", switches)

    def fault(self, path: str, kind: str, **more: object) -> None:
        self.control("POST", "faults", {"path": path, "kind": kind, **more})

    def ledger(self, kind: str) -> list[float]:
        return [entry["amount"] for entry in self.control("GET", "ledger")["entries"] if entry["kind"] == kind]

    def debits(self) -> list[float]:
        return self.ledger("debit")

    def calls(self, call: str) -> int:
        return len(self.control("GET", f"calls?call={call}")["calls"])

    def faults_injected(self) -> int:
        return sum(fault["injected"] for fault in self.control("GET", "faults")["faults"])

    def callbacks(self) -> list[bytes]:
        return [json.dumps(callback["body"]).encode() for callback in self.control("GET", "callbacks")["callbacks"]]


def gateway(sandbox: Sandbox, **settings: Any) -> OctoCards:
    fast = {"deadline_seconds": 30, "breaker_failures": 1000} | settings
    return OctoCards(OctoSettings(api_url=sandbox.url, shop_id=4321, secret="shop-secret", **fast), tls=TLS)


def value(outcome: Any) -> Any:
    assert isinstance(outcome, Answered), outcome
    return outcome.value


def prepared(octo: OctoGateway, **changes: Any) -> PaymentTransaction:
    transaction = a_transaction(octo_transaction_id=None, verification=None, **changes)
    report: Report = value(octo.prepare(ORDER, transaction, AT))
    assert report.word is Word.CREATED
    return replace(transaction, octo_transaction_id=report.octo_transaction_id)


def awaiting_code(octo: OctoGateway, transaction: PaymentTransaction) -> PaymentTransaction:
    accepted: CardAccepted = value(octo.pay(ORDER, transaction, a_card()))
    assert accepted.verification
    found: Verification = value(octo.verification_info(transaction, AT))
    payment_id = found.payment_id or accepted.verification.payment_id
    return replace(transaction, verification=replace(found, payment_id=payment_id))


def status(octo: OctoGateway, transaction: PaymentTransaction) -> Report:
    report: Report = value(octo.read_status(transaction, AT))
    return report
