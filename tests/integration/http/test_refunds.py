"""/api/orders/{order_id}/refunds/ over HTTP: money goes back, and what became of it can be read."""

import pytest

from domain.ports import RefundTaken, RefundWord, StorageUnavailable
from tests.fakes.gateway import FakeGateway, answered, denied, lost, never_left, unknown
from tests.integration.http.shop import Api

WHY = "returned goods"


def gateway(api: Api) -> FakeGateway:
    return api.world.gateway


def path(order_id: str) -> str:
    return f"/api/orders/{order_id}/refunds/"


@pytest.fixture
def order_id(api: Api) -> str:
    """Of a paid order."""
    return api.paid()


def test_a_part_is_given_back(api: Api, order_id: str) -> None:
    answer = api.post(path(order_id), {"amount": "25000.00", "reason": WHY})
    order = api.get(f"/api/orders/{order_id}/").json

    assert answer.status_code == 201
    assert answer.json == {
        "id": f"{order_id}-1-r1",
        "status": "succeeded",
        "amount": "25000.00",
        "currency": "UZS",
        "refunded": "25000.00",
        "reason": WHY,
        "shop_transaction_id": f"{order_id}-1",
        "requested_at": "2026-01-05T09:03:27.000Z",
        "operations": [
            {
                "shop_refund_id": f"{order_id}-1-r1-1",
                "amount": "25000.00",
                "status": "succeeded",
                "refund_id": f"refund of {order_id}-1-r1-1",
                "octo_code": None,
            }
        ],
    }
    assert answer.headers["Location"] == f"/api/orders/{order_id}/refunds/{order_id}-1-r1/"
    assert order is not None
    assert (order["status"], order["captured"], order["refunded"]) == ("partially_refunded", "185000.00", "25000.00")
    assert api.get(f"/api/orders/{order_id}/payment/status/").json["refunded"] == "25000.00"  # type: ignore[index]


@pytest.mark.parametrize("amount", [{}, {"amount": None}, {"amount": "160000.00"}])
def test_without_an_amount_all_that_is_left_is_given_back(api: Api, order_id: str, amount: dict[str, object]) -> None:
    api.post(path(order_id), {"amount": "25000.00", "reason": WHY})
    answer = api.post(path(order_id), amount | {"reason": WHY})
    order = api.get(f"/api/orders/{order_id}/").json

    assert answer.json is not None and answer.json["amount"] == "160000.00"
    assert order is not None and (order["status"], order["refunded"]) == ("refunded", "185000.00")


def test_a_refund_whose_process_died_is_not_made_twice_under_its_key(
    api: Api, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(*_: object) -> None:
        raise StorageUnavailable

    body, key = {"amount": 25000, "reason": WHY}, {"Idempotency-Key": "refund-of-a-17"}
    monkeypatch.setattr(api.keys, "finish", died)
    first = api.post(path(order_id), body, headers=key)
    monkeypatch.undo()
    # By then the key counts as left behind.
    api.world.clock.advance(minutes=14)
    second = api.post(path(order_id), body, headers=key)

    assert second.json == first.json
    assert "Idempotent-Replayed" not in second.headers
    assert len(api.get(path(order_id)).json["items"]) == 1  # type: ignore[index]


def test_refunds_are_listed_and_read_one_by_one(api: Api, order_id: str) -> None:
    made = [api.post(path(order_id), {"amount": amount, "reason": WHY}).json for amount in (20000, 30000)]
    one = api.get(f"{path(order_id)}{order_id}-1-r2/")

    assert api.get(path(order_id)).json == {"items": made}
    assert one.json == made[1]


def test_an_order_without_refunds_has_an_empty_list(api: Api, order_id: str) -> None:
    assert api.get(path(order_id)).json == {"items": []}


def test_what_octo_has_not_carried_out_yet_is_a_202_and_followed_up(api: Api, order_id: str) -> None:
    gateway(api).script("refund", answered(RefundTaken(RefundWord.PENDING, None), "refund"))
    answer = api.post(path(order_id), {"amount": 25000, "reason": WHY})
    meanwhile = api.get(f"/api/orders/{order_id}/").json
    api.world.settle()
    location = answer.headers["Location"]
    later = api.get(location).json

    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "2")
    assert answer.json is not None and (answer.json["status"], answer.json["refunded"]) == ("pending", "0.00")
    assert meanwhile is not None and (meanwhile["status"], meanwhile["refunded"]) == ("paid", "0.00")
    assert later is not None and (later["status"], later["refunded"]) == ("succeeded", "25000.00")


