"""Cards that OCTO keeps, at the stand-in, over real sockets: bound, proved, paid with and blocked."""

import re
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from adapters.octo.cards import OctoCards
from adapters.octo.token_callback import OctoTokenReportReader
from domain.card import Card, CardToken, OneTimeCode, Scheme, TokenCard
from domain.card_moves import TokenWord
from domain.moves import Word
from domain.order import Owner
from domain.ports import Bound, CardAccepted, Denied, TokenReport
from domain.saved_card import SavedCard, SavedCardId
from tests.integration.octo.given import AT, NUMBER, a_binding_request, a_card
from tests.integration.octo.stand_in import ORDER, RIGHT, WRONG, Sandbox, gateway, prepared, status, value

VISA = "4111111111111111"


class Shop:
    """The shop's own address, where OCTO's callbacks arrive, and its client."""

    def __init__(self, sandbox: Sandbox, server: HTTPServer) -> None:
        self.sandbox = sandbox
        self.server = server
        self.received: list[bytes] = []
        self.paths: list[str] = []
        server.expect_request(re.compile("/api/cards/notify/")).respond_with_handler(self._receive)
        self.request = replace(a_binding_request(), callback_url=server.url_for("/api/cards/notify/card_1"))

    def _receive(self, request: Request) -> Response:
        self.paths.append(request.path)
        self.received.append(request.get_data())
        return Response('{"status": "success"}', content_type="application/json")

    def client(self, **settings: Any) -> OctoCards:
        return gateway(self.sandbox, **settings)

    def bound(self, octo: OctoCards, number: str = NUMBER) -> SavedCard:
        card = a_card(number, cvc="123" if number == VISA else None)
        saved = begun(card)
        binding: Bound = value(octo.bind(saved, card, self.request))
        return saved.bound(binding.octo_binding_id, binding.page)

    def awaiting_code(self, octo: OctoCards, number: str = NUMBER) -> SavedCard:
        saved = self.bound(octo, number)
        return saved.verified(saved.turn, value(octo.binding_info(saved, AT)))

    def reports(self) -> list[TokenReport]:
        self.sandbox.control("POST", "callbacks/deliver", {})
        return [OctoTokenReportReader().read(raw) for raw in self.received]

    def token(self, octo: OctoCards) -> CardToken:
        value(octo.check_binding_code(self.awaiting_code(octo), RIGHT))
        token = self.reports()[-1].token
        assert token is not None
        return token


@pytest.fixture
def shop(sandbox: Sandbox, httpserver: HTTPServer) -> Shop:
    return Shop(sandbox, httpserver)


def begun(card: Card) -> SavedCard:
    return SavedCard.begun(
        SavedCardId("card_1"),
        Owner("shop", "clerk"),
        "u-1",
        scheme=card.scheme,
        first6=card.first6,
        last4=card.last4,
        at=AT,
    )


@pytest.mark.parametrize("payload", ["both", "data", "top_level"])
def test_a_card_is_bound_proved_and_given_a_token(shop: Shop, payload: str) -> None:
    shop.sandbox.switch(bind_payload=payload)
    octo = shop.client()
    saved = shop.awaiting_code(octo)
    value(octo.check_binding_code(saved, RIGHT))
    (report,) = shop.reports()

    assert saved.verification is not None
    assert saved.verification.seconds_left(AT) == 120
    assert (report.saved_card_id, report.word) == ("card_1", TokenWord.ACTIVE)
    assert report.token is not None
    assert (shop.sandbox.debits(), shop.sandbox.ledger("refund")) == ([1000.0], [1000.0])


def test_the_callback_carries_a_whole_card_number_of_which_nothing_is_left(shop: Shop) -> None:
    shop.sandbox.switch(bind_callback_pan="full")
    octo = shop.client()
    shop.token(octo)
    (raw,) = shop.received

    assert NUMBER.encode() in raw
    assert NUMBER not in repr(OctoTokenReportReader().read(raw))


def test_it_goes_to_the_address_that_only_octo_was_told(shop: Shop) -> None:
    octo = shop.client()
    shop.token(octo)

    assert [shop.server.url_for(path) for path in shop.paths] == [shop.request.bind_notify_url]


def test_a_code_may_be_wrong_twice_and_the_third_time_ends_it(shop: Shop) -> None:
    octo = shop.client()
    saved = shop.awaiting_code(octo)
    outcomes = [octo.check_binding_code(saved, WRONG) for _ in range(3)]

    assert all(isinstance(outcome, Denied) for outcome in outcomes)
    assert [report.word for report in shop.reports()] == [TokenWord.FAILED]
    assert shop.reports()[0].token is None


