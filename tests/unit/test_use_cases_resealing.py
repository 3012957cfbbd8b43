"""What was sealed with a key of before is sealed with the one in use, and what nobody can read is named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.issuers import Algorithm, Issuer
from domain.journal import Cause, Why
from domain.merchant import SigningSecret
from domain.ports import NotUnderstood, Unreadable
from domain.use_cases.card_tokens import SealedTokens
from domain.use_cases.changing_cards import ChangingCards
from domain.use_cases.resealing import BATCH, Resealed, Resealing, Sealers
from tests.fakes.tokens import MemoryIssuers
from tests.fakes.world import START, World

BY_OPERATOR = Cause(Why.OPERATOR, "operator")
ISSUER = Issuer(
    name="https://login.shop.example",
    client_id="shop",
    audience="pay",
    algorithm=Algorithm.HS256,
    scopes=("orders:read",),
    created_at=START,
    sealed_key="old:shared",
)


class Locks:
    """Seals with the first of its keys, opens with any."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def seal(self, secret: str) -> str:
        return f"{self.keys[0]}:{secret}"

    def open(self, sealed: str) -> str:
        key, _, secret = sealed.partition(":")
        if key not in self.keys:
            raise Unreadable
        return secret


class Rotated(World):
    """The key was changed from `old` to `new`."""

    def __init__(self) -> None:
        super().__init__()
        self.issuers = MemoryIssuers()
        locks = Locks("new", "old")
        cards = ChangingCards(self.database.units, self.database.reading, self.doorbell, self.clock)
        self.resealing = Resealing(
            self.database.reading,
            cards,
            SealedTokens(locks),
            self.merchant_events,
            self.issuers,
            Sealers(webhook_secrets=locks, issuers_keys=locks),
            self.clock,
        )

    def endpoint(self, *secrets: SigningSecret, client_id: str = "shop") -> str:
        made = self.merchant_events.register(client_id, "https://shop.example/hook").endpoint
        self.merchant_events.change(made.id, client_id, lambda e: replace(e, secrets=secrets))
        return made.id

    def sealed(self, endpoint_id: str, client_id: str = "shop") -> list[str]:
        return [secret.sealed for secret in self.merchant_events.endpoint(endpoint_id, client_id).secrets]


@pytest.fixture
def world() -> Rotated:
    return Rotated()


def test_every_endpoint_is_resealed_however_many_there_are(world: Rotated) -> None:
    clients = [f"shop-{number}" for number in range(BATCH + 2)]
    made = {client: world.endpoint(SigningSecret(f"old:of {client}"), client_id=client) for client in clients}

    assert world.resealing.webhook_secrets() == Resealed(len(clients))
    assert [world.sealed(made[client], client) for client in clients] == [[f"new:of {client}"] for client in clients]
    assert world.resealing.webhook_secrets() == Resealed(len(clients))


def test_an_old_secret_keeps_its_time_and_one_that_signs_no_more_is_dropped(world: Rotated) -> None:
    until = START + timedelta(hours=1)
    over = SigningSecret("old:over", START)
    key = world.endpoint(SigningSecret("old:present"), SigningSecret("old:before", until), over)

    assert world.resealing.webhook_secrets() == Resealed(1)
    assert world.merchant_events.endpoint(key, "shop").secrets == (
        SigningSecret("new:present"),
        SigningSecret("new:before", until),
    )


def test_an_endpoint_whose_secret_is_lost_is_named_and_the_others_go_on(world: Rotated) -> None:
    lost = world.endpoint(SigningSecret("gone:present"))
    good = world.endpoint(SigningSecret("old:present"))

    assert world.resealing.webhook_secrets() == Resealed(1, (lost,))
    assert (world.sealed(lost), world.sealed(good)) == (["gone:present"], ["new:present"])


def test_a_lost_secret_that_was_renewed_is_nobodys_trouble_any_more(world: Rotated) -> None:
    key = world.endpoint(SigningSecret("new:renewed"), SigningSecret("gone:present", START + timedelta(hours=24)))

    assert world.resealing.webhook_secrets() == Resealed(1)
    assert world.sealed(key) == ["new:renewed"]


def test_an_endpoint_that_is_removed_meanwhile_stops_nothing(world: Rotated, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.endpoint(SigningSecret("old:present"))
    monkeypatch.setattr(world.resealing, "_endpoints", lambda: iter([("we_gone", "shop"), (key, "shop")]))

    assert world.resealing.webhook_secrets().unreadable == ()
    assert world.sealed(key) == ["new:present"]


def test_what_a_newer_version_has_written_is_named(world: Rotated, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.endpoint(SigningSecret("old:present"))

    def strange(*_: object) -> None:
        raise NotUnderstood(key, "shop")

    monkeypatch.setattr(world.merchant_events, "change", strange)

    assert world.resealing.webhook_secrets() == Resealed(0, (key,))


def test_the_keys_that_issuers_share_are_resealed(world: Rotated) -> None:
    lost = replace(ISSUER, name="https://lost.example", client_id="lost", sealed_key="gone:shared")
    by_address = replace(ISSUER, name="https://keys.example", client_id="keys", sealed_key=None, jwks_url="https://k")
    for issuer in (ISSUER, lost, by_address):
        world.issuers.add(issuer)

    assert world.resealing.issuers_keys() == Resealed(1, ("https://lost.example",))
    assert {i.name: i.sealed_key for i in world.issuers.all()} == {
        ISSUER.name: "new:shared",
        "https://lost.example": "gone:shared",
        "https://keys.example": None,
    }


def test_without_anything_sealed_there_is_nothing_to_do(world: Rotated) -> None:
    found = (
        world.resealing.card_tokens(BY_OPERATOR),
        world.resealing.webhook_secrets(),
        world.resealing.issuers_keys(),
    )

    assert found == (Resealed(0), Resealed(0), Resealed(0))
