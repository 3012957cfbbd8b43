"""Connections that keep one deadline for everything that is done on them, and that say whether they ever came about.

A time-out of `requests` is one of each single read: a server that trickles, be it in the body or in the headers, holds the call for
ever. Here every read may take what is left of the whole call, and no longer; and a call what is left of the request that it serves.
"""

import io
import math
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

_until: ContextVar[float] = ContextVar("_until")
_request_until: ContextVar[float] = ContextVar("_request_until", default=math.inf)


def ends_in(seconds: float) -> float:
    """When a call that may take so long is over, by `time.monotonic`: no later than the request that it is a part of."""
    return min(time.monotonic() + seconds, _request_until.get())


class EachWithin:
    """All calls that are made for one request are over together so many seconds after it came."""

    def __init__(self, serve: WSGIApplication, *, seconds: float) -> None:
        self._serve = serve
        self._seconds = seconds

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = _request_until.set(time.monotonic() + self._seconds)
        try:
            return self._serve(environ, start_response)
        finally:
            _request_until.reset(token)


@contextmanager
def ending(until: float) -> Iterator[None]:
    """What is done on these connections inside ends at `until`, a moment of `time.monotonic`."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def never_connected(error: Exception) -> str | None:
    """What kept the connection from coming about, by the name of its class. None where it may have stood, and something been sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    # A NewConnectionError is a ConnectTimeoutError in urllib3.
    if isinstance(reason, ConnectTimeoutError):
        return type(reason).__name__
    return type(error).__name__ if isinstance(error, requests.ConnectTimeout) else None


def _seconds_left() -> float:
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call's deadline is over")
    return left


class _TimedReads(io.RawIOBase):
    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_seconds_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # The file that http.client made keeps the socket alive, so it is wrapped and not replaced.
        self.fp = io.BufferedReader(_TimedReads(sock, self.fp.detach()))


class _Timed(HTTPConnection):
    """Whatever goes wrong before the connection stands is a NewConnectionError (or a ConnectTimeoutError), and nothing later is one.

    This is what makes "never left" a proof: a TLS error or a reset may come from the handshake or from the middle of an answer.
    """

    response_class = _TimedResponse  # type: ignore[mutable-override]

    def connect(self) -> None:
        try:
            super().connect()
            _seconds_left()
        except ConnectTimeoutError:
            raise
        except (OSError, HTTPError) as error:
            self.close()
            raise NewConnectionError(self, type(error).__name__) from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(_seconds_left())
        super().request(*args, **kwargs)


class _TimedTls(_Timed, HTTPSConnection):
    """The same after TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Timed  # type: ignore[mutable-override]


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTls  # type: ignore[mutable-override]


class DeadlineAdapter(HTTPAdapter):
    """Nothing is sent twice by itself. `tls` is made once per process: loading the authorities takes longer than a call."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """`tls` verifies; the authorities need not be loaded again for each connection."""
