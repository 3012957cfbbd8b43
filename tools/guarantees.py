"""Writes docs/guarantees.md out of what the last runs left below var/results, so that no figure in it was ever typed.

`make test` leaves the slices, `make kill-sweep`, `make storm`, `make exploration` and `make mutants` the full runs.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "var" / "results"
PAGE: Final = ROOT / "docs" / "guarantees.md"

GUARANTEES: Final = {
    "G1": "At most one successful charge per order; a second one that OCTO reports is recorded, flagged and refundable",
    "G2": "At most one live attempt per order, by a unique index too",
    "G3": "No success is lost, not even after failed or cancelled",
    "G4": "No phantom success: only on OCTO's word for this payment, with its amount and currency",
    "G5": "Final is final, except failed or cancelled → success on OCTO's word, with review; by a trigger too",
    "G6": "The order's status is a function of its attempts, refunds and the shop's cancellation, changed in the same commit",
    "G7": "Each change that concerns money has exactly one audit event, append-only by a trigger",
    "G8": "A card, a code, a resend and a decision about a hold leave once, unless they provably never left",
    "G9": "Same Idempotency-Key and body: same answer. Other body: 422. Still running: 409",
    "G10": "An accepted callback is stored before it is answered; any number in any order has one effect",
    "G11": "A forged, stale or mismatched callback changes no order",
    "G12": "Each final change makes exactly one event for the shop, delivered at least once under the same id",
    "G13": "Card data and secrets are nowhere at rest, in logs or in errors",
    "G14": "A client reads and acts on its own orders only",
    "G15": "Money is exact: 0 ≤ refunded ≤ captured ≤ amount, in integers",
    "G16": "Nothing is unresolved and forgotten, and nothing is failed by age alone",
    "G17": "Nothing depends on two clocks agreeing within five minutes",
}
FAULTS: Final = {
    "F1": "OCTO times out before it processed",
    "F2": "OCTO times out after it processed",
    "F3": "connection refused, name not found, bad certificate",
    "F4": "reset after processing, truncated body",
    "F5": "500, 502, 503, 504, 429 before and after processing",
    "F6": "200 with HTML, broken JSON, missing or other fields, NaN, 10 MB",
    "F7": "a body that trickles a byte a second",
    "F8": "OCTO gone for minutes under many confirms",
    "F9": "the same callback 50 times at once",
    "F10": "a callback before our own answer or commit",
    "F11": "callbacks in every permutation",
    "F12": "a callback days late, after the end, contradicting it",
    "F13": "forged callbacks of every kind",
    "F14": "the callback never comes",
    "F15": "50 confirms, refunds or cards to be saved at once, two processes",
    "F16": "confirm, callback, capture, release, settlement and operator race",
    "F17": "SIGKILL at every boundary",
    "F18": "SIGTERM during pay",
    "F19": "database connections cut; the server killed and restarted",
    "F20": "SQLite locked, disk full, read-only",
    "F21": "the commit happened, its answer was lost",
    "F22": "the job store wiped",
    "F23": "jobs doubled, parallel, late",
    "F24": "clocks off by five minutes, or going backwards",
    "F25": "the shop's endpoint: 500, slow, redirects, private addresses",
    "F26": "an exception in every port",
    "F27": "card testing and code guessing",
    "F28": "another client with every verb on every path",
    "F30": "thousands of seeded schedules mixing the above",
}
HEAD: Final = """# What always holds, and what it was tried against

Written by `make guarantees` out of the results of the last runs. `flask audit` checks the first table against the books of a
running service, one query per guarantee; G13 and G14 do not show in the books.

## Guarantees

| | |
| --- | --- |
{guarantees}

## Faults

`injected` counts how often a fault really happened in the last run, `broken` how often a guarantee did not hold, `winners` how many
of a crowd OCTO heard.

| fault | | case | database | injected | broken | winners | how | test |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
{faults}

{untried}

## Full runs

{full}

## Mutants

Each of these patches takes one guard out; the test beside it turned red for it.

| guard | why it is there | red without it |
| --- | --- | --- |
{mutants}
"""


def page() -> str:
    faults: Mapping[str, Mapping[str, Any]] = _read("faults.json") or {}
    return HEAD.format(
        guarantees="\n".join(f"| {name} | {text} |" for name, text in GUARANTEES.items()),
        faults="\n".join(_fault_rows(faults.values())),
        untried=_untried(faults.values()),
        full="\n".join(_full_runs(faults.values())) or "None yet.",
        mutants="\n".join(_mutant_rows()) or "| none yet | | |",
    )


def _fault_rows(records: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    ordered = sorted(
        (r for r in records if r["scope"] == "slice"), key=lambda r: (_number(r["fault"]), r["case"], r["database"])
    )
    for record in ordered:
        cells = (
            record["fault"],
            FAULTS.get(record["fault"], ""),
            record["case"],
            record["database"],
            record["injected"],
            record["violations"],
            _winners(record["figures"]),
            record["how"].replace("_", " "),
            f"`{_short(record['test'])}`",
        )
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _winners(figures: Mapping[str, Any]) -> str:
    return f"{figures['winners']} of {figures['at_once']}" if "winners" in figures else ""


def _untried(records: Iterable[Mapping[str, Any]]) -> str:
    tried = {record["fault"] for record in records if record["injected"] > 0} | {
        "F30" for _ in RESULTS.glob("storm-*.json")
    }
    missing = [f"{name} ({text})" for name, text in FAULTS.items() if name not in tried]
    return f"Not tried in this run: {'; '.join(missing)}." if missing else "Every fault above was really injected."


def _full_runs(records: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for record in records:
        if record["scope"] == "full":
            sums[record["fault"], record["database"]][0] += record["injected"]
            sums[record["fault"], record["database"]][1] += record["violations"]
    for (fault, database), (injected, violations) in sorted(sums.items()):
        yield f"- {fault} on {database}: {injected:,} injected, {violations} broken ({FAULTS.get(fault, '')})"
    for path in sorted(RESULTS.glob("storm-*.json")):
        storm = json.loads(path.read_text("utf-8"))
        troubles = ", ".join(f"{name} {count:,}" for name, count in sorted(storm["injected"].items()))
        yield (
            f"- F30 over {storm['database']}: {storm['storms']:,} storms from seed {storm['seed']} on, "
            f"{len(storm['violations'])} broke a guarantee; injected: {troubles}"
        )
    for variant in _read("exploration.json") or []:
        yield (
            f"- Exploration, {variant['variant']}: {variant['states']:,} states, "
            f"{'complete' if variant['complete'] else 'stopped'} at depth {variant['depth']}, {variant['violations']} violations"
        )


def _mutant_rows() -> Iterable[str]:
    for mutant in _read("mutants.json") or []:
        red = ", ".join(f"`{_short(test)}`" for test in mutant["red"]) or mutant["state"]
        yield f"| {mutant['mutant']} | {_cell(mutant['why'])} | {_cell(red)} |"


def _read(name: str) -> Any:
    path = RESULTS / name
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _number(fault: str) -> int:
    return int("".join(c for c in fault if c.isdigit()) or 0)


def _short(test: str) -> str:
    return test.removeprefix("tests/").partition("[")[0]


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def main() -> int:
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
