"""docs/webhooks.md: its examples are what is really sent, its numbers are those of the code, and its programs verify."""

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from types import ModuleType
from typing import Any, Final

import pytest

from adapters.merchant_webhooks.message import body_of, signed
from domain.attempt import Review
from domain.card import Card
from domain.card_moves import TokenWord
from domain.merchant import (
    BACK_OFF,
    MAX_ATTEMPTS,
    MAX_ENDPOINTS,
    OLD_SECRET_SIGNS,
    SWITCHED_OFF_AFTER,
    TEST_EVENT,
    WAITED_FOR,
    Delivery,
    EventType,
    Trouble,
)
from domain.money import Currency, Money
from domain.moves import Word
from domain.order import Customer, FiscalObject, Item, Order
from domain.transaction import Capture
from domain.use_cases.orders import NewOrder
from tests.fakes.gateway import denied
from tests.fakes.world import AMOUNT, API, OWNER, SCOPE, UZCARD, World
from tests.integration.webhooks.samples import SECRET, delivery

PAGE: Final = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
EXAMPLES: Final[Mapping[str, Any]] = {
    example["type"]: example
    for example in (json.loads(block) for block in re.findall(r"```json\n(\{\n  \"type\": .*?)```", PAGE, re.DOTALL))
}
# What the ids of the tests are called in the page.
IDS: Final = {
    "order-1": "7d0c6a52-41f3-4b52-9d0e-6f1f1c7a2b90",
    "f2e5c3e3-41cc-5130-9d47-bcc12ceadfb3": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
    '"we_2"': '"we_9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e"',
}


def order(world: World, *, capture: Capture = Capture.AUTOMATIC) -> Order:
    fiscal = FiscalObject(spic="00305001001000000", package_code="1425207", vat=True, seller="123456789")
    new = NewOrder(
        items=(Item("Choy", 1, AMOUNT, fiscal),),
        reference="A-1001",
        customer=Customer("17", "998901112233", "a@shop.example"),
        capture=capture,
    )
    return world.orders.create(new, OWNER, API)


def paid(world: World) -> None:
    this = order(world)
    world.initiate(this)
    world.confirm(this)
    world.callback(world.verify(this), Word.SUCCEEDED)


def refunded(world: World) -> None:
    paid(world)
    part = Money(5_000_000, Currency.UZS)
    for amount in (part, None):
        world.refunding.request("order-1", SCOPE, amount, "Wrong size", None, API)


def refund_refused(world: World) -> None:
    paid(world)
    world.gateway.script("refund", denied("22"))
    world.refunding.request("order-1", SCOPE, Money(5_000_000, Currency.UZS), "Wrong size", None, API)


def given_a_receipt(world: World) -> None:
    paid(world)
    world.clock.advance(minutes=2)
    world.receipts.fetch_due()


def held(world: World) -> None:
    this = order(world, capture=Capture.MANUAL)
    world.initiate(this)
    world.callback(world.confirm(this), Word.WAITING_FOR_CAPTURE)


def declined(world: World) -> None:
    this = order(world)
    world.initiate(this)
    world.callback(world.confirm(this), Word.CANCELED)


def paid_after_the_end(world: World) -> None:
    transaction = world.initiate(order(world))
    world.callback(transaction, Word.CANCELED)
    world.callback(transaction, Word.SUCCEEDED)


def cancelled(world: World) -> None:
    world.orders.cancel(order(world).id, SCOPE, API)


def kept_cards(world: World) -> None:
    """One that is saved and revoked, and one that is never proved."""
    card = Card(number=UZCARD, expire="1240", holder="TEST USER", cvc=None, today=world.clock.now().date())
    saved, _ = (world.saving.save(OWNER, "17", card, phone="998901112233", cause=API) for _ in range(2))
    world.token_reader.report = (saved.id, TokenWord.ACTIVE, "token")
    world.card_callbacks.receive(saved.id, f"secret-of-{saved.id}", b"{}", API)
    world.revoking.revoke(saved.id, SCOPE, API)
    world.clock.advance(minutes=30)
    world.revoking.tend()


def told_to_test(world: World) -> None:
    endpoint = world.merchant_events.register("shop", "https://shop.example/hooks").endpoint
    world.merchant_events.send_test(endpoint.id, "shop")


def real_messages() -> dict[str, Any]:
    """The first of each type that is sent, as the page names its ids."""
    found: dict[str, Any] = {}
    for story in (
        refunded,
        refund_refused,
        declined,
        paid_after_the_end,
        held,
        cancelled,
        given_a_receipt,
        kept_cards,
        told_to_test,
    ):
        world = World()
        world.merchant_events.register("shop", "https://shop.example/hooks")
        story(world)
        while world.merchant_events.deliver():
            pass
        sent = sorted((d for d, _, _ in world.sender.sent), key=lambda d: (d.event_at, d.event_id))
        for message in map(as_the_page_has_it, sent):
            found.setdefault(message["type"], message)
    return found


