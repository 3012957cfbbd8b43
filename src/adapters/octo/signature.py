"""How OCTO signs a callback: SHA-1 over a secret, the payment's UUID and its status, in two published forms."""

import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum


class Formula(StrEnum):
    """`UNIQUE_KEY` is what every known integration uses. `SECRET_HASH_KEY` is what OCTO's page said, with the shop's secret as key."""

    UNIQUE_KEY = "unique_key"
    SECRET_HASH_KEY = "secret_hash_key"  # noqa: S105  a name


def is_signed(
    signature: str, keys: Sequence[str], formula: Formula, *, octo_transaction_id: str, status: str, hash_key: str
) -> bool:
    """By any of the keys: during a rotation the old one and the new one are right."""
    # Bytes, because compare_digest raises for text that is not ASCII; any text at all, because a forger sends what he likes.
    given = signature.upper().encode("utf-8", "surrogatepass")
    expected = [
        _sha1(inner + octo_transaction_id + status)
        for key in keys
        for inner in ([key] if formula is Formula.UNIQUE_KEY else _inner(key, hash_key))
    ]
    # A list and not a generator, so that all are compared and the time does not tell which key it was.
    return any([hmac.compare_digest(given, right.encode()) for right in expected])  # noqa: C419


def _inner(secret: str, hash_key: str) -> list[str]:
    """In which case the inner digest is written, OCTO does not say."""
    digest = _sha1(secret + hash_key)
    return [digest, digest.lower()]


def _sha1(text: str) -> str:
    # SHA-1 is OCTO's choice.
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
