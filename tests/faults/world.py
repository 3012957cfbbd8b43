"""Shop, service, OCTO and time together: how a payment goes on after trouble, and how time passes until all is settled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.faults.octo import Json, Octo
from tests.faults.receiver import Receiver
from tests.faults.shifted_clock import ShiftedClock
from tests.faults.shop import GOOD_CODE, Answer, Http, Shop

# How long a patient payer waits between two looks: past a lost code (15 s), past OCTO's end of the payment (15 min), past two
# cards in a row of which nobody knows whether OCTO took them (30 min each); and then as many steps as there are to being paid.
PATIENCE: Final = (3, 20, 60, 300, 900, 400, 120, 3, 3, 3, 20, 60, 1200, 1200, 400, *(3,) * 12)
# By then OCTO has ended every payment, and what it called canceled was looked at a second time.
_ALL_IS_OVER: Final = timedelta(days=3)
# A request that died holds its Idempotency-Key for so long.
_KEY_IS_FREE_AGAIN_SECONDS: Final = 610
_MOST_LOOKS: Final = 500
_NOTIFY: Final = "/api/payments/notify/"
Work = Callable[[], None]
Due = Callable[[], datetime | None]


@dataclass
class World:
    """`work` does what workers do every minute, `due` tells when they have something to ask next; without `delivers` no callback
    of OCTO ever arrives. Those about saved cards, whose content nobody is shown, come by way of `letterbox`."""

    http: Http
    octo: Octo
    clock: ShiftedClock
    work: Work
    due: Due
    delivers: bool = True
    letterbox: Receiver | None = None

    def passes(self, seconds: float) -> None:
        """Time, for us and for OCTO."""
        self.clock.shift_seconds += seconds
        self.octo.advance(seconds)

    def deliver(self, times: int = 1) -> list[Answer]:
        """All callbacks that OCTO has written so far, each once more. Returns what was answered."""
        if not self.delivers:
            return []
        written = self.octo.callbacks()
        about_payments = [callback["body"] for callback in written if callback["url"].endswith(_NOTIFY)]
        told = [self._tell(body) for body in about_payments for _ in range(times)]
        return told + [self.http("POST", *letter, {}) for letter in self._letters(written) for _ in range(times)]

    def goes_on(self, shop: Shop, plan: "Plan | None" = None) -> None:
        """The shop repeats what was not answered, and goes on with its plan; by itself that is to have the order paid."""
        shop.again()
        if shop.is_patient and shop.memory.unanswered:
            self.passes(_KEY_IS_FREE_AGAIN_SECONDS)
            shop.again()
        for seconds in PATIENCE:
            if (plan or World.next_step)(self, shop):
                return
            self.passes(seconds)
            self.work()
            self.deliver()

    def ends(self) -> None:
        """Everything that time and repeated callbacks do by themselves. Time goes in leaps to where there is something to do."""
        over = self.clock.now() + _ALL_IS_OVER
        self.deliver()
        self.passes(130)  # past every lease
        self.work()
        for _ in range(_MOST_LOOKS):
            due = self.due()
            if due is None or due > over:
                break
            self.passes(max(20, (due - self.clock.now()).total_seconds()))
            self.work()
        self.deliver(times=2)
        self.work()

    def next_step(self, shop: Shop) -> bool:
        """One step of the payer's, as the status has it, until the order is paid or takes no more money. True: there is none left."""
        if shop.memory.order_id is None:
            shop.order()
            return False
        answer = shop.status()
        word = str(answer.body.get("status", ""))
        if answer.status == 404 or word == "pending":
            shop.initiate()
        elif word in ("failed", "cancelled"):
            if shop.order_status() not in ("awaiting_payment", "payment_failed"):
                return True
            shop.initiate()
        elif word == "prepared":
            if answer.body["transaction_id"] != shop.memory.transaction_id:
                shop.initiate()
            self._pays(shop)
        elif word == "verification_required":
            self._proves(shop, answer.body)
        return word == "success"

    def pays_at_octo(self, shop_transaction_id: str) -> None:
        """The payer does what there is to do on OCTO's page, or on the bank's."""
        if self.octo.payment(shop_transaction_id)["status"] in ("created", "wait_user_action"):
            self.octo.settle(shop_transaction_id, "succeeded")

    # ---- inside

    def _pays(self, shop: Shop) -> None:
        if shop.wanted.get("mode") == "redirect":
            self.pays_at_octo(str(shop.memory.shop_transaction_id))
        elif shop.memory.saved_card_id is not None:
            shop.confirm_saved()
        else:
            shop.confirm()

    def _proves(self, shop: Shop, status: Json) -> None:
        """The payer shows that the card is theirs."""
        if status["seconds_left"]:
            shop.verify(GOOD_CODE)
        elif status["seconds_left"] is None:  # no code can be typed here
            self.pays_at_octo(status["shop_transaction_id"])

    def _tell(self, body: Json) -> Answer:
        """A callback about a payment. A decision about a hold in its answer is one that OCTO carries out."""
        answer = self.http("POST", _NOTIFY, plain(body), {})
        if answer.body.get("accept_status") in ("capture", "cancel"):
            self.octo.take_reply(body["octo_payment_UUID"], answer.body)
        return answer

    def _letters(self, written: list[Json]) -> list[tuple[str, Json]]:
        """The callbacks about saved cards, with their addresses."""
        if self.letterbox is None:
            return []
        if held := [c["id"] for c in written if c["state"] == "held" and not c["url"].endswith(_NOTIFY)]:
            self.octo.send_held(held)
        return self.letterbox.letters()


# One step of the shop's towards what it wants. True: there is none left.
Plan = Callable[[World, Shop], bool]


def plain(body: Any) -> Any:
    """With floats for the decimals, so that it can be sent as JSON."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in body.items()}
