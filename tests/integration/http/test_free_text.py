"""A card number where it does not belong is refused or replaced before it is stored, shown or logged."""

import pytest

from tests.integration.http.shop import Api

CARDS = [
    "8600495473316478",
    "4111 1111 1111 1111",
    "my card: 4111-1111-1111-1111, thanks",
    "A-4111111111111111-1",
    "86004954.73316478",
    "８６００４９５４７３３１６４７８",
    "٨٦٠٠٤٩٥٤٧٣٣١٦٤٧٨",
]


@pytest.mark.parametrize("text", CARDS)
@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/api/orders/", "description", {"amount": 1}),
        ("/api/orders/order-1/refunds/", "reason", {}),
        ("/api/webhooks/endpoints/", "url", {}),
    ],
)
def test_what_people_write_freely_holds_no_card(
    api: Api, text: str, path: str, field: str, body: dict[str, object]
) -> None:
    answer = api.post(f"{path}?language=en", body | {field: text})

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {"field": field, "code": "holds_card", "detail": "A card number does not belong here."}
    ]


def test_a_customers_email_holds_no_card(api: Api) -> None:
    customer = {"user_id": "17", "phone": "998901112233", "email": f"{CARDS[0]}@example.uz"}
    answer = api.post("/api/orders/", {"amount": 1, "customer": customer})

    assert [(e["field"], e["code"]) for e in answer.get_json()["errors"]] == [("customer.email", "holds_card")]


def test_the_name_of_an_item_holds_no_card(api: Api) -> None:
    answer = api.post("/api/orders/", {"items": [{"name": CARDS[0], "quantity": 1, "price": 1}]})

    assert [error["field"] for error in answer.get_json()["errors"]] == ["items.0.name"]


@pytest.mark.parametrize(
    "text", ["Order 17 of 2026-01-05", "Tel. 998 90 111 22 33", "1767603807123", "SPIC 00305001001000000"]
)
def test_other_numbers_may_be_written(api: Api, text: str) -> None:
    assert api.post("/api/orders/", {"amount": 1, "description": text}).status_code == 201


@pytest.mark.parametrize("card", ["8600495473316478", "pay-4111111111111111-1"])
def test_no_idempotency_key_holds_a_card(api: Api, card: str) -> None:
    answer = api.post("/api/orders/", {"amount": 1}, headers={"Idempotency-Key": card})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_invalid")


def test_no_request_id_holds_a_card(api: Api) -> None:
    answer = api.post("/api/orders/", {"amount": 1}, headers={"X-Request-ID": "4111111111111111"})

    assert answer.status_code == 201
    assert answer.headers["X-Request-ID"] != "4111111111111111"


@pytest.mark.parametrize("name", ["8600495473316478", "card_4111111111111111"])
def test_a_field_that_is_named_like_a_card_is_not_named_back(api: Api, name: str) -> None:
    answer = api.post("/api/orders/", {"amount": 1, name: 1})

    assert [(e["field"], e["code"]) for e in answer.get_json()["errors"]] == [("?", "unknown_field")]
