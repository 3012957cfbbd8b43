"""Idempotency-Key on every POST, except those that give a token: the same request gets the same answer, and its effect happens once.

After the IETF draft "The Idempotency-Key HTTP Header Field", with Stripe's semantics.
"""

import hashlib
import hmac
import json
import re
from typing import Final

import structlog
from flask import Flask, Response, current_app, g, request

from domain.ports import StorageUnavailable, StoredAnswer
from entrypoints.http.body import read_json
from entrypoints.http.caller import caller
from entrypoints.http.problems import HttpProblem
from entrypoints.http.services import services_of
from entrypoints.logs import holds_card
from entrypoints.settings import Settings

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_IN_PROGRESS_SECONDS: Final = 2
# After these nothing has happened, so that the same key may try again. 500 is not among them: then nobody knows.
_WITHOUT_EFFECT: Final = frozenset({401, 403, 429, 503})
_HMAC_KEYS: Final = "IDEMPOTENCY_HMAC_KEYS"

log: Final = structlog.get_logger()


def set_up(app: Flask, settings: Settings) -> None:
    # Keys of its own: what one use of SECRET_KEY gives away says nothing about another. Those of SECRET_KEY_OLD come after the ones
    # in use, so that an answer given before a change of keys is still found.
    purpose = b"octo-payments idempotency fingerprint"
    app.config[_HMAC_KEYS] = [hmac.digest(key.encode(), purpose, "sha256") for key in settings.secret_keys]


def begin() -> Response | None:
    """The answer that stands under the key, or None: go on."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(key) or holds_card(key):
        raise HttpProblem("idempotency_key_invalid", 400)
    services = services_of(current_app)
    fingerprints = _fingerprints()
    latest, *older = fingerprints
    stored = services.idempotency.claim(caller().keyring, key, latest, services.clock.now(), tuple(older))
    if stored is None:
        g.idempotency = (key, fingerprints)
        return None
    if not any(hmac.compare_digest(stored.fingerprint.encode(), known.encode()) for known in fingerprints):
        raise HttpProblem("idempotency_key_reused", 422)
    if stored.status is None:
        raise HttpProblem("idempotency_in_progress", 409, headers={"Retry-After": str(_IN_PROGRESS_SECONDS)})
    replayed = Response(stored.body, stored.status, content_type=stored.content_type)
    replayed.headers["Idempotent-Replayed"] = "true"
    return replayed


def request_keys() -> tuple[str, ...]:
    """Names of this very request, and of any repeat of it under the same key, for whoever must not do it twice; none without a key.

    The first is the one to be kept, the others are those that it was kept under before a change of SECRET_KEY.
    """
    key, fingerprints = g.get("idempotency", ("", ()))
    return tuple(hashlib.sha256(f"{key} {fingerprint}".encode()).hexdigest() for fingerprint in fingerprints)


def end(response: Response) -> Response:
    """Keeps the answer, or frees the key where nothing has happened."""
    claimed = g.pop("idempotency", None)
    if claimed is None:
        return response
    key, (fingerprint, *_) = claimed
    keys = services_of(current_app).idempotency
    try:
        if response.status_code in _WITHOUT_EFFECT:
            keys.release(caller().keyring, key)
        else:
            body = response.get_data(as_text=True)
            keys.finish(
                caller().keyring, key, StoredAnswer(fingerprint, response.status_code, body, response.content_type)
            )
    except StorageUnavailable:
        # The answer is true all the same; the key stays taken until the store gives it up.
        log.warning("idempotency_key_left_open")
    return response


def _fingerprints() -> tuple[str, ...]:
    """Of everything that makes the request what it is, the one to be kept first.

    Keyed, since a card's number could be guessed from a plain hash.
    """
    parts = [
        caller().subject,
        request.path.rstrip("/"),
        sorted(request.args.items(multi=True)),
        read_json(request) if request.get_data() else None,
    ]
    canonical = json.dumps(parts, sort_keys=True, default=str, separators=(",", ":"))
    keys = current_app.config[_HMAC_KEYS]
    return tuple(hmac.digest(key, canonical.encode(), hashlib.sha256).hex() for key in keys)
