"""Messages over real sockets: signed as the specification has it, sent where it was checked, and never longer than allowed."""

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.merchant_webhooks.keys import RandomWebhookKeys
from adapters.merchant_webhooks.sender import HttpWebhookSender
from adapters.merchant_webhooks.targets import Targets, resolve_by_system
from adapters.sealing import FernetSealer
from domain.errors import WebhookUrlRefused
from domain.merchant import Attempt, Endpoint, SigningSecret, Trouble
from domain.ports import Unreadable
from tests.faults.record import counted
from tests.integration.octo.servers import OK, Server, drips, resets, says, serving
from tests.integration.webhooks import samples
from tests.integration.webhooks.conftest import Tls
from tests.integration.webhooks.samples import OTHER_SECRET, SEALER, SECRET


@pytest.fixture(scope="module", autouse=True)
def every_test_is_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from counted(request, fault="F25", case="what the endpoint answers", database="none")


def sender(
    *addresses: str, allow_loopback: bool = True, deadline_seconds: float = 10, tls: Tls | None = None
) -> HttpWebhookSender:
    """Every name has these addresses; none: what the system says."""
    resolve = (lambda *_: addresses) if addresses else resolve_by_system
    targets = Targets(resolve, allow_loopback=allow_loopback)
    trusted = tls.trusting if tls else None
    return HttpWebhookSender(targets, SEALER, deadline_seconds=deadline_seconds, tls=trusted)


def at(server: Server, *secrets: str) -> Endpoint:
    return samples.endpoint(url=f"http://localhost:{server.port}/hooks?shop=1", secrets=secrets or (SECRET,))


def sent(server: Server, *secrets: str, through: HttpWebhookSender | None = None) -> Attempt:
    return (through or sender()).send(samples.delivery(), at(server, *secrets), datetime.now(UTC))


def read(request: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body


def verified(request: bytes, secret: str) -> Any:
    _, headers, body = read(request)
    return Webhook(secret).verify(body, headers)


# ---- the message


def test_the_library_of_the_specification_verifies_what_is_sent() -> None:
    with serving(says(OK)) as server:
        assert sent(server) == Attempt(status=200)

    assert verified(server.requests[0], SECRET) == {
        "type": "order.paid",
        "timestamp": "2026-01-05T12:00:00.250Z",
        "data": samples.DATA,
    }
    first, headers, _ = read(server.requests[0])
    assert first == "POST /hooks?shop=1 HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "evt_1"


def test_a_changed_body_and_another_secret_are_noticed() -> None:
    with serving(says(OK)) as server:
        sent(server)

    request = server.requests[0]
    with pytest.raises(WebhookVerificationError):
        verified(request.replace(b"order.paid", b"order.free"), SECRET)
    with pytest.raises(WebhookVerificationError):
        verified(request, OTHER_SECRET)


def test_during_a_rotation_both_secrets_verify() -> None:
    with serving(says(OK)) as server:
        sent(server, SECRET, OTHER_SECRET)

    assert verified(server.requests[0], SECRET) == verified(server.requests[0], OTHER_SECRET)


def test_every_attempt_has_the_same_id_and_body_and_a_time_of_its_own() -> None:
    with serving(says(OK)) as server:
        now = datetime.now(UTC)
        for moment in (now, now + timedelta(seconds=90)):
            sender().send(samples.delivery(), at(server), moment)

    (_, first, body), (_, second, same_body) = map(read, server.requests)
    assert (first["webhook-id"], body) == (second["webhook-id"], same_body)
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 90
    assert first["webhook-signature"] != second["webhook-signature"]
    assert verified(server.requests[1], SECRET) == json.loads(body)


def test_new_secrets_are_good_for_the_specification() -> None:
    keys = RandomWebhookKeys()
    secret = keys.secret()
    with serving(says(OK)) as server:
        sent(server, secret)

    assert secret.startswith("whsec_")
    assert verified(server.requests[0], secret)
    assert keys.secret() != secret
    assert keys.endpoint_id() != keys.endpoint_id()


# ---- sealed secrets


def test_a_sealed_secret_shows_nothing_and_can_be_read_again() -> None:
    sealed = SEALER.seal(SECRET)

    assert SECRET.removeprefix("whsec_") not in sealed
    assert SEALER.open(sealed) == SECRET
    assert SEALER.seal(SECRET) != sealed


def test_keys_can_be_changed_without_losing_secrets() -> None:
    old, new = FernetSealer(b"1" * 32), FernetSealer(b"2" * 32, b"1" * 32)

    assert new.open(old.seal(SECRET)) == SECRET
    with pytest.raises(Unreadable):
        old.open(new.seal(SECRET))


def test_without_a_readable_secret_nothing_is_sent() -> None:
    with serving(says(OK)) as server:
        endpoint = replace(at(server), secrets=(SigningSecret(FernetSealer(b"x" * 32).seal(SECRET)),))
        attempt = sender().send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.SECRET_UNREADABLE)
    assert server.connections == 0


def test_a_lost_secret_that_was_renewed_stops_nothing() -> None:
    with serving(says(OK)) as server:
        lost = SigningSecret(FernetSealer(b"x" * 32).seal("whsec_bG9zdA=="), datetime.now(UTC) + timedelta(hours=1))
        endpoint = replace(at(server), secrets=(SigningSecret(SEALER.seal(SECRET)), lost))
        attempt = sender().send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(status=200)


# ---- what comes back


