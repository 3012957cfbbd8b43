"""Everybody at once: so many threads on two processes, and what came of them."""

from typing import Final

from tests.faults.live import Live
from tests.faults.record import Injected, record

CROWD: Final = 50


def noted(live: Live, fault: str, case: str, wrong: list[str], **figures: int | str) -> None:
    record(
        Injected(
            fault=fault,
            case=case,
            database=live.database.name,
            injected=CROWD,
            violations=len(wrong),
            figures={"at_once": CROWD, "processes": 2, **figures},
        )
    )
