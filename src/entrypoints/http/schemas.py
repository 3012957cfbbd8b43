"""What requests may contain. Unknown fields are refused, and `null` says the same as absent where a field is optional."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from domain.money import Currency, Money
from domain.order import Customer, FiscalObject, Item, OrderStatus
from domain.transaction import Capture, Mode
from domain.use_cases.orders import NewOrder
from entrypoints.http.fields import ERRORS, Amount, Choice, Count, Day, Flag, Phone, Text
from entrypoints.http.language import DEFAULT, Language

MAX_ITEMS: Final = 100
PAGE_DEFAULT: Final = 20
PAGE_MAX: Final = 100
_ID: Final = r"[0-9A-Za-z-]+"
_CARD_ID: Final = r"[0-9A-Za-z_-]+"
_ADDRESSED: Final[dict[str, object]] = {
    "description": "Required, but for a payer, who knows no id and means the payment under way"
}
# Of a tax receipt; an item has all of them but the one of `tin` and `pinfl`, or none.
SPIC_TOLD: Final = {"description": "Tax receipt: the item's code in the national classifier (IKPU, MXIK), 17 digits"}
PACKAGE_TOLD: Final = {"description": "Tax receipt: the code of its packaging there"}
VAT_TOLD: Final = {"description": "Tax receipt: whether it is sold with value-added tax"}
TIN_TOLD: Final = {"description": "Tax receipt: the seller's taxpayer number (INN, STIR), where that is a company"}
PINFL_TOLD: Final = {"description": "Tax receipt: the seller's personal number, where that is a person"}
MODE_TOLD: Final = {
    "description": "own_page: the card is sent to `confirm`. redirect: the payer types it on OCTO's page"
}
CAPTURE_TOLD: Final = {
    "description": "automatic: the money is taken at once. manual: it is held, until you capture or release it"
}
_REFERENCE_TOLD: Final = {"description": "Your own number of the order; no two of your orders have the same"}
DESCRIPTION_TOLD: Final = {"description": "What OCTO's page and register show; without it, the reference"}
_ERRORS: Final = {"unknown": "unknown_field", "type": "wrong_type"}
_OPTIONAL: Final[dict[str, Any]] = {"allow_none": True, "load_default": None}


Example = Mapping[str, Any] | None


class StrictSchema(Schema):
    """`EXAMPLE` is a whole request that works."""

    EXAMPLE: ClassVar[Example] = None
    error_messages = _ERRORS


class EmptyBody(StrictSchema):
    """Nothing, or an empty object."""

    EXAMPLE: ClassVar[Example] = {}


class LanguageQuery(StrictSchema):
    language = Choice(Language, load_default=DEFAULT)


class ItemBody(StrictSchema):
    """With the fiscal fields, and one of `tin` and `pinfl`, the payment is given a tax receipt; then every item of the order has them."""

    name = Text(longest=128, required=True, free=True)
    quantity = Count(allowed=range(1, 1_000_001), required=True)
    price = Amount(required=True)
    spic = Text(longest=17, pattern=r"\d{17}", form="digits", metadata=SPIC_TOLD, **_OPTIONAL)
    package_code = Text(longest=20, pattern=r"\d{1,20}", form="digits", metadata=PACKAGE_TOLD, **_OPTIONAL)
    vat = Flag(metadata=VAT_TOLD, **_OPTIONAL)
    tin = Text(longest=9, pattern=r"\d{9}", form="digits", metadata=TIN_TOLD, **_OPTIONAL)
    pinfl = Text(longest=14, pattern=r"\d{14}", form="digits", metadata=PINFL_TOLD, **_OPTIONAL)

    @validates_schema
    def check_fiscal(self, data: dict[str, Any], **_: object) -> None:
        seller = data["tin"] or data["pinfl"]
        given = {name: data[name] for name in ("spic", "package_code", "vat")} | {"tin": seller}
        if all(value is None for value in given.values()):
            return
        if missing := {name: ["required"] for name, value in given.items() if value is None}:
            raise ValidationError(missing)
        if data["tin"] and data["pinfl"]:
            raise ValidationError({"pinfl": ["not_allowed"]})

    @staticmethod
    def fiscal(data: dict[str, Any]) -> FiscalObject | None:
        if data["spic"] is None:
            return None
        return FiscalObject(
            spic=data["spic"],
            package_code=data["package_code"],
            vat=data["vat"],
            seller=data["tin"] or data["pinfl"],
        )


class CustomerBody(StrictSchema):
    """OCTO's `user_data`, which it takes whole or not at all."""

    user_id = Text(longest=64, required=True)
    phone = Phone(required=True)
    email = Text(longest=254, required=True, free=True, pattern=r"[^\s@]+@[^\s@]+\.[^\s@]+", form="email")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Customer:
        return Customer(**data)


