"""One storm: a shop, a payer, OCTO, settlement and a crashing process, in an order that a seed decides."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from domain.errors import Refusal
from domain.moves import Status
from domain.ports import StorageUnavailable
from domain.transaction import Capture
from tests.fakes.memory import MemoryDatabase
from tests.fakes.world import API, SCOPE, World
from tests.storm import doors
from tests.storm.acts import Acts, new_order
from tests.storm.crashing import Crash, Crashing
from tests.storm.judge import Judge
from tests.storm.octo import StormyOcto

STEPS: Final = 50
HOURS_AFTER: Final = 80
DEBIT_ON_PAY: Final = "debit on pay"
# What nobody may be: called canceled by OCTO and charged all the same. Only the variant that does it has second charges.
CONTRADICTION: Final = "contradiction"
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "lenient ttl": {"ttl": "lenient"},
    DEBIT_ON_PAY: {"debit_on_pay": True},
    "slow debit": {"debit_delay_seconds": 90},
    "id per card": {"payment_id": "per_pay", "verification_info_id": True},
    "old form": {"prepare_repeat": "error_1", "pay_status": "wait_user_action", "check_sms_key_answer": "none"},
    "documented status read": {"status_read_fields": "three", "prepare_payload": "data"},
    "refund callbacks": {"callback_on_refund": True, "callback_on_expiry": True},
    "slow refunds": {"refund_status": "pending", "refund_seconds": 600, "refund_remainder": "at_least_minimum"},
    "slow receipts": {"fiscal_seconds": 7200, "token_otp": "none", "bind_callback_pan": "masked"},
    # As long as a guide says: nobody but us gives such a hold back.
    CONTRADICTION: {"hold_minutes": 43_200},
}


@dataclass
class Outcome:
    """`violations` in plain words; none is right."""

    seed: int
    variant: str
    violations: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    history: list[str] = field(default_factory=list)


class Storm:
    def __init__(self, seed: int, database: Any = None) -> None:
        self.random = Random(seed)
        self.variant = self.random.choice(list(VARIANTS))
        self.outcome = Outcome(seed, self.variant)
        self._depth = 0
        self._calm = True
        self.world = World(Crashing(database or MemoryDatabase(), self._maybe_crash, self._commits_fate))
        self.octo = StormyOcto(self.random, self.world.clock.now, self._between, VARIANTS[self.variant])
        doors.attach(self.world, self.octo.gateway)
        one_card = self.variant == DEBIT_ON_PAY
        self.acts = Acts(
            self.world, self.octo, self.random, new_order(self.random, one_card=one_card), one_card=one_card
        )

    def run(self) -> Outcome:
        self._begin()
        for _ in range(STEPS):
            name, act = self._choice()
            self.outcome.history.append(name)
            self._survive(act)
        self._settle_everything()
        octos_doing = self.outcome.injected[CONTRADICTION] > 0 or self.variant == DEBIT_ON_PAY
        judge = Judge(self.world, self.octo, self.acts.order.id, octos_doing=octos_doing)
        self.outcome.violations += [*self.acts.customer.wrongs, *judge.violations()]
        self.outcome.injected.update(self.octo.wire.injected)
        return self.outcome

    def _begin(self) -> None:
        """Some storms break out over a card that is kept, some over an order that is all but paid."""
        self.octo.wire.rough = False
        acts, orders = self.acts, self.world.payments
        if self.random.random() < 0.4:
            self._survive(acts.customer.save_in_peace)
            self._survive(self._callback)
        if self.random.random() < 0.4:
            self._survive(lambda: orders.initiate(acts.order.id, SCOPE, "uz", API))
            self._survive(acts.confirm)
            self._survive(acts.verify)
        self._calm, self.octo.wire.rough = False, True

    def _choice(self) -> tuple[str, Callable[[], object]]:
        possible = [*self.acts.possible(), (8, "callback", self._callback)]
        if self.variant == CONTRADICTION:
            possible.append((2, "contradiction", self._contradict))
        _, name, act = self.random.choices(possible, [weight for weight, _, _ in possible])[0]
        return name, act

    def _callback(self) -> None:
        """One of those under way arrives: perhaps once more later, perhaps never, and perhaps OCTO does not hear our answer."""
        under_way = self.octo.under_way()
        if not under_way:
            return
        fate = (
            "arrives"
            if self._calm
            else self.random.choices(
                ("arrives", "callback lost", "callback doubled", "callback's answer lost"), (55, 15, 15, 15)
            )[0]
        )
        if fate != "arrives":
            self.outcome.injected[fate] += 1
        self.octo.send(
            self.random.choice(under_way),
            lambda url, raw: doors.answer(self.world, url, raw),
            arrives=fate != "callback lost",
            heard=fate != "callback's answer lost",
            again=fate == "callback doubled",
        )

    def _contradict(self) -> None:
        """OCTO called it canceled, and finds that it was paid, or that the money is held."""
        words = ("succeeded", "waiting_for_capture") if self.acts.order.capture is Capture.MANUAL else ("succeeded",)
        for transaction in self.acts.books().transactions:
            key = transaction.shop_transaction_id
            known = self.octo.payment(key)
            ended = transaction.status in (Status.FAILED, Status.CANCELLED)
            if ended and known is not None and known["status"] == "canceled":
                self.octo.settle(key, self.random.choice(words))
                self.outcome.injected[CONTRADICTION] += 1

    # ---- the storm itself

    def _between(self) -> None:
        """In the middle of a call to OCTO others act, or the process dies."""
        if self._calm:
            return
        self._maybe_crash()
        if self._depth < 2 and self.random.random() < 0.25:
            self._depth += 1
            try:
                name, act = self._choice()
                self.outcome.history.append(f"… meanwhile {name}")
                self._survive(act, crashes=False)
            finally:
                self._depth -= 1

    def _maybe_crash(self) -> None:
        if not self._calm and self.random.random() < 0.02:
            self.outcome.injected["crash"] += 1
            raise Crash()

    def _commits_fate(self) -> str:
        if self._calm or self.random.random() >= 0.02:
            return "committed"
        fate = self.random.choice(("commit failed", "commit's answer lost"))
        self.outcome.injected[fate] += 1
        return fate

    def _survive(self, act: Callable[[], object], *, crashes: bool = True) -> None:
        try:
            act()
        except (Refusal, StorageUnavailable) as refusal:
            self.outcome.history.append(f"  {refusal}")
        except Crash:
            self.outcome.history.append("  crashed")
            if not crashes:
                raise

    def _settle_everything(self) -> None:
        """The storm is over: what was on its way has arrived or is gone, and the workers go on for some days."""
        self._calm = True
        self.octo.wire.calm()
        w = self.world
        for _ in range(HOURS_AFTER):
            while self.octo.under_way() and self.random.random() < 0.8:
                self._survive(self._callback)
            w.clock.advance(hours=1)
            w.settlement.apply_stored()
            for work in (w.settlement.settle, w.receipts.fetch_due, w.revoking.tend):
                while work():
                    pass
