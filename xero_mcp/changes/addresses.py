"""Where a post may go: to the host that a rule names, and to no machine behind our door.

A name is looked up once, every answer is looked at, and the connection goes to an address that
was looked at: a name that means another machine a moment later leads nowhere.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import IPPROTO_TCP
from typing import Final
from urllib.parse import urlsplit

import anyio

LOOKUP_SECONDS: Final = 5.0
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""This machine, where a rule says so itself: the one place that may be posted to without TLS."""
NEVER: Final = frozenset({ip_address("100.100.100.200"), ip_address("fd00:ec2::254")})
"""Where clouds give their machines keys, beside the link-local addresses."""
_NAT64: Final = IPv6Network("64:ff9b::/96")

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text."""
Address = IPv4Address | IPv6Address


class AddressRefusedError(Exception):
    """A rule may not post there; the message says why."""


class NotFoundError(Exception):
    """The host has no address now."""


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """The system's own answer: hosts file, DNS, whatever this machine goes by."""
    found = await anyio.getaddrinfo(host, port, proto=IPPROTO_TCP)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def checked_addresses(url: str, lookup: Lookup, *, allow_private: bool) -> Sequence[str]:
    """Where a post to this URL may connect to.

    Raises:
        AddressRefusedError: one of its addresses is none to post to.
        NotFoundError: it has none.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with anyio.fail_after(LOOKUP_SECONDS):
            found = await lookup(host, port)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise NotFoundError(f"{host} cannot be found ({type(error).__name__})") from error
    if not found:
        raise NotFoundError(f"{host} has no address")
    for text in found:
        why = refusal(ip_address(text), is_here=host in LOOPBACK_NAMES, allow_private=allow_private)
        if why:
            raise AddressRefusedError(f"{host} is {text}, {why}")
    return found


def refusal(address: Address, *, is_here: bool, allow_private: bool) -> str:
    """Why this is no address to post to; empty where it is one."""
    meant = _meant(address)
    if meant.is_link_local or meant in NEVER:
        return "where machines are told their secrets: nothing is posted there"
    if meant.is_loopback:
        return "" if is_here or allow_private else _private("this machine")
    if meant.is_multicast or meant.is_unspecified or meant.is_reserved:
        return "which is no machine's own address"
    return "" if meant.is_global or allow_private else _private("a private network")


def refusal_of_literal(host: str, *, allow_private: bool) -> str:
    """The same for a host that is written as an address; empty for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    return refusal(address, is_here=host in LOOPBACK_NAMES, allow_private=allow_private)


def _meant(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that leads to it."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def _private(what: str) -> str:
    return f"{what}: say `allow_private: true` in the rule if that is meant"