@pytest.mark.parametrize("last4", ["0051", "0054", "0062"])
def test_a_card_that_the_bank_refuses_is_denied(shop: Shop, last4: str) -> None:
    octo = shop.client()
    card = a_card(f"860049547331{last4}")

    assert isinstance(octo.bind(begun(card), card, shop.request), Denied)
    assert shop.sandbox.control("GET", "bindings")["bindings"] == []


def test_a_repeat_of_the_same_binding_is_one_binding(shop: Shop) -> None:
    octo = shop.client()

    assert shop.bound(octo).octo_binding_id == shop.bound(octo).octo_binding_id


def test_a_bank_card_is_proved_on_its_page(shop: Shop) -> None:
    saved = shop.bound(shop.client(), VISA)

    assert saved.verification_url is not None
    assert saved.verification_url.startswith(shop.sandbox.url)


@pytest.mark.parametrize(("path", "setting"), [("check_sms_key", "check_sms_key"), ("check_sms", "check_sms")])
def test_the_code_on_either_path(shop: Shop, path: str, setting: str) -> None:
    shop.sandbox.switch(bind_check_path=path)
    octo = shop.client(binding_code_path=f"/bind_card/{setting}")

    value(octo.check_binding_code(shop.awaiting_code(octo), RIGHT))


def test_a_token_pays_with_a_code(shop: Shop) -> None:
    octo = shop.client()
    token = shop.token(octo)
    transaction = prepared(octo)
    accepted: CardAccepted = value(octo.pay_by_token(ORDER, transaction, TokenCard(token, Scheme.UZCARD, None)))
    assert accepted.verification
    check = value(octo.verification_info(transaction, AT))
    transaction = replace(transaction, verification=replace(check, payment_id=accepted.verification.payment_id))
    value(octo.check_code(transaction, RIGHT))

    assert status(octo, transaction).word is Word.SUCCEEDED
    assert shop.sandbox.debits() == [1000.0, 185000.0]


def test_a_token_pays_at_once(shop: Shop) -> None:
    shop.sandbox.switch(token_otp="none")
    octo = shop.client()
    token = shop.token(octo)
    transaction = prepared(octo)
    accepted = value(octo.pay_by_token(ORDER, transaction, TokenCard(token, Scheme.UZCARD, None)))

    assert accepted == CardAccepted(None)
    assert status(octo, transaction).word is Word.SUCCEEDED


@pytest.mark.parametrize("field", ["card_token", "token", "both"])
@pytest.mark.parametrize("payload", ["both", "data", "top_level"])
def test_a_blocked_token_pays_nothing(shop: Shop, field: str, payload: str) -> None:
    shop.sandbox.switch(block_token_field=field, block_token_payload=payload)
    octo = shop.client(block_field="token" if field == "token" else "card_token")
    token = shop.token(octo)
    for _ in range(2):
        value(octo.block(token))

    refused = octo.pay_by_token(ORDER, prepared(octo), TokenCard(token, Scheme.UZCARD, None))
    assert isinstance(refused, Denied)


def test_a_token_that_octo_does_not_know_is_denied(shop: Shop) -> None:
    assert isinstance(shop.client().block(CardToken("nothing")), Denied)


@pytest.mark.parametrize("kind", ["http_503_after", "reset_after", "html_after", "error_4_after"])
def test_a_binding_whose_answer_was_lost_is_sent_once_and_not_known(shop: Shop, kind: str) -> None:
    shop.sandbox.fault("bind_card", kind)
    octo = shop.client()
    card = a_card()
    outcome: Any = octo.bind(begun(card), card, shop.request)

    assert type(outcome).__name__ == "Unknown"
    assert shop.sandbox.calls("bind_card") == 1


@pytest.mark.parametrize("kind", ["http_503_after", "reset_before"])
def test_blocking_may_be_repeated(shop: Shop, kind: str) -> None:
    octo = shop.client()
    token = shop.token(octo)
    shop.sandbox.fault("block_card_token", kind)
    value(octo.block(token))

    assert shop.sandbox.calls("block_card_token") == 2


def test_the_sandboxs_sms_has_the_code(shop: Shop) -> None:
    shop.sandbox.switch(otp="random")
    octo = shop.client()
    saved = shop.awaiting_code(octo)
    sms = shop.sandbox.control("GET", "payments/card_1/sms")

    value(octo.check_binding_code(saved, OneTimeCode(sms["code"])))
    assert shop.reports()[0].word is TokenWord.ACTIVE
