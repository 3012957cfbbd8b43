"""Tokens for payers: good for the payment of one order, and shown none of OCTO's ids."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from werkzeug.test import TestResponse

from domain.transaction import Mode
from entrypoints.http.guard import is_guarded
from tests.fakes.gateway import denied, unknown
from tests.fakes.world import START, UZCARD, VISA
from tests.integration.http.shop import Api, client
from tests.integration.http.test_tokens import forged

STEPS = ("initiate", "confirm", "resend-otp", "verify-otp", "status", "cancel")


def payment(order_id: str, step: str) -> str:
    return f"/api/orders/{order_id}/payment/{step}/"


def token_of(api: Api, order_id: str) -> str:
    answer = api.post(f"/api/orders/{order_id}/payer-token/")
    assert answer.status_code == 200, answer.text
    token: str = answer.json["access_token"]  # type: ignore[index]
    return token


def payer_of(api: Api, order_id: str) -> Api:
    return Api(api.app, api.world, api.clients, api.keys, {"Authorization": f"Bearer {token_of(api, order_id)}"})


def card(number: str = UZCARD, **more: object) -> dict[str, object]:
    return {"card_number": number, "expire": "1240", "cardholder_name": "TEST USER"} | more


def ids(api: Api) -> Iterator[str]:
    for books in api.world.database.books:
        for t in books.transactions:
            yield from filter(None, [t.octo_transaction_id, t.verification and str(t.verification.payment_id)])


def shown(api: Api, answer: TestResponse) -> None:
    """Nothing in an answer may be one of OCTO's ids."""
    whole = answer.text + json.dumps(list(answer.headers))
    for known in ids(api):
        assert known not in whole


@pytest.fixture
def order_id(api: Api) -> str:
    return api.order()


@pytest.fixture
def payer(api: Api, order_id: str) -> Api:
    return payer_of(api, order_id)


def test_a_shop_gets_a_token_for_the_payer_of_an_order(api: Api, order_id: str) -> None:
    answer = api.post(f"/api/orders/{order_id}/payer-token/")

    assert answer.json is not None
    assert {name: value for name, value in answer.json.items() if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 1800,
        "scope": "payments:read payments:write",
        "order_id": order_id,
    }
    claims = jwt.decode(answer.json["access_token"], options={"verify_signature": False})
    assert (claims["order_id"], claims["exp"] - claims["iat"]) == (order_id, 1800)
    assert jwt.get_unverified_header(answer.json["access_token"])["typ"] == "payer+jwt"


def test_a_payer_pays_without_knowing_an_id(api: Api, payer: Api, order_id: str) -> None:
    answers = [
        payer.post(payment(order_id, "initiate")),
        payer.post(payment(order_id, "confirm"), card()),
        payer.get(payment(order_id, "status")),
        payer.post(payment(order_id, "verify-otp"), {"sms_key": "111111"}),
        payer.get(payment(order_id, "status")),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[-1].json["status"] == "success"  # type: ignore[index]
    assert len(list(ids(api))) == 2
    for answer in answers:
        shown(api, answer)


def test_a_payer_has_a_code_sent_again_and_withdraws(api: Api, payer: Api, order_id: str) -> None:
    payer.post(payment(order_id, "initiate"))
    payer.post(payment(order_id, "confirm"), card())
    api.world.clock.advance(seconds=31)
    answers = [
        payer.post(payment(order_id, "resend-otp"), {"card_number": UZCARD, "expire": "1240"}),
        payer.post(payment(order_id, "cancel")),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    for answer in answers:
        shown(api, answer)


def test_an_unknown_outcome_and_a_refusal_tell_a_payer_no_id_either(api: Api, payer: Api, order_id: str) -> None:
    payer.post(payment(order_id, "initiate"))
    api.world.gateway.script("pay", unknown())
    answers = [payer.post(payment(order_id, "confirm"), card())]
    answers.append(payer.post(payment(order_id, "confirm"), card("8600312345671234")))
    answers.append(payer.post(payment(order_id, "verify-otp"), {"sms_key": "111111"}))
    other = api.order()
    other_payer = payer_of(api, other)
    other_payer.post(payment(other, "initiate"))
    api.world.gateway.script("pay", denied("14"))
    answers.append(other_payer.post(payment(other, "confirm"), card(VISA, cvc="123")))

    assert [answer.status_code for answer in answers] == [202, 409, 409, 402]
    for answer in answers:
        shown(api, answer)
    assert answers[-1].json["facts"] == {"status": "prepared"}  # type: ignore[index]
    assert "detail_for_shop" not in answers[-1].json  # type: ignore[operator]


def test_a_superseded_payment_is_not_named_to_a_payer(api: Api, payer: Api, order_id: str) -> None:
    first = api.initiated(order_id)
    api.post(payment(order_id, "cancel"))
    second = api.initiated(order_id)
    to_payer = payer.post(payment(order_id, "confirm"), card(transaction_id=first))
    to_shop = api.post(payment(order_id, "confirm"), card(transaction_id=first))

    assert to_shop.json["facts"]["transaction_id"] == second  # type: ignore[index]
    assert to_payer.json["code"] == "transaction_superseded"  # type: ignore[index]
    assert second not in to_payer.text


def test_a_payer_is_shown_the_address_to_which_he_is_sent(api: Api, payer: Api, order_id: str) -> None:
    payer.post(payment(order_id, "initiate"))
    confirmed = payer.post(payment(order_id, "confirm"), card(VISA, cvc="123"))

    assert confirmed.json["verification_url"].startswith("https://")  # type: ignore[index]
    assert "payment_id" not in confirmed.json  # type: ignore[operator]


def test_a_payer_of_the_hosted_page_is_shown_it(api: Api) -> None:
    order_id = api.order(mode=Mode.REDIRECT.value)
    initiated = payer_of(api, order_id).post(payment(order_id, "initiate"))

    assert initiated.json["octo_pay_url"].startswith("https://")  # type: ignore[index]
    assert "transaction_id" not in initiated.json  # type: ignore[operator]


def test_a_shop_has_to_say_which_payment_it_means(api: Api, order_id: str) -> None:
    api.initiated(order_id)
    answer = api.post(payment(order_id, "confirm"), card())

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "transaction_id"  # type: ignore[index]
    assert answer.json["errors"][0]["code"] == "required"  # type: ignore[index]


@pytest.mark.parametrize("step", STEPS)
def test_a_payer_of_one_order_finds_no_other(api: Api, payer: Api, step: str) -> None:
    other = api.order()
    bodies = {
        "confirm": card(),
        "resend-otp": {"card_number": UZCARD, "expire": "1240"},
        "verify-otp": {"sms_key": "1111"},
    }
    path = payment(other, step)
    answer = payer.get(path) if step == "status" else payer.post(path, bodies.get(step))

    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")  # type: ignore[index]


def test_everything_but_the_payment_is_closed_to_a_payer(payer: Api, order_id: str) -> None:
    """Whatever there is, and whatever there will be: a route is closed to payers unless it says otherwise."""
    open_to_payers = [payment("<order_id>", step) for step in STEPS]
    closed = [
        (method, rule.rule.replace("<order_id>", order_id))
        for rule in payer.app.url_map.iter_rules()
        if is_guarded(payer.app, rule.endpoint) and rule.rule not in open_to_payers
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    for method, path in closed:
        answer = payer.http.open(path, method=method, headers=payer.headers)
        assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope")  # type: ignore[index]

    assert len(closed) >= 15


def test_a_payers_token_ends_after_half_an_hour(payer: Api, order_id: str) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=34), tick=False):
        assert payer.post(payment(order_id, "initiate")).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=36), tick=False):
        answer = payer.post(payment(order_id, "initiate"))

    assert (answer.status_code, answer.json["code"]) == (401, "token_expired")  # type: ignore[index]


