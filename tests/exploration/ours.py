"""Our side: the real books, moved by the real domain; what it answered once is remembered, so that it is asked only what is new."""

from typing import NamedTuple

from domain.books import Books
from domain.errors import Refusal
from domain.moves import Word
from domain.order import Order, Owner
from domain.transaction import Mode, OrderId, PaymentTransaction
from tests.exploration import clock, laws
from tests.exploration.acts import AMOUNT, Act, moved_by, perform
from tests.exploration.canonical import TURN, canonical, canonical_order
from tests.exploration.clock import NOW, Age
from tests.exploration.variants import Variant


class Step(NamedTuple):
    """One change. `turned`: what is under way for this attempt belongs to an earlier turn now. `unwatched`: its watch has ended.

    `page`: the payer has got the address of OCTO's own page.
    """

    books: int
    turned: bool = False
    unwatched: bool = False
    page: bool = False
    broken: str | None = None


class Ours:
    """Books are named by numbers."""

    def __init__(self, variant: Variant) -> None:
        self._variant = variant
        self._books: list[Books] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._steps: dict[tuple[int, Act], Step | None] = {}
        self._times: dict[tuple[int, bool], int] = {}
        # By identity, which is quick: the keys are kept alive beside their values.
        self._moves: dict[tuple[int, Act], tuple[PaymentTransaction, PaymentTransaction]] = {}
        self._canonical: dict[int, tuple[PaymentTransaction, PaymentTransaction]] = {}
        self._same: dict[PaymentTransaction, PaymentTransaction] = {}
        self.beginning = self._number(Books(_order(variant)))

    def __getitem__(self, number: int) -> Books:
        return self._books[number]

    def step(self, number: int, act: Act) -> Step | None:
        """None where the domain refuses."""
        key = (number, act)
        try:
            return self._steps[key]
        except KeyError:
            step = self._steps[key] = self._step(*key)
            return step

    def later(self, number: int, *, long: bool) -> int:
        """After a minute; or, `long`, when the live attempt is of the next age, or where there is none after a day."""
        key = (number, long)
        if key not in self._times:
            books = self._books[number]
            span = clock.MINUTE
            if long:
                span = clock.DAY if books.live is None else clock.STEP[clock.age(books.live.expires_at)]
            passed = tuple(clock.passed(t, span) for t in books.transactions)
            self._times[key] = self._number(Books(books.order, passed))
        return self._times[key]

    def is_a_day(self, number: int) -> bool:
        """Whether a long time means a day."""
        live = self._books[number].live
        return live is None or clock.age(live.expires_at) is Age.OVERDUE

    def _step(self, number: int, act: Act) -> Step | None:
        before = self._books[number]
        try:
            after = perform(before, act, self._moved)
        except Refusal:
            return None
        broken = laws.broken_by_change(self._variant, before, after, act)
        if act.attempt >= len(before.transactions):
            return Step(self._number(after), broken=broken)
        old, new = before.transactions[act.attempt], after.transactions[act.attempt]
        return Step(
            self._number(after),
            turned=new.turn != TURN,
            unwatched=_is_unwatched(new) and not _is_unwatched(old),
            page=new.mode is Mode.REDIRECT and new.is_live and new.octo_pay_url is not None,
            broken=broken,
        )

    def _moved(self, transaction: PaymentTransaction, act: Act) -> PaymentTransaction:
        key = (id(transaction), act)
        if key not in self._moves:
            self._moves[key] = transaction, moved_by(transaction, act)
        return self._moves[key][1]

    def _number(self, books: Books) -> int:
        transactions = tuple(self._canonical_of(t) for t in books.transactions)
        order = canonical_order(books.order)
        key = (order.status, order.cancelled_at, *map(id, transactions))
        number = self._numbers.setdefault(key, len(self._books))
        if number == len(self._books):
            self._books.append(Books(order, transactions))
        return number

    def _canonical_of(self, transaction: PaymentTransaction) -> PaymentTransaction:
        """The same object for equal ones."""
        key = id(transaction)
        if key not in self._canonical:
            found = canonical(transaction)
            self._canonical[key] = transaction, self._same.setdefault(found, found)
        return self._canonical[key][1]


def _is_unwatched(transaction: PaymentTransaction) -> bool:
    return not transaction.is_live and transaction.octo_final is Word.CANCELED and transaction.next_check_at is None


def _order(variant: Variant) -> Order:
    return Order(
        id=OrderId("order"),
        owner=Owner("client", "subject"),
        account="default",
        amount=AMOUNT,
        created_at=NOW,
        test=True,
        mode=variant.mode,
        capture=variant.capture,
    )
