"""Idempotency-Key: the same request has the same answer and one effect."""

import threading
from dataclasses import replace

import pytest
from flask import Flask

from domain.ports import StorageUnavailable
from entrypoints.http.idempotency import set_up
from entrypoints.settings import Settings
from tests.fakes.gateway import lost, never_left
from tests.fakes.world import OTHER_UZCARD, UZCARD
from tests.integration.http.shop import ENVIRONMENT, Api, card
from tests.integration.http.test_tokens import forged

KEY = {"Idempotency-Key": "key-1"}


def kept(api: Api) -> str:
    return repr(api.keys._answers)


def test_a_repeated_order_is_the_same_order(api: Api) -> None:
    first = api.post("/api/orders/", {"amount": "1.00", "reference": "17"}, headers=KEY)
    second = api.post("/api/orders/", {"reference": "17", "amount": "1.00"}, headers=KEY)

    assert (second.status_code, second.data) == (first.status_code, first.data) == (201, first.data)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Location"] == first.headers["Location"]
    assert len(api.get("/api/orders/").json["items"]) == 1  # type: ignore[index]


def test_a_repeated_path_may_lack_the_slash(api: Api) -> None:
    api.post("/api/orders/", {"amount": 1}, headers=KEY)

    assert api.post("/api/orders", {"amount": 1}, headers=KEY).headers["Idempotent-Replayed"] == "true"


def test_a_repeated_card_is_sent_once_and_answered_alike(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    path = f"/api/orders/{order_id}/payment/confirm/"
    first = api.post(path, card(transaction_id), headers=KEY)
    api.world.clock.advance(seconds=200)
    second = api.post(path, card(transaction_id), headers=KEY)

    assert (second.status_code, second.data) == (first.status_code, first.data)
    assert api.world.gateway.count("pay") == 1


def test_an_unknown_outcome_is_replayed_with_its_retry_after(api: Api) -> None:
    api.world.gateway.script("pay", lost)
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    path = f"/api/orders/{order_id}/payment/confirm/"
    answers = [api.post(path, card(transaction_id), headers=KEY) for _ in range(2)]

    assert [(a.status_code, a.headers["Retry-After"]) for a in answers] == [(202, "2"), (202, "2")]
    assert answers[0].data == answers[1].data
    assert api.world.gateway.count("pay") == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/orders/", {"amount": "2.00"}),
        ("/api/orders/", {"amount": "1.00", "reference": None}),
        ("/api/orders/order-1/cancel/", None),
        ("/api/orders/?language=ru", {"amount": "1.00"}),
    ],
)
def test_a_key_with_another_request_is_refused(api: Api, path: str, body: object) -> None:
    api.post("/api/orders/", {"amount": "1.00"}, headers=KEY)
    answer = api.post(path, body, headers=KEY)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")  # type: ignore[index]


