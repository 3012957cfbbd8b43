"""Where messages may go: public addresses over https. A name is resolved once, and what was checked is what is connected to."""

import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from domain.merchant import URL_MAX_LENGTH, Trouble

IpAddress = IPv4Address | IPv6Address
# Takes a name, a port and the seconds it may take; raises OSError (TimeoutError included) or UnicodeError.
Resolve = Callable[[str, int, float], Sequence[str]]

# Strict, so that no two parsers can read two hosts out of it: no user, no fragment, no backslash, nothing but ASCII.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[0-9A-Za-z._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:(?P<port>[0-9]{1,5}))?"
    r"([/?](?:(?![#\\])[!-~])*)?",
    re.ASCII,
)
_PORTS: Final = {"http": 80, "https": 443}
_FIRST_UNPRIVILEGED: Final = 1024
_NAT64: Final = ip_network("64:ff9b::/96")
_UNICAST: Final = ip_network("2000::/3")
# Not for the public, whatever `is_global` says of them in this or that version of Python.
_REFUSED: Final = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # the protocol's own
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # Azure's host, as seen from its guests
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)


class NoTarget(Exception):
    """Nothing is sent there. `reason` is a word for the shop."""

    def __init__(self, reason: str, trouble: Trouble = Trouble.ADDRESS_NOT_ALLOWED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Target:
    """`host` as for the Host header, its brackets included; `addresses` in the order in which to try them."""

    url: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


class Targets:
    """`allow_loopback`: in development a shop may live on this machine, without TLS too."""

    def __init__(self, resolve: Resolve, *, allow_loopback: bool) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback

    def of(self, url: str, until: float) -> Target:
        """Raises NoTarget. `until` is a moment of `time.monotonic`."""
        read = _URL.fullmatch(url) if len(url) <= URL_MAX_LENGTH else None
        if read is None:
            raise NoTarget("not_an_address")
        scheme, host = read["scheme"], read["host"]
        port = int(read["port"] or _PORTS[scheme])
        if port not in _PORTS.values() and not _FIRST_UNPRIVILEGED <= port <= 65535:
            raise NoTarget("port_not_allowed")
        if scheme != "https" and not self._allow_loopback:
            raise NoTarget("https_only")
        addresses = self._resolved(host.strip("[]"), port, until)
        on_this_machine = all(address.is_loopback for address in addresses)
        if self._allow_loopback and on_this_machine:
            return Target(url, scheme, host, port, tuple(map(str, addresses)))
        if scheme != "https":
            raise NoTarget("https_only")
        if not all(is_public(address) for address in addresses):
            raise NoTarget("address_not_allowed")
        return Target(url, scheme, host, port, tuple(map(str, addresses)))

    def _resolved(self, name: str, port: int, until: float) -> list[IpAddress]:
        try:
            found = self._resolve(name, port, max(0.001, until - time.monotonic()))
            addresses = [ip_address(text.partition("%")[0]) for text in dict.fromkeys(found)]
        except TimeoutError:
            raise NoTarget("name_not_found", Trouble.TIMED_OUT) from None
        except (OSError, ValueError):
            raise NoTarget("name_not_found", Trouble.NAME_NOT_FOUND) from None
        if not addresses:
            raise NoTarget("name_not_found", Trouble.NAME_NOT_FOUND)
        return addresses


def is_public(address: IpAddress) -> bool:
    """Whether it is one of the public internet's, seen through what wraps an IPv4 address into an IPv6 one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
        if address not in _UNICAST:
            return False
    special = address.is_multicast or address.is_reserved or any(address in network for network in _REFUSED)
    return address.is_global and not special


def resolve_by_system(name: str, port: int, seconds: float) -> Sequence[str]:
    """In a thread of its own: the system's resolver takes the time that it takes."""
    answer: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.put(error)
        else:
            answer.put([str(where[0]) for *_, where in found])

    threading.Thread(target=ask, name="resolve a webhook's host", daemon=True).start()
    try:
        known = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(known, list):
        return known
    raise known
