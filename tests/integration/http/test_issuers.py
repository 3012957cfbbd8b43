"""Tokens of outside issuers, measured by RFC 8725; keys that change; tokens that are revoked."""

import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.cli import AppGroup
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode
from werkzeug.test import TestResponse

from adapters.outside_tokens import CheckedTokens
from domain.issuers import Algorithm, Issuer
from entrypoints.doors_cli import IssuersDoor, issuers_commands, tokens_commands
from entrypoints.http.app import create_app
from entrypoints.http.caller import ALL_RIGHTS, USER_RIGHTS
from entrypoints.http.services import Services, services_of
from entrypoints.settings import Settings
from tests.fakes.tokens import OpenSealer, Publishers
from tests.fakes.world import START
from tests.integration.http.shop import ENVIRONMENT, Api, client
from tests.integration.http.test_tokens import forged, from_now, kid

NAME = "https://login.shop.example"
JWKS = "https://login.shop.example/keys"
AUDIENCE = "https://pay.example/api/"
SHARED = "a-key-shared-with-the-shop-0123456789-abcdefghijklmnopqrstuvwxyz-01"
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ISSUER = Issuer(
    name=NAME,
    client_id="shop",
    audience=AUDIENCE,
    algorithm=Algorithm.RS256,
    scopes=USER_RIGHTS,
    created_at=START,
    jwks_url=JWKS,
)


def published(key: Any, name: str, **more: object) -> dict[str, Any]:
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    jwk: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return jwk | {"kid": name} | more


def token(
    key: Any = RSA_KEY, algorithm: str = "RS256", header: Mapping[str, object] | None = None, **changes: Any
) -> str:
    """Like those of the shop's users, but for the changes; None leaves a claim out, a timedelta is counted from now."""
    claims = {
        "iss": NAME,
        "aud": AUDIENCE,
        "sub": "user-7",
        "jti": "0f8c1c2e",
        "iat": timedelta(),
        "exp": timedelta(hours=1),
    } | changes
    said = {name: value for name, value in ({"kid": "key-1"} | dict(header or {})).items() if value is not None}
    return jwt.encode(from_now(claims), key, algorithm, headers=said)


