"""Refunds of one payment: each is what the shop asked for, carried out by one or more operations at OCTO, one after the other."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import InvalidRefund, NotRefundable, RefundBelowMinimum
from domain.money import Currency


class OperationStatus(StrEnum):
    WAITING = "waiting"
    IN_FLIGHT = "in_flight"  # left, or about to; until OCTO says succeeded the same shop_refund_id is sent again
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    PARTIAL = "partially_succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One refund call at OCTO. `base_minor` is what was refunded in all when it first left: OCTO's sum above it shows its success.

    `told_at` is OCTO's own time of its success, where OCTO has told one.
    """

    shop_refund_id: str
    amount_minor: int
    status: OperationStatus = OperationStatus.WAITING
    base_minor: int = 0
    times_sent: int = 0
    refund_id: str | None = None
    told_at: datetime | None = None
    octo_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """`request_key` names the very request that asked for it, so that a repeat whose answer was lost finds it again."""

    id: str
    amount_minor: int
    reason: str
    requested_at: datetime
    operations: tuple[Operation, ...]
    request_key: str | None = None

    @property
    def status(self) -> RefundStatus:
        found = {operation.status for operation in self.operations}
        if found == {OperationStatus.SUCCEEDED}:
            return RefundStatus.SUCCEEDED
        if OperationStatus.FAILED not in found:
            return RefundStatus.PENDING
        if OperationStatus.IN_FLIGHT in found:
            return RefundStatus.PENDING
        return RefundStatus.PARTIAL if OperationStatus.SUCCEEDED in found else RefundStatus.FAILED

    @property
    def refunded_minor(self) -> int:
        return sum(o.amount_minor for o in self.operations if o.status is OperationStatus.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPolicy:
    """OCTO's limits per operation, in minor units: at least a dollar's worth, at most ten million soum."""

    smallest_minor: dict[Currency, int]
    largest_minor: dict[Currency, int]

    def split(self, amount_minor: int, currency: Currency) -> tuple[int, ...]:
        """The sums of the operations. Where the last would fall below the minimum, the one before it gives what is missing."""
        smallest, largest = self.smallest_minor.get(currency, 1), self.largest_minor.get(currency, amount_minor)
        if amount_minor < smallest:
            raise RefundBelowMinimum(minimum_minor=smallest)
        whole, rest = divmod(amount_minor, largest)
        if rest == 0:
            return (largest,) * whole
        if rest >= smallest or whole == 0:
            return (*(largest,) * whole, rest)
        return (*(largest,) * (whole - 1), largest - (smallest - rest), smallest)


@dataclass(frozen=True, slots=True)
class Refunds:
    """All refunds of one payment, oldest first; at most one operation of them is in flight."""

    refunds: tuple[Refund, ...] = ()

    @property
    def in_flight(self) -> Operation | None:
        return next((o for o in self._operations() if o.status is OperationStatus.IN_FLIGHT), None)

    @property
    def next_operation(self) -> Operation | None:
        """What is to be sent now: the one in flight again, under the same id, or the first that waits."""
        return self.in_flight or next((o for o in self._operations() if o.status is OperationStatus.WAITING), None)

    @property
    def refunded_minor(self) -> int:
        return sum(refund.refunded_minor for refund in self.refunds)

    @property
    def open_minor(self) -> int:
        """What is still on its way."""
        waiting = (OperationStatus.WAITING, OperationStatus.IN_FLIGHT)
        return sum(o.amount_minor for o in self._operations() if o.status in waiting)

    def __getitem__(self, refund_id: str) -> Refund:
        return next(r for r in self.refunds if r.id == refund_id)

    def requested(
        self,
        key: str,
        amount_minor: int,
        reason: str,
        sums: tuple[int, ...],
        at: datetime,
        request_key: str | None = None,
    ) -> "Refunds":
        """A new refund. Its ids are made of the payment's and of numbers, so that a repeat after a crash cannot make others."""
        refund_id = f"{key}-r{len(self.refunds) + 1}"
        operations = tuple(
            Operation(shop_refund_id=f"{refund_id}-{n}", amount_minor=minor) for n, minor in enumerate(sums, 1)
        )
        new = Refund(
            id=refund_id,
            amount_minor=amount_minor,
            reason=reason,
            requested_at=at,
            operations=operations,
            request_key=request_key,
        )
        return Refunds((*self.refunds, new))

    def sent(self, shop_refund_id: str, base_minor: int) -> "Refunds":
        """The intent to send one operation, the first time or again; what is over already is not sent."""
        operation = self.operation(shop_refund_id)
        if operation.status not in (OperationStatus.WAITING, OperationStatus.IN_FLIGHT):
            return self
        again = operation.status is OperationStatus.IN_FLIGHT
        return self._with(
            replace(
                operation,
                status=OperationStatus.IN_FLIGHT,
                base_minor=operation.base_minor if again else base_minor,
                times_sent=operation.times_sent + 1,
            )
        )

    def never_left(self, shop_refund_id: str) -> "Refunds":
        """Where it was sent before, that one may have been carried out: then it stays on its way."""
        operation = self.operation(shop_refund_id)
        if operation.status is not OperationStatus.IN_FLIGHT or operation.times_sent > 1:
            return self
        return self._with(replace(operation, status=OperationStatus.WAITING, times_sent=0))

    def succeeded(self, shop_refund_id: str, refund_id: str | None, told_at: datetime | None = None) -> "Refunds":
        operation = self.operation(shop_refund_id)
        done = self._with(replace(operation, status=OperationStatus.SUCCEEDED, refund_id=refund_id, told_at=told_at))
        other = done.in_flight
        if other is None or operation.status is OperationStatus.SUCCEEDED:
            return done
        # Carried out late, after it was given up for refused: OCTO's sum has grown by it, and not by the one in flight.
        return done._with(replace(other, base_minor=other.base_minor + operation.amount_minor))

    def denied(self, shop_refund_id: str, octo_code: str) -> "Refunds":
        """OCTO said no. To the first sending that is final; to a repeat it proves nothing, for the first may have been carried out."""
        operation = self.operation(shop_refund_id)
        if operation.status is not OperationStatus.IN_FLIGHT:
            return self
        refused = replace(operation, octo_code=octo_code)
        return self._failed(refused) if operation.times_sent <= 1 else self._with(refused)

    def failed(self, shop_refund_id: str) -> "Refunds":
        """OCTO says that it took the operation and did not carry it out."""
        operation = self.operation(shop_refund_id)
        return self._failed(operation) if operation.status is OperationStatus.IN_FLIGHT else self

    def given_up(self, shop_refund_id: str) -> "Refunds":
        """A person says that it will not be carried out; what waits behind it will not be sent either."""
        return self._failed(self.operation(shop_refund_id))

    def heard(self, refunded_minor: int, *, since_denial: bool) -> "Refunds":
        """OCTO's refunded sum: it shows that the operation in flight was carried out, whatever became of its answer.

        That it was not, only a sum shows that was asked for after the denial.
        """
        operation = self.in_flight
        if operation is None:
            return self
        if refunded_minor >= operation.base_minor + operation.amount_minor:
            return self.succeeded(operation.shop_refund_id, operation.refund_id)
        return self._failed(operation) if operation.octo_code and since_denial else self

    def operation(self, shop_refund_id: str) -> Operation:
        return next(o for o in self._operations() if o.shop_refund_id == shop_refund_id)

    def _failed(self, operation: Operation) -> "Refunds":
        """What waits behind it in the same refund will not be sent either."""
        refund = next(
            r for r in self.refunds if any(o.shop_refund_id == operation.shop_refund_id for o in r.operations)
        )
        waiting = [o for o in refund.operations if o.status is OperationStatus.WAITING]
        return self._with(
            replace(operation, status=OperationStatus.FAILED),
            *(replace(o, status=OperationStatus.FAILED) for o in waiting),
        )

    def _operations(self) -> list[Operation]:
        return [operation for refund in self.refunds for operation in refund.operations]

    def _with(self, *changed: Operation) -> "Refunds":
        by_id = {o.shop_refund_id: o for o in changed}
        return Refunds(
            tuple(
                replace(refund, operations=tuple(by_id.get(o.shop_refund_id, o) for o in refund.operations))
                for refund in self.refunds
            )
        )


NO_REFUNDS: Final = Refunds()


def require_refundable(amount_minor: int, *, captured_minor: int, refunded_minor: int) -> None:
    """Raises NotRefundable or InvalidRefund."""
    if captured_minor == 0:
        raise NotRefundable()
    if not 0 < amount_minor <= captured_minor - refunded_minor:
        raise InvalidRefund(left_minor=captured_minor - refunded_minor)
