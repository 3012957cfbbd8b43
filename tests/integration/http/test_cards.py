"""Saved cards over HTTP: the shop's side, and OCTO's callbacks at addresses of their own."""

import json
from typing import Any, Final

import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from domain.card_moves import TokenWord
from domain.moves import Word
from domain.ports import CardAccepted, StorageUnavailable
from tests.fakes.cards import TOKEN
from tests.fakes.gateway import answered, denied, lost, never_left, unknown
from tests.fakes.world import AMOUNT, UZCARD, VISA
from tests.integration.http.shop import Api, card

CUSTOMER: Final = {"user_id": "u-1", "phone": "998901112233", "email": "client@example.com"}


def body(**changes: Any) -> dict[str, Any]:
    given = {
        "customer_user_id": "u-1",
        "card_number": "8600 4954 7331 6478",
        "expire": "1240",
        "cardholder_name": "TEST USER",
        "phone": "+998 90 111 22 33",
    } | changes
    return {name: value for name, value in given.items() if value is not ...}


def begun(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post("/api/cards/", body(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def hears(api: Api, card_id: str, word: TokenWord = TokenWord.ACTIVE, secret: str | None = None) -> TestResponse:
    api.world.token_reader.report = (card_id, word, TOKEN if word is TokenWord.ACTIVE else None)
    path = f"/api/cards/notify/{card_id}/{secret or f'secret-of-{card_id}'}/"
    return api.http.post(path, data=b"{}", content_type="application/json")


def saved(api: Api, **changes: Any) -> str:
    card_id: str = begun(api, **changes)["id"]
    assert hears(api, card_id).status_code == 200
    return card_id


def delete(api: Api, path: str) -> TestResponse:
    return api.http.delete(path, headers=api.headers)


def order_of(api: Api, customer: dict[str, str] | None = None) -> tuple[str, str]:
    order_id = api.order(customer=customer or CUSTOMER)
    return order_id, api.initiated(order_id)


# ---- saving


def test_a_card_is_saved_proved_and_shown_masked(api: Api) -> None:
    answer = api.post("/api/cards/", body())
    card_id = answer.get_json()["id"]
    proved = api.post(f"/api/cards/{card_id}/verify-otp/?language=en", {"sms_key": "111111"})
    hears(api, card_id)
    ready = api.get(f"/api/cards/{card_id}/")

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/cards/{card_id}/"
    assert answer.get_json() == {
        "id": card_id,
        "customer_user_id": "u-1",
        "status": "verifying",
        "scheme": "uzcard",
        "masked": "860049******6478",
        "created_at": "2026-01-05T09:03:27.000Z",
        "error_code": None,
        "seconds_left": 120,
        "tries_left": 3,
        "phone": "+998** *****27",
        "verification_url": None,
    }
    assert (proved.status_code, proved.get_json()["status"]) == (202, "verifying")
    assert proved.headers["Retry-After"] == "2"
    assert proved.get_json()["message_for_payer"] == "The card is being saved. Wait a moment."
    assert (ready.get_json()["status"], ready.get_json()["seconds_left"]) == ("active", None)
    assert UZCARD not in answer.text + proved.text + ready.text
    assert TOKEN not in answer.text + proved.text + ready.text
    assert "verify" not in ready.text.replace("verification_url", "")


def test_octo_is_told_the_phone_as_it_wants_it(api: Api) -> None:
    card_id = begun(api)["id"]

    assert api.world.keeper.bindings[card_id].request.phone == "998901112233"


def test_the_holder_may_be_left_out(api: Api) -> None:
    assert begun(api, cardholder_name=...)["status"] == "verifying"


def test_a_bank_card_is_proved_on_its_page(api: Api) -> None:
    shown = begun(api, card_number=VISA, cvc="123")
    refused = api.post(f"/api/cards/{shown['id']}/verify-otp/", {"sms_key": "111111"})

    assert shown["verification_url"].startswith("https://pay2.octo.uz/bank_card/")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "otp_not_used")


def test_where_it_is_not_known_the_answer_is_202(api: Api) -> None:
    api.world.keeper.script("bind", lost)
    answer = api.post("/api/cards/", body())

    assert (answer.status_code, answer.get_json()["status"]) == (202, "init")


def test_a_card_whose_process_died_is_not_bound_twice_under_its_key(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def died(*_: object) -> None:
        raise StorageUnavailable

    key = {"Idempotency-Key": "card-of-u-1"}
    monkeypatch.setattr(api.keys, "finish", died)
    first = api.post("/api/cards/", body(), headers=key)
    monkeypatch.undo()
    # By then the key counts as left behind.
    api.world.clock.advance(minutes=14)
    second = api.post("/api/cards/", body(), headers=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.get_json()["id"] == first.get_json()["id"]
    assert "Idempotent-Replayed" not in second.headers
    assert api.world.keeper.calls.count("bind") == 1


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [(denied("-51"), 402, "card_not_saved"), (never_left(), 503, "gateway_unavailable")],
)
def test_a_card_that_octo_did_not_take(api: Api, outcome: Any, status: int, code: str) -> None:
    api.world.keeper.script("bind", outcome)
    answer = api.post("/api/cards/", body())

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert "-51" not in answer.text


def test_what_was_wrong_with_the_request_is_explained_to_the_shop(api: Api) -> None:
    api.world.keeper.script("bind", denied("2"))
    answer = api.post("/api/cards/?language=en", body())

    assert answer.get_json()["facts"] == {"octo_code": "2", "reason": "wrong_credentials", "may_repeat": False}
    assert answer.get_json()["detail_for_shop"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"customer_user_id": ...}, "customer_user_id", "required"),
        ({"phone": ...}, "phone", "required"),
        ({"phone": "12345"}, "phone", "wrong_format"),
        ({"card_number": ...}, "card_number", "required"),
        ({"card_number": "8600 0000"}, "card_number", "invalid_card_number"),
        ({"expire": "1225"}, "expire", "card_expired"),
        ({"card_number": VISA}, "cvc", "cvc_required"),
        ({"token": "x"}, "token", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_sent(api: Api, changes: dict[str, Any], field: str, code: str) -> None:
    answer = api.post("/api/cards/", body(**changes))

    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.get_json()["errors"]] == [(field, code)]
    assert api.world.keeper.calls == []
    assert api.world.database.saved_cards == ()


def test_the_same_key_saves_one_card(api: Api) -> None:
    first, second = (api.post("/api/cards/", body(), headers={"Idempotency-Key": "save-1"}) for _ in range(2))

    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert api.world.keeper.calls.count("bind") == 1


def test_a_code_whose_answer_was_lost_is_waited_for(api: Api) -> None:
    card_id = begun(api)["id"]
    api.world.keeper.script("check_binding_code", unknown())
    lost_answer, again = (
        api.post(f"/api/cards/{card_id}/verify-otp/?language=en", {"sms_key": "111111"}) for _ in range(2)
    )

    assert lost_answer.status_code == 202
    assert (again.status_code, again.get_json()["code"]) == (409, "code_in_progress")
    assert "payment" not in again.get_json()["detail"]


def test_a_wrong_code_says_how_many_tries_are_left(api: Api) -> None:
    card_id = begun(api)["id"]
    answer = api.post(f"/api/cards/{card_id}/verify-otp/?language=en", {"sms_key": "000000"})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "otp_rejected")
    assert answer.get_json()["facts"] == {"status": "verifying", "tries_left": 2}
    assert "payment" not in answer.get_json()["detail"]


def test_a_card_that_is_ready_at_once_is_answered_200(api: Api) -> None:
    card_id = begun(api)["id"]

    def overtaken(proceed: Any) -> Any:
        hears(api, card_id)
        return unknown()

    api.world.keeper.script("check_binding_code", overtaken)
    answer = api.post(f"/api/cards/{card_id}/verify-otp/", {"sms_key": "111111"})

    assert (answer.status_code, answer.get_json()["status"]) == (200, "active")


# ---- listing and revoking


def test_a_customers_cards_are_listed_masked(api: Api) -> None:
    first, other = saved(api), saved(api, customer_user_id="u-2", card_number="8600312345671234")
    listed = api.get("/api/cards/?customer_user_id=u-1")

    assert [c["id"] for c in listed.get_json()["items"]] == [first]
    assert [c["id"] for c in api.get("/api/cards/?customer_user_id=u-2").get_json()["items"]] == [other]
    assert UZCARD not in listed.text
    assert api.get("/api/cards/").status_code == 422


def test_a_revoked_card_is_blocked_at_octo_and_not_listed(api: Api) -> None:
    card_id = saved(api)
    first, second = delete(api, f"/api/cards/{card_id}/"), delete(api, f"/api/cards/{card_id}/")

    assert (first.status_code, first.get_json()["status"]) == (200, "blocked")
    assert second.get_json() == first.get_json()
    assert api.world.keeper.blocked == [TOKEN]
    assert api.get("/api/cards/?customer_user_id=u-1").get_json()["items"] == []


def test_another_client_finds_nothing(api: Api) -> None:
    card_id = saved(api)
    other = api.another("other")
    answers = [
        other.get(f"/api/cards/{card_id}/"),
        delete(other, f"/api/cards/{card_id}/"),
        other.post(f"/api/cards/{card_id}/verify-otp/", {"sms_key": "111111"}),
    ]

    assert [(a.status_code, a.get_json()["code"]) for a in answers] == [(404, "saved_card_not_found")] * 3
    assert other.get("/api/cards/?customer_user_id=u-1").get_json()["items"] == []
    assert api.get(f"/api/cards/{card_id}/").get_json()["status"] == "active"


# ---- paying


def test_an_order_is_paid_with_a_saved_card(api: Api) -> None:
    card_id = saved(api)
    order_id, transaction_id = order_of(api)
    sent = {"transaction_id": transaction_id, "saved_card_id": card_id}
    confirmed = api.post(f"/api/orders/{order_id}/payment/confirm/", sent)
    api.post(f"/api/orders/{order_id}/payment/verify-otp/", {"transaction_id": transaction_id, "sms_key": "111111"})
    api.world.callback(api.world.database.books[0].current, Word.SUCCEEDED, amount=AMOUNT)

    assert (confirmed.status_code, confirmed.get_json()["status"]) == (200, "verification_required")
    assert confirmed.get_json()["seconds_left"] == 120
    assert api.get(f"/api/orders/{order_id}/").get_json()["status"] == "paid"
    assert api.world.gateway.tokens == [TOKEN]


def test_it_may_be_paid_at_once(api: Api) -> None:
    card_id = saved(api)
    order_id, transaction_id = order_of(api)

    def at_once(proceed: Any) -> Any:
        proceed()
        api.world.gateway.payments[f"{order_id}-1"].word = Word.SUCCEEDED
        return answered(CardAccepted(None), "pay_by_token")

    api.world.gateway.script("pay_by_token", at_once)
    sent = {"transaction_id": transaction_id, "saved_card_id": card_id}
    answer = api.post(f"/api/orders/{order_id}/payment/confirm/", sent)

    assert (answer.status_code, answer.get_json()["status"]) == (200, "success")


def test_a_payer_pays_with_a_card_of_the_orders_customer(api: Api) -> None:
    card_id = saved(api)
    order_id, _ = order_of(api)
    token = api.post(f"/api/orders/{order_id}/payer-token/").get_json()["access_token"]
    payer = Api(api.app, api.world, api.clients, api.keys, {"Authorization": f"Bearer {token}"})
    answer = payer.post(f"/api/orders/{order_id}/payment/confirm/", {"saved_card_id": card_id})

    assert (answer.status_code, answer.get_json()["status"]) == (200, "verification_required")


@pytest.mark.parametrize("customer", [None, {**CUSTOMER, "user_id": "u-2"}])
def test_another_customers_order_is_not_paid_with_it(api: Api, customer: dict[str, str] | None) -> None:
    card_id = saved(api)
    order_id = api.order(**({"customer": customer} if customer else {}))
    sent = {"transaction_id": api.initiated(order_id), "saved_card_id": card_id}
    answer = api.post(f"/api/orders/{order_id}/payment/confirm/", sent)

    assert (answer.status_code, answer.get_json()["code"]) == (404, "saved_card_not_found")
    assert api.world.gateway.tokens == []


def test_a_card_that_is_not_proved_does_not_pay(api: Api) -> None:
    card_id = begun(api)["id"]
    order_id, transaction_id = order_of(api)
    sent = {"transaction_id": transaction_id, "saved_card_id": card_id}
    answer = api.post(f"/api/orders/{order_id}/payment/confirm/", sent)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "saved_card_not_usable")
    assert answer.get_json()["facts"] == {"status": "verifying"}


