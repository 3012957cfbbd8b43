"""F10 to F12, F14: callbacks too early, in any order, days late, contradicting the end, never; the end is OCTO's all the same."""

import itertools
from collections.abc import Sequence

from tests.faults.live import Live, at_once, wait_until
from tests.faults.record import Injected, record
from tests.faults.shop import Json, Shop

TRUTHS: tuple[tuple[str, str, str], ...] = (("succeeded", "success", "paid"), ("canceled", "failed", "payment_failed"))
DAY = 86_400
DELAYED_BY_SECONDS = 1.5


def at_the_code(live: Live, **switches: object) -> Shop:
    """A payer with the code before him."""
    live.calm()
    live.octo.switch(**switches)
    return with_card(live.shop())


def with_card(shop: Shop) -> Shop:
    shop.order()
    shop.initiate()
    shop.confirm()
    return shop


def key(shop: Shop) -> str:
    return str(shop.memory.shop_transaction_id)


def changes_of(shop: Shop, why: str) -> list[Json]:
    """What was changed for that reason, the order's own status aside."""
    return [event for event in shop.events() if event["why"] == why and event["shop_transaction_id"]]


def noted(live: Live, fault: str, case: str, injected: int, wrong: Sequence[str]) -> None:
    record(Injected(fault=fault, case=case, database=live.database.name, injected=injected, violations=len(wrong)))


def test_a_callback_that_never_comes_is_made_up_for_by_settlement(live: Live) -> None:
    shop = at_the_code(live, callback_sending="off")
    shop.verify()
    live.world.passes(70)
    live.service.work()
    settled = changes_of(shop, "settlement")
    wrong = live.ends()
    noted(live, "F14", "no callback is sent", 1, wrong)

    assert [event["after"]["status"] for event in settled] == ["success"]
    assert shop.order_status() == "paid"
    assert wrong == []


def test_a_callback_that_overtakes_the_answer_to_the_code(live: Live) -> None:
    shop = at_the_code(live, callback_before_answer=True)
    answer = shop.verify()
    changes = changes_of(shop, "callback")
    wrong = live.ends()
    noted(live, "F10", "before the answer of check_sms_key", len(changes), wrong)

    assert answer.body["status"] in ("success", "processing")
    assert [event["after"]["status"] for event in changes] == ["success"]
    assert wrong == []


def test_a_callback_about_a_payment_whose_registration_was_never_answered(live: Live) -> None:
    live.calm()
    shop = live.shop()
    shop.order()
    attempt = f"{shop.memory.order_id}-1"
    live.octo.meets({"path": "prepare_payment", "kind": "timeout_after", "seconds": 6, "times": None})
    lost = shop.initiate()
    live.octo.settle(attempt, "succeeded")
    wait_until(lambda: live.octo.callbacks()[-1]["state"] == "delivered")
    injected = live.octo.injected()[""]
    live.octo.meets()
    live.service.work()
    wrong = live.ends()
    noted(live, "F10", "before the answer of prepare_payment", injected, wrong)

    assert lost.status == 503
    assert shop.order_status() == "paid"
    assert wrong == []


def test_callbacks_in_every_order_have_the_same_end(live: Live) -> None:
    live.calm()
    live.octo.switch(callback_sending="off")
    ends = []
    tried = 0
    for truth, end, of_order in TRUTHS:
        orders = list(itertools.permutations(["created", "wait_user_action", truth, truth]))
        tried += len(orders)
        shops = at_once([live.shop() for _ in orders], with_card)
        for shop, words in zip(shops, orders, strict=True):
            live.octo.settle(key(shop), truth)
            for word in words:
                live.octo.send_callback(key(shop), status=word)
            told = [event["after"]["status"] for event in changes_of(shop, "callback")]
            ends.append((told, shop.order_status()) == ([end], of_order))
    live.shops = [shop for shop in live.shops if shop.order_status() == "paid"]  # nobody comes back for the others
    wrong = live.ends()
    noted(live, "F11", "four callbacks in each of their orders", tried, wrong)

    assert all(ends)
    assert wrong == []


def test_callbacks_that_are_days_late_and_contradict_the_end_are_flagged_and_nothing_else(live: Live) -> None:
    shop = at_the_code(live)
    shop.verify()
    wait_until(lambda: shop.order_status() == "paid")
    live.world.passes(5 * DAY)
    sent = live.octo.send_callback(key(shop), status="canceled", count=2)
    sent += live.octo.send_callback(key(shop), status="succeeded")
    order = shop.read_order()
    wrong = live.ends()
    noted(live, "F12", "canceled, long after the money came", len(sent), wrong)

    assert [attempt["http_status"] for callback in sent for attempt in callback["attempts"]] == [200] * 3
    assert (order["status"], order["review"]) == ("paid", True)
    assert wrong == []


def test_a_success_that_comes_days_after_the_cancellation_is_believed_and_flagged(live: Live) -> None:
    shop = at_the_code(live)
    live.octo.settle(key(shop), "canceled")
    wait_until(lambda: shop.order_status() == "payment_failed")
    live.world.passes(5 * DAY)
    live.octo.settle(key(shop), "succeeded")
    wait_until(lambda: shop.order_status() == "paid")
    order = shop.read_order()
    wrong = live.ends()
    noted(live, "F12", "succeeded, long after it was canceled", 1, wrong)

    assert order["review"] is True
    assert wrong == []


def test_what_happens_to_callbacks_on_their_way_changes_nothing_in_the_end(live: Live) -> None:
    live.calm()
    faults = {"doubled": "F9", "delayed": "F12", "lost": "F14", "reordered": "F11", "missing_fields": "F11"}
    faults |= {"before_answer": "F10", "forged": "F13", "other_amount": "F13"}

    def met(kind: str) -> Shop:
        shop = with_card(live.shop())
        live.octo.also_meets(
            {"path": "callback", "kind": kind, "shop_transaction_id": key(shop), "seconds": DELAYED_BY_SECONDS}
        )
        shop.verify()
        return shop

    shops = at_once(list(faults), met)
    wrong = live.ends()
    counts = live.octo.injected()
    for (kind, fault), shop in zip(faults.items(), shops, strict=True):
        noted(live, fault, f"a callback {kind.replace('_', ' ')}", counts[key(shop)], wrong)

    assert [shop.order_status() for shop in shops] == ["paid"] * len(shops)
    assert [counts[key(shop)] for shop in shops] == [1] * len(shops)
    assert wrong == []
