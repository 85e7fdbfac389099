"""Where a webhook may be sent: public https addresses and nowhere else, or an agency could make us call ourselves.

A name is resolved once and the connection goes to the addresses that were checked, so a name that changes its answer
in between (DNS rebinding) gains nothing. Every address of a name must be public, not just one.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

URL_LENGTH_MAX = 512
HTTPS_PORT = 443
HTTP_PORT = 80

NAT64 = IPv6Network("64:ff9b::/96")
"""Carries an IPv4 address in its last 32 bits (RFC 6052); the gateway behind it would reach that one."""

UNRESOLVABLE = "url_unresolvable"

Resolve = Callable[[str, int], Sequence[str]]
Address = IPv4Address | IPv6Address


class ForbiddenTargetError(ValueError):
    """`code` is stable: url_malformed, url_not_https, url_not_public, url_unresolvable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: `host` names it (TLS, Host), `addresses` are where to connect, `path` holds the query too."""

    is_tls: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS_PORT if self.is_tls else HTTP_PORT) else f"{host}:{self.port}"


def resolve_addresses(host: str, port: int) -> list[str]:
    """Every address of a name, as the machine resolves it. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def resolve_target(url: str, *, allow_loopback: bool = False, resolve: Resolve = resolve_addresses) -> Target:
    """Check `url` and resolve it. `allow_loopback` is for a laptop: there http and 127.0.0.1 are allowed, and still
    nothing private. Raises ForbiddenTargetError.
    """
    scheme, host, port, path = _split(url)
    try:
        addresses = tuple(resolve(host, port))
    except (OSError, UnicodeError):
        raise ForbiddenTargetError(UNRESOLVABLE) from None
    parsed = [_parsed(address) for address in addresses]
    is_loopback = allow_loopback and bool(parsed) and all(address.is_loopback for address in parsed)
    if not is_loopback and scheme != "https":
        raise ForbiddenTargetError("url_not_https")
    if not parsed:
        raise ForbiddenTargetError(UNRESOLVABLE)
    if not is_loopback and not all(is_public(address) for address in parsed):
        raise ForbiddenTargetError("url_not_public")
    return Target(scheme == "https", host, port, path, addresses)


def is_public(address: Address) -> bool:
    """Globally routable unicast: not private, loopback, link-local (cloud metadata), shared, reserved or multicast, and
    the same for an IPv4 address that an IPv6 one carries (mapped, 6to4, Teredo, NAT64).
    """
    if isinstance(address, IPv6Address):
        return _is_routable(address) and all(_is_routable(inner) for inner in _carried(address))
    return _is_routable(address)


def _is_routable(address: Address) -> bool:
    is_mapped = isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in NAT64)
    return (address.is_global or is_mapped) and not (
        address.is_multicast or address.is_link_local or address.is_unspecified
    )


def _carried(address: IPv6Address) -> list[IPv4Address]:
    teredo = address.teredo or ()
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    return [inner for inner in (address.ipv4_mapped, address.sixtofour, *teredo, nat64) if inner is not None]


def _split(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, path with query. Raises ForbiddenTargetError on whatever is not a plain absolute URL."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > URL_LENGTH_MAX:
        raise ForbiddenTargetError("url_malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenTargetError("url_malformed") from None
    if parts.scheme not in ("http", "https"):
        raise ForbiddenTargetError("url_not_https")
    if not parts.hostname or "@" in parts.netloc or parts.fragment or port == 0:
        raise ForbiddenTargetError("url_malformed")
    default = HTTPS_PORT if parts.scheme == "https" else HTTP_PORT
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port or default, path


def _parsed(address: str) -> Address:
    try:
        return ip_address(address.partition("%")[0])
    except ValueError:
        raise ForbiddenTargetError("url_not_public") from None


class ResolvingTargetPolicy:
    """Implements `TargetPolicy`. A name that does not resolve now is let through: every delivery checks again."""

    def __init__(self, *, allow_loopback: bool = False, resolve: Resolve = resolve_addresses) -> None:
        self._allow_loopback, self._resolve = allow_loopback, resolve

    def refusal_of(self, url: str) -> str | None:
        try:
            resolve_target(url, allow_loopback=self._allow_loopback, resolve=self._resolve)
        except ForbiddenTargetError as error:
            return None if error.code == UNRESOLVABLE else error.code
        return None
