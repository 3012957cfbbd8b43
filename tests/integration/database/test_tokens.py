"""Outside issuers and revoked tokens: in memory, on SQLite, on PostgreSQL; and that a seal of theirs opens again."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.database.unit_of_work import Database
from domain.issuers import Algorithm, Issuer, IssuerTaken
from domain.ports import Client
from tests.fakes.tokens import MemoryIssuers, MemoryRevokedTokens
from tests.integration.database.samples import MINUTE, NOON

NAME = "https://login.shop.example"
ISSUER = Issuer(
    name=NAME,
    client_id="shop",
    audience="payments",
    algorithm=Algorithm.EDDSA,
    scopes=("orders:read", "payments:write"),
    created_at=NOON,
    jwks_url="https://login.shop.example/keys",
)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield SimpleNamespace(issuers=MemoryIssuers(), revoked_tokens=MemoryRevokedTokens())
        return
    database = Database.at(request.getfixturevalue(f"{request.param}_url"))
    for name in ("shop", "other"):
        database.clients.add(Client(id=name, name=name, secret_hash="hash", scopes=(), created_at=NOON))
    yield database
    database.dispose()


@pytest.mark.parametrize("issuer", [ISSUER, replace(ISSUER, algorithm=Algorithm.HS256, jwks_url=None, sealed_key="x")])
def test_an_issuer_comes_back_as_it_was_added(storage: Any, issuer: Issuer) -> None:
    storage.issuers.add(issuer)

    assert storage.issuers.find(NAME) == issuer
    assert list(storage.issuers.all()) == [issuer]
    assert storage.issuers.find("https://login.shop.example/") is None
    assert storage.issuers.find("\0") is None


@pytest.mark.parametrize("changes", [{"name": "https://another.example"}, {"client_id": "other"}, {}])
def test_a_client_has_one_issuer_and_an_issuer_one_client(storage: Any, changes: dict[str, Any]) -> None:
    storage.issuers.add(ISSUER)

    with pytest.raises(IssuerTaken):
        storage.issuers.add(replace(ISSUER, **changes))


def test_a_shared_key_is_sealed_anew_if_it_is_still_the_same(storage: Any) -> None:
    sharing = replace(ISSUER, algorithm=Algorithm.HS256, jwks_url=None, sealed_key="x")
    storage.issuers.add(sharing)
    storage.issuers.reseal(NAME, "another", "y")
    storage.issuers.reseal("https://nobody.example", "x", "y")
    before = storage.issuers.find(NAME)
    storage.issuers.reseal(NAME, "x", "y")

    assert before == sharing
    assert storage.issuers.find(NAME) == replace(sharing, sealed_key="y")


def test_an_issuer_is_removed_once(storage: Any) -> None:
    storage.issuers.add(ISSUER)

    assert [storage.issuers.remove("shop"), storage.issuers.remove("shop")] == [True, False]
    assert storage.issuers.find(NAME) is None


def test_a_token_is_revoked_for_its_issuer_alone_and_may_be_revoked_again(storage: Any) -> None:
    for _ in range(2):
        storage.revoked_tokens.revoke(NAME, "jti-1", NOON)

    assert storage.revoked_tokens.is_revoked(NAME, "jti-1")
    assert not storage.revoked_tokens.is_revoked(NAME, "jti-2")
    assert not storage.revoked_tokens.is_revoked("https://another.example", "jti-1")


def test_a_revocation_is_forgotten_when_the_token_is_over_in_any_case(storage: Any) -> None:
    storage.revoked_tokens.revoke(NAME, "jti-1", NOON)
    storage.revoked_tokens.revoke(NAME, "jti-2", NOON + MINUTE)

    assert storage.revoked_tokens.forget_before(NOON) == 1
    assert not storage.revoked_tokens.is_revoked(NAME, "jti-1")
    assert storage.revoked_tokens.is_revoked(NAME, "jti-2")
