"""Payments as they are told, and killed, in the sweep."""

from typing import Final
from unittest.mock import patch

from tests.faults.shop import BAD_CODE, CARD, POOR_CARD
from tests.faults.sweep import Actors, Story

WORST: Final[dict[str, object]] = {"debit_on_pay": True}


def _straight(on: Actors) -> None:
    on.boundaries.armed = True
    to_the_code(on)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)
    on.step("status", on.shop.status)


def to_the_code(on: Actors) -> None:
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.step("confirm", on.shop.confirm)


def _stumbling(on: Actors) -> None:
    """A card is refused, then a wrong code is typed."""
    on.boundaries.armed = True
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.step("poor card", lambda: on.shop.confirm(POOR_CARD))
    on.step("card", lambda: on.shop.confirm(CARD))
    on.world.passes(3)
    on.step("wrong code", lambda: on.shop.verify(BAD_CODE))
    on.step("code", on.shop.verify)
    on.step("callback", on.world.deliver)


def _withdrawing(on: Actors) -> None:
    """The payer goes away, comes back and pays."""
    on.boundaries.armed = True
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.step("withdraw", on.shop.withdraw)
    on.step("initiate again", on.shop.initiate)
    on.step("confirm", on.shop.confirm)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)


def _settled(on: Actors) -> None:
    """No callback comes, and the worker that asks instead is killed."""
    to_the_code(on)
    on.step("verify", on.shop.verify)
    on.world.passes(70)
    on.boundaries.armed = True
    on.step("settlement", on.service.work)


def _lost_card(on: Actors) -> None:
    """The answer to `pay` is lost, and so is the payer: settlement asks until OCTO has cancelled the payment."""
    on.step("order", on.shop.order)
    on.step("initiate", on.shop.initiate)
    on.world.octo.meets({"path": "pay", "kind": "reset_after"})
    on.step("confirm", on.shop.confirm)
    on.boundaries.armed = True
    for seconds in (70, 130, 310, 910, 90_000):
        on.world.passes(seconds)
        on.step("settlement", on.service.work)


def _callback_twice(on: Actors) -> None:
    to_the_code(on)
    on.step("verify", on.shop.verify)
    on.boundaries.armed = True
    on.step("callback", lambda: on.world.deliver(times=2))


def _stored_callback(on: Actors) -> None:
    """Others are always faster, so that the callback is only stored, and the worker that applies it is killed."""
    to_the_code(on)
    on.step("verify", on.shop.verify)
    with patch("domain.use_cases.notifications.MAX_ROUNDS", 0):
        on.world.deliver()
    on.boundaries.armed = True
    on.step("worker", on.service.work)


def _told(on: Actors) -> None:
    """The worker that tells the shop's own program of it is killed."""
    if on.receiver is not None:
        on.shop.register_endpoint(on.receiver.url)
    to_the_code(on)
    on.step("verify", on.shop.verify)
    on.step("callback", on.world.deliver)
    on.boundaries.armed = True
    on.step("worker", on.service.work)


PAYMENTS: Final = (
    Story(name="straight through, the shop retries", told=_straight),
    Story(name="straight through, OCTO debits at every pay, the shop retries", told=_straight, switches=WORST),
    Story(name="refused card and wrong code, the shop retries", told=_stumbling, switches=WORST),
    Story(name="withdrawn and begun again, the shop retries", told=_withdrawing, switches=WORST),
    Story(name="straight through, the shop is gone", told=_straight, retried=False),
    Story(
        name="straight through, the shop and the callbacks are gone",
        told=_straight,
        retried=False,
        delivered=False,
        switches=WORST,
    ),
    Story(name="settlement without a callback", told=_settled, retried=False, delivered=False),
    Story(name="settlement after a lost pay", told=_lost_card, retried=False, switches=WORST),
    Story(name="callback, twice", told=_callback_twice, retried=False),
    Story(name="stored callback, applied by a worker", told=_stored_callback, retried=False),
    Story(name="events for the shop, delivered by a worker", told=_told, retried=False, heard=True),
)
