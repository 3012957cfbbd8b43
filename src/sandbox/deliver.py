"""Sending callbacks on command: again, altered, many at once, or in a chosen order."""

import threading
from typing import Any

from sandbox import notification
from sandbox.callbacks import Delivery
from sandbox.envelope import Json
from sandbox.payments import Payment
from sandbox.state import Sandbox

COUNT_LIMIT = 1000
OVERRIDES = ("status", "total_sum", "signature", "set", "omit", "count")


def resend(sandbox: Sandbox, payment: Payment, overrides: Json) -> list[Delivery]:
    """`count` deliveries at the same time, one attempt each. Raises ValueError with what to do instead."""
    unknown = sorted(set(overrides) - set(OVERRIDES))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; a callback takes {', '.join(OVERRIDES)}")
    count = overrides.get("count", 1)
    if type(count) is not int or not 1 <= count <= COUNT_LIMIT:
        raise ValueError(f'"count" must be an integer from 1 to {COUNT_LIMIT}')
    with sandbox.lock:
        body = altered(sandbox, payment, overrides)
        deliveries = [
            sandbox.callbacks.write(payment.shop_transaction_id, payment.notify_url, body) for _ in range(count)
        ]
    senders = [threading.Thread(target=sandbox.callbacks.send_once, args=(d,), daemon=True) for d in deliveries]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return deliveries


def altered(sandbox: Sandbox, payment: Payment, overrides: Json) -> Json:
    """A changed status is signed anew, so that only a given signature can be wrong."""
    body = notification.body(sandbox, payment)
    if "status" in overrides:
        body["status"] = overrides["status"]
        body["signature"] = notification.sign(sandbox, payment.uuid, str(overrides["status"]))
    for name in ("total_sum", "signature"):
        if name in overrides:
            body[name] = overrides[name]
    added: Any = overrides.get("set", {})
    omitted: Any = overrides.get("omit", [])
    if not isinstance(added, dict) or not isinstance(omitted, list):
        raise ValueError('"set" must be an object of fields, "omit" a list of field names')
    return {name: value for name, value in (body | added).items() if name not in omitted}


def send_held(sandbox: Sandbox, ids: list[int] | None) -> list[Delivery]:
    """Callbacks that were held back (switch callback_sending: manual), one attempt each, in the given order."""
    with sandbox.lock:
        held = {delivery.id: delivery for delivery in sandbox.callbacks.held()}
    chosen = [held[one] for one in (held if ids is None else ids) if one in held]
    for delivery in chosen:
        sandbox.callbacks.send_once(delivery)
    return chosen
