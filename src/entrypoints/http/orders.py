"""/api/orders/: what is to be paid."""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, url_for

from domain import errors
from domain.books import Books
from domain.money import Money
from domain.order import Order
from domain.use_cases.orders import NewOrder, Orders
from entrypoints.http.answers import OrderAnswer, OrderDetail, OrderPage, Timeline
from entrypoints.http.caller import Right, caller
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.refusing import refuses
from entrypoints.http.schemas import EmptyBody, OrderBody, PageQuery
from entrypoints.http.services import services_of

blueprint = GuardedBlueprint("orders", __name__, description="What is to be paid", url_prefix="/api/orders")


def _orders() -> Orders:
    return services_of(current_app).orders


@blueprint.post("/")
@blueprint.arguments(OrderBody())
@blueprint.response(201, OrderAnswer)
@needs(Right.ORDERS_WRITE)
@refuses(
    errors.InvalidAmount,
    errors.ItemsDoNotAddUp,
    errors.CurrencyNotSupported,
    errors.FiscalItemsMixed,
    errors.FiscalCustomerRequired,
    errors.ReferenceTaken,
)
def create(new: NewOrder) -> Order:
    """Create an order from an amount, from items, or from both."""
    return _orders().create(new, caller().owner, caller().cause)


@blueprint.get("/")
@blueprint.arguments(PageQuery(), location="query")
@blueprint.response(200, OrderPage)
@needs(Right.ORDERS_READ)
def page(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List orders, newest first."""
    items, next_cursor = _orders().page(
        caller().scope,
        status=query["status"],
        reference=query["reference"],
        after=query["after"],
        limit=query["limit"],
    )
    return {"items": items, "next_cursor": next_cursor}


@blueprint.get("/<order_id>/")
@blueprint.response(200, OrderDetail)
@needs(Right.ORDERS_READ)
def get(order_id: str) -> Mapping[str, Any]:
    """Read an order, with a summary of its payment."""
    books = _orders().get(order_id, caller().scope)
    return _detail(books)


@blueprint.post("/<order_id>/cancel/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(200, OrderAnswer)
@needs(Right.ORDERS_WRITE)
@refuses(errors.OrderNotCancellable, errors.PaymentInProgress, errors.Busy)
def cancel(_: Mapping[str, Any], order_id: str) -> Order:
    """Cancel an order that is not paid."""
    return _orders().cancel(order_id, caller().scope, caller().cause)


@blueprint.get("/<order_id>/payment/events/")
@blueprint.response(200, Timeline)
@needs(Right.PAYMENTS_READ)
def timeline(order_id: str) -> Mapping[str, Any]:
    """Read everything that happened to an order and its payments."""
    return {"events": _orders().timeline(order_id, caller().scope)}


@blueprint.after_request
def point_to_what_was_created(response: Response) -> Response:
    """Here rather than in the view, so that a replayed answer has it too."""
    if response.status_code == 201:
        response.headers["Location"] = url_for("orders.get", order_id=response.get_json()["id"])
    return response


def _detail(books: Books) -> Mapping[str, Any]:
    order = books.order
    fields = {name: getattr(order, name) for name in OrderAnswer().fields if name != "currency"}
    return fields | {
        "captured": Money(sum(t.captured_minor or 0 for t in books.transactions), order.amount.currency),
        "refunded": Money(sum(t.refunded_minor for t in books.transactions), order.amount.currency),
        "review": any(t.reviews_left for t in books.transactions),
        "payment": books.current if books.transactions else None,
        "receipt": books.receipt_of(books.current.shop_transaction_id) if books.transactions else None,
    }
