"""Salesforce through its REST API: contacts as Contact, companies as Account, deals as Opportunity.

Written after the REST API Developer Guide (sObject Rows by External ID, Composite, Query, Duplicate Rule Header), the
Object Reference and the source of simple-salesforce 1.12; no real org was at hand. `Frontdesk_Key__c` (Text 64, unique,
external id) carries our key on Contact, Account, Opportunity, Task and Event. What was written is found at once: SOQL
reads the database itself. A key is looked for before the upsert, as a repeated upsert would write over what a person
changed in between; the upsert by the key closes the gap between two that look at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from crm_sync.errors import ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.providers import salesforce_entries as entries
from crm_sync.providers.salesforce_errors import DUPLICATES, GONE, NO_OWNER, TAKEN, Refusal, matches
from crm_sync.providers.salesforce_fields import KEY, KEY_FIELD, FieldMaker, described
from crm_sync.providers.salesforce_values import (
    WEBSITE,
    held,
    host,
    is_same_id,
    named,
    outward,
    path,
    query,
    same,
    select,
)
from crm_sync.providers.salesforce_wire import Part, Wire
from crm_sync.remote.ports import Entry, EntryKind, FieldInfo, Held, Made

_OBJECTS: Mapping[ObjectName, str] = {"contact": "Contact", "company": "Account", "deal": "Opportunity"}
_KEYED = (*_OBJECTS.values(), "Task", "Event")
_SAME: Mapping[ObjectName, str] = {"contact": "Email", "company": WEBSITE}
"""Two records with the same value there are the same for us, when a duplicate rule names one of them."""
_CLOSES, _CLOSES_IN = "CloseDate", timedelta(days=90)
"""No opportunity is made without a day on which it should close; where nobody says one, it is this far off."""
_MOST = 10
_OLDEST = "ORDER BY CreatedDate ASC, Id ASC"
_NEWEST = "ORDER BY CreatedDate DESC, Id DESC"


class Salesforce:
    """One org as the user that the client app runs as."""

    name, longest_call_s = "salesforce", 60.0

    def __init__(
        self,
        login_url: str,
        client_id: str,
        client_secret: str,
        *,
        timeout_s: float = 15.0,
        version: str = "62.0",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._wire = Wire(login_url, client_id, client_secret, timeout_s=timeout_s, version=version)

    async def aclose(self) -> None:
        self._wire.close()

    # -- records ---------------------------------------------------------------------------------------------

    async def find(
        self, record: ObjectName, name: str, value: Any, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        """Records by a field; a website matches by its host, however it was typed."""
        sobject, what = _OBJECTS[record], f"find a {record} by {name}"
        chosen = ["Id", name, *wanted]
        if name == WEBSITE:
            ours = host(value)
            found = select(sobject, chosen, f"{WEBSITE} LIKE '%{{:like}}%'", ours, then=_OLDEST)
            rows = [
                each for each in await self._wire.rows(found, what, [value, ours]) if host(each[name]) == ours
            ]
        else:
            found = select(sobject, chosen, f"{named(name)} = {{}}", value, then=f"{_OLDEST} LIMIT {_MOST}")
            rows = await self._wire.rows(found, what, [value])
        return tuple(held(each, wanted) for each in rows[:_MOST])

    async def read(self, record: ObjectName, id: str, wanted: Collection[str]) -> Held | None:  # noqa: A002
        """One record; None when it is gone or in the recycle bin."""
        told = await self._row(
            _OBJECTS[record], id, [named(each) for each in wanted] or ["Id"], f"read a {record}"
        )
        return None if told is None else held({**told, "Id": id}, wanted)

    async def create(self, record: ObjectName, values: Mapping[str, Any], *, key: str) -> Made:
        """Upsert by our key; the record that a duplicate rule names instead, when it has the same e-mail address."""
        sobject, what = _OBJECTS[record], f"create a {record}"
        if known := await self._by_key(sobject, key):
            return Made(known, created=False)
        body = outward({name: value for name, value in values.items() if value is not None})
        if record == "deal":
            body = {_CLOSES: (self._clock() + _CLOSES_IN).date().isoformat(), **body}
        place = f"sobjects/{sobject}/{KEY}/{quote(key, safe='')}"
        try:
            told = await self._wire.ask("PATCH", place, what, body)
        except Refusal as error:
            if error.has(DUPLICATES):
                return Made(await self._named_by_rule(record, values, error), created=False)
            return Made(await self._already(sobject, key, error), created=False)
        if told is None:
            raise ProviderRefused(f"Salesforce told no id for a new {record}; look for {KEY} {key!r} there.")
        return Made(str(told["id"]), created=bool(told.get("created", True)))

    async def change(self, record: ObjectName, id: str, values: Mapping[str, Any]) -> None:  # noqa: A002
        """Set fields; None empties one."""
        body = outward(values)
        if not body:
            return
        try:
            await self._wire.ask("PATCH", path(_OBJECTS[record], id), f"change a {record}", body)
        except Refusal as error:
            if error.has(DUPLICATES):
                raise _told(error) from error
            raise

    async def remove(self, record: ObjectName, id: str) -> None:  # noqa: A002
        """Move a record to the recycle bin; an account would take its contacts along."""
        what = f"delete a {record}"
        if record == "company":
            for each in await self._wire.rows(select("Contact", ["Id"], "AccountId = {}", id), what):
                await self.untie(each["Id"], "company", id)
        await self._delete(_OBJECTS[record], id, what)

    async def has_history(self, record: ObjectName, id: str) -> bool:  # noqa: A002
        """Tasks (mails and calls are among them), events, files and notes, and cases; with an account also what would
        go along with it: opportunities, and more contacts than the one that it was made for."""
        what = f"see what hangs on a {record}"
        link = "WhoId" if record == "contact" else "WhatId"
        asked = {"Task": link, "Event": link, "ContentDocumentLink": "LinkedEntityId"}
        if record != "deal":
            asked["Case"] = "ContactId" if record == "contact" else "AccountId"
        asked |= {"Opportunity": "AccountId"} if record == "company" else {}
        parts = [
            Part(kind, "GET", query(select(kind, ["Id"], f"{field} = {{}}", id, then="LIMIT 1")))
            for kind, field in asked.items()
        ]
        try:
            if record == "company":
                theirs = select("Contact", ["Id"], "AccountId = {}", id, then="LIMIT 2")
                if len(await self._wire.rows(theirs, what)) > 1:
                    return True
            told = await self._wire.together(parts, what)
        except Refusal:
            # One of these objects is closed to our user: then nobody can say that nothing is there.
            return True
        return any(page["totalSize"] for page in told.values())

    # -- ties ------------------------------------------------------------------------------------------------

    async def tied(self, contact: str, record: ObjectName, wanted: Collection[str]) -> tuple[Held, ...]:
        """The account of a contact, or the opportunities that it has a role in."""
        inner = (
            select("OpportunityContactRole", ["OpportunityId"], "ContactId = {}", contact)
            if record == "deal"
            else select("Contact", ["AccountId"], "Id = {}", contact)
        )
        # A select within a select: its value is quoted already.
        asked = select(_OBJECTS[record], ["Id", *wanted], "Id IN ({:literal})", inner, then=_NEWEST)
        rows = await self._wire.rows(asked, f"read a contact's {record}")
        return tuple(held(each, wanted) for each in rows)

    async def tie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        """Make it the contact's account, or give the contact a role in the opportunity."""
        what = f"tie a {record} to a contact"
        if record == "company":
            await self._wire.ask("PATCH", path("Contact", contact), what, {"AccountId": id})
            return
        asked = select("OpportunityContactRole", ["ContactId", "IsPrimary"], "OpportunityId = {}", id)
        told = await self._wire.together(
            [
                Part("roles", "GET", query(asked)),
                Part("deal", "GET", f"{path('Opportunity', id)}?fields=AccountId,{KEY}"),
                Part("contact", "GET", f"{path('Contact', contact)}?fields=AccountId"),
            ],
            what,
        )
        roles = told["roles"]["records"]
        if any(is_same_id(each["ContactId"], contact) for each in roles):
            return
        role = {
            "OpportunityId": id,
            "ContactId": contact,
            "IsPrimary": not any(each["IsPrimary"] for each in roles),
        }
        parts = [Part("role", "POST", "sobjects/OpportunityContactRole", role)]
        account = told["contact"].get("AccountId")
        if account and told["deal"].get(KEY) and not told["deal"].get("AccountId"):
            # A deal of ours that has no account yet would be missing on the account's page.
            parts.append(Part("account", "PATCH", path("Opportunity", id), {"AccountId": account}))
        await self._wire.together(parts, what)

    async def untie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        """Take the account off the contact, or the contact's roles out of the opportunity."""
        what = f"untie a {record} from a contact"
        if record == "company":
            there = await self._row("Contact", contact, ["AccountId"], what)
            if there is not None and is_same_id(there.get("AccountId"), id):
                await self._wire.ask("PATCH", path("Contact", contact), what, {"AccountId": None})
            return
        both = "OpportunityId = {} AND ContactId = {}"
        roles = select("OpportunityContactRole", ["Id"], both, id, contact)
        for each in await self._wire.rows(roles, what):
            await self._delete("OpportunityContactRole", each["Id"], what)

    # -- timeline --------------------------------------------------------------------------------------------

    async def enter(self, entry: Entry, *, contact: str, company: str | None, deal: str | None) -> Made:
        """A Task or Event; tasks and meetings belong to the contact's owner, who would not see them otherwise."""
        sobject, what = entries.sobject(entry.kind), f"enter a {entry.kind}"
        if known := await self._by_key(sobject, entry.key):
            return Made(known, created=False)
        body = entries.fresh(entry, contact, company, deal)
        place = f"sobjects/{sobject}/{KEY}/{quote(entry.key, safe='')}"
        try:
            if entry.kind == "note":
                told = await self._wire.ask("PATCH", place, what, body)
            else:
                told = await self._entered(place, what, body, contact)
        except Refusal as error:
            return Made(await self._already(sobject, entry.key, error), created=False)
        return Made(str(told["id"]), created=bool(told.get("created", True)))

    async def revise(self, id: str, entry: Entry) -> None:  # noqa: A002
        """Set subject, text and times again."""
        place = path(entries.sobject(entry.kind), id)
        await self._wire.ask("PATCH", place, f"change a {entry.kind}", entries.revised(entry))

    async def take_out(self, kind: EntryKind, id: str) -> None:  # noqa: A002
        """Move the entry to the recycle bin."""
        await self._delete(entries.sobject(kind), id, f"delete a {kind}")

    async def _entered(self, place: str, what: str, body: Mapping[str, Any], contact: str) -> Any:
        who = Part("who", "GET", f"{path('Contact', contact)}?fields=OwnerId")
        try:
            owned = {**body, "OwnerId": "@{who.OwnerId}"}
            return (await self._wire.together([who, Part("entry", "PATCH", place, owned)], what))["entry"]
        except Refusal as error:
            if not error.has(*NO_OWNER):
                raise
            # The contact's owner has left the company; nothing was written, so it goes to our own user.
            return await self._wire.ask("PATCH", place, what, body)

    # -- metadata --------------------------------------------------------------------------------------------

    async def whoami(self) -> str:
        """The org's name and id, how much of the day's allowance is used, and where our key can not be seen."""
        rows = await self._wire.rows(
            "SELECT Id, Name, IsSandbox FROM Organization LIMIT 1", "read the org's name"
        )
        org = rows[0] if rows else {}
        kind = "sandbox" if org.get("IsSandbox") else "org"
        told = f"Salesforce {kind} {org.get('Name', '')!r} ({org.get('Id', '')}){self._wire.usage()}"
        asked = [Part(each, "GET", query(select(each, [KEY], then="LIMIT 1"))) for each in _KEYED]
        seen = await self._wire.together(asked, "look for our key", whole=False)
        lacking = [each for each in _KEYED if each not in seen]
        if not lacking:
            return told
        return f"{told}; {KEY} can not be seen on {', '.join(lacking)}: run `frontdesk crm prepare`"

    async def fields(self, record: ObjectName) -> tuple[FieldInfo, ...]:
        """Every field that our user may see; one that is hidden from them is missing here."""
        found = await self._fields(_OBJECTS[record])
        return tuple(replace(each, required=each.required and each.name != _CLOSES) for each in found)

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        """Make fields through the Tooling API; with a contact's also the key of tasks and events."""
        sobject = _OBJECTS[record]
        there = {info.name for info in await self._fields(sobject)}
        ours = [*(info for info in wanted if info.name != KEY), KEY_FIELD]
        missing = [(sobject, info) for info in ours if info.name not in there]
        if record == "contact":
            seen = [{info.name for info in await self._fields(kind)} for kind in ("Task", "Event")]
            missing += [] if all(KEY in names for names in seen) else [("Activity", KEY_FIELD)]
        return await FieldMaker(self._wire).make(missing)

    async def _fields(self, sobject: str) -> tuple[FieldInfo, ...]:
        told = await self._wire.ask("GET", f"sobjects/{sobject}/describe", f"read the fields of {sobject}")
        return tuple(described(each) for each in told["fields"])

    # -- pieces ----------------------------------------------------------------------------------------------

    async def _row(self, sobject: str, id: str, fields: Sequence[str], what: str) -> dict[str, Any] | None:  # noqa: A002
        try:
            told: dict[str, Any] = await self._wire.ask(
                "GET", path(sobject, id), what, params={"fields": ",".join(fields)}
            )
        except Refusal as error:
            if error.has(*GONE, "MALFORMED_ID"):
                return None
            raise
        return told

    async def _by_key(self, sobject: str, key: str) -> str | None:
        asked = select(sobject, ["Id"], f"{KEY} = {{}}", key, then=f"{_OLDEST} LIMIT 1")
        try:
            rows = await self._wire.rows(asked, f"look for our key on {sobject}")
        except Refusal as error:
            if not error.has("INVALID_FIELD"):
                raise
            raise ProviderRefused(
                f"{sobject}.{KEY} is missing in Salesforce, or hidden from our user: run `frontdesk crm prepare`, "
                f"or make it by hand (Text 64, unique, external ID). {error}"
            ) from error
        return str(rows[0]["Id"]) if rows else None

    async def _already(self, sobject: str, key: str, error: Refusal) -> str:
        """The record that another request with the same key made at this very moment."""
        known = await self._by_key(sobject, key) if error.has(TAKEN) else None
        if known is None:
            raise error
        return known

    async def _named_by_rule(self, record: ObjectName, values: Mapping[str, Any], error: Refusal) -> str:
        _, found = matches(error)
        sobject, field = _OBJECTS[record], _SAME.get(record)
        ours = same(values.get(field)) if field else ""
        if len(found) == 1 and found[0][0] == sobject and field and ours:
            there = await self._row(
                sobject, found[0][1], [field], f"read the {record} that a duplicate rule named"
            )
            if there is not None and same(there.get(field)) == ours:
                return found[0][1]
        raise _told(error) from error

    async def _delete(self, sobject: str, id: str, what: str) -> None:  # noqa: A002
        try:
            await self._wire.ask("DELETE", path(sobject, id), what)
        except Refusal as error:
            if not error.has(*GONE):
                raise


def _told(error: Refusal) -> ProviderRefused:
    rule, found = matches(error)
    named = ", ".join(f"{kind} {each}" for kind, each in found) or "records that our user may not see"
    return ProviderRefused(
        f"{error} The duplicate rule {rule!r} named {named}. Merge them in Salesforce or change the rule, then approve "
        "the update again."
    )
