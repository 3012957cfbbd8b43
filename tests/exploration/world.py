"""All that may happen next in a state of one variant. Whatever depends on a part of the state alone is found out once."""

from collections.abc import Iterator

from domain.report import Source
from tests.exploration import network, octo, people, refunds, reports
from tests.exploration.acts import Act
from tests.exploration.event import Choice, Event, Passage, Payments, Wait, put
from tests.exploration.octo import CANCELED, Payment
from tests.exploration.ours import Ours, Step
from tests.exploration.state import Happening, Left, Message, Names, Net, Reading, State
from tests.exploration.variants import Variant

_Moved = tuple[Passage, int, int]


class World:
    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        self.ours = Ours(variant)
        self.payments: Names[Payments] = Names()
        self.nets: Names[Net] = Names()
        self._lefts: Names[Left] = Names()
        self._events: dict[tuple[int, int], list[Event]] = {}
        self._passages: dict[tuple[int, int], list[_Moved]] = {}
        self._after: dict[tuple[int, Event | int], int | None] = {}
        self._spent: dict[tuple[int, str, int], int | None] = {}

    def first(self) -> State:
        bounds = self.variant.bounds
        payments = self.payments.number((Payment(),) * bounds.attempts)
        return State(self.ours.beginning, payments, self.nets.number(Net()), self._lefts.number(Left.of(bounds)))

    def next(self, state: State) -> Iterator[Happening]:
        books, payments, net, left = state
        for event in self._events_in(books, payments):
            rest = left if event.uses is None else self._less(left, event.uses, event.attempt)
            if rest is not None and (after := self._net_after(net, event)) is not None:
                yield Happening(event.what, State(event.books, event.payments, after, rest), event.broken)
        for passage, passed, moved in self._passages_in(net, payments):
            rest = left if passage.uses is None else self._less(left, passage.uses, passage.attempt)
            if rest is None:
                continue
            if passage.act is None:
                yield Happening(passage.what, State(books, passed, moved, rest))
            elif (done := self._committed(passage.what, books, passed, passage.act)) is not None:
                after = self._net_after(moved, done)
                if after is not None:
                    yield Happening(done.what, State(done.books, done.payments, after, rest), done.broken)

    # ---- parts, each remembered

    def _events_in(self, books: int, payments: int) -> list[Event]:
        found = self._events.get((books, payments))
        if found is None:
            found = self._events[books, payments] = [*self._chosen(books, payments), *self._times(books, payments)]
        return found

    def _passages_in(self, net: int, payments: int) -> list[_Moved]:
        found = self._passages.get((net, payments))
        if found is None:
            found = self._passages[net, payments] = [
                (passage, self.payments.number(passage.payments), self._pruned(passage.net, passage.payments))
                for passage in network.passages(self.variant, self.nets[net], self.payments[payments])
            ]
        return found

    def _net_after(self, net: int, event: Event) -> int | None:
        """None where the messages under way do not allow it."""
        is_still = event.wait is Wait.NO and event.send is None and not event.turned
        key = (net, event.payments) if is_still else (net, event)
        if key not in self._after:
            after = _with_event(self.nets[net], event)
            self._after[key] = None if after is None else self._pruned(after, self.payments[event.payments])
        return self._after[key]

    def _less(self, left: int, what: str, attempt: int) -> int | None:
        key = (left, what, attempt)
        if key not in self._spent:
            rest = self._lefts[left].without(what, attempt)
            self._spent[key] = None if rest is None else self._lefts.number(rest)
        return self._spent[key]

    def _pruned(self, net: Net, payments: Payments) -> int:
        return self.nets.number(network.pruned(net, payments))

    # ---- one choice

    def _chosen(self, books: int, payments: int) -> Iterator[Event]:
        """What changes nothing and sends nothing is left out."""
        transactions, of_octo = self.ours[books].transactions, self.payments[payments]
        choices = (
            *people.choices(self.variant, transactions, of_octo),
            *reports.choices(self.variant, transactions, of_octo),
            *refunds.choices(transactions, of_octo),
        )
        for choice in choices:
            event = self._event(choice, books, payments)
            if event is None:
                continue
            is_idle = (event.books, event.payments) == (books, payments) and event.wait is Wait.NO
            if event.send or event.broken or not is_idle:
                yield event

    def _event(self, choice: Choice, books: int, payments: int) -> Event | None:
        if choice.payment is not None:
            payments = self.payments.number(put(self.payments[payments], choice.attempt, choice.payment))
        event = None if choice.act is None else self._committed(choice.what, books, payments, choice.act)
        if event is None:
            if choice.act is not None:
                return None
            event = Event(choice.what, choice.attempt, books, payments)
        return event._replace(send=choice.send, uses=choice.uses, wait=choice.wait)

    def _committed(self, what: str, books: int, payments: int, act: Act) -> Event | None:
        """One commit of ours, where the domain allows it."""
        step = self.ours.step(books, act)
        if step is None:
            return None
        payment = self.payments[payments][act.attempt]
        noted = payment._replace(page=payment.page or step.page, tried=payment.tried or act.kind == "card")
        if noted is not payment and noted != payment:
            payments = self.payments.number(put(self.payments[payments], act.attempt, noted))
        return Event(what, act.attempt, step.books, payments, step.turned, broken=_broken(step, act, noted))

    def _times(self, books: int, payments: int) -> Iterator[Event]:
        soon = self.ours.later(books, long=False)
        yield Event("a minute passes", 0, soon, payments, wait=Wait.A_MINUTE)
        a_day = self.ours.is_a_day(books)
        passed = tuple(octo.later(self.variant, p, a_day=a_day) for p in self.payments[payments])
        what = "a day passes" if a_day else "much time passes"
        yield Event(what, 0, self.ours.later(books, long=True), self.payments.number(passed), wait=Wait.LONG)


def _with_event(net: Net, event: Event) -> Net | None:
    """No answer is awaited for as long as a minute, and no read takes longer."""
    match event.wait:
        case Wait.FOR_ANSWERS | Wait.A_MINUTE | Wait.LONG if net.is_awaited:
            return None
        case Wait.READ_BEGINS:
            return None if net.reading else net._replace(reading=Reading(event.attempt))
        case Wait.A_MINUTE if net.reading:
            net = net._replace(reading=net.reading._replace(late=True))
        case Wait.LONG:
            net = net._replace(reading=None)
    if event.turned:
        net = net.turned(event.attempt)
    return net.plus(Message(event.attempt, event.send)) if event.send else net


def _broken(step: Step, act: Act, payment: Payment) -> str | None:
    if step.broken or not step.unwatched or not (payment.page or payment.tried):
        return step.broken
    is_read = act.kind == "hear" and act.said is not None and act.said.source is Source.READ
    is_second_look = is_read and (payment.day_old or payment.word != CANCELED)
    return None if is_second_look else "G3: the second look, a day after canceled, was not taken"
