"""Hashes of what must not be kept: client secrets (argon2id), card numbers and the secrets of callback addresses (keyed)."""

import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.card import Card


class Argon2Hasher:
    """The secrets are 256 random bits, which nobody guesses whatever a guess costs.

    But anybody may have one checked, on all threads at once: OWASP's smallest cost instead of the library's 64 MiB on four cores.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    def hash(self, secret: str) -> str:
        return self._hasher.hash(secret)

    def matches(self, secret: str, secret_hash: str) -> bool:
        try:
            return self._hasher.verify(secret_hash, secret)
        except (VerificationError, InvalidHashError):
            return False


class HmacFingerprints:
    """`keys` are used for this alone (derived from SECRET_KEY), so that no other hash of ours equals these. The one in use first."""

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def of(self, card: Card) -> tuple[str, ...]:
        number = card.number.encode("ascii")
        return tuple(hmac.new(key, number, hashlib.sha256).hexdigest() for key in self._keys)


class HmacCallbackSecrets:
    """A binding's secret is a function of its id, so that none is stored. Makes them with the first key, knows those of any."""

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def of(self, saved_card_id: str) -> str:
        return _secret(self._keys[0], saved_card_id)

    def is_right(self, saved_card_id: str, secret: str) -> bool:
        given = secret.encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, _secret(key, saved_card_id).encode()) for key in self._keys]
        return any(matches)


def _secret(key: bytes, saved_card_id: str) -> str:
    return hmac.new(key, saved_card_id.encode(), hashlib.sha256).hexdigest()
