"""Which addresses of the network a source may be read from."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses, as `resolve` does it."""

# Where clouds hand out a machine's credentials. Most are link-local; these lie in ranges that look harmless.
_METADATA = {
    ipaddress.ip_address(text) for text in ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd20:ce::254")
}
_METADATA_NETWORK = ipaddress.ip_network("fd00:ec2::/32")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


async def resolve(host: str, port: int) -> list[str]:
    """Asks the system, as a connection would."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def why_not(text: str, *, allow_private: bool) -> str:
    """Why this address must not be asked, or nothing."""
    try:
        address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return "is not an address"
    if address in _METADATA or address in _METADATA_NETWORK or address.is_link_local:
        return "hands out a machine's own settings"
    if address.is_multicast or address.is_unspecified:
        return "is no single machine's"
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return "" if allow_private else "is private"
    if address.is_loopback or (address.is_private and not address.is_reserved):
        return "" if allow_private else "is private"
    if address.is_reserved:
        return "is reserved"
    # What is left and still not public is the shared space of carriers, 100.64.0.0/10.
    return "" if address.is_global or allow_private else "is private"


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: the connection would end there."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
