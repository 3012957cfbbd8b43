"""Tokens of outside issuers, checked after RFC 8725: one algorithm, keys by `kid`, every claim there and of its type."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import requests
from jwt.api_jwk import PyJWK
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from adapters.deadline import DeadlineAdapter, ending
from domain.issuers import Algorithm, Issuer, Shown, TokenRefused
from domain.ports import Sealer, Unreadable
from domain.schedule import CLOCKS_AGREE_WITHIN

# Longer than that no token of theirs may live, so that a revocation need not be kept for ever.
LONGEST_LIFE: Final = timedelta(hours=24)
_TYPES: Final = ("jwt", "at+jwt", "application/at+jwt")
_REQUIRED: Final = ("exp", "iat", "iss", "aud", "sub", "jti")
_LONGEST: Final = 128
_FRESH_SECONDS: Final = 600
# An unknown `kid` may be a new key, or anybody's invention.
_AGAIN_SECONDS: Final = 60
# While the issuer does not answer, its last keys go on for so long.
_STALE_SECONDS: Final = 3600
_DEADLINE_SECONDS: Final = 5.0
_BODY_CAP: Final = 256 * 1024

Fetch = Callable[[str], bytes]
Keys = Mapping[str, PyJWK]


class NoKeys(Exception):
    """The issuer's keys cannot be had."""


class CheckedTokens:
    """The domain's OutsideTokens."""

    def __init__(self, sealer: Sealer, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sealer = sealer
        self._published = _Published(fetch, monotonic)

    def read(self, token: str, issuer: Issuer) -> Shown:
        try:
            header = jwt.get_unverified_header(token)
            if str(header.get("typ", "JWT")).lower() not in _TYPES or header.get("crit") is not None:
                raise TokenRefused()
            claims = jwt.decode(
                token,
                self._key(issuer, header),
                algorithms=[issuer.algorithm.value],
                audience=issuer.audience,
                issuer=issuer.name,
                leeway=CLOCKS_AGREE_WITHIN,
                options={"require": list(_REQUIRED), "enforce_minimum_key_length": True},
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefused(expired=True) from None
        except (jwt.PyJWTError, NoKeys, Unreadable, TypeError, ValueError):
            raise TokenRefused() from None
        return _shown(claims, issuer)

    def _key(self, issuer: Issuer, header: Mapping[str, Any]) -> PyJWK | str:
        if issuer.jwks_url is None:
            return self._sealer.open(issuer.sealed_key or "")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise NoKeys
        return self._published.key(issuer.jwks_url, issuer.algorithm, kid)


@dataclass
class _Known:
    """One issuer's keys. `tried_at` is when they were last asked for, with or without success."""

    keys: Keys = field(default_factory=dict)
    fetched_at: float | None = None
    tried_at: float | None = None
    asking: threading.Lock = field(default_factory=threading.Lock)

    def key(self, kid: str, *, within: float, now: float) -> PyJWK | None:
        return self.keys.get(kid) if self.fetched_at is not None and now - self.fetched_at <= within else None


class _Published:
    """Keys as issuers publish them, kept for a while."""

    def __init__(self, fetch: Fetch, monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._known: dict[tuple[str, Algorithm], _Known] = {}

    def key(self, url: str, algorithm: Algorithm, kid: str) -> PyJWK:
        known = self._known.setdefault((url, algorithm), _Known())
        now = self._monotonic()
        # Whoever invents a key's name, while the issuer is slow, keeps nobody waiting whose key is known.
        if (fresh := known.key(kid, within=_FRESH_SECONDS, now=now)) is not None:
            return fresh
        with known.asking:
            rested = known.tried_at is None or now - known.tried_at > _AGAIN_SECONDS
            if rested and known.key(kid, within=_FRESH_SECONDS, now=now) is None:
                self._refresh(known, url, algorithm, now)
            found = known.key(kid, within=_STALE_SECONDS, now=now)
        if found is None:
            raise NoKeys
        return found

    def _refresh(self, known: _Known, url: str, algorithm: Algorithm, now: float) -> None:
        known.tried_at = now
        try:
            known.keys = _keys(self._fetch(url), algorithm)
        except NoKeys:
            return
        known.fetched_at = now


def fetch_keys(url: str) -> bytes:
    """Follows no redirects, reads no proxies or passwords from the environment, and ends in time. Raises NoKeys."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", DeadlineAdapter(ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)))
    session.mount("http://", DeadlineAdapter(ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)))
    try:
        with (
            session,
            ending(time.monotonic() + _DEADLINE_SECONDS),
            session.get(url, stream=True, allow_redirects=False, timeout=_DEADLINE_SECONDS) as answer,
        ):
            body = answer.raw.read(_BODY_CAP + 1, decode_content=True)
            if answer.status_code != 200 or len(body) > _BODY_CAP:
                raise NoKeys
            return bytes(body)
    except (requests.RequestException, OSError, ValueError):
        raise NoKeys from None


def is_fit_for_keys(url: str, *, loopback: bool) -> bool:
    """Keys come over https; in development also from this very machine without."""
    parts = urlsplit(url)
    near = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (loopback and near))


def _keys(raw: bytes, algorithm: Algorithm) -> Keys:
    """Those of a JWK set that fit the issuer's algorithm; the others are for something else."""
    try:
        found = json.loads(raw)["keys"]
        published = [key for key in found if isinstance(key, dict) and isinstance(key.get("kid"), str)]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoKeys from None
    fitting: dict[str, PyJWK] = {}
    for key in published:
        if key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm or key.get("kty") == "oct":
            continue
        try:
            fitting[key["kid"]] = PyJWK(key, algorithm.value)
        except (jwt.PyJWTError, TypeError, ValueError):
            continue
    return fitting


def _shown(claims: Mapping[str, Any], issuer: Issuer) -> Shown:
    subject, token_id, scope = claims["sub"], claims["jti"], claims.get("scope")
    if not _is_name(subject) or not _is_name(token_id):
        raise TokenRefused()
    # The client's own back end goes by this subject.
    if subject == issuer.client_id:
        raise TokenRefused()
    # The library takes texts of digits for times too.
    issued, ends = claims["iat"], claims["exp"]
    if not isinstance(issued, int | float) or not isinstance(ends, int | float):
        raise TokenRefused()
    if ends - issued > LONGEST_LIFE.total_seconds():
        raise TokenRefused()
    if scope is None:
        return Shown(subject, token_id, frozenset(issuer.scopes))
    if not isinstance(scope, str):
        raise TokenRefused()
    return Shown(subject, token_id, frozenset(scope.split()) & frozenset(issuer.scopes))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()
