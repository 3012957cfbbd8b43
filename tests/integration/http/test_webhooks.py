"""/api/webhooks/ over HTTP: a client's own endpoints, secrets that are shown once, and the log of deliveries."""

from typing import Any

import click
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from domain.merchant import MAX_ENDPOINTS, Attempt
from domain.moves import Word
from entrypoints.webhooks_cli import webhooks_commands
from tests.integration.http.shop import Api

ENDPOINTS = "/api/webhooks/endpoints/"
DELIVERIES = "/api/webhooks/deliveries/"
URL = "https://shop.example/hooks"


def registered(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.post(ENDPOINTS, {"url": URL} | body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json  # type: ignore[assignment]
    return found


def patched(api: Api, endpoint_id: str, **body: Any) -> TestResponse:
    return api.http.patch(f"{ENDPOINTS}{endpoint_id}/", json=body, headers=api.headers)


def paid(api: Api) -> str:
    """An order that was paid, all news of it delivered."""
    order = api.world.paid()
    while api.world.merchant_events.deliver():
        pass
    return order.id


def log(api: Api, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"{DELIVERIES}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def test_an_endpoint_is_added_and_its_secret_shown_once(api: Api) -> None:
    answer = api.post(ENDPOINTS, {"url": URL, "events": ["order.paid", "payment.failed", "order.paid"]})

    shown: dict[str, Any] = answer.json  # type: ignore[assignment]
    assert answer.status_code == 201
    assert shown == {
        "id": "we_2",
        "url": URL,
        "events": ["order.paid", "payment.failed"],
        "enabled": True,
        "created_at": "2026-01-05T09:03:27.000Z",
        "disabled_at": None,
        "disabled_reason": None,
        "failing_since": None,
        "secret": "whsec_secret1",
    }
    assert answer.headers["Location"].endswith("/api/webhooks/endpoints/we_2/")
    secret = shown.pop("secret")
    assert api.get(f"{ENDPOINTS}we_2/").json == shown
    assert secret not in api.get(ENDPOINTS).text


def test_a_secret_is_not_kept_for_an_idempotency_key(api: Api) -> None:
    first, again = (api.post(ENDPOINTS, {"url": URL}, headers={"Idempotency-Key": "k1"}) for _ in range(2))

    shown: dict[str, Any] = first.json  # type: ignore[assignment]
    secret = shown.pop("secret")
    assert again.json == shown
    assert again.headers["Idempotent-Replayed"] == "true"
    assert secret not in str(vars(api.keys))


def test_all_events_are_told_where_none_are_chosen(api: Api) -> None:
    assert registered(api)["events"] is None
    assert registered(api, events=None)["events"] is None


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "url", "required"),
        ({"url": 5}, "url", "wrong_type"),
        ({"url": "https://shop.example/" + "a" * 500}, "url", "wrong_length"),
        ({"url": URL, "events": []}, "events", "wrong_length"),
        ({"url": URL, "events": ["order.lost"]}, "events.0", "not_allowed"),
        ({"url": URL, "events": "order.paid"}, "events", "wrong_type"),
        ({"url": URL, "secret": "whsec_mine"}, "secret", "unknown_field"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_said(api: Api, body: object, field: str, code: str) -> None:
    answer = api.post(ENDPOINTS, body)

    assert answer.status_code == 422
    assert answer.json is not None
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]
    assert api.world.database.endpoints == ()


def test_an_address_that_is_refused_is_named(api: Api) -> None:
    api.world.sender.refused.add("https://10.0.0.1/")

    answer = api.post(ENDPOINTS, {"url": "https://10.0.0.1/"})

    assert answer.status_code == 422
    assert answer.json is not None
    assert (answer.json["code"], answer.json["facts"]) == ("webhook_url_refused", {"reason": "address_not_allowed"})
    assert answer.json["errors"][0]["field"] == "url"


def test_one_endpoint_too_many_is_a_conflict(api: Api) -> None:
    for _ in range(MAX_ENDPOINTS):
        registered(api)

    answer = api.post(ENDPOINTS, {"url": URL})

    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["code"] == "too_many_webhook_endpoints"


def test_an_endpoint_is_changed(api: Api) -> None:
    endpoint_id = registered(api, events=["order.paid"])["id"]

    answer = patched(api, endpoint_id, url="https://shop.example/new")
    assert answer.json is not None
    assert (answer.json["url"], answer.json["events"]) == ("https://shop.example/new", ["order.paid"])

    answer = patched(api, endpoint_id, events=None, enabled=False)
    assert answer.json is not None
    assert answer.json["events"] is None
    assert (answer.json["enabled"], answer.json["disabled_reason"]) == (False, "by_client")
    assert answer.json["disabled_at"] == "2026-01-05T09:03:27.000Z"

    answer = patched(api, endpoint_id, enabled=True)
    assert answer.json is not None
    assert (answer.json["enabled"], answer.json["disabled_reason"], answer.json["disabled_at"]) == (True, None, None)


@pytest.mark.parametrize("enabled", ["true", 1, "on", None])
def test_on_is_true_and_nothing_else(api: Api, enabled: object) -> None:
    endpoint_id = registered(api)["id"]

    assert patched(api, endpoint_id, enabled=enabled).status_code == 422


def test_an_endpoint_is_removed_and_its_log_with_it(api: Api) -> None:
    endpoint_id = registered(api)["id"]
    paid(api)

    answer = api.http.delete(f"{ENDPOINTS}{endpoint_id}/", headers=api.headers)

    assert (answer.status_code, answer.data) == (204, b"")
    assert api.get(f"{ENDPOINTS}{endpoint_id}/").status_code == 404
    assert log(api) == []


def test_a_new_secret_is_shown_once_too(api: Api) -> None:
    old = registered(api)

    answer = api.post(f"{ENDPOINTS}{old['id']}/rotate-secret/")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["secret"] not in (old["secret"], None)
    assert "secret" not in (api.get(f"{ENDPOINTS}{old['id']}/").json or {})


def test_a_test_event_is_sent_and_found_in_the_log(api: Api) -> None:
    endpoint_id = registered(api)["id"]

    answer = api.post(f"{ENDPOINTS}{endpoint_id}/test/")
    api.world.merchant_events.deliver()

    assert answer.status_code == 202
    assert answer.json is not None
    assert (answer.json["type"], answer.json["state"], answer.json["last_status"]) == ("webhook.test", "pending", None)
    (found,) = log(api)
    assert (found["event_id"], found["state"], found["last_status"]) == (answer.json["event_id"], "delivered", 200)


def test_the_log_shows_what_was_told_and_what_came_of_it(api: Api) -> None:
    endpoint_id = registered(api)["id"]
    api.world.sender.answers = [Attempt(status=500)]
    order_id = paid(api)

    pending, delivered = log(api, "?state=pending"), log(api, "?state=delivered")
    assert [(d["type"], d["attempts"], d["last_status"]) for d in pending] == [("payment.succeeded", 1, 500)]
    assert [d["type"] for d in delivered] == ["order.paid"]
    assert delivered[0]["data"]["order_id"] == order_id
    assert delivered[0]["endpoint_id"] == endpoint_id
    assert pending[0]["next_attempt_at"] == "2026-01-05T09:03:32.000Z"
    assert log(api, f"?event={delivered[0]['event_id']}") == delivered


def test_the_log_comes_in_pages(api: Api) -> None:
    registered(api)
    paid(api)
    first = api.get(f"{DELIVERIES}?limit=1").json or {}
    second = api.get(f"{DELIVERIES}?limit=1&after={first['next_cursor']}").json or {}

    assert second["next_cursor"] is None
    assert [*first["items"], *second["items"]] == log(api)
    assert api.get(f"{DELIVERIES}?after=strange").status_code == 422


def test_an_event_is_delivered_once_more_under_its_id(api: Api) -> None:
    registered(api, events=["order.paid"])
    paid(api)
    (delivered,) = log(api)

    answer = api.post(f"{DELIVERIES}{delivered['id']}/redeliver/")
    api.world.merchant_events.deliver()

    assert answer.status_code == 202
    assert [d.event_id for d, _, _ in api.world.sender.sent] == [delivered["event_id"]] * 2


def test_an_endpoint_that_is_off_is_sent_nothing(api: Api) -> None:
    endpoint_id = registered(api)["id"]
    patched(api, endpoint_id, enabled=False)

    answer = api.post(f"{ENDPOINTS}{endpoint_id}/test/")

    assert answer.status_code == 409
    assert answer.json is not None
    assert (answer.json["code"], answer.json["facts"]) == ("webhook_endpoint_off", {"reason": "by_client"})


def test_another_client_finds_nothing_of_it(visitor: Api) -> None:
    shop, other = visitor.another("shop"), visitor.another("other")
    endpoint_id = registered(shop)["id"]
    paid(shop)
    delivery_id = log(shop)[0]["id"]

    answers = [
        other.get(f"{ENDPOINTS}{endpoint_id}/"),
        patched(other, endpoint_id, enabled=False),
        other.http.delete(f"{ENDPOINTS}{endpoint_id}/", headers=other.headers),
        other.post(f"{ENDPOINTS}{endpoint_id}/rotate-secret/"),
        other.post(f"{ENDPOINTS}{endpoint_id}/test/"),
        other.post(f"{DELIVERIES}{delivery_id}/redeliver/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert other.get(ENDPOINTS).json == {"items": []}
    assert log(other) == []
    assert registered(shop)["enabled"]


@pytest.mark.parametrize("scope", ["orders:read payments:write", "webhooks:read"])
def test_webhooks_have_scopes_of_their_own(visitor: Api, scope: str) -> None:
    assert visitor.another("shop", scope=scope).post(ENDPOINTS, {"url": URL}).status_code == 403


def test_nobody_without_a_token_sees_anything(visitor: Api) -> None:
    assert visitor.get(ENDPOINTS).status_code == 401
    assert visitor.get(DELIVERIES).status_code == 401


# ---- the commands


def run(api: Api, *arguments: str) -> tuple[int, str]:
    group = webhooks_commands(api.world.merchant_events, api.clients)
    assert isinstance(group, click.Group)
    app = Flask("commands")
    app.cli.add_command(group)
    outcome = app.test_cli_runner().invoke(args=["webhooks", *arguments])
    return outcome.exit_code, outcome.output


def test_an_operator_adds_lists_and_switches(api: Api) -> None:
    code, printed = run(api, "add", "--client", "shop", "--url", URL, "--event", "order.paid")
    assert code == 0
    assert "endpoint_id: we_2\nsecret:      whsec_secret1\n" in printed
    assert run(api, "list") == (0, f"we_2  shop  on  {URL}\n")

    assert run(api, "disable", "--client", "shop", "we_2")[0] == 0
    assert run(api, "list", "--client", "shop")[1] == f"we_2  shop  off (by_client) since 2026-01-05 09:03  {URL}\n"

    assert run(api, "enable", "--client", "shop", "we_2")[0] == 0
    assert "whsec_secret3" in run(api, "rotate-secret", "--client", "shop", "we_2")[1]
    assert run(api, "list", "--client", "other") == (0, "")


def test_an_operators_url_holds_no_card_either(api: Api) -> None:
    code, printed = run(api, "add", "--client", "shop", "--url", f"{URL}?card=8600495473316478")

    assert (code, "number of a card" in printed, "8600495473316478" in printed) == (2, True, False)
    assert run(api, "list") == (0, "")


def test_an_operator_sees_what_is_failing_and_delivers_again(api: Api) -> None:
    endpoint_id = registered(api, events=["order.paid"])["id"]
    api.world.sender.answers = [Attempt(status=500)]
    paid(api)
    assert run(api, "list")[1] == f"{endpoint_id}  shop  failing since 2026-01-05 09:03  {URL}\n"

    code, printed = run(api, "redeliver", "--client", "shop", log(api)[0]["id"])
    api.world.merchant_events.deliver()

    assert code == 0
    assert "once more" in printed
    assert log(api)[0]["state"] == "delivered"


def test_a_command_says_what_is_wrong(api: Api) -> None:
    api.world.sender.refused.add("https://10.0.0.1/")

    assert run(api, "add", "--client", "nobody", "--url", URL)[1].startswith("Error: There is no client nobody")
    refused = run(api, "add", "--client", "shop", "--url", "https://10.0.0.1/")
    assert refused == (1, "Error: webhook_url_refused (reason: address_not_allowed)\n")
    assert run(api, "enable", "--client", "shop", "we_9") == (1, "Error: webhook_endpoint_not_found\n")


def test_news_of_a_failed_payment_is_told_as_well(api: Api) -> None:
    registered(api)
    order = api.world.order()
    api.world.initiate(order)
    api.world.callback(api.world.confirm(order), Word.CANCELED)
    api.world.merchant_events.deliver()

    assert [d["type"] for d in log(api)] == ["payment.failed"]
