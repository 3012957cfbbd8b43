"""Paying an order with a saved card of its customer."""

from domain.books import Books
from domain.card import TokenCard
from domain.errors import SavedCardNotFound, SavedCardNotUsable
from domain.journal import Cause
from domain.order import Order, Scope
from domain.ports import Gateway, SavedCards, UnitOfWork, Units
from domain.saved_card import SavedCard
from domain.transaction import PaymentTransaction
from domain.use_cases.card_tokens import SealedTokens
from domain.use_cases.changing import Changing, owned
from domain.use_cases.sending_cards import CardSending


class TokenPayments:
    def __init__(
        self, sending: CardSending, changing: Changing, reading: Units, gateway: Gateway, tokens: SealedTokens
    ) -> None:
        self._sending = sending
        self._changing = changing
        self._reading = reading
        self._gateway = gateway
        self._tokens = tokens

    def confirm(
        self,
        order_id: str,
        scope: Scope,
        octo_transaction_id: str | None,
        saved_card_id: str,
        cvc: str | None,
        cause: Cause,
    ) -> PaymentTransaction:
        """As Payments.confirm, with a card that was saved by the order's owner for the order's customer.

        Raises SavedCardNotFound, SavedCardNotUsable, CvcRequired and InvalidCard besides.
        """
        order = self._changing.read(owned(order_id, scope)).order
        with self._reading() as unit:
            saved = _usable(unit.cards, saved_card_id, order)
        card = TokenCard(self._tokens.of(saved), saved.scheme, cvc)

        def still_usable(unit: UnitOfWork, books: Books) -> None:
            """In the commit that lets it leave: it may have been revoked a moment ago."""
            _usable(unit.cards, saved_card_id, books.order)

        return self._sending.send(
            order_id,
            scope,
            octo_transaction_id,
            (f"saved {saved.id}",),
            lambda order, transaction: self._gateway.pay_by_token(order, transaction, card),
            cause,
            still_usable,
        )


def _usable(cards: SavedCards, card_id: str, order: Order) -> SavedCard:
    """Of this order's owner and customer alone, whoever pays."""
    saved = cards.owned(card_id, Scope(order.owner.client_id, order.owner.subject))
    if saved is None or order.customer is None or saved.customer_user_id != order.customer.user_id:
        raise SavedCardNotFound()
    if not saved.is_usable:
        raise SavedCardNotUsable(status=saved.status)
    return saved
