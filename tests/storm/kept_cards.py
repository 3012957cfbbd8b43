"""The customer in a storm, who lets the shop keep cards, pays with them, and takes them back."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from domain.card import Card, OneTimeCode, Scheme
from domain.errors import Refusal, SavedCardNotFound, SavedCardNotUsable, Unavailable
from domain.order import Customer, Order
from domain.ports import StorageUnavailable
from domain.saved_card import SavedCard
from tests.fakes.world import API, OWNER, SCOPE, VISA, World
from tests.storm.octo import StormyOcto

Act = tuple[int, str, Callable[[], object]]

CARDS: Final = (
    "8600495473316478",
    "9860123456789012",
    "8600495473310051",
    "8600495473310068",
    "8600495473310003",
    VISA,
)
PHONE: Final = "998901234567"
CUSTOMER: Final = Customer("customer-1", PHONE, "payer@example.com")
SOMEBODY_ELSE: Final = "customer-2"
# How often the shop hears what we answer.
HEARD: Final = 0.8


def card(number: str, world: World) -> Card:
    cvc = "123" if number == VISA else None
    return Card(number=number, expire="1240", holder="TEST USER", cvc=cvc, today=world.clock.now().date())


class KeptCards:
    """`wrongs` show at once: what should have been refused and was not."""

    def __init__(self, world: World, octo: StormyOcto, random: Random, order: Order, *, one_card: bool) -> None:
        self._world, self._octo, self._random, self._order = world, octo, random, order
        self._one_card = one_card
        self._asked: dict[
            str, tuple[str, str]
        ] = {}  # of each customer, the request that was not heard of yet, and its card
        self._requests = 0
        self.wrongs: list[str] = []

    def possible(self, *, may_pay: bool) -> Sequence[Act]:
        return [
            (1, "save a card", lambda: self._save(CUSTOMER.user_id)),
            (1, "save another's card", lambda: self._save(SOMEBODY_ELSE)),
            (3, "verify a saved card", lambda: self._verify("111111")),
            (1, "wrong code for a saved card", lambda: self._verify("000000")),
            (2, "look at a saved card", lambda: self._of_some_card(self._world.saving.get)),
            (1, "prove a card at its bank", self._prove_at_bank),
            (1, "revoke", lambda: self._of_some_card(self._world.revoking.revoke)),
            (12 if may_pay else 1, "pay by token", self._pay_by_token),
            (1, "pay by another's token", self._pay_by_anothers_token),
        ]

    def save_in_peace(self) -> None:
        saved = self._world.saving.save(OWNER, CUSTOMER.user_id, card(CARDS[0], self._world), phone=PHONE, cause=API)
        self._world.saving.verify(saved.id, SCOPE, OneTimeCode("111111"), API)

    def _save(self, customer: str) -> None:
        """The shop repeats what it has not heard of, word for word."""
        if customer not in self._asked:
            self._requests += 1
            number = CARDS[0] if self._one_card else self._random.choice(CARDS)
            self._asked[customer] = (f"binding-{self._requests}", number)
        key, number = self._asked[customer]
        try:
            self._world.saving.save(
                OWNER, customer, card(number, self._world), phone=PHONE, cause=API, request_keys=(key,)
            )
        except Unavailable:
            raise
        except Refusal:
            self._asked.pop(customer, None)
            raise
        if self._random.random() < HEARD:
            self._asked.pop(customer, None)

    def _verify(self, digits: str) -> None:
        self._of_some_card(lambda key, scope, api: self._world.saving.verify(key, scope, OneTimeCode(digits), api))

    def _prove_at_bank(self) -> None:
        if saved := self._some_card(CUSTOMER.user_id):
            self._octo.proves_binding(saved.id, confirmed=self._random.random() < 0.8)

    def _of_some_card(self, act: Callable[..., object]) -> None:
        customer = self._random.choice((CUSTOMER.user_id, CUSTOMER.user_id, SOMEBODY_ELSE))
        if saved := self._some_card(customer):
            act(saved.id, SCOPE, API)

    def _some_card(self, customer: str) -> SavedCard | None:
        """One that is kept already, if there is any, more often than not."""
        cards = self._world.saving.of_customer(customer, SCOPE)
        kept = [saved for saved in cards if saved.is_usable]
        chosen = kept if kept and self._random.random() < 0.7 else cards
        return self._random.choice(chosen) if chosen else None

    def _pay_by_token(self) -> None:
        if self._one_card or (saved := self._some_card(CUSTOMER.user_id)) is None:
            return
        if self._random.random() < 0.1:
            self._world.revoking.revoke(saved.id, SCOPE, API)
            self._must_refuse(saved, SavedCardNotUsable, "a revoked card pays")
        else:
            self._pay_with(saved)

    def _pay_by_anothers_token(self) -> None:
        if saved := self._some_card(SOMEBODY_ELSE):
            self._must_refuse(saved, SavedCardNotFound, "another customer's card pays")

    def _must_refuse(self, saved: SavedCard, refusal: type[Refusal], wrong: str) -> None:
        try:
            self._pay_with(saved)
            self.wrongs.append(wrong)
        except (refusal, StorageUnavailable):
            return
        except Refusal as other:
            self.wrongs.append(f"{wrong}, or all but: {other}")

    def _pay_with(self, saved: SavedCard) -> None:
        cvc = "123" if saved.scheme is Scheme.BANK_CARD else None
        self._world.token_payments.confirm(self._order.id, SCOPE, None, saved.id, cvc, API)