def test_a_saved_bank_card_pays_with_its_cvc(api: Api) -> None:
    card_id = saved(api, card_number=VISA, cvc="123")
    order_id, transaction_id = order_of(api)
    sent = {"transaction_id": transaction_id, "saved_card_id": card_id}
    without = api.post(f"/api/orders/{order_id}/payment/confirm/", sent)
    answer = api.post(f"/api/orders/{order_id}/payment/confirm/", sent | {"cvc": "123"})

    assert (without.status_code, without.get_json()["code"]) == (422, "cvc_required")
    assert answer.get_json()["verification_url"]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"saved_card_id": "card_1"},
            [("card_number", "not_allowed"), ("cardholder_name", "not_allowed"), ("expire", "not_allowed")],
        ),
        (
            {"card_number": None, "expire": None, "cardholder_name": None},
            [("card_number", "required"), ("cardholder_name", "required"), ("expire", "required")],
        ),
        ({"saved_card_id": "card 1"}, [("saved_card_id", "wrong_format")]),
    ],
)
def test_it_is_one_card_or_the_other(api: Api, changes: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    order_id, transaction_id = order_of(api)
    answer = api.post(f"/api/orders/{order_id}/payment/confirm/", card(transaction_id, **changes))

    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.get_json()["errors"]] == errors


