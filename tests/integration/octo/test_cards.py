"""bind_card, its code, its callback, block_card_token and paying by token: what goes out, and what the domain makes of the answers."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, strategies
from requests_mock import Mocker

from adapters.hashing import HmacCallbackSecrets
from adapters.octo.token_callback import OctoTokenReportReader
from domain.card import Card, CardToken, OneTimeCode, Scheme
from domain.card_moves import TokenWord
from domain.errors import MalformedCallback
from domain.ports import Bound, CardAccepted, Denied, Unknown
from domain.report import Verification, Way
from tests.integration.octo.examples import (
    BINDING,
    BINDING_AT_TOP,
    BLOCKED,
    BOUND_CODE_RIGHT,
    CODE_WRONG,
    PAID,
    SMS_PAGE,
    TOKEN_CALLBACK,
    VERIFICATION,
    WRONG_PARAMETERS,
    WRONG_PHONE,
)
from tests.integration.octo.given import (
    AT,
    BINDING_ID,
    CALLBACK_SECRET,
    NUMBER,
    SECRET,
    TOKEN,
    URLS,
    UUID,
    a_binding_request,
    a_card,
    a_customer,
    a_gateway,
    a_saved_card,
    a_token_card,
    a_transaction,
    an_order,
    last,
    outcome,
    sent,
    value,
)

CALLBACK: Final[dict[str, Any]] = json.loads(TOKEN_CALLBACK)


def read(**changes: Any) -> Any:
    body = {name: value for name, value in (CALLBACK | changes).items() if value is not ...}
    return OctoTokenReportReader().read(json.dumps(body).encode())


# ---- bind_card


def test_a_card_is_bound_with_its_phone_and_both_addresses(requests_mock: Mocker) -> None:
    value(requests_mock, "bind_card", BINDING)

    assert sent(requests_mock) == {
        "octo_shop_id": 4321,
        "octo_secret": SECRET,
        "shop_transaction_id": BINDING_ID,
        "pan": NUMBER,
        "exp": "2812",
        "phone": "998901112233",
        "method": "uzcard",
        "cardHolderName": "TEST USER",
        "notify_url": "https://pay.example/api/payments/notify/",
        "bind_notify_url": f"https://pay.example/api/cards/notify/card_1/{CALLBACK_SECRET}/",
        "return_url": "https://shop.example/cards/card_1/",
    }


def test_what_is_not_known_of_a_card_is_left_out_and_a_bank_cards_cvc_is_sent(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["bind_card"], text=BINDING)
    nameless = Card(number="4111111111111111", expire="1228", holder=None, cvc="123", today=AT.date())
    a_gateway().bind(a_saved_card(), nameless, a_binding_request())

    assert "cardHolderName" not in sent(requests_mock)
    assert (sent(requests_mock)["method"], sent(requests_mock)["cvc2"]) == ("bank_card", "123")


@pytest.mark.parametrize("answer", [BINDING, BINDING_AT_TOP])
def test_the_binding_has_octos_id(requests_mock: Mocker, answer: str) -> None:
    assert value(requests_mock, "bind_card", answer) == Bound(UUID, SMS_PAGE)


@pytest.mark.parametrize(
    "answer",
    [
        BINDING.replace(UUID, "no id"),
        BINDING.replace("card_1", "card_2"),
        BINDING.replace("created", "canceled"),
        '{"error": 0, "data": null}',
        '{"error": 4, "data": null}',
    ],
)
def test_a_binding_that_is_not_clear_is_unknown(requests_mock: Mocker, answer: str) -> None:
    assert isinstance(outcome(requests_mock, "bind_card", answer), Unknown)


@pytest.mark.parametrize("answer", [WRONG_PHONE, WRONG_PARAMETERS])
def test_a_binding_that_octo_refuses_is_denied(requests_mock: Mocker, answer: str) -> None:
    refused = outcome(requests_mock, "bind_card", answer)

    assert isinstance(refused, Denied)
    assert (refused.code, refused.message) == ("1", json.loads(answer)["errMessage"])


# ---- its code


def test_the_code_of_a_binding_is_asked_for_by_octos_id(requests_mock: Mocker) -> None:
    found = value(requests_mock, "binding_info", VERIFICATION)

    assert (last(requests_mock).method, last(requests_mock).body) == ("GET", None)
    assert found == Verification(Way.OTP, None, 912, phone="+998** *****27", code_until=AT + timedelta(seconds=120))


def test_where_get_is_not_served_it_is_a_post(requests_mock: Mocker) -> None:
    requests_mock.get(URLS["binding_info"], status_code=405)
    requests_mock.post(URLS["binding_info"], text=VERIFICATION)
    a_gateway().binding_info(a_saved_card(), AT)

    assert last(requests_mock).text == "{}"


def test_a_bindings_code_goes_out_with_credentials_and_octos_id(requests_mock: Mocker) -> None:
    value(requests_mock, "check_binding_code", BOUND_CODE_RIGHT)

    assert sent(requests_mock) == {
        "octo_shop_id": 4321,
        "octo_secret": SECRET,
        "smsKey": "048213",
        "paymentUUID": UUID,
        "verifyId": 912,
    }


def test_octos_other_path_for_the_code_can_be_set(requests_mock: Mocker) -> None:
    requests_mock.post("https://secure.octo.uz/bind_card/check_sms", text=BOUND_CODE_RIGHT)
    a_gateway(binding_code_path="/bind_card/check_sms").check_binding_code(a_saved_card(), OneTimeCode("048213"))

    assert requests_mock.call_count == 1


def test_a_wrong_code_of_a_binding_is_denied(requests_mock: Mocker) -> None:
    assert outcome(requests_mock, "check_binding_code", CODE_WRONG).code == "-270"


@pytest.mark.parametrize("missing", [{"verification": None}, {"octo_binding_id": None}])
def test_a_code_that_nobody_expects_is_not_sent(requests_mock: Mocker, missing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no code is expected|not confirmed"):
        a_gateway().check_binding_code(a_saved_card(**missing), OneTimeCode("048213"))
    assert requests_mock.call_count == 0


# ---- the token


def test_a_token_is_blocked(requests_mock: Mocker) -> None:
    value(requests_mock, "block_card_token", BLOCKED)

    assert sent(requests_mock) == {"octo_shop_id": 4321, "octo_secret": SECRET, "card_token": TOKEN}


def test_the_tokens_other_name_can_be_set(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["block_card_token"], text=BLOCKED)
    a_gateway(block_field="token").block(CardToken(TOKEN))

    assert sent(requests_mock) == {"octo_shop_id": 4321, "octo_secret": SECRET, "token": TOKEN}


def test_a_token_pays_without_credentials(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["pay_by_token"], text=PAID)
    a_gateway().pay_by_token(an_order(customer=a_customer()), a_transaction(), a_token_card())

    assert last(requests_mock).text == f'{{"card_token": "{TOKEN}", "method": "uzcard", "email": "client@example.com"}}'


def test_a_bank_cards_token_pays_with_its_cvc(requests_mock: Mocker) -> None:
    requests_mock.post(URLS["pay_by_token"], text=PAID)
    a_gateway().pay_by_token(an_order(), a_transaction(), a_token_card(Scheme.BANK_CARD, "123"))

    assert sent(requests_mock) == {"card_token": TOKEN, "cvc2": "123", "method": "bank_card"}


def test_with_a_token_a_code_may_still_be_asked_for(requests_mock: Mocker) -> None:
    assert value(requests_mock, "pay_by_token", PAID) == CardAccepted(
        Verification(Way.OTP, 7731, redirect_url=SMS_PAGE)
    )


def test_with_a_token_the_money_may_be_taken_at_once(requests_mock: Mocker) -> None:
    answer = PAID.replace('"status": "created"', '"status": "succeeded"')

    assert value(requests_mock, "pay_by_token", answer) == CardAccepted(None)


# ---- the callback


def test_of_a_callback_only_the_token_is_left() -> None:
    report = read()

    assert (report.saved_card_id, report.word) == ("card_1", TokenWord.ACTIVE)
    assert report.token.text == TOKEN
    assert not any(secret in repr(report) for secret in (NUMBER, "2812", "TEST USER", TOKEN))


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("active", TokenWord.ACTIVE),
        ("failed", TokenWord.FAILED),
        ("blocked", TokenWord.BLOCKED),
        ("init", TokenWord.OTHER),
        ("something_new", TokenWord.OTHER),
    ],
)
def test_the_words_of_a_token(status: str, word: TokenWord) -> None:
    assert read(status=status).word is word


@pytest.mark.parametrize("token", [None, ...])
def test_a_callback_may_come_without_a_token(token: object) -> None:
    assert read(status="failed", card_token=token).token is None


@pytest.mark.parametrize(
    "changes",
    [
        {"shop_transaction_id": ...},
        {"shop_transaction_id": 7},
        {"shop_transaction_id": ""},
        {"status": ...},
        {"status": ["active"]},
        {"status": "act ive"},
        {"card_token": 17},
        {"card_token": ""},
        {"card_token": "with a space"},
        {"card_token": "x" * 513},
        {"cardHolderName": "x" * 17_000},
    ],
)
def test_a_callback_of_another_form_is_refused_without_being_quoted(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedCallback) as refused:
        read(**changes)

    assert NUMBER not in f"{refused.value!r} {refused.value.facts}"
    assert refused.value.__cause__ is None


@given(
    strategies.binary() | strategies.text().map(str.encode) | strategies.sampled_from([b"[]", b"null", b"NaN", b"{}"])
)
def test_nothing_else_comes_out_of_the_reader_whatever_is_sent(raw: bytes) -> None:
    with pytest.raises(MalformedCallback):
        OctoTokenReportReader().read(raw)


# ---- the secret of its address


def test_each_binding_has_a_secret_of_its_own_that_old_keys_still_know() -> None:
    old, new = HmacCallbackSecrets(b"old" * 11), HmacCallbackSecrets(b"new" * 11, b"old" * 11)

    assert old.of("card_1") != old.of("card_2")
    assert len(old.of("card_1")) == 64
    assert new.of("card_1") != old.of("card_1")
    assert new.is_right("card_1", old.of("card_1"))
    assert new.is_right("card_1", new.of("card_1"))
    assert not old.is_right("card_1", new.of("card_1"))
    assert not new.is_right("card_2", new.of("card_1"))


@pytest.mark.parametrize("secret", ["", "x", "ключ", "\ud800", "0" * 64, "A" * 100_000])
def test_a_secret_that_is_none_is_not_right(secret: str) -> None:
    assert not HmacCallbackSecrets(b"key" * 11).is_right("card_1", secret)


# ---- what is kept


@pytest.mark.parametrize(
    "call", ["bind_card", "binding_info", "check_binding_code", "block_card_token", "pay_by_token"]
)
def test_nothing_secret_is_kept_of_a_call(requests_mock: Mocker, call: str) -> None:
    secrets = (NUMBER, "2812", "048213", TOKEN, SECRET, CALLBACK_SECRET)
    quoting = {"error": -5, "errMessage": f"no: {' '.join(secrets)}", "card_token": TOKEN, "pan": NUMBER}
    quoting["data"] = {"details": {"cardInfo": {"saveToken": TOKEN}}, "card_token": TOKEN, "notify_url": TOKEN}
    exchange = outcome(requests_mock, call, json.dumps(quoting)).exchange
    request, response = json.dumps(exchange.request), json.dumps(exchange.response)

    assert not any(secret in request for secret in secrets)
    assert NUMBER not in response
    known = {
        "bind_card": (SECRET, "2812", CALLBACK_SECRET),
        "check_binding_code": (SECRET, "048213"),
        "block_card_token": (SECRET, TOKEN),
        "pay_by_token": (TOKEN,),
    }
    assert not any(secret in response for secret in known.get(call, ()))


def test_of_a_bound_card_first_six_and_last_four_are_kept(requests_mock: Mocker) -> None:
    exchange = outcome(requests_mock, "bind_card", WRONG_PHONE).exchange

    assert exchange.request == {
        "octo_shop_id": 4321,
        "shop_transaction_id": "card_1",
        "method": "uzcard",
        "pan": "860049******6478",
    }


def test_what_is_about_to_leave_does_not_print_its_secrets() -> None:
    printed = f"{a_card()!r} {a_token_card()!r} {CardToken(TOKEN)!r} {a_binding_request()!r}"
    printed += repr(replace(a_saved_card(), token_sealed=TOKEN))

    assert not any(secret in printed for secret in (NUMBER, TOKEN, CALLBACK_SECRET))
