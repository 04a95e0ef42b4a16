"""Notes (v1) and activities (v2) of a Pipedrive contact, each written once per key."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from crm_sync.providers import pipedrive_values as values
from crm_sync.providers.pipedrive_calls import PAGE, Calls
from crm_sync.providers.pipedrive_fields import Metadata
from crm_sync.remote.ports import Entry, EntryKind, Made


class Entries:
    """The timeline. Neither notes nor activities take fields of ours, so their text carries the key."""

    def __init__(self, calls: Calls, metadata: Metadata) -> None:
        self._calls, self._metadata = calls, metadata

    async def enter(self, entry: Entry, *, contact: str, company: str | None, deal: str | None) -> Made:
        if known := await self._entered(entry, contact):
            return Made(known, created=False)
        on = {"org_id": company, "deal_id": deal}
        body: dict[str, Any] = {name: int(id_) for name, id_ in on.items() if id_}
        if entry.kind == "note":
            body |= {"content": values.text_of(entry), "person_id": int(contact)}
            body["add_time"] = f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        else:
            body |= values.activity_of(entry, await self._priority(entry))
            body["participants"] = [{"person_id": int(contact), "primary": True}]
        told = await self._calls.ask(f"enter a {entry.kind}", "POST", _place(entry.kind), body=body)
        return Made(str(told["data"]["id"]), created=True)

    async def revise(self, id_: str, entry: Entry) -> None:
        what, path = f"revise a {entry.kind}", f"{_place(entry.kind)}/{id_}"
        if entry.kind == "note":
            await self._calls.ask(what, "PUT", path, body={"content": values.text_of(entry)})
        else:
            body = values.activity_of(entry, await self._priority(entry))
            await self._calls.ask(what, "PATCH", path, body=body)

    async def take_out(self, kind: EntryKind, id_: str) -> None:
        await self._calls.delete(f"take out a {kind}", f"{_place(kind)}/{id_}")

    async def _entered(self, entry: Entry, contact: str) -> str | None:
        """The contact's entry that carries the key."""
        mark = values.marker(entry.key)
        if entry.kind == "note":
            return await self._noted(mark, contact)
        asked = {"person_id": contact, "sort_by": "update_time", "sort_direction": "desc"}
        async for row in self._calls.pages("list a contact's activities", "v2/activities", asked):
            if mark in (row.get("note") or "") and not row.get("is_deleted"):
                return str(row["id"])
        return None

    async def _noted(self, mark: str, contact: str) -> str | None:
        start: int | None = 0
        while start is not None:
            asked = {"person_id": contact, "sort": "update_time DESC", "start": start, "limit": PAGE}
            told = await self._calls.ask("list a contact's notes", "GET", "v1/notes", params=asked)
            for row in told.get("data") or ():
                if mark in (row.get("content") or "") and row.get("active_flag") is not False:
                    return str(row["id"])
            paged = (told.get("additional_data") or {}).get("pagination") or {}
            start = paged.get("next_start") if paged.get("more_items_in_collection") else None
        return None

    async def _priority(self, entry: Entry) -> int | None:
        """The option of that name; an account may have renamed or translated them, then there is none."""
        if entry.kind != "task" or entry.priority == "normal":
            return None
        column = (await self._metadata.shape("activity")).columns.get("priority")
        found = column.ids.get(entry.priority) if column else None
        return int(found) if found is not None else None


def _place(kind: EntryKind) -> str:
    return "v1/notes" if kind == "note" else "v2/activities"
