"""/api/cards/: the cards that a shop's customers have let it keep, and OCTO's callbacks about them."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, current_app, request, url_for
from marshmallow import Schema, fields

from domain import errors
from domain.card import Card, OneTimeCode, Scheme
from domain.card_moves import CardStatus
from domain.journal import Cause, Why
from domain.report import Way
from domain.saved_card import SavedCard
from domain.use_cases.saved_cards import SavingCards
from entrypoints.http import idempotency, texts
from entrypoints.http.body import JsonBlueprint
from entrypoints.http.caller import Right, caller, request_id
from entrypoints.http.fields import Choice, Moment
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.notifications import MAX_BYTES
from entrypoints.http.problems import HttpProblem
from entrypoints.http.progress import Answer, told
from entrypoints.http.refusing import OF_CARDS, OF_CODES, refuses
from entrypoints.http.schemas import BindingCodeBody, SavedCardBody, SavedCardQuery
from entrypoints.http.services import services_of

_CARD_ID: Final = "/<card_id>/"
# For the document; what is read is read inside.
_CALLBACK: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "description": "A callback of OCTO about a saved card"},
            "example": {"shop_transaction_id": "card_1", "card_token": "from OCTO", "status": "active"},
        }
    },
}

blueprint = GuardedBlueprint("cards", __name__, description="Cards that customers have saved", url_prefix="/api/cards")
callbacks = JsonBlueprint(
    "card_callbacks", __name__, description="For OCTO, not for clients", url_prefix="/api/cards/notify"
)


class SavedCardAnswer(Schema):
    """`message` and `message_for_payer` come where an outcome is not known yet. A token is never shown."""

    id = fields.String()
    customer_user_id = fields.String()
    status = Choice(CardStatus)
    scheme = Choice(Scheme)
    masked = fields.String(metadata={"examples": ["860049******6478"]})
    created_at = Moment()
    error_code = fields.String(allow_none=True)
    seconds_left = fields.Integer(allow_none=True, metadata={"description": "0: no code can be entered (yet)"})
    tries_left = fields.Integer(allow_none=True, metadata={"description": "Codes that may still be tried"})
    phone = fields.String(allow_none=True, metadata={"description": "Masked: where the code was sent"})
    verification_url = fields.String(allow_none=True, metadata={"description": "The bank's page, for bank cards"})
    message = fields.String()
    message_for_payer = fields.String()


class SavedCardList(Schema):
    items = fields.List(fields.Nested(SavedCardAnswer))


def _saving() -> SavingCards:
    return services_of(current_app).saving


@blueprint.post("/")
@blueprint.arguments(SavedCardBody())
@blueprint.response(201, SavedCardAnswer)
@blueprint.alt_response(202, schema=SavedCardAnswer, success=True, description="Whether OCTO took it is not known yet")
@needs(Right.CARDS_WRITE)
@refuses(
    *OF_CARDS,
    errors.TooManyCards,
    errors.CardsPaused,
    errors.CvcRequired,
    errors.CardNotSaved,
    errors.GatewayUnavailable,
    errors.Busy,
)
def save(body: dict[str, Any]) -> Answer:
    """Save a customer's card. The customer proves it with a code (`verify-otp`), or on the bank's page (`verification_url`)."""
    card = Card(
        number=body.pop("card_number"),
        expire=body.pop("expire"),
        holder=body.pop("cardholder_name"),
        cvc=body.pop("cvc"),
        today=services_of(current_app).clock.now().date(),
    )
    saved = _saving().save(
        caller().owner,
        body["customer_user_id"],
        card,
        phone=body["phone"],
        cause=caller().cause,
        request_keys=idempotency.request_keys(),
    )
    return _not_known(saved) if saved.status is CardStatus.INIT else (_shown(saved), 201)


@blueprint.get("/")
@blueprint.arguments(SavedCardQuery(), location="query")
@blueprint.response(200, SavedCardList)
@needs(Right.CARDS_READ)
def of_customer(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List a customer's cards that can pay or are still being proved, newest first."""
    found = _saving().of_customer(query["customer_user_id"], caller().scope)
    return {"items": [_shown(card) for card in found]}