@pytest.mark.parametrize("outcome", [lost, unknown(), never_left()])
def test_what_was_not_heard_of_is_a_202_and_given_back_once(api: Api, order_id: str, outcome: object) -> None:
    gateway(api).script("refund", outcome)  # type: ignore[arg-type]
    answer = api.post(path(order_id), {"amount": 25000, "reason": WHY})
    api.world.settle()

    assert answer.status_code == 202
    assert api.get(answer.headers["Location"]).json["status"] == "succeeded"  # type: ignore[index]
    assert gateway(api).payments[f"{order_id}-1"].refunded_minor == 2_500_000


def test_while_one_is_on_its_way_there_is_no_other(api: Api, order_id: str) -> None:
    gateway(api).script("refund", unknown())
    api.post(path(order_id), {"amount": 25000, "reason": WHY})
    second = api.post(path(order_id), {"amount": 25000, "reason": WHY})

    assert (second.status_code, second.json["code"]) == (409, "refund_in_progress")  # type: ignore[index]


@pytest.mark.parametrize(("octo_code", "reason"), [("22", "wrong_refund_amount"), ("3", "wrong_refund_amount")])
def test_what_octo_refuses_is_a_402_that_says_why(api: Api, order_id: str, octo_code: str, reason: str) -> None:
    gateway(api).script("refund", denied(octo_code))
    answer = api.post(f"{path(order_id)}?language=en", {"amount": 25000, "reason": WHY})
    kept = api.get(f"{path(order_id)}{order_id}-1-r1/").json

    assert answer.status_code == 402
    assert answer.json is not None and answer.json["code"] == "refund_refused"
    assert answer.json["facts"] == {
        "refund_id": f"{order_id}-1-r1",
        "octo_code": octo_code,
        "reason": reason,
        "may_repeat": False,
    }
    assert answer.json["detail_for_shop"].startswith("OCTO does not refund this sum")
    assert kept is not None and (kept["status"], kept["operations"][0]["octo_code"]) == ("failed", octo_code)


def test_a_refund_that_octo_took_and_failed_to_carry_out_has_no_code(api: Api, order_id: str) -> None:
    gateway(api).script("refund", answered(RefundTaken(RefundWord.FAILED, None), "refund"))
    answer = api.post(path(order_id), {"amount": 25000, "reason": WHY})

    assert (answer.status_code, answer.json["code"]) == (402, "refund_refused")  # type: ignore[index]
    assert answer.json is not None and answer.json["facts"] == {"refund_id": f"{order_id}-1-r1"}
    assert "detail_for_shop" not in answer.json


def test_a_large_sum_goes_back_in_several_operations_each_large_enough(api: Api) -> None:
    order_id = api.paid(amount="20000100.00")
    answer = api.post(path(order_id), {"reason": WHY})

    assert answer.status_code == 201
    assert answer.json is not None
    assert [o["amount"] for o in answer.json["operations"]] == ["10000000.00", "9987100.00", "13000.00"]


def test_where_only_a_part_of_a_large_sum_went_back_the_answer_says_so(api: Api) -> None:
    order_id = api.paid(amount="15000000.00")
    gateway(api).script("refund", lambda proceed: proceed(), denied("22"))
    answer = api.post(path(order_id), {"reason": WHY})

    assert answer.status_code == 201
    assert answer.json is not None
    assert (answer.json["status"], answer.json["refunded"]) == ("partially_succeeded", "10000000.00")
    assert [o["octo_code"] for o in answer.json["operations"]] == [None, "22"]


