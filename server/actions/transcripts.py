"""Mails a conversation to the address that its visitor named: once for each wish, no word of theirs on top."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions.letters import paragraphs
from server.actions.ports import EffectHandler, LanguageOf, Mailer, Unseal
from server.actions.site import DeskOf
from server.actions.values import Effect, Mail
from server.actions.when import clock_label, known_zone, said_day, zone_label
from server.dialogue.languages import direction
from server.dialogue.phrases import phrase

KIND = "transcript_mail"
Who = Literal["visitor", "assistant", "team", "system"]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said, as its visitor may see it."""

    who: Who
    text: str
    at: datetime
    sources: tuple[tuple[str, str], ...] = ()
    """Title and address of each page that was quoted."""


SaidOf = Callable[[AsyncSession, str, str, int], Awaitable[Sequence[Said]]]
"""What was said in a site's conversation up to a frame."""


@dataclass(frozen=True, slots=True)
class TranscriptPost:
    """Everything that turns a conversation into a mail."""

    sessions: async_sessionmaker[AsyncSession]
    mailer: Mailer
    unseal: Unseal
    desk_of: DeskOf
    language_of: LanguageOf
    said_of: SaidOf

    def handlers(self) -> dict[str, EffectHandler]:
        """By kind of effect, for `outbox.run`."""
        return {KIND: self.send}

    async def send(self, effect: Effect) -> None:
        conversation = effect.conversation or ""
        async with self.sessions() as session:
            spoken = await self.language_of(session, effect.site, conversation)
            said = await self.said_of(session, effect.site, conversation, int(effect.payload["up_to"]))
        to = await self.unseal(effect.site, conversation, effect.payload["email"])
        if not said or "@" not in to:
            return  # it was deleted meanwhile
        company = self.desk_of(effect.site).name
        zone = known_zone(effect.payload["zone"])
        await self.mailer.send(
            effect.site, letter(said, company, to=to, zone=zone, language=spoken), key=effect.key
        )


def letter(said: Sequence[Said], company: str, *, to: str, zone: str, language: str) -> Mail:
    """The conversation as a mail. Its subject and first words are ours: what visitors type stands below them."""
    names = {
        "visitor": phrase("mail_transcript_visitor", language=language),
        "assistant": phrase("mail_transcript_assistant", {"company": company}, language),
        "team": phrase("mail_transcript_team", {"company": company}, language),
        "system": "",
    }
    opening = phrase("mail_transcript", {"company": company}, language)
    closing = phrase("mail_transcript_not_you", language=language)
    days = [
        (f"{said_day(group[0].at, zone, language)} ({zone_label(zone, language)})", group)
        for group in _by_day(said, zone)
    ]
    lines = [opening]
    for day, group in days:
        lines.append(day)
        lines += [_line(one, names[one.who], zone, language) for one in group]
    subject = phrase("mail_transcript_subject", {"company": company}, language)
    rows = "".join(
        f"<h3>{escape(day)}</h3>" + "".join(_row(one, names[one.who], zone, language) for one in group)
        for day, group in days
    )
    page = (
        f'<!doctype html><html lang="{language}" dir="{direction(language)}"><body>'
        f"<p>{escape(opening)}</p>{rows}<hr><p>{escape(closing)}</p><p>{escape(company)}</p></body></html>"
    )
    return Mail(to, subject, paragraphs(*lines, "-- ", closing, company), html=page)


def _by_day(said: Sequence[Said], zone: str) -> list[list[Said]]:
    return [
        list(group) for _, group in groupby(said, key=lambda one: one.at.astimezone(ZoneInfo(zone)).date())
    ]


def _line(one: Said, name: str, zone: str, language: str) -> str:
    head = f"{clock_label(one.at, zone)} {name}".strip()
    shown = [f"{head}\n{one.text}" if name else f"{head} {one.text}"]
    if one.sources:
        shown.append(phrase("mail_transcript_sources", language=language))
        shown += [f"- {title}: {url}" for title, url in one.sources]
    return "\n".join(shown)


def _row(one: Said, name: str, zone: str, language: str) -> str:
    """Only our own sources become links: a mail of ours is no place for anybody else's."""
    text = escape(one.text).replace("\n", "<br>")
    at = escape(clock_label(one.at, zone))
    if not name:
        return f'<p style="color:#5a606b">{at} {text}</p>'
    sources = "".join(f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for title, url in one.sources)
    named = f"<p>{escape(phrase('mail_transcript_sources', language=language))}</p>" if sources else ""
    listed = f"{named}<ul>{sources}</ul>" if sources else ""
    return f'<p><strong>{escape(name)}</strong> {at}</p><p dir="auto">{text}</p>{listed}'
