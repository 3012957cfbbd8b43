"""The use cases and the stand-in's ledger: whatever is lost on the way, no money moves twice."""

from datetime import timedelta
from typing import Final

import pytest

from domain.card import Card, OneTimeCode
from domain.errors import HoldDecisionRefused, InvalidRefund, OtpRejected, ResendLimitReached
from domain.money import Currency, Money
from domain.moves import Status
from domain.order import Order, OrderStatus
from domain.refund import Refund, RefundStatus
from domain.transaction import Capture, PaymentTransaction
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Changing
from domain.use_cases.holds import Holds
from domain.use_cases.orders import NewOrder, Orders
from domain.use_cases.payments import Payments, TermsPolicy
from domain.use_cases.refunding import Refunding
from domain.use_cases.resending import Resending
from tests.fakes.memory import MemoryDatabase
from tests.fakes.world import (
    API,
    OWNER,
    REFUND_POLICY,
    SCOPE,
    UZCARD,
    CountedIds,
    CountingDoorbell,
    FakeClock,
    PlainFingerprints,
)
from tests.integration.octo.stand_in import Sandbox, gateway

AMOUNT: Final = Money(18_500_000, Currency.UZS)
PART: Final = Money(5_000_000, Currency.UZS)


class Shop:
    """The service without its database and its HTTP, with the real client of OCTO."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.clock, database = sandbox, FakeClock(), MemoryDatabase()
        octo = gateway(sandbox, deadline_seconds=3)
        changing = Changing(database.units, database.reading, CountingDoorbell(), self.clock)
        asking = Asking(changing, octo, self.clock, give_up_after=timedelta(hours=24))
        policy = TermsPolicy(
            frontend_url="https://shop.example",
            notify_url="http://127.0.0.1:9/never/",
            ttl_minutes=15,
            methods=("uzcard", "humo", "bank_card"),
            uzbek="oz",
        )
        self.orders = Orders(
            database.units, database.reading, changing, self.clock, CountedIds(), account="4321", test=True
        )
        self.payments = Payments(changing, asking, octo, PlainFingerprints(), self.clock, policy)
        self.resending = Resending(changing, asking, octo, PlainFingerprints(), self.clock)
        self.holds = Holds(changing, asking, octo, self.clock)
        self.refunding = Refunding(changing, octo, self.clock, REFUND_POLICY)
        self.order: Order

    def card(self) -> Card:
        return Card(number=UZCARD, expire="1240", holder="TEST USER", cvc=None, today=self.clock.now().date())

    def awaiting_code(self, capture: Capture = Capture.AUTOMATIC, amount: Money = AMOUNT) -> PaymentTransaction:
        self.order = self.orders.create(NewOrder(amount=amount, capture=capture), OWNER, API)
        self.payments.initiate(self.order.id, SCOPE, "uz", API)
        return self.payments.confirm(self.order.id, SCOPE, None, self.card(), API)

    def verify(self, code: str = "111111") -> PaymentTransaction:
        return self.payments.verify_otp(self.order.id, SCOPE, None, OneTimeCode(code), API)

    def resend(self) -> PaymentTransaction:
        self.clock.advance(seconds=31)
        return self.resending.resend(self.order.id, SCOPE, None, self.card(), API)

    def status(self) -> PaymentTransaction:
        self.clock.advance(seconds=5)
        return self.payments.status(self.order.id, SCOPE, API)

    def paid(self, amount: Money = AMOUNT) -> PaymentTransaction:
        self.awaiting_code(amount=amount)
        self.verify()
        return self.status()

    def held(self) -> PaymentTransaction:
        self.awaiting_code(Capture.MANUAL)
        self.verify()
        return self.status()

    def refund(self, amount: Money | None = None) -> Refund:
        self.clock.advance(seconds=5)
        return self.refunding.request(self.order.id, SCOPE, amount, "returned goods", None, API)[1]

    def follow_up(self) -> Refund:
        self.clock.advance(seconds=5)
        key = self.orders.get(self.order.id, SCOPE).current.shop_transaction_id
        return self.refunding.carry_on(key, API).refunds.refunds[-1]

    def order_status(self) -> OrderStatus:
        return self.orders.get(self.order.id, SCOPE).order.status


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)


# ---- codes


def test_a_code_sent_again_pays(shop: Shop) -> None:
    shop.awaiting_code()
    resent = shop.resend()
    shop.verify()

    assert resent.verification and resent.verification.seconds_left(shop.clock.now()) == 120
    assert shop.status().status is Status.SUCCESS
    assert shop.sandbox.debits() == [185000.0]


@pytest.mark.parametrize("fault", ["reset_after", "reset_before", "error_4_after"])
def test_a_resend_whose_answer_was_lost_leaves_a_code_that_pays(shop: Shop, fault: str) -> None:
    shop.awaiting_code()
    shop.sandbox.fault("check_pan", fault)
    resent = shop.resend()
    shop.verify()

    assert resent.verification and resent.verification.verify_id
    assert shop.status().status is Status.SUCCESS
    assert shop.sandbox.calls("check_pan") == 1


def test_octos_limit_leaves_the_last_code_good(shop: Shop) -> None:
    shop.sandbox.switch(otp_resends=1)
    shop.awaiting_code()
    shop.resend()
    with pytest.raises(ResendLimitReached) as refused:
        shop.resend()

    assert refused.value.facts == {"octo_code": "17"}
    shop.verify()
    assert shop.status().status is Status.SUCCESS


def test_tries_are_counted_as_octo_counts_them(shop: Shop) -> None:
    shop.awaiting_code()
    told = []
    for _ in range(3):
        shop.clock.advance(seconds=2)
        with pytest.raises(OtpRejected) as rejected:
            shop.verify("000000")
        told.append(rejected.value.facts["tries_left"])

    assert told == [2, 1, 0]
    assert shop.sandbox.debits() == []


# ---- holds


@pytest.mark.parametrize("fault", [None, "reset_after", "error_4_after", "timeout_after"])
def test_a_part_of_a_hold_is_taken_once_and_the_rest_goes_back(shop: Shop, fault: str | None) -> None:
    held = shop.held()
    if fault:
        shop.sandbox.fault("set_accept", fault, seconds=4)
    taken = shop.holds.capture(shop.order.id, SCOPE, PART, API)

    assert held.held
    assert (taken.status, taken.captured_minor) == (Status.SUCCESS, 5_000_000)
    assert taken.reviews == ()
    assert (shop.sandbox.ledger("capture"), shop.sandbox.ledger("release")) == ([50000.0], [135000.0])


@pytest.mark.parametrize("fault", [None, "reset_after", "error_4_after"])
def test_a_hold_is_given_back_once(shop: Shop, fault: str | None) -> None:
    shop.held()
    if fault:
        shop.sandbox.fault("set_accept", fault)
    released = shop.holds.release(shop.order.id, SCOPE, API)

    assert released.status is Status.CANCELLED
    assert shop.sandbox.ledger("release") == [185000.0]
    assert shop.sandbox.ledger("capture") == []


def test_a_capture_that_octo_never_saw_is_not_sent_again_by_itself_but_by_the_shop(shop: Shop) -> None:
    shop.held()
    shop.sandbox.fault("set_accept", "reset_before")
    first = shop.holds.capture(shop.order.id, SCOPE, PART, API)
    for _ in range(2):
        shop.clock.advance(seconds=20)
        shop.payments.status(shop.order.id, SCOPE, API)
    lost = shop.orders.get(shop.order.id, SCOPE).current
    again = shop.holds.capture(shop.order.id, SCOPE, PART, API)

    assert first.held and lost.held and lost.in_flight is None
    assert again.status is Status.SUCCESS
    assert shop.sandbox.ledger("capture") == [50000.0]


def test_a_refused_capture_leaves_the_hold_as_it_was(shop: Shop) -> None:
    shop.held()
    shop.sandbox.fault("set_accept", "unknown_error_before")
    with pytest.raises(HoldDecisionRefused) as refused:
        shop.holds.capture(shop.order.id, SCOPE, PART, API)

    assert refused.value.facts == {"octo_code": "987"}
    assert shop.order_status() is OrderStatus.AUTHORIZED


def test_a_hold_that_lapsed_is_cancelled(shop: Shop) -> None:
    shop.held()
    shop.sandbox.control("POST", "clock", {"advance_seconds": 30 * 60 + 1})
    lapsed = shop.holds.capture(shop.order.id, SCOPE, PART, API)

    assert lapsed.status is Status.CANCELLED
    assert shop.sandbox.ledger("capture") == []


def test_what_was_captured_is_what_can_be_refunded(shop: Shop) -> None:
    shop.held()
    shop.holds.capture(shop.order.id, SCOPE, PART, API)
    with pytest.raises(InvalidRefund):
        shop.refund(AMOUNT)

    assert shop.refund().status is RefundStatus.SUCCEEDED
    assert shop.order_status() is OrderStatus.REFUNDED
    assert shop.sandbox.ledger("refund") == [50000.0]


# ---- refunds


@pytest.mark.parametrize("fault", ["reset_after", "timeout_after", "error_4_after", "truncate", "reset_before"])
def test_a_refund_whose_answer_was_lost_is_sent_again_and_made_once(shop: Shop, fault: str) -> None:
    shop.paid()
    shop.sandbox.fault("refund", fault, seconds=4)
    first = shop.refund(PART)
    after = shop.follow_up()

    assert first.status is RefundStatus.PENDING
    assert after.status is RefundStatus.SUCCEEDED
    assert shop.sandbox.calls("refund") == 2
    assert shop.sandbox.ledger("refund") == [50000.0]
    assert shop.order_status() is OrderStatus.PARTIALLY_REFUNDED


@pytest.mark.parametrize(
    ("minor", "ends", "given"),
    [(5_000_011, RefundStatus.SUCCEEDED, [50000.11]), (5_000_012, RefundStatus.FAILED, [])],
)
def test_a_refund_that_takes_its_time_is_followed_to_its_end(
    shop: Shop, minor: int, ends: RefundStatus, given: list[float]
) -> None:
    shop.paid()
    first = shop.refund(Money(minor, Currency.UZS))
    shop.sandbox.control("POST", "clock", {"advance_seconds": 61})

    assert first.status is RefundStatus.PENDING
    assert shop.follow_up().status is ends
    assert shop.sandbox.ledger("refund") == given


def test_a_large_refund_goes_in_parts_that_octo_takes(shop: Shop) -> None:
    shop.paid(Money(2_000_100_000, Currency.UZS))
    refund = shop.refund()

    assert refund.status is RefundStatus.SUCCEEDED
    assert shop.sandbox.ledger("refund") == [10_000_000.0, 9_988_000.0, 13_000.0]
    assert shop.order_status() is OrderStatus.REFUNDED
