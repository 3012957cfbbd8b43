"""/api/webhooks/: where a shop's own program is told what happened, and what has come of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from flask import Response, current_app, g, url_for
from marshmallow import Schema, fields, validate

from domain import errors
from domain.merchant import URL_MAX_LENGTH, Delivery, DeliveryState, Endpoint, EventType, SwitchedOff, Trouble
from domain.use_cases.merchant_events import MerchantEvents, NewSecret
from entrypoints.http.caller import Right, caller
from entrypoints.http.fields import ERRORS, Choice, Count, Flag, Moment, Text
from entrypoints.http.guard import GuardedBlueprint, needs
from entrypoints.http.language import Language
from entrypoints.http.refusing import refuses
from entrypoints.http.schemas import PAGE_DEFAULT, PAGE_MAX, EmptyBody, Example, StrictSchema
from entrypoints.http.services import services_of

blueprint = GuardedBlueprint(
    "webhooks", __name__, description="Telling the shop's own program what happened", url_prefix="/api/webhooks"
)


class Events(fields.List[str]):
    """The types of events to be told of; null for all."""

    def __init__(self, **kwargs: Any) -> None:
        longest = validate.Length(1, len(EventType), error="wrong_length")
        super().__init__(Choice(EventType), allow_none=True, validate=longest, error_messages=ERRORS, **kwargs)


class EndpointBody(StrictSchema):
    EXAMPLE: ClassVar[Example] = {"url": "https://shop.example/webhooks", "events": ["order.paid", "payment.failed"]}

    url = Text(
        longest=URL_MAX_LENGTH, required=True, free=True, metadata={"examples": ["https://shop.example/webhooks"]}
    )
    events = Events(load_default=None)


class EndpointChange(StrictSchema):
    """What is absent stays as it is."""

    EXAMPLE: ClassVar[Example] = {"enabled": True}

    url = Text(longest=URL_MAX_LENGTH, free=True)
    events = Events()
    enabled = Flag()


class DeliveryQuery(StrictSchema):
    """`after` is the `next_cursor` of the page before."""

    event = Text(longest=128, load_default=None)
    state = Choice(DeliveryState, load_default=None)
    after = Text(longest=200, load_default=None)
    limit = Count(allowed=range(1, PAGE_MAX + 1), from_text=True, load_default=PAGE_DEFAULT)
    language = Choice(Language)


class EndpointAnswer(Schema):
    id = fields.String()
    url = fields.String()
    events = fields.List(Choice(EventType), allow_none=True, metadata={"description": "null: all"})
    enabled = fields.Boolean()
    created_at = Moment()
    disabled_at = Moment(allow_none=True)
    disabled_reason = Choice(SwitchedOff, allow_none=True)
    failing_since = Moment(allow_none=True, metadata={"description": "Since when nothing has been delivered"})
    secret = fields.String(metadata={"description": "Only when it is new, and only once"})


class EndpointList(Schema):
    items = fields.List(fields.Nested(EndpointAnswer))


class DeliveryAnswer(Schema):
    id = fields.String()
    event_id = fields.String(metadata={"description": "The `webhook-id` of every attempt"})
    endpoint_id = fields.String()
    type = fields.String()
    timestamp = Moment(attribute="event_at")
    data: Any = fields.Dict()
    state = Choice(DeliveryState)
    attempts = fields.Integer()
    last_status = fields.Integer(attribute="last_attempt.status", dump_default=None, allow_none=True)
    last_error = Choice(Trouble, attribute="last_attempt.trouble", dump_default=None, allow_none=True)
    created_at = Moment()
    next_attempt_at = Moment(allow_none=True)
    delivered_at = Moment(allow_none=True)
    given_up_at = Moment(allow_none=True)


class DeliveryPage(Schema):
    items = fields.List(fields.Nested(DeliveryAnswer))
    next_cursor = fields.String(allow_none=True)


@blueprint.post("/endpoints/")
@blueprint.arguments(EndpointBody())
@blueprint.response(201, EndpointAnswer)
@needs(Right.WEBHOOKS_WRITE)
@refuses(errors.WebhookUrlRefused, errors.TooManyWebhookEndpoints)
def register(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add an endpoint. The answer shows its secret this once; an answer repeated for an Idempotency-Key does not."""
    return _shown_once(_events().register(caller().client_id, body["url"], body["events"] or ()))


@blueprint.get("/endpoints/")
@blueprint.response(200, EndpointList)
@needs(Right.WEBHOOKS_READ)
def list_all() -> Mapping[str, Any]:
    """List the endpoints."""
    return {"items": [_shown(endpoint) for endpoint in _events().endpoints(caller().client_id)]}


