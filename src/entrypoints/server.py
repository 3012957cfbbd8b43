"""The production server's worker: it quotes nothing of a request that it could not read, and waits for no slow client."""

import errno
import json
import socket
import time
from http import HTTPStatus
from typing import Any, Final

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

# For head and body together; a phone on a poor line sends 64 KB in less.
REQUEST_WITHIN_SECONDS: Final = 15.0
ANSWER_WITHIN_SECONDS: Final = 15.0
_STATUSES: Final[dict[type[Exception], HTTPStatus]] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}


class PatientSocket(socket.socket):
    """One deadline for all that is read of a request: a time-out of each single read would never end a trickle."""

    until: float | None = None

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Raises ConnectionResetError when the time is over, as if the client had gone."""
        if self.until is not None:
            left = self.until - time.monotonic()
            if left <= 0:
                raise _gone()
            self.settimeout(left)
        try:
            return super().recv(size, flags)
        except TimeoutError:
            raise _gone() from None

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self.settimeout(ANSWER_WITHIN_SECONDS)
        super().sendall(data, flags)


def _gone() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "too slow")


def _status(exc: Exception) -> HTTPStatus:
    ours = isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
    if ours or not isinstance(exc, errors.ParseException):
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return _STATUSES.get(type(exc), HTTPStatus.BAD_REQUEST)


def refuse(client: socket.socket, exc: Exception, log: Any) -> None:
    """What could not be read as a request may be the body of one. It is neither logged nor sent back."""
    status = _status(exc)
    log.warning("Request answered %s: %s", status.value, type(exc).__name__)
    code = "internal_error" if status is HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request"
    body = json.dumps({"type": f"/problems/{code}", "title": status.phrase, "status": status.value, "code": code})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    try:
        client.sendall((head + body).encode())
    except OSError:
        log.debug("The client is gone.")


class QuietWorker(ThreadWorker):  # type: ignore[misc]  # a library without types
    def handle(self, conn: Any) -> Any:
        if not isinstance(conn.sock, PatientSocket) and not self.cfg.is_ssl:
            conn.sock = PatientSocket(fileno=conn.sock.detach())
        if isinstance(conn.sock, PatientSocket):
            conn.sock.until = time.monotonic() + REQUEST_WITHIN_SECONDS
        return super().handle(conn)

    def handle_error(self, _: Any, client: socket.socket, __: Any, exc: Exception) -> None:
        refuse(client, exc, self.log)
