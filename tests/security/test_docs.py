"""docs/security.md names code and tests that are there, and the doors that have a mutant."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_each_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([\w./-]+\.(?:py|md|lock|toml))`", TEXT))
    missing = [file for file in named if not any((ROOT / folder / file).exists() for folder in ("", "src", "tests"))]

    assert missing == []
    assert len(named) > 60


def test_each_row_names_a_test() -> None:
    rows = [line for line in TEXT.partition("## The doors")[0].splitlines() if line.startswith("| ")]
    told = [row for row in rows if not re.match(r"\| (requirement|risk|section|what|---)", row)]

    assert [row for row in told if "test_" not in row.rsplit("|", 2)[1]] == []
    assert len(told) > 40


def test_each_door_names_its_patches() -> None:
    rows = [
        line for line in TEXT.partition("## The doors")[2].partition("## Left to you")[0].splitlines() if "| `" in line
    ]
    named = [name for row in rows for name in re.findall(r"`([\w-]+)`", row.split("|")[2])]
    there = {patch.stem for patch in (ROOT / "tests" / "mutants").glob("*.patch")}

    assert [name for name in named if name not in there] == []
    assert len(named) == len(set(named)) > 80
