"""One HTTP call to OCTO: it ends in time, its body is bounded, and it says whether the request can have arrived."""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, TypeVar

import requests
import stamina
import urllib3
from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from adapters.deadline import DeadlineAdapter, ending, never_connected

BODY_CAP: Final = 1_000_000
_CHUNK: Final = 65_536
_ATTEMPTS: Final = 3
_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "octo-payments"}

T = TypeVar("T")


class NotSent(Exception):
    """The request provably never left."""


class Lost(Exception):
    """The request may or may not have been processed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is None where it was not worth reading: over the cap, compressed unasked, or a redirect's."""

    status: int
    body: bytes | None


class Transport:
    """Raises NotSent or Lost, and nothing else. Neither has a cause or a context: those would carry the request, and with it the card."""

    def __init__(
        self,
        api_url: str,
        *,
        connect_seconds: float,
        breaker_failures: int,
        breaker_seconds: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._connect_seconds = connect_seconds
        self._tls = tls or ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        self._breaker = _Breaker(
            fail_max=breaker_failures, reset_timeout=breaker_seconds, throw_new_error_on_trip=False
        )
        self._own = threading.local()

    def once(self, method: str, path: str, body: str | None, *, until: float) -> Reply:
        """For what must not be repeated, so on a connection of its own.

        A kept one may have been closed by the other side a moment ago, which looks just like a request whose answer was lost.
        """
        with _Session(self._tls) as session:
            session.headers["Connection"] = "close"
            return self._send(session, method, path, body, until)

    def repeatedly(self, method: str, path: str, body: str | None, *, until: float) -> Reply:
        """For what may be repeated: on a kept connection, up to three times, and not at all while OCTO is known to be away."""
        lost = False

        def attempt() -> Reply:
            nonlocal lost
            try:
                return self._breaker.call(self._healthy, method, path, body, until)
            except Lost:
                lost = True
                raise

        failure: Exception
        try:
            for trial in stamina.retry_context(
                on=(Lost, NotSent),
                attempts=_ATTEMPTS,
                timeout=max(0.001, until - time.monotonic()),
                wait_initial=0.1,
                wait_max=1.0,
                wait_jitter=0.2,
            ):
                with trial:
                    return attempt()
        except (Lost, NotSent) as error:
            failure = error
        except CircuitBreakerError:
            failure = NotSent("breaker open")
        # One attempt that may have arrived outweighs any number that did not.
        raise Lost(str(failure)) if lost else NotSent(str(failure))

    def _healthy(self, method: str, path: str, body: str | None, until: float) -> Reply:
        reply = self._send(self._kept(), method, path, body, until)
        if reply.status >= 500:
            raise Lost(f"http {reply.status}")
        return reply

    def _kept(self) -> "_Session":
        """One per thread: sessions are not promised to be safe across threads."""
        if not hasattr(self._own, "session"):
            self._own.session = _Session(self._tls)
        session: _Session = self._own.session
        return session

    def _send(self, session: requests.Session, method: str, path: str, body: str | None, until: float) -> Reply:
        failure: Exception
        left = until - time.monotonic()
        if left <= 0:
            raise NotSent("no time left")
        try:
            with (
                ending(until),
                session.request(
                    method,
                    self._api_url + path,
                    data=None if body is None else body.encode(),
                    headers={} if body is None else {"Content-Type": "application/json"},
                    timeout=(min(self._connect_seconds, left), left),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return Reply(response.status_code, _body(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            failure = _failure(error)
        # Outside of the handler, so that the error of the library is not kept as its context.
        raise failure


class _Session(requests.Session):
    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update(_HEADERS)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("https://", DeadlineAdapter(tls))
        self.mount("http://", DeadlineAdapter(tls))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: otherwise a redirect's whole body is read into memory even though it is not followed."""


class _Breaker(CircuitBreaker):
    """Without the lock that the library holds for the whole of a call: one slow answer would queue up all the others.

    But once OCTO is away, one caller at a time finds out whether it is back: where it hangs, everybody would hang with it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Of one thread several times: on its way from open to half-open the library comes by here again.
        self._trial = threading.RLock()

    def call(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if self.current_state == STATE_CLOSED:
            return self.state.call(func, *args, **kwargs)
        if not self._trial.acquire(blocking=False):
            raise CircuitBreakerError("somebody else is trying")
        try:
            return self.state.call(func, *args, **kwargs)
        finally:
            self._trial.release()


def _body(response: requests.Response) -> bytes | None:
    """As it came: what is compressed could unpack to anything."""
    if response.is_redirect or response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    body = bytearray()
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > BODY_CAP:
            return None
    return bytes(body)


def _failure(error: Exception) -> NotSent | Lost:
    """Only a connection that never came about proves that nothing was sent."""
    unconnected = never_connected(error)
    return NotSent(unconnected) if unconnected else Lost(type(error).__name__)