@pytest.mark.parametrize(
    ("amount", "code", "facts"),
    [
        ("185000.01", "invalid_refund", {"left": "185000.00"}),
        ("12999.99", "refund_below_minimum", {"minimum": "13000.00"}),
    ],
)
def test_a_sum_that_does_not_fit_is_refused_before_anything_is_sent(
    api: Api, order_id: str, amount: str, code: str, facts: dict[str, str]
) -> None:
    answer = api.post(path(order_id), {"amount": amount, "reason": WHY})

    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (409, code)
    assert answer.json["facts"] == facts
    assert all(fact in answer.json["detail"] for fact in facts.values())
    assert [e["field"] for e in answer.json["errors"]] == ["amount"]
    assert gateway(api).count("refund") == 0


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"amount": 25000}, "reason", "required"),
        ({"amount": 25000, "reason": ""}, "reason", "wrong_length"),
        ({"amount": 25000, "reason": "x" * 251}, "reason", "wrong_length"),
        ({"amount": "-1", "reason": WHY}, "amount", "wrong_format"),
        ({"amount": 0, "reason": WHY}, "amount", "out_of_range"),
        ({"amount": "1.005", "reason": WHY}, "amount", "too_many_decimals"),
        ({"amount": True, "reason": WHY}, "amount", "wrong_type"),
        ({"reason": WHY, "currency": "USD"}, "currency", "unknown_field"),
        ({"reason": WHY, "shop_transaction_id": "x y"}, "shop_transaction_id", "wrong_format"),
    ],
)
def test_a_malformed_refund_names_its_field(
    api: Api, order_id: str, body: dict[str, object], field: str, code: str
) -> None:
    answer = api.post(path(order_id), body)

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert gateway(api).count("refund") == 0


def test_what_was_not_paid_is_not_given_back(api: Api) -> None:
    order_id = api.order()
    api.confirmed(order_id)
    answer = api.post(path(order_id), {"reason": WHY})

    assert (answer.status_code, answer.json["code"]) == (409, "not_refundable")  # type: ignore[index]


def test_before_any_payment_there_is_nothing_to_give_back(api: Api) -> None:
    answer = api.post(path(api.order()), {"reason": WHY})

    assert (answer.status_code, answer.json["code"]) == (404, "payment_not_started")  # type: ignore[index]


def test_a_payment_may_be_named_and_another_one_is_not_found(api: Api, order_id: str) -> None:
    named = api.post(path(order_id), {"amount": 25000, "reason": WHY, "shop_transaction_id": f"{order_id}-1"})
    strange = api.post(path(order_id), {"amount": 25000, "reason": WHY, "shop_transaction_id": f"{order_id}-2"})

    assert named.status_code == 201
    assert (strange.status_code, strange.json["code"]) == (404, "transaction_not_found")  # type: ignore[index]


def test_the_same_key_gives_back_once(api: Api, order_id: str) -> None:
    body = {"amount": 25000, "reason": WHY}
    answers = [api.post(path(order_id), body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]

    assert answers[0].json == answers[1].json
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert gateway(api).count("refund") == 1


@pytest.mark.parametrize("refund_id", ["order-1-1-r2", "x", "order-2-1-r1"])
def test_a_refund_that_is_not_there_is_not_found(api: Api, order_id: str, refund_id: str) -> None:
    api.post(path(order_id), {"amount": 25000, "reason": WHY})
    answer = api.get(f"{path(order_id)}{refund_id}/")

    assert (answer.status_code, answer.json["code"]) == (404, "refund_not_found")  # type: ignore[index]


def test_another_clients_refunds_are_neither_made_nor_seen(api: Api, order_id: str) -> None:
    api.post(path(order_id), {"amount": 25000, "reason": WHY})
    rival = api.another("rival")
    answers = [
        rival.post(path(order_id), {"reason": WHY}),
        rival.get(path(order_id)),
        rival.get(f"{path(order_id)}{order_id}-1-r1/"),
    ]

    assert [(a.status_code, a.json["code"]) for a in answers] == [(404, "order_not_found")] * 3  # type: ignore[index]
    assert gateway(api).count("refund") == 1