@blueprint.get(_CARD_ID)
@blueprint.response(200, SavedCardAnswer)
@needs(Right.CARDS_READ)
@refuses(errors.SavedCardNotFound, errors.Busy)
def get(card_id: str) -> Mapping[str, Any]:
    """Read how a saved card stands."""
    return _shown(_saving().get(card_id, caller().scope, caller().cause))


@blueprint.post("/<card_id>/verify-otp/")
@blueprint.arguments(BindingCodeBody())
@blueprint.response(200, SavedCardAnswer)
@blueprint.alt_response(
    202, schema=SavedCardAnswer, success=True, description="It can pay once OCTO has sent its token"
)
@needs(Right.CARDS_WRITE)
@refuses(*OF_CODES, errors.SavedCardNotFound, errors.CodeInProgress, errors.GatewayUnavailable, errors.Busy)
def verify_otp(body: dict[str, Any], card_id: str) -> Answer:
    """Send the code from the SMS. The card can pay once OCTO has sent its token, which is moments later."""
    code = OneTimeCode(body.pop("sms_key"))
    saved = _saving().verify(card_id, caller().scope, code, caller().cause)
    return (_shown(saved), 200) if saved.is_usable else _not_known(saved)


@blueprint.delete(_CARD_ID)
@blueprint.response(200, SavedCardAnswer)
@needs(Right.CARDS_WRITE)
@refuses(errors.SavedCardNotFound, errors.Busy)
def revoke(card_id: str) -> Mapping[str, Any]:
    """Revoke a card: from now on it pays nothing, and its token is blocked at OCTO and forgotten."""
    return _shown(services_of(current_app).revoking.revoke(card_id, caller().scope, caller().cause))


@blueprint.after_request
def point_to_what_was_created(response: Response) -> Response:
    """Here rather than in the view, so that a replayed answer has it too."""
    if response.status_code == 201:
        response.headers["Location"] = url_for("cards.get", card_id=response.get_json()["id"])
    return response


@callbacks.post("/<card_id>/<secret>/")
@callbacks.response(200, description="The token is stored")
@callbacks.doc(requestBody=_CALLBACK)
@refuses(
    errors.ForgedCallback,
    errors.MalformedCallback,
    errors.Busy,
    "unsupported_media_type",
    "body_too_large",
    "not_found",
)
def receive(card_id: str, secret: str) -> Mapping[str, str]:
    """Take OCTO's callback about a saved card, at the address that only OCTO was told."""
    request.max_content_length = MAX_BYTES
    raw = request.get_data(cache=False)
    if request.mimetype != "application/json":
        raise HttpProblem("unsupported_media_type", 415)
    cause = Cause(Why.CALLBACK, "octo", request_id())
    try:
        return services_of(current_app).card_callbacks.receive(card_id, secret, raw, cause)
    except errors.SavedCardNotFound:
        # The secret was right, so OCTO tells of a card that was never committed here.
        raise HttpProblem("not_found", 404) from None


def _shown(card: SavedCard) -> dict[str, Any]:
    """OCTO's verifyId and the token are not among it: whoever has them can act at OCTO."""
    check = card.verification
    by_code = check if check is not None and check.way is Way.OTP and not card.code_accepted else None
    return {
        "id": card.id,
        "customer_user_id": card.customer_user_id,
        "status": card.status,
        "scheme": card.scheme,
        "masked": f"{card.first6}******{card.last4}",
        "created_at": card.created_at,
        "error_code": card.error_code,
        "seconds_left": by_code.seconds_left(services_of(current_app).clock.now()) if by_code else None,
        "tries_left": card.tries_left if by_code else None,
        "phone": by_code.phone if by_code else None,
        "verification_url": card.verification_url,
    }


def _not_known(card: SavedCard) -> Answer:
    return told(_shown(card), texts.CARD_NOT_READY, texts.CARD_NOT_READY_FOR_PAYER), 202
