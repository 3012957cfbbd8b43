"""The sweep: one payment again and again, its process killed at the first boundary, then at the second, until none is left.

After each kill a new process goes on as shop, workers and OCTO would, and the books are compared with OCTO's ledger.
"""

import itertools
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

from sqlalchemy import NullPool, create_engine

from tests.faults import judge, judge_cards, judge_money
from tests.faults.assembly import Service, assembled, environment
from tests.faults.boundaries import Act, Boundaries
from tests.faults.databases import FreshDatabase
from tests.faults.forked import Ended, Tell, in_child
from tests.faults.octo import Octo
from tests.faults.receiver import Receiver
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.shop import AMOUNT, CARD, Memory, Shop, over_wsgi
from tests.faults.world import Plan, World


@dataclass(frozen=True, kw_only=True)
class Story:
    """`told` is what happens before and while the process is killed: it arms the boundaries when its own part begins.

    `retried`: the shop comes back afterwards and goes on with its `plan` until its order is at one of its `ends`, and OCTO has `kept`
    so much of it; otherwise nobody but time, workers and OCTO's callbacks goes on. `heard`: in the end the shop's own program must
    have got every event. `wanted` is what the order says, `card` the payer's.
    """

    name: str
    told: "Callable[[Actors], None]"
    retried: bool = True
    delivered: bool = True
    heard: bool = False
    plan: Plan = World.next_step
    ends: tuple[str, ...] = ("paid",)
    kept: str = AMOUNT
    card: str = CARD
    wanted: Mapping[str, Any] = field(default_factory=lambda: {"amount": AMOUNT})
    switches: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Actors:
    shop: Shop
    world: World
    boundaries: Boundaries
    service: Service
    receiver: Receiver | None

    def step(self, name: str, act: Callable[[], Any]) -> Any:
        """One step of the story, at whose end its answer can be lost as well."""
        self.boundaries.step = name
        result = act()
        self.boundaries.reach("the answer leaves")
        return result


@dataclass
class Result:
    """Of one story on one database. `kills` really happened; `boundaries` is how many there are."""

    story: str
    database: str
    boundaries: int = 0
    kills: int = 0
    violations: list[str] = field(default_factory=list)


