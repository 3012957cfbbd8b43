"""F17: killed at any boundary of its work, a process has lost nothing and done nothing twice (a slice; `make kill-sweep` has all)."""

import random
from pathlib import Path
from typing import Final

import pytest

from tests.faults.chance import FULL, SEED
from tests.faults.databases import FreshDatabase
from tests.faults.octo import Octo
from tests.faults.receiver import Receiver
from tests.faults.record import Injected, record
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.stories import STORIES
from tests.faults.stories_payments import PAYMENTS
from tests.faults.sweep import Story, Sweep

_CHANCE: Final = random.Random(SEED)
# The shortest payment has some 25 boundaries, and each is to be hit. Of the other stories each is killed once in a run.
FIRST: Final = _CHANCE.randint(1, 25)
STEP: Final = _CHANCE.randint(60, 100)


@pytest.fixture(scope="module")
def sweep(folder: Path, sandbox: Octo, fresh: FreshDatabase, clock: ShiftedClock, shops_program: Receiver) -> Sweep:
    return Sweep(folder, sandbox, fresh, clock, shops_program)


@pytest.mark.skipif(FULL, reason="make kill-sweep has just swept them all")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_killed_process_loses_nothing_and_does_nothing_twice(
    sweep: Sweep, fresh: FreshDatabase, story: Story
) -> None:
    chance = random.Random(f"{SEED} {fresh.name} {story.name}")
    result = sweep.swept(story, FIRST, STEP) if story in PAYMENTS else sweep.sampled(story, chance)
    figures: dict[str, int | str] = {"boundaries": result.boundaries, "seed": SEED}
    record(
        Injected(
            fault="F17",
            case=story.name,
            database=fresh.name,
            injected=result.kills,
            violations=len(result.violations),
            figures=figures,
        )
    )

    assert result.violations == []
    assert result.kills > 0
