"""/api/orders/ over HTTP."""

import pytest

from tests.integration.http.shop import Api

TEA = {"name": "Tea", "quantity": 2, "price": "92500.00"}
CUSTOMER = {"user_id": "u-1", "phone": "+998 90 111 22 33", "email": "payer@example.com"}


def test_an_order_is_created_and_told_back_as_it_is(api: Api) -> None:
    answer = api.post(
        "/api/orders/",
        {
            "amount": "185000.00",
            "currency": "UZS",
            "items": [TEA],
            "reference": "17",
            "description": "Choy, 2 dona",
            "customer": CUSTOMER,
        },
    )

    assert answer.status_code == 201
    assert answer.json == {
        "id": "order-1",
        "status": "awaiting_payment",
        "amount": "185000.00",
        "currency": "UZS",
        "reference": "17",
        "description": "Choy, 2 dona",
        "items": [TEA],
        "customer": CUSTOMER | {"phone": "998901112233"},
        "mode": "own_page",
        "capture": "automatic",
        "test": True,
        "created_at": "2026-01-05T09:03:27.000Z",
        "cancelled_at": None,
    }
    assert answer.headers["Location"] == "/api/orders/order-1/"


@pytest.mark.parametrize("path", ["/api/orders", "/api/orders/"])
def test_paths_work_with_and_without_the_trailing_slash(api: Api, path: str) -> None:
    created = api.post(path, {"amount": 10})
    listed = api.get(path)

    assert created.status_code == 201
    assert listed.status_code == 200


@pytest.mark.parametrize(
    ("amount", "told"),
    [("185000", "185000.00"), ("0.01", "0.01"), (185000, "185000.00"), (185000.5, "185000.50"), ("1.10", "1.10")],
    ids=repr,
)
def test_an_amount_is_a_string_or_a_number(api: Api, amount: object, told: str) -> None:
    answer = api.post("/api/orders/", {"amount": amount})

    assert answer.status_code == 201
    assert answer.json is not None and answer.json["amount"] == told


def test_a_number_is_read_as_it_is_written_and_never_through_binary(api: Api) -> None:
    exact = b'{"amount": 999999999999.99}'
    answer = api.post("/api/orders/", data=exact, content_type="application/json")

    assert answer.json is not None and answer.json["amount"] == "999999999999.99"


def test_an_order_may_be_made_of_items_alone(api: Api) -> None:
    answer = api.post("/api/orders/", {"items": [TEA, TEA]})

    assert answer.json is not None and answer.json["amount"] == "370000.00"


