"""/api/payments/notify/: OCTO's callbacks. Their signature is their only ticket, and it is checked inside."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from flask import Response, current_app, json, request

from domain import errors
from domain.journal import Cause, Why
from entrypoints.http import wall
from entrypoints.http.body import JsonBlueprint
from entrypoints.http.caller import request_id
from entrypoints.http.problems import HttpProblem
from entrypoints.http.refusing import refuses
from entrypoints.http.services import services_of

MAX_BYTES: Final = 16 * 1024

# For the document; what is read is read inside, byte by byte.
_CALLBACK: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "description": "A callback of OCTO",
                "required": ["shop_transaction_id", "octo_payment_UUID", "status", "signature", "hash_key"],
                "properties": {
                    "shop_transaction_id": {"type": "string", "pattern": "^[!-~]{1,128}$"},
                    "octo_payment_UUID": {"type": "string", "format": "uuid"},
                    "status": {"type": "string", "pattern": "^[A-Za-z_]{1,64}$"},
                    "signature": {"type": "string", "description": "Upper-case hexadecimal SHA-1"},
                    "hash_key": {"type": "string"},
                },
            },
            "example": {
                "shop_transaction_id": "0f8c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11-1",
                "octo_payment_UUID": "1b9c1c2e-5a77-4a0e-9d2f-3b1f6f0c9a11",
                "status": "succeeded",
                "signature": "490E2147A3EC319B5883517FF2C5A058D3068628",
                "hash_key": "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f",
                "total_sum": 185000.0,
                "currency": "UZS",
            },
        }
    },
}

blueprint = JsonBlueprint(
    "notifications", __name__, description="For OCTO, not for clients", url_prefix="/api/payments"
)


@blueprint.post("/notify/")
@blueprint.response(200, description="Stored. What OCTO has to know is in the body")
@blueprint.doc(requestBody=_CALLBACK)
@wall.against_floods
@refuses(
    errors.ForgedCallback, errors.MalformedCallback, "unsupported_media_type", "body_too_large", "too_many_requests"
)
def receive() -> Response:
    """Take a callback of OCTO."""
    request.max_content_length = MAX_BYTES
    raw = request.get_data(cache=False)
    if request.mimetype != "application/json":
        raise HttpProblem("unsupported_media_type", 415)
    answer = services_of(current_app).notifications.receive(raw, Cause(Why.CALLBACK, "octo", request_id()))
    return Response(_rendered(answer), mimetype="application/json")


def _rendered(answer: Mapping[str, Any]) -> str:
    """Sums as OCTO has them, exact numbers: elsewhere in this API they are texts."""
    members = (
        f"{json.dumps(name)}: {format(value, 'f') if isinstance(value, Decimal) else json.dumps(value)}"
        for name, value in answer.items()
    )
    return f"{{{', '.join(members)}}}"
