"""F17 in full: SIGKILL at every boundary of every story, then at seeded pairs of boundaries, on SQLite and on PostgreSQL.

Prints what was swept and writes it below var/results. SEED chooses the pairs, PAIRS how many of them, STORY a part of a story's
name. The exit code is 0 only if nothing was lost and nothing happened twice.
"""

import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.faults import databases, octo, receiver
from tests.faults.chance import SEED
from tests.faults.live import python_path
from tests.faults.record import RESULTS, Injected, record
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.stories import STORIES
from tests.faults.sweep import Result, Story, Sweep

PAIRS: Final = int(os.environ.get("PAIRS") or 100)
STORY: Final = os.environ.get("STORY") or ""
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it


@contextmanager
def prepared(name: str) -> Iterator[Sweep]:
    with ExitStack() as stack:
        # SIGKILL leaves what was written to the operating system, so that a disk would only be slower.
        place = _MEMORY if _MEMORY.is_dir() else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place, prefix="kill-sweep-")))
        sandbox = stack.enter_context(octo.running(folder, os.environ))
        clock = ShiftedClock(folder / "clock")
        shops_program = stack.enter_context(receiver.running(folder, os.environ | {"PYTHONPATH": python_path()}))
        if name == "sqlite":
            yield Sweep(folder, sandbox, databases.SqliteFile(folder, clock), clock, shops_program)
        else:
            server_folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kill-sweep-")))
            server = stack.enter_context(databases.postgresql_server(server_folder))
            database = stack.enter_context(databases.postgresql(server, clock))
            yield Sweep(folder, sandbox, database, clock, shops_program)


def swept(name: str) -> list[Result]:
    """All stories on one database, each boundary once, then the pairs."""
    stories = [story for story in STORIES if STORY in story.name]
    with prepared(name) as sweep:
        results = []
        for story in stories:
            result = sweep.swept(story, 1, 1)
            _tell(result)
            results.append(result)
        pairs = _paired(sweep, stories, results, random.Random(SEED))  # noqa: S311  to be replayed
        _tell(pairs)
        return [*results, pairs]


def _paired(sweep: Sweep, stories: list[Story], results: list[Result], chance: random.Random) -> Result:
    """Whoever goes on after the first kill is killed as well."""
    pairs = Result(f"killed twice, {PAIRS} seeded pairs", results[0].database)
    for _ in range(PAIRS):
        story, of = chance.choice(list(zip(stories, results, strict=True)))
        points = chance.randint(1, of.boundaries), chance.randint(1, 200)
        _, wrong = sweep.run(story, *points)
        pairs.kills += 1
        pairs.violations += [f"{story.name}, killed at {points}: {each}" for each in wrong]
    return pairs


def _tell(result: Result) -> None:
    record(
        Injected(
            fault="F17",
            case=result.story,
            database=result.database,
            injected=result.kills,
            violations=len(result.violations),
            scope="full",
            figures={"boundaries": result.boundaries, "seed": SEED},
        ),
        test="make kill-sweep",
    )
    print(
        f"{result.database:10}  {result.kills:5} kills  {len(result.violations):3} violations  {result.story}",
        flush=True,
    )
    for violation in result.violations:
        print(f"            {violation}", flush=True)


def main() -> int:
    print(
        f"SEED={SEED} PAIRS={PAIRS}: both databases at the same time, which takes more than an hour",
        flush=True,
    )
    with ProcessPoolExecutor(len(databases.NAMES), mp_context=get_context("spawn")) as pool:
        results = [result for found in pool.map(swept, databases.NAMES) for result in found]
    total = {
        name: {
            "kill_points": sum(r.kills for r in results if r.database == name),
            "violations": sum(len(r.violations) for r in results if r.database == name),
        }
        for name in databases.NAMES
    }
    (RESULTS / "kill_sweep.json").write_text(json.dumps({"seed": SEED, "total": total}, indent=2) + "\n")
    for name, figures in total.items():
        print(f"{name}: {figures['kill_points']} kill points swept, {figures['violations']} violations")
    return 1 if any(figures["violations"] for figures in total.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
