"""Having a new code sent. The card number comes again from the payer, and is forgotten again."""

from domain.books import Books
from domain.card import Card
from domain.errors import GatewayUnavailable, InvalidCard, ResendLimitReached
from domain.journal import Cause
from domain.order import Scope
from domain.ports import Answered, CardFingerprints, Clock, Denied, Gateway, NeverLeft
from domain.transaction import PaymentTransaction
from domain.use_cases.asking import Asking
from domain.use_cases.changing import Changing, owned


class Resending:
    def __init__(
        self, changing: Changing, asking: Asking, gateway: Gateway, fingerprints: CardFingerprints, clock: Clock
    ) -> None:
        self._changing = changing
        self._fingerprints = fingerprints
        self._asking = asking
        self._gateway = gateway
        self._clock = clock

    def resend(
        self, order_id: str, scope: Scope, octo_transaction_id: str | None, card: Card, cause: Cause
    ) -> PaymentTransaction:
        """Raises ResendTooSoon, ResendLimitReached, InvalidCard for another card than the one that was sent, and the Conflicts of
        PaymentTransaction.resend_code.

        A resend of which nothing was heard blocks nothing: what became of it, verificationInfo tells.
        """
        at, fingerprints = self._clock.now(), self._fingerprints.of(card)

        def intent(books: Books) -> Books:
            addressed = books.addressed(octo_transaction_id)
            sent = books.with_(addressed.resend_code(at))
            books.require_payable()
            if addressed.card_fingerprint not in (None, *fingerprints):
                raise InvalidCard(field="card_number")
            return sent

        transaction = self._changing.change(owned(order_id, scope), intent, cause).current
        key, turn = transaction.shop_transaction_id, transaction.turn
        outcome = self._gateway.resend_code(transaction, card, at)
        match outcome:
            case Answered(value=found):
                return self._changing.result(key, outcome.exchange, lambda t: t.verified(turn, found, at), at, cause)[
                    key
                ]
            case _:
                self._changing.result(key, outcome.exchange, lambda t: t, at, cause)
        after = self._asking.verification(key, turn, cause, insist=True)[key]
        if isinstance(outcome, NeverLeft):
            raise GatewayUnavailable()
        if isinstance(outcome, Denied):
            raise ResendLimitReached(octo_code=outcome.code)
        return after
