"""How OCTO signs a callback, in both published forms."""

from hashlib import sha1


def by_unique_key(unique_key: str, uuid: str, status: str) -> str:
    return _upper_sha1(unique_key + uuid + status)


def by_hash_key(secret: str, hash_key: str, uuid: str, status: str) -> str:
    return _upper_sha1(_upper_sha1(secret + hash_key) + uuid + status)


def _upper_sha1(message: str) -> str:
    return sha1(message.encode("utf-8")).hexdigest().upper()
