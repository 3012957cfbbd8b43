"""/api/orders/{order_id}/payment/capture/ and release/: what becomes of money that is held."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from domain import errors
from domain.books import captured
from domain.money import Money
from domain.moves import Status
from domain.transaction import PaymentTransaction
from entrypoints.http import texts
from entrypoints.http.answers import HoldAnswer
from entrypoints.http.caller import Right, caller
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.progress import Answer, held_until, not_known, told
from entrypoints.http.refusing import OF_HOLDS, refuses
from entrypoints.http.schemas import CaptureBody, EmptyBody
from entrypoints.http.services import services_of

blueprint = GuardedBlueprint(
    "holds", __name__, description="Taking or giving back what is held", url_prefix="/api/orders/<order_id>/payment"
)


@blueprint.post("/capture/")
@blueprint.arguments(CaptureBody(), required=False)
@blueprint.response(200, HoldAnswer)
@blueprint.alt_response(202, schema=HoldAnswer, success=True, description="The outcome is not known yet")
@needs(Right.PAYMENTS_WRITE)
@refuses(*OF_HOLDS, errors.CaptureAboveHold, errors.OrderNotPayable)
def capture(body: Mapping[str, Any], order_id: str) -> Answer:
    """Take what is held, or a part of it; the rest goes back to the card."""
    services, scope = services_of(current_app), caller().scope
    currency = services.orders.get(order_id, scope).order.amount.currency
    amount = body.get("amount")
    wanted = None if amount is None else Money.of(amount, currency)
    return _decided(services.holds.capture(order_id, scope, wanted, caller().cause))


@blueprint.post("/release/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(200, HoldAnswer)
@blueprint.alt_response(202, schema=HoldAnswer, success=True, description="The outcome is not known yet")
@needs(Right.PAYMENTS_WRITE)
@refuses(*OF_HOLDS)
def release(_: Mapping[str, Any], order_id: str) -> Answer:
    """Give back what is held."""
    return _decided(services_of(current_app).holds.release(order_id, caller().scope, caller().cause))


def _decided(t: PaymentTransaction) -> Answer:
    answer = {
        "transaction_id": t.octo_transaction_id,
        "status": t.status,
        "held_until": held_until(t),
        "captured": captured(t),
    }
    if t.status is Status.PROCESSING:
        return not_known(answer)
    if t.status is Status.SUCCESS:
        return told(answer, texts.PAYMENT_SUCCEEDED, texts.PAYMENT_SUCCEEDED_FOR_PAYER), 200
    return told(answer, texts.HOLD_RELEASED, texts.PAYMENT_ENDINGS["hold_released"]), 200
