"""Whoever acts in a storm upon the order: the shop, a payer, an operator, the workers, the clock."""

from collections.abc import Sequence
from random import Random
from typing import Final

from domain.books import Books
from domain.card import OneTimeCode
from domain.errors import Refusal, Unavailable
from domain.money import Currency, Money
from domain.moves import Status
from domain.order import FiscalObject, Item, Order
from domain.report import Way
from domain.transaction import Capture, Mode, PaymentTransaction
from domain.use_cases.orders import NewOrder
from tests.fakes.world import AMOUNT, API, OWNER, SCOPE, World
from tests.storm.kept_cards import CARDS, CUSTOMER, HEARD, Act, KeptCards, card
from tests.storm.octo import StormyOcto

# More than twice what OCTO gives back in one operation.
LARGE: Final = Money(2_500_000_000, Currency.UZS)
# Registered at the stand-in.
FISCAL: Final = FiscalObject(spic="00305001001000000", package_code="1425207", vat=True, seller="123456789")
# The last two digits tell the stand-in what becomes of a refund: done, pending, refused later, unknown, failed, new, an error.
REFUND_ENDINGS: Final = (0, 0, 0, 11, 12, 13, 14, 15, 16)
PARTS_MINOR: Final = (1_300_000, 5_000_000, 18_400_000, 1_050_000_000)


