"""What may happen, in three forms: what somebody chooses, what becomes of the books by it, what becomes of a message."""

from enum import Enum, auto
from typing import NamedTuple

from tests.exploration.acts import Act
from tests.exploration.octo import Payment, Request
from tests.exploration.state import Net

Payments = tuple[Payment, ...]


class Wait(Enum):
    """What an event asks of the messages under way, and does to them."""

    NO = auto()
    FOR_ANSWERS = auto()
    READ_BEGINS = auto()
    A_MINUTE = auto()
    LONG = auto()


class Choice(NamedTuple):
    """It depends on our books and OCTO's payments alone. `act`: our commit; `send`: the request that leaves after it.

    `payment`: OCTO's own after it. `uses`: the bound that it counts against.
    """

    what: str
    attempt: int
    act: Act | None = None
    send: Request | None = None
    uses: str | None = None
    wait: Wait = Wait.NO
    payment: Payment | None = None


class Event(NamedTuple):
    """A choice and what it leads to: books and payments by their numbers. `turned`: answers under way belong to an earlier turn now."""

    what: str
    attempt: int
    books: int
    payments: int
    turned: bool = False
    send: Request | None = None
    uses: str | None = None
    wait: Wait = Wait.NO
    broken: str | None = None


class Passage(NamedTuple):
    """What may happen to a message; `act` is what our process then commits."""

    what: str
    attempt: int
    net: Net
    payments: Payments
    act: Act | None = None
    uses: str | None = None


def put(payments: Payments, attempt: int, payment: Payment) -> Payments:
    return (*payments[:attempt], payment, *payments[attempt + 1 :])
