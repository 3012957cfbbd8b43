"""Sends one message: to the address that was checked and to no other, within one deadline, and it hardly listens to the answer."""

import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from http.client import HTTPException
from typing import Any, Final

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from adapters.deadline import DeadlineAdapter, ending, never_connected
from adapters.merchant_webhooks.message import body_of, signed
from adapters.merchant_webhooks.targets import NoTarget, Target, Targets
from domain.errors import WebhookUrlRefused
from domain.merchant import Attempt, Delivery, Endpoint, Trouble
from domain.ports import Sealer, Unreadable

DEADLINE_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 4.0
# A name may have many; one of the first will do, or a later attempt.
_MAX_ADDRESSES: Final = 3
# An answer's body is of no interest. A little of it is read, so that the shop's server can finish in peace.
_BODY_CAP: Final = 1024
_BODY_SECONDS: Final = 1.0
_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "octo-payments", "Connection": "close"}

_ERRORS: Final = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError)


class _NotConnected(Exception):
    """Nothing was sent to this address."""


class _Pinned(DeadlineAdapter):
    """Connects to `address`, while name, Host header and certificate are those of the URL.

    Used without a session, so that nobody follows redirects, keeps cookies, or reads proxies and passwords from the environment.
    """

    def __init__(self, tls: ssl.SSLContext, address: str) -> None:
        super().__init__(tls)
        self._address = address

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        named = {"server_hostname": str(host["host"]).strip("[]")} if host["scheme"] == "https" else {}
        return {**host, "host": self._address}, {**pool, **named}


class HttpWebhookSender:
    def __init__(
        self,
        targets: Targets,
        sealer: Sealer,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._targets = targets
        self._sealer = sealer
        self._deadline_seconds = deadline_seconds
        self._tls = tls or ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)

    def check(self, url: str) -> None:
        try:
            self._targets.of(url, self._until())
        except NoTarget as refused:
            reason = refused.reason
        else:
            return
        raise WebhookUrlRefused(reason=reason)

    def send(self, delivery: Delivery, endpoint: Endpoint, at: datetime) -> Attempt:
        until = self._until()
        try:
            target = self._targets.of(endpoint.url, until)
        except NoTarget as refused:
            return Attempt(trouble=refused.trouble)
        # Those that can be read: after a rotation the new one signs, although the one before it may be lost.
        secrets: list[str] = []
        for sealed in endpoint.sealed_secrets(at):
            with suppress(Unreadable):
                secrets.append(self._sealer.open(sealed))
        if not secrets:
            return Attempt(trouble=Trouble.SECRET_UNREADABLE)
        body = body_of(delivery)
        headers = {**_HEADERS, "Host": target.host_header, **signed(delivery.event_id, body, secrets, at)}
        return self._first_that_connects(target, body.encode(), headers, until)

    def _first_that_connects(self, target: Target, body: bytes, headers: Mapping[str, str], until: float) -> Attempt:
        for address in target.addresses[:_MAX_ADDRESSES]:
            with suppress(_NotConnected):
                return self._post(target.url, address, body, headers, until)
        return Attempt(trouble=_in_time(until, Trouble.NOT_CONNECTED))

    def _post(self, url: str, address: str, body: bytes, headers: Mapping[str, str], until: float) -> Attempt:
        request = requests.Request("POST", url, data=body, headers=headers).prepare()
        left = max(0.001, until - time.monotonic())
        adapter = _Pinned(self._tls, address)
        try:
            with ending(until):
                response = adapter.send(request, stream=True, timeout=(min(_CONNECT_SECONDS, left), left))
            _listen_a_little(response, until)
        except _ERRORS as error:
            if never_connected(error):
                raise _NotConnected from None
            return Attempt(trouble=_in_time(until, Trouble.NO_ANSWER))
        finally:
            adapter.close()
        return Attempt(status=response.status_code)

    def _until(self) -> float:
        return time.monotonic() + self._deadline_seconds


def _listen_a_little(response: requests.Response, until: float) -> None:
    """The status has been read, and stands whatever the body does."""
    with suppress(*_ERRORS), response, ending(min(until, time.monotonic() + _BODY_SECONDS)):
        response.raw.read(_BODY_CAP, decode_content=False)


def _in_time(until: float, trouble: Trouble) -> Trouble:
    return trouble if time.monotonic() < until else Trouble.TIMED_OUT
