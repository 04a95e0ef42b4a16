"""Puts who is signed in into their conversation: sealed there, and known for as long as the conversation is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intents.redaction import seal_beside
from intents.values import Redacted
from server.dialogue.signed_in import SignedIn, introduced
from server.members.values import Member
from server.store import members
from server.store.conversations import Talk, save_state
from server.store.vault import Vault


@dataclass(frozen=True, slots=True)
class _Marks:
    """What stands for the details, and those of them that the vault does not have yet."""

    who: SignedIn
    fresh: tuple[tuple[str, str, str], ...]


async def introduce(session: AsyncSession, vault: Vault, talk: Talk, member: Member, now: datetime) -> None:
    """In the caller's transaction. Beyond this conversation something is kept only of who let us remember."""
    marks = _marked(member, talk.details)
    if marks.who != talk.state.signed_in:
        vault.seal(session, site=talk.site, conversation=talk.id, details=marks.fresh, now=now)
        await save_state(session, talk, introduced(talk.state, marks.who))
    if talk.consent == "remembered":
        await remember(session, vault, member, now)


async def remember(session: AsyncSession, vault: Vault, member: Member, now: datetime) -> None:
    """Keep who they are, in the caller's transaction."""
    details = {"name": member.name, "email": member.email, "company": member.company}
    await members.keep(session, vault, member.site, member.key, plan=member.plan, details=details, now=now)


def _marked(member: Member, known: Mapping[str, str]) -> _Marks:
    """The same detail has the same placeholder, whoever told it."""
    marks: dict[str, str] = {}
    redacted = Redacted("")
    for kind, value in (("person", member.name), ("email", member.email)):
        found = next(
            (mark for mark, told in known.items() if told == value and mark.startswith(f"[{kind}_")), ""
        )
        if value and not found:
            redacted = seal_beside(redacted, kind, value, known)
            found = redacted.sealed[-1].placeholder
        marks[kind] = found if value else ""
    who = SignedIn(marks["person"], marks["email"], member.plan_name, member.company)
    return _Marks(who, tuple((each.placeholder, each.kind, each.value) for each in redacted.sealed))