@dataclass
class Door:
    """The service, an issuer that publishes its keys, and a clock for how long they are kept."""

    api: Api
    publishers: Publishers
    seconds: float = 0

    @property
    def services(self) -> Services:
        return services_of(self.api.app)

    def shows(
        self,
        shown: str,
        method: str = "GET",
        path: str = "/api/orders/",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        sent = {"Authorization": f"Bearer {shown}"} | dict(headers or {})
        return self.api.http.open(path, method=method, headers=sent, **more)

    def publish(self, *keys: dict[str, Any]) -> None:
        self.publishers.sets[JWKS] = json.dumps({"keys": keys}).encode()


@pytest.fixture
def door(visitor: Api) -> Door:
    door = Door(visitor, Publishers())
    checked = CheckedTokens(OpenSealer(), door.publishers.fetch, lambda: door.seconds)
    object.__setattr__(door.services, "outside_tokens", checked)
    door.services.issuers.add(ISSUER)
    door.publish(published(RSA_KEY, "key-1"))
    return door


def refusal(answer: TestResponse) -> tuple[int, str]:
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    assert answer.json is not None
    return answer.status_code, answer.json["code"]


def test_a_user_of_the_shop_pays_with_the_shops_own_token(door: Door) -> None:
    created = door.shows(token(), "POST", json={"amount": 1})

    assert created.status_code == 201
    assert door.shows(token(), path=created.headers["Location"]).status_code == 200


def test_an_order_belongs_to_the_user_and_the_back_end_sees_all(door: Door) -> None:
    path = door.shows(token(), "POST", json={"amount": 1}).headers["Location"]
    as_other = door.shows(token(sub="user-8"), path=path)
    listed_by_other = door.shows(token(sub="user-8"))
    as_back_end = door.api.another("shop").get(path)
    narrow = door.api.another("shop", scope="orders:read").get(path)

    assert (as_other.status_code, as_back_end.status_code, narrow.status_code) == (404, 200, 404)
    assert listed_by_other.json == {"items": [], "next_cursor": None}


def test_a_user_takes_no_idempotency_key_from_the_back_end_or_another_user(door: Door) -> None:
    key = {"Idempotency-Key": "order-A-17"}
    first = door.shows(token(), "POST", json={"amount": 1, "reference": "by-user-7"}, headers=key)
    again = door.shows(token(), "POST", json={"amount": 1, "reference": "by-user-7"}, headers=key)
    another = door.shows(token(sub="user-8"), "POST", json={"amount": 2}, headers=key)
    back_end = door.api.another("shop").post("/api/orders/", {"amount": 3}, headers=key)

    assert [answer.status_code for answer in (first, again, another, back_end)] == [201] * 4
    assert again.headers["Idempotent-Replayed"] == "true"
    assert not any("Idempotent-Replayed" in answer.headers for answer in (first, another, back_end))


def test_a_user_cannot_pass_for_the_back_end(door: Door) -> None:
    assert refusal(door.shows(token(sub="shop"))) == (401, "token_invalid")


def test_a_user_may_not_more_than_the_issuer_is_trusted_with(door: Door) -> None:
    everything = token(scope=" ".join(ALL_RIGHTS))
    door.api.another("shop").order()

    assert door.shows(everything).json == {"items": [], "next_cursor": None}
    assert door.shows(everything, path="/api/webhooks/endpoints/").status_code == 403


def test_a_tokens_scope_narrows_what_it_opens(door: Door) -> None:
    assert door.shows(token(scope="orders:read")).status_code == 200
    assert door.shows(token(scope="orders:read"), "POST", json={"amount": 1}).status_code == 403
    assert door.shows(token(scope="openid profile")).status_code == 403
    assert refusal(door.shows(token(scope=["orders:read"]))) == (401, "token_invalid")


def test_a_disabled_client_takes_its_users_with_it(door: Door) -> None:
    door.api.clients.save(replace(client("shop"), disabled_at=START))

    assert refusal(door.shows(token())) == (401, "token_invalid")


PUBLIC_PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
REFUSED: dict[str, dict[str, Any]] = {
    "no exp": {"exp": None},
    "no iat": {"iat": None},
    "no jti": {"jti": None},
    "no aud": {"aud": None},
    "no sub": {"sub": None},
    "empty sub": {"sub": ""},
    "endless sub": {"sub": "x" * 129},
    "a sub with a control character": {"sub": "user\u0000"},
    "an empty jti": {"jti": ""},
    "no iss": {"iss": None},
    "an unknown iss": {"iss": "https://evil.example"},
    "another aud": {"aud": "https://other.example"},
    "issued tomorrow": {"iat": timedelta(days=1), "exp": timedelta(days=1, hours=1)},
    "not before tomorrow": {"nbf": timedelta(days=1)},
    "an iat that is a text": {"iat": "1"},
    "an endless exp": {"exp": 1e300},
    "good for a year": {"exp": timedelta(days=365)},
    "an id token": {"header": {"typ": "id+jwt"}},
    "no kid": {"header": {"kid": None}},
    "an unknown kid": {"header": {"kid": "key-2"}},
    "a kid that is a path": {"header": {"kid": "../../../dev/null"}},
    "its own key": {"key": OTHER_RSA_KEY, "header": {"jwk": published(OTHER_RSA_KEY, "key-1")}},
    "its own key set": {"key": OTHER_RSA_KEY, "header": {"jku": "https://evil.example/keys"}},
    "another key": {"key": OTHER_RSA_KEY},
    "another algorithm of the same family": {"algorithm": "PS256"},
    "another family": {"key": EC_KEY, "algorithm": "ES256"},
    "the public key as a secret": {"key": "hs"},
    "none": {"key": "", "algorithm": "none"},
    "something critical": {"header": {"crit": ["exp"]}},
    "too long": {"padding": "x" * 5000},
}


def confused(claims: str) -> str:
    """RS256 taken for HS256: signed with the public key as if that were a shared secret. The library will not, so by hand."""
    head = base64url_encode(b'{"alg":"HS256","kid":"key-1","typ":"JWT"}').decode()
    signed = f"{head}.{claims.split('.')[1]}"
    return f"{signed}.{base64url_encode(hmac.digest(PUBLIC_PEM, signed.encode(), 'sha256')).decode()}"


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_a_token_that_is_not_quite_right_is_refused(door: Door, changes: dict[str, Any]) -> None:
    shown = confused(token()) if changes.get("key") == "hs" else token(**changes)

    assert door.shows(token()).status_code == 200
    assert refusal(door.shows(shown)) == (401, "token_invalid")


def test_a_time_that_is_written_as_a_text_is_refused(door: Door) -> None:
    in_half_an_hour = str(int((datetime.now(UTC) + timedelta(minutes=30)).timestamp()))

    assert refusal(door.shows(token(exp=in_half_an_hour))) == (401, "token_invalid")


def test_an_expired_token_is_told_so(door: Door) -> None:
    assert refusal(door.shows(token(exp=timedelta(minutes=-6)))) == (401, "token_expired")


def test_no_user_can_make_a_token_of_ours(door: Door) -> None:
    ours = token(iss=ENVIRONMENT["PUBLIC_URL"], client_id="shop", scope="orders:read", type="access")

    assert refusal(door.shows(ours)) == (401, "token_invalid")


def test_a_shared_key_is_taken_for_its_own_issuer_alone(door: Door) -> None:
    door.services.issuers.remove("shop")
    shared = replace(ISSUER, algorithm=Algorithm.HS256, jwks_url=None, sealed_key=OpenSealer().seal(SHARED))
    door.services.issuers.add(shared)

    assert door.shows(token(SHARED, "HS256")).status_code == 200
    assert refusal(door.shows(token("another-key-shared-0123456789-0123456", "HS256"))) == (401, "token_invalid")
    assert refusal(door.shows(token(SHARED, "HS512"))) == (401, "token_invalid")
    assert refusal(door.shows(token())) == (401, "token_invalid")


def test_a_curves_key_is_checked_as_one(door: Door) -> None:
    door.services.issuers.remove("shop")
    door.services.issuers.add(replace(ISSUER, algorithm=Algorithm.ES256))
    door.publish(published(EC_KEY, "key-1"), published(RSA_KEY, "key-2"))

    assert door.shows(token(EC_KEY, "ES256")).status_code == 200
    assert refusal(door.shows(token(header={"kid": "key-2"}))) == (401, "token_invalid")


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "key-1"},
        published(RSA_KEY, "key-1", use="enc"),
        published(RSA_KEY, "key-1", alg="RS512"),
        {"kty": "RSA", "kid": "key-1", "n": "%%%", "e": "AQAB"},
        {"kid": "key-1"},
    ],
)
def test_a_published_key_for_something_else_checks_nothing(door: Door, jwk: dict[str, Any]) -> None:
    door.publish(jwk)

    assert refusal(door.shows(token())) == (401, "token_invalid")


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"{}", b'{"keys": 7}', b'{"keys": [7]}', b"[" * 100_000])
def test_a_key_set_that_is_none_lets_nobody_in(door: Door, raw: bytes) -> None:
    door.publishers.sets[JWKS] = raw

    assert refusal(door.shows(token())) == (401, "token_invalid")


