"""Two-stage payments over HTTP: money is held, then taken, in part or whole, or given back."""

import pytest

from domain.moves import Word
from tests.fakes.gateway import FakeGateway, denied, lost, never_left, unknown
from tests.fakes.world import SCOPE
from tests.integration.http.shop import Api


def gateway(api: Api) -> FakeGateway:
    return api.world.gateway


def path(order_id: str, step: str) -> str:
    return f"/api/orders/{order_id}/payment/{step}/"


@pytest.fixture
def order_id(api: Api) -> str:
    """Of an order whose money is held."""
    found = api.order(capture="manual")
    api.confirmed(found)
    gateway(api).payments[f"{found}-1"].word = Word.WAITING_FOR_CAPTURE
    api.world.callback(api.world.orders.get(found, SCOPE).current, Word.WAITING_FOR_CAPTURE)
    return found


def test_an_order_says_how_it_is_captured(api: Api) -> None:
    manual, plain = api.order(capture="manual"), api.order()
    listed = api.get("/api/orders/").json

    assert api.get(f"/api/orders/{manual}/").json["capture"] == "manual"  # type: ignore[index]
    assert api.get(f"/api/orders/{plain}/").json["capture"] == "automatic"  # type: ignore[index]
    assert listed is not None and {o["capture"] for o in listed["items"]} == {"manual", "automatic"}


@pytest.mark.parametrize("capture", ["later", "", 1, ["manual"]])
def test_another_way_to_capture_is_refused(api: Api, capture: object) -> None:
    answer = api.post("/api/orders/", {"amount": 1, "capture": capture})

    assert answer.status_code == 422
    assert answer.json is not None and [e["field"] for e in answer.json["errors"]] == ["capture"]


def test_while_money_is_held_the_status_says_until_when(api: Api, order_id: str) -> None:
    status = api.get(path(order_id, "status")).json

    assert status is not None
    assert status["status"] == "processing"
    assert status["held_until"] == "2026-01-05T09:33:27.000Z"
    assert (status["captured"], status["refunded"]) == ("0.00", "0.00")
    assert api.get(f"/api/orders/{order_id}/").json["status"] == "authorized"  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "taken"),
    [(None, "185000.00"), ({}, "185000.00"), ({"amount": None}, "185000.00"), ({"amount": "150000.00"}, "150000.00")],
)
def test_the_hold_or_a_part_of_it_is_taken(api: Api, order_id: str, body: object, taken: str) -> None:
    answer = api.post(path(order_id, "capture"), body)
    order = api.get(f"/api/orders/{order_id}/").json

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "success"
    assert (answer.json["captured"], answer.json["held_until"]) == (taken, None)
    assert order is not None and (order["status"], order["captured"]) == ("paid", taken)
    assert gateway(api).payments[f"{order_id}-1"].debits == 1


def test_a_hold_is_given_back(api: Api, order_id: str) -> None:
    answer = api.post(path(order_id, "release"))
    status = api.get(path(order_id, "status"), headers={"Accept-Language": "en"}).json

    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["captured"]) == ("cancelled", "0.00")
    assert status is not None and status["error_code"] == "hold_released"
    assert "gone back to the card" in status["error_message"]


@pytest.mark.parametrize("step", ["capture", "release"])
def test_a_decision_whose_answer_was_lost_is_found_out_by_asking(api: Api, order_id: str, step: str) -> None:
    gateway(api).script(step, lost)

    assert api.post(path(order_id, step)).status_code == 200


@pytest.mark.parametrize("step", ["capture", "release"])
def test_a_decision_that_is_not_known_is_a_202_and_no_other_one_is_taken(api: Api, order_id: str, step: str) -> None:
    gateway(api).script(step, unknown())
    first = api.post(path(order_id, step))
    second = api.post(path(order_id, "capture"))

    assert (first.status_code, first.headers["Retry-After"]) == (202, "2")
    assert first.json is not None and first.json["status"] == "processing"
    assert (second.status_code, second.json["code"]) == (409, "payment_in_progress")  # type: ignore[index]
    assert gateway(api).count("capture") + gateway(api).count("release") == 1


@pytest.mark.parametrize("step", ["capture", "release"])
@pytest.mark.parametrize(
    ("octo_code", "reason"), [("10", "hold_not_changeable"), ("11", "payment_unknown"), ("987", "unexplained")]
)
def test_what_octo_refuses_is_explained_to_the_shop(
    api: Api, order_id: str, step: str, octo_code: str, reason: str
) -> None:
    gateway(api).script(step, denied(octo_code))
    answer = api.post(path(order_id, step))

    assert answer.status_code == 402
    assert answer.json is not None and answer.json["code"] == "hold_decision_refused"
    assert answer.json["facts"] == {"octo_code": octo_code, "reason": reason, "may_repeat": False}
    assert answer.json["detail_for_shop"]


def test_a_decision_that_never_left_may_be_repeated(api: Api, order_id: str) -> None:
    gateway(api).script("capture", never_left())
    first = api.post(path(order_id, "capture"))
    second = api.post(path(order_id, "capture"))

    assert (first.status_code, first.headers["Retry-After"]) == (503, "5")
    assert second.status_code == 200


@pytest.mark.parametrize("step", ["capture", "release"])
def test_without_a_hold_there_is_nothing_to_decide(api: Api, step: str) -> None:
    order_id = api.order(capture="manual")
    api.confirmed(order_id)
    answer = api.post(path(order_id, step))

    assert (answer.status_code, answer.json["code"]) == (409, "not_held")  # type: ignore[index]


@pytest.mark.parametrize(
    ("amount", "code"),
    [("185000.01", "capture_above_hold"), ("0", "out_of_range"), ("1.001", "too_many_decimals"), (True, "wrong_type")],
)
def test_a_sum_that_cannot_be_taken_is_refused(api: Api, order_id: str, amount: object, code: str) -> None:
    answer = api.post(path(order_id, "capture"), {"amount": amount})

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [("amount", code)]
    assert gateway(api).count("capture") == 0


@pytest.mark.parametrize("step", ["capture", "release"])
def test_the_same_key_decides_once(api: Api, order_id: str, step: str) -> None:
    answers = [api.post(path(order_id, step), headers={"Idempotency-Key": "k-1"}) for _ in range(2)]

    assert answers[0].json == answers[1].json
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert gateway(api).count(step) == 1


@pytest.mark.parametrize("step", ["capture", "release"])
def test_anothers_hold_is_not_found(api: Api, order_id: str, step: str) -> None:
    answer = api.another("rival").post(path(order_id, step))

    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")  # type: ignore[index]
    assert gateway(api).count(step) == 0


@pytest.mark.parametrize(("step", "code"), [("cancel/", "order_not_cancellable"), ("payment/cancel/", "money_held")])
def test_what_is_held_is_released_and_not_cancelled(api: Api, order_id: str, step: str, code: str) -> None:
    answer = api.post(f"/api/orders/{order_id}/{step}")

    assert (answer.status_code, answer.json["code"]) == (409, code)  # type: ignore[index]
    assert api.get(f"/api/orders/{order_id}/").json["status"] == "authorized"  # type: ignore[index]


def test_while_a_capture_is_unanswered_it_is_not_said_that_nothing_is_taken(api: Api, order_id: str) -> None:
    gateway(api).script("capture", unknown())
    api.post(path(order_id, "capture"))
    answer = api.post(path(order_id, "cancel"))

    assert (answer.status_code, answer.json["code"]) == (409, "payment_in_progress")  # type: ignore[index]
