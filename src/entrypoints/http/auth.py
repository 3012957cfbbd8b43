"""/api/auth/token/: OAuth 2.0 client credentials (RFC 6749, 4.4), as a form, as JSON, or with HTTP Basic."""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from flask import Response, current_app, json, request

from domain.ports import Client
from entrypoints.http import tokens, wall
from entrypoints.http.answers import TokenAnswer, TokenRefusal
from entrypoints.http.body import JsonBlueprint, read_json
from entrypoints.http.problems import HttpProblem
from entrypoints.http.refusing import refuses
from entrypoints.http.services import Services, services_of

_CLIENT_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_DECOY: Final = "OCTO_PAYMENTS_DECOY_HASH"
_SECRET_MAX_LENGTH: Final = 256
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="clients", charset="UTF-8"'}
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

blueprint = JsonBlueprint("auth", __name__, description="Access tokens", url_prefix="/api/auth")


class OAuthError(Exception):
    """RFC 6749, 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class _Credentials:
    client_id: str
    secret: str


_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                        "scope": {"type": "string", "description": "Scopes with spaces between; all if left out"},
                    },
                }
            }
            for media_type in ("application/x-www-form-urlencoded", "application/json")
        },
    }
}


@blueprint.post("/token/")
@blueprint.response(200, TokenAnswer)
@blueprint.alt_response(400, schema=TokenRefusal)
@blueprint.alt_response(401, schema=TokenRefusal)
@blueprint.doc(**_FORM)
@wall.against_guessing
@refuses("body_too_large", "too_many_requests")
def token() -> Response:
    """Get an access token for a client's id and secret."""
    parameters = _parameters()
    credentials = _credentials(parameters)
    if "grant_type" not in parameters:
        raise OAuthError("invalid_request", "grant_type is missing")
    client = _authenticated(credentials, services_of(current_app))
    if parameters["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is supported")
    rights = _granted(client, parameters.get("scope"))
    answer = {
        "access_token": tokens.issue(client, rights),
        "token_type": "Bearer",
        "expires_in": int(tokens.LIFETIME.total_seconds()),
        "scope": " ".join(rights),
    }
    return _answer(answer, 200)


@blueprint.errorhandler(OAuthError)
def refuse(error: OAuthError) -> Response:
    response = _answer({"error": error.error, "error_description": error.description}, error.status)
    if error.status == 401:
        response.headers.extend(_CHALLENGE)
    return response


def _parameters() -> dict[str, str]:
    """An empty parameter counts as left out, an unknown one is ignored, a repeated one is an error (RFC 6749, 3.2)."""
    if request.mimetype == "application/x-www-form-urlencoded":
        given = request.form.to_dict(flat=False)
        if any(len(values) > 1 for values in given.values()):
            raise OAuthError("invalid_request", "A parameter is repeated")
        return {name: values[0] for name, values in given.items() if values[0]}
    try:
        body = read_json(request)
    except HttpProblem:
        body = None
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise OAuthError("invalid_request", "The body must be a form, or a JSON object of strings")
    return {name: value for name, value in body.items() if value}


def _credentials(parameters: dict[str, str]) -> _Credentials:
    header = request.authorization
    in_body = _Credentials(parameters.get("client_id", ""), parameters.get("client_secret", ""))
    if "Authorization" not in request.headers:
        return in_body
    if header is None or header.type != "basic" or header.username is None or header.password is None:
        raise OAuthError("invalid_client", "The Authorization header is not HTTP Basic", 401)
    # RFC 6749, 2.3.1: both are form-encoded inside of Basic.
    in_header = _Credentials(unquote_plus(header.username), unquote_plus(header.password))
    if in_body.secret or in_body.client_id not in ("", in_header.client_id):
        raise OAuthError("invalid_request", "The client authenticates in more than one way")
    return in_header


def _authenticated(given: _Credentials, services: Services) -> Client:
    """A wrong id takes as long as a wrong secret."""
    client = services.clients.find(given.client_id) if _CLIENT_ID.fullmatch(given.client_id) else None
    secret_hash = client.secret_hash if client else _decoy_hash(services)
    readable = given.secret.isascii() and len(given.secret) <= _SECRET_MAX_LENGTH
    right = readable and services.hasher.matches(given.secret, secret_hash)
    if client is None or not right or client.disabled_at is not None:
        raise OAuthError("invalid_client", "The client is unknown, disabled, or its secret is wrong", 401)
    return client


def _decoy_hash(services: Services) -> str:
    if _DECOY not in current_app.extensions:
        current_app.extensions[_DECOY] = services.hasher.hash("nobody's secret")
    decoy: str = current_app.extensions[_DECOY]
    return decoy


def _granted(client: Client, asked: str | None) -> tuple[str, ...]:
    if asked is None:
        return client.scopes
    wanted = set(asked.split(" "))
    if not wanted <= set(client.scopes):
        raise OAuthError("invalid_scope", "A scope is unknown, or the client does not have it")
    return tuple(scope for scope in client.scopes if scope in wanted)


def _answer(body: dict[str, Any], status: int) -> Response:
    response = Response(json.dumps(body), status, mimetype="application/json")
    response.headers.extend(_NO_STORE)
    return response
