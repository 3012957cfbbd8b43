"""What came as a request: its body is whole and of an allowed size, or it is not read at all."""

from io import BytesIO
from typing import IO

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.utils import cached_property


class IncomingRequest(Request):
    @cached_property
    def stream(self) -> IO[bytes]:
        """Read at once, since it is small. The library's own stream ends where the limit is, and where the client stops sending."""
        return BytesIO(self._whole())

    def _whole(self) -> bytes:
        limit, declared = self.max_content_length or 0, self.content_length
        if declared is None and not self.environ.get("wsgi.input_terminated"):
            return b""
        if declared is not None and declared > limit:
            raise RequestEntityTooLarge()
        body = self._read(limit + 1 if declared is None else declared)
        if len(body) > limit:
            raise RequestEntityTooLarge()
        if declared is not None and len(body) < declared:
            raise ClientDisconnected()
        return body

    def _read(self, most: int) -> bytes:
        source, body = self.environ["wsgi.input"], b""
        try:
            while len(body) < most and (more := source.read(most - len(body))):
                body += more
        except Exception:  # noqa: BLE001  each server has errors of its own: a reset, silence, chunks that are none
            broken = ClientDisconnected()
        else:
            return body
        raise broken