def test_null_says_the_same_as_absent(api: Api) -> None:
    optional = dict.fromkeys(("items", "reference", "description", "customer"))
    answer = api.post("/api/orders/", {"amount": "1.00"} | optional)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"amount": "1.001"}, "amount", "too_many_decimals"),
        ({"amount": 1.001}, "amount", "too_many_decimals"),
        ({"amount": "1.00000000000000000000000000000001"}, "amount", "too_many_decimals"),
        ({"amount": "0"}, "amount", "out_of_range"),
        ({"amount": -5}, "amount", "out_of_range"),
        ({"amount": "-5"}, "amount", "wrong_format"),
        ({"amount": "1e3"}, "amount", "wrong_format"),
        ({"amount": "1,50"}, "amount", "wrong_format"),
        ({"amount": "NaN"}, "amount", "wrong_format"),
        ({"amount": "١٢"}, "amount", "wrong_format"),
        ({"amount": "1" * 41}, "amount", "out_of_range"),
        ({"amount": 10**12}, "amount", "out_of_range"),
        ({"amount": True}, "amount", "wrong_type"),
        ({"amount": [1]}, "amount", "wrong_type"),
        ({"amount": {"value": 1}}, "amount", "wrong_type"),
        ({"amount": 1, "currency": 860}, "currency", "wrong_type"),
        ({"amount": 1, "currency": None}, "currency", "required"),
        ({"amount": 1, "currency": "EUR"}, "currency", "currency_not_supported"),
        ({"amount": 1, "total": 1}, "total", "unknown_field"),
        ({"amount": 1, "reference": "x" * 65}, "reference", "wrong_length"),
        ({"amount": 1, "reference": ""}, "reference", "wrong_length"),
        ({"amount": 1, "reference": "a\nb"}, "reference", "wrong_format"),
        ({"amount": 1, "reference": "a\u0000b"}, "reference", "wrong_format"),
        ({"amount": 1, "reference": "\ud800"}, "reference", "wrong_format"),
        ({"amount": 1, "reference": 17}, "reference", "wrong_type"),
        ({"amount": 1, "items": []}, "items", "wrong_length"),
        ({"amount": 1, "items": [TEA] * 101}, "items", "wrong_length"),
        ({"amount": 1, "items": {"0": TEA}}, "items", "wrong_type"),
        ({"items": ["tea"]}, "items.0", "wrong_type"),
        ({"items": [TEA | {"quantity": "2"}]}, "items.0.quantity", "wrong_type"),
        ({"items": [TEA | {"quantity": 2.0}]}, "items.0.quantity", "wrong_type"),
        ({"items": [TEA | {"quantity": True}]}, "items.0.quantity", "wrong_type"),
        ({"items": [TEA | {"quantity": 0}]}, "items.0.quantity", "out_of_range"),
        ({"items": [TEA, TEA | {"price": "1.001"}]}, "items.1.price", "too_many_decimals"),
        ({"items": [TEA | {"sku": "1"}]}, "items.0.sku", "unknown_field"),
        ({"items": [{"name": "Tea", "quantity": 1}]}, "items.0.price", "required"),
        ({"amount": "1.00", "items": [TEA]}, "items", "items_do_not_add_up"),
        ({}, "amount", "invalid_amount"),
        ({"amount": 1, "customer": {"user_id": "u", "phone": "998901112233"}}, "customer.email", "required"),
        ({"amount": 1, "customer": CUSTOMER | {"phone": "901112233"}}, "customer.phone", "wrong_format"),
        ({"amount": 1, "customer": CUSTOMER | {"phone": "998９01112233"}}, "customer.phone", "wrong_format"),
        ({"amount": 1, "customer": CUSTOMER | {"email": "nobody"}}, "customer.email", "wrong_format"),
        ({"amount": 1, "customer": "u-1"}, "customer", "wrong_type"),
        ({"amount": 1, "mode": "cash"}, "mode", "not_allowed"),
    ],
)
def test_what_is_wrong_in_an_order_is_named(api: Api, body: object, field: str, code: str) -> None:
    answer = api.post("/api/orders/", body)

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert api.get("/api/orders/").json == {"items": [], "next_cursor": None}


def test_everything_that_is_wrong_is_named_at_once(api: Api) -> None:
    answer = api.post("/api/orders/", {"amount": True, "colour": "red", "reference": 1})

    assert answer.json is not None
    assert {e["field"] for e in answer.json["errors"]} == {"amount", "colour", "reference"}


def test_a_reference_is_used_once(api: Api) -> None:
    first = api.order(reference="17")
    answer = api.post("/api/orders/", {"amount": 1, "reference": "17"})

    assert answer.status_code == 409
    assert answer.json is not None
    assert (answer.json["code"], answer.json["facts"]) == ("reference_taken", {"order_id": first})


def test_the_list_goes_on_where_a_page_ended(api: Api) -> None:
    ids = [api.order() for _ in range(3)]
    first = api.get("/api/orders/?limit=2").json
    assert first is not None
    second = api.get("/api/orders/", query_string={"limit": 2, "after": first["next_cursor"]}).json
    assert second is not None
    seen = [order["id"] for order in first["items"] + second["items"]]

    assert sorted(seen) == sorted(ids)
    assert second["next_cursor"] is None


def test_the_list_is_filtered_by_status_and_reference(api: Api) -> None:
    api.order(reference="17")
    cancelled = api.order(reference="18")
    api.post(f"/api/orders/{cancelled}/cancel/")

    assert [o["reference"] for o in api.get("/api/orders/?reference=17").json["items"]] == ["17"]  # type: ignore[index]
    assert [o["id"] for o in api.get("/api/orders/?status=cancelled").json["items"]] == [cancelled]  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("status=lost", "status"),
        ("after=nonsense", "after"),
        ("after=%00", "after"),
        ("refrence=17", "refrence"),
    ],
)
def test_a_wrong_question_to_the_list_is_refused(api: Api, query: str, field: str) -> None:
    answer = api.get(f"/api/orders/?{query}")

    assert answer.status_code == 422
    assert answer.json is not None
    assert [e["field"] for e in answer.json["errors"]] == [field]


