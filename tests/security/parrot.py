"""An OCTO that repeats whatever it is told, in every corner of its answers."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Parrot(BaseHTTPRequestHandler):
    answers = 0

    def do_POST(self) -> None:
        heard = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        body: dict[str, Any] = json.loads(heard)
        if self.path == "/prepare_payment":
            self._say(200, self._prepared(body))
            return
        type(self).answers += 1
        values = {name: value for name, value in body.items() if isinstance(value, str | int)}
        said: dict[str, Any] = {"error": 17, "errMessage": heard, "errorMessage": " ".join(map(str, values.values()))}
        said["data"] = {
            "status": str(body.get("pan", body.get("smsKey", "created"))),
            "details": heard,
            "id": str(body.get("pan", "7")),
            "description": heard,
            "cardInfo": values,
            "redirectUrl": f"https://pay2.octo.uz/?card={body.get('pan')}",
            "maskedPan": str(body.get("pan")),
            "rrn": str(body.get("pan")),
        }
        kinds = ("denied", "answered", "html", "failed")
        kind = kinds[type(self).answers % len(kinds)]
        if kind == "answered":
            said["error"] = 0
        if kind == "html":
            self._send(200, "text/html", f"<pre>{heard}</pre>".encode())
        else:
            self._say(500 if kind == "failed" else 200, said)

    def do_GET(self) -> None:
        self._say(200, {"error": 17, "errMessage": self.path, "data": {}})

    def _prepared(self, body: dict[str, Any]) -> dict[str, Any]:
        data = {
            "shop_transaction_id": body["shop_transaction_id"],
            "octo_payment_UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, body["shop_transaction_id"])),
            "status": "created",
            "octo_pay_url": "https://pay2.octo.uz/pay/1",
            "total_sum": body.get("total_sum", 185000.0),
        }
        return {"error": 0, "errMessage": json.dumps(body), "data": data, **data}

    def _say(self, status: int, answer: object) -> None:
        self._send(status, "application/json", json.dumps(answer).encode())

    def _send(self, status: int, media_type: str, raw: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def parrot() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Parrot)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
