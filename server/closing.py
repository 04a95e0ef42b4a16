"""What a visitor does at the end of a conversation: says how it was, and has it mailed."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox, transcripts
from server.actions.errors import Refusal
from server.actions.values import EffectRequest
from server.dialogue.values import State
from server.errors import Conflict, FrontdeskError
from server.floor import Joined
from server.frames import Csat, MailTranscript
from server.store import closing, conversations
from server.takeovers import Line, Takeovers

_TRIES = 5
PER_CONVERSATION, PER_ADDRESS = 3, 5
"""Transcripts within a day."""


class Closing(Takeovers):
    """Each is one short transaction on what stands now, and a wake-up."""

    async def rate(self, joined: Joined, frame: Csat) -> None:
        """How the whole conversation was; the comment is redacted like all words, under the same names."""
        for _ in range(_TRIES):
            # Another tab may seal something under the same placeholder, or rate, meanwhile.
            with suppress(IntegrityError):
                await self._rate_once(joined, frame)
                self._desk.hub.wake(joined.conversation)
                return
        raise Conflict(f"conversation {joined.conversation!r} keeps changing; try again")

    async def _rate_once(self, joined: Joined, frame: Csat) -> None:
        desk = self._desk
        async with desk.readers() as session:
            talk = await conversations.load_talk(session, desk.vault, joined.site, joined.conversation)
        if talk.head == 0:
            raise FrontdeskError(
                "nothing was said here yet that could be rated", code="nothing_said", status=409
            )
        redacted = await desk.in_thread(desk.reader.redact, frame.comment.strip(), talk.details)
        async with desk.writers() as session:
            self._seal(session, talk, redacted.sealed)
            await session.flush()
            await closing.rate(
                session, joined.site, joined.conversation, frame.score, redacted.text, desk.clock()
            )
            await session.commit()

    async def mail(self, joined: Joined, frame: MailTranscript) -> None:
        """Send the conversation as it stands; the line that says so is the receipt. The same frame is one mail."""
        desk, site, conversation = self._desk, joined.site, joined.conversation
        async with desk.readers() as session:
            language = await desk.language_of(session, site, conversation)
            if await conversations.already_logged(session, conversation, frame.id):
                return
            talk = await conversations.load_talk(session, desk.vault, site, conversation)
        address = _usable(frame.email, language)
        if talk.head == 0:
            raise _refused("transcript_empty", language)
        company = desk.playbooks.of_or_default(site).site.name
        words = await self._phrase(site, conversation, "transcript_mailed", email=address)

        def line(state: State) -> Line:
            return Line(words, "system", company if state.with_person else None, "", frame.id)

        async def send(session: AsyncSession, sealed: str) -> None:
            now, key = desk.clock(), self._key(site, address)
            of_it, to_it = await closing.mailed(session, site, conversation, key, now)
            if of_it >= PER_CONVERSATION:
                raise _refused("transcript_enough", language)
            if to_it >= PER_ADDRESS:
                raise _refused("transcript_enough_to", language)
            closing.note_mailed(session, site, conversation, key, id=desk.new_id(), now=now)
            wish = EffectRequest(
                site=site,
                conversation=conversation,
                kind=transcripts.KIND,
                payload={"email": sealed, "zone": talk.time_zone, "up_to": talk.head},
                key=f"transcript:{conversation}:{frame.id}",
            )
            await outbox.enqueue(session, wish, now=now)

        await self._append(site, conversation, line, _as_it_is, send, note=address)

    def _key(self, site: str, address: str) -> str:
        mailbox = f"transcript\0{site}\0{address.casefold()}"
        return hmac.new(self._desk.secret.encode(), mailbox.encode(), hashlib.sha256).hexdigest()


def _usable(typed: str, language: str) -> str:
    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise _refused("email_malformed", language) from None


def _refused(name: str, language: str) -> FrontdeskError:
    """In the visitor's language: it is shown beside the field."""
    return FrontdeskError(Refusal(name).said(language), code=name, status=409)


def _as_it_is(state: State) -> State:
    return state