def test_a_payers_token_ends_with_its_client(api: Api, payer: Api, order_id: str) -> None:
    api.clients.save(replace(client("shop"), disabled_at=START))

    assert payer.get(payment(order_id, "status")).status_code == 401


def test_a_token_for_the_payer_of_anothers_order_is_not_given(api: Api, order_id: str) -> None:
    other = api.another("other-shop")
    answer = other.post(f"/api/orders/{order_id}/payer-token/")

    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")  # type: ignore[index]


def test_a_payer_gets_no_token_for_himself(payer: Api, order_id: str) -> None:
    assert payer.post(f"/api/orders/{order_id}/payer-token/").status_code == 403


@pytest.mark.parametrize("claims", [{"order_id": ""}, {"order_id": None}, {"order_id": ["order-1"]}, {"order_id": 1}])
def test_a_payers_token_without_a_proper_order_is_refused(api: Api, order_id: str, claims: dict[str, Any]) -> None:
    token = forged(header={"typ": "payer+jwt"}, **claims)
    answer = api.get(payment(order_id, "status"), headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code in (401, 404)


def test_a_payers_answer_is_kept_apart_from_the_shops(api: Api, payer: Api, order_id: str) -> None:
    """Under the same Idempotency-Key the shop's answer, with its ids, must not come to the payer."""
    key = {"Idempotency-Key": "the-same-key"}
    to_shop = api.post(payment(order_id, "initiate"), headers=key)
    to_payer = payer.post(payment(order_id, "initiate"), headers=key)
    again = payer.post(payment(order_id, "initiate"), headers=key)

    assert "transaction_id" in to_shop.json  # type: ignore[operator]
    assert "Idempotent-Replayed" not in to_payer.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    shown(api, to_payer)
    shown(api, again)


def test_a_token_is_not_kept_for_an_idempotency_key(api: Api, order_id: str) -> None:
    answers = [api.post(f"/api/orders/{order_id}/payer-token/", headers={"Idempotency-Key": "key-1"}) for _ in range(2)]

    assert answers[0].json["access_token"] != answers[1].json["access_token"]  # type: ignore[index]
    assert "Idempotent-Replayed" not in answers[1].headers
    assert api.keys.claim("shop", "key-1", "anything", START) is None


def test_what_a_payer_does_is_written_down_as_the_payers(api: Api, payer: Api, order_id: str) -> None:
    payer.post(payment(order_id, "initiate"))
    events = api.get(f"/api/orders/{order_id}/payment/events/").get_json()["events"]

    assert events[-1]["actor"] == f"shop/payer of {order_id}"