def test_an_order_shows_its_payment(api: Api) -> None:
    order_id = api.order()
    before = api.get(f"/api/orders/{order_id}/").json
    transaction_id = api.confirmed(order_id)
    after = api.get(f"/api/orders/{order_id}").json

    assert before is not None and before["payment"] is None
    assert after is not None and after["review"] is False
    assert after["payment"] == {
        "transaction_id": transaction_id,
        "shop_transaction_id": f"{order_id}-1",
        "status": "verification_required",
        "error_code": None,
    }


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ({"amount": "1,50"}, "such as 185000.00"),
        ({"amount": 1, "reference": "a\nb"}, "one line"),
        ({"amount": 1, "customer": CUSTOMER | {"phone": "901112233"}}, "998 and nine digits"),
        ({"amount": 1, "customer": CUSTOMER | {"email": "nobody"}}, "email address"),
    ],
)
def test_a_wrong_format_is_named(api: Api, body: dict[str, object], form: str) -> None:
    answer = api.post("/api/orders/?language=en", body)

    assert answer.json is not None
    assert [e["code"] for e in answer.json["errors"]] == ["wrong_format"]
    assert form in answer.json["errors"][0]["detail"]


def test_a_paid_order_is_refunded_and_not_cancelled(api: Api) -> None:
    answer = api.post(f"/api/orders/{api.paid()}/cancel/")

    assert (answer.status_code, answer.json["code"]) == (409, "order_not_cancellable")  # type: ignore[index]


def test_a_cancelled_order_takes_no_payment(api: Api) -> None:
    order_id = api.order()
    cancelled = api.post(f"/api/orders/{order_id}/cancel/")
    refused = api.post(f"/api/orders/{order_id}/payment/initiate/")

    assert cancelled.json is not None and cancelled.json["status"] == "cancelled"
    assert cancelled.json["cancelled_at"] == "2026-01-05T09:03:27.000Z"
    assert refused.json is not None and refused.json["code"] == "order_not_payable"


def test_the_timeline_tells_who_did_what_and_why(api: Api) -> None:
    order_id = api.order()
    api.post(f"/api/orders/{order_id}/payment/initiate/", headers={"X-Request-ID": "request-42"})
    events = api.get(f"/api/orders/{order_id}/payment/events/").json["events"]  # type: ignore[index]
    prepared = events[-1]

    assert len(events) == 3
    assert (prepared["why"], prepared["actor"], prepared["request_id"]) == ("api", "shop/shop", "request-42")
    assert (prepared["before"]["status"], prepared["after"]["status"]) == ("pending", "prepared")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "cancel/"),
        ("GET", "payment/events/"),
        ("POST", "payment/initiate/"),
        ("GET", "payment/status/"),
        ("POST", "payment/cancel/"),
        ("POST", "payment/confirm/"),
        ("POST", "payment/verify-otp/"),
    ],
)
def test_another_clients_order_is_not_found_like_a_missing_one(api: Api, method: str, path: str) -> None:
    order_id = api.order()
    transaction_id = api.confirmed(order_id)
    other = api.another("other-shop")
    bodies: dict[str, object] = {
        "payment/confirm/": {
            "transaction_id": transaction_id,
            "card_number": "8600495473316478",
            "expire": "1240",
            "cardholder_name": "A",
        },
        "payment/verify-otp/": {"transaction_id": transaction_id, "sms_key": "111111"},
    }
    answers = []
    for theirs in (order_id, "order-404", "%00", "x" * 65, "order 1"):
        url = f"/api/orders/{theirs}/{path}"
        answers.append(other.get(url) if method == "GET" else other.post(url, bodies.get(path)))
    before = api.get(f"/api/orders/{order_id}/").json

    assert {(a.status_code, a.json["code"]) for a in answers} == {(404, "order_not_found")}  # type: ignore[index]
    assert other.get("/api/orders/").json == {"items": [], "next_cursor": None}
    assert before is not None and before["payment"]["status"] == "verification_required"


@pytest.mark.parametrize("order_id", ["%00", "x" * 65, "order 1", "order.1", "%F0%9F%8D%B5"])
def test_what_can_be_no_orders_id_does_not_reach_the_database(
    api: Api, monkeypatch: pytest.MonkeyPatch, order_id: str
) -> None:
    monkeypatch.setattr(api.world.orders, "get", None)
    answer = api.get(f"/api/orders/{order_id}/")

    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")  # type: ignore[index]


def test_without_orders_all_a_subject_sees_its_own_orders_only(api: Api) -> None:
    order_id = api.order()
    own = api.another("shop", scope="orders:read orders:write")
    answer = own.get(f"/api/orders/{order_id}/")

    assert answer.status_code == 200
