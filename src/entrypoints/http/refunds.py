"""/api/orders/{order_id}/refunds/: giving money back, the whole or a part, and what became of it."""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request, url_for

from domain import errors
from domain.money import Currency, Money
from domain.refund import Operation, Refund, RefundStatus
from domain.transaction import PaymentTransaction
from entrypoints.http import idempotency
from entrypoints.http.answers import RefundAnswer, RefundList
from entrypoints.http.caller import Right, caller
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.progress import Answer
from entrypoints.http.refusing import refuses
from entrypoints.http.schemas import RefundBody
from entrypoints.http.services import services_of

blueprint = GuardedBlueprint(
    "refunds", __name__, description="Giving money back", url_prefix="/api/orders/<order_id>/refunds"
)


@blueprint.post("/")
@blueprint.arguments(RefundBody())
@blueprint.response(201, RefundAnswer)
@blueprint.alt_response(202, schema=RefundAnswer, success=True, description="Taken, and not carried out yet")
@needs(Right.REFUNDS_WRITE)
@refuses(
    errors.PaymentNotStarted,
    errors.TransactionNotFound,
    errors.NotRefundable,
    errors.InvalidRefund,
    errors.RefundBelowMinimum,
    errors.RefundInProgress,
    errors.RefundAmbiguous,
    errors.RefundRefused,
    errors.Busy,
)
def create(body: Mapping[str, Any], order_id: str) -> Answer:
    """Give back all that is left of a payment, or a part. OCTO may take its time: then the refund is followed up."""
    services, scope = services_of(current_app), caller().scope
    currency = services.orders.get(order_id, scope).order.amount.currency
    amount = None if body["amount"] is None else Money.of(body["amount"], currency)
    t, refund = services.refunding.request(
        order_id,
        scope,
        amount,
        body["reason"],
        body["shop_transaction_id"],
        caller().cause,
        idempotency.request_keys(),
    )
    if refund.status is RefundStatus.FAILED:
        raise errors.RefundRefused(refund_id=refund.id, **_why(refund))
    return _shown(t, refund), 202 if refund.status is RefundStatus.PENDING else 201


@blueprint.get("/")
@blueprint.response(200, RefundList)
@needs(Right.PAYMENTS_READ)
def all_of_order(order_id: str) -> Mapping[str, Any]:
    """List the refunds of an order, oldest first."""
    return {"items": [_shown(t, refund) for t, refund in _of_order(order_id)]}


@blueprint.get("/<refund_id>/")
@blueprint.response(200, RefundAnswer)
@needs(Right.PAYMENTS_READ)
@refuses(errors.RefundNotFound)
def get(order_id: str, refund_id: str) -> Mapping[str, Any]:
    """Read what became of a refund."""
    found = next((pair for pair in _of_order(order_id) if pair[1].id == refund_id), None)
    if found is None:
        raise errors.RefundNotFound()
    return _shown(*found)


@blueprint.after_request
def point_to_what_was_created(response: Response) -> Response:
    """Here rather than in the view, so that a replayed answer has it too."""
    if response.status_code in (201, 202):
        order_id = (request.view_args or {})["order_id"]
        refund_id = response.get_json()["id"]
        response.headers["Location"] = url_for("refunds.get", order_id=order_id, refund_id=refund_id)
    return response


def _of_order(order_id: str) -> list[tuple[PaymentTransaction, Refund]]:
    return services_of(current_app).refunding.of_order(order_id, caller().scope)


def _why(refund: Refund) -> Mapping[str, str]:
    """OCTO's code, where it refused. It may also have taken the refund and failed, which has none."""
    codes = [operation.octo_code for operation in refund.operations if operation.octo_code is not None]
    return {"octo_code": codes[0]} if codes else {}


def _shown(t: PaymentTransaction, refund: Refund) -> Mapping[str, Any]:
    currency = t.amount.currency
    return {
        "id": refund.id,
        "status": refund.status,
        "amount": Money(refund.amount_minor, currency),
        "currency": currency,
        "refunded": Money(refund.refunded_minor, currency),
        "reason": refund.reason,
        "shop_transaction_id": t.shop_transaction_id,
        "requested_at": refund.requested_at,
        "operations": [_operation(operation, currency) for operation in refund.operations],
    }


def _operation(operation: Operation, currency: Currency) -> Mapping[str, Any]:
    return {
        "shop_refund_id": operation.shop_refund_id,
        "amount": Money(operation.amount_minor, currency),
        "status": operation.status,
        "refund_id": operation.refund_id,
        "octo_code": operation.octo_code,
    }
