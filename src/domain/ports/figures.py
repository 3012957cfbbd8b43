"""What whoever runs the service is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.transaction import Review, ShopTransactionId


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """What the books say of one guarantee. `ids` names offenders, some of them if there are many; none is right."""

    guarantee: str
    offence: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`payments_overdue`: open an hour past their end. `payments_unasked`: due for an hour, so that no worker seems to run.

    `holds_overdue`: held for longer than OCTO holds anything.
    """

    payments_open: int
    payments_processing: int
    payments_overdue: int
    holds_overdue: int
    payments_in_review: int
    payments_unasked: int
    callbacks_unapplied: int
    events_waiting: int


class Counting(Protocol):
    def at(self, now: datetime) -> Figures: ...


@dataclass(frozen=True, slots=True)
class Flagged:
    """A payment, and what nobody has said they have looked at."""

    shop_transaction_id: ShopTransactionId
    reviews: tuple[Review, ...]


class Reviews(Protocol):
    def waiting(self, most: int) -> Sequence[Flagged]:
        """Oldest payments first."""


class Audit(Protocol):
    def findings(self, now: datetime) -> Iterator[AuditFinding]: ...
