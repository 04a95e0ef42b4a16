"""Finds or makes the records that an order is about. Matched exactly; a doubt becomes a note, never a merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm_sync.errors import ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.remote.account import Account
from crm_sync.remote.journal import Journal
from crm_sync.remote.ports import Held
from crm_sync.remote.steps import linked, made, not_made, wrote
from crm_sync.remote.wishes import Wishes
from crm_sync.remote.work import Part, Planned, key_of
from crm_sync.values import Order


class Matcher:
    """One attempt of one order. What an attempt before it found or made is taken as it was."""

    def __init__(self, account: Account, journal: Journal, order: Order, wishes: Wishes) -> None:
        self._account, self._journal, self._order, self._wishes = account, journal, order, wishes
        self._work = journal.work
        self._mapping, self._backend = account.mapping, account.backend

    async def contact(self) -> Held:
        """By the vendor's id, by address, by conversation, else a new one; the conversation is linked to it."""
        if held := await self._again("contact"):
            if self._order.by != "external_id":
                await self._link(held.id)
            return await self._alone(held)
        if self._order.by == "external_id":
            held = await self._account.read("contact", self._order.match)
            if held is None:
                raise ProviderRefused(
                    f"There is no contact {self._order.match!r} in {self._backend.name}; it may have been removed."
                )
            return await self._alone(await self._found("contact", held))
        held = await self._search()
        if held is None:
            key = key_of("contact", self._order.site, *self._what_it_is())
            held = await self._make("contact", key)
        else:
            await self._found("contact", held)
        await self._link(held.id)
        return await self._alone(held)

    async def company(self, contact: Held) -> Held | None:
        """By domain, then the contact's own, else a new one if there is cause."""
        if held := await self._again("company"):
            await self._tie_company(contact.id, held.id)
            return held
        domain, values = self._wishes.domain, self._wishes.values["company"]
        if not values and not domain and self._order.activity is None:
            return None
        own = await self._account.tied(contact.id, "company")
        held = await self._of_domain(domain, own) or next(iter(own), None)
        if held is None and not values and not domain:
            return None
        if held is None:
            key = key_of("company", self._order.site, *([domain] if domain else ["of", contact.id]))
            held = await self._make("company", key)
        else:
            await self._found("company", held)
        await self._tie_company(contact.id, held.id, own)
        return held

    async def deal(self, contact: Held) -> Held | None:
        """The contact's open deal, else a new one; none when the order says nothing about deals."""
        if not self._wishes.values["deal"]:
            return None
        held = await self._again("deal")
        if held is None:
            theirs = await self._account.tied(contact.id, "deal")
            held = next((deal for deal in theirs if not self._mapping.is_closed(deal.values)), None)
            if held is not None:
                return await self._found("deal", held)
            # A deal after one that was won or lost is another one.
            closed = sorted(deal.id for deal in theirs)
            key = key_of("deal", self._order.site, contact.id, self._order.conversation, *closed)
            held = await self._make("deal", key)
        if self._work.parts["deal"].made:
            await self._backend.tie(contact.id, "deal", held.id)
        return held

    # -- finding ---------------------------------------------------------------------------------------------

    async def _again(self, record: ObjectName) -> Held | None:
        """The record that an earlier attempt of this order settled on, or was about to make."""
        part = self._work.parts.get(record)
        if part is None:
            return None
        if not part.id:
            return await self._make(record, part.key)
        held = await self._account.read(record, part.id)
        if held is None:
            # Somebody removed it in between: begin anew.
            del self._work.parts[record]
        return held

    async def _search(self) -> Held | None:
        address = self._wishes.address
        by_address = await self._account.find("contact", "email", address) if address else ()
        by_talk = await self._account.contact_of(self._order.conversation)
        for other in by_address[1:]:
            self._work.note(f"Possible duplicate: contact {other.id} has the same address.")
        if by_address and by_talk and by_address[0].id != by_talk.id:
            self._work.note(f"Possible duplicate: contact {by_talk.id} came from the same conversation.")
        return by_address[0] if by_address else by_talk

    async def _of_domain(self, domain: str | None, own: tuple[Held, ...]) -> Held | None:
        if not domain or (search := self._mapping.lookup("company", "domain", domain)) is None:
            return None
        wanted = dict([search])
        if mine := next(
            (each for each in own if self._mapping.alike("company", "domain", each.values, wanted)), None
        ):
            return mine
        found = await self._account.find("company", "domain", domain)
        for other in found[1:]:
            self._work.note(f"Possible duplicate: company {other.id} has the same domain.")
        return next(iter(found), None)

    async def _found(self, record: ObjectName, held: Held) -> Held:
        self._work.parts[record] = Part(id=held.id)
        await self._journal.save()
        return held

    # -- making ----------------------------------------------------------------------------------------------

    async def _make(self, record: ObjectName, key: str) -> Held:
        """Make it, or take the one that is the same by now."""
        # Not every vendor holds the key to be unique: two orders do not make the same record at the same moment.
        await self._journal.lease.take(f"make:{key}")
        is_repeated = record in self._work.parts
        part = self._work.parts.setdefault(record, self._new(record, key))
        is_maker = await self._journal.reserve(record, key, part.filled)
        answer = await self._backend.create(record, part.values, key=key)
        if answer.created:
            return await self._made(record, part, answer.id)
        held = await self._account.read(record, answer.id)
        if held is None:
            raise ProviderRefused(
                f"{self._backend.name} says that {record} {answer.id!r} is the same, and does not show it."
            )
        # The attempt before may have made it, and its answer was lost: then everything stands there as we sent it.
        if is_repeated and is_maker and self._as_sent(record, part, held.values):
            return await self._made(record, part, held.id, held.values)
        self._work.parts[record] = Part(id=held.id)
        await self._journal.save(not_made(record, key))
        return held

    def _new(self, record: ObjectName, key: str) -> Part:
        plan: dict[str, Planned] = {}
        values: dict[str, Any] = {}
        for name, value in self._wishes_of_new(record).items():
            wanted = self._mapping.there(record, name, value)
            plan[name] = Planned(value, wanted, before=dict.fromkeys(wanted))
            values |= {to: each for to, each in wanted.items() if each is not None}
        filled = self._mapping.defaults(record, values, self._wishes.known)
        return Part(key=key, values={**values, **filled}, filled=filled, plan=plan)

    def _wishes_of_new(self, record: ObjectName) -> dict[str, Any]:
        values = dict(self._wishes.values[record])
        if record == "company" and self._wishes.domain and self._mapping.has("company", "domain"):
            values.setdefault("domain", self._wishes.domain)
        return values

    async def _made(
        self, record: ObjectName, part: Part, record_id: str, held: Mapping[str, Any] | None = None
    ) -> Held:
        part.id, part.made = record_id, True
        ours = [wrote(record, record_id, name, each.wanted) for name, each in part.plan.items()]
        # What was filled in is ours as well: a later update may put the real value there.
        for name in self._account.mapping.ours(record):
            filled = self._mapping.part(record, name, part.filled)
            if name not in part.plan and any(value is not None for value in filled.values()):
                ours.append(wrote(record, record_id, name, filled))
        await self._journal.save(made(record, part.key, record_id, part.filled), *ours)
        return Held(record_id, dict(held or part.values))

    def _as_sent(self, record: ObjectName, part: Part, held: Mapping[str, Any]) -> bool:
        return all(self._mapping.alike(record, name, each.wanted, held) for name, each in part.plan.items())

    def _what_it_is(self) -> tuple[str, str]:
        if self._wishes.address:
            return "email", self._wishes.address.strip().casefold()
        return "conversation", self._order.conversation

    # -- ties ------------------------------------------------------------------------------------------------

    async def _link(self, contact_id: str) -> None:
        before = await self._account.memory.linked(self._order.conversation)
        if before != contact_id:
            self._work.linked = [before]
            await self._journal.save(linked(self._order.conversation, contact_id))

    async def _tie_company(
        self, contact_id: str, company_id: str, own: tuple[Held, ...] | None = None
    ) -> None:
        if own is None:
            own = await self._account.tied(contact_id, "company")
        if any(each.id == company_id for each in own):
            return
        if self._work.tied is None:
            self._work.tied = [own[0].id if own else None]
            await self._journal.save()
        await self._backend.tie(contact_id, "company", company_id)

    async def _alone(self, contact: Held) -> Held:
        """Updates of one contact take turns; after a wait it is read again."""
        if await self._journal.lease.take(f"contact:{contact.id}"):
            return await self._account.read("contact", contact.id) or contact
        return contact
