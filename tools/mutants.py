"""Takes one guard out at a time, and shows which test turns red for it.

Each patch in tests/mutants says in its head why the guard is there and which tests are to miss it:

    # Why: …
    # Tests: tests/unit/test_books.py …

A patch that no longer applies, a guard that no test misses, and tests that are red without any patch are failures.
`make mutants ONLY=name` runs one.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PATCHES: Final = ROOT / "tests" / "mutants"
RESULTS: Final = ROOT / "var" / "results" / "mutants.json"
# A mutant that hangs is noticed as well.
WITHIN_SECONDS: Final = 300
# All tests that any mutant names, without a mutant.
ALL_WITHIN_SECONDS: Final = 1800
JOBS: Final = os.cpu_count() or 1
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """`red` names the tests that missed the guard, the first few of them."""

    mutant: str
    why: str
    state: str
    red: Sequence[str] = ()


class Mutant:
    """Raises ValueError for a patch whose head does not say why and which tests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text("utf-8")
        head = {name: value.strip() for name, value in re.findall(r"^# (Why|Tests): (.+)$", text, re.MULTILINE)}
        if set(head) != {"Why", "Tests"}:
            raise ValueError(f"{path.name}: its head needs a line '# Why: …' and a line '# Tests: …'")
        self.why, self.tests = head["Why"], head["Tests"].split()

    def verdict(self, tree: Path) -> Verdict:
        if not _applied(tree, self.path):
            return Verdict(self.path.stem, self.why, "does not apply")
        try:
            code, printed = _tested(tree, self.tests, WITHIN_SECONDS)
        finally:
            _run(["git", "checkout", "--quiet", "."], tree)
        if code == 1:
            return Verdict(self.path.stem, self.why, "killed", tuple(dict.fromkeys(_FAILED.findall(printed)))[:3])
        return Verdict(self.path.stem, self.why, "survived" if code == 0 else f"broke the tests (exit code {code})")


@contextmanager
def copy_of_head() -> Iterator[Path]:
    """The committed tree, to be damaged at will."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"
        _run(["git", "clone", "--quiet", "--shared", str(ROOT), str(tree)], ROOT)
        yield tree


def _applied(tree: Path, patch: Path) -> bool:
    return _run(["git", "apply", str(patch)], tree, check=False).returncode == 0


def _tested(tree: Path, tests: Sequence[str], within_seconds: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    # Before the installed link to the working tree.
    env = os.environ | {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=tree, env=env, capture_output=True, text=True, timeout=within_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, "FAILED (it hung)"
    return done.returncode, done.stdout


def _run(command: Sequence[str], folder: Path, *, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=folder, capture_output=True, check=check)


def _keep(verdicts: Sequence[Verdict]) -> None:
    """Replaces what is known of these mutants, and forgets those that are no longer there."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    by_name = {v["mutant"]: v for v in known} | {v.mutant: asdict(v) for v in verdicts}
    there = {path.stem for path in PATCHES.glob("*.patch")}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps([by_name[name] for name in sorted(there & set(by_name))], indent=2), "utf-8")


def _told(verdict: Verdict) -> Verdict:
    print(f"{verdict.state:10} {verdict.mutant:40} {' '.join(verdict.red)}", flush=True)
    return verdict


def main() -> int:
    only = os.environ.get("ONLY", "")
    mutants = [Mutant(path) for path in sorted(PATCHES.glob("*.patch")) if only in path.stem]
    with ExitStack() as stack:
        trees: Queue[Path] = Queue()
        for _ in range(JOBS):
            trees.put(stack.enter_context(copy_of_head()))

        def judged(mutant: Mutant) -> Verdict:
            tree = trees.get()
            try:
                return _told(mutant.verdict(tree))
            finally:
                trees.put(tree)

        every = sorted({test for mutant in mutants for test in mutant.tests})
        code, printed = _tested(trees.queue[0], every, ALL_WITHIN_SECONDS)
        if code != 0:
            print(f"The tests are red without any mutant:\n{printed[-2000:]}")
            return 1
        verdicts = list(stack.enter_context(ThreadPoolExecutor(JOBS)).map(judged, mutants))
    _keep(verdicts)
    survivors = [v for v in verdicts if v.state != "killed"]
    print(f"{len(verdicts)} mutants, {len(verdicts) - len(survivors)} killed, {len(survivors)} not")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
