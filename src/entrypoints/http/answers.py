"""What the API answers. Money is a string in major units with two decimals, times are RFC 3339 in UTC."""

from typing import Any, Final

from marshmallow import Schema, fields, post_dump

from domain.journal import Why
from domain.money import Currency
from domain.moves import Status
from domain.order import Item, OrderStatus
from domain.receipt import ReceiptState
from domain.refund import OperationStatus, RefundStatus
from domain.register import LineKind
from domain.transaction import Capture, Mode
from entrypoints.http import schemas
from entrypoints.http.fields import Choice, Moment, Signed, Sum


def _fact(description: str) -> fields.String:
    return fields.String(metadata={"description": description})


class ItemAnswer(Schema):
    """The last five are there for fiscal items only."""

    name = fields.String()
    quantity = fields.Integer()
    price = Sum()
    spic = fields.String(attribute="fiscal.spic", metadata=schemas.SPIC_TOLD)
    package_code = fields.String(attribute="fiscal.package_code", metadata=schemas.PACKAGE_TOLD)
    vat = fields.Boolean(attribute="fiscal.vat", metadata=schemas.VAT_TOLD)
    tin = fields.String(metadata=schemas.TIN_TOLD)
    pinfl = fields.String(metadata=schemas.PINFL_TOLD)

    @post_dump(pass_original=True)
    def add_seller(self, shown: dict[str, Any], item: Item, **_: object) -> dict[str, Any]:
        if item.fiscal is None:
            return shown
        return shown | {"pinfl" if item.fiscal.is_sold_by_a_person else "tin": item.fiscal.seller}


class CustomerAnswer(Schema):
    user_id = fields.String()
    phone = fields.String()
    email = fields.String()


class OrderAnswer(Schema):
    id = fields.String()
    status = Choice(OrderStatus)
    amount = Sum()
    currency = Choice(Currency, attribute="amount.currency")
    reference = fields.String(allow_none=True)
    description = fields.String(allow_none=True, metadata=schemas.DESCRIPTION_TOLD)
    items = fields.List(fields.Nested(ItemAnswer))
    customer = fields.Nested(CustomerAnswer, allow_none=True)
    mode = Choice(Mode, metadata=schemas.MODE_TOLD)
    capture = Choice(Capture, metadata=schemas.CAPTURE_TOLD)
    test = fields.Boolean(metadata={"description": "OCTO takes it as a test payment: no money moves"})
    created_at = Moment()
    cancelled_at = Moment(allow_none=True)


class PaymentSummary(Schema):
    transaction_id = fields.String(attribute="octo_transaction_id", allow_none=True)
    shop_transaction_id = fields.String()
    status = Choice(Status)
    error_code = fields.String(allow_none=True)


class ReceiptAnswer(Schema):
    """All but `state` is null until OCTO has the receipt."""

    state = Choice(ReceiptState)
    url = fields.String(attribute="fiscal_data.qr_code_url", dump_default=None, allow_none=True)
    terminal_id = fields.String(attribute="fiscal_data.terminal_id", dump_default=None, allow_none=True)
    receipt_id = fields.Integer(attribute="fiscal_data.receipt_id", dump_default=None, allow_none=True)
    issued_at = Moment(attribute="fiscal_data.issued_at", dump_default=None, allow_none=True)
    fiscal_sign = fields.String(attribute="fiscal_data.fiscal_sign", dump_default=None, allow_none=True)


class OrderDetail(OrderAnswer):
    captured = Sum(metadata={"description": "What was taken by all payments of the order"})
    refunded = Sum(metadata={"description": "What was given back of it"})
    review = fields.Boolean(metadata={"description": "Something about its payments needs a person's eye"})
    payment = fields.Nested(PaymentSummary, allow_none=True)
    receipt = fields.Nested(
        ReceiptAnswer, allow_none=True, metadata={"description": "Of a paid order whose items are fiscal"}
    )


class OrderPage(Schema):
    items = fields.List(fields.Nested(OrderAnswer))
    next_cursor = fields.String(allow_none=True)


_NET = "What OCTO pays out of it, once OCTO has told; for the shop's own program alone"
_COMMISSION = "What OCTO keeps of it; as `net`"


