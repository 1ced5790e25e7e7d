"""Where messages may go: to public addresses by https, judged once the name is resolved, then held to it."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_PORTS = frozenset({443, 8443})
"""Where web servers listen for https; other ports are other services'."""
_GATEWAYS = tuple(
    map(
        ipaddress.ip_network,
        (
            "::/96",  # IPv4-compatible, RFC 4291 2.5.5.1
            "::ffff:0:0/96",  # IPv4-mapped, RFC 4291 2.5.5.2
            "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
            "64:ff9b::/96",  # NAT64, RFC 6052
            "64:ff9b:1::/48",  # NAT64 for local use, RFC 8215
            "2001::/32",  # Teredo, RFC 4380
            "2002::/16",  # 6to4, RFC 3056
            "192.88.99.0/24",  # relays of 6to4, RFC 7526
        ),
    )
)
"""Addresses that a gateway translates into others: where they lead cannot be seen from here."""
_LONGEST = 2000
Resolve = Callable[[str, int], list[str]]


class Forbidden(Exception):  # noqa: N818
    """No message goes there; the message says why."""


@dataclass(frozen=True)
class Destination:
    """An address that was looked at."""

    host: str
    port: int
    ip: str
    """Where the connection goes, whatever the name says later."""
    target: str
    """Path and query."""
    https: bool


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Guard:
    """Looks at addresses; `private` lets everything pass, for tests and closed networks."""

    def __init__(self, *, private: bool = False, resolve: Resolve = resolved) -> None:
        self._private = private
        self._resolve = resolve

    def check(self, url: str) -> Destination:
        """Where the address leads; raises Forbidden."""
        parts, port = _parts(url)
        if parts.scheme != "https" and not self._private:
            raise Forbidden("Only https is spoken.")
        if port not in _PORTS and not self._private:
            raise Forbidden("Messages go to port 443 or 8443 only.")
        host = parts.hostname or ""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise Forbidden(f"{host} cannot be resolved.")
        if not self._private and not all(map(_public, addresses)):
            raise Forbidden(f"{host} is not on the public internet.")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Destination(host, port, addresses[0], target, parts.scheme == "https")


def _parts(url: str) -> tuple[SplitResult, int]:
    if len(url) > _LONGEST or not url.isascii() or any(letter <= " " for letter in url):
        raise Forbidden("That is no address of a web server.")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Forbidden("That is no address of a web server.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Forbidden("That is no address of a web server.")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("Passwords do not belong into addresses.")
    return parts, port


def _public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if any(ip.version == network.version and ip in network for network in _GATEWAYS):
        return False
    return ip.is_global and not ip.is_multicast
