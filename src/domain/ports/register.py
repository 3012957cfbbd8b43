"""The register as the books keep it, and as it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.money import Currency
from domain.order import OrderStatus, Scope
from domain.register import Line, LineKind
from domain.report import Facts
from domain.transaction import Review, ShopTransactionId


class RegisterLines(Protocol):
    def add(self, lines: Sequence[Line]) -> None:
        """Those that are there already keep what they say, but for OCTO's own moment, which may come later."""
        ...

    def refunded_minor(self, shop_transaction_id: ShopTransactionId) -> int:
        """All refunds of a payment in the register, as a positive sum."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line with what is known of its payment. `octo_refund_id` is OCTO's number of a refund, `facts` are those of the payment."""

    line: Line
    order_id: str
    reference: str | None
    order_status: OrderStatus
    octo_transaction_id: str | None
    octo_refund_id: str | None
    currency: Currency
    test: bool
    facts: Facts
    reviews: tuple[Review, ...]
    reviews_left: tuple[Review, ...]

    @property
    def net_minor(self) -> int | None:
        """What OCTO pays out of a charge, where it has told it."""
        return self.facts.transfer_minor if self.line.kind is LineKind.CHARGE else None

    @property
    def commission_minor(self) -> int | None:
        return None if self.net_minor is None else self.line.amount_minor - self.net_minor


class Register(Protocol):
    """`since` and `until` bound the moments of the lines; `until` is no part of the time."""

    def entries(self, since: datetime, until: datetime, client_id: str | None) -> Iterator[Entry]:
        """Oldest first, of one client or of all; any number of them, a few at a time in memory."""
        ...

    def page(
        self, scope: Scope, since: datetime, until: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[Entry], str | None]:
        """Oldest first; the second member is the cursor (`after`) of the next page. Raises InvalidCursor for a strange one."""
        ...
