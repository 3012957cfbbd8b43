"""What was injected and what came of it, kept below var/results, so that the documentation is written from it and not typed."""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest

from tests.faults.chance import SCOPE

RESULTS: Final = Path(__file__).resolve().parent.parent.parent / "var" / "results"


class How(StrEnum):
    RAN = "ran"
    SIMULATED = "simulated"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, kw_only=True)
class Injected:
    """One kind of fault, tried on one database. `injected` counts how often it really happened; `scope` is slice or full."""

    fault: str
    case: str
    database: str
    injected: int
    violations: int
    how: How = How.RAN
    scope: str = SCOPE
    figures: dict[str, int | str] = field(default_factory=dict)


def record(result: Injected, *, test: str | None = None) -> None:
    """Replaces what stands under the same fault, case, database and scope."""
    by = test or os.environ.get("PYTEST_CURRENT_TEST", "").removesuffix(" (call)")
    key = "|".join((result.fault, result.case, result.database, result.scope))
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "faults.json"
    with (RESULTS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = json.loads(path.read_text()) if path.exists() else {}
        known[key] = asdict(result) | {"test": by}
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        unfinished.replace(path)


def counted(request: pytest.FixtureRequest, *, fault: str, case: str, database: str) -> Iterator[None]:
    """For a module whose tests each inject the fault: a module's fixture yields from this."""
    failed = request.session.testsfailed
    yield
    tests = sum(item.path == request.path for item in request.session.items)
    violations = request.session.testsfailed - failed
    by = str(request.path.relative_to(Path(__file__).resolve().parent.parent.parent))
    record(Injected(fault=fault, case=case, database=database, injected=tests, violations=violations), test=by)
