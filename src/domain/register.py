"""The register: every sum that was taken or given back, on the day that it was, so that it can be laid beside OCTO's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Final

from domain.books import Books
from domain.moves import Status
from domain.refund import OperationStatus
from domain.transaction import PaymentTransaction, ShopTransactionId

# A day of the register is one of OCTO's, which is one of Tashkent's.
TASHKENT: Final = timezone(timedelta(hours=5))
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2999, 12, 31)


class LineKind(StrEnum):
    CHARGE = "charge"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sum, in minor units: what was taken is positive, what was given back negative.

    `told_at` is OCTO's own moment of it, where OCTO has told one, `learned_at` ours. A refund without a `shop_refund_id` was not asked
    for here. A line never goes and its sum never changes.
    """

    id: str
    kind: LineKind
    shop_transaction_id: ShopTransactionId
    client_id: str
    amount_minor: int
    learned_at: datetime
    told_at: datetime | None = None
    shop_refund_id: str | None = None

    @property
    def at(self) -> datetime:
        return self.told_at or self.learned_at


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """From the beginning of one day to the end of another, which is the beginning of the next; between FIRST_DAY and LAST_DAY."""
    since, until = (datetime.combine(day, time(), TASHKENT) for day in (first, last + timedelta(days=1)))
    return since.astimezone(UTC), until.astimezone(UTC)


def changed_charges(before: Books, after: Books) -> list[PaymentTransaction]:
    return [t for t in after.transactions if t.status is Status.SUCCESS and t not in before.transactions]


def lines(charge: PaymentTransaction, client_id: str, at: datetime) -> list[Line]:
    """Those of a successful payment and of its refunds that have come through, whether or not they are in the register already."""
    taken = Line(
        id=charge.shop_transaction_id,
        kind=LineKind.CHARGE,
        shop_transaction_id=charge.shop_transaction_id,
        client_id=client_id,
        amount_minor=charge.captured_minor or 0,
        learned_at=at,
        told_at=charge.facts.paid_at,
    )
    operations = [operation for refund in charge.refunds.refunds for operation in refund.operations]
    return [taken] + [
        Line(
            id=operation.shop_refund_id,
            kind=LineKind.REFUND,
            shop_transaction_id=charge.shop_transaction_id,
            client_id=client_id,
            amount_minor=-operation.amount_minor,
            learned_at=at,
            told_at=operation.told_at,
            shop_refund_id=operation.shop_refund_id,
        )
        for operation in operations
        if operation.status is OperationStatus.SUCCEEDED
    ]


def refunded_elsewhere(charge: PaymentTransaction, client_id: str, registered_minor: int, at: datetime) -> Line | None:
    """A line for what OCTO has given back beyond the refunds in the register, of which there are `registered_minor` in all.

    As much of it as may be a refund of ours that is still on its way is left out. Where it was taken for another's and proves to have
    been ours, the line is positive.
    """
    beyond = charge.refunded_minor - registered_minor
    beyond = min(beyond, 0) or max(beyond - charge.refunds.open_minor, 0)
    if beyond == 0:
        return None
    return Line(
        # By the sum so far, from which the next one differs; a correction comes back to one that was there.
        id=f"{charge.shop_transaction_id}-elsewhere-{registered_minor}-{registered_minor + beyond}",
        kind=LineKind.REFUND,
        shop_transaction_id=charge.shop_transaction_id,
        client_id=client_id,
        amount_minor=-beyond,
        learned_at=at,
    )
