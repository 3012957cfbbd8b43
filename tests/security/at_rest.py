"""What must never be at rest, in every form in which it could hide, and the places where that is looked for."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, inspect, text

# Shorter ends of a secret's base64 are too common in other things' encoding.
_BASE64_MIN: Final = 12
# What is in a request under these names, whatever it is.
_NAMED: Final = re.compile(rb"\\?\"(cvc2?|sms_?[kK]ey|exp(?:ire)?)\\?\"\s*:\s*\\?\"?[0-9]")


def forms(secret: str) -> dict[str, bytes]:
    """Of a card's number: plain, in groups with spaces and dashes, URL-encoded, as bytes in hex, and base64 at each of its offsets."""
    groups = [secret[i : i + 4] for i in range(0, len(secret), 4)] if secret.isdigit() else [secret]
    written = {"plain": secret, "spaced": " ".join(groups), "dashed": "-".join(groups)}
    written |= {"with %20": quote(" ".join(groups)), "with plus": "+".join(groups), "quoted": quote(secret, safe="")}
    found = {name: form.encode() for name, form in written.items()}
    found["hex"] = secret.encode().hex().encode()
    for name in ("plain", "spaced", "dashed"):
        for offset in range(3):
            found[f"base64 of {name}, {offset} further"] = _inside(written[name].encode(), offset)
    return found


def _inside(secret: bytes, offset: int) -> bytes:
    """The part of the base64 that does not depend on what stands before and after."""
    encoded = b64encode(b"\0" * offset + secret)
    start, end = (0, 2, 3)[offset], -(-(offset + len(secret)) // 3) * 4
    whole = (offset + len(secret)) % 3 == 0
    return encoded[start : end if whole else end - 4]


def needles(secrets: Mapping[str, str]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for what, secret in secrets.items():
        for form, needle in forms(secret).items():
            if not form.startswith("base64") or len(needle) >= _BASE64_MIN:
                found.setdefault(needle, f"{what}, {form}")
    return found


def offences(places: Iterable[tuple[str, bytes]], sought: Mapping[bytes, str]) -> list[str]:
    pattern = re.compile(b"|".join(re.escape(needle) for needle in sorted(sought, key=len, reverse=True)))
    found: list[str] = []
    for place, content in places:
        hits = {sought[hit] for hit in pattern.findall(content)}
        hits |= {f"a value named {name.decode()}" for name in _NAMED.findall(content)}
        found += [f"{place}: {hit}" for hit in sorted(hits)]
    return found


def files(folder: Path, *, without: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """All files below, also those that another process has open, but those that it takes away meanwhile."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in without:
            with suppress(FileNotFoundError):
                yield str(path.relative_to(folder)), path.read_bytes()


def dump(database_url: str) -> Iterator[tuple[str, bytes]]:
    """Each table as text, as a dump has it: a database may keep long values compressed."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
        for name in inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()  # noqa: S608  a table's own name
            lines = [" ".join(f"{column}={value}" for column, value in row.items()) for row in rows]
            yield f"dump of {name}", "\n".join(lines).encode("utf-8", "surrogatepass")


def data_directory(database_url: str) -> Path | None:
    """Where a PostgreSQL on this machine keeps its files, its write-ahead log among them."""
    engine = create_engine(database_url, poolclass=NullPool)
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        folder = Path(str(connection.execute(text("SHOW data_directory")).scalar_one()))
    return folder if folder.is_dir() else None
