"""A slice of the storms, another one in every run (SEED=… repeats one); `make storm` runs ten thousand."""

from collections.abc import Iterator

import pytest

from tests.faults.chance import SEED
from tests.storm import databases
from tests.storm.storm import VARIANTS, Storm

STORMS = 120
ON_SQL = 6


@pytest.fixture(params=("sqlite", "postgresql"), scope="module")
def place(request: pytest.FixtureRequest) -> Iterator[str | None]:
    with databases.places(request.param, 1) as (only,):
        yield only


def test_no_storm_breaks_a_guarantee() -> None:
    broken, variants, injected = [], set(), 0
    for seed in range(SEED, SEED + STORMS):
        outcome = Storm(seed).run()
        variants.add(outcome.variant)
        injected += sum(outcome.injected.values())
        if outcome.violations:
            broken.append((seed, outcome.variant, outcome.violations))

    assert broken == []
    assert variants == set(VARIANTS)
    assert injected > STORMS


def test_nor_does_one_over_a_real_database(place: str | None) -> None:
    broken = []
    for seed in range(SEED, SEED + ON_SQL):
        with databases.emptied(place) as database:
            outcome = Storm(seed, database).run()
        if outcome.violations:
            broken.append((seed, outcome.variant, outcome.violations))

    assert broken == []