def test_a_key_with_another_card_is_refused(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    path = f"/api/orders/{order_id}/payment/confirm/"
    api.post(path, card(transaction_id), headers=KEY)
    answer = api.post(path, card(transaction_id, card_number=OTHER_UZCARD), headers=KEY)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")  # type: ignore[index]


def test_neither_card_nor_code_is_kept(api: Api) -> None:
    order_id = api.order()
    transaction_id = api.initiated(order_id)
    path = f"/api/orders/{order_id}/payment"
    api.post(f"{path}/confirm/", card(transaction_id), headers=KEY)
    code = {"transaction_id": transaction_id, "sms_key": "111111"}
    api.post(f"{path}/verify-otp/", code, headers={"Idempotency-Key": "key-2"})

    assert "verification_required" in kept(api)
    assert [secret for secret in (UZCARD, "1240", "TEST USER", "111111") if secret in kept(api)] == []


def test_the_fingerprint_depends_on_the_key_of_the_service(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.post("/api/orders/", {"amount": 1}, headers=KEY)
    monkeypatch.setitem(api.app.config, "IDEMPOTENCY_HMAC_KEYS", [b"another key"])
    answer = api.post("/api/orders/", {"amount": 1}, headers=KEY)

    assert answer.status_code == 422


def test_an_answer_outlives_a_change_of_the_services_key(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    in_use = api.app.config["IDEMPOTENCY_HMAC_KEYS"]
    first = api.post("/api/orders/", {"amount": 1}, headers=KEY)
    monkeypatch.setitem(api.app.config, "IDEMPOTENCY_HMAC_KEYS", [b"the next key", *in_use])
    second = api.post("/api/orders/", {"amount": 1}, headers=KEY)
    other = api.post("/api/orders/", {"amount": 2}, headers=KEY)

    assert (second.data, second.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert other.status_code == 422


def test_a_refund_that_was_asked_for_before_a_change_of_the_key_is_not_made_twice(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = f"/api/orders/{api.paid()}/refunds/", {"amount": "50000.00", "reason": "returned goods"}
    first = api.post(path, body, headers=KEY)
    # As if the process had died before it answered, and the key was given up.
    api.keys._answers.clear()
    in_use = api.app.config["IDEMPOTENCY_HMAC_KEYS"]
    monkeypatch.setitem(api.app.config, "IDEMPOTENCY_HMAC_KEYS", [b"the next key", *in_use])
    second = api.post(path, body, headers=KEY)

    assert first.json is not None and second.json is not None
    assert second.json["id"] == first.json["id"]
    assert api.world.gateway.count("refund") == 1


def test_the_older_keys_come_from_the_settings(api: Api) -> None:
    changed = ENVIRONMENT | {"SECRET_KEY": "the-next-key-for-tests-9876543210-fedcba"}
    rotated = changed | {"SECRET_KEY_OLD": ENVIRONMENT["SECRET_KEY"]}
    in_use = api.app.config["IDEMPOTENCY_HMAC_KEYS"]
    app = Flask(__name__)
    set_up(app, Settings.from_env(rotated))

    assert len(in_use) == 1
    assert app.config["IDEMPOTENCY_HMAC_KEYS"][1:] == in_use
    assert app.config["IDEMPOTENCY_HMAC_KEYS"][0] != in_use[0]


def test_keys_of_two_clients_are_two_keys(api: Api) -> None:
    first = api.post("/api/orders/", {"amount": 1}, headers=KEY)
    second = api.another("other-shop").post("/api/orders/", {"amount": 1}, headers=KEY)

    assert first.json is not None and second.json is not None
    assert first.json["id"] != second.json["id"]


def test_a_key_does_not_show_one_subject_the_answer_to_another(visitor: Api) -> None:
    def create(subject: str) -> str:
        headers = KEY | {"Authorization": f"Bearer {forged(sub=subject)}"}
        return visitor.post("/api/orders/", {"amount": 1}, headers=headers).headers["Location"]

    assert create("user-7") == create("user-7") != create("user-8")


def test_while_the_first_is_still_running_the_second_is_told_to_wait(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    create, entered, go_on = api.world.orders.create, threading.Event(), threading.Event()

    def slowly(*arguments: object) -> object:
        entered.set()
        assert go_on.wait(60)
        return create(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(api.world.orders, "create", slowly)
    first = threading.Thread(target=api.post, args=("/api/orders/", {"amount": 1}, KEY))
    first.start()
    assert entered.wait(60)
    second = api.post("/api/orders/", {"amount": 1}, headers=KEY)
    go_on.set()
    first.join()
    third = api.post("/api/orders/", {"amount": 1}, headers=KEY)

    assert (second.status_code, second.json["code"]) == (409, "idempotency_in_progress")  # type: ignore[index]
    assert second.headers["Retry-After"] == "2"
    assert third.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "línea", "\t"])
def test_a_strange_key_is_refused(api: Api, key: str) -> None:
    answer = api.post("/api/orders/", {"amount": 1}, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_invalid")  # type: ignore[index]


@pytest.mark.parametrize("key", ["x", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
def test_any_visible_key_will_do(api: Api, key: str) -> None:
    assert api.post("/api/orders/", {"amount": 1}, headers={"Idempotency-Key": key}).status_code == 201


@pytest.mark.parametrize(("body", "status"), [({"amount": 0}, 422), ({"amount": 1, "reference": "taken"}, 409)])
def test_a_refusal_is_replayed_like_any_answer(api: Api, body: object, status: int) -> None:
    api.order(reference="taken")
    answers = [api.post("/api/orders/", body, headers=KEY) for _ in range(2)]

    assert [a.status_code for a in answers] == [status, status]
    assert answers[0].data == answers[1].data
    assert answers[1].mimetype == "application/problem+json"
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_where_nothing_has_happened_the_key_may_try_again(api: Api) -> None:
    api.world.gateway.script("prepare", never_left())
    path = f"/api/orders/{api.order()}/payment/initiate/"
    answers = [api.post(path, headers=KEY) for _ in range(2)]

    assert [a.status_code for a in answers] == [503, 200]


def test_after_an_unforeseen_error_nobody_knows_so_that_the_key_stays_used(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(api.world.orders, "create", broken)
    first = api.post("/api/orders/", {"amount": 1}, headers=KEY)
    monkeypatch.undo()
    second = api.post("/api/orders/", {"amount": 1}, headers=KEY)

    assert (first.status_code, second.status_code) == (500, 500)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_an_answer_that_could_not_be_kept_is_given_all_the_same(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(api.keys, "finish", away)

    assert api.post("/api/orders/", {"amount": 1}, headers=KEY).status_code == 201


def test_without_the_store_of_keys_nothing_begins(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(api.keys, "claim", away)
    answer = api.post("/api/orders/", {"amount": 1}, headers=KEY)

    assert answer.status_code == 503
    assert api.get("/api/orders/").json == {"items": [], "next_cursor": None}


def test_a_token_is_never_kept(visitor: Api) -> None:
    form = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": "secret-of-the-shop"}
    visitor.http.post("/api/auth/token/", data=form, headers=KEY)

    assert kept(visitor) == "{}"


def test_a_key_of_a_refused_caller_is_not_taken(api: Api) -> None:
    client = api.clients.find("shop")
    assert client is not None
    api.clients.save(replace(client, scopes=("orders:read",)))
    api.post("/api/orders/", {"amount": 1}, headers=KEY)

    assert kept(api) == "{}"