# ---- keys that change


def test_an_issuers_new_key_is_fetched_when_it_is_first_shown(door: Door) -> None:
    door.shows(token())
    door.publish(published(OTHER_RSA_KEY, "key-2"), published(RSA_KEY, "key-1"))
    door.seconds = 61

    assert door.shows(token(OTHER_RSA_KEY, header={"kid": "key-2"})).status_code == 200
    assert door.publishers.asked == 2


def test_invented_key_names_do_not_make_us_ask_all_the_time(door: Door) -> None:
    for number in range(50):
        door.shows(token(header={"kid": f"invented-{number}"}))

    assert door.publishers.asked == 1


def test_while_a_slow_issuer_is_asked_about_an_invented_key_nobody_else_waits(door: Door) -> None:
    asked, answered, overtaken = threading.Event(), threading.Event(), threading.Event()

    def slow_the_second_time(url: str) -> bytes:
        if door.seconds:
            asked.set()
            overtaken.wait(60)
            answered.set()
        return door.publishers.fetch(url)

    checked = CheckedTokens(OpenSealer(), slow_the_second_time, lambda: door.seconds)
    object.__setattr__(door.services, "outside_tokens", checked)
    door.shows(token())
    door.seconds = 61
    stranger = threading.Thread(target=door.shows, args=(token(header={"kid": "invented"}),))
    stranger.start()
    asked.wait(60)
    status, waited = door.shows(token()).status_code, answered.is_set()
    overtaken.set()
    stranger.join()

    assert (status, waited) == (200, False)


