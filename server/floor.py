"""What happens to a conversation outside a turn: joining, visits, consent, ratings, and people of the company."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from itsdangerous import BadSignature, URLSafeSerializer

from crm_sync.proposals import Kind
from server.actions import handoff
from server.desk import Desk
from server.dialogue.values import State, page_path
from server.errors import FrontdeskError, NotFound
from server.frames import Consent, Hello, Message, Rate, Visit
from server.store import conversations
from server.store.conversations import Entry

_LEARNED: tuple[Kind, ...] = ("contact.qualified", "contact.enriched")
"""Updates that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A visitor with their conversation."""

    site: str
    visitor: str
    conversation: str
    token: str
    consent: str
    head: int


class Floor:
    """The moments of a conversation that are not a turn; each is one short transaction and a wake-up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tokens = URLSafeSerializer(desk.secret, salt="frontdesk.visitor")

    async def join(self, hello: Hello) -> Joined:
        """Find or begin the visitor's conversation; a token that is not ours begins a new visitor."""
        desk = self._desk
        desk.playbooks.of(hello.site)
        visitor = self._visitor(hello) or desk.new_id()
        now = desk.clock()
        async with desk.writers() as session:
            conversation = await conversations.open_talk(
                session,
                site=hello.site,
                visitor=visitor,
                conversation=hello.conversation,
                new_id=desk.new_id(),
                mode=hello.mode,
                consent=hello.consent,
                locale=hello.locale,
                time_zone=hello.time_zone,
                now=now,
            )
            await session.flush()
            if hello.page is not None:
                await conversations.note_visit(session, hello.site, conversation, page_path(hello.page.url))
            talk = await conversations.load_talk(session, desk.vault, hello.site, conversation)
            await session.commit()
        token = self._tokens.dumps([hello.site, visitor])
        return Joined(hello.site, visitor, conversation, token, talk.consent, talk.head)

    async def visit(self, joined: Joined, frame: Visit) -> None:
        """Remember that the visitor went to another page."""
        async with self._desk.turnstile.through(joined.conversation), self._desk.writers() as session:
            await conversations.note_visit(
                session, joined.site, joined.conversation, page_path(frame.page.url)
            )
            await session.commit()

    async def consent(self, joined: Joined, frame: Consent) -> None:
        """What the visitor allows from now on; every later decision takes it.

        Taken back, it also stops what was merely learned on its way to the CRM. What the visitor asked for, such as a
        meeting, goes on.
        """
        desk = self._desk
        async with desk.writers() as session:
            before = await conversations.set_consent(session, joined.site, joined.conversation, frame.level)
            if frame.level == "necessary" and before != "necessary":
                await desk.ledger.withdraw(
                    session, joined.site, joined.conversation, by="visitor", now=desk.clock(), kinds=_LEARNED
                )
            await session.commit()

    async def rate(self, joined: Joined, frame: Rate) -> None:
        """Thumbs for a turn of this conversation."""
        desk = self._desk
        async with desk.writers() as session:
            await conversations.rate(
                session, joined.site, joined.conversation, frame.turn, frame.value, frame.reason, desk.clock()
            )
            await session.commit()

    async def take_over(self, site: str, conversation: str, login: str) -> None:
        """From now on a person answers, and the assistant stays quiet."""
        desk = self._desk
        async with desk.writers() as session:
            # Nobody may have asked for a person; a rep may step in all the same.
            with suppress(NotFound):
                await handoff.join(session, site, conversation, login, now=desk.clock())
            await session.commit()
        line = "You're now talking with a person of our team. I'll stay quiet."
        await self._append(
            site, conversation, "system", None, line, lambda state: replace(state, with_person=True)
        )

    async def say_as_person(self, site: str, conversation: str, login: str, text: str) -> None:  # noqa: ARG002
        """Say `text` to the visitor in the name of the company; the first words take the conversation over."""
        if not text.strip():
            raise FrontdeskError("the message is empty; write something first", code="empty")
        name = self._desk.playbooks.of_or_default(site).site.name
        await self._append(
            site, conversation, "person", name, text.strip(), lambda s: replace(s, with_person=True)
        )

    async def hand_back(self, site: str, conversation: str, login: str) -> None:  # noqa: ARG002
        """The assistant answers again."""
        desk = self._desk
        async with desk.writers() as session:
            # Nobody may have asked for a person; a rep may step in all the same.
            with suppress(NotFound):
                await handoff.close(session, site, conversation, now=desk.clock())
            await session.commit()
        line = "The assistant is answering again."
        await self._append(
            site,
            conversation,
            "system",
            None,
            line,
            lambda state: replace(state, with_person=False, person_wanted=False),
        )

    async def _append(
        self,
        site: str,
        conversation: str,
        author: str,
        name: str | None,
        text: str,
        change: Callable[[State], State],
    ) -> None:
        """Log one message that no turn wrote, redacted like all words."""
        desk = self._desk
        async with desk.turnstile.through(conversation), desk.writers() as session:
            talk = await conversations.load_talk(session, desk.vault, site, conversation)
            redacted = await desk.in_thread(desk.reader.redact, text, talk.details)
            now = desk.clock()
            fresh = {sealed.placeholder: sealed for sealed in redacted.sealed}
            desk.vault.seal(
                session,
                site=site,
                conversation=conversation,
                details=(
                    (mark, sealed.kind, sealed.value)
                    for mark, sealed in fresh.items()
                    if mark not in talk.details
                ),
                now=now,
            )
            message = Message.model_validate(
                {
                    "seq": 0,
                    "id": desk.new_id(),
                    "author": author,
                    "text": redacted.text,
                    "at": now,
                    "name": name,
                }
            )
            entry = Entry("message", message.model_dump(mode="json", exclude={"seq"}), message=message.id)
            await conversations.save_talk(session, talk, state=change(talk.state), entries=[entry], now=now)
            await session.commit()
        desk.hub.wake(conversation)

    def _visitor(self, hello: Hello) -> str | None:
        if hello.visitor_token is None:
            return None
        try:
            site, visitor = self._tokens.loads(hello.visitor_token)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(visitor) if site == hello.site else None
