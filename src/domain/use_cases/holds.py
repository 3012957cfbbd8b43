"""Two-stage payments: the money is held first, then the shop takes it, or a part of it, or gives it back."""

from collections.abc import Callable

from domain.books import Books
from domain.errors import GatewayUnavailable, HoldDecisionRefused
from domain.journal import Cause
from domain.money import Money
from domain.moves import Stage
from domain.order import Scope
from domain.ports import Answered, Clock, Denied, Gateway, NeverLeft, Unknown
from domain.transaction import PaymentTransaction, ShopTransactionId
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Changing, of_transaction, owned

Outcome = Answered[None] | NeverLeft | Denied | Unknown


class _NothingToRelease(Exception):
    pass


class Holds:
    def __init__(self, changing: Changing, asking: Asking, gateway: Gateway, clock: Clock) -> None:
        self._changing = changing
        self._asking = asking
        self._gateway = gateway
        self._clock = clock

    def capture(self, order_id: str, scope: Scope, amount: Money | None, cause: Cause) -> PaymentTransaction:
        """Takes the whole hold, or `amount` of it; the rest goes back to the card.

        `success` once OCTO has confirmed it; `processing` where it has not yet. Raises NotHeld, CaptureAboveHold, PaymentInProgress,
        OrderNotPayable where the order has been paid otherwise, HoldDecisionRefused, and GatewayUnavailable where nothing left.
        """

        def intent(books: Books) -> Books:
            books.require_capturable()
            wanted = amount or books.current.amount
            return books.with_(books.current.capture_hold(wanted.amount_minor, self._clock.now()))

        def call(transaction: PaymentTransaction) -> Outcome:
            asked = Money(transaction.captures_asked[-1], transaction.amount.currency)
            return self._gateway.capture(transaction, asked)

        return self._decide(order_id, scope, intent, call, cause)

    def release(self, order_id: str, scope: Scope, cause: Cause) -> PaymentTransaction:
        """Gives the hold back. Raises as `capture` does."""

        def intent(books: Books) -> Books:
            return books.with_(books.current.release_hold(self._clock.now()))

        return self._decide(order_id, scope, intent, self._gateway.release, cause)

    def release_unwanted(self, key: ShopTransactionId, cause: Cause) -> None:
        """Gives back a hold that nobody wants any more: the payment had ended, was withdrawn, or its order was cancelled or paid otherwise.

        Settlement comes back to it until OCTO says canceled. Without effect where there is no such hold, or a call about it is unanswered.
        """
        at = self._clock.now()

        def intent(books: Books) -> Books:
            transaction = books[key]
            if transaction.in_flight is None and transaction.release_due:
                return books.with_(transaction.release_late(at))
            is_held = transaction.in_flight is None and transaction.stage is Stage.HELD
            if is_held and books.is_unwanted(transaction):
                return books.with_(transaction.release_hold(at))
            raise _NothingToRelease

        try:
            transaction = self._changing.change(of_transaction(key), intent, cause)[key]
        except _NothingToRelease:
            return
        turn = transaction.turn
        outcome = self._gateway.release(transaction)
        undone = isinstance(outcome, NeverLeft | Denied)

        def result(now: PaymentTransaction) -> PaymentTransaction:
            if not undone:
                return now
            return now.hold_call_never_left(turn, at) if now.is_live else now.late_release_undone(turn, at)

        self._changing.result(key, outcome.exchange, result, at, cause)

    def _decide(
        self,
        order_id: str,
        scope: Scope,
        intent: Callable[[Books], Books],
        call: Callable[[PaymentTransaction], Outcome],
        cause: Cause,
    ) -> PaymentTransaction:
        transaction = self._changing.change(owned(order_id, scope), intent, cause).current
        key, turn, at = transaction.shop_transaction_id, transaction.turn, self._clock.now()
        outcome = call(transaction)
        match outcome:
            case NeverLeft():
                self._changing.result(key, outcome.exchange, lambda t: t.hold_call_never_left(turn, at), at, cause)
                raise GatewayUnavailable()
            case Denied(code=code):
                self._changing.result(key, outcome.exchange, lambda t: t.denied(turn, code, at), at, cause)
                after = self._asking.ask(key, cause, insist=True)[key]
                if after.stage is Stage.HELD and after.in_flight is None:
                    raise HoldDecisionRefused(octo_code=code)
                return after
            case _:
                self._changing.result(key, outcome.exchange, lambda t: t, at, cause)
                return self._asking.ask(key, cause, insist=True)[key]
