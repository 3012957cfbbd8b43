"""Refunds: requested by the shop, carried out operation by operation, followed until OCTO says that the money has moved."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from domain.books import Books
from domain.errors import Busy, RefundAmbiguous, TransactionNotFound
from domain.journal import Cause
from domain.money import Money
from domain.moves import Status
from domain.order import Scope
from domain.ports import KEYS_KNOWN_FOR, Answered, Clock, Denied, Gateway, NeverLeft, RefundWord, StorageUnavailable
from domain.refund import OperationStatus, Refund, RefundPolicy
from domain.transaction import PaymentTransaction, ShopTransactionId
from domain.use_cases.changing import Changing, of_transaction, owned

# The client waits for them, or the payments that are due after this one. Settlement comes back a minute later.
OPERATIONS_AT_A_TIME: Final = 5


class Refunding:
    def __init__(self, changing: Changing, gateway: Gateway, clock: Clock, policy: RefundPolicy) -> None:
        self._changing = changing
        self._gateway = gateway
        self._clock = clock
        self._policy = policy

    def request(
        self,
        order_id: str,
        scope: Scope,
        amount: Money | None,
        reason: str,
        shop_transaction_id: str | None,
        cause: Cause,
        request_keys: tuple[str, ...] = (),
    ) -> tuple[PaymentTransaction, Refund]:
        """Refunds `amount`, or all that is left, of the order's payment.

        The answer may be a refund that is still pending; it is followed up. `request_keys` name the request, the one to be kept
        first: where one of them has asked for a refund before, it is that refund. Raises NotRefundable, InvalidRefund,
        RefundBelowMinimum, RefundInProgress, and RefundAmbiguous where the order was charged twice and `shop_transaction_id` does not
        say which charge is meant.
        """
        at = self._clock.now()

        def intent(books: Books) -> Books:
            if _asked_before(books, request_keys, at):
                return books
            charge = _charge(books, shop_transaction_id)
            left = (charge.captured_minor or 0) - charge.refunded_minor - charge.refunds.open_minor
            minor = left if amount is None else amount.amount_minor
            return books.with_(charge.request_refund(minor, reason, self._policy, at, next(iter(request_keys), None)))

        books = self._changing.change(owned(order_id, scope), intent, cause)
        asked = _asked_before(books, request_keys, at)
        transaction = asked[0] if asked else _charge(books, shop_transaction_id)
        refund_id = asked[1].id if asked else transaction.refunds.refunds[-1].id
        # It is asked for, and settlement carries it out: an error would only have it asked for again.
        with suppress(StorageUnavailable, Busy):
            transaction = self.carry_on(transaction.shop_transaction_id, cause)
        return transaction, transaction.refunds[refund_id]

    def of_order(self, order_id: str, scope: Scope) -> list[tuple[PaymentTransaction, Refund]]:
        """All refunds of an order, oldest first."""
        books = self._changing.read(owned(order_id, scope))
        found = [(t, refund) for t in books.transactions for refund in t.refunds.refunds]
        return sorted(found, key=lambda pair: pair[1].requested_at)

    def carry_on(self, key: ShopTransactionId, cause: Cause) -> PaymentTransaction:
        """Sends what is to be sent next, as long as OCTO says at once that the money has moved, and some of it at most."""
        transaction = self._changing.read(of_transaction(key))[key]
        for _ in range(OPERATIONS_AT_A_TIME):
            operation = transaction.refunds.next_operation
            if operation is None:
                break
            before = operation.shop_refund_id
            transaction = self._send(key, before, cause)
            following = transaction.refunds.next_operation
            if following is not None and following.shop_refund_id == before:
                break
        return transaction

    def _send(self, key: ShopTransactionId, shop_refund_id: str, cause: Cause) -> PaymentTransaction:
        find, at = of_transaction(key), self._clock.now()
        books = self._changing.change(
            find, lambda found: found.with_(found[key].send_refund(shop_refund_id, at)), cause
        )
        operation = books[key].refunds.operation(shop_refund_id)
        if operation.status is not OperationStatus.IN_FLIGHT:
            return books[key]
        outcome = self._gateway.refund(books[key], operation)
        at = self._clock.now()

        def result(now: PaymentTransaction) -> PaymentTransaction:
            match outcome:
                case Answered(value=taken) if taken.word is RefundWord.FAILED:
                    return now.refund_failed(shop_refund_id, at)
                case Answered(value=taken):
                    done = taken.word is RefundWord.SUCCEEDED
                    return now.refund_answered(
                        shop_refund_id, done=done, refund_id=taken.refund_id, at=at, told_at=taken.at
                    )
                case NeverLeft():
                    return now.refund_never_left(shop_refund_id, at)
                case Denied(code=code):
                    return now.refund_denied(shop_refund_id, code, at)
                case _:
                    return now

        return self._changing.result(key, outcome.exchange, result, at, cause)[key]


def _asked_before(
    books: Books, request_keys: tuple[str, ...], at: datetime
) -> tuple[PaymentTransaction, Refund] | None:
    found = ((t, r) for t in books.transactions for r in t.refunds.refunds if at - r.requested_at < KEYS_KNOWN_FOR)
    return next((pair for pair in found if pair[1].request_key in request_keys), None)


def _charge(books: Books, shop_transaction_id: str | None) -> PaymentTransaction:
    if shop_transaction_id is not None:
        found = next((t for t in books.transactions if t.shop_transaction_id == shop_transaction_id), None)
        if found is None:
            raise TransactionNotFound()
        return found
    charges = [t for t in books.transactions if t.status is Status.SUCCESS]
    if len(charges) > 1:
        raise RefundAmbiguous(charges=[t.shop_transaction_id for t in charges])
    return charges[0] if charges else books.current
