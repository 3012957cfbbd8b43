"""F24: machines whose clocks differ by minutes from each other and from OCTO's, and a clock that is set back."""

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.faults.assembly import Service, assembled
from tests.faults.chance import SEED
from tests.faults.live import Live
from tests.faults.record import How, Injected, record
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.shop import Answer, Http, Json, over_wsgi

WRONG_BY_SECONDS = 290
PAYMENTS = 4


def machine(live: Live, wrong_by_seconds: float) -> Service:
    return assembled(live.environment, ShiftedClock(live.folder / "clock", own_seconds=wrong_by_seconds))


def test_clocks_that_are_minutes_apart(live: Live) -> None:
    """Each request and each round of work falls to another machine."""
    live.calm()
    chance = random.Random(SEED)
    machines = [machine(live, wrong) for wrong in (-WRONG_BY_SECONDS, WRONG_BY_SECONDS)]
    ways: list[Http] = [over_wsgi(used.app) for used in machines]
    met = 0

    def anywhere(method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Answer:
        nonlocal met
        met += 1
        return chance.choice(ways)(method, path, body, headers)

    world = replace(live.world, http=anywhere, work=lambda: chance.choice(machines).work(), delivers=False)
    shops = [live.shop() for _ in range(PAYMENTS)]
    for shop in shops:
        shop.http = anywhere
        shop.order()
        shop.initiate()
        shop.confirm()
        live.clock.shift_seconds -= chance.choice((0, WRONG_BY_SECONDS))
        shop.verify()
        world.goes_on(shop)
    wrong = live.ends()
    for used in machines:
        used.close()
    unpaid = [shop for shop in shops if shop.order_status() != "paid"]
    record(
        Injected(
            fault="F24",
            case=f"two machines {2 * WRONG_BY_SECONDS} s apart, and set back",
            database=live.database.name,
            injected=met,
            violations=len(wrong),
            how=How.SIMULATED,
            figures={"seed": SEED},
        )
    )

    assert wrong == []
    assert unpaid == []


@pytest.mark.parametrize("wrong", [-WRONG_BY_SECONDS, WRONG_BY_SECONDS], ids=["behind", "ahead"])
def test_the_code_is_typed_at_a_machine_whose_clock_is_minutes_off(live: Live, wrong: int) -> None:
    """And the second click on the card's button reaches that machine as well."""
    live.calm()
    machines = [machine(live, seconds) for seconds in (0, wrong)]
    one, other = (over_wsgi(used.app) for used in machines)
    shop = live.shop()
    shop.http = one
    shop.order()
    shop.initiate()
    first = shop.confirm()
    shop.http = other
    second, typed = shop.confirm(), shop.verify()
    ended = live.ends()
    for used in machines:
        used.close()
    record(
        Injected(
            fault="F24",
            case=f"the code at a machine {wrong:+} s off",
            database=live.database.name,
            injected=2,
            violations=len(ended),
            how=How.SIMULATED,
        )
    )
    sent = [call for call in live.octo.calls("pay") if call["shop_transaction_id"] == shop.memory.shop_transaction_id]

    assert (first.status, second.status, typed.status) == (200, 200, 200), (second.body, typed.body)
    assert len(sent) == 1
    assert ended == []
    assert shop.order_status() == "paid"
