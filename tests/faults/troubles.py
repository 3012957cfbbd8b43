"""Trouble that a process lives through: it strikes at a boundary, and the same process has to cope and to go on."""

import itertools
import resource
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import psycopg
from sqlalchemy import make_url

from tests.faults.databases import FreshDatabase
from tests.faults.forked import Ended, Tell, in_child
from tests.faults.shop import Answer, Memory
from tests.faults.sweep import Actors, Story, Sweep

_NO_CONNECTION_LEFT: Final = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'octo-payments'
"""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """`strike` returns False where it cannot strike, and has another chance at the next boundary.

    `only` is how the labels of its boundaries begin. `end` comes before the shop goes on.
    """

    name: str
    strike: Callable[[], bool]
    end: Callable[[], None] = lambda: None
    only: str = ""


@dataclass
class Outcome:
    story: str
    trouble: str
    struck: int = 0
    boundaries: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


class _InterruptedError(Exception):
    """The shop has got an error, and the story does not go on as told."""


@dataclass(frozen=True)
class _Careful(Actors):
    """Ends the story at the first error; the shop then goes on by itself."""

    def step(self, name: str, act: Callable[[], object]) -> object:
        result = super().step(name, act)
        if isinstance(result, Answer) and result.status >= 500:
            raise _InterruptedError
        return result


class Troubled(Sweep):
    def struck(self, story: Story, trouble: Trouble, first: int, step: int) -> Outcome:
        """Trouble at every `step`-th boundary, until there is none left."""
        outcome = Outcome(story.name, trouble.name)
        for point in itertools.count(first, step):
            ended = self._live_through(story, trouble, point)
            at = f"{trouble.name} at {point} ({ended.last('at')})"
            outcome.violations += [f"{story.name}, {at}: {each}" for each in ended.last("violations")]
            if point > ended.last("boundaries"):
                outcome.boundaries = ended.last("boundaries")
                return outcome
            outcome.struck += ended.last("struck")
            outcome.answers.update(ended.last("answers"))
        raise AssertionError("unreachable")

    def _live_through(self, story: Story, trouble: Trouble, point: int) -> Ended:
        self._begin(story)
        return in_child(partial(self._tell_of, story, trouble, Memory(f"run-{self._runs}"), point), self._log)

    def _tell_of(self, story: Story, trouble: Trouble, memory: Memory, point: int, tell: Tell) -> None:
        def strike(label: str) -> None:
            tell({"at": label, "struck": 1})
            if not trouble.strike():
                tell({"struck": 0})
                actors.boundaries.postpone()

        actors = self._actors(story, memory, point, tell, act=strike, only=trouble.only)
        careful = _Careful(actors.shop, actors.world, actors.boundaries, actors.service, actors.receiver)
        with suppress(_InterruptedError):
            story.told(careful)
        actors.boundaries.armed = False
        trouble.end()
        answers = [a for _, a in actors.shop.answers]
        tell(
            {"boundaries": actors.boundaries.count, "answers": Counter(f"{a.status} {a.code}".strip() for a in answers)}
        )
        unforeseen = [f"answered {a.status} {a.code}" for a in answers if a.status >= 500 and a.status != 503]
        tell({"violations": unforeseen + self._gone_on(story, actors)})


def cut_connections(database: FreshDatabase) -> Trouble:
    """PostgreSQL ends all of the service's connections, idle or not."""

    def strike() -> bool:
        url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as other:
            return bool(other.execute(_NO_CONNECTION_LEFT).fetchall())

    return Trouble(name="connections cut", strike=strike)


def lost_commits(database: FreshDatabase) -> Trouble:
    """A commit is done, and its answer is an error."""
    error = sqlite3.OperationalError if database.name == "sqlite" else psycopg.OperationalError

    def strike() -> bool:
        raise error("the answer of the commit was lost")

    return Trouble(name="commit done, answer lost", strike=strike, only="after commit")


def full_disk() -> Trouble:
    """No file can grow any more: the operating system refuses what is written past its limit."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    def strike() -> bool:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))
        return True

    return Trouble(name="disk full", strike=strike, end=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))


def held_lock(database: FreshDatabase) -> Trouble:
    """Another process has the write lock of the SQLite file, and does not give it back."""
    holders: list[sqlite3.Connection] = []

    def strike() -> bool:
        holder = sqlite3.connect(make_url(database.url).database or "", timeout=0, isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            holder.close()  # we have it ourselves at this moment
            return False
        holders.append(holder)
        return True

    def end() -> None:
        for holder in holders:
            holder.close()

    return Trouble(name="locked", strike=strike, end=end)
