"""Where events may go: public https addresses, connected to as they were checked."""

from collections.abc import Sequence

import pytest

from mizan.adapters.notifications.targets import (
    ForbiddenTargetError,
    Resolve,
    ResolvingTargetPolicy,
    resolve_target,
)

PUBLIC = "93.184.215.14"


def resolving_to(*addresses: str) -> Resolve:
    def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


def not_resolving(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


def refusal(url: str, *addresses: str, allow_loopback: bool = False) -> str | None:
    policy = ResolvingTargetPolicy(allow_loopback=allow_loopback, resolve=resolving_to(*addresses))
    return policy.refusal_of(url)


def test_public_https_address_is_allowed() -> None:
    """The path and the query stay; the connection goes to the checked address."""
    target = resolve_target("https://agency.example:8443/hooks?a=1", resolve=resolving_to(PUBLIC, "2606:4700::1"))

    assert (target.is_tls, target.host, target.port, target.path) == (True, "agency.example", 8443, "/hooks?a=1")
    assert target.addresses == (PUBLIC, "2606:4700::1")
    assert target.authority == "agency.example:8443"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "0.0.0.0",  # noqa: S104  # an address to refuse, not to bind
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    """Private, loopback, link-local (cloud metadata), shared, reserved, multicast, and IPv4 carried inside IPv6."""
    assert refusal("https://agency.example/", address) == "url_not_public"


@pytest.mark.parametrize("address", ["::ffff:93.184.215.14", "64:ff9b::5db8:d70e", "2a00:1450:4001:80b::200e"])
def test_public_address_in_ipv6_is_allowed(address: str) -> None:
    """What carries a public IPv4 address is as public as it (a NAT64 network shows names that way)."""
    assert refusal("https://agency.example/", address) is None


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    """A name that answers with both could be connected to at either."""
    assert refusal("https://agency.example/", PUBLIC, "10.0.0.5") == "url_not_public"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://agency.example/", "url_not_https"),
        ("ftp://agency.example/", "url_not_https"),
        ("gopher://agency.example/", "url_not_https"),
        ("agency.example/hooks", "url_not_https"),
        ("https:///hooks", "url_malformed"),
        ("https://user:secret@agency.example/", "url_malformed"),
        ("https://agency.example/#part", "url_malformed"),
        ("https://agency.example:0/", "url_malformed"),
        ("https://agency.example:99999/", "url_malformed"),
        ("https://agency.example/a b", "url_malformed"),
        ("https://agency.example/\r\nX-Evil: 1", "url_malformed"),
        ("https://agency.example\\@10.0.0.1/", "url_malformed"),
        ("https://[::1/", "url_malformed"),
        ("https://وكالة.example/", "url_malformed"),
        (f"https://agency.example/{'a' * 512}", "url_malformed"),
    ],
)
def test_url_that_is_not_plain_https_is_refused(url: str, code: str) -> None:
    """No user names, fragments, control characters or readings that two parsers could differ on."""
    assert refusal(url, PUBLIC) == code


def test_loopback_is_for_a_laptop_only() -> None:
    """The setting opens 127.0.0.1 (plain http as well) and nothing else that is private."""
    assert refusal("http://127.0.0.1:9000/hooks", "127.0.0.1") == "url_not_https"
    assert refusal("http://127.0.0.1:9000/hooks", "127.0.0.1", allow_loopback=True) is None
    assert refusal("https://10.0.0.1/", "10.0.0.1", allow_loopback=True) == "url_not_public"
    assert refusal("http://agency.example/", PUBLIC, allow_loopback=True) == "url_not_https"
    assert refusal("http://agency.example/", "127.0.0.1", "10.0.0.1", allow_loopback=True) == "url_not_https"


def test_name_that_does_not_resolve_now_may_be_registered_but_not_sent_to() -> None:
    """A name server's bad minute does not stop a registration; every delivery resolves and checks again."""
    policy = ResolvingTargetPolicy(resolve=not_resolving)

    assert policy.refusal_of("https://agency.example/") is None
    with pytest.raises(ForbiddenTargetError, match="url_unresolvable"):
        resolve_target("https://agency.example/", resolve=not_resolving)
