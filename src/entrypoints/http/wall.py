"""The outer wall: who has to wait are those who show wrong credentials, those who send callbacks that nobody signed, and crowds of payers.

Each process counts for itself. What has to hold across processes and machines is counted in the database
(domain.limits).
"""

import math
import re
import time
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RequestLimit
from limits import parse

from entrypoints.http.problems import HttpProblem, problem
from entrypoints.settings import Settings

_FAILURES: Final = "TOKEN_FAILURES_PER_MINUTE"
_UNSIGNED: Final = "UNSIGNED_CALLBACKS_PER_MINUTE"
_OF_PAYERS: Final = "PAYER_REQUESTS_PER_MINUTE"
_ARE_SIGNED: Final = "OCTO_CALLBACKS_ARE_SIGNED"
# The smallest that a provider gives to one customer.
_IPV6_NETWORK_BITS: Final = 64
_WITH_PORT: Final = re.compile(r"(?P<v4>[0-9.]+):[0-9]+|\[(?P<v6>[^]]+)\](:[0-9]+)?")


def address() -> str:
    """Whose the request is. Whoever has one IPv6 address has all of its network."""
    given = request.remote_addr or ""
    # Some proxies add the port, which is another one each time.
    with_port = _WITH_PORT.fullmatch(given)
    try:
        known = ip_address((with_port["v4"] or with_port["v6"]) if with_port else given)
    except ValueError:
        return given
    if isinstance(known, IPv6Address):
        mapped = known.ipv4_mapped
        return str(mapped or ip_network((known.packed, _IPV6_NETWORK_BITS), strict=False))
    return str(known)


limiter: Final = Limiter(address, storage_uri="memory://", strategy="moving-window")


def set_up(app: Flask, settings: Settings) -> None:
    app.config[_FAILURES] = settings.token_failures_per_minute
    app.config[_UNSIGNED] = settings.unsigned_callbacks_per_minute
    app.config[_OF_PAYERS] = settings.payer_requests_per_minute
    app.config[_ARE_SIGNED] = bool(settings.octo_keys)
    limiter.init_app(app)


def _failures_allowed() -> str:
    return f"{current_app.config[_FAILURES]} per minute"


def _is_failure(response: Response) -> bool:
    return response.status_code == 401


def _unsigned_allowed() -> str:
    return f"{current_app.config[_UNSIGNED]} per minute"


def _are_signed() -> bool:
    return bool(current_app.config[_ARE_SIGNED])


def _refuse(limit: RequestLimit) -> Response:
    return problem("too_many_requests", 429, headers=_wait_until(limit.reset_at))


def _wait_until(moment: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(moment - time.time())))}


def against_crowds(order_id: str) -> None:
    """Of payers of one order: their requests cost calls to OCTO, and rows where they have an Idempotency-Key. Raises HttpProblem."""
    allowed = parse(f"{current_app.config[_OF_PAYERS]} per minute")
    if not limiter.limiter.hit(allowed, _OF_PAYERS, order_id):
        free_again = limiter.limiter.get_window_stats(allowed, _OF_PAYERS, order_id).reset_time
        raise HttpProblem("too_many_requests", 429, headers=_wait_until(free_again))


# Only what fails is counted, so that a shop never waits for itself.
against_guessing: Final = limiter.limit(_failures_allowed, deduct_when=_is_failure, on_breach=_refuse)
# Where callbacks are signed, a forged one is known by a hash, which costs less than to count it, and a true one is never refused.
# Where they are not, each is a write and a reason to ask OCTO; what is refused here, settlement finds out by itself.
against_floods: Final = limiter.limit(_unsigned_allowed, exempt_when=_are_signed, on_breach=_refuse)
