"""What the operator's product tells of trials: that one is ready, used, bought or over. Each webhook counts once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import trial as trials
from server.actions.goods import Trial
from server.actions.provisioning import ProductAnswer
from server.actions.tables import TrialRow, WebhookRow, insert_missing
from server.actions.values import TrialStep
from server.errors import FrontdeskError, NotFound

Event = Literal["trial.ready", "trial.activated", "trial.converted", "trial.expired"]
_KEPT = timedelta(days=30)
"""Longer than anybody repeats a webhook."""
STEPS: Mapping[Event, TrialStep] = {
    "trial.ready": "ready",
    "trial.activated": "activated",
    "trial.converted": "converted",
    "trial.expired": "expired",
}


class TrialNotBegun(FrontdeskError):
    """Its address is not confirmed yet, so nothing can have become of it."""

    code = "trial_not_begun"
    status = 409


async def is_new(session: AsyncSession, site: str, sender: str, message: str, *, now: datetime) -> bool:
    """Note a webhook in the caller's transaction; False when it was noted before."""
    seen = select(WebhookRow.at).where(
        WebhookRow.site == site, WebhookRow.sender == sender, WebhookRow.id == message
    )
    if await session.scalar(seen) is not None:
        return False
    row = {"site": site, "sender": sender, "id": message, "at": now}
    await insert_missing(session, WebhookRow, [row])
    return True


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """Ids that nobody repeats any more."""
    await session.execute(delete(WebhookRow).where(WebhookRow.site == site, WebhookRow.at < now - _KEPT))


async def find(session: AsyncSession, site: str, trial: str, external_id: str) -> str:
    """Our id of a trial that is named by it, or by what the product calls it; raises `NotFound`."""
    mine = select(TrialRow.id).where(TrialRow.site == site)
    mine = mine.where(TrialRow.id == trial) if trial else mine.where(TrialRow.external_id == external_id)
    found = await session.scalar(mine.limit(1))
    if found is None:
        named = trial or external_id
        raise NotFound(
            f"there is no trial {named!r} at site {site!r}; send `data.trial` as it stood in trial.requested, and "
            "check that the site in the address is the trial's",
            code="unknown_trial",
        )
    return found


async def apply(
    session: AsyncSession, site: str, trial_id: str, event: Event, answer: ProductAnswer, *, at: datetime
) -> tuple[TrialStep, Trial] | None:
    """Move the trial on, in the caller's transaction; None when it changes nothing, as what is old does not."""
    held = select(TrialRow).where(TrialRow.site == site, TrialRow.id == trial_id).with_for_update()
    row = (await session.execute(held)).scalar_one()
    if row.state != "verified":
        raise TrialNotBegun(
            f"trial {trial_id!r} waits for its address to be confirmed; send this once trial.requested has come"
        )
    if event == "trial.ready":
        ready = await trials.answered(
            session, site, trial_id, answer.model_copy(update={"status": "ready"}), now=at
        )
        return None if ready is None else ("ready", ready)
    if not _moved(row, event, answer, at):
        return None
    await session.flush()
    return STEPS[event], await trials.trial(session, site, trial_id)


def _moved(row: TrialRow, event: Event, answer: ProductAnswer, at: datetime) -> bool:
    match event:
        case "trial.activated" if row.activated_at is None:
            row.activated_at = at
            row.provision = row.provision and "ready"
        case "trial.converted" if row.converted_at is None:
            row.converted_at = at
        # Who has bought is no loss when the days of the trial run out.
        case "trial.expired" if row.expired_at is None and row.converted_at is None:
            row.expired_at, row.ends_at = at, min(at, row.ends_at or at)
        case _:
            return False
    row.external_id = answer.external_id or row.external_id
    return True
