"""/api/register/: every sum that was taken or given back, by days, for the shop's accounts."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from domain.money import to_major
from domain.ports import Entry
from domain.register import bounds
from entrypoints.http.answers import RegisterPage
from entrypoints.http.caller import Right, caller
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.problems import FieldError, invalid
from entrypoints.http.progress import what_octo_keeps
from entrypoints.http.schemas import RegisterQuery
from entrypoints.http.services import services_of

blueprint = GuardedBlueprint(
    "register", __name__, description="What was taken and given back", url_prefix="/api/register"
)


@blueprint.get("/")
@blueprint.arguments(RegisterQuery(), location="query")
@blueprint.response(200, RegisterPage)
@needs(Right.ORDERS_READ)
def page(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List every charge and refund of a day in Tashkent, or of several, oldest first."""
    first = query["date"]
    last = query["until"] or first
    if last < first:
        raise invalid([FieldError("until", "out_of_range")])
    register = services_of(current_app).register
    entries, next_cursor = register.page(caller().scope, *bounds(first, last), query["after"], query["limit"])
    return {"items": [_shown(entry) for entry in entries], "next_cursor": next_cursor}


def _shown(entry: Entry) -> Mapping[str, Any]:
    line, facts = entry.line, entry.facts
    return {
        "kind": line.kind,
        "at": line.at,
        "at_from": "octo" if line.told_at else "learned",
        "order_id": entry.order_id,
        "reference": entry.reference,
        "shop_transaction_id": line.shop_transaction_id,
        "shop_refund_id": line.shop_refund_id,
        "transaction_id": entry.octo_transaction_id,
        "refund_id": entry.octo_refund_id,
        "rrn": facts.rrn,
        "masked_card": facts.masked_card,
        "card_type": facts.card_type,
        "amount": to_major(line.amount_minor),
        "currency": entry.currency,
        "test": entry.test,
        "reviews": entry.reviews,
        "review": bool(entry.reviews_left),
        **what_octo_keeps(entry.net_minor, entry.commission_minor),
    }