class RegisterEntry(Schema):
    kind = Choice(LineKind)
    at = Moment()
    at_from = fields.String(
        metadata={
            "enum": ["octo", "learned"],
            "description": "octo: the time is OCTO's own. learned: OCTO told none, it is when we learned of it",
        }
    )
    order_id = fields.String()
    reference = fields.String(allow_none=True)
    shop_transaction_id = fields.String()
    shop_refund_id = fields.String(
        allow_none=True, metadata={"description": "Of a refund that was asked for here; another was made at OCTO"}
    )
    transaction_id = fields.String(allow_none=True, metadata={"description": "OCTO's UUID of the payment"})
    refund_id = fields.String(allow_none=True, metadata={"description": "OCTO's own number of the refund"})
    rrn = fields.String(allow_none=True, metadata={"description": "Of the payment, at the bank"})
    masked_card = fields.String(allow_none=True)
    card_type = fields.String(allow_none=True)
    amount = Signed(metadata={"description": "What was given back is negative"})
    net = Signed(allow_none=True, metadata={"description": _NET})
    commission = Signed(allow_none=True, metadata={"description": _COMMISSION})
    currency = Choice(Currency)
    test = fields.Boolean()
    reviews = fields.List(fields.String())
    review = fields.Boolean(metadata={"description": "Something about the payment needs a person's eye"})


class RegisterPage(Schema):
    items = fields.List(fields.Nested(RegisterEntry))
    next_cursor = fields.String(allow_none=True)


class TimelineEvent(Schema):
    at = Moment()
    shop_transaction_id = fields.String(allow_none=True, metadata={"description": "null: the order itself"})
    why = Choice(Why, attribute="cause.why")
    actor = fields.String(attribute="cause.actor")
    reason = fields.String(attribute="cause.reason", allow_none=True)
    request_id = fields.String(attribute="cause.request_id", allow_none=True)
    before = fields.Dict(metadata={"description": "What changed, as it was. Sums are whole tiyin: `…_minor`"})
    after = fields.Dict(metadata={"description": "The same, as it is since then"})


class Timeline(Schema):
    events = fields.List(fields.Nested(TimelineEvent))


_SECONDS: Final = "A number: a code is awaited, 0: none can be entered (yet). null: the payer has to go to `verification_url`, if anywhere"


class InitiateAnswer(Schema):
    transaction_id = fields.String(allow_none=True, metadata={"description": "OCTO's UUID of the payment"})
    shop_transaction_id = fields.String()
    status = Choice(Status)
    expires_at = Moment()
    octo_pay_url = fields.Url(metadata={"description": "In redirect mode only: where the payer goes"})


class ConfirmAnswer(Schema):
    """`message` and `message_for_payer` come with `processing`: the outcome is not known yet."""

    transaction_id = fields.String()
    payment_id = fields.Integer(allow_none=True)
    status = Choice(Status)
    verification_url = fields.String(
        allow_none=True,
        metadata={"description": "OCTO's or the bank's page; the payer has to go there if `seconds_left` is null"},
    )
    seconds_left = fields.Integer(allow_none=True, metadata={"description": _SECONDS})
    tries_left = fields.Integer(allow_none=True, metadata={"description": "Codes that may still be tried"})
    phone = fields.String(allow_none=True, metadata={"description": "Masked: where the code was sent"})
    message = fields.String()
    message_for_payer = fields.String()


class CodeAnswer(Schema):
    transaction_id = fields.String()
    status = Choice(Status)
    message = fields.String()
    message_for_payer = fields.String()


class ResendAnswer(Schema):
    payment_id = fields.Integer(allow_none=True)
    status = Choice(Status)
    seconds_left = fields.Integer(allow_none=True, metadata={"description": _SECONDS})
    tries_left = fields.Integer(allow_none=True)
    phone = fields.String(allow_none=True)


class StatusAnswer(Schema):
    transaction_id = fields.String(allow_none=True)
    payment_id = fields.Integer(allow_none=True)
    status = Choice(Status)
    verification_url = fields.String(
        allow_none=True,
        metadata={"description": "OCTO's or the bank's page; the payer has to go there if `seconds_left` is null"},
    )
    seconds_left = fields.Integer(allow_none=True, metadata={"description": _SECONDS})
    tries_left = fields.Integer(allow_none=True)
    phone = fields.String(allow_none=True)
    error_code = fields.String(allow_none=True)
    error_message = fields.String(allow_none=True)
    shop_transaction_id = fields.String()
    amount = Sum()
    currency = Choice(Currency)
    test = fields.Boolean()
    expires_at = Moment()
    held_until = Moment(allow_none=True, metadata={"description": "While money is held: OCTO gives it back after this"})
    captured = Sum(metadata={"description": "What was taken"})
    refunded = Sum(metadata={"description": "What was given back"})
    net = Signed(allow_none=True, metadata={"description": _NET})
    commission = Signed(allow_none=True, metadata={"description": _COMMISSION})
    paid_at = Moment(allow_none=True, metadata={"description": "OCTO's own time of it, once OCTO has told"})
    rrn = fields.String(allow_none=True, metadata={"description": "The bank's number of it"})
    masked_card = fields.String(allow_none=True)
    cancel_requested = fields.Boolean()
    review = fields.Boolean()


class HoldAnswer(Schema):
    transaction_id = fields.String()
    status = Choice(Status)
    held_until = Moment(allow_none=True)
    captured = Sum()
    message = fields.String()
    message_for_payer = fields.String()


