"""The service as it is run: gunicorn with two worker processes, workers for the background, and OCTO, all real processes."""

import itertools
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, TypeVar
from uuid import uuid4

from sqlalchemy import NullPool, create_engine

from tests.faults import judge, judge_cards, octo
from tests.faults.assembly import Service, assembled, environment
from tests.faults.databases import FreshDatabase
from tests.faults.octo import Octo
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.shop import AMOUNT, Answer, Memory, Shop, over_sockets
from tests.faults.world import PATIENCE, World
from tools.processes import Processes

T = TypeVar("T")
ROOT: Final = Path(__file__).resolve().parent.parent.parent
BIN: Final = Path(sys.executable).parent
# More than a minute: where a ring was lost, workers wait for the clock to strike.
WITHIN_SECONDS: Final = 150
OCTO_TIMEOUT_SECONDS: Final = 2
# Of each of the two processes: together a crowd of fifty.
THREADS: Final = 25
# Without any meaning of their own to the sandbox, and a new one for each shop: one card on many orders would be stopped.
_CARDS: Final = (f"986012{number:06d}4567" for number in itertools.count(1))


@dataclass
class Live:
    """`service` is the same one in this very process: it mints tokens, and works when time has passed."""

    folder: Path
    port: int
    octo: Octo
    clock: ShiftedClock
    database: FreshDatabase
    processes: Processes
    environment: dict[str, str]
    service: Service
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    shops: list[Shop] = field(default_factory=list)

    def shop(self, *, seconds: float = 60, wanted: Mapping[str, object] | None = None) -> Shop:
        """`wanted` is what its orders say, besides an amount."""
        http = over_sockets(self.port, seconds=seconds)
        said = {"amount": AMOUNT, **(wanted or {})}
        shop = Shop(http, self.service.token(), Memory(str(uuid4())), card=next(_CARDS), wanted=said)
        self.shops.append(shop)
        return shop

    def crowding(self, shop: Shop, *, own_key: bool, number: int) -> Shop:
        """Another thread of the same shop's program. Without a key of its own its requests are the very same ones."""
        sent = shop.memory.sent + (1000 * (number + 1) if own_key else 0)
        return Shop(shop.http, shop.token, replace(shop.memory, sent=sent), card=shop.card, wanted=shop.wanted)

    def calm(self) -> None:
        """OCTO as it is by itself."""
        self.octo.meets()
        about = self.octo.call("GET", "/switches/about")
        self.octo.switch(**{name: switch["default"] for name, switch in about.items()})

    @property
    def world(self) -> World:
        looking = create_engine(self.database.url, poolclass=NullPool)
        return World(
            over_sockets(self.port), self.octo, self.clock, self.service.work, partial(judge.next_due, looking)
        )

    def ends(self) -> list[str]:
        """All shops go on, side by side, until each is paid or takes no more; then what is wrong."""
        shops, self.shops = [shop for shop in self.shops if shop.memory.sent], []
        world = self.world
        at_once(shops, lambda shop: shop.again())
        waiting = shops
        for seconds in PATIENCE:
            at_once([shop for shop in waiting if shop.memory.order_id is None], lambda shop: shop.order())
            done = at_once(waiting, world.next_step)
            waiting = [shop for shop, is_done in zip(waiting, done, strict=True) if not is_done]
            if not waiting:
                break
            world.passes(seconds)
            world.work()
        world.ends()
        orders = [str(shop.memory.order_id) for shop in shops]
        wrong = judge.violations(self.database.url, self.octo, orders)
        wrong += judge_cards.violations(self.database.url, self.octo)
        return wrong + [
            f"answered {a.status} {a.code} to {step}"
            for shop in shops
            for step, a in shop.answers
            if a.status >= 500 and a.status not in (502, 503)  # OCTO refused; not now
        ]

    # ---- processes

    def start_web(self) -> None:
        """As it is run in production, by its own configuration."""
        server = [str(BIN / "gunicorn"), "--config", str(ROOT / "gunicorn.conf.py"), "--chdir", str(ROOT)]
        self._start("web", [*server, "--bind", f"127.0.0.1:{self.port}", "tests.faults.wsgi:app"])
        self.until("web", lambda: over_sockets(self.port, seconds=5)("GET", "/readyz", None, {}).status == 200)

    def start_worker(self, name: str) -> None:
        self._start(name, [str(BIN / "flask"), "--app", "tests.faults.wsgi", "worker"])

    def until(self, name: str, ready: Callable[[], bool]) -> None:
        self.processes.wait_until(name, self.running[name], ready, WITHIN_SECONDS)

    def ended(self, name: str) -> int:
        """Waits for a process that was told to end."""
        return self.running.pop(name).wait(WITHIN_SECONDS)

    def _start(self, name: str, command: Sequence[str]) -> None:
        self.running[name] = self.processes.start(name, command, self.environment)


@contextmanager
def serving(folder: Path, database: FreshDatabase, **settings: str) -> Iterator[Live]:
    """OCTO and the web processes, with a clock of their own."""
    folder.mkdir()
    clock = ShiftedClock(folder / "clock")
    with ExitStack() as stack:
        processes = stack.enter_context(Processes(folder))
        sandbox = octo.start(processes, os.environ)
        port = free_port()
        given = environment(
            folder,
            database.url,
            sandbox,
            PUBLIC_URL=f"http://127.0.0.1:{port}",
            OCTO_TIMEOUT_SECONDS=str(OCTO_TIMEOUT_SECONDS),
            **settings,
        )
        service = assembled(given, clock)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        everywhere = (
            inherited
            | given
            | {"FAULTS_CLOCK": str(folder / "clock"), "PYTHONPATH": python_path(), "WEB_THREADS": str(THREADS)}
        )
        live = Live(folder, port, sandbox, clock, database, processes, everywhere, service)
        live.start_web()
        yield live
        service.close()


def python_path() -> str:
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def free_port() -> int:
    """Not among those that the system gives to outgoing connections, so that none of these takes it meanwhile."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that is taken, so that nobody else comes to listen there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def at_once(who: Sequence[Any], act: Callable[[Any], T]) -> list[T]:
    """All of them side by side, the results in their order."""
    if not who:
        return []
    with ThreadPoolExecutor(min(50, len(who))) as pool:
        return list(pool.map(act, who))


def wait_until(ready: Callable[[], bool]) -> None:
    until = monotonic() + WITHIN_SECONDS
    while not ready():
        if monotonic() > until:
            raise AssertionError("it never came")
        sleep(0.02)


def statuses(answers: Sequence[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)


def children(process_id: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]


def is_alive(process_id: int) -> bool:
    """False as well for one that has ended and that nobody has waited for."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
