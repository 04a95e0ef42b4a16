"""Pipedrive through its REST API: v2, and v1 for what v2 lacks (notes, and who we are).

Written after Pipedrive's API reference and its generated client (paths, parameters and bodies of v2 and of v1's notes),
the migration guide to v2 (`custom_fields`, `emails`, `phones`, ids of options, times in UTC, numbers as numbers), the
pages on statuses and rate limits, and reports of what it answers (`person_id` of an activity is only read: the contact
is its primary participant). No real account was at hand.

Pipedrive holds nothing to be unique, so a record or an entry is looked for before it is made. Its search runs behind,
and nobody says how far; so whatever was written in the last 15 minutes is read from the list of records by their time
of change as well, which goes to the records themselves, and what the search finds is read again before it is believed.
Not seen are changes older than that which the search still lacks, or more than 10,000 of them. Entries of a contact
are read from the contact's own lists. Two that look at the same moment are kept apart by the engine's leases.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_sync.errors import ProviderDenied, ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.providers import pipedrive_values as values_of
from crm_sync.providers.pipedrive_calls import Calls, Forbidden, Missing
from crm_sync.providers.pipedrive_entries import Entries
from crm_sync.providers.pipedrive_fields import (
    KEY,
    LOST,
    PATHS,
    SEARCHED,
    STAGE,
    WON,
    Column,
    Metadata,
    Shape,
    Stage,
)
from crm_sync.remote.ports import Entry, EntryKind, FieldInfo, Held, Made

_MOST = 10
_RECENT = timedelta(minutes=15)
_HISTORY = ("notes_count", "activities_count", "email_messages_count", "files_count")
_ON: Mapping[ObjectName, str] = {"contact": "person_id", "company": "org_id", "deal": "deal_id"}
Row = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


class Pipedrive:
    """One company account, as the user whose API token it is."""

    name = "pipedrive"
    longest_call_s = 60.0

    def __init__(
        self,
        token: str,
        url: str = "https://api.pipedrive.com",
        *,
        timeout_s: float = 15.0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._calls = Calls(token, url, timeout_s)
        self._metadata = Metadata(self._calls, time.monotonic)
        self._entries = Entries(self._calls, self._metadata)
        self._clock = clock

    async def aclose(self) -> None:
        """Close the connections of this loop."""
        await self._calls.aclose()

    # -- records ---------------------------------------------------------------------------------------------

    async def find(
        self, record: ObjectName, name: str, value: Any, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        if name == "id":
            one = await self.read(record, str(value), wanted)
            return (one,) if one else ()
        column = await self._metadata.column(record, name)
        shape = await self._metadata.shape(record)
        if column.custom and column.kind not in SEARCHED:
            raise ProviderRefused(
                f"Pipedrive does not search in the field {name!r}; match by a text, a number or an address."
            )
        rows = await self._fitting(record, column, str(value), await self._recent(record))
        rows.sort(key=_age)
        return tuple(_held(row, shape, wanted) for row in rows[:_MOST])

    async def read(self, record: ObjectName, id: str, wanted: Collection[str]) -> Held | None:  # noqa: A002
        shape = await self._metadata.shape(record)
        row = await self._row(record, id)
        return None if row is None else _held(row, shape, wanted)

    async def create(self, record: ObjectName, values: Mapping[str, Any], *, key: str) -> Made:
        body = await self._body(record, {**values, KEY: key}, None)
        if known := await self._same(record, values, key):
            return Made(known, created=False)
        told = await self._calls.ask(f"create a {record}", "POST", f"v2/{PATHS[record]}", body=body)
        return Made(str(told["data"]["id"]), created=True)

    async def change(self, record: ObjectName, id: str, values: Mapping[str, Any]) -> None:  # noqa: A002
        body = await self._body(record, values, id)
        if body:
            await self._patch(record, id, body)

    async def remove(self, record: ObjectName, id: str) -> None:  # noqa: A002
        await self._calls.delete(f"remove a {record}", f"v2/{PATHS[record]}/{id}")

    async def has_history(self, record: ObjectName, id: str) -> bool:  # noqa: A002
        what, on = f"see what hangs on a {record}", {_ON[record]: id, "limit": 1}
        try:
            counted = {"include_fields": ",".join(_HISTORY)}
            told = await self._calls.ask(what, "GET", f"v2/{PATHS[record]}/{id}", params=counted)
            if any(told["data"].get(name) for name in _HISTORY):
                return True
            # How soon the counts are counted nobody says; the lists know at once.
            for path in ("v2/activities", "v1/notes"):
                if (await self._calls.ask(what, "GET", path, params=on)).get("data"):
                    return True
        except Missing:
            return False
        except Forbidden:
            return True
        return False

    # -- ties ------------------------------------------------------------------------------------------------

    async def tied(self, contact: str, record: ObjectName, wanted: Collection[str]) -> tuple[Held, ...]:
        if record == "company":
            person = await self._row("contact", contact)
            if person is None or not person.get("org_id"):
                return ()
            one = await self.read("company", str(person["org_id"]), wanted)
            return (one,) if one else ()
        shape = await self._metadata.shape(record)
        asked = {"person_id": contact, "sort_by": "add_time", "sort_direction": "desc"}
        rows = [row async for row in self._calls.pages("list a contact's deals", "v2/deals", asked)]
        rows = [row for row in rows if not row.get("is_deleted")]
        rows.sort(key=_age, reverse=True)
        return tuple(_held(row, shape, wanted) for row in rows)

    async def tie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        if record == "company":
            await self._patch("contact", contact, {"org_id": int(id)})
            return
        body: Row = {"person_id": int(contact)}
        # A deal belongs to the contact's organization too, or it is missing from its page.
        person, deal = await self._row("contact", contact), await self._row("deal", id)
        if person and person.get("org_id") and deal and not deal.get("org_id"):
            body["org_id"] = person["org_id"]
        await self._patch("deal", id, body)

    async def untie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        changed: ObjectName = "contact" if record == "company" else "deal"
        name, there = ("org_id", id) if record == "company" else ("person_id", contact)
        one = contact if record == "company" else id
        row = await self._row(changed, one)
        if row is not None and str(row.get(name)) == there:
            await self._patch(changed, one, {name: None})

    # -- timeline --------------------------------------------------------------------------------------------

    async def enter(self, entry: Entry, *, contact: str, company: str | None, deal: str | None) -> Made:
        return await self._entries.enter(entry, contact=contact, company=company, deal=deal)

    async def revise(self, id: str, entry: Entry) -> None:  # noqa: A002
        await self._entries.revise(id, entry)

    async def take_out(self, kind: EntryKind, id: str) -> None:  # noqa: A002
        await self._entries.take_out(kind, id)

    # -- metadata --------------------------------------------------------------------------------------------

    async def whoami(self) -> str:
        try:
            told = (await self._calls.ask("say who we are", "GET", "v1/users/me"))["data"]
        except Forbidden as forbidden:
            raise ProviderDenied(str(forbidden)) from forbidden
        rights = "an admin" if told.get("is_admin") else "a regular user: records of others may be hidden"
        return f"Pipedrive company {told.get('company_name')} ({told.get('company_domain')}), as {rights}"

    async def fields(self, record: ObjectName) -> tuple[FieldInfo, ...]:
        shape = await self._metadata.shape(record, fresh=True)
        return tuple(column.info for column in shape.columns.values())

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        return await self._metadata.prepare(record, wanted)

    # -- looking ---------------------------------------------------------------------------------------------

    async def _row(self, record: ObjectName, id_: str) -> Row | None:
        if not id_.isdecimal():
            return None
        try:
            told = await self._calls.ask(f"read a {record}", "GET", f"v2/{PATHS[record]}/{id_}")
        except Missing:
            return None
        row: Row = told["data"]
        return None if row.get("is_deleted") else row

    async def _recent(self, record: ObjectName) -> list[Row]:
        """What was written a moment ago, by whomever; the search may not know it yet."""
        asked = {
            "updated_since": values_of.stamp(self._clock() - _RECENT),
            "sort_by": "update_time",
            "sort_direction": "desc",
        }
        listed = self._calls.pages(f"list {PATHS[record]}", f"v2/{PATHS[record]}", asked)
        return [row async for row in listed if not row.get("is_deleted")]

    async def _fitting(
        self, record: ObjectName, column: Column, value: str, recent: Sequence[Row]
    ) -> list[Row]:
        """Records whose field is that value: of the recent ones, and of what the search knows."""
        shape, wanted = await self._metadata.shape(record), value.casefold()
        rows = {row["id"]: row for row in recent}
        unread = [id_ for id_ in await self._searched(record, column, value) if id_ not in rows]
        for start in range(0, len(unread), 100):
            some = {"ids": ",".join(map(str, unread[start : start + 100]))}
            async for row in self._calls.pages(f"read {PATHS[record]}", f"v2/{PATHS[record]}", some):
                rows[row["id"]] = row
        return [
            row
            for row in rows.values()
            if wanted in values_of.every(row, shape, column) and not row.get("is_deleted")
        ]

    async def _searched(self, record: ObjectName, column: Column, value: str) -> list[int]:
        fields = "custom_fields" if column.custom else column.code
        asked = {"term": value, "fields": fields, "exact_match": "true", "limit": 100}
        told = await self._calls.ask(
            f"search {PATHS[record]}", "GET", f"v2/{PATHS[record]}/search", params=asked
        )
        return [int(each["item"]["id"]) for each in (told.get("data") or {}).get("items") or ()]

    async def _same(self, record: ObjectName, values: Mapping[str, Any], key: str) -> str | None:
        """The record that carries our key, else the contact that has the address."""
        recent = await self._recent(record)
        keyed = await self._metadata.column(record, KEY)
        found = await self._fitting(record, keyed, key, recent)
        address = values.get("email") if record == "contact" else None
        if not found and address:
            by_address = await self._metadata.column(record, "email")
            found = await self._fitting(record, by_address, str(address), recent)
        return str(min(found, key=_age)["id"]) if found else None

    # -- writing ---------------------------------------------------------------------------------------------

    async def _body(self, record: ObjectName, values: Mapping[str, Any], id_: str | None) -> Row:
        body: Row = {}
        custom: Row = {}
        row: Row | None = None
        for name, value in values.items():
            column = await self._metadata.column(record, name)
            if column.custom:
                custom[column.code] = values_of.outward(column, value)
            elif column.code in values_of.LISTS:
                listed = values_of.LISTS[column.code]
                if id_ and row is None:
                    row = await self._row(record, id_)
                body[listed] = values_of.replaced((row or {}).get(listed) or (), value or None)
            elif column.code == STAGE:
                body |= await self._stage(value, id_)
            elif column.code in values_of.MONEY and value is None:
                body |= values_of.MONEY[column.code]
            else:
                body[column.code] = values_of.outward(column, value)
        if id_ is None:
            body = {name: value for name, value in body.items() if value not in (None, [])}
            custom = {name: value for name, value in custom.items() if value is not None}
        return {**body, "custom_fields": custom} if custom else body

    async def _stage(self, wanted: str | None, deal: str | None) -> Row:
        """A stage by its name, in the deal's own pipeline; `won` and `lost` are not stages but how a deal ended."""
        if wanted is None:
            return {}
        if wanted in (WON, LOST):
            return {"status": wanted}
        stages = (await self._metadata.shape("deal")).stages
        named = [stage for stage in stages if stage.name.casefold() == wanted.casefold()]
        if deal and len({stage.pipeline for stage in stages}) > 1:
            row = await self._row("deal", deal)
            named = [stage for stage in named if row is None or stage.pipeline == row.get("pipeline_id")]
        if not named:
            raise ProviderRefused(
                f"Pipedrive has no stage {wanted!r} in the deal's pipeline; it has {_names(stages)}. Correct the"
                f" mapping of the field {STAGE!r}."
            )
        return {STAGE: named[0].id, "status": "open"} if deal else {STAGE: named[0].id}

    async def _patch(self, record: ObjectName, id_: str, body: Row) -> None:
        await self._calls.ask(f"change a {record}", "PATCH", f"v2/{PATHS[record]}/{id_}", body=body)


def _held(row: Row, shape: Shape, wanted: Collection[str]) -> Held:
    return Held(str(row["id"]), values_of.held(row, shape, wanted))


def _age(row: Row) -> tuple[str, int]:
    return str(row.get("add_time") or ""), int(row["id"])


def _names(stages: Sequence[Stage]) -> str:
    return ", ".join(dict.fromkeys(stage.name for stage in stages))