class WithdrawalAnswer(Schema):
    transaction_id = fields.String(allow_none=True)
    status = Choice(Status)
    cancel_requested = fields.Boolean()


_OPERATION: Final = (
    "waiting: for the operation before it. in_flight: OCTO has been asked, and has not said yet that the money has moved. "
    "succeeded: it has. failed: OCTO did not carry it out, or one before it failed"
)
_REFUND: Final = (
    "pending: followed up until OCTO has said what became of it. succeeded: all of it went back. "
    "partially_succeeded: `refunded` of it, and the rest will not. failed: nothing"
)


class OperationAnswer(Schema):
    """One refund at OCTO; a large sum needs several."""

    shop_refund_id = fields.String()
    amount = Sum()
    status = Choice(OperationStatus, metadata={"description": _OPERATION})
    refund_id = fields.String(allow_none=True, metadata={"description": "OCTO's own number of it"})
    octo_code = fields.String(allow_none=True, metadata={"description": "Why OCTO refused it"})


class RefundAnswer(Schema):
    id = fields.String()
    status = Choice(RefundStatus, metadata={"description": _REFUND})
    amount = Sum()
    currency = Choice(Currency)
    refunded = Sum(metadata={"description": "What of it has been given back so far"})
    reason = fields.String()
    shop_transaction_id = fields.String(metadata={"description": "The payment it gives back"})
    requested_at = Moment()
    operations = fields.List(fields.Nested(OperationAnswer))


class RefundList(Schema):
    items = fields.List(fields.Nested(RefundAnswer))


class TokenAnswer(Schema):
    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()
    scope = fields.String()


class PayerTokenAnswer(TokenAnswer):
    order_id = fields.String()


class TokenRefusal(Schema):
    """RFC 6749, 5.2."""

    error = fields.String()
    error_description = fields.String()


class FieldProblem(Schema):
    field = fields.String(metadata={"description": "Its path in the request, such as `items.0.price`"})
    code = fields.String()
    detail = fields.String()


class Facts(Schema):
    """What goes with some codes, each where it is known. Payers are shown a few of them only."""

    status = _fact("How the payment, the order or the saved card stands")
    transaction_id = _fact("`transaction_superseded`: the payment that is under way now")
    order_id = _fact("`reference_taken`: the order that has it")
    refund_id = _fact("`refund_refused`: the refund that failed")
    charges = fields.List(fields.String(), metadata={"description": "`refund_ambiguous`: a `shop_transaction_id` each"})
    left = Sum(metadata={"description": "`invalid_refund`: all that can still be given back"})
    minimum = Sum(metadata={"description": "`refund_below_minimum`: the least that OCTO gives back at a time"})
    held = Sum(metadata={"description": "`capture_above_hold`: all that can be taken"})
    amount = Sum(metadata={"description": "`items_do_not_add_up`: the sum that was given"})
    items_total = Sum(metadata={"description": "`items_do_not_add_up`: the sum of the items"})
    items = fields.List(
        fields.Integer(), metadata={"description": "`fiscal_items_mixed`: those without fiscal data, from 0"}
    )
    currency = _fact("`currency_not_supported`: the one that was given")
    supported = fields.List(fields.String(), metadata={"description": "`currency_not_supported`: those that are taken"})
    limit: Any = fields.Raw(
        metadata={
            "type": ["string", "integer"],
            "description": "Which limit was reached, by its name in docs/operations.md; `too_many_attempts`: how many there may be",
        }
    )
    retry_after_seconds = fields.Integer(metadata={"description": "When it may be tried again, as in `Retry-After`"})
    seconds_left = fields.Integer(metadata={"description": "`otp_rejected`: for which the code is good"})
    tries_left = fields.Integer(metadata={"description": "`otp_rejected`: codes that may still be tried"})
    verification_url = fields.String(
        allow_none=True, metadata={"description": "`otp_not_used`: where the payer has to go"}
    )
    octo_pay_url = fields.String(
        allow_none=True, metadata={"description": "`paid_on_gateway_page`: where the payer has to go"}
    )
    octo_code = _fact("OCTO's own code, where it refused")
    octo_message = _fact("`fiscal_item_not_registered`: OCTO's own words")
    may_repeat = fields.Boolean(metadata={"description": "Whether the very same request may succeed"})
    reason = _fact("Why: beside `octo_code` a word of docs/octo.md, otherwise a sentence for developers")


class Problem(Schema):
    """RFC 9457. `code` is stable; `detail` is for the payer, in the language asked for."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String()
    detail = fields.String()
    detail_for_shop = fields.String(metadata={"description": "Where OCTO refused: what the shop can do about it"})
    request_id = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FieldProblem))
    facts = fields.Nested(Facts)
