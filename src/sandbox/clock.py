"""The sandbox's own time, which a control call can move forward."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

TASHKENT = timezone(timedelta(hours=5))
WALL_CLOCK = "%Y-%m-%d %H:%M:%S"


class Clock:
    def __init__(self, source: Callable[[], datetime]) -> None:
        self._source = source
        self.advanced = timedelta()

    def now(self) -> datetime:
        return self._source() + self.advanced

    def advance(self, by: timedelta) -> None:
        self.advanced += by

    def reset(self) -> None:
        self.advanced = timedelta()


def epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def wall_clock(moment: datetime) -> str:
    """OCTO's strings without a zone are Tashkent time (UTC+5, no daylight saving)."""
    return moment.astimezone(TASHKENT).strftime(WALL_CLOCK)
