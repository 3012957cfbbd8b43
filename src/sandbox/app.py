"""The WSGI application: OCTO's paths, the control calls and the pages."""

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from sandbox import bindings, control, otp, pages, payer_pages, settlement
from sandbox.config import Config
from sandbox.control_input import problem
from sandbox.exchange import Endpoint, exchange
from sandbox.fiscal import fiscal_data
from sandbox.holds import set_accept
from sandbox.pay import pay
from sandbox.prepare import prepare_payment
from sandbox.refunds import refund
from sandbox.state import Sandbox

POST = ("POST",)
ENDPOINTS: tuple[tuple[str, Endpoint], ...] = (
    (
        "/prepare_payment",
        Endpoint("prepare_payment", lambda box, body, _: prepare_payment(box, body), True, "prepare_payload"),
    ),
    ("/pay/<uuid>", Endpoint("pay", pay)),
    ("/check_sms_key", Endpoint("check_sms_key", lambda box, body, _: otp.check_sms_key(box, body))),
    ("/check_pan", Endpoint("check_pan", lambda box, body, _: otp.check_pan(box, body))),
    ("/set_accept", Endpoint("set_accept", lambda box, body, _: set_accept(box, body), True, "set_accept_payload")),
    ("/refund", Endpoint("refund", lambda box, body, _: refund(box, body), True)),
    ("/bind_card", Endpoint("bind_card", lambda box, body, _: bindings.bind_card(box, body), True, "bind_payload")),
    (
        "/block_card_token",
        Endpoint(
            "block_card_token", lambda box, body, _: bindings.block_card_token(box, body), True, "block_token_payload"
        ),
    ),
    ("/fiscal-data", Endpoint("fiscal-data", lambda box, body, _: fiscal_data(box, body))),
)
VERIFICATION_INFO = Endpoint(
    "verificationInfo", lambda box, _, uuid: otp.verification_info(box, uuid), place_switch="verification_info_payload"
)
CHECK_BINDING = Endpoint(
    "bind_card/check_sms_key", lambda box, body, _: bindings.check_binding_code(box, body), wide=True
)


def create_app(config: Config | None = None) -> Flask:
    app = Flask("sandbox", static_folder=None)
    sandbox = Sandbox(config or Config())
    app.extensions["sandbox"] = sandbox
    sandbox.callbacks.on_reply = lambda delivery, reply: settlement.apply_reply(sandbox, delivery, reply)
    sandbox.callbacks.on_failure = lambda delivery: bindings.unconfirmed(sandbox, delivery)
    add_endpoints(app, sandbox)
    app.register_blueprint(control.blueprint(sandbox))
    app.register_blueprint(pages.blueprint(sandbox))
    app.register_blueprint(payer_pages.blueprint(sandbox))
    app.register_error_handler(404, lambda error: forbidden(sandbox))
    app.before_request(read_whole_body)
    return app


def add_endpoints(app: Flask, sandbox: Sandbox) -> None:
    for rule, endpoint in ENDPOINTS:

        def view(uuid: str = "", endpoint: Endpoint = endpoint) -> Response:
            return exchange(sandbox, endpoint, uuid)

        app.add_url_rule(rule, endpoint.name, view, methods=POST)

    def verification_info(uuid: str) -> Response:
        allowed = sandbox.switches["verification_info_method"]
        if allowed not in ("both", request.method.lower()):
            with sandbox.lock:
                sandbox.calls.add("verificationInfo", request.method, request.path, None, None)
            raise MethodNotAllowed([allowed.upper()])
        return exchange(sandbox, VERIFICATION_INFO, uuid)

    def check_binding(path: str) -> Response:
        allowed = sandbox.switches["bind_check_path"]
        if path not in (("check_sms_key", "check_sms") if allowed == "both" else (allowed,)):
            raise NotFound
        return exchange(sandbox, CHECK_BINDING)

    app.add_url_rule("/verificationInfo/<uuid>", "verificationInfo", verification_info, methods=("GET", "POST"))
    app.add_url_rule("/bind_card/<path>", "check_binding", check_binding, methods=POST)


def forbidden(sandbox: Sandbox) -> Response:
    """OCTO hides which paths exist."""
    if request.path.startswith("/sandbox/"):
        return problem(404, f"there is no control call {request.path}; docs/sandbox.md lists them")
    with sandbox.lock:
        sandbox.calls.add("unknown", request.method, request.path, None, None)
    return Response("Forbidden\n", 403, content_type="text/plain; charset=UTF-8")


def read_whole_body() -> None:
    """An unread body would be taken for the next request of a kept connection."""
    request.get_data()