def test_a_key_that_an_issuer_withdraws_is_forgotten(door: Door) -> None:
    door.shows(token())
    door.publish(published(OTHER_RSA_KEY, "key-2"))
    door.seconds = 601

    assert refusal(door.shows(token())) == (401, "token_invalid")


def test_while_an_issuer_does_not_answer_its_keys_go_on_for_an_hour(door: Door) -> None:
    door.shows(token())
    door.publishers.sets.clear()
    door.seconds = 3600
    assert door.shows(token()).status_code == 200

    door.seconds = 3601

    assert refusal(door.shows(token())) == (401, "token_invalid")


def test_during_a_change_of_our_key_both_count_and_the_new_one_signs(visitor: Api) -> None:
    old, new = ENVIRONMENT["JWT_SECRET_KEY"], "a-newer-key-for-tests-only-0123456789"
    changed = ENVIRONMENT | {"JWT_SECRET_KEY": new, "JWT_SECRET_KEY_OLD": old}
    of_old = visitor.token("shop")
    app = create_app(services_of(visitor.app), Settings.from_env(changed))
    rotated = Api(app, visitor.world, visitor.clients, visitor.keys)
    of_new = rotated.token("shop")

    assert jwt.get_unverified_header(of_new)["kid"] == kid(new)
    for shown in (of_old, of_new):
        assert rotated.get("/api/orders/", headers={"Authorization": f"Bearer {shown}"}).status_code == 200
    assert visitor.get("/api/orders/", headers={"Authorization": f"Bearer {of_new}"}).status_code == 401


def test_a_key_is_never_tried_in_place_of_another(visitor: Api) -> None:
    """A token that names the old key and is signed with the new one."""
    old, new = ENVIRONMENT["JWT_SECRET_KEY"], "a-newer-key-for-tests-only-0123456789"
    app = create_app(
        services_of(visitor.app),
        Settings.from_env(ENVIRONMENT | {"JWT_SECRET_KEY": new, "JWT_SECRET_KEY_OLD": old}),
    )
    shown = forged(key=new, header={"kid": kid(old)})
    answer = app.test_client().get("/api/orders/", headers={"Authorization": f"Bearer {shown}"})

    assert answer.status_code == 401


# ---- revocation, and the commands


def run(commands: AppGroup, *words: str, typed: str = "") -> Result:
    """Without an application: the commands need none."""
    for command in commands.commands.values():
        command.callback = getattr(command.callback, "__wrapped__", command.callback)
    return CliRunner().invoke(commands, words, input=typed)


def revoking(door: Door) -> AppGroup:
    return tokens_commands(door.services.revoked, door.api.world.clock, ENVIRONMENT["PUBLIC_URL"])


