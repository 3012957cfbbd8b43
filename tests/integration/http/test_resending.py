"""…/payment/resend-otp/ over HTTP: another code for the same card."""

import pytest

from domain.report import Verification, Way
from tests.fakes.gateway import FakeGateway, answered, denied, never_left, unknown
from tests.fakes.world import UZCARD, VISA
from tests.integration.http.shop import Api


def gateway(api: Api) -> FakeGateway:
    return api.world.gateway


def path(order_id: str) -> str:
    return f"/api/orders/{order_id}/payment/resend-otp/"


def number(transaction_id: str, /, **changes: object) -> dict[str, object]:
    return {"transaction_id": transaction_id, "card_number": UZCARD, "expire": "1240"} | changes


@pytest.fixture
def order_id(api: Api) -> str:
    return api.order()


@pytest.fixture
def transaction_id(api: Api, order_id: str) -> str:
    """Of a payment whose first code was sent a while ago."""
    found = api.confirmed(order_id)
    api.world.clock.advance(seconds=60)
    return found


def verify_id(api: Api, order_id: str) -> int | None:
    return gateway(api).payments[f"{order_id}-1"].verify_id


@pytest.mark.parametrize("name", [{}, {"cardholder_name": "TEST USER"}, {"cardholder_name": None}])
def test_a_new_code_takes_the_place_of_the_old_one(
    api: Api, order_id: str, transaction_id: str, name: dict[str, object]
) -> None:
    before = verify_id(api, order_id)
    answer = api.post(path(order_id), number(transaction_id, **name))
    right = api.post(
        f"/api/orders/{order_id}/payment/verify-otp/", {"transaction_id": transaction_id, "sms_key": "111111"}
    )

    assert answer.status_code == 200
    assert answer.json == {
        "payment_id": 773_100_000_001,
        "status": "verification_required",
        "seconds_left": 120,
        "tries_left": 3,
        "phone": "+998** *****27",
    }
    assert verify_id(api, order_id) != before
    assert right.status_code == 200


def test_a_new_code_brings_no_new_tries(api: Api, order_id: str, transaction_id: str) -> None:
    api.post(f"/api/orders/{order_id}/payment/verify-otp/", {"transaction_id": transaction_id, "sms_key": "000000"})
    answer = api.post(path(order_id), number(transaction_id))

    assert answer.json is not None and answer.json["tries_left"] == 2


def test_codes_are_not_sent_one_after_the_other(api: Api, order_id: str, transaction_id: str) -> None:
    api.post(path(order_id), number(transaction_id))
    api.world.clock.advance(seconds=10)
    soon = api.post(path(order_id), number(transaction_id))

    assert soon.json is not None
    assert (soon.status_code, soon.json["code"]) == (429, "resend_too_soon")
    assert soon.headers["Retry-After"] in soon.json["detail"]
    assert soon.headers["Retry-After"] == "21"
    assert gateway(api).count("resend_code") == 1


def test_after_three_more_codes_there_are_no_others(api: Api, order_id: str, transaction_id: str) -> None:
    for _ in range(3):
        api.post(path(order_id), number(transaction_id))
        api.world.clock.advance(seconds=60)
    answer = api.post(path(order_id), number(transaction_id))

    assert (answer.status_code, answer.json["code"]) == (409, "resend_limit_reached")  # type: ignore[index]
    assert gateway(api).count("resend_code") == 3


def test_octos_own_limit_is_explained_to_payer_and_shop(api: Api, order_id: str, transaction_id: str) -> None:
    gateway(api).script("resend_code", denied("17"))
    answer = api.post(f"{path(order_id)}?language=en", number(transaction_id))

    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["code"] == "resend_limit_reached"
    assert answer.json["facts"] == {"octo_code": "17", "reason": "no_more_codes", "may_repeat": False}
    assert answer.json["detail"].startswith("No more codes are sent for this payment.")
    assert answer.json["detail_for_shop"].startswith("OCTO sends no more SMS")


def test_a_resend_of_which_nothing_was_heard_is_found_out_by_asking(
    api: Api, order_id: str, transaction_id: str
) -> None:
    gateway(api).script("resend_code", unknown())
    answer = api.post(path(order_id), number(transaction_id))

    assert answer.status_code == 200
    assert answer.json is not None and answer.json["seconds_left"] == 120


def test_where_not_even_that_helps_no_code_can_be_entered_yet(api: Api, order_id: str, transaction_id: str) -> None:
    gateway(api).script("resend_code", unknown())
    gateway(api).script("verification_info", answered(Verification(Way.OTP), "verification_info"))
    answer = api.post(path(order_id), number(transaction_id))

    assert answer.json is not None
    assert (answer.json["status"], answer.json["seconds_left"]) == ("verification_required", 0)


def test_a_resend_that_never_left_may_be_repeated(api: Api, order_id: str, transaction_id: str) -> None:
    gateway(api).script("resend_code", never_left())
    answer = api.post(path(order_id), number(transaction_id))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_without_a_code_on_its_way_none_is_sent_again(api: Api, order_id: str) -> None:
    answer = api.post(path(order_id), number(api.initiated(order_id)))

    assert (answer.status_code, answer.json["code"]) == (409, "otp_not_expected")  # type: ignore[index]
    assert gateway(api).count("resend_code") == 0


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"cvc": "123"}, "cvc", "unknown_field"),
        ({"card_number": VISA}, "card_number", "invalid_card_number"),
        ({"card_number": "8600"}, "card_number", "invalid_card_number"),
        ({"expire": "1225"}, "expire", "card_expired"),
        ({"cardholder_name": ""}, "cardholder_name", "wrong_length"),
        ({"transaction_id": None}, "transaction_id", "required"),
    ],
)
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_sent(
    api: Api, order_id: str, transaction_id: str, change: dict[str, object], field: str, code: str
) -> None:
    answer = api.post(path(order_id), number(transaction_id, **change))

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert "8600495" not in answer.text and "4111111" not in answer.text
    assert gateway(api).count("resend_code") == 0


def test_of_another_clients_order_no_code_is_sent(api: Api, order_id: str, transaction_id: str) -> None:
    answer = api.another("rival").post(path(order_id), number(transaction_id))

    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")  # type: ignore[index]
    assert gateway(api).count("resend_code") == 0