class OrderBody(StrictSchema):
    """A sum, items, or both, which must then be equal."""

    EXAMPLE: ClassVar[Example] = {
        "reference": "A-1042",
        "items": [
            {"name": "Koʻrpa", "quantity": 1, "price": "160000.00"},
            {"name": "Yetkazib berish", "quantity": 1, "price": "25000.00"},
        ],
        "customer": {"user_id": "17", "phone": "998901112233", "email": "alisher@example.uz"},
    }

    amount = Amount(allow_none=True, load_default=None)
    currency = Text(longest=8, load_default=Currency.UZS.value, metadata={"enum": [c.value for c in Currency]})
    items = fields.List(
        fields.Nested(ItemBody, error_messages=ERRORS),
        allow_none=True,
        load_default=None,
        validate=validate.Length(1, MAX_ITEMS, error="wrong_length"),
        error_messages=ERRORS,
    )
    reference = Text(longest=64, allow_none=True, load_default=None, metadata=_REFERENCE_TOLD)
    description = Text(longest=250, allow_none=True, load_default=None, free=True, metadata=DESCRIPTION_TOLD)
    customer = fields.Nested(CustomerBody, allow_none=True, load_default=None, error_messages=ERRORS)
    mode = Choice(Mode, load_default=Mode.OWN_PAGE, metadata=MODE_TOLD)
    capture = Choice(Capture, load_default=Capture.AUTOMATIC, metadata=CAPTURE_TOLD)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> NewOrder:
        currency = Currency.named(data["currency"])
        items = [
            Item(i["name"], i["quantity"], Money.of(i["price"], currency), ItemBody.fiscal(i))
            for i in data["items"] or ()
        ]
        return NewOrder(
            amount=None if data["amount"] is None else Money.of(data["amount"], currency),
            currency=currency,
            items=tuple(items),
            reference=data["reference"],
            description=data["description"],
            customer=data["customer"],
            mode=data["mode"],
            capture=data["capture"],
        )


class PageQuery(StrictSchema):
    """`after` is the `next_cursor` of the page before."""

    status = Choice(OrderStatus, load_default=None)
    reference = Text(longest=64, load_default=None)
    after = Text(longest=200, load_default=None)
    limit = Count(allowed=range(1, PAGE_MAX + 1), from_text=True, load_default=PAGE_DEFAULT)
    language = Choice(Language)


class RegisterQuery(StrictSchema):
    """`date` is a day in Tashkent, `until` the last one if there are more, `after` the `next_cursor` of the page before."""

    date = Day(required=True)
    until = Day(load_default=None)
    after = Text(longest=200, load_default=None)
    limit = Count(allowed=range(1, PAGE_MAX + 1), from_text=True, load_default=PAGE_MAX)
    language = Choice(Language)


_NUMBER_TOLD: Final[dict[str, object]] = {"pattern": r"^[\d -]{16,40}$", "examples": ["8600 0000 0000 0000"]}
_EXPIRE_TOLD: Final[dict[str, object]] = {"pattern": r"^\d{4}$", "description": "MMYY", "examples": ["1240"]}
_HOLDER_TOLD: Final[dict[str, object]] = {
    "pattern": r"^[^\d\u0000-\u001f\u007f-\u009f]+$",
    "description": "As on the card, also for Uzcard and Humo; where none is on it, as its owner is called",
}
_NEW_CARD: Final = "Required, but with `saved_card_id`"
_CODE_TOLD: Final[dict[str, object]] = {
    "pattern": r"^\d{4,8}$",
    "description": "The code as typed",
    "examples": ["048213"],
}
_CVC_TOLD: Final[dict[str, object]] = {"pattern": r"^\d{3,4}$", "description": "Needed for bank cards"}


class NumberBody(StrictSchema):
    """The lengths only keep absurdities out; what a card is, the domain says, and the patterns are for the document."""

    transaction_id = Text(longest=64, allow_none=True, load_default=None, pattern=_ID, form="id", metadata=_ADDRESSED)
    card_number = Text(longest=40, required=True, metadata=_NUMBER_TOLD)
    expire = Text(longest=8, required=True, metadata=_EXPIRE_TOLD)


