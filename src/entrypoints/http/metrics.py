"""/metrics: what needs attention, in Prometheus' text format. It is there once METRICS_TOKEN is set, and for whoever shows it."""

import hmac
from dataclasses import asdict
from typing import Final

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from entrypoints.http.problems import HttpProblem
from entrypoints.http.services import services_of

TOKEN: Final = "METRICS_TOKEN"  # noqa: S105  the name of a setting
_MEANINGS: Final = {
    "payments_open": "Payments that have not ended",
    "payments_processing": "Payments whose outcome is not known yet, or whose money is held",
    "payments_overdue": "ALERT above 0: payments still open an hour past their end; see: flask payments show",
    "holds_overdue": "ALERT above 0: money held for longer than OCTO holds any; see: flask payments show",
    "payments_in_review": "Payments that a person has to look at; see: flask payments in-review",
    "payments_unasked": "ALERT above 0: payments due for an hour that nobody asked about; is a worker running?",
    "callbacks_unapplied": "Callbacks stored and not applied; ALERT if it stays above 0",
    "events_waiting": "Merchant events not handed out yet; ALERT if it stays above 0",
}

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics/")
def metrics() -> Response:
    token = current_app.config[TOKEN]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise HttpProblem("not_found", 404)
    services = services_of(current_app)
    registry = CollectorRegistry()
    for name, value in asdict(services.figures.at(services.clock.now())).items():
        Gauge(f"octo_{name}", _MEANINGS[name], registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
