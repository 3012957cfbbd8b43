"""prepare_payment: what is checked, in which order, and what a repeat or a read answers."""

from typing import Any

import pytest

Json = dict[str, Any]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"total_sum": NaN}', b"\xff", b"octo_shop_id=4321", b'{"x": "\\ud800"}']
)
def test_what_is_not_a_json_object_is_error_1(octo: Any, body: bytes) -> None:
    assert octo.post("/prepare_payment", body)["error"] == 1


def test_missing_parameters_are_named_as_octo_names_them_before_the_shop_is_looked_up(octo: Any) -> None:
    request = octo.request(octo_secret="other", currency=None, init_time=" ")

    answer = octo.post("/prepare_payment", request)

    assert answer["error"] == 1
    assert answer["errMessage"] == "Wrong params: [currency, initTime] must not be null or blank"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"octo_shop_id": 1, "currency": "EUR"}, 2),
        ({"octo_secret": "other", "currency": "EUR"}, 2),
        ({"currency": "EUR"}, 6),
        ({"currency": "EUR", "payment_methods": [{"method": "qiwi"}]}, 6),
        ({"payment_methods": [{"method": "qiwi"}]}, 7),
        ({"basket": [{"position_desc": "Tea", "count": 2, "price": 92500.01}]}, 3),
        ({"auto_capture": False, "notify_url": None}, 9),
        ({"total_sum": 0}, 1),
        ({"total_sum": -5}, 1),
        ({"total_sum": 0.001}, 1),
        ({"total_sum": True}, 1),
        ({"total_sum": "1e999999999"}, 1),
        ({"init_time": "2026-01-05T14:03:27Z"}, 1),
        ({"auto_capture": "yes"}, 1),
        ({"ttl": 0}, 1),
        ({"payment_methods": ["uzcard"]}, 1),
        ({"basket": [{"position_desc": "Tea", "count": 2}]}, 1),
    ],
)
def test_refusals(octo: Any, changes: Json, error: int) -> None:
    answer = octo.post("/prepare_payment", octo.request(**changes))

    assert (answer["error"], answer["data"]) == (error, None)
    assert octo.get("/sandbox/payments") == {"payments": []}


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"octo_shop_id": "4321"}, 185000),
        ({"total_sum": "20540.00"}, 20540),
        ({"total_sum": 0.1}, 0.1),
        ({"basket": [{"position_desc": "Tea", "count": 2, "price": 92500}]}, 185000),
        ({"payment_methods": None, "description": "Чай № 1", "test": None}, 185000),
    ],
)
def test_accepted_variants(octo: Any, changes: Json, total: float) -> None:
    assert octo.post("/prepare_payment", octo.request(**changes))["data"]["total_sum"] == total


def test_unknown_shop_has_its_own_text(octo: Any) -> None:
    assert octo.post("/prepare_payment", octo.request(octo_shop_id=1))["errMessage"] == "no_shop_found"


def test_repeat_ignores_everything_but_the_id(octo: Any) -> None:
    uuid = octo.prepare()

    again = octo.post("/prepare_payment", octo.request(total_sum=1, currency="EUR"))

    assert again["error"] == 0
    assert again["data"]["octo_payment_UUID"] == uuid
    assert again["data"]["total_sum"] == 185000


def test_repeat_as_error_1_with_data(octo: Any) -> None:
    uuid = octo.prepare()
    octo.switch(prepare_repeat="error_1")

    again = octo.post("/prepare_payment", octo.request())

    assert again["error"] == 1
    assert again["errMessage"] == "This payment was created by previous request"
    assert again["data"]["octo_payment_UUID"] == uuid
    assert again["octo_pay_url"]
    assert octo.status()["error"] == 0


def test_status_can_be_read_once_a_second_per_payment(octo: Any, clock: Any) -> None:
    octo.prepare()
    octo.prepare(shop_transaction_id="other")

    assert octo.status()["data"]["status"] == "created"
    assert octo.status("other")["error"] == 0
    clock.advance(0.9)
    refused = octo.status()
    assert (refused["error"], refused["errMessage"]) == (11, "Requests too often. Minimum delay is 1 second")
    clock.advance(0.1)
    assert octo.status()["error"] == 0


def test_status_of_an_unknown_payment(octo: Any) -> None:
    answer = octo.status("never-heard-of")

    assert answer["error"] == 1
    assert answer["errMessage"] == (
        "Wrong params: [totalSum, currency, description, initTime] must not be null or blank"
    )


def test_status_read_needs_the_secret(octo: Any) -> None:
    octo.prepare()
    request = {"octo_shop_id": 4321, "octo_secret": "other", "shop_transaction_id": "ORD-20260105-00017"}

    assert octo.post("/prepare_payment", request)["error"] == 2


def test_unpaid_payment_dies_at_its_ttl(octo: Any, clock: Any) -> None:
    octo.prepare(ttl=1)
    clock.advance(59.9)
    assert octo.status()["data"]["status"] == "created"
    clock.advance(1)
    assert octo.status()["data"]["status"] == "canceled"
    assert octo.post("/prepare_payment", octo.request())["data"]["status"] == "canceled"


def test_ttl_defaults_to_15_minutes(octo: Any, clock: Any) -> None:
    octo.prepare(ttl=None)
    clock.advance(15 * 60 - 1)
    assert octo.state() == "created"
    clock.advance(1)
    assert octo.state() == "canceled"


@pytest.mark.parametrize(("place", "has_data", "has_top"), [("data", True, False), ("top_level", False, True)])
def test_payload_in_one_place_only(octo: Any, place: str, has_data: bool, has_top: bool) -> None:
    octo.switch(prepare_payload=place)

    answer = octo.post("/prepare_payment", octo.request())

    assert ("data" in answer, "octo_payment_UUID" in answer) == (has_data, has_top)


@pytest.mark.parametrize(
    ("switches", "changes", "error"),
    [
        ({"shop_status": "test_only"}, {"test": False}, 5),
        ({"shop_status": "test_only"}, {"test": True}, 0),
        ({"tsp_id": "required"}, {}, 13),
        ({"tsp_id": "required"}, {"tsp_id": 5}, 0),
        ({"notify_url": "required"}, {"notify_url": None}, 1),
        ({"user_data": "refused"}, {"user_data": {"user_id": "1", "phone": "998901112233", "email": "a@b.uz"}}, 10),
        ({"user_data": "whole"}, {"user_data": {"user_id": "1", "phone": "998901112233"}}, 1),
        ({"currencies": ["UZS"]}, {"currency": "USD"}, 6),
        ({"auto_capture_default": False}, {"auto_capture": None, "notify_url": None}, 9),
    ],
)
def test_switched_rules(octo: Any, switches: Json, changes: Json, error: int) -> None:
    octo.switch(**switches)

    assert octo.post("/prepare_payment", octo.request(**changes))["error"] == error


@pytest.mark.parametrize(("value", "expected"), [("null", None), ("empty", ""), ("missing", "absent")])
def test_message_of_a_success(octo: Any, value: str, expected: object) -> None:
    octo.switch(success_message=value)

    assert octo.post("/prepare_payment", octo.request()).get("errMessage", "absent") == expected
