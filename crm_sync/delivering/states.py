"""Which state an update may move to, and when a failed delivery is tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from crm_sync.errors import MoveRefused
from crm_sync.values import Status

MOVES: dict[Status, frozenset[Status]] = {
    "pending": frozenset({"delivering", "rejected"}),
    "awaiting_approval": frozenset({"approved", "rejected"}),
    "approved": frozenset({"delivering", "rejected"}),
    "delivering": frozenset({"delivered", "retrying", "needs_review", "delivering"}),
    "retrying": frozenset({"delivering", "rejected"}),
    "needs_review": frozenset({"approved", "rejected"}),
    "delivered": frozenset({"undone"}),
    "rejected": frozenset(),
    "quarantined": frozenset({"rejected"}),
    "unchanged": frozenset(),
    "undone": frozenset(),
}
"""Every allowed move. `delivering` to itself: a worker died in the middle and another takes over."""

BACK: dict[Status, frozenset[Status]] = {
    "approved": frozenset({"awaiting_approval", "needs_review"}),
    "rejected": frozenset({"awaiting_approval", "needs_review", "quarantined"}),
}
"""The moves of whoever takes their own decision back before the CRM heard of it: to where the update stood then."""

IN_FLIGHT: tuple[Status, ...] = ("pending", "approved", "delivering", "retrying")
"""Will be delivered without anybody deciding: a younger update of the same contact waits behind these."""

MAX_ATTEMPTS = 8
MOST_ATTEMPTS = 16
"""Whatever schedule a provider brings."""
LEASE = timedelta(seconds=30)
"""How long a worker may take for one attempt before another one takes over."""


def check_move(update_id: str, status: Status, wanted: Status) -> None:
    """Raises MoveRefused when `status` does not lead to `wanted`."""
    if wanted not in MOVES[status]:
        raise MoveRefused(update_id, status, wanted)


def backoff(
    update_id: str,
    attempts: int,
    retry_after_s: float | None = None,
    pauses_s: Sequence[float] | None = None,
) -> timedelta:
    """The pause after failed attempt number `attempts`: 2 s doubled each time to an hour, or the one that the protocol
    publishes, plus up to a quarter of jitter that depends on the id, so that a crowd does not come back at once. What
    the provider asked for wins."""
    base = min(2.0**attempts, 3_600.0)
    if pauses_s:
        base = pauses_s[min(attempts, len(pauses_s)) - 1]
    share = int.from_bytes(hashlib.sha256(f"{update_id}:{attempts}".encode()).digest()[:4], "big") / 2**32
    jittered = base * (1 + share / 4)
    return timedelta(seconds=max(jittered, retry_after_s or 0.0))
