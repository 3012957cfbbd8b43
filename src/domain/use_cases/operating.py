"""What a person may do with a payment: ask OCTO again, say that they have looked, close what OCTO never resolved. Never make a success."""

from domain.books import Books
from domain.errors import NoRefundUnderWay, TransactionNotFound
from domain.journal import Cause, Why
from domain.ports import Clock
from domain.transaction import PaymentTransaction, ShopTransactionId
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Changing, of_transaction


class Operating:
    def __init__(self, changing: Changing, asking: Asking, clock: Clock) -> None:
        self._changing = changing
        self._asking = asking
        self._clock = clock

    def look(self, shop_transaction_id: str) -> PaymentTransaction:
        """Raises TransactionNotFound."""
        key = ShopTransactionId(shop_transaction_id)

        def found(books: Books | None) -> Books:
            if books is None:
                raise TransactionNotFound()
            return books

        return self._changing.read(lambda repository: found(repository.of_transaction(key)))[key]

    def ask_again(self, shop_transaction_id: str, *, operator: str) -> PaymentTransaction:
        """Asks OCTO now. Raises TransactionNotFound, and GatewayUnavailable where OCTO did not answer."""
        key = self.look(shop_transaction_id).shop_transaction_id
        cause = Cause(Why.OPERATOR, operator)
        return self._asking.ask(key, cause, scheduled=True, insist=True, answer_needed=True)[key]

    def reviewed(self, shop_transaction_id: str, *, operator: str, reason: str) -> PaymentTransaction:
        """Says that a person has looked at what is flagged, and with what result. Raises TransactionNotFound and NothingToReview."""
        key = self.look(shop_transaction_id).shop_transaction_id
        cause = Cause(Why.OPERATOR, operator, reason=reason)
        return self._changing.change(of_transaction(key), lambda books: books.with_(books[key].reviewed()), cause)[key]

    def give_up_refund(self, shop_transaction_id: str, *, operator: str, reason: str) -> PaymentTransaction:
        """Ends the refund under way as failed, unless OCTO, asked once more, shows that the money has gone back.

        What waits behind an operation of which OCTO shows that is carried on, and not ended unseen. Raises TransactionNotFound,
        NoRefundUnderWay, and GatewayUnavailable where OCTO did not answer.
        """
        operation = self.look(shop_transaction_id).refunds.next_operation
        if operation is None:
            raise NoRefundUnderWay()
        key = self.ask_again(shop_transaction_id, operator=operator).shop_transaction_id
        at = self._clock.now()
        cause = Cause(Why.OPERATOR, operator, reason=reason)

        def given_up(books: Books) -> Books:
            return books.with_(books[key].refund_given_up(operation.shop_refund_id, at))

        return self._changing.change(of_transaction(key), given_up, cause)[key]

    def close(self, shop_transaction_id: str, *, operator: str, reason: str) -> PaymentTransaction:
        """Closes a payment as failed; it stays under watch, so that a success that still comes is taken and a hold given back.

        Raises TransactionNotFound, and PaymentFinal where the payment has ended.
        """
        key = self.look(shop_transaction_id).shop_transaction_id
        at = self._clock.now()
        cause = Cause(Why.OPERATOR, operator, reason=reason)
        return self._changing.change(of_transaction(key), lambda books: books.with_(books[key].give_up(at)), cause)[key]
