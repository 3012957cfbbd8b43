"""The control calls under /sandbox/, for tests and for people."""

from functools import partial

from flask import Blueprint, Response

from sandbox import control_payments, control_sandbox
from sandbox.control_input import BadInput, View, problem
from sandbox.injection import whole
from sandbox.state import Sandbox


def blueprint(sandbox: Sandbox) -> Blueprint:
    calls = Blueprint("control", __name__, url_prefix="/sandbox")
    for method, rule, view in (*control_sandbox.ROUTES, *control_payments.ROUTES):
        bound = partial(view, sandbox)
        calls.add_url_rule(rule, f"{method} {rule}", run(sandbox, bound), methods=[method])
    calls.register_error_handler(BadInput, lambda error: problem(error.status, str(error)))
    return calls


def run(sandbox: Sandbox, view: View) -> View:
    def answered(**arguments: str) -> Response:
        answer = view(**arguments)
        sandbox.callbacks.dispatch()
        return whole(answer)

    return answered
