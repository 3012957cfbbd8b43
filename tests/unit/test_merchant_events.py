"""The shop learns of everything: at least once, under one id, at every endpoint that wants it, however long that is away."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from inspect import getsource
from typing import Any

import pytest

from domain import card_journal, journal
from domain.errors import (
    TooManyWebhookEndpoints,
    WebhookDeliveryNotFound,
    WebhookEndpointNotFound,
    WebhookEndpointOff,
    WebhookUrlRefused,
)
from domain.journal import MerchantEvent
from domain.merchant import (
    BACK_OFF,
    MAX_ATTEMPTS,
    MAX_ENDPOINTS,
    MAX_SECRETS,
    REST,
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    EventType,
    SwitchedOff,
    Trouble,
)
from domain.ports import Chore, NotUnderstood, Stale
from domain.transaction import OrderId
from domain.use_cases.delivering import LEASE
from domain.use_cases.merchant_events import MerchantEvents
from tests.fakes.memory import MemoryDatabase
from tests.fakes.merchant import (
    CountedKeys,
    ListeningOperator,
    MemoryDeliveries,
    MemoryEndpoints,
    ReversingSealer,
    ScriptedSender,
)
from tests.fakes.world import CountingDoorbell, FakeClock

OK = Attempt(status=200)
BROKEN = Attempt(status=500)
GONE = Attempt(status=410)
SLOW = Attempt(trouble=Trouble.TIMED_OUT)
URL = "https://shop.example/webhooks"


class Shop:
    """A shop with its endpoints, and us."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.database = MemoryDatabase()
        self.sender = ScriptedSender()
        self.operator = ListeningOperator()
        self.doorbell = CountingDoorbell()
        self.events = MerchantEvents(
            self.database.units,
            self.database.reading,
            self.sender,
            CountedKeys(),
            ReversingSealer(),
            self.operator,
            self.doorbell,
            self.clock,
        )

    def endpoint(self, *types: EventType, client_id: str = "shop") -> Endpoint:
        return self.events.register(client_id, URL, types).endpoint

    def happens(self, name: str = "evt_1", kind: str = "order.paid", client_id: str = "shop") -> MerchantEvent:
        data = {"order_id": "order-1", "test": True}
        event = MerchantEvent(name, kind, client_id, OrderId("order-1"), self.clock.now(), data)
        with self.database.units() as unit:
            unit.outbox.add([event])
            unit.commit()
        return event

    def deliver(self) -> None:
        """Until there is nothing left to do, and there has to be an end of it."""
        assert not all(self.events.deliver() for _ in range(30))

    def goes_on(self, *, after: timedelta) -> None:
        self.clock.at += after
        self.deliver()

    @property
    def delivery(self) -> Delivery:
        (delivery,) = self.database.deliveries
        return delivery

    def endpoint_now(self) -> Endpoint:
        (endpoint,) = self.database.endpoints
        return endpoint

    @property
    def sent(self) -> list[str]:
        return [delivery.event_id for delivery, _, _ in self.sender.sent]


@pytest.fixture
def shop() -> Shop:
    return Shop()


# ---- handing out


def test_each_endpoint_gets_each_event_once(shop: Shop) -> None:
    first, second = shop.endpoint(), shop.endpoint()
    shop.happens("evt_1")
    shop.happens("evt_2")
    for _ in range(3):
        shop.deliver()

    assert sorted((d.event_id, e.id) for d, e, _ in shop.sender.sent) == [
        ("evt_1", first.id),
        ("evt_1", second.id),
        ("evt_2", first.id),
        ("evt_2", second.id),
    ]


def test_what_is_sent_is_the_event(shop: Shop) -> None:
    shop.endpoint()
    event = shop.happens()
    shop.deliver()

    sent = shop.delivery
    assert (sent.event_id, sent.type, sent.event_at, sent.data) == (event.id, event.type, event.at, event.data)
    assert sent.state is DeliveryState.DELIVERED
    assert sent.last_attempt == OK


def test_handing_out_twice_makes_no_second_delivery(shop: Shop) -> None:
    endpoint = shop.endpoint()
    event = shop.happens()
    shop.deliver()
    with shop.database.units() as unit:
        unit.deliveries.add([Delivery.of(event, endpoint, shop.clock.now())])
        unit.commit()

    assert shop.delivery.state is DeliveryState.DELIVERED


