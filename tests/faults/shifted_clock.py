"""The time of this machine, shifted by what stands in a file, so that all processes of a test move through time together."""

import mmap
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_SECONDS: Final = struct.Struct("d")


class ShiftedClock:
    """`own_seconds` is how wrong this clock is by itself, beside the shift that all have in common."""

    def __init__(self, path: Path, *, own_seconds: float = 0) -> None:
        self.own_seconds = own_seconds
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.ftruncate(file, _SECONDS.size)
        self._shift = mmap.mmap(file, _SECONDS.size)
        os.close(file)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.shift_seconds + self.own_seconds)

    @property
    def shift_seconds(self) -> float:
        found: float = _SECONDS.unpack(self._shift[:])[0]
        return found

    @shift_seconds.setter
    def shift_seconds(self, seconds: float) -> None:
        self._shift[:] = _SECONDS.pack(seconds)
