"""F1 to F7: OCTO times out, breaks off, answers nonsense, at each of its calls; the shop is told the truth or nothing."""

import random
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.faults.chance import FULL, SEED
from tests.faults.live import Live, at_once
from tests.faults.record import Injected, record
from tests.faults.shop import Answer, Json, Shop

PATHS: Final = ("prepare_payment", "pay", "verificationInfo", "check_sms_key", "status")
STATUSES: Final = (500, 502, 503, 504, 429)
# Longer than our deadline.
LATE: Final[Json] = {"seconds": 6}
KINDS: Final[dict[str, list[tuple[str, Json]]]] = {
    "F1": [("timeout_before", LATE)],
    "F2": [("timeout_after", LATE), ("delay_after", LATE)],
    "F4": [("reset_before", {}), ("reset_after", {}), ("truncate", {})],
    "F5": [(f"http_{status}_{when}", {}) for status in STATUSES for when in ("before", "after")],
    "F6": [
        *((kind, {}) for kind in ("html_before", "html_after", "error_4_before", "error_4_after", "broken_json")),
        *((kind, {}) for kind in ("missing_field", "extra_fields", "unknown_status", "other_uuid", "other_amount")),
        *((kind, {}) for kind in ("nan", "huge", "unknown_error_before", "error_11_before")),
    ],
    "F7": [("trickle", {"seconds": 0.5})],
}


@dataclass
class Case:
    fault: str
    path: str
    kind: str
    more: Json
    shop: Shop | None = None
    met: list[tuple[str, Answer]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.kind} at {self.path}"


def cases(chance: random.Random) -> list[Case]:
    """In a slice each kind at one of the calls."""
    return [
        Case(fault, path, kind, more)
        for fault, kinds in KINDS.items()
        for kind, more in kinds
        for path in (PATHS if FULL else [chance.choice(PATHS)])
    ]


def meet(live: Live, case: Case) -> None:
    """One payment, straight through, until an answer is an error or the end."""
    shop = case.shop = live.shop()
    shop.order()
    key = f"{shop.memory.order_id}-1"
    live.octo.also_meets({"path": case.path, "kind": case.kind, "shop_transaction_id": key, **case.more})
    if case.path == "status":
        live.octo.also_meets({"path": "callback", "kind": "lost", "shop_transaction_id": key})
    for act in (shop.initiate, shop.confirm, shop.verify, shop.status):
        answer = act()
        if answer.status != 200:
            break
    case.met = list(shop.answers)


def unlike_the_table(case: Case) -> list[str]:
    """202 (or the truth) where a repeat is not safe, 503 where it is; never a success that OCTO has not spoken of."""
    wrong = []
    for step, answer in case.met:
        allowed = {"initiate": {200, 409, 502, 503}, "status": {200}, "order": {201}}.get(
            step, {200, 202, 402, 422, 409}
        )
        if answer.status not in allowed:
            wrong.append(f"{case.name}: {step} was answered {answer.status} {answer.code}")
        if step in ("initiate", "confirm") and answer.body.get("status") == "success":
            wrong.append(f"{case.name}: {step} claims a success")
    return wrong


def paid_or_for_a_person(shop: Shop) -> bool:
    """OCTO's record of another payment than ours is never settled without a person."""
    order = shop.read_order()
    return order["status"] == "paid" or order["review"] is True


@pytest.mark.parametrize("debits_at_pay", [True, False], ids=["OCTO debits at pay", "OCTO debits at the code"])
def test_whatever_octo_answers_its_ledger_and_the_books_agree(live: Live, debits_at_pay: bool) -> None:
    live.calm()
    live.octo.switch(debit_on_pay=debits_at_pay)
    tried = cases(random.Random(f"{SEED} {live.database.name} {debits_at_pay}"))
    at_once(tried, lambda case: meet(live, case))
    names = {str(case.shop.memory.order_id): case.name for case in tried if case.shop}
    wrong = [f"{names.get(each[6:42], '')}: {each}" for each in live.ends()]
    counts = live.octo.injected()
    unpaid = [case.name for case in tried if case.shop and not paid_or_for_a_person(case.shop)]
    wrong += [each for case in tried for each in unlike_the_table(case)]
    for fault in KINDS:
        of = [case for case in tried if case.fault == fault]
        injected = sum(counts[f"{case.shop.memory.order_id}-1"] for case in of if case.shop)
        record(
            Injected(
                fault=fault,
                case="OCTO debits at pay" if debits_at_pay else "OCTO debits at the code",
                database=live.database.name,
                injected=injected,
                violations=sum(any(case.name in each for case in of) for each in wrong),
                figures={"kinds": len(of), "seed": SEED},
            )
        )

        assert injected >= len(of)
    assert wrong == []
    assert unpaid == []
