"""Ids of orders and of saved cards: random."""

import uuid
from secrets import token_hex

from domain.saved_card import SavedCardId
from domain.transaction import OrderId


class RandomIds:
    def order_id(self) -> OrderId:
        return OrderId(str(uuid.uuid4()))

    def saved_card_id(self) -> SavedCardId:
        return SavedCardId(f"card_{token_hex(16)}")
