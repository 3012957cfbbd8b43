"""The exploration as a program: `python -m tests.exploration`, and with `--full` all that may happen within wider bounds."""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from tests.exploration.search import Found, explore
from tests.exploration.variants import FAST, FULL, Variant

RESULTS: Final = Path("var/results/exploration.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.exploration", description=__doc__)
    parser.add_argument("--full", action="store_true", help="two attempts, more cards, codes, losses, crashes")
    parser.add_argument("--most", type=int, default=5_000_000, metavar="STATES", help="stop a variant after so many")
    parser.add_argument("--only", default="", metavar="WORDS", help="only variants whose name contains these words")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many variants at a time")
    asked = parser.parse_args()
    variants = [v for v in (FULL if asked.full else FAST) if asked.only in v.name]
    total = violations = 0
    results = []
    for found in explored(variants, asked.most, asked.jobs):
        total += found.states
        violations += found.violation is not None
        say(line(found))
        results.append(figures(found))
        if found.violation:
            say(str(found.violation))
    say(f"{len(variants)} variants, {total:,} states, {violations} violations")
    if asked.full and not asked.only:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(sorted(results, key=lambda r: str(r["variant"])), indent=2), "utf-8")
    return 1 if violations else 0


def figures(found: Found) -> dict[str, str | int | bool]:
    """For docs/guarantees.md."""
    return {
        "variant": found.variant.name,
        "states": found.states,
        "happenings": found.happenings,
        "depth": found.depth,
        "complete": found.complete,
        "violations": int(found.violation is not None),
    }


def explored(variants: list[Variant], most: int, jobs: int) -> Iterator[Found]:
    """As they are finished. Each has its own process, which gives its memory back."""
    with ProcessPoolExecutor(max_workers=jobs, max_tasks_per_child=1) as processes:
        for future in as_completed([processes.submit(explore, variant, most) for variant in variants]):
            yield future.result()


def line(found: Found) -> str:
    extent = "complete" if found.complete else "stopped"
    rate = found.states / max(found.seconds, 0.001)
    return (
        f"{found.variant.name:40} {found.states:>10,} states  {found.happenings:>11,} happenings"
        f"  {extent} at depth {found.depth:>2}  {found.seconds:>7.1f} s  {rate:>7,.0f} states/s"
    )


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
