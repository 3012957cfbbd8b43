"""The outer wall: an address that guesses secrets waits, one that succeeds never does; callbacks only where nobody signs them."""

import pytest
from werkzeug.test import TestResponse

from domain.moves import Word
from entrypoints.http.app import create_app
from entrypoints.http.services import services_of
from entrypoints.settings import Settings
from tests.integration.http.shop import ENVIRONMENT, SECRET, Api
from tests.integration.http.test_payers import payer_of

FORM = {"grant_type": "client_credentials", "client_id": "shop"}


@pytest.fixture
def walled(visitor: Api) -> Api:
    return behind_a_wall(visitor)


def behind_a_wall(visitor: Api, **environment: str) -> Api:
    few = {"TOKEN_FAILURES_PER_MINUTE": "3", "UNSIGNED_CALLBACKS_PER_MINUTE": "3", "TRUSTED_PROXIES": "1"}
    few |= {"PAYER_REQUESTS_PER_MINUTE": "3"}
    app = create_app(services_of(visitor.app), Settings.from_env(ENVIRONMENT | few | environment))
    return Api(app, visitor.world, visitor.clients, visitor.keys)


def shown(api: Api, secret: str, address: str = "203.0.113.7") -> int:
    return asked(api, secret, address)[0]


def asked(api: Api, secret: str, address: str) -> tuple[int, str]:
    answer = api.http.post(
        "/api/auth/token/", data=FORM | {"client_secret": secret}, headers={"X-Forwarded-For": address}
    )
    return checked(answer).status_code, answer.text


def told(api: Api, address: str = "203.0.113.7") -> int:
    """Of a callback."""
    sent = {"status": "succeeded"}
    return checked(api.http.post("/api/payments/notify/", json=sent, headers={"X-Forwarded-For": address})).status_code


def checked(answer: TestResponse) -> TestResponse:
    if answer.status_code == 429:
        assert answer.get_json()["code"] == "too_many_requests"
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
    return answer


def test_the_fourth_wrong_secret_in_a_minute_is_not_even_looked_at(walled: Api) -> None:
    assert [shown(walled, "guess") for _ in range(5)] == [401, 401, 401, 429, 429]
    assert shown(walled, SECRET) == 429


def test_another_address_does_not_wait(walled: Api) -> None:
    for _ in range(4):
        shown(walled, "guess")

    assert shown(walled, SECRET, "198.51.100.1") == 200


def test_whoever_has_the_right_secret_never_waits_for_himself(walled: Api) -> None:
    assert {shown(walled, SECRET) for _ in range(20)} == {200}


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7:41001", "203.0.113.7:41002", True),
        ("[2001:db8:1:2::1]:41001", "2001:db8:1:2::2", True),
        ("unknown", "203.0.113.7", False),
    ],
)
def test_whoever_has_an_ipv6_address_has_its_network_and_a_port_is_no_part_of_one(
    walled: Api, first: str, second: str, are_one: bool
) -> None:
    for _ in range(4):
        shown(walled, "guess", first)

    assert shown(walled, SECRET, first) == 429
    assert shown(walled, SECRET, second) == (429 if are_one else 200)


def test_callbacks_that_nobody_signs_are_taken_at_a_limited_rate(walled: Api) -> None:
    transaction = walled.world.initiate(walled.world.order())
    walled.world.callback(transaction, Word.SUCCEEDED, verified=False)

    assert [told(walled) for _ in range(5)] == [200, 200, 200, 429, 429]
    assert told(walled, "198.51.100.1") == 200


def test_octo_is_never_told_to_wait_where_it_signs(visitor: Api) -> None:
    """Forged ones from the same address change nothing about that."""
    signing = behind_a_wall(visitor, OCTO_UNIQUE_KEY="unique")
    signing.world.reader.forged = True
    forged = {told(signing) for _ in range(10)}
    signing.world.reader.forged = False
    transaction = signing.world.initiate(signing.world.order())
    signing.world.callback(transaction, Word.SUCCEEDED)

    assert forged == {403}
    assert {told(signing) for _ in range(10)} == {200}


def test_the_payers_of_one_order_come_so_many_times_a_minute_and_nobody_else_waits_for_them(walled: Api) -> None:
    shop = walled.another("crowded")
    order_id, other_id = shop.order(), shop.order()
    path = f"/api/orders/{order_id}/payment"
    payer, other = payer_of(shop, order_id), payer_of(shop, other_id)
    payer.post(f"{path}/initiate/", headers={"Idempotency-Key": "first"})
    answers = [checked(payer.get(f"{path}/status/")).status_code for _ in range(4)]
    late = checked(payer.post(f"{path}/initiate/", headers={"Idempotency-Key": "late"}))

    assert (answers, late.status_code) == ([200, 200, 429, 429], 429)
    assert checked(other.post(f"/api/orders/{other_id}/payment/initiate/")).status_code == 200
    assert shop.get(f"{path}/status/").status_code == 200


def test_a_stranger_to_an_order_does_not_use_up_its_payers_turns(walled: Api) -> None:
    shop = walled.another("crowded")
    order_id, other_id = shop.order(), shop.order()
    other = payer_of(shop, other_id)
    strange = {other.get(f"/api/orders/{order_id}/payment/status/").status_code for _ in range(5)}

    assert strange == {404}
    assert payer_of(shop, order_id).post(f"/api/orders/{order_id}/payment/initiate/").status_code == 200
