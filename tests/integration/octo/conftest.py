import ipaddress
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from cryptography import x509
from pytest_httpserver import HTTPServer

from tests.integration.certificates import self_signed
from tests.integration.octo.stand_in import Sandbox
from tests.integration.octo.whole_service import Shop, whole_service


@pytest.fixture(autouse=True)
def _no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(autouse=True)
def _logs_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the whole process's, and other tests look at theirs."""
    monkeypatch.setattr("entrypoints.logs.configure", lambda level: None)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    return self_signed(path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


@pytest.fixture(scope="session")
def program() -> Iterator[Sandbox]:
    arguments = [sys.executable, "-m", "sandbox", "--port", "0", "--secret", "shop-secret", "--unique-key", "unique"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own
        assert process.stdout
        sandbox = Sandbox(process.stdout.readline().split()[3])
        yield sandbox
        sandbox.http.close()
        process.terminate()


@pytest.fixture
def sandbox(program: Sandbox) -> Sandbox:
    program.control("POST", "reset")
    program.switch(status_read_seconds=0, callback_sending="manual")
    return program


@pytest.fixture
def shop(sandbox: Sandbox, httpserver: HTTPServer, tmp_path: Path) -> Shop:
    """OCTO's callbacks reach the service through a real socket, when the test has them delivered."""
    http = whole_service(sandbox, tmp_path, httpserver.url_for(""))
    callbacks = httpserver.expect_request(re.compile("/api/"), method="POST")
    callbacks.respond_with_handler(lambda call: http.post(call.path, data=call.data, content_type=call.mimetype))
    return Shop(http)
