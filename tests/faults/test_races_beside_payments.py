"""F15, F16: everybody at once refunds, captures, releases, saves a card and pays with it, on two processes; OCTO hears each but once."""

from typing import Final

import pytest

from domain.limits import RULES, Limit
from tests.faults.crowd import CROWD, noted
from tests.faults.live import Live, at_once, statuses, wait_until
from tests.faults.shop import PHONE, Shop

# OCTO takes its time over the next call, so that all of the crowd are there before it has answered.
_TAKES_ITS_TIME: Final = {"kind": "delay_after", "seconds": 1, "times": None}
_PART: Final = "100000.00"


def paid(live: Live, *, capture: str = "automatic") -> Shop:
    live.calm()
    shop = live.shop(wanted={"capture": capture})
    shop.order()
    shop.initiate()
    shop.confirm()
    shop.verify()
    return shop


def known_to_octo(live: Live, call: str, shop: Shop) -> int:
    return sum(each["shop_transaction_id"] == shop.memory.shop_transaction_id for each in live.octo.calls(call))


def customer_of(live: Live, user_id: str) -> Shop:
    live.calm()
    return live.shop(wanted={"customer": {"user_id": user_id, "phone": PHONE, "email": "alisher@example.uz"}})


def crowd_of(live: Live, shop: Shop, *, own_keys: bool) -> list[Shop]:
    return [live.crowding(shop, own_key=own_keys, number=number) for number in range(CROWD)]


@pytest.mark.parametrize("own_keys", [False, True], ids=["one key", "keys of their own"])
def test_of_fifty_refunds_of_more_than_half_at_once_one_reaches_octo(live: Live, own_keys: bool) -> None:
    shop = paid(live)
    wait_until(lambda: shop.order_status() == "paid")
    live.octo.meets({"path": "refund", **_TAKES_ITS_TIME})
    answers = at_once(crowd_of(live, shop, own_keys=own_keys), lambda one: one.refund(_PART))
    winners = known_to_octo(live, "refund", shop)
    order, refunds = shop.order_status(), shop.refunds()
    wrong = live.ends()
    noted(live, "F15", f"refunds, {'keys of their own' if own_keys else 'one key'}", wrong, winners=winners)

    assert winners == 1
    assert [(refund["refunded"], refund["status"]) for refund in refunds] == [(_PART, "succeeded")]
    assert set(statuses(answers)) <= {201, 202, 409, 422}
    assert 201 in statuses(answers)
    assert order == "partially_refunded"
    assert wrong == []


def test_of_captures_and_releases_at_once_one_reaches_octo(live: Live) -> None:
    shop = paid(live, capture="manual")
    wait_until(lambda: shop.order_status() == "authorized")
    live.octo.meets({"path": "set_accept", **_TAKES_ITS_TIME})
    acts = [lambda one: one.capture(), lambda one: one.release(), lambda one: one.capture(_PART)]
    racers = [(one, acts[n % len(acts)]) for n, one in enumerate(crowd_of(live, shop, own_keys=True))]
    answers = at_once(racers, lambda racer: racer[1](racer[0]))
    winners = known_to_octo(live, "set_accept", shop)
    wrong = live.ends()
    noted(live, "F16", "captures and releases", wrong, winners=winners)

    assert winners == 1
    assert set(statuses(answers)) <= {200, 202, 409}
    assert wrong == []


@pytest.mark.parametrize("own_keys", [False, True], ids=["one key", "keys of their own"])
def test_of_fifty_times_the_same_card_to_be_saved_octo_gets_no_more_than_are_allowed(
    live: Live, own_keys: bool
) -> None:
    shop = customer_of(live, f"saving-{own_keys}-{live.database.name}")
    before = len(live.octo.bindings())
    live.octo.meets({"path": "bind_card", **_TAKES_ITS_TIME})
    answers = at_once(crowd_of(live, shop, own_keys=own_keys), lambda one: one.save_card())
    bound = len(live.octo.bindings()) - before
    shop.order()
    wrong = live.ends()
    noted(live, "F15", f"a card saved, {'keys of their own' if own_keys else 'one key'}", wrong, winners=bound)

    assert bound == (RULES[Limit.ORDERS_OF_CARD].at_most if own_keys else 1)
    assert set(statuses(answers)) <= {201, 202, 409, 429}
    assert wrong == []


def test_of_fifty_payments_with_a_saved_card_at_once_one_reaches_octo(live: Live) -> None:
    shop = customer_of(live, f"paying-{live.database.name}")
    shop.save_card()
    shop.prove_card()
    wait_until(lambda: (shop.saved_card() or {})["status"] == "active")
    shop.order()
    shop.initiate()
    live.octo.switch(debit_on_pay=True)
    live.octo.meets({"path": "pay", **_TAKES_ITS_TIME})
    answers = at_once(crowd_of(live, shop, own_keys=True), lambda one: one.confirm_saved())
    winners = known_to_octo(live, "pay", shop)
    wrong = live.ends()
    noted(live, "F15", "payments with a saved card", wrong, winners=winners)

    assert winners == 1
    assert set(statuses(answers)) <= {200, 202, 409}
    assert 200 in statuses(answers)
    assert wrong == []