class Sweep:
    """Everything is warm before the processes fork: they start with the service built, and with no connection open."""

    def __init__(
        self, folder: Path, octo: Octo, database: FreshDatabase, clock: ShiftedClock, receiver: Receiver | None = None
    ) -> None:
        self._receiver = receiver
        self._octo = octo
        self._database = database
        self._clock = clock
        self._log = folder / f"{database.name}.log"
        self._looking = create_engine(database.url, poolclass=NullPool)
        given = environment(folder, database.url, octo, LOG_LEVEL="ERROR")
        if receiver is not None:
            given["PUBLIC_URL"] = receiver.origin
        self._service = assembled(given, clock)
        self._runs = 0
        self._parent = os.getpid()
        self._warm()

    def _warm(self) -> None:
        """Every statement compiled, every module loaded, once for all processes. In a thread: what it opens for itself ends with it."""
        story = Story(name="warm", told=lambda on: None)
        self._begin(story)
        thread = Thread(target=self._go_on, args=(story, Memory("warm"), 0, lambda told: None))
        thread.start()
        thread.join()
        self._service.close()

    def swept(self, story: Story, first: int, step: int) -> Result:
        """Kills at every `step`-th boundary, until the story comes to its end with nobody killed."""
        result = Result(story.name, self._database.name)
        for point in itertools.count(first, step):
            ended, wrong = self.run(story, point)
            at = f"killed at {point} ({ended.last('at')})" if ended.was_killed else "undisturbed"
            result.violations += [f"{story.name}, {at}: {each}" for each in wrong]
            if not ended.was_killed:
                result.boundaries = int(ended.last("boundaries"))
                return result
            result.kills += 1
        raise AssertionError("unreachable")

    def sampled(self, story: Story, chance: Random) -> Result:
        """One run to count the boundaries, and one that is killed at one of them."""
        ended, wrong = self.run(story, 0)
        result = Result(story.name, self._database.name, boundaries=int(ended.last("boundaries")), kills=1)
        result.violations += [f"{story.name}, undisturbed: {each}" for each in wrong]
        point = chance.randint(1, result.boundaries)
        ended, wrong = self.run(story, point)
        result.violations += [f"{story.name}, killed at {point} ({ended.last('at')}): {each}" for each in wrong]
        return result

    def run(self, story: Story, *points: int) -> tuple[Ended, list[str]]:
        """One run, killed at the first point and, where there are more, while going on as well. Returns what the first process
        told, and what is wrong at the end."""
        self._begin(story)
        memory = Memory(f"run-{self._runs}")
        first = in_child(partial(self._tell_story, story, memory, points[0]), self._log)
        memory = _remembered(first, memory)
        for point in points[1:]:
            memory = _remembered(in_child(partial(self._go_on, story, memory, point), self._log), memory)
        last = in_child(partial(self._go_on, story, memory, 0), self._log)
        return first, list(last.last("violations"))

    def _begin(self, story: Story) -> None:
        self._runs += 1
        self._database.refresh()
        self._clock.shift_seconds = 0
        self._octo.reset(callback_sending="manual", **story.switches)
        if self._receiver is not None:
            self._receiver.forget()

    def _tell_story(self, story: Story, memory: Memory, point: int, tell: Tell) -> None:
        actors = self._actors(story, memory, point, tell, act=_dying(tell))
        story.told(actors)
        tell({"boundaries": actors.boundaries.count})

    def _go_on(self, story: Story, memory: Memory, point: int, tell: Tell) -> None:
        actors = self._actors(story, memory, point, tell, act=_dying(tell))
        actors.boundaries.armed = True
        wrong = self._gone_on(story, actors)
        wrong += [f"{step} was answered {a.status} {a.code}" for step, a in actors.shop.answers if a.status >= 500]
        tell({"violations": wrong})

    def _gone_on(self, story: Story, actors: Actors) -> list[str]:
        """What is wrong after all has come to its end."""
        if story.retried:
            actors.world.goes_on(actors.shop, story.plan)
        actors.world.ends()
        wrong = judge.violations(self._database.url, self._octo)
        wrong += judge_cards.violations(self._database.url, self._octo)
        wrong += judge.audited(self._database.url, self._clock.now())
        if story.retried:
            end, kept = actors.shop.order_status(), judge_money.kept(self._octo)
            if end not in story.ends or kept != Decimal(story.kept):
                wrong.append(f"the shop came back, and still the order is {end}, and OCTO keeps {kept}")
        if (bound := len(self._octo.bindings())) > actors.shop.memory.cards_sent:
            wrong.append(f"OCTO has bound {bound} cards, and the shop wanted {actors.shop.memory.cards_sent}")
        if story.heard and self._receiver is not None:
            wrong += judge.unheard(self._looking, self._receiver.heard())
        return wrong

    def _actors(self, story: Story, memory: Memory, point: int, tell: Tell, *, act: Act, only: str = "") -> Actors:
        boundaries = Boundaries(act, point, only=only)
        if os.getpid() != self._parent:
            boundaries.install()
        http = over_wsgi(self._service.app)
        shop = Shop(
            http,
            self._service.token(),
            memory,
            lambda known: tell({"memory": known.to_json()}),
            card=story.card,
            wanted=story.wanted,
        )
        due = partial(judge.next_due, self._looking)
        world = World(
            http,
            self._octo,
            self._clock,
            self._service.work,
            due,
            delivers=story.delivered,
            letterbox=self._receiver,
        )
        return Actors(shop, world, boundaries, self._service, self._receiver)


def _dying(tell: Tell) -> Act:
    def die(label: str) -> None:
        tell({"at": label})
        os.kill(os.getpid(), signal.SIGKILL)

    return die


def _remembered(ended: Ended, before: Memory) -> Memory:
    known = ended.last("memory")
    return Memory.from_json(known) if known else before
