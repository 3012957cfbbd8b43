"""The transport over real sockets: it ends in time, and it says whether a request can have arrived."""

import socket
import ssl
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from adapters.octo.transport import BODY_CAP, Lost, NotSent, Reply, Transport
from tests.integration.octo.servers import OK, Script, Server, drips, resets, say_in_plain, says, serving

MARKER = "8600123412341234"


def transport(url: str, *, failures: int = 1000, seconds: float = 60, tls: ssl.SSLContext | None = None) -> Transport:
    return Transport(url, connect_seconds=5, breaker_failures=failures, breaker_seconds=seconds, tls=tls)


def to(server: Server, scheme: str = "http", *, tls: ssl.SSLContext | None = None) -> Transport:
    return transport(f"{scheme}://127.0.0.1:{server.port}", tls=tls)


def soon(seconds: float = 60) -> float:
    return time.monotonic() + seconds


def test_a_reply_is_its_status_and_its_body() -> None:
    with serving(says(OK)) as server:
        reply = to(server).once("POST", "/pay/x", '{"a": 1}', until=soon())

    assert reply == Reply(200, b"{}")
    assert server.requests[0].startswith(b"POST /pay/x HTTP/1.1\r\n")
    assert server.requests[0].endswith(b'\r\n\r\n{"a": 1}')
    assert b"Content-Type: application/json" in server.requests[0]


def test_a_get_has_no_body() -> None:
    with serving(says(OK)) as server:
        to(server).repeatedly("GET", "/verificationInfo/x", None, until=soon())

    assert server.requests[0].endswith(b"\r\n\r\n")
    assert b"content-type" not in server.requests[0].lower()
    assert b"content-length" not in server.requests[0].lower()


def test_nothing_listens_so_nothing_was_sent() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(NotSent):
        transport(f"http://127.0.0.1:{port}").once("POST", "/pay/x", MARKER, until=soon())


def test_a_name_that_does_not_exist_is_never_reached() -> None:
    with pytest.raises(NotSent):
        transport("http://octo.invalid").once("POST", "/pay/x", MARKER, until=soon())


@pytest.mark.parametrize("react", [say_in_plain, resets])
def test_a_tls_handshake_that_fails_sends_nothing(react: Script) -> None:
    seen = b""

    def converse(listener: socket.socket) -> None:
        nonlocal seen
        connection, _ = listener.accept()
        seen = connection.recv(65536)
        react(connection)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=converse, args=(listener,))
        thread.start()
        with pytest.raises(NotSent):
            transport(f"https://127.0.0.1:{listener.getsockname()[1]}").once("POST", "/pay/x", MARKER, until=soon())
        thread.join()

    assert seen
    assert MARKER.encode() not in seen


