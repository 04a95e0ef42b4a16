"""Carries an order out: only what differs is written, and never over what somebody else put there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from crm_sync.documents.canonical import Json
from crm_sync.errors import ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.remote.account import Account
from crm_sync.remote.journal import Journal, Wrote
from crm_sync.remote.matching import Matcher
from crm_sync.remote.ports import Entry, Held
from crm_sync.remote.steps import entered, wrote
from crm_sync.remote.wishes import Wishes, wishes_of
from crm_sync.remote.work import Noted, Part, Planned, key_of
from crm_sync.values import Effect, Order


class Writer:
    """One attempt of one order."""

    def __init__(self, account: Account, journal: Journal, order: Order) -> None:
        self._account, self._journal, self._order = account, journal, order
        self._work, self._mapping = journal.work, account.mapping
        self._wishes: Wishes = wishes_of(order, account.mapping)
        self._known: dict[str, Json] = dict(self._wishes.known)
        """For the holes of defaults: what the order says, and what stands in the records that it met so far."""

    async def carry_out(self) -> Effect:
        """Match, write, enter; what an attempt before it did is left as it is."""
        for note in self._wishes.notes:
            self._work.note(note)
        matcher = Matcher(self._account, self._journal, self._order, self._wishes)
        contact = await matcher.contact()
        await self._write("contact", contact)
        company = await matcher.company(contact)
        if company is not None:
            if await self._journal.lease.take(f"company:{company.id}"):
                company = await self._account.read("company", company.id) or company
            await self._write("company", company)
        deal = await matcher.deal(contact)
        if deal is not None:
            await self._write("deal", deal)
        await self._enter(contact.id, company.id if company else None, deal.id if deal else None)
        return self._work.effect(self._order.conversation)

    # -- fields ----------------------------------------------------------------------------------------------

    async def _write(self, record: ObjectName, held: Held) -> None:
        part = self._work.parts[record]
        last = await self._account.memory.wrote(record, held.id)
        theirs = {each.key for each in last.values() if each.key != self._journal.key}
        newer = await self._account.memory.newer_than(self._journal.key, theirs) if theirs else frozenset()
        planned = len(part.plan)
        for name, value in self._wanted(record, held).items():
            if name in part.plan:
                continue
            mine = last.get(name)
            if mine is not None and mine.key in newer:
                # Of another conversation of the same person: the ledger looks at those of one.
                if not self._mapping.alike(
                    record, name, held.values, self._mapping.there(record, name, value)
                ):
                    self._work.note(f"A newer update already wrote {record}.{name}.")
                continue
            self._consider(record, part, name, value, held.values, mine)
        self._fill_in(
            record, part, held.values, {name: at for name, at in last.items() if at.key not in newer}
        )
        if len(part.plan) > planned:
            # What stood there is safe before anything is written over it.
            await self._journal.save()
        due = self._due(record, part, held.values)
        if due:
            await self._account.backend.change(record, held.id, due)
        ours = [
            wrote(record, held.id, name, each.wanted)
            for name, each in part.plan.items()
            if (mine := last.get(name)) is None or mine.key != self._journal.key
        ]
        if due or ours:
            await self._journal.save(*ours)

    def _wanted(self, record: ObjectName, held: Held) -> dict[str, Json]:
        values, domain = dict(self._wishes.values[record]), self._wishes.domain
        is_missing = (
            record == "company" and domain and "domain" not in values and self._mapping.has(record, "domain")
        )
        # Read off an address, it is worth writing only where nothing stands.
        if is_missing and self._mapping.is_empty(record, "domain", held.values):
            values["domain"] = domain
        return values

    def _consider(
        self,
        record: ObjectName,
        part: Part,
        name: str,
        value: Json,
        held: Mapping[str, Any],
        last: Wrote | None,
    ) -> None:
        """Plan to write a field, unless it is so already, or somebody else's."""
        wanted = self._mapping.there(record, name, value)
        if self._mapping.alike(record, name, held, wanted):
            return
        if is_somebody_elses(self._account, record, name, held, last):
            self._keep(record, name)
            return
        part.plan[name] = Planned(
            value,
            wanted,
            was=self._mapping.back(record, name, held),
            before=self._mapping.part(record, name, held),
            last_key=last.key if last else None,
            last_wrote=dict(last.values) if last else None,
        )

    def _fill_in(
        self, record: ObjectName, part: Part, held: Mapping[str, Any], last: Mapping[str, Wrote]
    ) -> None:
        """Plan a better default where what we filled in still stands: less was known when the record was made."""
        stands = self._mapping.fields(record, held) | {name: each.value for name, each in part.plan.items()}
        self._known |= {f"{record}.{name}": value for name, value in stands.items()}
        for name, mine in last.items():
            is_ours = mine.key != self._journal.key and self._mapping.part(record, name, held) == mine.values
            if not is_ours or name in part.plan or name in self._wishes.values[record]:
                continue
            wanted = self._mapping.better(record, name, mine.values, self._known)
            if wanted is not None:
                part.plan[name] = Planned(
                    self._mapping.back(record, name, wanted),
                    wanted,
                    was=self._mapping.back(record, name, held),
                    before=self._mapping.part(record, name, held),
                    last_key=mine.key,
                    last_wrote=dict(mine.values),
                )

    def _due(self, record: ObjectName, part: Part, held: Mapping[str, Any]) -> dict[str, Any]:
        """What of the plan does not stand there yet; what somebody changed since it was made is theirs."""
        due: dict[str, Any] = {}
        for name, each in list(part.plan.items()):
            if self._mapping.alike(record, name, held, each.wanted):
                continue
            is_emptied = self._account.is_emptied(record, name, held, each.wanted)
            if is_emptied or self._mapping.alike(record, name, held, each.before):
                due |= each.wanted
            else:
                del part.plan[name]
                self._keep(record, name)
        return due

    def _keep(self, record: ObjectName, name: str) -> None:
        self._work.note(f"Kept {record}.{name}: somebody typed it in {self._account.backend.name}.")

    # -- timeline --------------------------------------------------------------------------------------------

    async def _enter(self, contact: str, company: str | None, deal: str | None) -> None:
        for which, entry, ref in entries_of(self._order, self._journal.key):
            known = await self._account.memory.meeting(ref) if ref else None
            if which in self._work.entries and self._work.entries[which].id:
                continue
            noted = self._work.entries.get(which)
            if noted is None:
                noted = Noted(entry.kind, known.key if known else entry.key)
                noted.prior = dict(known.document) if known and known.key != entry.key else None
                self._work.entries[which] = noted
                await self._journal.save()
            entry = replace(entry, key=noted.key)  # noqa: PLW2901  a moved meeting stays the same entry
            if noted.prior is not None and known is not None and await self._revised(known.id, entry):
                noted.id = known.id
            else:
                made = await self._account.backend.enter(entry, contact=contact, company=company, deal=deal)
                noted.id = made.id
            await self._journal.save(entered(entry, noted.id, contact, ref))

    async def _revised(self, entry_id: str, entry: Entry) -> bool:
        """Whether the entry is still there to be revised; else it is written anew."""
        try:
            await self._account.backend.revise(entry_id, entry)
        except ProviderRefused as refusal:
            self._work.note(f"The {entry.kind} was entered anew: {refusal}")
            return False
        return True


