"""Reads variables of the environment, and collects what is wrong with them in words that say what to do."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

_HOST: Final = re.compile(r"\.?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class Variables:
    """`problems` names all that is wrong at once, `bad` the variables that have been named."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []
        self.bad: set[str] = set()

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def text(self, name: str, advice: str, *, default: str | None = None) -> str:
        value = self.optional(name) or default
        return self._wrong(name, f"is not set: {advice}", "") if value is None else value

    def url(self, name: str, meaning: str, *, default: str | None = None) -> str:
        value = self.text(name, f"give {meaning}", default=default)
        if name in self.bad:
            return value
        if not _is_address(value):
            return self._wrong(name, f"is not an address: give {meaning}, such as https://pay.example.uz", "")
        return value.rstrip("/")

    def store(self, name: str, servers: Sequence[str], advice: str, *, default: str) -> str:
        """A file of SQLite, or a server with one of these schemes. The problem quotes nothing: there may be a password in it."""
        value = self.optional(name) or default
        scheme, _, rest = value.partition("://")
        # Without a path SQLite would be in memory, and every process have its own.
        is_file = scheme == "sqlite" and rest.startswith("/") and rest.strip("/") != ""
        if is_file or (scheme in servers and _has_fine_port(rest)):
            return value
        return self._wrong(name, f"is no address of a store: write {advice}", default)

    def number(self, name: str, allowed: range, *, default: int | None = None) -> int:
        value = self.optional(name)
        if value is None and default is not None:
            return default
        if value is not None and value.isascii() and value.isdigit() and len(value) < 20 and int(value) in allowed:
            return int(value)
        problem = "is not set" if value is None else "is out of range or not a whole number"
        return self._wrong(name, f"{problem}: give one from {allowed.start} to {allowed.stop - 1}", allowed.start)

    def flag(self, name: str, meaning: str) -> bool:
        value = self.optional(name)
        if value is None or value.lower() not in ("true", "false"):
            return self._wrong(name, f"must be true or false: {meaning}", fallback=True)
        return value.lower() == "true"

    def choice(self, name: str, words: type[T], default: T) -> T:
        value = self.optional(name)
        known: Callable[[str], T] = words
        try:
            return default if value is None else known(value)
        except ValueError:
            return self._wrong(name, f"must be one of: {', '.join(words)}", default)  # type: ignore[arg-type]

    def several(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """A list with commas; all of `allowed` where it is not set."""
        value = self.optional(name)
        words = tuple(allowed) if value is None else tuple(dict.fromkeys(w.strip() for w in value.split(",")))
        if set(words) <= set(allowed):
            return words
        return self._wrong(name, f"must be some of {', '.join(allowed)}, with commas between them", ())

    def hosts(self, name: str) -> tuple[str, ...]:
        """Names of machines with commas between, a leading dot for all below."""
        value = self.optional(name)
        words = () if value is None else tuple(word.strip().lower() for word in value.split(","))
        if all(_HOST.fullmatch(word) for word in words):
            return words
        return self._wrong(
            name, "must be names such as pay.example.uz, with commas between them and without https://", ()
        )

    def _wrong(self, name: str, problem: str, fallback: T) -> T:
        self.problems.append(f"{name} {problem}")
        self.bad.add(name)
        return fallback


def _has_fine_port(rest: str) -> bool:
    """Of what stands behind the scheme. A password may hold any sign but an @."""
    host = re.split(r"[/?]", rest.rpartition("@")[2], maxsplit=1)[0]
    port = re.search(r":([^\]]*)$", host)
    return port is None or (port[1].isascii() and port[1].isdigit() and 0 < int(port[1][:6]) < 65_536)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and port_is_fine
