"""/healthz and /readyz: is the process alive, and can it serve."""

from flask import Blueprint, Response, current_app, jsonify

from entrypoints.http.services import services_of

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz/")
def alive() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz/")
def ready() -> tuple[Response, int]:
    why = services_of(current_app).not_ready()
    return (jsonify(status="ok"), 200) if why is None else (jsonify(status=why), 503)
