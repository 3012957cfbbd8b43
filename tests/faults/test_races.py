"""F9, F15, F16: everybody at once, on two processes, and still one charge, one effect, one end."""

import itertools
from typing import Final

import pytest

from domain.ports import Chore
from tests.faults.crowd import CROWD, noted
from tests.faults.live import Live, at_once, statuses
from tests.faults.shop import Shop

_DEBIT_AT_PAY: Final = {"debit_on_pay": True}


def prepared(live: Live) -> Shop:
    """OCTO takes its time over the next card, so that all of the crowd are there before it has answered."""
    live.calm()
    shop = live.shop()
    shop.order()
    shop.initiate()
    live.octo.switch(**_DEBIT_AT_PAY)
    live.octo.meets({"path": "pay", "kind": "delay_after", "seconds": 1.5, "times": None})
    return shop


def pays(live: Live, shop: Shop) -> int:
    """How many cards OCTO has got for this order."""
    return sum(call["shop_transaction_id"] == shop.memory.shop_transaction_id for call in live.octo.calls("pay"))


@pytest.mark.parametrize("case", ["one key and one card", "keys of their own, one card", "keys and cards of their own"])
def test_of_fifty_confirms_at_once_one_reaches_octo(live: Live, case: str) -> None:
    shop = prepared(live)
    own_cards = case == "keys and cards of their own"
    cards = [f"860012{n:06d}4567" if own_cards else shop.card for n in range(CROWD)]
    crowd = [live.crowding(shop, own_key=case != "one key and one card", number=n) for n in range(CROWD)]
    answers = at_once(list(zip(crowd, cards, strict=True)), lambda one: one[0].confirm(one[1]))
    winners = pays(live, shop)
    wrong = live.ends()
    noted(live, "F15", case, wrong, winners=winners)

    assert winners == 1
    assert set(statuses(answers)) <= {200, 202, 409}
    assert 200 in statuses(answers)
    assert wrong == []


def test_the_same_callback_fifty_times_at_once_has_one_effect(live: Live) -> None:
    shop = prepared(live)
    live.octo.switch(callback_sending="off")
    shop.confirm()
    shop.verify()
    sent = live.octo.send_callback(str(shop.memory.shop_transaction_id), count=CROWD)
    answered = [attempt["http_status"] for callback in sent for attempt in callback["attempts"]]
    status = shop.order_status()
    changes = [event for event in shop.events() if event["why"] == "callback"]
    wrong = live.ends()
    noted(live, "F9", "the same callback", wrong, effects=len(changes) // 2)

    assert answered == [200] * CROWD
    assert status == "paid"
    assert len(changes) == 2  # the payment's and the order's
    assert wrong == []


def test_code_callback_settlement_withdrawal_and_cancellation_race_to_one_end(live: Live) -> None:
    """The operator of this race is the shop itself: it withdraws and cancels while all the others settle."""
    shop = prepared(live)
    shop.confirm()
    live.world.passes(3)
    racers = [live.crowding(shop, own_key=True, number=n) for n in range(40)]
    settle = live.service.chores[Chore.SETTLE]
    acts = [
        lambda one: one.verify(),
        lambda one: one.status(),
        lambda one: one.withdraw(),
        lambda one: one.cancel_order(),
        lambda one: settle(),
        lambda one: one.confirm(),
        lambda one: live.octo.settle(str(shop.memory.shop_transaction_id), "succeeded"),
        lambda one: one.initiate(),
    ]
    at_once(list(zip(racers, itertools.cycle(acts))), lambda one: one[1](one[0]))
    wrong = live.ends()
    noted(live, "F16", "code, callback, settlement, status, withdrawal and cancellation", wrong)

    assert wrong == []
