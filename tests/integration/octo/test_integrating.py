"""docs/integrating.md: its recipes, run as they stand against the whole service and the stand-in."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.integration.octo.stand_in import Sandbox
from tests.integration.octo.whole_service import Shop

PAGE: Final = (Path(__file__).parents[3] / "docs" / "integrating.md").read_text(encoding="utf-8")
# Each recipe stands alone: its heading, and all of its requests.
RECIPES: Final = {
    heading: "\n".join(re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for heading, text in re.findall(r"^### (.*?)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
}
_STEP: Final = re.compile(
    r"^(?P<method>GET|POST|DELETE) (?P<path>\S+)(?: (?P<body>\{.*?))?\n→ (?P<status>\d{3}) (?P<answer>\{.*?)(?=^[GPD]|\Z)",
    re.MULTILINE | re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Z]{4,}")


class Reader:
    """Does what a recipe says. A word in capitals is a name: whatever the first answer that has it holds there."""

    def __init__(self, shop: Shop, sandbox: Sandbox) -> None:
        self._shop = shop
        self._sandbox = sandbox
        self._names = {"PAID": shop.paid(amount="185000.00").split("/")[-2]}

    def follow(self, recipe: str) -> int:
        steps = list(_STEP.finditer(recipe))
        for step in steps:
            path = self._filled(step["path"])
            body = json.loads(self._filled(step["body"])) if step["body"] else None
            answer = self._shop.send(step["method"], path, body, int(step["status"]))
            self._look(json.loads(step["answer"]), answer, step[0])
            # "Moments later".
            self._sandbox.control("POST", "callbacks/deliver", {})
        return len(steps)

    def _filled(self, text: str) -> str:
        return _NAME.sub(lambda found: self._names.get(found[0], found[0]), text)

    def _look(self, shown: Any, given: Any, step: str) -> None:
        """What the page shows is there; more may be."""
        if isinstance(shown, dict):
            assert isinstance(given, dict), step
            for name, value in shown.items():
                self._look(value, given[name], step)
        elif isinstance(shown, list):
            assert len(shown) == len(given), step
            for one, other in zip(shown, given, strict=True):
                self._look(one, other, step)
        elif isinstance(shown, str) and _NAME.fullmatch(shown):
            assert given, step
            assert self._names.setdefault(shown, given) == given, step
        else:
            assert shown == given, step


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_does_what_it_says(recipe: str, shop: Shop, sandbox: Sandbox) -> None:
    followed = Reader(shop, sandbox).follow(recipe)

    assert followed == recipe.count("→")


def test_the_addresses_to_which_payers_come_back_are_those_that_octo_is_told(shop: Shop, sandbox: Sandbox) -> None:
    order = shop.post("/api/orders/", {"amount": "185000.00", "mode": "redirect"}, 201)
    shop.post(f"/api/orders/{order['id']}/payment/initiate/", {})
    card = {"card_number": "4111111111111111", "expire": "1240", "cvc": "123", "phone": "998901112233"}
    saved = shop.post("/api/cards/", card | {"customer_user_id": "17"}, 201)
    calls = sandbox.control("GET", "calls")["calls"]
    told = [call["body"]["return_url"] for call in calls if call["call"] in ("prepare_payment", "bind_card")]

    for address, given in zip(told, (order["id"], saved["id"]), strict=True):
        path = address.removeprefix("https://shop.example")
        assert path.startswith("/")
        assert f"`{path.replace(given, '{order id}' if given == order['id'] else '{id}')}?octo_status=…`" in PAGE


def test_no_recipe_is_overlooked() -> None:
    assert len(RECIPES) == PAGE.count("\n### ")
    assert "".join(RECIPES.values()).count("→") == PAGE.count("\n→ ")
