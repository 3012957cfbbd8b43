"""Breadth first through all states, so that the first history that breaks a law is a shortest one."""

import time
from dataclasses import dataclass

from tests.exploration import laws
from tests.exploration.completion import Completion
from tests.exploration.event import Payments
from tests.exploration.state import State, packed, unpacked
from tests.exploration.variants import Variant
from tests.exploration.world import World


@dataclass(frozen=True, slots=True)
class Violation:
    law: str
    history: tuple[str, ...]

    def __str__(self) -> str:
        steps = [f"{number:4}. {what}" for number, what in enumerate(self.history, start=1)]
        return "\n".join([self.law, *steps])


@dataclass(frozen=True, slots=True)
class Found:
    """`complete`: no state within the bounds was left out."""

    variant: Variant
    states: int
    happenings: int
    depth: int
    seconds: float
    complete: bool
    violation: Violation | None


def explore(variant: Variant, most_states: int) -> Found:
    return Search(variant).run(most_states)


class Search:
    def __init__(self, variant: Variant) -> None:
        self._variant = variant
        self._world = World(variant)
        self._completion = Completion(self._world)
        self._parents: dict[int, int] = {}
        self._verdicts: dict[tuple[int, int], str | None] = {}
        self._happenings = 0

    def run(self, most_states: int) -> Found:
        begun = time.monotonic()
        first = packed(self._world.first())
        self._parents[first] = first
        level, depth, violation = [first], 0, None
        while level and violation is None and len(self._parents) < most_states:
            level, violation = self._next_level(level)
            depth += 1
        return Found(
            variant=self._variant,
            states=len(self._parents),
            happenings=self._happenings,
            depth=depth,
            seconds=time.monotonic() - begun,
            complete=not level,
            violation=violation,
        )

    def _next_level(self, level: list[int]) -> tuple[list[int], Violation | None]:
        following: list[int] = []
        parents = self._parents
        for key in level:
            for happening in self._world.next(unpacked(key)):
                self._happenings += 1
                to = packed(happening.state)
                if to in parents and happening.broken is None:
                    continue
                law = happening.broken or self._broken(happening.state)
                if law:
                    return following, Violation(law, (*self._history(key), happening.what))
                parents[to] = key
                following.append(to)
        return following, None

    def _broken(self, state: State) -> str | None:
        """All laws but one look at our books and OCTO's payments alone."""
        key = (state.books, state.payments)
        if key not in self._verdicts:
            books, payments = self._world.ours[state.books], self._world.payments[state.payments]
            wrong = laws.broken_by_state(self._variant, books, payments)
            self._verdicts[key] = wrong or self._completion.broken(state.books, payments)
        return self._verdicts[key] or self._closed_too_early(state)

    def _closed_too_early(self, state: State) -> str | None:
        transactions = self._world.ours[state.books].transactions
        payments: Payments = self._world.payments[state.payments]
        for attempt, (transaction, payment) in enumerate(zip(transactions, payments, strict=False)):
            if laws.is_closed_by_us(transaction) and payment.is_open_or_settling:
                requests = self._world.nets[state.net].requests(attempt)
                if wrong := laws.broken_by_closing(self._variant, payment, requests):
                    return wrong
        return None

    def _history(self, key: int) -> list[str]:
        """Parents are kept without what led from them to their children: that is found again here."""
        told: list[str] = []
        while (parent := self._parents[key]) != key:
            happenings = self._world.next(unpacked(parent))
            told.append(next(h.what for h in happenings if packed(h.state) == key))
            key = parent
        return told[::-1]
