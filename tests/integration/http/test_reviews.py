"""Reviews, as an operator goes through them."""

from collections.abc import Sequence

from click.testing import CliRunner, Result
from flask.cli import ScriptInfo

from domain.moves import Word
from domain.ports import Flagged
from domain.transaction import ShopTransactionId
from entrypoints.operator_cli import payments_commands
from tests.integration.http.shop import Api


class Waiting:
    """Of one payment in a memory."""

    def __init__(self, api: Api, key: str) -> None:
        self._api = api
        self._key = key

    def waiting(self, most: int) -> Sequence[Flagged]:
        left = self._api.world.operating.look(self._key).reviews_left
        return [Flagged(ShopTransactionId(self._key), left)] if left else []


def run(api: Api, key: str, *words: str) -> Result:
    commands = payments_commands(api.world.operating, Waiting(api, key))
    return CliRunner().invoke(commands, words, obj=ScriptInfo(create_app=lambda: api.app))


def flagged(api: Api) -> tuple[str, str]:
    """An order, and its payment that succeeded after its end."""
    order_id = api.order()
    api.initiated(order_id)
    transaction = api.world.operating.look(f"{order_id}-1")
    api.world.callback(transaction, Word.CANCELED)
    api.world.callback(transaction, Word.SUCCEEDED)
    return order_id, transaction.shop_transaction_id


def told(api: Api, order_id: str) -> list[bool]:
    paths = (f"/api/orders/{order_id}/", f"/api/orders/{order_id}/payment/status/")
    return [api.get(path).get_json()["review"] for path in paths]


def test_an_operator_says_what_came_of_a_review_and_the_shop_is_told_to_look_no_more(api: Api) -> None:
    order_id, key = flagged(api)
    listed = run(api, key, "in-review")
    before = told(api, order_id)
    done = run(api, key, "reviewed", key, "--reason", "the shop has shipped")
    after = told(api, order_id)

    assert listed.output.split() == [key, "late_success"]
    assert (before, after) == ([True, True], [False, False])
    assert done.exit_code == 0
    assert "late_success" in done.output and "not looked at" not in done.output
    assert run(api, key, "in-review").output == ""


def test_a_review_that_there_is_none_of_is_refused(api: Api) -> None:
    _, key = flagged(api)
    run(api, key, "reviewed", key, "--reason", "the shop has shipped")
    again = run(api, key, "reviewed", key, "--reason", "once more")

    assert again.exit_code == 1
    assert "nothing_to_review" in again.output


def test_a_review_is_not_done_without_a_reason(api: Api) -> None:
    _, key = flagged(api)

    assert run(api, key, "reviewed", key).exit_code == 2
    assert "not looked at" in run(api, key, "show", key).output
