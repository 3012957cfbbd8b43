"""The HTTP/1.1 server, with connections that are kept open."""

import socket
import struct
from collections.abc import Callable, Iterable

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.injection import Reset

Headers = list[tuple[str, str]]


class KeepAliveHandler(WSGIRequestHandler):
    """Werkzeug's own handler closes the connection after every answer and waits 10 ms before it does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        self.environ = environ = self.make_environ()
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
            started.append((status, headers))
            return self.wfile.write

        chunks = self.server.app(environ, start_response)
        try:
            self.answer(started, chunks)
        except ConnectionError as error:
            self.break_off(isinstance(error, Reset))
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()

    def answer(self, started: list[tuple[str, Headers]], chunks: Iterable[bytes]) -> None:
        """Headers leave with the first chunk, so that an answer can still be refused before it."""
        pending = True
        for chunk in chunks:
            if pending:
                self.send_head(*started[-1])
                pending = False
            self.wfile.write(chunk)
        if pending:
            self.send_head(*started[-1])

    def send_head(self, status: str, headers: Headers) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Connection", "close")
        self.end_headers()

    def break_off(self, reset: bool) -> None:
        """Closing with nothing left to linger for is what makes the kernel send a reset."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """GET /sandbox/calls is the log."""


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError where the port is taken."""
    return socket.create_server((host, port), backlog=128)


def serve(app: Flask, listener: socket.socket) -> BaseWSGIServer:
    host, port = listener.getsockname()[:2]
    return make_server(host, port, app, threaded=True, request_handler=KeepAliveHandler, fd=listener.fileno())
