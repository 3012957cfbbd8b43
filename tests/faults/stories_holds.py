"""Money that is held first, as it is told, and killed, in the sweep."""

from collections.abc import Callable
from typing import Any, Final

from tests.faults.plans import decides
from tests.faults.shop import AMOUNT, Shop
from tests.faults.stories_payments import WORST, to_the_code
from tests.faults.sweep import Actors, Story

_HELD: Final = {"amount": AMOUNT, "capture": "manual"}
_LESS: Final = "160000.00"
_LOST: Final = {"path": "set_accept", "kind": "reset_after"}


def _capture_less(shop: Shop) -> Any:
    return shop.capture(_LESS)


def _held(on: Actors) -> None:
    to_the_code(on)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)


def _decided(decide: Callable[[Shop], Any]) -> Callable[[Actors], None]:
    """From the very beginning, undisturbed by OCTO."""

    def told(on: Actors) -> None:
        on.boundaries.armed = True
        _held(on)
        on.step("decision", lambda: decide(on.shop))
        on.step("callback", on.world.deliver)

    return told


def _decided_in_doubt(decide: Callable[[Shop], Any]) -> Callable[[Actors], None]:
    """The answer to the decision is lost, and so is its callback; a worker finds out."""

    def told(on: Actors) -> None:
        _held(on)
        on.world.octo.meets(_LOST)
        on.boundaries.armed = True
        on.step("decision", lambda: decide(on.shop))
        for seconds in (70, 130):
            on.world.passes(seconds)
            on.step("settlement", on.service.work)

    return told


def _unwanted(on: Actors) -> None:
    """Withdrawn while the code was on its way, the money is held all the same, and a worker gives it back."""
    to_the_code(on)
    on.step("withdraw", on.shop.withdraw)
    on.world.octo.settle(str(on.shop.memory.shop_transaction_id), "waiting_for_capture")
    on.boundaries.armed = True
    on.step("callback", on.world.deliver)
    for seconds in (70, 130):
        on.world.passes(seconds)
        on.step("settlement", on.service.work)


HOLDS: Final = (
    Story(
        name="held and captured, OCTO holds at every pay, the shop retries",
        told=_decided(Shop.capture),
        plan=decides(Shop.capture, end="success"),
        wanted=_HELD,
        switches=WORST,
    ),
    Story(
        name="held and captured in part, the answer lost, the shop retries",
        told=_decided_in_doubt(_capture_less),
        plan=decides(_capture_less, end="success"),
        kept=_LESS,
        wanted=_HELD,
    ),
    Story(
        name="held and captured in part, the answer lost, the shop and the callbacks are gone",
        told=_decided_in_doubt(_capture_less),
        retried=False,
        delivered=False,
        wanted=_HELD,
    ),
    Story(
        name="held and released, the shop retries",
        told=_decided(Shop.release),
        plan=decides(Shop.release, end="cancelled"),
        ends=("awaiting_payment", "payment_failed"),  # the latter after an attempt that the kill has spoilt
        kept="0",
        wanted=_HELD,
    ),
    Story(
        name="held and released, the answer lost, the shop is gone",
        told=_decided_in_doubt(Shop.release),
        retried=False,
        wanted=_HELD,
    ),
    Story(name="an unwanted hold, given back by a worker", told=_unwanted, retried=False, wanted=_HELD),
)
