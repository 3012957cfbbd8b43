"""What a card tester and a guesser of codes see, and how an operator unlocks."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from entrypoints.operator_cli import limits_commands
from tests.fakes.gateway import denied
from tests.faults.record import counted
from tests.integration.http.shop import Api, card


@pytest.fixture(scope="module", autouse=True)
def every_test_is_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from counted(request, fault="F27", case="over HTTP", database="memory")


def declined(api: Api, order_id: str, times: int) -> None:
    transaction_id = api.initiated(order_id)
    api.world.gateway.script("pay", *[denied("14")] * times)
    for number in range(times):
        answer = confirmed(api, order_id, transaction_id, f"860049{number:010d}")
        assert (answer.status_code, answer.json["code"]) == (402, "card_declined")  # type: ignore[index]


def confirmed(api: Api, order_id: str, transaction_id: str, number: str) -> TestResponse:
    body = card(transaction_id, card_number=number)
    return api.post(f"/api/orders/{order_id}/payment/confirm/?language=en", body)


def test_a_fourth_card_is_a_429_that_says_when(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    declined(api, order_id, 3)
    answer = confirmed(api, order_id, transaction_id, "8600495473316478")

    assert (answer.status_code, answer.json["code"]) == (429, "too_many_cards")  # type: ignore[index]
    assert answer.headers["Retry-After"] == "86401"
    assert "no money was taken" in answer.json["detail"]  # type: ignore[index]
    assert api.world.gateway.count("pay") == 3


def test_two_hundred_cards_of_one_client_come_to_twenty(api: Api) -> None:
    api.world.gateway.script("pay", *[denied("14")] * 200)
    codes: list[int] = []
    for number in range(60):
        order_id = api.order()
        codes.append(confirmed(api, order_id, api.initiated(order_id), f"860049{number:010d}").status_code)

    assert codes == [402] * 20 + [429] * 40
    assert api.world.gateway.count("pay") == 20


def test_one_card_on_fifty_orders_comes_to_five(api: Api) -> None:
    codes: list[int] = []
    for _ in range(50):
        order_id = api.order()
        codes.append(confirmed(api, order_id, api.initiated(order_id), "8600495473316478").status_code)

    assert codes == [200] * 5 + [429] * 45


def test_twenty_wrong_codes_come_to_three(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    api.world.gateway.script("check_code", *[denied("-270")] * 20)
    body = {"transaction_id": transaction_id, "sms_key": "000000"}
    answers = [api.post(f"/api/orders/{order_id}/payment/verify-otp/", body) for _ in range(20)]

    assert [answer.status_code for answer in answers] == [422] * 3 + [429] * 17
    assert answers[-1].json["code"] == "too_many_codes"  # type: ignore[index]
    assert answers[-1].headers["Retry-After"]


def test_a_declined_card_is_told_in_the_same_words_whatever_the_reason(api: Api) -> None:
    codes = ("2", "14", "51", "-270", "4711")
    api.world.gateway.script("pay", *map(denied, codes))
    told: list[dict[str, object]] = []
    for number in range(len(codes)):
        order_id = api.order()
        answer = confirmed(api, order_id, api.initiated(order_id), f"860049{number:010d}").get_json()
        told.append(answer | {"request_id": None})

    assert all(answer == told[0] for answer in told)
    assert told[0]["code"] == "card_declined"


def test_an_operator_sees_what_is_locked_and_unlocks_it(api: Api) -> None:
    order_id = api.order()
    declined(api, order_id, 3)
    commands = limits_commands(api.world.limiting)
    for command in commands.commands.values():
        command.callback = getattr(command.callback, "__wrapped__", command.callback)
    listed = CliRunner().invoke(commands, ["locked"])
    unlocked = CliRunner().invoke(commands, ["unlock", order_id])
    again = CliRunner().invoke(commands, ["unlock", "order-99"])

    assert listed.output == f"cards_of_payment    {order_id}-1  2026-01-05 09:03 UTC\n"
    assert unlocked.exit_code == 0
    assert f"cards_of_payment of {order_id}-1 counts from nothing again." in unlocked.output
    assert again.exit_code == 1
    assert confirmed(api, order_id, api.initiated(order_id), "8600495473316478").status_code == 200