def new_order(random: Random, *, one_card: bool) -> NewOrder:
    """A processing centre that debits on every `pay` (`one_card`) is asked for no holds."""
    mode = random.choices((Mode.OWN_PAGE, Mode.REDIRECT), (5, 1))[0]
    capture = random.choices((Capture.AUTOMATIC, Capture.MANUAL), (3, 1))[0]
    if one_card:
        mode, capture = Mode.OWN_PAGE, Capture.AUTOMATIC
    amount = random.choices((AMOUNT, LARGE), (3, 1))[0]
    items: tuple[Item, ...] = ()
    if random.random() < 0.3:
        half = Money(amount.amount_minor // 2, amount.currency)
        items = tuple(Item(name, 1, half, FISCAL) for name in ("Chair", "Delivery"))
    return NewOrder(amount=amount, mode=mode, capture=capture, customer=CUSTOMER, items=items)


class Acts:
    def __init__(self, world: World, octo: StormyOcto, random: Random, new: NewOrder, *, one_card: bool) -> None:
        self.world, self.octo, self.random = world, octo, random
        self.order: Order = world.orders.create(new, OWNER, API)
        self.customer = KeptCards(world, octo, random, self.order, one_card=one_card)
        self._one_card = one_card
        self._last_number = CARDS[0]
        self._asked: tuple[str, Money | None, str | None] | None = None  # the refund that the shop has not heard of yet
        self._refunds_asked = 0
        self._moods = {name for name in ("withdraws", "cancels", "operates") if random.random() < 0.15}

    def possible(self) -> Sequence[Act]:
        """Each with its weight; those that make sense at the moment weigh more."""
        current = self._current()
        status = current.status if current else None
        acts = [*self._payers(status), *self._workers(), *self._times(), *self._rare(current)]
        acts += self.customer.possible(may_pay=status is Status.PREPARED)
        acts += [(12 if status is Status.SUCCESS else 1, "refund", self._refund), (2, "arrival", self.octo.wire.arrive)]
        if self.order.capture is Capture.MANUAL:
            held = current is not None and current.held
            acts += [(10 if held else 1, "capture", self._capture), (3 if held else 1, "release", self._release)]
        return acts

    # ---- the payer

    def _payers(self, status: Status | None) -> list[Act]:
        w, key = self.world, self.order.id
        begins = status in (None, Status.PENDING, Status.FAILED, Status.CANCELLED)
        ready, code = status is Status.PREPARED, status is Status.VERIFICATION_REQUIRED
        return [
            (12 if begins else 1, "initiate", lambda: w.payments.initiate(key, SCOPE, "uz", API)),
            (12 if ready else 3 if code else 1, "confirm", self.confirm),
            (12 if code else 1, "verify", self.verify),
            (3 if code else 1, "wrong code", lambda: self._code("000000")),
            (6 if code else 1, "resend", lambda: w.resending.resend(key, SCOPE, None, card(self._number(0.8), w), API)),
            (4, "status", lambda: w.payments.status(key, SCOPE, API)),
            (6 if ready or code else 1, "acts at octo", self._act_at_octo),
        ]

    def confirm(self) -> None:
        self._last_number = self._number(0.5)
        self.world.payments.confirm(self.order.id, SCOPE, None, card(self._last_number, self.world), API)

    def verify(self) -> None:
        self._code("111111")

    def _code(self, digits: str) -> None:
        self.world.payments.verify_otp(self.order.id, SCOPE, None, OneTimeCode(digits), API)

    def _number(self, same: float) -> str:
        if self._one_card or self.random.random() < same:
            return self._last_number
        return self.random.choice(CARDS)

    def _act_at_octo(self) -> None:
        """On OCTO's page, or on the bank's."""
        current = self._current()
        if current is None or not current.is_live:
            return
        elsewhere = current.octo_pay_url and current.mode is Mode.REDIRECT
        if not elsewhere and not (current.verification and current.verification.way is Way.REDIRECT):
            return
        known = self.octo.payment(current.shop_transaction_id)
        if known is not None and known["status"] in ("created", "wait_user_action"):
            taken = "waiting_for_capture" if current.capture is Capture.MANUAL else "succeeded"
            self.octo.settle(current.shop_transaction_id, taken if self.random.random() < 0.8 else "canceled")

    # ---- the shop

    def _refund(self) -> None:
        """It repeats what it has not heard of, word for word."""
        if self._asked is None or self.random.random() < 0.2:
            self._refunds_asked += 1
            self._asked = (f"refund-{self._refunds_asked}", self._part(), self._charge())
        key, amount, which = self._asked
        try:
            self.world.refunding.request(self.order.id, SCOPE, amount, "storm", which, API, (key,))
        except Unavailable:
            raise
        except Refusal:
            self._asked = None
            raise
        if self.random.random() < HEARD:
            self._asked = None

    def _charge(self) -> str | None:
        """Where there are two, the shop has to say which."""
        charges = [t.shop_transaction_id for t in self.books().transactions if t.status is Status.SUCCESS]
        return self.random.choice(charges) if len(charges) > 1 else None

    def _part(self) -> Money | None:
        if self.random.random() < 0.3:
            return None
        minor = self.random.choice(PARTS_MINOR) + self.random.choice(REFUND_ENDINGS)
        return Money(minor, self.order.amount.currency)

    def _capture(self) -> None:
        whole = self.order.amount
        amount = self.random.choice((None, Money(whole.amount_minor // 2, whole.currency)))
        self.world.holds.capture(self.order.id, SCOPE, amount, API)

    def _release(self) -> None:
        self.world.holds.release(self.order.id, SCOPE, API)

    # ---- everything else that goes on

    def _workers(self) -> list[Act]:
        w = self.world
        return [
            (3, "settle", w.settlement.settle),
            (3, "apply stored", w.settlement.apply_stored),
            (2, "fetch receipts", w.receipts.fetch_due),
            (2, "tend cards", w.revoking.tend),
        ]

    def _times(self) -> list[Act]:
        clock, random = self.world.clock, self.random
        return [
            (6, "seconds", lambda: clock.advance(seconds=random.randint(1, 60))),
            (2, "minutes", lambda: clock.advance(minutes=random.randint(1, 20))),
        ]

    def _rare(self, current: PaymentTransaction | None) -> list[Act]:
        w, key = self.world, self.order.id
        acts: list[Act] = []
        if "withdraws" in self._moods:
            acts.append((3, "withdraw", lambda: w.payments.withdraw(key, SCOPE, API)))
        if "cancels" in self._moods:
            acts.append((1, "cancel", lambda: w.orders.cancel(key, SCOPE, API)))
        if "operates" in self._moods and current is not None:
            ours = current.shop_transaction_id
            acts.append((1, "an operator asks", lambda: w.operating.ask_again(ours, operator="operator")))
            acts.append((1, "an operator closes", lambda: w.operating.close(ours, operator="operator", reason="storm")))
        return acts

    def books(self) -> Books:
        return self.world.orders.get(self.order.id, SCOPE)

    def _current(self) -> PaymentTransaction | None:
        books = self.books()
        return books.current if books.transactions else None
