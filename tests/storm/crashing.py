"""A process that may be gone at any moment, and a database that may fail it: what was not committed never happened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from domain.ports import StorageUnavailable, UnitOfWork


class Crash(BaseException):
    """The process is gone."""


class Crashing:
    """A database whose commits may be the last thing a process does, or the last thing it does not.

    `fate` says of each what becomes of it: it may fail, and its answer may be lost.
    """

    def __init__(self, database: Any, maybe_crash: Callable[[], None], fate: Callable[[], str]) -> None:
        self._database = database
        self._maybe_crash = maybe_crash
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def units(self) -> Iterator[UnitOfWork]:
        with self._database.units() as unit:
            committed = unit.commit

            def commit() -> None:
                self._maybe_crash()
                fate = self._fate()
                if fate == "commit failed":
                    raise StorageUnavailable(fate)
                committed()
                if fate == "commit's answer lost":
                    raise StorageUnavailable(fate)

            unit.commit = commit
            yield unit
        # After the commit, before anybody heard of it.
        self._maybe_crash()
