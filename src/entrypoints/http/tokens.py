"""Access tokens: our own (short-lived JWTs of one algorithm), those of outside issuers, and every way in which one is refused."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import jwt
from flask import Flask, current_app, request
from flask_jwt_extended import JWTManager, create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException

from domain.issuers import TokenRefused
from domain.ports import Client
from domain.schedule import CLOCKS_AGREE_WITHIN
from entrypoints.http.caller import PAYER_RIGHTS, Caller
from entrypoints.http.problems import HttpProblem
from entrypoints.http.services import Services, services_of
from entrypoints.settings import Settings

LIFETIME: Final = timedelta(minutes=15)
PAYER_LIFETIME: Final = timedelta(minutes=30)
_ALGORITHM: Final = "HS256"
# Said in the token itself (RFC 8725, 3.11), so that one kind never passes for the other.
_ACCESS: Final = "at+jwt"
_PAYER: Final = "payer+jwt"
# Before anything is decoded.
_LONGEST: Final = 4096
_KEYS: Final = "OCTO_PAYMENTS_TOKEN_KEYS"


def set_up(app: Flask, settings: Settings) -> None:
    keys = {_kid(key): key for key in settings.jwt_keys}
    app.config[_KEYS] = keys
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret_key,
        JWT_ALGORITHM=_ALGORITHM,
        JWT_DECODE_ALGORITHMS=[_ALGORITHM],
        # Several machines issue and check them.
        JWT_DECODE_LEEWAY=CLOCKS_AGREE_WITHIN,
        JWT_ENCODE_NBF=False,
        JWT_ENCODE_ISSUER=settings.public_url,
        JWT_DECODE_ISSUER=settings.public_url,
        JWT_ENCODE_AUDIENCE=f"{settings.public_url}/api/",
        JWT_DECODE_AUDIENCE=f"{settings.public_url}/api/",
        JWT_TOKEN_LOCATION=["headers"],
    )
    # `_own` has seen that the key is one of these.
    JWTManager(app).decode_key_loader(lambda header, claims: keys[header["kid"]])


def issue(client: Client, rights: tuple[str, ...]) -> str:
    """With client credentials the client is its own subject."""
    return _signed(client.id, _ACCESS, LIFETIME, {"client_id": client.id, "scope": " ".join(rights)})


def issue_for_payer(client_id: str, order_id: str) -> str:
    """For the payment calls of this one order, so that a shop's own token never reaches a browser."""
    claims = {"client_id": client_id, "order_id": order_id, "scope": " ".join(PAYER_RIGHTS)}
    return _signed(f"payer of {order_id}", _PAYER, PAYER_LIFETIME, claims)


def authenticated() -> tuple[Caller, str]:
    """From the request's token, with the token's own id. A right counts as long as both the token and its client have it."""
    token = _shown()
    services = services_of(current_app)
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError:
        raise _refused() from None
    if issuer == current_app.config["JWT_DECODE_ISSUER"]:
        return _own(token, services)
    return _outside(token, issuer, services)


def _own(token: str, services: Services) -> tuple[Caller, str]:
    header = jwt.get_unverified_header(token)
    kind, key = header.get("typ"), header.get("kid")
    if kind not in (_ACCESS, _PAYER) or key not in current_app.config[_KEYS]:
        raise _refused()
    claims = _verified(token)
    if not _is_complete(claims) or (kind == _PAYER) != isinstance(claims.get("order_id"), str):
        raise _refused()
    if services.revoked.is_revoked(claims["iss"], claims["jti"]):
        raise _refused()
    client = _active(claims["client_id"], services)
    rights = frozenset(claims["scope"].split()) & frozenset(client.scopes)
    return Caller(client.id, claims["sub"], rights, claims.get("order_id")), claims["jti"]


def _verified(token: str) -> Mapping[str, Any]:
    try:
        claims: dict[str, Any] = decode_token(token)
    except jwt.ExpiredSignatureError:
        raise _refused("token_expired") from None
    except (jwt.PyJWTError, JWTExtendedException):
        raise _refused() from None
    return claims


def _outside(token: str, name: object, services: Services) -> tuple[Caller, str]:
    issuer = services.issuers.find(name) if isinstance(name, str) else None
    if issuer is None:
        raise _refused()
    try:
        shown = services.outside_tokens.read(token, issuer)
    except TokenRefused as why:
        raise _refused("token_expired" if why.expired else "token_invalid") from None
    if services.revoked.is_revoked(issuer.name, shown.token_id):
        raise _refused()
    client = _active(issuer.client_id, services)
    return Caller(client.id, shown.subject, shown.scopes & frozenset(client.scopes)), shown.token_id


def _shown() -> str:
    """The token of the Authorization header; nowhere else is one looked for."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refused("token_missing")
    if len(token) > _LONGEST or not token.isascii():
        raise _refused()
    return token


def _signed(subject: str, kind: str, lifetime: timedelta, claims: Mapping[str, str]) -> str:
    token: str = create_access_token(
        identity=subject,
        expires_delta=lifetime,
        additional_claims=dict(claims),
        additional_headers={"kid": _kid(current_app.config["JWT_SECRET_KEY"]), "typ": kind},
    )
    return token


def _kid(key: str) -> str:
    """Names a key and gives nothing of it away."""
    return hmac.digest(key.encode(), b"octo-payments kid", "sha256").hex()[:16]


def _is_complete(claims: Mapping[str, Any]) -> bool:
    """The library checks signature, times, issuer and audience, but takes a token without `exp` or `jti`."""
    texts = all(isinstance(claims.get(name), str) and claims[name] for name in ("jti", "sub", "client_id"))
    whole = texts and "exp" in claims and "iat" in claims and isinstance(claims.get("scope"), str)
    return whole and claims.get("type") == "access"


def _active(client_id: str, services: Services) -> Client:
    client = services.clients.find(client_id)
    if client is None or client.disabled_at is not None:
        raise _refused()
    return client


def _refused(code: str = "token_invalid") -> HttpProblem:
    # RFC 6750: no error word where no token was shown.
    shown = "" if code == "token_missing" else ', error="invalid_token"'
    return HttpProblem(code, 401, headers={"WWW-Authenticate": f'Bearer realm="api"{shown}'})