def test_a_certificate_of_nobody_we_trust_sends_nothing(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(says(OK), tls) as server:
        trusting = to(server, "https", tls=ssl.create_default_context(cafile=certificate))
        assert trusting.once("POST", "/pay/x", "{}", until=soon()) == Reply(200, b"{}")

        with pytest.raises(NotSent):
            to(server, "https").once("POST", "/pay/x", MARKER, until=soon())

    assert len(server.requests) == 1


def test_a_reset_after_the_request_leaves_the_outcome_open() -> None:
    with serving(resets) as server, pytest.raises(Lost):
        to(server).once("POST", "/pay/x", MARKER, until=soon())

    assert len(server.requests) == 1


def test_a_tls_connection_cut_after_the_request_leaves_the_outcome_open(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(resets, tls) as server, pytest.raises(Lost):
        to(server, "https", tls=ssl.create_default_context(cafile=certificate)).once("POST", "/p", "{}", until=soon())

    assert len(server.requests) == 1


def test_silence_ends_at_the_deadline() -> None:
    with serving(lambda _: None) as server, pytest.raises(Lost):
        to(server).once("POST", "/pay/x", "{}", until=soon(0.3))

    assert len(server.requests) == 1


def test_the_kept_connection_is_used_again_where_a_repeat_is_safe_and_never_where_it_is_not() -> None:
    kept: list[socket.socket] = []

    def answer_all(connection: socket.socket) -> None:
        kept.append(connection)
        connection.sendall(OK)

    with serving(answer_all) as server:
        octo = to(server)
        for _ in range(3):
            octo.repeatedly("POST", "/prepare_payment", "{}", until=soon())

        assert server.connections == 1

    with serving(answer_all) as server:
        octo = to(server)
        for _ in range(3):
            octo.once("POST", "/pay/x", "{}", until=soon())

        assert server.connections == 3
        assert all(b"Connection: close" in request for request in server.requests)


@pytest.mark.parametrize(
    ("at_once", "dripping"),
    [
        pytest.param(b"", b"HTTP/1.1 200 " + b"O" * 60 + b"\r\nContent-Length: 2\r\n\r\n{}", id="status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 60 + b"\r\nContent-Length: 2\r\n\r\n{}", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n", b"x" * 80, id="body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n",
            b"x" * 80 + b"\r\n0\r\n\r\n",
            id="chunked body",
        ),
    ],
)
def test_a_server_that_trickles_does_not_hold_the_call(at_once: bytes, dripping: bytes) -> None:
    """Each byte comes well within the time-out of a single read, and the whole of it would be a fine answer."""
    with serving(drips(at_once, [dripping[n : n + 1] for n in range(len(dripping))])) as server, pytest.raises(Lost):
        to(server).once("POST", "/pay/x", "{}", until=soon(0.5))


def test_endless_continues_do_not_hold_the_call() -> None:
    with serving(drips(b"", [b"HTTP/1.1 100 Continue\r\n\r\n"] * 80 + [OK])) as server, pytest.raises(Lost):
        to(server).once("POST", "/pay/x", "{}", until=soon(0.5))


def test_a_truncated_body_leaves_the_outcome_open() -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"error": 0}')
        connection.close()

    with serving(cut) as server, pytest.raises(Lost):
        to(server).once("POST", "/pay/x", "{}", until=soon())


def test_a_body_of_ten_megabytes_is_not_read_to_its_end() -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        for _ in range(100):
            sent += connection.send(b"x" * 100_000)

    with serving(flood) as server:
        reply = to(server).once("POST", "/pay/x", "{}", until=soon())

    assert reply == Reply(200, None)
    assert BODY_CAP < sent < 10_000_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_its_body_not_read(status: int) -> None:
    with serving(lambda _: None) as elsewhere:
        target = f"http://127.0.0.1:{elsewhere.port}/"
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 10000000\r\n\r\n".encode()
        with serving(says(head)) as server:
            reply = to(server).once("POST", "/pay/x", MARKER, until=soon())

    assert reply == Reply(status, None)
    assert elsewhere.connections == 0


def test_a_compressed_body_is_not_unpacked() -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")) as server:
        reply = to(server).once("POST", "/pay/x", "{}", until=soon())

    assert reply == Reply(200, None)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: \xff\xfe\r\nX\r\n: y\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n{}",
    ],
)
def test_garbage_is_a_reply_or_a_lost_one_and_never_another_error(garbage: bytes) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(garbage)
        connection.close()

    with serving(speak) as server:
        try:
            outcome: object = to(server).once("POST", "/pay/x", "{}", until=soon())
        except Lost as lost:
            outcome = lost

    assert isinstance(outcome, Reply | Lost)


def test_a_call_without_time_left_sends_nothing() -> None:
    with serving(says(OK)) as server, pytest.raises(NotSent):
        to(server).once("POST", "/pay/x", "{}", until=soon(-1))

    assert server.connections == 0


