"""/api/orders/{order_id}/payer-token/: what a payer's browser may hold."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from entrypoints.http import tokens
from entrypoints.http.answers import PayerTokenAnswer
from entrypoints.http.caller import PAYER_RIGHTS, Right, caller
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.schemas import EmptyBody
from entrypoints.http.services import services_of

blueprint = GuardedBlueprint(
    "payers", __name__, description="What a payer's browser may hold", url_prefix="/api/orders/<order_id>"
)


@blueprint.post("/payer-token/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(200, PayerTokenAnswer)
@needs(Right.PAYMENTS_WRITE, replayed=False)
def issue(_: Mapping[str, Any], order_id: str) -> Mapping[str, Any]:
    """Get a token for the payer of this order: good for its payment alone, and shown none of OCTO's ids.

    Each call gives a new one; no answer of it is kept for an Idempotency-Key.
    """
    order = services_of(current_app).orders.get(order_id, caller().scope).order
    return {
        "access_token": tokens.issue_for_payer(order.owner.client_id, order.id),
        "token_type": "Bearer",
        "expires_in": int(tokens.PAYER_LIFETIME.total_seconds()),
        "scope": " ".join(PAYER_RIGHTS),
        "order_id": order.id,
    }
