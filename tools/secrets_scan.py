"""Looks for secrets in the files that git keeps: keys, tokens, passwords in addresses, real settings, card numbers.

`python -m tools.secrets_scan [file …]`; without files, all that git keeps. Exit code 1 if something is found. A line that is meant
says so: `not a secret: why`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
MEANT: Final = "not a secret:"
# What tests and examples make up is told by these words.
_MADE_UP: Final = re.compile(r"change-me|example|demo-|secret-of|k3y-|nobody:|user:|//u:p@", re.IGNORECASE)
_RULES: Final[dict[str, re.Pattern[str]]] = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "a cloud's key": re.compile(
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{36}\b|\bxox[abp]-[0-9A-Za-z-]{20,}"
    ),
    "a webhook's secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{32,}={0,2}"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^\s:/@\"'{]+:[^\s:/@\"'{]+@[^\s\"']+"),
    "a setting": re.compile(
        r"^(?:export )?(?:OCTO_SECRET|OCTO_UNIQUE_KEY|SECRET_KEY|JWT_SECRET_KEY)(?:_OLD)?=(\S{8,})"
    ),
}
# Settings of one's own, whatever is in them.
_FILES: Final = re.compile(r"(^|/)(\.env(\.(?!example$).*)?|.*\.(pem|key|p12|pfx|sqlite3|db))$")


class Found(NamedTuple):
    file: str
    line: int
    what: str


def in_text(file: str, text: str) -> Iterator[Found]:
    for number, line in enumerate(text.splitlines(), 1):
        if MEANT in line:
            continue
        for what, rule in _RULES.items():
            hit = rule.search(line)
            if hit and not _MADE_UP.search(hit[0]):
                yield Found(file, number, what)


def in_files(files: Sequence[str]) -> Iterator[Found]:
    for file in files:
        if _FILES.search(file):
            yield Found(file, 0, "a file that is nobody else's business")
            continue
        try:
            text = (ROOT / file).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        yield from in_text(file, text)


def kept_by_git() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [file for file in listed.stdout.split("\0") if file]


def main(arguments: Sequence[str]) -> int:
    files = list(arguments) or kept_by_git()
    found = list(in_files(files))
    for one in found:
        print(f"{one.file}:{one.line}: {one.what}")
    print(f"{len(files)} files, {len(found)} secrets")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