def is_somebody_elses(
    account: Account, record: ObjectName, name: str, held: Mapping[str, Any], last: Wrote | None
) -> bool:
    """Whether what stands in a field, if only nothing, was put there by somebody but us."""
    if last is None:
        return not account.mapping.is_empty(record, name, held)
    return not account.mapping.alike(record, name, held, last.values)


def entries_of(order: Order, key: str) -> list[tuple[str, Entry, str | None]]:
    """What an order writes into the timeline: which, the entry, and the meeting that it is about."""
    activity = order.activity
    if activity is None:
        return []
    at, meeting = datetime.fromisoformat(activity["at"]), activity.get("meeting")
    if meeting:
        entry = Entry(
            "meeting",
            key,
            activity["subject"],
            activity["body"],
            datetime.fromisoformat(meeting["start"]),
            url=meeting.get("url") or activity.get("url"),
            end=datetime.fromisoformat(meeting["end"]),
            cancelled=meeting.get("state") == "cancelled",
        )
    else:
        entry = Entry("note", key, activity["subject"], activity["body"], at, url=activity.get("url"))
    found: list[tuple[str, Entry, str | None]] = [("activity", entry, meeting["ref"] if meeting else None)]
    if task := activity.get("task"):
        due = task.get("due")
        todo = Entry(
            "task",
            key_of("task", key),
            task["title"],
            "",
            at,
            due=datetime.fromisoformat(due) if due else None,
            priority=task.get("priority", "normal"),
        )
        found.append(("task", todo, None))
    return found