class ResendBody(NumberBody):
    """The card once more: OCTO wants its number, and nobody here remembers it."""

    EXAMPLE: ClassVar[Example] = {
        "transaction_id": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
        "card_number": "8600 0000 0000 0000",
        "expire": "1240",
    }

    cardholder_name = Text(longest=64, allow_none=True, load_default=None, metadata=_HOLDER_TOLD)


def _of_new_card(told: Mapping[str, object]) -> dict[str, object]:
    described = f". {told['description']}" if "description" in told else ""
    return {**told, "description": f"{_NEW_CARD}{described}"}


class CardBody(StrictSchema):
    """A card: `card_number`, `expire` and `cardholder_name`; or a saved one of the order's customer: `saved_card_id`. Both with `cvc`."""

    EXAMPLE: ClassVar[Example] = {
        "transaction_id": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
        "card_number": "8600 0000 0000 0000",
        "expire": "1240",
        "cardholder_name": "ALISHER NAVOIY",
    }

    transaction_id = Text(longest=64, pattern=_ID, form="id", metadata=_ADDRESSED, **_OPTIONAL)
    card_number = Text(longest=40, metadata=_of_new_card(_NUMBER_TOLD), **_OPTIONAL)
    expire = Text(longest=8, metadata=_of_new_card(_EXPIRE_TOLD), **_OPTIONAL)
    cardholder_name = Text(longest=64, metadata=_of_new_card(_HOLDER_TOLD), **_OPTIONAL)
    saved_card_id = Text(longest=64, pattern=_CARD_ID, form="id", **_OPTIONAL)
    cvc = Text(longest=8, metadata=_CVC_TOLD, **_OPTIONAL)

    @validates_schema
    def check_one_card(self, data: dict[str, Any], **_: object) -> None:
        saved = data["saved_card_id"] is not None
        wrong = [name for name in ("card_number", "expire", "cardholder_name") if (data[name] is not None) == saved]
        if wrong:
            raise ValidationError({name: ["not_allowed" if saved else "required"] for name in wrong})


class SavedCardBody(StrictSchema):
    """`phone` is the customer's, as the bank has it for this card."""

    EXAMPLE: ClassVar[Example] = {
        "customer_user_id": "17",
        "card_number": "8600 0000 0000 0000",
        "expire": "1240",
        "cardholder_name": "ALISHER NAVOIY",
        "phone": "998901112233",
    }

    customer_user_id = Text(longest=64, required=True)
    card_number = Text(longest=40, required=True, metadata=_NUMBER_TOLD)
    expire = Text(longest=8, required=True, metadata=_EXPIRE_TOLD)
    cardholder_name = Text(longest=64, metadata=_HOLDER_TOLD, **_OPTIONAL)
    cvc = Text(longest=8, metadata=_CVC_TOLD, **_OPTIONAL)
    phone = Phone(required=True)


class SavedCardQuery(StrictSchema):
    customer_user_id = Text(longest=64, required=True)
    language = Choice(Language)


class BindingCodeBody(StrictSchema):
    EXAMPLE: ClassVar[Example] = {"sms_key": "111111"}

    sms_key = Text(longest=16, required=True, metadata=_CODE_TOLD)


class CodeBody(StrictSchema):
    EXAMPLE: ClassVar[Example] = {"transaction_id": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11", "sms_key": "111111"}

    transaction_id = Text(longest=64, allow_none=True, load_default=None, pattern=_ID, form="id", metadata=_ADDRESSED)
    sms_key = Text(
        longest=16,
        required=True,
        metadata=_CODE_TOLD,
    )


class CaptureBody(StrictSchema):
    """Without an amount the whole hold is taken."""

    EXAMPLE: ClassVar[Example] = {"amount": "160000.00"}

    amount = Amount(allow_none=True, load_default=None)


class RefundBody(StrictSchema):
    """Without an amount all that is left is given back. `shop_transaction_id` is needed only where an order was charged twice."""

    EXAMPLE: ClassVar[Example] = {"amount": "25000.00", "reason": "Came too late"}

    amount = Amount(allow_none=True, load_default=None)
    reason = Text(longest=250, required=True, free=True)
    shop_transaction_id = Text(longest=64, allow_none=True, load_default=None, pattern=_ID, form="id")
