"""What shops want besides being paid: each plan is one step towards it, and leads there from wherever trouble has left the shop."""

from collections.abc import Callable
from typing import Any

from tests.faults.shop import Shop
from tests.faults.world import Plan, World

_REFUNDABLE = ("paid", "partially_refunded", "refunded")


def gives_back(*amounts: str | None) -> Plan:
    """Has the order paid, then refunds these sums, one after the other. None is all that is left."""

    def step(world: World, shop: Shop) -> bool:
        if not world.next_step(shop):
            return False
        if shop.order_status() not in _REFUNDABLE:
            return True
        known = [refund["status"] for refund in shop.refunds() if refund["status"] != "failed"]
        if "pending" not in known and len(known) < len(amounts):
            shop.refund(amounts[len(known)])
        return known == ["succeeded"] * len(amounts)

    return step


def decides(decide: Callable[[Shop], Any], *, end: str) -> Plan:
    """Has the money held, then decides what becomes of it."""

    def step(world: World, shop: Shop) -> bool:
        if shop.memory.order_id is not None:
            answer = shop.status()
            if answer.body.get("held_until"):
                decide(shop)
                return False
            if answer.body.get("status") == end:
                return True
        world.next_step(shop)
        return False

    return step


def saves_and_pays(world: World, shop: Shop) -> bool:
    """Has a card saved, pays the order with it, and revokes it."""
    card = shop.saved_card()
    if card is None or card["status"] == "failed":
        shop.save_card()
        card = shop.saved_card()
    if card is not None and card["status"] == "verifying" and card["seconds_left"]:
        shop.prove_card()
    elif card is not None and card["status"] == "active" and world.next_step(shop):
        shop.revoke_card()
    return card is not None and card["status"] == "blocked"
