"""What the team is told outside the console: one effect a channel, kept within so many an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.signing import Keys, keys_of
from server.actions.tables import EffectRow
from server.actions.values import EffectRequest
from server.site_files import read_by_site

Channel = Literal["slack", "webhook"]
Event = Literal[
    "handoff_asked", "nobody_there", "hot_lead", "meeting_booked", "trial_activated", "update_overdue"
]
_HOUR = timedelta(hours=1)


class _Webhook(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(pattern=r"^https?://")
    secret: str


class _Addresses(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    slack: str = Field(default="", pattern=r"^(https?://\S+)?$")
    webhook: _Webhook | None = None
    allow_private: bool = False
    """Whether an address may lead into one's own network."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a site's notices go. Whoever knows such an address can write to the team's chat, so it is a secret."""

    slack: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    keys: Keys = field(default_factory=Keys, repr=False)
    allow_private: bool = False

    @property
    def channels(self) -> tuple[Channel, ...]:
        slack: tuple[Channel, ...] = ("slack",) if self.slack else ()
        return (*slack, "webhook") if self.webhook else slack


AddressBook = Mapping[str, Addresses]
"""By site; a site that is not there has none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a site is told, and where."""

    events: frozenset[str] = frozenset()
    channels: tuple[Channel, ...] = ()
    per_hour: int = 20
    hot_lead_at: int = 60


def load_addresses(file: Path) -> AddressBook:
    """The file of notices, by site; an absent one names none. Raises `BadSetting`, which repeats no address."""
    book: dict[str, Addresses] = {}
    found = read_by_site(file, _Addresses, "`slack` or `webhook`", "docs/actions.md")
    for site, read in found.items():
        hook = read.webhook
        keys = keys_of(hook.secret, site, f"{file}: {site}.webhook.secret") if hook else Keys()
        book[site] = Addresses(read.slack, hook.url if hook else "", keys, read.allow_private)
    return book


async def tell(
    session: AsyncSession,
    plan: Plan,
    site: str,
    event: Event,
    *,
    conversation: str,
    cause: str,
    now: datetime,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Tell it once per cause and channel, in the caller's transaction; `said` carries no personal details."""
    if event not in plan.events:
        return
    for channel in plan.channels:
        if await _this_hour(session, site, channel, now) >= plan.per_hour:
            await _more(session, site, channel, now)
            continue
        effect = EffectRequest(
            site=site,
            conversation=conversation,
            kind=kind_of(channel),
            payload={"event": event, "at": now.isoformat(), **(said or {})},
            key=f"notice:{channel}:{event}:{cause}",
        )
        await outbox.enqueue(session, effect, now=now)


def kind_of(channel: Channel) -> str:
    """The kind of effect that a channel's notices are."""
    return f"notice_{channel}"


async def _this_hour(session: AsyncSession, site: str, channel: Channel, now: datetime) -> int:
    counted = select(func.count()).where(
        EffectRow.site == site, EffectRow.kind == kind_of(channel), EffectRow.created_at >= _hour(now)
    )
    return await session.scalar(counted) or 0


async def _more(session: AsyncSession, site: str, channel: Channel, now: datetime) -> None:
    """One notice at the end of the hour for all that did not fit into it."""
    ends = _hour(now) + _HOUR
    effect = EffectRequest(
        site=site,
        conversation=None,
        kind=kind_of(channel),
        payload={"event": "more", "at": ends.isoformat()},
        key=f"notice:{channel}:more:{ends:%Y%m%d%H}",
    )
    await outbox.enqueue(session, effect, now=now, at=ends)


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
