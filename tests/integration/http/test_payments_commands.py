"""`flask payments ask` and `give-up-refund`: what OCTO says is printed, and where it says nothing that is said."""

import pytest

from domain.journal import Why
from domain.moves import Word
from tests.fakes.gateway import denied, unknown
from tests.integration.http.shop import Api, card
from tests.integration.http.test_reviews import run


def unanswered(api: Api) -> str:
    """A payment whose card was sent, and its answer lost."""
    order_id = api.order()
    body = card(api.initiated(order_id))
    api.world.gateway.script("pay", unknown())
    assert api.post(f"/api/orders/{order_id}/payment/confirm/", body).status_code == 202
    api.world.clock.advance(seconds=5)
    return f"{order_id}-1"


def refunding(api: Api) -> str:
    """A payment with a refund of which OCTO has never heard."""
    order_id = api.paid()
    api.world.gateway.script("refund", unknown())
    assert api.post(f"/api/orders/{order_id}/refunds/", {"reason": "returned"}).status_code == 202
    return f"{order_id}-1"


def test_what_octo_says_is_printed(api: Api) -> None:
    key = unanswered(api)
    api.world.gateway.payment(api.world.operating.look(key)).word = Word.SUCCEEDED
    asked = run(api, key, "ask", key)

    assert (asked.exit_code, asked.output.split()[:2]) == (0, [key, "success"])


def test_where_octo_does_not_answer_that_is_said(api: Api) -> None:
    key = unanswered(api)
    api.world.gateway.script("read_status", unknown(), denied("2"))
    results = [run(api, key, "ask", key) for _ in range(2)]

    assert [result.exit_code for result in results] == [1, 1]
    assert all(result.output.startswith("Error: OCTO did not answer") for result in results)


def test_a_refund_is_given_up_only_where_octo_answers(api: Api) -> None:
    key = refunding(api)
    words = ("give-up-refund", key, "--reason", "not in OCTO's register")
    api.world.gateway.script("read_status", unknown())
    silent = run(api, key, *words)
    done = run(api, key, *words)
    again = run(api, key, *words)
    path = f"/api/orders/{key.removesuffix('-1')}/refunds/"

    assert [result.exit_code for result in (silent, done, again)] == [1, 0, 1]
    assert "OCTO did not answer" in silent.output
    assert "no_refund_under_way" in again.output
    assert [refund["status"] for refund in api.get(path).get_json()["items"]] == ["failed"]
    assert api.world.database.audit_events[-1].cause.reason == "not in OCTO's register"


@pytest.mark.parametrize("command", ["close", "reviewed", "give-up-refund"])
@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (" ", "blank"),
        ("x" * 501, "more than 500 characters"),
        ("one line\nand another", "more than one line"),
        ("paid with 8600 4954 7331 6478", "number of a card"),
    ],
)
def test_a_reason_is_one_line_without_a_card(api: Api, command: str, reason: str, why: str) -> None:
    key = unanswered(api)
    result = run(api, key, command, key, "--reason", reason)

    assert (result.exit_code, why in result.output) == (2, True)
    assert "7331" not in result.output
    assert api.world.database.audit_events[-1].cause.why is not Why.OPERATOR


def test_a_reason_is_kept_without_the_spaces_around_it(api: Api) -> None:
    key = unanswered(api)

    assert run(api, key, "close", key, "--reason", "  gone ").exit_code == 0
    assert api.world.database.audit_events[-1].cause.reason == "gone"
