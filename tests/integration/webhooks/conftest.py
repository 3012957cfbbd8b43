"""A certificate for shop.example, which no authority knows."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from tests.integration.certificates import self_signed


@dataclass(frozen=True)
class Tls:
    path: Path

    @property
    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.path)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls(self_signed(tmp_path_factory.mktemp("tls") / "shop.pem", x509.DNSName("shop.example")))
