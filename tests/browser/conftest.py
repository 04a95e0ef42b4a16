"""What all browser tests share."""

from __future__ import annotations

from playwright import async_api, sync_api

# A machine that does much else shows late what it shows; only a test that fails waits this long.
_PATIENCE_MS = 15_000
sync_api.expect.set_options(timeout=_PATIENCE_MS)
async_api.expect.set_options(timeout=_PATIENCE_MS)
