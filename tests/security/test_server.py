"""The production server's worker: silent about what it could not read, and patient for so long and no longer."""

import json
import logging
import runpy
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from gunicorn.http import errors

from entrypoints.server import PatientSocket, QuietWorker, refuse

CARD = "8600491234567897"


def answered(error: Exception, caplog: pytest.LogCaptureFixture) -> tuple[str, dict[str, Any]]:
    """What a client gets whose request could not be read."""
    ours, theirs = socket.socketpair()
    with ours, theirs, caplog.at_level(logging.DEBUG):
        refuse(ours, error, logging.getLogger("gunicorn.error"))
        ours.shutdown(socket.SHUT_WR)
        head, _, body = theirs.makefile("rb").read().decode().partition("\r\n\r\n")
    return head, json.loads(body)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRequestLine(CARD), 400),
        (errors.InvalidHeader(CARD), 400),
        (errors.InvalidRequestMethod(CARD), 400),
        (errors.UnsupportedTransferCoding(CARD), 400),
        (errors.LimitRequestLine(len(CARD), 1), 414),
        (errors.LimitRequestHeaders(CARD), 431),
        (errors.ExpectationFailed(CARD), 417),
        (errors.InvalidResponseHeader(CARD), 500),
        (RuntimeError(CARD), 500),
    ],
)
def test_what_could_not_be_read_is_neither_logged_nor_sent_back(
    error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    head, problem = answered(error, caplog)

    assert head.startswith(f"HTTP/1.1 {status} ")
    assert problem["status"] == status
    assert CARD not in head + str(problem) + caplog.text
    assert type(error).__name__ in caplog.text


def test_a_client_that_is_gone_gets_no_answer_and_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, caplog.at_level(logging.WARNING):
        refuse(ours, errors.InvalidHeader(CARD), logging.getLogger("gunicorn.error"))

    assert CARD not in caplog.text


def patient(seconds: float) -> tuple[PatientSocket, socket.socket]:
    ours, theirs = socket.socketpair()
    found = PatientSocket(fileno=ours.detach())
    found.until = time.monotonic() + seconds
    return found, theirs


def test_a_request_that_is_there_is_read() -> None:
    ours, theirs = patient(5)
    with ours, theirs:
        theirs.sendall(b"GET /")

        assert ours.recv(100) == b"GET /"


@pytest.mark.parametrize("seconds", [-1, 0.01])
def test_a_request_that_is_not_there_in_time_is_given_up(seconds: float) -> None:
    ours, theirs = patient(seconds)
    with ours, theirs, pytest.raises(ConnectionResetError):
        ours.recv(100)


def test_a_trickle_is_given_up_although_each_drop_comes_soon() -> None:
    ours, theirs = patient(5)
    with ours, theirs:
        theirs.sendall(b"GE")
        ours.recv(1)
        ours.until = time.monotonic() - 1

        with pytest.raises(ConnectionResetError):
            ours.recv(1)


def test_the_server_is_set_up_to_use_it_and_to_take_small_heads_only() -> None:
    settings = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))

    assert settings["worker_class"] == f"{QuietWorker.__module__}.{QuietWorker.__qualname__}"
    assert settings["limit_request_line"] <= 4096
    assert settings["limit_request_fields"] <= 100
    assert settings["forwarded_allow_ips"] == ""
