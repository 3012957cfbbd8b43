"""`python -m tests.storm`: many storms, from a seed on; prints the seeds of those that broke a guarantee, and one seed's history."""

import argparse
import json
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.storm import databases
from tests.storm.storm import Outcome, Storm

RESULTS: Final = Path("var/results")
BATCH: Final = 100

_place: list[str | None] = []


def settle_down(places: "multiprocessing.Queue[str | None]") -> None:
    """A process takes one of the databases for its own."""
    _place.append(places.get())


def weather(seed: int) -> Outcome:
    """One storm on an empty database. An error that nobody expected is a broken guarantee too."""
    with databases.emptied(_place[0]) as database:
        storm = Storm(seed, database)
        try:
            return storm.run()
        except Exception:  # noqa: BLE001  the storms after it go on
            storm.outcome.violations.append(traceback.format_exc())
            return storm.outcome


def outcomes(arguments: argparse.Namespace) -> Iterator[Outcome]:
    until = time.monotonic() + arguments.minutes * 60
    processes = os.cpu_count() or 1
    with databases.places(arguments.database, processes) as found:
        places: multiprocessing.Queue[str | None] = multiprocessing.Queue()
        for place in found:
            places.put(place)
        last = arguments.seed + arguments.storms
        with ProcessPoolExecutor(processes, initializer=settle_down, initargs=(places,)) as pool:
            for first in range(arguments.seed, last, BATCH):
                if time.monotonic() > until:
                    break
                yield from pool.map(weather, range(first, min(first + BATCH, last)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.storm")
    parser.add_argument("--storms", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--database", choices=databases.NAMES, default="memory")
    parser.add_argument("--minutes", type=float, default=40, help="No new storms after this.")
    arguments = parser.parse_args()
    print(f"storms over {arguments.database}, from seed {arguments.seed} on", flush=True)
    injected: Counter[str] = Counter()
    broken: list[dict[str, Any]] = []
    run, last = 0, None
    for last in outcomes(arguments):
        run += 1
        injected.update(last.injected)
        if last.violations:
            broken.append({"seed": last.seed, "variant": last.variant, "violations": last.violations})
            print(f"seed {last.seed} ({last.variant}): {'; '.join(last.violations)}", flush=True)
    if arguments.storms == 1 and last is not None:
        print("\n".join(last.history))
    _keep(arguments, run, broken, injected)
    print(f"{run} storms, {len(broken)} broke a guarantee; injected: {dict(injected)}")
    return 1 if broken else 0


def _keep(arguments: argparse.Namespace, run: int, broken: list[dict[str, Any]], injected: Counter[str]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    figures = {
        "database": arguments.database,
        "seed": arguments.seed,
        "storms": run,
        "violations": broken,
        "injected": dict(injected),
    }
    (RESULTS / f"storm-{arguments.database}.json").write_text(json.dumps(figures, indent=2), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