@blueprint.get("/endpoints/<endpoint_id>/")
@blueprint.response(200, EndpointAnswer)
@needs(Right.WEBHOOKS_READ)
@refuses(errors.WebhookEndpointNotFound)
def get(endpoint_id: str) -> Mapping[str, Any]:
    """Read an endpoint."""
    return _shown(_events().endpoint(endpoint_id, caller().client_id))


@blueprint.patch("/endpoints/<endpoint_id>/")
@blueprint.arguments(EndpointChange(), required=False)
@blueprint.response(200, EndpointAnswer)
@needs(Right.WEBHOOKS_WRITE)
@refuses(errors.WebhookEndpointNotFound, errors.WebhookUrlRefused, errors.Busy)
def change(body: Mapping[str, Any], endpoint_id: str) -> Mapping[str, Any]:
    """Change an endpoint, or switch it on or off. What happens while it is off waits for it."""
    at = services_of(current_app).clock.now()

    def decide(endpoint: Endpoint) -> Endpoint:
        changed = replace(endpoint, url=body.get("url", endpoint.url))
        if "events" in body:
            changed = replace(changed, types=tuple(sorted(set(body["events"] or ()))))
        if "enabled" not in body:
            return changed
        return changed.enabled() if body["enabled"] else changed.disabled(SwitchedOff.BY_CLIENT, at)

    return _shown(_events().change(endpoint_id, caller().client_id, decide))


@blueprint.delete("/endpoints/<endpoint_id>/")
@blueprint.response(204)
@needs(Right.WEBHOOKS_WRITE)
@refuses(errors.WebhookEndpointNotFound)
def remove(endpoint_id: str) -> None:
    """Remove an endpoint, and with it the log of its deliveries."""
    _events().remove(endpoint_id, caller().client_id)


@blueprint.post("/endpoints/<endpoint_id>/rotate-secret/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(200, EndpointAnswer)
@needs(Right.WEBHOOKS_WRITE)
@refuses(errors.WebhookEndpointNotFound, errors.Busy)
def rotate_secret(_: Mapping[str, Any], endpoint_id: str) -> Mapping[str, Any]:
    """Give an endpoint a new secret, shown this once. The old one goes on signing beside it for 24 hours."""
    return _shown_once(_events().rotate_secret(endpoint_id, caller().client_id))


@blueprint.post("/endpoints/<endpoint_id>/test/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(202, DeliveryAnswer)
@needs(Right.WEBHOOKS_WRITE)
@refuses(errors.WebhookEndpointNotFound, errors.WebhookEndpointOff)
def send_test(_: Mapping[str, Any], endpoint_id: str) -> Delivery:
    """Send a test event; follow it among the deliveries."""
    return _events().send_test(endpoint_id, caller().client_id)


@blueprint.get("/deliveries/")
@blueprint.arguments(DeliveryQuery(), location="query")
@blueprint.response(200, DeliveryPage)
@needs(Right.WEBHOOKS_READ)
def deliveries(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the deliveries, newest first."""
    items, next_cursor = _events().deliveries(
        caller().client_id,
        event_id=query["event"],
        state=query["state"],
        after=query["after"],
        limit=query["limit"],
    )
    return {"items": items, "next_cursor": next_cursor}


@blueprint.post("/deliveries/<delivery_id>/redeliver/")
@blueprint.arguments(EmptyBody(), required=False)
@blueprint.response(202, DeliveryAnswer)
@needs(Right.WEBHOOKS_WRITE)
@refuses(errors.WebhookDeliveryNotFound, errors.WebhookEndpointNotFound, errors.WebhookEndpointOff, errors.Busy)
def redeliver(_: Mapping[str, Any], delivery_id: str) -> Delivery:
    """Deliver once more, under the same `webhook-id`."""
    return _events().redeliver(delivery_id, caller().client_id)


@blueprint.after_request
def point_to_what_was_created(response: Response) -> Response:
    if response.status_code == 201:
        response.headers["Location"] = url_for("webhooks.get", endpoint_id=response.get_json()["id"])
    return response


@blueprint.after_app_request
def show_secret(response: Response) -> Response:
    """Of the whole application, so that it comes after the answer was kept for its Idempotency-Key: a secret is not kept."""
    secret = g.pop(_SECRET, None)
    if secret is not None:
        response.set_data(current_app.json.dumps({**response.get_json(), "secret": secret}))
    return response


_SECRET: Final = "webhook_secret"  # noqa: S105  a name, not a secret


def _events() -> MerchantEvents:
    return services_of(current_app).merchant_events


def _shown_once(new: NewSecret) -> Mapping[str, Any]:
    g.setdefault(_SECRET, new.secret)
    return _shown(new.endpoint)


def _shown(endpoint: Endpoint) -> Mapping[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.types) or None,
        "enabled": endpoint.is_enabled,
        "created_at": endpoint.created_at,
        "disabled_at": endpoint.disabled_at,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.failing_since,
    }
