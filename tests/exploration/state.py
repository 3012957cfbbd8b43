"""One state of the whole: our books, OCTO's payments, the messages under way, and what may still happen."""

from typing import Any, Generic, NamedTuple, TypeVar

from tests.exploration.octo import Answer, Request
from tests.exploration.variants import Bounds

T = TypeVar("T")
UNANSWERED = Answer("")


class Message(NamedTuple):
    """A request of ours, answered once OCTO has it; `awaited` ends when our process is gone or has waited too long."""

    attempt: int
    request: Request
    fresh: bool = True
    awaited: bool = True
    answer: Answer = UNANSWERED


class Reading(NamedTuple):
    """A status read that takes its time. `word` is None until OCTO has answered it."""

    attempt: int
    fresh: bool = True
    late: bool = False
    word: int | None = None
    card: int | None = None
    part: bool = False
    refunded_minor: int = 0


class Net(NamedTuple):
    messages: tuple[Message, ...] = ()
    reading: Reading | None = None

    @property
    def is_awaited(self) -> bool:
        return any(m.awaited for m in self.messages)

    def requests(self, attempt: int) -> frozenset[Request]:
        """Those that OCTO may still get."""
        return frozenset(m.request for m in self.messages if m.attempt == attempt and m.answer == UNANSWERED)

    def plus(self, message: Message) -> "Net":
        return self._replace(messages=tuple(sorted((*self.messages, message))))

    def minus(self, message: Message) -> "Net":
        messages = list(self.messages)
        messages.remove(message)
        return self._replace(messages=tuple(messages))

    def turned(self, attempt: int) -> "Net":
        """What is under way for this attempt belongs to an earlier turn now."""
        messages = tuple(sorted(m._replace(fresh=False) if m.attempt == attempt else m for m in self.messages))
        reading = self.reading
        if reading is not None and reading.attempt == attempt:
            reading = reading._replace(fresh=False)
        return Net(messages, reading)


class Left(NamedTuple):
    """What may still happen; each name is one of the bounds."""

    cards: tuple[int, ...]
    codes: int
    lost: int
    crashes: int
    slow_reads: int
    contradictions: int
    resends: int
    hold_calls: int
    late_releases: int
    give_ups: int
    refunds: int
    refund_calls: int

    @classmethod
    def of(cls, bounds: Bounds) -> "Left":
        return cls(
            cards=(bounds.cards,) * bounds.attempts,
            codes=bounds.codes,
            lost=bounds.lost,
            crashes=bounds.crashes,
            slow_reads=bounds.slow_reads,
            contradictions=bounds.contradictions,
            resends=bounds.resends,
            hold_calls=bounds.hold_calls,
            late_releases=bounds.late_releases,
            give_ups=bounds.give_ups,
            refunds=bounds.refunds,
            refund_calls=bounds.refund_calls,
        )

    def without(self, what: str, attempt: int) -> "Left | None":
        """After one more of it; None where there is none left."""
        if what == "cards":
            cards = tuple(count - (n == attempt) for n, count in enumerate(self.cards))
            return self._replace(cards=cards) if min(cards) >= 0 else None
        count: int = getattr(self, what)
        less: dict[str, Any] = {what: count - 1}
        return self._replace(**less) if count else None


class State(NamedTuple):
    """All four by their numbers."""

    books: int
    payments: int
    net: int
    left: int


class Happening(NamedTuple):
    """What happens, and the state after it. `broken` names the law that the change itself breaks."""

    what: str
    state: State
    broken: str | None = None


class Names(Generic[T]):
    """Numbers for values, so that a state fits into one integer: a set of millions of them has to fit into memory."""

    def __init__(self) -> None:
        self._values: list[T] = []
        self._numbers: dict[T, int] = {}

    def __getitem__(self, number: int) -> T:
        return self._values[number]

    def __len__(self) -> int:
        return len(self._values)

    def number(self, value: T) -> int:
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number


_BITS = 24
_MASK = (1 << _BITS) - 1


def packed(state: State) -> int:
    return ((state.books << _BITS | state.payments) << _BITS | state.net) << _BITS | state.left


def unpacked(key: int) -> State:
    return State(key >> 3 * _BITS, key >> 2 * _BITS & _MASK, key >> _BITS & _MASK, key & _MASK)
