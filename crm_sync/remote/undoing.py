"""Takes an order back: what stood there before, unless somebody changed it since; interrupted, it can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm_sync.errors import ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.remote.account import Account
from crm_sync.remote.journal import Journal, Step
from crm_sync.remote.steps import entered, forgot, linked, removed, taken_out, wrote
from crm_sync.remote.work import Part, Planned, entry_of
from crm_sync.values import Difference, UndoResult, token_of

_UNIQUE = frozenset({("contact", "email"), ("company", "domain")})


class Undoer:
    """One attempt to take one order back."""

    def __init__(self, account: Account, journal: Journal) -> None:
        self._account, self._journal = account, journal
        self._work, self._mapping, self._backend = journal.work, account.mapping, account.backend

    async def take_back(self, seen: tuple[Difference, ...] | None) -> UndoResult:
        """Restore the prior state, or say what is different and write nothing."""
        contact = self._work.parts["contact"].id
        for record, part in self._work.parts.items():
            if record != "deal":
                await self._journal.lease.take(f"{record}:{part.id}")
        if self._work.undoing is None:
            states, differences = await self._look()
            if differences and (seen is None or token_of(seen) != token_of(differences)):
                return UndoResult("changed_since", differences)
            self._work.undoing = states
            await self._journal.save()
        await self._take_out(contact)
        # A contact comes last: it is hollow only when nothing hangs on it.
        for record, part in reversed(self._work.parts.items()):
            await self._restore(record, part, contact)
        await self._untie(contact)
        await self._journal.undone()
        return UndoResult("undone")

    # -- looking ---------------------------------------------------------------------------------------------

    async def _look(self) -> tuple[dict[str, dict[str, dict[str, Any]]], tuple[Difference, ...]]:
        """What stands in the order's fields now, and where that is not what it wrote."""
        states: dict[str, dict[str, dict[str, Any]]] = {}
        found: list[Difference] = []
        for record, part in self._work.parts.items():
            if not part.plan:
                continue
            held = await self._account.read(record, part.id)
            last = await self._account.memory.wrote(record, part.id)
            values: Mapping[str, Any] = held.values if held else {}
            states[record] = {name: self._mapping.part(record, name, values) for name in part.plan}
            for name, each in part.plan.items():
                # The same value may stand there again from another update: then the field is its.
                is_ours = name in last and last[name].key == self._journal.key
                is_so = held is not None and self._mapping.alike(record, name, values, each.wanted)
                if not (is_ours and is_so) or await self._taken(record, part, name, each):
                    value = self._mapping.back(record, name, values)
                    found.append(Difference(record, part.id, name, each.value, value, each.was))
        return states, tuple(found)

    async def _taken(self, record: ObjectName, part: Part, name: str, each: Planned) -> bool:
        """Whether the address or domain to go back to belongs to another record by now."""
        if each.was is None or (record, name) not in _UNIQUE:
            return False
        others = await self._account.find(record, name, each.was)
        return any(other.id != part.id for other in others)

    # -- taking back -----------------------------------------------------------------------------------------

    async def _take_out(self, contact: str) -> None:
        for noted in self._work.entries.values():
            if noted.prior is None:
                await self._backend.take_out(noted.kind, noted.id)  # type: ignore[arg-type]  # as it was stored
                await self._journal.save(taken_out(noted.key))
                continue
            prior = entry_of(noted.prior)
            kept = await self._account.memory.entry(noted.key)
            if kept is not None and kept.document != noted.prior:
                await self._backend.revise(noted.id, prior)
                await self._journal.save(entered(prior, noted.id, contact, await self._ref(noted.key)))

    async def _ref(self, key: str) -> str | None:
        kept = await self._account.memory.entry(key)
        return kept.meeting_ref if kept else None

    async def _restore(self, record: ObjectName, part: Part, contact: str) -> None:
        held = await self._account.read(record, part.id)
        if held is None:
            await self._journal.save(removed(record, part.id))
            return
        states = (self._work.undoing or {}).get(record, {})
        due: dict[str, Any] = {}
        back: list[Step] = []
        for name, each in part.plan.items():
            back.append(self._given_back(record, part.id, name, each))
            if self._mapping.alike(record, name, held.values, each.before):
                continue
            # What somebody typed while we were at it stays.
            is_emptied = self._account.is_emptied(record, name, held.values, each.wanted)
            if is_emptied or self._mapping.alike(record, name, held.values, states.get(name, each.wanted)):
                due |= self._prior(record, each)
        after = {**held.values, **due}
        if await self._is_hollow(record, part.id, after, contact):
            await self._backend.remove(record, part.id)
            await self._journal.save(removed(record, part.id))
            return
        if due:
            await self._backend.change(record, part.id, due)
        await self._journal.save(*back)

    def _prior(self, record: ObjectName, each: Planned) -> dict[str, Any]:
        """What to put back; a field that can not be empty gets what is filled in there."""
        return {
            to: self._mapping.emptied(record, to) if value is None else value
            for to, value in each.before.items()
        }

    def _given_back(self, record: ObjectName, record_id: str, name: str, each: Planned) -> Step:
        if each.last_key is not None and each.last_wrote is not None:
            return wrote(record, record_id, name, each.last_wrote, each.last_key)
        return forgot(record, record_id, name)

    async def _untie(self, contact: str) -> None:
        tied, company = self._work.tied, self._work.parts.get("company")
        # A tie to nothing before stays while there is something at its other end: newer updates rely on it.
        if tied is not None and tied[0] is not None and company is not None:
            try:
                await self._tie_back(contact, company.id, tied[0])
                await self._backend.untie(contact, "company", company.id)
            except ProviderRefused as refusal:
                self._work.note(f"The tie to company {company.id} was not taken back: {refusal}")
        if self._work.linked is not None and self._work.linked[0] is not None:
            await self._journal.save(
                linked(self._journal.conversation, self._work.linked[0], only_from=contact)
            )

    async def _tie_back(self, contact: str, company: str, before: str) -> None:
        """Where a contact has one company only, ours took the place of the one before; where it may have several, that
        one stands there still. First the old tie, then ours: broken off in between, nothing looks like a person's."""
        own = [each.id for each in await self._account.tied(contact, "company")]
        if own == [company] and await self._account.read("company", before) is not None:
            await self._backend.tie(contact, "company", before)

    # -- hollow records --------------------------------------------------------------------------------------

    async def _is_hollow(
        self, record: ObjectName, record_id: str, held: Mapping[str, Any], contact: str
    ) -> bool:
        """A record that we made and in which nothing is left but what was filled in."""
        filled = await self._account.memory.filled_in(record, record_id)
        if filled is None:
            return False
        for name in self._mapping.ours(record):
            only_filled = self._mapping.part(record, name, filled)
            if not self._mapping.is_empty(record, name, held) and not self._mapping.alike(
                record, name, held, only_filled
            ):
                return False
        if record == "contact" and await self._is_needed(contact):
            return False
        return not await self._backend.has_history(record, record_id)

    async def _is_needed(self, contact: str) -> bool:
        """Whether deals hang on the contact, or a company through which newer updates of ours find their way."""
        if await self._account.tied(contact, "deal"):
            return True
        if not await self._account.tied(contact, "company"):
            return False
        return await self._account.memory.others_on(contact, self._journal.key)