@pytest.mark.parametrize("status", [200, 201, 204, 299, 400, 404, 410, 429, 500, 503])
def test_the_status_is_all_that_counts(status: int) -> None:
    with serving(says(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 2\r\n\r\n{{}}".encode())) as server:
        assert sent(server) == Attempt(status=status)

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with serving(says(OK)) as inside:
        location = f"http://127.0.0.1:{inside.port}/admin"
        answer = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(says(answer)) as server:
            assert sent(server) == Attempt(status=status)

    assert len(server.requests) == 1
    assert inside.connections == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: a\r\n" * 1000 + b"\r\n",
    ],
    ids=["nothing", "no http", "no status", "long header", "many headers"],
)
def test_what_is_no_answer_is_none(answer: bytes) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.close()

    with serving(script) as server:
        assert sent(server) == Attempt(trouble=Trouble.NO_ANSWER)


def test_a_reset_is_no_answer() -> None:
    with serving(resets) as server:
        assert sent(server) == Attempt(trouble=Trouble.NO_ANSWER)

    assert len(server.requests) == 1


def test_a_status_stands_whatever_becomes_of_the_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"

    def cut(connection: socket.socket) -> None:
        connection.sendall(head)
        connection.close()

    for script in (cut, says(head + b"x" * 100_000)):
        with serving(script) as server:
            assert sent(server) == Attempt(status=200)


def test_silence_ends_at_the_deadline() -> None:
    with serving(lambda _: None) as server:
        assert sent(server, through=sender(deadline_seconds=0.3)) == Attempt(trouble=Trouble.TIMED_OUT)


def test_a_trickle_ends_at_the_deadline() -> None:
    trickle = drips(b"HTTP/1.1 200 OK\r\n", [b"X: y\r\n"] * 50 + [b"\r\n"])
    with serving(trickle) as server:
        assert sent(server, through=sender(deadline_seconds=0.3)) == Attempt(trouble=Trouble.TIMED_OUT)


def test_nobody_listens() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    endpoint = samples.endpoint(url=f"http://127.0.0.1:{port}/")

    attempt = sender().send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.NOT_CONNECTED)


def test_the_next_address_of_a_name_is_tried_where_the_first_does_not_connect() -> None:
    with serving(says(OK)) as server:
        endpoint = samples.endpoint(url=f"http://shop.example:{server.port}/")
        attempt = sender("127.0.0.2", "127.0.0.1").send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(status=200)
    assert len(server.requests) == 1


def test_no_other_address_is_tried_once_something_was_sent() -> None:
    with serving(resets) as server:
        endpoint = samples.endpoint(url=f"http://shop.example:{server.port}/")
        attempt = sender("127.0.0.1", "127.0.0.2").send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.NO_ANSWER)
    assert len(server.requests) == 1


# ---- where it goes


def test_the_checked_address_is_called_by_the_name_of_the_url(tls: Tls) -> None:
    with serving(says(OK), tls.server) as server:
        endpoint = samples.endpoint(url=f"https://shop.example:{server.port}/hooks")
        attempt = sender("127.0.0.1", tls=tls).send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(status=200)
    _, headers, _ = read(server.requests[0])
    assert headers["host"] == f"shop.example:{server.port}"
    assert verified(server.requests[0], SECRET)


def test_a_certificate_of_another_name_gets_nothing(tls: Tls) -> None:
    with serving(says(OK), tls.server) as server:
        endpoint = samples.endpoint(url=f"https://other.example:{server.port}/")
        attempt = sender("127.0.0.1", tls=tls).send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.NOT_CONNECTED)
    assert server.requests == []


def test_a_certificate_that_nobody_has_signed_gets_nothing(tls: Tls) -> None:
    with serving(says(OK), tls.server) as server:
        endpoint = samples.endpoint(url=f"https://shop.example:{server.port}/")
        attempt = sender("127.0.0.1").send(samples.delivery(), endpoint, datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.NOT_CONNECTED)
    assert server.requests == []


class Rebinding:
    """A name whose address is public for whoever checks it, and private for whoever asks again."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *_: object) -> Sequence[str]:
        self.asked += 1
        return ["93.184.215.14" if self.asked == 1 else "127.0.0.1"]


def test_a_name_that_changes_its_address_after_the_check_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve, connected = Rebinding(), []

    def never_out(_: socket.socket, address: Any) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", never_out)
    rebinding = HttpWebhookSender(Targets(resolve, allow_loopback=False), SEALER)
    attempt = rebinding.send(samples.delivery(), samples.endpoint(), datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.NOT_CONNECTED)
    assert connected == ["93.184.215.14"]
    assert resolve.asked == 1


def test_an_address_that_was_public_at_registration_is_checked_again_at_each_attempt() -> None:
    resolve = Rebinding()
    rebinding = HttpWebhookSender(Targets(resolve, allow_loopback=False), SEALER)
    rebinding.check("https://shop.example/webhooks")

    attempt = rebinding.send(samples.delivery(), samples.endpoint(), datetime.now(UTC))

    assert attempt == Attempt(trouble=Trouble.ADDRESS_NOT_ALLOWED)


def test_a_registration_says_why_an_address_is_refused() -> None:
    with pytest.raises(WebhookUrlRefused) as refusal:
        sender("10.0.0.1", allow_loopback=False).check("https://shop.example/")

    assert refusal.value.facts == {"reason": "address_not_allowed"}


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(says(OK)) as proxy, serving(says(OK)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        sent(server)

    assert len(server.requests) == 1
    assert proxy.connections == 0
