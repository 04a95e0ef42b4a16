"""What follows a trial: the operator's product is told, the visitor hears when it is ready, a person when it is not."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from server.actions import handoff, provisioning, trial, trial_letters
from server.actions.errors import BadLink, NoUseTrying, TryLater
from server.actions.goods import Trial
from server.actions.ports import Clock, EffectHandler, LanguageOf, Mailer, Unseal, in_english
from server.actions.posting import Answered, NotPosted
from server.actions.signing import Keys
from server.actions.site import DeskOf
from server.actions.tables import GoneRow
from server.actions.values import Effect, HandoffRequest, Happening, Presence, TrialChanged

_GONE = 410
_NOBODY_KNOWS = Presence(reps_online=0, open_now=False)
"""What went wrong behind the scenes is a task, whoever is there."""


class Post(Protocol):
    """Posts to an address and gives the answer; raises `NotPosted`."""

    async def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool
    ) -> Answered: ...


async def _nothing(_session: AsyncSession, _happening: Happening) -> None:
    """Where nobody keeps a CRM."""


async def _nothing_after(_session: AsyncSession) -> None:
    """Where the sweep starts what follows."""


@dataclass(frozen=True, slots=True)
class Provisioner:
    """Everything that turns a confirmed address into a trial in the operator's product."""

    sessions: async_sessionmaker[AsyncSession]
    post: Post
    keys_of: Callable[[str], Keys]
    mailer: Mailer
    unseal: Unseal
    desk_of: DeskOf
    clock: Clock
    language_of: LanguageOf = in_english
    on_change: Callable[[AsyncSession, Happening], Awaitable[None]] = _nothing
    """Joins the transaction in which a trial moves on: the CRM is told."""
    after_commit: Callable[[AsyncSession], Awaitable[None]] = _nothing_after
    jitter: Callable[[], float] = field(default_factory=lambda: random.SystemRandom().random)

    def handlers(self) -> Mapping[str, EffectHandler]:
        """By kind of effect, for `outbox.run`."""
        return {
            "trial_provision": self.provision,
            "trial_provision.failed": self.failed,
            "trial_ready_mail": self.ready_mail,
        }

    async def provision(self, effect: Effect) -> None:
        """Tell the product, and keep what it says. The same trial is the same webhook id, however often it goes out."""
        found = await self._load(effect)
        if found is None or found[0].provision != "waiting":
            return
        asked, language, gone = found
        email = await self.unseal(asked.site, asked.conversation, asked.email)
        if not _is_address(email):
            return  # erased since: there is nobody to set it up for
        answer = await self._told(asked, email, language, gone, attempt=effect.attempt)
        async with self.sessions.begin() as session:
            known = await trial.answered(session, asked.site, asked.id, answer, now=self.clock())
            if known is not None and known.provision == "ready":
                await self.on_change(session, TrialChanged("ready", known))
        await self.after_commit(session)

    async def failed(self, effect: Effect) -> None:
        """Every attempt is used up, or none can help: a person has to look at it, and the visitor is not left alone."""
        async with self.sessions.begin() as session:
            try:
                known = await trial.give_up(session, effect.site, effect.payload["trial"])
            except BadLink:
                return
            if known is None or not known.conversation:
                return
            wish = HandoffRequest(
                site=known.site,
                conversation=known.conversation,
                reason="The trial could not be set up",
                summary=f"Trial {known.id} of {known.plan}: {effect.payload.get('why', '')}",
                email=known.email,
            )
            await handoff.request(session, wish, presence=_NOBODY_KNOWS, now=self.clock(), id=str(uuid7()))
            await self.on_change(session, TrialChanged("failed", known))
        await self.after_commit(session)

    async def ready_mail(self, effect: Effect) -> None:
        found = await self._load(effect)
        if found is None:
            return
        known, language, _ = found
        to = await self.unseal(known.site, known.conversation, known.email)
        if _is_address(to):
            mail = trial_letters.ready(self.desk_of(known.site), known, to=to, language=language)
            await self.mailer.send(known.site, mail, key=effect.key)

    async def _load(self, effect: Effect) -> tuple[Trial, str, GoneRow | None] | None:
        async with self.sessions() as session:
            try:
                known = await trial.trial(session, effect.site, effect.payload["trial"])
            except BadLink:
                return None  # deleted with its conversation
            if not known.conversation:
                return None
            language = await self.language_of(session, known.site, known.conversation)
            return known, language, await session.get(GoneRow, effect.site)

    async def _told(
        self, asked: Trial, email: str, language: str, gone: GoneRow | None, *, attempt: int
    ) -> provisioning.ProductAnswer:
        place, now = self.desk_of(asked.site).provisioning, self.clock()
        keys = self.keys_of(asked.site)
        if place is None or not keys:
            missing = "trial.provisioning" if place is None else "FRONTDESK_PROVISIONING_SECRET"
            raise NoUseTrying(f"{missing} is not set any more for site {asked.site!r}", code="not_configured")
        if gone is not None and gone.url == place.url:
            raise NoUseTrying(f"the product of site {asked.site!r} said that it is gone", code="answered_410")
        text = provisioning.body(asked, email=email, language=language, now=now)
        headers = keys.headers(provisioning.message_id(asked), text, now=now)
        try:
            answer = await self.post(place.url, text.encode(), headers, allow_private=place.allow_private)
        except NotPosted as error:
            if error.refused:
                raise NoUseTrying(error.message, code=error.code) from error
            after = provisioning.pause(attempt, self.jitter())
            raise TryLater(error.message, after=after, code=error.code) from error
        if answer.status == _GONE:
            await self._note_gone(asked.site, place.url)
        return provisioning.understood(answer, attempt, now=now, jitter=self.jitter())

    async def _note_gone(self, site: str, url: str) -> None:
        async with self.sessions.begin() as session:
            await session.merge(GoneRow(site=site, url=url, at=self.clock()))


def _is_address(unsealed: str) -> bool:
    """False where the visitor had it erased."""
    return "@" in unsealed