def test_an_endpoint_is_told_of_what_it_has_chosen(shop: Shop) -> None:
    shop.endpoint(EventType.ORDER_PAID)
    shop.happens("evt_1", "payment.succeeded")
    shop.happens("evt_2", "order.paid")
    shop.deliver()

    assert shop.sent == ["evt_2"]


def test_another_clients_events_stay_with_that_client(shop: Shop) -> None:
    ours, theirs = shop.endpoint(), shop.endpoint(client_id="other")
    shop.happens("evt_1")
    shop.happens("evt_2", client_id="other")
    shop.deliver()

    assert [(d.event_id, e.id) for d, e, _ in shop.sender.sent] == [("evt_1", ours.id), ("evt_2", theirs.id)]


def test_a_new_endpoint_is_not_told_of_the_past(shop: Shop) -> None:
    shop.happens()
    shop.clock.advance(hours=1)
    shop.endpoint()
    shop.deliver()

    assert shop.sent == []


def test_clocks_that_differ_by_minutes_lose_nothing(shop: Shop) -> None:
    shop.endpoint()
    shop.clock.advance(minutes=-4)
    shop.happens()
    shop.goes_on(after=timedelta(minutes=5))

    assert shop.sent == ["evt_1"]


def test_every_type_of_event_can_be_chosen() -> None:
    written = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', getsource(journal) + getsource(card_journal)))

    assert written == set(EventType)


# ---- trying again