def test_one_of_our_tokens_is_revoked_by_its_id(door: Door) -> None:
    shown, other = door.api.token("shop"), door.api.token("shop")
    token_id = jwt.decode(shown, options={"verify_signature": False})["jti"]
    result = run(revoking(door), "revoke", token_id)

    assert result.exit_code == 0
    assert refusal(door.shows(shown)) == (401, "token_invalid")
    assert door.shows(other).status_code == 200


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_whole_token_is_revoked_from_standard_input(door: Door, whose: str) -> None:
    shown = door.api.token("shop") if whose == "ours" else token()
    result = run(revoking(door), "revoke", typed=f"{shown}\n")

    assert result.exit_code == 0
    assert shown not in result.output
    assert refusal(door.shows(shown)) == (401, "token_invalid")


def test_what_is_no_token_is_not_revoked(door: Door) -> None:
    assert run(revoking(door), "revoke", typed="nonsense").exit_code == 1


def issuing(door: Door) -> AppGroup:
    services = door.services
    inside = IssuersDoor(services.issuers, services.clients, OpenSealer(), door.api.world.clock)
    return issuers_commands(inside, lambda url: url.startswith("https://"), ENVIRONMENT["PUBLIC_URL"])


ADD = ("add", "shop", "--name", NAME, "--audience", AUDIENCE)


def test_an_issuer_is_bound_to_a_client_listed_and_removed(door: Door) -> None:
    commands = issuing(door)
    removed = run(commands, "remove", "shop")
    shut = door.shows(token())
    added = run(commands, *ADD, "--algorithm", "RS256", "--jwks-url", JWKS)
    listed = run(commands, "list")

    assert (removed.exit_code, added.exit_code) == (0, 0)
    assert listed.output == f"{NAME}  shop  RS256  {JWKS}\n"
    assert (shut.status_code, door.shows(token()).status_code) == (401, 200)


def test_a_shared_key_is_typed_and_kept_sealed(door: Door) -> None:
    commands = issuing(door)
    run(commands, "remove", "shop")
    added = run(commands, *ADD, "--algorithm", "HS256", typed=f"{SHARED}\n")
    kept = door.services.issuers.find(NAME)

    assert added.exit_code == 0
    assert SHARED not in added.output
    assert kept is not None and kept.sealed_key == f"sealed {SHARED}"


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "no keys": ((*ADD, "--algorithm", "RS256"), "goes with"),
    "two kinds of keys": ((*ADD, "--algorithm", "HS256", "--jwks-url", JWKS), "goes with"),
    "keys over http": ((*ADD, "--algorithm", "RS256", "--jwks-url", "http://login.shop.example"), "https"),
    "our own name": (
        (
            "add",
            "shop",
            "--name",
            ENVIRONMENT["PUBLIC_URL"],
            "--audience",
            "x",
            "--algorithm",
            "RS256",
            "--jwks-url",
            JWKS,
        ),
        "own tokens",
    ),
    "an unknown client": (
        ("add", "nobody", "--name", "x", "--audience", "x", "--algorithm", "RS256", "--jwks-url", JWKS),
        "no client nobody",
    ),
    "an issuer that is taken": ((*ADD, "--algorithm", "RS256", "--jwks-url", JWKS), "already"),
}


@pytest.mark.parametrize(("words", "told"), BAD.values(), ids=BAD.keys())
def test_an_issuer_that_would_be_a_hole_is_not_added(door: Door, words: tuple[str, ...], told: str) -> None:
    result = run(issuing(door), *words)

    assert result.exit_code == 1
    assert told in result.output
    assert list(door.services.issuers.all()) == [ISSUER]


def test_a_short_shared_key_is_not_taken(door: Door) -> None:
    commands = issuing(door)
    run(commands, "remove", "shop")
    result = run(commands, *ADD, "--algorithm", "HS256", typed="short\n")

    assert result.exit_code == 1
    assert list(door.services.issuers.all()) == []


def test_the_clocks_of_the_issuer_and_us_may_differ_by_minutes(door: Door) -> None:
    now, shown = datetime.now(UTC), token()
    with time_machine.travel(now - timedelta(minutes=4), tick=False):
        assert door.shows(shown).status_code == 200
    with time_machine.travel(now + timedelta(minutes=64), tick=False):
        assert door.shows(shown).status_code == 200
