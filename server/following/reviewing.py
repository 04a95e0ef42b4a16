"""What the console needs to review drafts: the site's terms, and the linter on the pages of this moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups.errors import NotOpen
from server.actions.follow_ups.linting import lint
from server.actions.follow_ups.values import Content, FollowUp, Terms
from server.actions.site import DeskOf
from server.following.grounds import Parts, grounds_for


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Handed to the console by whoever builds the application."""

    parts: Parts
    desk_of: DeskOf
    start: Callable[[Sequence[str]], Awaitable[None]]
    """Starts effects whose rows have been committed."""

    def terms(self, site: str) -> Terms:
        """The site's terms; raises `NotOpen` where the playbook has none any more."""
        rules = self.parts.playbooks.of_or_default(site).follow_ups
        if rules is None:
            raise NotOpen("the playbook has no `follow_ups` any more; add the section to let mails go")
        return rules.terms()

    async def checked(self, session: AsyncSession, made: FollowUp, body: str, *, now: datetime) -> Content:
        """What the linter says of these words now."""
        grounds = await grounds_for(
            self.parts,
            session,
            self.desk_of,
            site=made.site,
            conversation=made.conversation,
            language=made.language,
            content=made.content,
            now=now,
        )
        return replace(made.content, findings=lint(body, grounds))
