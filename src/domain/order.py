"""Order: what is to be paid, by whom it is owned, and how it may be paid. Of these nothing changes; its status does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import FiscalCustomerRequired, FiscalItemsMixed, InvalidAmount, InvalidFiscalData, ItemsDoNotAddUp
from domain.money import Currency, Money
from domain.transaction import Capture, Mode, OrderId

_FISCAL_FORMS: Final = {
    "spic": re.compile(r"[0-9]{17}"),
    "package_code": re.compile(r"[0-9]{1,20}"),
    "seller": re.compile(r"[0-9]{9}|[0-9]{14}"),
}
_PINFL_LENGTH: Final = 14


class OrderStatus(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    AUTHORIZED = "authorized"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    PAYMENT_FAILED = "payment_failed"
    CANCELLED = "cancelled"


PAYABLE: Final = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.PAYMENT_FAILED})


@dataclass(frozen=True, slots=True)
class Owner:
    """The API client and the subject of its token."""

    client_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose orders a caller sees: one subject's, or with `subject` None all of the client's."""

    client_id: str
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalObject:
    """What the tax receipt says of an item, as the bank has registered it for the shop. Raises InvalidFiscalData with `field`.

    `spic` is the code in the national classifier (MXIK), `seller` a taxpayer's number: 9 digits (TIN), or 14 of a person (PINFL).
    """

    spic: str
    package_code: str
    vat: bool
    seller: str

    def __post_init__(self) -> None:
        for name, form in _FISCAL_FORMS.items():
            if not form.fullmatch(getattr(self, name)):
                raise InvalidFiscalData(field=name)

    @property
    def is_sold_by_a_person(self) -> bool:
        return len(self.seller) == _PINFL_LENGTH


@dataclass(frozen=True, slots=True)
class Item:
    """`price` is per unit."""

    name: str
    quantity: int
    price: Money
    fiscal: FiscalObject | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """OCTO's `user_data`: whole or absent. `phone` is 12 digits, 998XXXXXXXXX."""

    user_id: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: OrderId
    owner: Owner
    account: str
    amount: Money
    created_at: datetime
    test: bool
    items: tuple[Item, ...] = ()
    reference: str | None = None
    description: str | None = None
    customer: Customer | None = None
    mode: Mode = Mode.OWN_PAGE
    capture: Capture = Capture.AUTOMATIC
    cancelled_at: datetime | None = None
    status: OrderStatus = OrderStatus.AWAITING_PAYMENT
    version: int = 0

    @property
    def is_fiscal(self) -> bool:
        """Its payment is given a tax receipt."""
        return any(item.fiscal for item in self.items)


def require_receiptable(items: Sequence[Item], customer: Customer | None) -> None:
    """A receipt names every item or none of them, and somebody to whom it is given."""
    plain = [number for number, item in enumerate(items) if item.fiscal is None]
    if len(plain) == len(items):
        return
    if plain:
        raise FiscalItemsMixed(items=plain)
    if customer is None:
        raise FiscalCustomerRequired()


def amount_due(amount: Money | None, items: Sequence[Item], currency: Currency) -> Money:
    """The order's amount, given as a sum, as items, or as both, which must then be equal."""
    total = Money(sum(item.price.amount_minor * item.quantity for item in items), currency) if items else None
    due = amount or total
    if due is None or due.amount_minor == 0:
        raise InvalidAmount(reason="give amount, items or both")
    if total is not None and total != due:
        raise ItemsDoNotAddUp(amount=str(due.amount), items_total=str(total.amount))
    return due
