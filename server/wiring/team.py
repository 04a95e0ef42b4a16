"""What the ledger is told by the house: each site's rules, who has a conversation, and whom to tell what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import Policy, load_policy
from crm_sync.deciding.house_rules import HouseRules, RulesOf
from crm_sync.deciding.verdicts import Waiting
from crm_sync.values import PendingUpdate
from server.actions import handoff, notices, routing
from server.actions.notices import AddressBook, Addresses
from server.doubting import note_decided
from server.moves.people import called
from server.playbook import Playbook, Playbooks
from server.store.tables import DecisionRow
from server.telemetry import log


def house_rules(playbooks: Playbooks) -> RulesOf:
    """The rules by site, read once: a policy file that changes is read with the next start, as its playbook is."""
    rules = {site: _rules(playbooks.of(site)) for site in playbooks.sites}
    shipped = HouseRules()
    return lambda site: rules.get(site, shipped)


def _rules(playbook: Playbook) -> HouseRules:
    wanted = playbook.crm
    hours = wanted.deadline_hours
    return HouseRules(
        policy=load_policy(Path(wanted.policy)) if wanted.policy else Policy(),
        deadline=timedelta(hours=hours) if hours is not None else None,
    )


@dataclass(frozen=True, slots=True)
class SiteTeam:
    """The people of each site, as the ledger wants to know them."""

    playbooks: Playbooks
    addresses: AddressBook = field(repr=False)
    new_id: Callable[[], str]

    async def assigned(self, session: AsyncSession, site: str, conversation: str) -> str | None:
        """Whoever took the conversation or was meant to, else the rep whose lead it is."""
        taken = await handoff.open_of(session, site, conversation)
        if taken is not None and (login := taken.person or taken.assigned):
            return login
        routed = await routing.of(session, site, conversation)
        return self.login(site, routed.rep) if routed is not None else None

    def login(self, site: str, owner: str) -> str:
        """The account of whom the CRM or the routing calls so; the name itself where no rep of the playbook is."""
        playbook = self.playbooks.of_or_default(site)
        wanted = owner.strip().casefold()
        reps = playbook.routing.reps if playbook.routing else ()
        return next((rep.accounts()[0] for rep in reps if wanted in called(playbook, rep)), owner)

    async def misread(
        self, session: AsyncSession, rejected: PendingUpdate, *, by: str, now: datetime
    ) -> None:
        """File the messages that the update was read from, each as it was read then."""
        told = {
            str(words["message_id"])
            for change in rejected.document.get("fields", ())
            for words in change.get("evidence", ())
            if words.get("message_id")
        }
        mine = select(DecisionRow).where(
            DecisionRow.site == rejected.site, DecisionRow.conversation == rejected.conversation
        )
        for row in await session.scalars(mine):
            if str(row.record.get("message")) in told:
                filed = await note_decided(session, row, "misread", new_id=self.new_id(), now=now, by=by)
                log().info("crm.misread", update=rejected.id, site=rejected.site, filed=filed)

    async def overdue(self, session: AsyncSession, late: Waiting, *, now: datetime) -> None:
        """Tell the team once, by the names of the fields and never by their values."""
        update = late.update
        addresses = self.addresses.get(update.site, Addresses())
        plan = self.playbooks.of_or_default(update.site).notices.plan(addresses.channels)
        names = [f"{change['object']}.{change['name']}" for change in update.document.get("fields", ())]
        said = {"update": update.id, "reason": ", ".join(names)[:300], "rep": late.escalated_to or late.owner}
        await notices.tell(
            session, plan, update.site, "update_overdue",
            conversation=update.conversation, cause=update.id, now=now, said=said,
        )  # fmt: skip