def test_the_attempts_of_one_event_are_spread_over_three_days(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    shop.sender.answers = [BROKEN] * MAX_ATTEMPTS
    shop.deliver()
    for pause in BACK_OFF:
        before = len(shop.sent)
        shop.goes_on(after=pause - timedelta(milliseconds=1))
        assert len(shop.sent) == before
        shop.goes_on(after=timedelta(milliseconds=1))
        assert len(shop.sent) == before + 1
    shop.goes_on(after=timedelta(days=30))

    assert shop.sent == ["evt_1"] * MAX_ATTEMPTS
    assert shop.delivery.state is DeliveryState.GIVEN_UP
    assert timedelta(days=3) <= sum(BACK_OFF, timedelta()) < timedelta(days=3, hours=1)


def test_a_failure_is_written_down(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    shop.sender.answers = [BROKEN, SLOW]
    shop.deliver()
    assert (shop.delivery.state, shop.delivery.attempts, shop.delivery.last_attempt) == ("pending", 1, BROKEN)

    shop.goes_on(after=BACK_OFF[0])

    assert (shop.delivery.state, shop.delivery.attempts, shop.delivery.last_attempt) == ("pending", 2, SLOW)


def test_a_redirect_is_a_failure(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    shop.sender.answers = [Attempt(status=302)]
    shop.deliver()

    assert shop.delivery.state is DeliveryState.PENDING


def test_a_worker_that_dies_while_sending_costs_time_only(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.sender, "send", killed)
        with pytest.raises(SystemExit):
            shop.deliver()
    shop.goes_on(after=LEASE - timedelta(seconds=1))
    assert shop.sent == []

    shop.goes_on(after=timedelta(seconds=1))

    assert shop.delivery.state is DeliveryState.DELIVERED


def killed(*_: object) -> Attempt:
    raise SystemExit


def test_a_second_worker_does_not_take_what_the_first_is_sending(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    meanwhile: list[int] = []

    def send(*_: object) -> Attempt:
        meanwhile.append(shop.events.deliver())
        return OK

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.sender, "send", send)
        shop.deliver()

    assert meanwhile == [0]


def test_a_late_failure_does_not_undo_what_another_worker_has_delivered(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.happens()

    def slow(delivery: Delivery, *_: object) -> Attempt:
        if delivery.version == 1:
            shop.goes_on(after=LEASE)
            return BROKEN
        return OK

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.sender, "send", slow)
        shop.deliver()

    assert shop.delivery.state is DeliveryState.DELIVERED
    assert shop.endpoint_now().failing_since is endpoint.failing_since is None


def test_a_late_success_counts_although_another_worker_is_at_it(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()

    def slow(delivery: Delivery, *_: object) -> Attempt:
        if delivery.version == 1:
            shop.goes_on(after=LEASE)
            return OK
        return BROKEN

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.sender, "send", slow)
        shop.events.deliver()

    assert shop.delivery.state is DeliveryState.DELIVERED


def test_a_result_is_written_although_somebody_was_faster(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    save, lost = MemoryDeliveries.save, [Stale(), Stale()]

    def save_at_last(*args: Any) -> None:
        if lost:
            raise lost.pop()
        save(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryDeliveries, "save", save_at_last)
        shop.deliver()

    assert shop.delivery.state is DeliveryState.DELIVERED
    assert shop.sent == ["evt_1"]


def test_what_arrives_at_an_endpoint_just_switched_off_has_arrived(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.happens()

    def send(*_: object) -> Attempt:
        shop.events.disable(endpoint.id, "shop")
        return OK

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.sender, "send", send)
        shop.deliver()

    assert shop.delivery.state is DeliveryState.DELIVERED
    assert not shop.endpoint_now().is_enabled


def test_a_delivery_that_this_version_does_not_understand_holds_up_no_other(shop: Shop) -> None:
    shop.endpoint()
    shop.happens("evt_1")
    shop.clock.advance(seconds=1)
    shop.happens("evt_2")
    owned = MemoryDeliveries.owned

    def strange(deliveries: MemoryDeliveries, delivery_id: str, client_id: str) -> Delivery | None:
        found = owned(deliveries, delivery_id, client_id)
        if found is not None and found.event_id == "evt_1":
            raise NotUnderstood(delivery_id, client_id)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryDeliveries, "owned", strange)
        shop.deliver()
        for_now = list(shop.sent)
    (waiting,) = [d for d in shop.database.deliveries if d.event_id == "evt_1"]
    shop.goes_on(after=LEASE)

    assert for_now == ["evt_2"]
    assert shop.operator.strange == [(waiting.id, "shop")]
    assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 0)
    assert shop.sent == ["evt_2", "evt_1"]


def test_an_endpoint_that_this_version_does_not_understand_misses_nothing_and_holds_up_no_other_client(
    shop: Shop,
) -> None:
    strange, _ = shop.endpoint(client_id="shop-1"), shop.endpoint(client_id="shop-2")
    shop.happens("evt_1", client_id="shop-1")
    shop.happens("evt_2", client_id="shop-2")
    of_clients = MemoryEndpoints.of_clients

    def reading(endpoints: MemoryEndpoints, client_ids: Collection[str]) -> Sequence[Endpoint]:
        if "shop-1" in client_ids:
            raise NotUnderstood(strange.id, "shop-1")
        return of_clients(endpoints, client_ids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryEndpoints, "of_clients", reading)
        shop.deliver()
        for_now = list(shop.sent)
    shop.deliver()

    assert for_now == ["evt_2"]
    assert (strange.id, "shop-1") in shop.operator.strange
    assert shop.sent == ["evt_2", "evt_1"]


def test_an_endpoint_that_is_removed_meanwhile_is_not_missed(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.happens()

    def send(*_: object) -> Attempt:
        shop.events.remove(endpoint.id, "shop")
        return BROKEN

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.sender, "send", send)
        shop.deliver()

    assert shop.database.deliveries == ()


# ---- endpoints that are away


@pytest.mark.parametrize("attempt", [SLOW, Attempt(status=503), Attempt(status=429)], ids=str)
def test_an_endpoint_that_is_away_holds_up_nobody_else(shop: Shop, attempt: Attempt) -> None:
    shop.endpoint()
    shop.endpoint(client_id="other")
    for n in range(10):
        shop.happens(f"evt_{n}")
    shop.sender.answers = [attempt]
    shop.deliver()
    shop.happens("evt_other", client_id="other")
    shop.deliver()

    assert shop.sent == ["evt_0", "evt_other"]

    shop.goes_on(after=REST)

    assert set(shop.sent) == {"evt_other", *(f"evt_{n}" for n in range(10))}


def test_events_go_out_in_the_order_in_which_they_happened(shop: Shop) -> None:
    shop.endpoint()
    for name in ("evt_c", "evt_a", "evt_b"):
        shop.happens(name)
        shop.clock.advance(seconds=1)
    shop.happens("evt_e")
    shop.happens("evt_d")
    shop.deliver()

    assert shop.sent == ["evt_c", "evt_a", "evt_b", "evt_d", "evt_e"]


def test_an_endpoint_that_refuses_fast_goes_on_with_the_next_event(shop: Shop) -> None:
    shop.endpoint()
    shop.happens("evt_1")
    shop.happens("evt_2")
    shop.sender.answers = [BROKEN]
    shop.deliver()

    assert shop.sent == ["evt_1", "evt_2"]


def test_410_switches_an_endpoint_off_at_once_and_the_operator_hears_of_it(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    shop.sender.answers = [GONE]
    shop.deliver()

    endpoint = shop.endpoint_now()
    assert (endpoint.disabled_reason, endpoint.disabled_at) == (SwitchedOff.GONE, shop.clock.now())
    assert [e.id for e in shop.operator.told] == [endpoint.id]


def test_long_failure_switches_an_endpoint_off(shop: Shop) -> None:
    shop.endpoint()
    shop.sender.answers = [BROKEN] * 1000
    for day in range(8):
        shop.happens(f"evt_{day}")
        for _ in range(24):
            shop.goes_on(after=timedelta(hours=1))

    endpoint = shop.endpoint_now()
    assert endpoint.disabled_reason is SwitchedOff.FAILING
    assert endpoint.failing_since is not None
    assert endpoint.disabled_at is not None
    assert timedelta(days=5) <= endpoint.disabled_at - endpoint.failing_since <= timedelta(days=6)
    assert [e.id for e in shop.operator.told] == [endpoint.id]


def test_one_delivery_shows_that_somebody_is_there(shop: Shop) -> None:
    shop.endpoint()
    shop.sender.answers = [BROKEN] * 30 + [OK] + [BROKEN] * 30
    for day in range(8):
        shop.happens(f"evt_{day}")
        for _ in range(24):
            shop.goes_on(after=timedelta(hours=1))

    assert shop.endpoint_now().is_enabled
    assert shop.operator.told == []


def test_one_failure_after_a_quiet_time_switches_nothing_off(shop: Shop) -> None:
    shop.endpoint()
    shop.sender.answers = [BROKEN] * MAX_ATTEMPTS + [BROKEN]
    shop.happens("evt_1")
    shop.deliver()
    for pause in BACK_OFF:
        shop.goes_on(after=pause)
    shop.clock.advance(days=30)
    shop.happens("evt_2")
    shop.deliver()

    assert shop.endpoint_now().is_enabled


def test_what_happens_while_an_endpoint_is_off_waits_for_it(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.events.disable(endpoint.id, "shop")
    shop.happens()
    shop.goes_on(after=timedelta(days=30))
    assert shop.sent == []

    shop.events.enable(endpoint.id, "shop")
    shop.deliver()

    assert shop.sent == ["evt_1"]
    assert shop.doorbell.rung == [Chore.DELIVER_EVENTS]


def test_nothing_waits_without_end_for_an_endpoint_that_nobody_switches_on(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.events.disable(endpoint.id, "shop")
    shop.clock.advance(days=29)
    shop.happens("evt_1")
    shop.clock.advance(days=1)
    shop.happens("evt_2")
    shop.events.deliver()
    shop.events.enable(endpoint.id, "shop")
    shop.deliver()

    assert shop.sent == ["evt_1"]


# ---- redelivery and test


@pytest.mark.parametrize("first", [OK, BROKEN], ids=["delivered", "failed"])
def test_redelivery_keeps_the_id(shop: Shop, first: Attempt) -> None:
    shop.endpoint()
    shop.happens()
    shop.sender.answers = [first]
    shop.deliver()
    delivery = shop.events.redeliver(shop.delivery.id, "shop")
    shop.deliver()

    assert delivery.state is DeliveryState.PENDING
    assert shop.sent == ["evt_1", "evt_1"]
    assert shop.delivery.state is DeliveryState.DELIVERED
    assert shop.doorbell.rung == [Chore.DELIVER_EVENTS]


def test_what_was_given_up_is_tried_again_for_three_days(shop: Shop) -> None:
    shop.endpoint()
    shop.happens()
    shop.sender.answers = [BROKEN] * 2 * MAX_ATTEMPTS
    shop.deliver()
    for pause in BACK_OFF:
        shop.goes_on(after=pause)
    shop.events.redeliver(shop.delivery.id, "shop")
    shop.deliver()
    for pause in BACK_OFF:
        shop.goes_on(after=pause)

    assert len(shop.sent) == 2 * MAX_ATTEMPTS
    assert shop.delivery.state is DeliveryState.GIVEN_UP


def test_a_test_event_goes_the_same_way_to_its_endpoint_alone(shop: Shop) -> None:
    endpoint = shop.endpoint(EventType.ORDER_REFUNDED)
    shop.endpoint()
    shop.events.send_test(endpoint.id, "shop")
    shop.deliver()

    ((sent, to, _),) = shop.sender.sent
    assert (sent.type, sent.data) == ("webhook.test", {"endpoint_id": endpoint.id, "test": True})
    assert to.id == endpoint.id
    assert shop.doorbell.rung == [Chore.DELIVER_EVENTS]


def test_an_endpoint_that_is_off_takes_neither_test_nor_redelivery(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.happens()
    shop.deliver()
    shop.events.disable(endpoint.id, "shop")

    with pytest.raises(WebhookEndpointOff):
        shop.events.send_test(endpoint.id, "shop")
    with pytest.raises(WebhookEndpointOff):
        shop.events.redeliver(shop.delivery.id, "shop")


# ---- endpoints and their secrets


def test_a_secret_is_kept_sealed(shop: Shop) -> None:
    new = shop.events.register("shop", URL)
    sealed = shop.endpoint_now().sealed_secrets(shop.clock.now())

    assert sealed == (ReversingSealer().seal(new.secret),)
    assert new.secret not in repr(new)


def test_the_old_secret_signs_for_a_day_beside_the_new_one(shop: Shop) -> None:
    old = shop.events.register("shop", URL)
    new = shop.events.rotate_secret(old.endpoint.id, "shop")
    seal = ReversingSealer().seal
    at = shop.clock.now()

    endpoint = shop.endpoint_now()
    assert endpoint.sealed_secrets(at + timedelta(hours=23)) == (seal(new.secret), seal(old.secret))
    assert endpoint.sealed_secrets(at + timedelta(hours=24)) == (seal(new.secret),)


def test_rotating_again_and_again_keeps_the_newest_few(shop: Shop) -> None:
    endpoint = shop.endpoint()
    newest = [shop.events.rotate_secret(endpoint.id, "shop").secret for _ in range(5)][::-1]

    sealed = shop.endpoint_now().sealed_secrets(shop.clock.now())
    assert sealed == tuple(ReversingSealer().seal(secret) for secret in newest[:MAX_SECRETS])


def test_a_secret_whose_time_is_over_is_forgotten_with_the_next_rotation(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.events.rotate_secret(endpoint.id, "shop")
    shop.clock.advance(hours=25)
    shop.events.rotate_secret(endpoint.id, "shop")

    assert len(shop.endpoint_now().secrets) == 2


def test_a_client_has_a_few_endpoints_and_no_more(shop: Shop) -> None:
    for _ in range(MAX_ENDPOINTS):
        shop.endpoint()
    shop.endpoint(client_id="other")

    with pytest.raises(TooManyWebhookEndpoints):
        shop.endpoint()


def test_an_address_that_is_refused_is_not_kept(shop: Shop) -> None:
    shop.sender.refused.add("https://10.0.0.1/")
    endpoint = shop.endpoint()

    with pytest.raises(WebhookUrlRefused):
        shop.events.register("shop", "https://10.0.0.1/")
    with pytest.raises(WebhookUrlRefused):
        shop.events.change(endpoint.id, "shop", lambda e: replace(e, url="https://10.0.0.1/"))
    assert [e.url for e in shop.database.endpoints] == [URL]


def test_a_change_is_made_although_somebody_was_faster(shop: Shop) -> None:
    endpoint = shop.endpoint()
    rounds: list[Endpoint] = []

    def decide(read: Endpoint) -> Endpoint:
        rounds.append(read)
        if len(rounds) == 2:
            raise Stale()
        return replace(read, types=(EventType.ORDER_PAID,))

    shop.events.change(endpoint.id, "shop", decide)

    assert shop.endpoint_now().types == (EventType.ORDER_PAID,)


def test_a_client_acts_on_its_own_only(shop: Shop) -> None:
    endpoint = shop.endpoint()
    shop.happens()
    shop.deliver()

    for act in (
        shop.events.endpoint,
        shop.events.enable,
        shop.events.disable,
        shop.events.rotate_secret,
        shop.events.remove,
        shop.events.send_test,
    ):
        with pytest.raises(WebhookEndpointNotFound):
            act(endpoint.id, "other")
    with pytest.raises(WebhookDeliveryNotFound):
        shop.events.redeliver(shop.delivery.id, "other")
    assert shop.events.endpoints("other") == []
    assert shop.events.deliveries("other", event_id=None, state=None, after=None, limit=10) == ([], None)
