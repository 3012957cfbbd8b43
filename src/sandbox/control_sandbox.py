"""Control calls for the sandbox itself: its books, switches, faults and time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import request

from sandbox import timers
from sandbox.control_input import BadInput, View, body_json, body_object
from sandbox.envelope import Json
from sandbox.faults import UnknownFault
from sandbox.state import Sandbox
from sandbox.switches import SWITCHES, UnknownSwitch


def health(sandbox: Sandbox) -> Json:
    return {"status": "ok", "shop_id": sandbox.config.shop_id}


def get_ledger(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        timers.refresh_all(sandbox)
        return {"entries": [e.to_json() for e in sandbox.ledger.entries(request.args.get("shop_transaction_id"))]}


def get_calls(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        chosen = sandbox.calls.select(request.args.get("call"), request.args.get("shop_transaction_id"))
        return {"calls": [call.to_json() for call in chosen]}


def get_switches(sandbox: Sandbox) -> Json:
    return sandbox.switches.all()


def describe_switches(sandbox: Sandbox) -> Json:
    return {
        name: {"value": sandbox.switches[name], "default": s.default, "allowed": s.allowed, "about": s.about}
        for name, s in SWITCHES.items()
    }


def put_switches(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        try:
            sandbox.switches.turn(body_object())
        except UnknownSwitch as error:
            raise BadInput(str(error)) from None
        return sandbox.switches.all()


def get_clock(sandbox: Sandbox) -> Json:
    return {
        "now": sandbox.clock.now().isoformat(),
        "advanced_seconds": Decimal(str(sandbox.clock.advanced.total_seconds())),
    }


def post_clock(sandbox: Sandbox) -> Json:
    seconds = body_object().get("advance_seconds")
    if not isinstance(seconds, int | Decimal) or isinstance(seconds, bool) or not 0 <= seconds <= 10**9:
        raise BadInput('the clock only goes forward: {"advance_seconds": N} with N from 0 to 1000000000')
    with sandbox.lock:
        sandbox.clock.advance(timedelta(seconds=float(seconds)))
        timers.refresh_all(sandbox)
    return get_clock(sandbox)


def post_reset(sandbox: Sandbox) -> Json:
    sandbox.reset()
    return {"status": "reset"}


def get_faults(sandbox: Sandbox) -> Json:
    with sandbox.lock:
        return {"faults": [fault.to_json() for fault in sandbox.faults.all()]}


def post_faults(sandbox: Sandbox) -> Json:
    return change_faults(sandbox, replace=False)


def put_faults(sandbox: Sandbox) -> Json:
    return change_faults(sandbox, replace=True)


def change_faults(sandbox: Sandbox, *, replace: bool) -> Json:
    wanted = wanted_faults(body_json())
    with sandbox.lock:
        try:
            (sandbox.faults.replace if replace else sandbox.faults.add)(wanted)
        except UnknownFault as error:
            raise BadInput(str(error)) from None
    return get_faults(sandbox)


def wanted_faults(body: Any) -> list[Any]:
    """One fault, a list of them, or what GET shows around a list."""
    if isinstance(body, dict) and "faults" in body:
        body = body["faults"]
    return body if isinstance(body, list) else [body]


ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/health", health),
    ("GET", "/ledger", get_ledger),
    ("GET", "/calls", get_calls),
    ("GET", "/switches", get_switches),
    ("PUT", "/switches", put_switches),
    ("GET", "/switches/about", describe_switches),
    ("GET", "/faults", get_faults),
    ("POST", "/faults", post_faults),
    ("PUT", "/faults", put_faults),
    ("GET", "/clock", get_clock),
    ("POST", "/clock", post_clock),
    ("POST", "/reset", post_reset),
)
