"""Where messages may go, and where nobody can talk us into sending one."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

import pytest

from adapters.merchant_webhooks.targets import NoTarget, Target, Targets, is_public, resolve_by_system
from domain.merchant import URL_MAX_LENGTH, Trouble
from tests.faults.record import counted

PUBLIC = "93.184.215.14"


@pytest.fixture(scope="module", autouse=True)
def every_test_is_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from counted(request, fault="F25", case="where the endpoint is", database="none")


def resolving(*addresses: str, allow_loopback: bool = False) -> Targets:
    return Targets(lambda *_: addresses, allow_loopback=allow_loopback)


def soon() -> float:
    return time.monotonic() + 10


def refused(targets: Targets, url: str) -> str:
    with pytest.raises(NoTarget) as refusal:
        targets.of(url, soon())
    return refusal.value.reason


def test_a_public_address_over_https_is_a_target() -> None:
    target = resolving(PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c").of("https://shop.example/hooks?a=b", soon())

    assert target == Target(
        "https://shop.example/hooks?a=b",
        "https",
        "shop.example",
        443,
        (PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
    )
    assert target.host_header == "shop.example"


def test_another_port_is_part_of_the_host() -> None:
    assert resolving(PUBLIC).of("https://shop.example:8443/", soon()).host_header == "shop.example:8443"


PRIVATE = [
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "0.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_of_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refused(resolving(address), "https://shop.example/") == "address_not_allowed"
    assert refused(resolving(PUBLIC, address), "https://shop.example/") == "address_not_allowed"


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "172.32.0.1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2a00::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "0",
        "10.0.0.1",
        "167772161",
        "0xa9fea9fe",
        "[::1]",
        "[::]",
        "[::ffff:10.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "localhost",
    ],
)
def test_every_way_of_writing_an_address_that_is_not_public_is_seen_through(host: str) -> None:
    assert refused(Targets(resolve_by_system, allow_loopback=False), f"https://{host}/") == "address_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "//shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://shop.example:/",
        "https://shop.example:abc/",
        "https://user@shop.example/",
        "https://user:password@shop.example/",
        "https://shop.example#@10.0.0.1/",
        "https://shop.example/#fragment",
        "https://shop.example\\@10.0.0.1/",
        "https://shop.example/a\\b",
        "https://shop.example/a b",
        "https://shop.example/\r\nHost: other",
        "https://shop.example\n",
        "https://shop.example /",
        "https://shop%2eexample/",
        "https://магазин.example/",
        "https://shop.example/путь",
        "https://[::1%25eth0]/",
        "https://[::1/",
        "https://shop.example/" + "a" * URL_MAX_LENGTH,
    ],
)
def test_what_two_readers_could_read_differently_is_no_address(url: str) -> None:
    assert refused(resolving(PUBLIC), url) == "not_an_address"


@pytest.mark.parametrize("port", [0, 22, 25, 1023, 65536, 99999])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert refused(resolving(PUBLIC), f"https://shop.example:{port}/") == "port_not_allowed"


def test_without_tls_nothing_is_sent() -> None:
    assert refused(resolving(PUBLIC), "http://shop.example/") == "https_only"


def test_in_development_this_machine_is_a_target_and_nothing_else_is_more_than_before() -> None:
    for address in ("127.0.0.1", "::1"):
        assert resolving(address, allow_loopback=True).of("http://shop.example/", soon()).addresses == (address,)

    assert refused(resolving(PUBLIC, allow_loopback=True), "http://shop.example/") == "https_only"
    assert refused(resolving("10.0.0.1", allow_loopback=True), "https://shop.example/") == "address_not_allowed"
    mixed = resolving("127.0.0.1", "10.0.0.1", allow_loopback=True)
    assert refused(mixed, "https://shop.example/") == "address_not_allowed"


def raising(error: Exception) -> Targets:
    def resolve(*_: object) -> Sequence[str]:
        raise error

    return Targets(resolve, allow_loopback=False)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (socket.gaierror("no such name"), Trouble.NAME_NOT_FOUND),
        (UnicodeError("label too long"), Trouble.NAME_NOT_FOUND),
        (TimeoutError(), Trouble.TIMED_OUT),
    ],
)
def test_a_name_that_is_not_resolved_is_no_target(error: Exception, trouble: Trouble) -> None:
    with pytest.raises(NoTarget) as refusal:
        raising(error).of("https://shop.example/", soon())

    assert (refusal.value.reason, refusal.value.trouble) == ("name_not_found", trouble)


def test_a_name_without_addresses_is_no_target() -> None:
    assert refused(resolving(), "https://shop.example/") == "name_not_found"


def test_the_systems_resolver_takes_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    late = threading.Event()

    def answer_late(*_: object, **__: object) -> list[object]:
        late.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", answer_late)

    with pytest.raises(TimeoutError):
        resolve_by_system("shop.example", 443, 0.01)
    late.set()


def test_the_systems_resolver_says_what_it_does_not_find() -> None:
    with pytest.raises(socket.gaierror):
        resolve_by_system("shop.invalid", 443, 10)
