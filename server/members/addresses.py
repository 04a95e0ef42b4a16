"""Where published keys may come from."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_private_line(url: str) -> bool:
    """Whether nobody on the way can change what comes from there."""
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    host = address.hostname or ""
    if not host or any(mark.isspace() for mark in url):
        return False
    return address.scheme == "https" or (address.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