def test_what_must_not_be_repeated_leaves_once_even_when_it_fails() -> None:
    with serving(says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as server:
        assert to(server).once("POST", "/pay/x", "{}", until=soon()).status == 503

    assert len(server.requests) == 1


def test_what_may_be_repeated_is_tried_three_times() -> None:
    with serving(says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as server, pytest.raises(Lost):
        to(server).repeatedly("POST", "/prepare_payment", "{}", until=soon())

    assert len(server.requests) == 3


def test_a_repeat_that_succeeds_is_the_reply() -> None:
    answers = iter([b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", OK])

    with serving(lambda connection: connection.sendall(next(answers))) as server:
        reply = to(server).repeatedly("POST", "/prepare_payment", "{}", until=soon())

    assert reply == Reply(200, b"{}")


def test_one_attempt_that_may_have_arrived_outweighs_those_that_did_not() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def take_one(listener: socket.socket) -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            listener.close()
            resets(connection)

        thread = threading.Thread(target=take_one, args=(listener,))
        thread.start()
        with pytest.raises(Lost, match="NewConnectionError"):
            transport(f"http://127.0.0.1:{listener.getsockname()[1]}").repeatedly("POST", "/p", "{}", until=soon())
        thread.join()


def test_the_breaker_opens_after_so_many_failures_and_sends_nothing_then() -> None:
    with serving(says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as server:
        octo = transport(f"http://127.0.0.1:{server.port}", failures=3)
        with pytest.raises(Lost):
            octo.repeatedly("POST", "/prepare_payment", "{}", until=soon())
        with pytest.raises(NotSent, match="breaker open"):
            octo.repeatedly("POST", "/prepare_payment", "{}", until=soon())

    assert len(server.requests) == 3


def test_while_one_finds_out_whether_octo_is_back_nobody_else_waits_for_it() -> None:
    one_is_trying, other_is_done = threading.Event(), threading.Event()

    def slow(connection: socket.socket) -> None:
        one_is_trying.set()
        other_is_done.wait(60)
        connection.sendall(OK)

    with serving(says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as away:
        octo = transport(f"http://127.0.0.1:{away.port}", failures=3, seconds=0)
        with pytest.raises(Lost):
            octo.repeatedly("POST", "/prepare_payment", "{}", until=soon())
    with serving(slow) as server:
        octo._api_url = f"http://127.0.0.1:{server.port}"
        trying = threading.Thread(target=lambda: octo.repeatedly("POST", "/prepare_payment", "{}", until=soon()))
        trying.start()
        one_is_trying.wait(60)
        with pytest.raises(NotSent, match="breaker open"):
            octo.repeatedly("POST", "/prepare_payment", "{}", until=soon(10))
        other_is_done.set()
        trying.join()

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_a_refusal_does_not_open_the_breaker(status: int) -> None:
    with serving(says(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())) as server:
        octo = transport(f"http://127.0.0.1:{server.port}", failures=2)
        statuses = [octo.repeatedly("POST", "/prepare_payment", "{}", until=soon()).status for _ in range(5)]

    assert statuses == [status] * 5


def test_one_slow_answer_does_not_queue_up_the_others() -> None:
    """pybreaker by itself would hold a lock for the whole of the slow call."""
    slow_is_waiting, fast_is_done = threading.Event(), threading.Event()

    def slow(connection: socket.socket) -> None:
        slow_is_waiting.set()
        fast_is_done.wait(60)
        connection.sendall(OK)

    with serving(slow) as slow_server:
        octo = to(slow_server)
        waiting = threading.Thread(target=lambda: octo.repeatedly("POST", "/slow", "{}", until=soon()))
        waiting.start()
        slow_is_waiting.wait(60)

        with serving(says(OK)) as fast_server:
            octo._api_url = f"http://127.0.0.1:{fast_server.port}"
            reply = octo.repeatedly("POST", "/fast", "{}", until=soon(10))
        fast_is_done.set()
        waiting.join()

    assert reply == Reply(200, b"{}")


def test_no_cookie_is_kept_from_one_payment_to_the_next() -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}")) as server:
        octo = to(server)
        for _ in range(2):
            octo.repeatedly("POST", "/prepare_payment", "{}", until=soon())

    assert not any(b"cookie" in request.lower() for request in server.requests)


def test_no_proxy_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(says(OK)) as proxy, serving(says(OK)) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        to(server).once("POST", "/pay/x", MARKER, until=soon())

    assert proxy.connections == 0


@pytest.mark.parametrize("call", ["once", "repeatedly"])
def test_a_failure_carries_nothing_of_the_request(call: str) -> None:
    with serving(resets) as server, pytest.raises(Lost) as raised:
        getattr(to(server), call)("POST", "/pay/x", MARKER, until=soon())

    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert MARKER not in repr(raised.value)