def as_the_page_has_it(sent: Delivery) -> Any:
    text = body_of(sent)
    for name, in_the_page in IDS.items():
        text = text.replace(name, in_the_page)
    return json.loads(text)


REAL: Final = real_messages()


# ---- the events


def test_every_type_of_event_happens_in_these_stories() -> None:
    assert set(REAL) == {*EventType, TEST_EVENT}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_is_what_is_really_sent(kind: str) -> None:
    assert EXAMPLES[kind] == REAL[kind]
    assert list(EXAMPLES[kind]) == list(REAL[kind])


@pytest.mark.parametrize("kind", [*EventType, TEST_EVENT])
def test_every_type_is_in_the_table_and_has_the_form_of_an_example(kind: str) -> None:
    forms = [members(example["data"]) for example in EXAMPLES.values()]

    assert re.search(rf"^\| `{re.escape(kind)}` \| \S", PAGE, re.MULTILINE)
    assert members(REAL[kind]["data"]) in forms


@pytest.mark.parametrize("name", sorted({name for message in REAL.values() for name in message["data"]}))
def test_every_member_is_explained(name: str) -> None:
    assert re.search(rf"^\| `{name}` \| \S", PAGE, re.MULTILINE)


@pytest.mark.parametrize("word", [*Review, *Trouble])
def test_every_word_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE


def members(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: members(value) if isinstance(value, dict) else None for name, value in data.items()}


# ---- the numbers


def test_the_pauses_are_those_of_the_code() -> None:
    assert f"after {', '.join(map(spoken, BACK_OFF))}" in PAGE
    assert f"{MAX_ATTEMPTS} attempts" in PAGE


def test_the_limits_are_those_of_the_code() -> None:
    assert f"at most {MAX_ENDPOINTS} endpoints" in PAGE
    assert f"for {SWITCHED_OFF_AFTER.days} days" in PAGE
    assert f"for {WAITED_FOR.days} days" in PAGE
    assert f"for {OLD_SECRET_SIGNS // timedelta(hours=1)} hours" in PAGE


def spoken(pause: timedelta) -> str:
    seconds = int(pause.total_seconds())
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


# ---- the programs


def program(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def message() -> tuple[dict[str, str], str]:
    body = body_of(delivery())
    before = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # not a secret: made up
    return dict(signed("evt_1", body, [before, SECRET], datetime.now(UTC))), body


def test_the_python_program_verifies() -> None:
    module = ModuleType("shop")
    code = program("python").replace("whsec_...", SECRET)
    exec(compile(code, "docs/webhooks.md", "exec"), vars(module))  # noqa: S102  our own page
    headers, body = message()

    assert module.verified(headers, body.encode())["data"]["order_id"] == "order-1"
    with pytest.raises(ValueError, match="signature"):
        module.verified(headers, body.replace("order-1", "order-2").encode())
    with pytest.raises(ValueError, match="old"):
        module.verified({**headers, "webhook-timestamp": "1700000000"}, body.encode())


# Each prints the message's order, or why it was refused.
JUDGES: Final = {
    "javascript": (
        ("node", "--input-type=module", "--eval"),
        """
        const { headers, body } = JSON.parse(process.argv[1]);
        try { console.log(verified(headers, Buffer.from(body)).data.order_id); } catch (error) { console.log(error.message); }
        """,
    ),
    "php": (
        ("php", "-r"),
        """
        ['headers' => $headers, 'body' => $body] = json_decode($argv[1], true);
        try { echo verified($headers, $body)['data']['order_id']; } catch (RuntimeException $error) { echo $error->getMessage(); }
        """,
    ),
}


@pytest.mark.parametrize("language", JUDGES)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "order-1"),
        ({"webhook-id": "evt_2"}, "wrong signature"),
        ({"webhook-signature": "v1,AAAA v2, v1"}, "wrong signature"),
        ({"webhook-signature": ""}, "wrong signature"),
        ({"webhook-timestamp": "1700000000"}, "too old or too new"),
        ({"webhook-timestamp": "soon"}, "too old or too new"),
    ],
)
def test_the_programs_in_other_languages_verify(language: str, change: dict[str, str], said: str) -> None:
    command, judge = JUDGES[language]
    if which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    headers, body = message()
    code = program(language).replace("whsec_...", SECRET).removeprefix("<?php") + judge
    given = json.dumps({"headers": {**headers, **change}, "body": body})
    ran = subprocess.run([*command, code, given], capture_output=True, text=True, check=True)  # noqa: S603  our own page

    assert ran.stdout.strip() == said
