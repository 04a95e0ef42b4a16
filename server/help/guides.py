"""Guides and announcements: shown to those for whom they are meant, with what each of them did and has seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from server.desk import Desk
from server.help.articles import addresses, rules_of, visible
from server.help.bodies import AnnouncementInfo, Guide, GuideInfo, Seen, StepDone, StepInfo
from server.help.drawing import from_markdown
from server.help.links import NOWHERE, Leads, leads_from
from server.help.readers import Reader, keeper, nothing_there
from server.playbook.help import Announcement, GuideRules, Meant, Step
from server.store import helped

_NEW_FOR = timedelta(days=30)


def is_meant(meant: Meant, reader: Reader) -> bool:
    member = reader.member
    plan, features = (member.plan, member.features) if member else ("", frozenset())
    return meant.is_for(plan, features, reader.audience)


def announcements_for(desk: Desk, reader: Reader) -> list[Announcement]:
    """Those of now, the latest first."""
    told = rules_of(desk, reader).announcements
    shown = [one for one in told if one.is_shown(reader.now) and is_meant(one.meant, reader)]
    return sorted(shown, key=lambda one: one.since, reverse=True)


def guides_for(desk: Desk, reader: Reader) -> list[GuideRules]:
    return [guide for guide in rules_of(desk, reader).guides if is_meant(guide.meant, reader)]


async def told(
    desk: Desk, session: AsyncSession, reader: Reader
) -> tuple[list[AnnouncementInfo], list[GuideInfo]]:
    """What stands on the panel's first page. What nobody can remember as seen is not called new."""
    who = await keeper(session, reader)
    seen = await helped.marks(session, reader.site, who, "seen")
    shown = guides_for(desk, reader)
    done = await _done(session, reader, who, shown)
    leads = _leads(desk, reader)
    announcements = [
        AnnouncementInfo(
            id=one.key,
            title=one.title,
            text=one.text,
            at=one.at,
            **_where(one.url, leads),
            is_new=bool(who) and one.key not in seen and reader.now - one.at < _NEW_FOR,
        )
        for one in announcements_for(desk, reader)
    ]
    guides = [
        GuideInfo(
            key=guide.key,
            title=guide.title,
            summary=guide.summary,
            steps=len(guide.steps),
            done=sum(_place(guide, step) in done for step in guide.steps),
        )
        for guide in shown
    ]
    return announcements, guides


async def _done(
    session: AsyncSession, reader: Reader, who: str, among: Sequence[GuideRules]
) -> frozenset[str]:
    """Steps that they ticked, and those that the host page told of."""
    ticked = await helped.marks(session, reader.site, who, "step")
    told_by = {step.done_when: "" for guide in among for step in guide.steps if step.done_when}
    did = await helped.did(session, reader.site, who, list(told_by))
    return ticked | {_place(guide, step) for guide in among for step in guide.steps if step.done_when in did}


def _leads(desk: Desk, reader: Reader) -> Leads:
    """From the playbook's texts, which are written for the host page's own paths too."""
    known = addresses(visible(desk, reader))
    return leads_from("", "", known, desk.library.addresses(reader.site), keeps_paths=True)


def _where(url: str | None, leads: Leads) -> dict[str, str | None]:
    """Where something leads; nowhere when that is an article which this reader may not see."""
    target = leads(url) if url else NOWHERE
    return {"url": target.href or None, "article": target.article or None}


def _guide_of(desk: Desk, reader: Reader, key: str) -> GuideRules:
    found = next((guide for guide in guides_for(desk, reader) if guide.key == key), None)
    if found is None:
        raise nothing_there()
    return found


def _place(guide: GuideRules, step: Step) -> str:
    return f"{guide.key}/{step.key}"


async def guide(desk: Desk, reader: Reader, key: str) -> Guide:
    """A guide with its steps; raises `NotFound` for one that is not for this reader."""
    found = _guide_of(desk, reader, key)
    async with desk.readers() as session:
        done = await _done(session, reader, await keeper(session, reader), [found])
    leads = _leads(desk, reader)
    steps: Sequence[StepInfo] = [
        StepInfo(
            key=step.key,
            title=step.title,
            body=from_markdown(step.text, leads),
            **_where(step.url, leads),
            done=_place(found, step) in done,
        )
        for step in found.steps
    ]
    return Guide(key=found.key, title=found.title, summary=found.summary, steps=list(steps))


async def tick(desk: Desk, reader: Reader, key: str, step: str, *, done: bool) -> StepDone:
    """A step is done, or after all not."""
    found = _guide_of(desk, reader, key)
    chosen = next((one for one in found.steps if one.key == step), None)
    if chosen is None:
        raise nothing_there()
    async with desk.writers() as session:
        who = await keeper(session, reader)
        if who and done:
            await helped.mark(session, reader.site, who, "step", _place(found, chosen), reader.now)
        elif who:
            await helped.unmark(session, reader.site, who, "step", _place(found, chosen))
        await session.commit()
    return StepDone(done=done, is_kept=bool(who))


async def see(desk: Desk, reader: Reader, key: str) -> Seen:
    """An announcement was read."""
    if all(one.key != key for one in announcements_for(desk, reader)):
        raise nothing_there()
    async with desk.writers() as session:
        who = await keeper(session, reader)
        if who:
            await helped.mark(session, reader.site, who, "seen", key, reader.now)
        await session.commit()
    return Seen(is_kept=bool(who))
