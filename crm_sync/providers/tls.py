"""One TLS context for all calls to CRMs: to make one reads every root certificate."""

from __future__ import annotations

from functools import cache
from ssl import SSLContext

import httpx


@cache
def tls() -> SSLContext:
    return httpx.create_ssl_context()
