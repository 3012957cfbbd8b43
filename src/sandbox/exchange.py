"""One request and its answer: logged, processed under the lock, put into OCTO's envelope."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from sandbox import envelope, timers
from sandbox.envelope import Json, Refusal
from sandbox.faults import Fault
from sandbox.injection import inject, whole
from sandbox.payments import CardOperation
from sandbox.prepare import is_status_read
from sandbox.state import Sandbox


@dataclass(frozen=True)
class Endpoint:
    """One of OCTO's calls. `handle` returns its data, or raises Refusal; the operation it names is up to date."""

    name: str
    handle: Callable[[Sandbox, Json, str], Json | None]
    wide: bool = False
    place_switch: str | None = None
    """The switch that says where the data goes."""

    def place(self, sandbox: Sandbox) -> str:
        return str(sandbox.switches[self.place_switch]) if self.place_switch else "data"


def exchange(sandbox: Sandbox, endpoint: Endpoint, uuid: str = "") -> Response:
    raw = request.get_data()
    with sandbox.lock:
        body, unreadable = read_body(raw)
        operation = operation_named(sandbox, body, uuid)
        reference = operation.shop_transaction_id if operation else new_reference(body)
        name = "status" if endpoint.name == "prepare_payment" and is_status_read(body) else endpoint.name
        fault = sandbox.faults.take(name, reference)
        call = sandbox.calls.add(name, request.method, request.path, reference, None if unreadable else body)
        call.fault = fault.kind if fault else None
    if fault and fault.before:
        if fault.base != "delay":
            return injected(sandbox, endpoint, fault, {})
        sandbox.config.sleep(fault.seconds)
    with sandbox.lock:
        if operation:
            timers.refresh(sandbox, operation)
        answer = refuse(sandbox, endpoint, unreadable) if unreadable else process(sandbox, endpoint, body, uuid)
        call.processed, call.error = True, answer["error"]
    sandbox.callbacks.dispatch()
    return whole(answer) if fault is None or fault.before else injected(sandbox, endpoint, fault, answer)


def injected(sandbox: Sandbox, endpoint: Endpoint, fault: Fault, answer: Json) -> Response:
    return inject(
        fault, answer, lambda code, text: refuse(sandbox, endpoint, Refusal(code, text)), sandbox.config.sleep
    )


def read_body(raw: bytes) -> tuple[Json, Refusal | None]:
    """GET verificationInfo has no body."""
    try:
        return (envelope.read_object(raw) if raw.strip() else {}), None
    except Refusal as refusal:
        return {}, refusal


def process(sandbox: Sandbox, endpoint: Endpoint, body: Json, uuid: str) -> Json:
    try:
        data = endpoint.handle(sandbox, body, uuid)
    except Refusal as refusal:
        return refuse(sandbox, endpoint, refusal)
    message = sandbox.switches["success_message"]
    return envelope.success(data, wide=endpoint.wide, message=message, place=endpoint.place(sandbox))


def refuse(sandbox: Sandbox, endpoint: Endpoint, refusal: Refusal) -> Json:
    return envelope.failure(refusal, wide=endpoint.wide, place=endpoint.place(sandbox))


def new_reference(body: Json) -> str | None:
    named = body.get("shop_transaction_id")
    return named if isinstance(named, str) else None


def operation_named(sandbox: Sandbox, body: Json, uuid: str) -> CardOperation | None:
    """By whichever of its three ids a call names it."""
    reference = new_reference(body)
    if reference is not None and not uuid:
        return sandbox.payments.by_reference(reference) or sandbox.bindings.get(reference)
    ids = (uuid, *(body.get(name) for name in ("octo_payment_UUID", "payment_uuid", "paymentUUID", "paymentId")))
    return next((found for found in (by_one_id(sandbox, one) for one in ids) if found), None)


def by_one_id(sandbox: Sandbox, key: Any) -> CardOperation | None:
    if isinstance(key, str):
        return sandbox.payments.by_uuid(key)
    return sandbox.payments.by_payment_id(key) if isinstance(key, int) else None