# ---- OCTO's callbacks


def test_octo_is_answered_as_it_wants(api: Api) -> None:
    answer = hears(api, begun(api)["id"])

    assert answer.get_json() == {"status": "success", "message": "Callback processed successfully"}


@pytest.mark.parametrize("secret", ["wrong", "secret-of-card_2", "ключ", "%00"])
def test_a_wrong_address_is_closed(api: Api, secret: str) -> None:
    card_id = begun(api)["id"]
    answer = hears(api, card_id, secret=secret)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "forged_callback")
    assert api.get(f"/api/cards/{card_id}/").get_json()["status"] == "verifying"


def test_whether_a_card_exists_nobody_learns(api: Api) -> None:
    there, not_there = hears(api, begun(api)["id"], secret="x"), hears(api, "card_77", secret="x")

    assert (there.status_code, there.get_json()["code"]) == (not_there.status_code, not_there.get_json()["code"])


def test_a_callback_of_a_card_that_is_not_there(api: Api) -> None:
    assert hears(api, "card_77").status_code == 404


def test_a_callback_is_json_of_a_small_size(api: Api) -> None:
    path = f"/api/cards/notify/{begun(api)['id']}/secret-of-card_1/"
    form = api.http.post(path, data={"card_token": "x"})
    large = api.http.post(path, data=b"x" * 17_000, content_type="application/json")

    assert (form.status_code, large.status_code) == (415, 413)


def test_the_secret_of_the_address_is_in_no_log(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    card_id = begun(api)["id"]

    def broken(*_: object) -> None:
        raise RuntimeError("secret-of-nobody")

    def away(*_: object) -> None:
        raise StorageUnavailable("disk full")

    with capture_logs() as lines:
        hears(api, card_id)
        hears(api, card_id, secret="secret-of-a-forger")
        for trouble in (broken, away):
            monkeypatch.setattr(api.world.card_callbacks, "receive", trouble)
            hears(api, card_id)

    assert len([line for line in lines if line["event"] == "request"]) == 4
    assert "secret-of" not in json.dumps(lines, default=str)
    assert f"/api/cards/notify/{card_id}/***/" in json.dumps(lines, default=str)
