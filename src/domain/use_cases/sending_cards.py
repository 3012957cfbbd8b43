"""Sending what pays, a card or the token of a saved one: once, counted, and whatever comes of it is settled in the books."""

from collections.abc import Callable

from domain.books import Books
from domain.errors import CardDeclined, GatewayUnavailable
from domain.journal import Cause
from domain.moves import Stage, Status
from domain.order import Order, Scope
from domain.ports import Answered, CardAccepted, Clock, Denied, Exchange, NeverLeft, UnitOfWork, Unknown
from domain.transaction import PaymentTransaction, ShopTransactionId
from domain.use_cases import limiting
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Also, Changing, Move, owned
from domain.use_cases.following import Following

PayOutcome = Answered[CardAccepted] | NeverLeft | Denied | Unknown
Pay = Callable[[Order, PaymentTransaction], PayOutcome]


class _AlreadySent(Exception):
    def __init__(self, transaction: PaymentTransaction) -> None:
        super().__init__()
        self.transaction = transaction


class CardSending:
    def __init__(self, changing: Changing, asking: Asking, clock: Clock) -> None:
        self._changing = changing
        self._asking = asking
        self._clock = clock
        self._following = Following(changing, asking, clock)

    def send(
        self,
        order_id: str,
        scope: Scope,
        octo_transaction_id: str | None,
        fingerprints: tuple[str, ...],
        pay: Pay,
        cause: Cause,
        require: Also | None = None,
    ) -> PaymentTransaction:
        """`pay` is the call to OCTO. `fingerprints` tell one card from another, the one to be kept first. `require` may refuse it in the
        commit of the intent."""
        find, at = owned(order_id, scope), self._clock.now()
        self._following.ask_about_unresolved(find, octo_transaction_id, cause)

        def intent(books: Books) -> Books:
            addressed = books.addressed(octo_transaction_id)
            if addressed.has_sent(fingerprints):
                raise _AlreadySent(addressed)
            sent = books.with_(addressed.send_card(fingerprints[0], at))
            books.require_payable()
            return sent

        count = limiting.counting_card(fingerprints[0], at)

        def allowed(unit: UnitOfWork, books: Books) -> None:
            if require is not None:
                require(unit, books)
            count(unit, books)

        try:
            books = self._changing.change(find, intent, cause, allowed)
        except _AlreadySent as double_click:
            return self._following.with_code(double_click.transaction, cause)
        return self._settle(books.current, pay(books.order, books.current), cause)

    def _settle(self, transaction: PaymentTransaction, outcome: PayOutcome, cause: Cause) -> PaymentTransaction:
        key, turn = transaction.shop_transaction_id, transaction.turn
        at = self._clock.now()
        match outcome:
            case Answered(value=accepted):
                heard = limiting.hearing_of_card(key, turn, at, refused=False)
                answered = self._result(
                    key, outcome.exchange, lambda t: t.card_answered(turn, accepted.verification, at), cause, heard
                )
                if answered.stage is Stage.PROCESSING:
                    return self._asking.ask(key, cause, insist=True)[key]
                return self._following.with_code(answered, cause, insist=True)
            case NeverLeft():
                back = limiting.taking_card_back(key, turn)
                self._result(key, outcome.exchange, lambda t: t.card_never_left(turn, at), cause, back)
                raise GatewayUnavailable()
            case Denied(code=refusal):
                heard = limiting.hearing_of_card(key, turn, at, refused=True)
                self._result(key, outcome.exchange, lambda t: t.denied(turn, refusal, at), cause, heard)
                after = self._asking.ask(key, cause, insist=True)[key]
                if after.status is Status.PROCESSING or after.status is Status.SUCCESS:
                    return after
                raise CardDeclined(status=after.status)
            case _:
                return self._result(key, outcome.exchange, lambda t: t, cause)

    def _result(
        self, key: ShopTransactionId, exchange: Exchange, move: Move, cause: Cause, also: Also | None = None
    ) -> PaymentTransaction:
        return self._changing.result(key, exchange, move, self._clock.now(), cause, also)[key]
