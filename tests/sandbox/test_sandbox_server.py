"""The sandbox as a program behind a real socket."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import sandbox

SOURCE = str(Path(sandbox.__file__).parent.parent)


def start(port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        env={**os.environ, "PYTHONPATH": SOURCE, "SANDBOX_PORT": str(port), "SANDBOX_SHOP_ID": "77"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_program_says_when_it_is_ready_and_ends_cleanly() -> None:
    program = start(0)
    assert program.stdout is not None

    ready = program.stdout.readline()
    port = int(ready.split("127.0.0.1:")[1].split()[0])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/sandbox/health")
    health = json.load(connection.getresponse())
    connection.close()
    program.send_signal(signal.SIGTERM)
    output, errors = program.communicate(timeout=60)

    assert health == {"status": "ok", "shop_id": 77}
    assert (program.returncode, output, errors) == (0, "", "")


def test_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = start(taken.getsockname()[1])
        _, errors = program.communicate(timeout=60)

    assert program.returncode == 2
    assert "SANDBOX_PORT" in errors and "Traceback" not in errors


def test_connection_is_kept_open(address: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*address)
    sockets = set()
    for path in ("/prepare_payment", "/nowhere", "/check_pan"):
        connection.request("POST", path, json.dumps({"pan": "8600000000000000"}))
        connection.getresponse().read()
        sockets.add(connection.sock)

    assert len(sockets) == 1 and None not in sockets
    connection.close()


def test_many_clients_at_once(address: tuple[str, int], octo: Any) -> None:
    otp = octo.otp(octo.prepare())
    answers: list[int] = []

    def send_code() -> None:
        connection = http.client.HTTPConnection(*address)
        connection.request("POST", "/check_sms_key", json.dumps(otp | {"smsKey": "111111"}))
        answers.append(json.load(connection.getresponse())["error"])
        connection.close()

    clients = [threading.Thread(target=send_code) for _ in range(20)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    assert sorted(answers) == [0] + [10] * 19
    assert octo.ledger() == [("debit", 185000)]


def test_port_that_cannot_be() -> None:
    program = start(99999)
    _, errors = program.communicate(timeout=60)

    assert program.returncode == 2
    assert "SANDBOX_PORT" in errors and "Traceback" not in errors
