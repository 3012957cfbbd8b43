"""F26: an exception that nobody foresaw, out of every method of every port: the last handler answers, and nothing secret leaks."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.faults import octo, ports
from tests.faults.chance import SEED
from tests.faults.databases import FreshDatabase
from tests.faults.forked import Ended, Tell, in_child
from tests.faults.octo import Octo
from tests.faults.record import Injected, record
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.shop import BAD_CODE, GOOD_CODE, Answer, Memory
from tests.faults.stories import STORIES
from tests.faults.sweep import Actors, Sweep

MARKER: Final = "8600997766554433"
LOUD: Final = f"card {MARKER}, code {GOOD_CODE}, secret {octo.SECRET}"


class Tour(Sweep):
    """A payment with all that a shop and OCTO do beside it."""

    def reached(self) -> dict[str, int]:
        """How often each method is called when nothing is wrong."""
        return dict(self._in_child("", 0).last("calls"))

    def raising(self, method: str, call: int) -> tuple[list[str], bool]:
        """What is wrong when that method raises from that call on; and whether it did."""
        ended = self._in_child(method, call)
        return list(ended.last("wrong")), bool(ended.last("raised"))

    def log_lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    def _in_child(self, method: str, call: int) -> Ended:
        self._begin(STORIES[2])
        self._log.unlink(missing_ok=True)
        return in_child(lambda tell: self._toured(method, call, tell), self._log)

    def _toured(self, method: str, call: int, tell: Tell) -> None:
        watched = ports.Watched()
        watched.install()
        actors = self._actors(STORIES[2], Memory(f"run-{self._runs}"), 0, tell, act=lambda label: None)
        raised = 0

        def before(name: str) -> None:
            nonlocal raised
            if name == method and watched.calls[name] >= call:
                raised += 1
                raise RuntimeError(LOUD)

        watched.before = before
        answers = [act() for act in tour(actors)]
        watched.before = lambda name: None
        tell({"calls": watched.calls, "raised": raised})
        leaks = [f"{a.status} {a.body}" for a in answers if MARKER in str(a.body) or octo.SECRET in str(a.body)]
        unclear = [f"{a.status} {a.body}" for a in answers if a.status >= 500 and not a.code]
        tell({"wrong": leaks + unclear + self._gone_on(STORIES[2], actors)})


def tour(on: Actors) -> list[Callable[[], Answer]]:
    shop = on.shop

    def other(method: str, path: str, body: object = None) -> Callable[[], Answer]:
        headers = {"Authorization": f"Bearer {shop.token}"}
        return lambda: shop.http(method, path, body, headers)  # type: ignore[arg-type]

    form = {"grant_type": "client_credentials", "client_id": "client_unknown", "client_secret": "wrong"}
    return [
        other("POST", "/api/auth/token/", form),
        other("POST", "/api/webhooks/endpoints/", {"url": "http://127.0.0.1:9/hook"}),
        other("GET", "/api/webhooks/endpoints/"),
        other("GET", "/api/webhooks/deliveries/"),
        other("GET", "/api/cards/"),
        shop.order,
        other("GET", "/api/orders/"),
        shop.initiate,
        shop.confirm,
        shop.status,
        lambda: shop.verify(BAD_CODE),
        shop.verify,
        lambda: on.world.deliver()[-1] if on.world.octo.callbacks() else Answer(200, {}),
        shop.status,
        other("GET", "/readyz/"),
        other("GET", "/metrics/"),
    ]


@pytest.fixture(scope="module")
def touring(folder: Path, sandbox: Octo, fresh: FreshDatabase, clock: ShiftedClock) -> Tour:
    return Tour(folder, sandbox, fresh, clock)


def test_every_port_has_an_adapter_here() -> None:
    adapted = ports.adapted()

    assert adapted
    assert [port for port, classes in adapted.items() if not classes] == []


def test_whatever_a_port_raises_the_last_handler_answers(touring: Tour, fresh: FreshDatabase) -> None:
    chance = random.Random(f"{SEED} {fresh.name}")
    wrong, raised = [], 0
    reached = touring.reached()
    for method, calls in sorted(reached.items()):
        found, did_raise = touring.raising(method, chance.randint(1, calls))
        raised += did_raise
        wrong += [f"{method}: {each}" for each in found]
        wrong += [f"{method}: {line}" for line in touring.log_lines() if MARKER in line or octo.SECRET in line]
    record(
        Injected(
            fault="F26",
            case="an exception out of each method of a port that a payment reaches",
            database=fresh.name,
            injected=raised,
            violations=len(wrong),
            figures={"methods": len(reached), "seed": SEED, "ports": len({m.partition(".")[0] for m in reached})},
        )
    )

    assert wrong == []
    assert raised == len(reached) > 0
