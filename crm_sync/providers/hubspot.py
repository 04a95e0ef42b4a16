"""HubSpot behind our words, with its official client: CRM objects v3, associations v4, properties v3, pipelines v3.

Found at once: a contact by its e-mail address, and any record by `frontdesk_key`, the unique property that `prepare`
makes: both are read with `idProperty`, which does not go through HubSpot's search. Found by any other property: through
the search, whose index runs seconds behind (up to half a minute has been seen); what this adapter itself wrote within
the last two minutes is remembered and read by id, and whatever a search returns is read again before it is believed.

A record or an entry is made with its key in `frontdesk_key`. A second attempt is refused by HubSpot with the id of the
first (`already has that value`, or `Contact already exists. Existing ID`), and that one is returned. Where activities
can not have a unique property, the contact's associated entries are read before one is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from crm_sync.errors import ProviderDenied, ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.providers.hubspot_calls import Calls, Missing, Taken, Unfit, is_forbidden
from crm_sync.providers.hubspot_metadata import Metadata
from crm_sync.providers.hubspot_reading import AT_MOST, Recent, associated, batch, searched
from crm_sync.providers.hubspot_values import (
    BODIES,
    ENTRY_TIES,
    KEY,
    KINDS,
    PLURALS,
    Shape,
    entered,
    held,
    marker,
    sent,
    stage_for,
)
from crm_sync.remote.ports import Entry, EntryKind, FieldInfo, Held, Made

_HISTORY = ["notes", "meetings", "tasks", "calls", "emails", "tickets"]
_PRIMARY_COMPANY = 1


class HubSpot:
    """One HubSpot account, by a service key or the token of a private app: HubSpot takes them alike."""

    name = "hubspot"
    empties_first = frozenset({("contact", "lifecyclestage"), ("company", "lifecyclestage")})
    """Fields by record that are empty for a moment in `change`: the engine finishes what a crash left there."""
    longest_call_s = 60.0

    def __init__(
        self,
        token: str,
        *,
        base_url: str = "https://api.hubapi.com",
        timeout_s: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = Calls(token, base_url, timeout_s)
        self._metadata = Metadata(self._calls, clock)
        self._recent = Recent(clock)

    async def aclose(self) -> None:
        self._calls.close()

    # -- records ---------------------------------------------------------------------------------------------

    async def find(
        self, record: ObjectName, name: str, value: Any, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        if name == "hs_object_id":
            one = await self.read(record, str(value), wanted)
            return (one,) if one else ()
        if name == KEY or (record, name) == ("contact", "email"):
            return await self._by_unique(record, name, str(value), wanted)
        shape = await self._metadata.shape(record)
        asked = _stage_id(shape, str(value)) if name == "dealstage" else sent(value)
        recent = self._recent.given(record, name, asked)
        ids = list(dict.fromkeys([*await searched(self._calls, PLURALS[record], name, asked), *recent]))
        found = await batch(self._calls, PLURALS[record], ids, {name, "createdate", *wanted})
        fitting = [
            each for each in found if str(each.properties.get(name) or "").casefold() == asked.casefold()
        ]
        fitting.sort(key=_age)
        return tuple(Held(each.id, held(each.properties, shape, wanted)) for each in fitting[:AT_MOST])

    async def read(self, record: ObjectName, id: str, wanted: Collection[str]) -> Held | None:  # noqa: A002
        shape = await self._metadata.shape(record)
        try:
            said = await self._calls.ask(
                f"read a {record}",
                self._calls.objects.get_by_id,
                PLURALS[record],
                id,
                properties=sorted({"hs_object_id", *wanted}),
            )
        except Missing:
            return None
        return Held(said.id, held(said.properties, shape, wanted))

    async def create(self, record: ObjectName, values: Mapping[str, Any], *, key: str) -> Made:
        asked = await self._asked(record, values)
        body = {
            "properties": {**{name: value for name, value in asked.items() if value}, KEY: key},
            "associations": [],
        }
        try:
            said = await self._calls.ask(
                f"create a {record}", self._calls.objects.create, PLURALS[record], body
            )
        except Taken as taken:
            return Made(taken.id, created=False)
        except Unfit as unfit:
            raise _unprepared(unfit) from unfit
        self._recent.remember(record, said.id, asked)
        return Made(said.id, created=True)

    async def change(self, record: ObjectName, id: str, values: Mapping[str, Any]) -> None:  # noqa: A002
        asked = await self._asked(record, values, id)
        await self._calls.ask(
            f"change a {record}", self._calls.objects.update, PLURALS[record], id, {"properties": asked}
        )
        self._recent.remember(record, id, asked)
        if stage := asked.get("lifecyclestage"):
            await self._set_stage(record, id, stage)

    async def remove(self, record: ObjectName, id: str) -> None:  # noqa: A002
        # Whether the recycling bin holds on to unique values is not written anywhere: the key is given back first.
        try:
            body = {"properties": {KEY: ""}}
            await self._calls.ask(f"free a {record}", self._calls.objects.update, PLURALS[record], id, body)
        except Missing:
            return
        except Unfit as unfit:
            if KEY not in unfit.codes:
                raise
        await self._archive(PLURALS[record], id, f"remove a {record}")

    async def has_history(self, record: ObjectName, id: str) -> bool:  # noqa: A002
        try:
            said = await self._calls.ask(
                f"see what hangs on a {record}",
                self._calls.objects.get_by_id,
                PLURALS[record],
                id,
                associations=_HISTORY,
            )
        except Missing:
            return False
        except ProviderDenied as denied:
            if is_forbidden(denied):
                return True
            raise
        return any(tied.results for tied in (said.associations or {}).values())

    # -- ties ------------------------------------------------------------------------------------------------

    async def tied(self, contact: str, record: ObjectName, wanted: Collection[str]) -> tuple[Held, ...]:
        shape = await self._metadata.shape(record)
        ids = [id_ for id_, _ in await associated(self._calls, "contacts", contact, PLURALS[record])]
        found = await batch(self._calls, PLURALS[record], ids, {"createdate", *wanted})
        found.sort(key=_age, reverse=True)
        return tuple(Held(each.id, held(each.properties, shape, wanted)) for each in found)

    async def tie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        await self._tie("contacts", contact, PLURALS[record], id)
        if record == "deal":
            # A deal belongs to the contact's company too, or it is missing from the company's page.
            companies = await associated(self._calls, "contacts", contact, "companies")
            companies.sort(key=lambda each: _PRIMARY_COMPANY not in each[1])
            for company, _ in companies[:1]:
                await self._tie("deals", id, "companies", company)

    async def untie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        try:
            await self._calls.ask(
                f"untie a {record}", self._calls.ties.archive, "contacts", contact, PLURALS[record], id
            )
        except Missing:
            return

    # -- timeline --------------------------------------------------------------------------------------------

    async def enter(self, entry: Entry, *, contact: str, company: str | None, deal: str | None) -> Made:
        kind = KINDS[entry.kind]
        keyed = await self._metadata.key_of(kind)
        if keyed != "unique" and (known := await self._entered(kind, entry.key, contact)):
            return Made(known, created=False)
        properties = entered(entry, marked=keyed == "none")
        if keyed != "none":
            properties[KEY] = entry.key
        on: dict[ObjectName, str | None] = {"contact": contact, "company": company, "deal": deal}
        body = {
            "properties": properties,
            "associations": [
                {"to": {"id": id_}, "types": [_type_id(ENTRY_TIES[kind][record])]}
                for record, id_ in on.items()
                if id_
            ],
        }
        try:
            said = await self._calls.ask(f"enter a {entry.kind}", self._calls.objects.create, kind, body)
        except Taken as taken:
            return Made(taken.id, created=False)
        return Made(said.id, created=True)

    async def revise(self, id: str, entry: Entry) -> None:  # noqa: A002
        kind = KINDS[entry.kind]
        body = {
            "properties": entered(entry, revised=True, marked=await self._metadata.key_of(kind) == "none")
        }
        await self._calls.ask(f"revise a {entry.kind}", self._calls.objects.update, kind, id, body)

    async def take_out(self, kind: EntryKind, id: str) -> None:  # noqa: A002
        await self._archive(KINDS[kind], id, f"take out a {kind}")

    # -- metadata --------------------------------------------------------------------------------------------

    async def whoami(self) -> str:
        said = await self._calls.account()
        return f"HubSpot account {said.get('portalId')} ({said.get('uiDomain')}, {said.get('accountType')})"

    async def fields(self, record: ObjectName) -> tuple[FieldInfo, ...]:
        return tuple((await self._metadata.shape(record, fresh=True)).fields.values())

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        return await self._metadata.prepare(record, wanted)

    # -- what they share -------------------------------------------------------------------------------------

    async def _by_unique(
        self, record: ObjectName, name: str, value: str, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        shape = await self._metadata.shape(record)
        try:
            said = await self._calls.ask(
                f"find a {record}",
                self._calls.objects.get_by_id,
                PLURALS[record],
                value,
                id_property=name,
                properties=sorted({"hs_object_id", *wanted}),
            )
        except Missing:
            return ()
        except Unfit as unfit:
            if name == KEY and KEY not in shape.fields:
                raise _unprepared(unfit) from unfit
            raise
        return (Held(said.id, held(said.properties, shape, wanted)),)

    async def _asked(
        self,
        record: ObjectName,
        values: Mapping[str, Any],
        id: str | None = None,  # noqa: A002
    ) -> dict[str, str]:
        """The values as HubSpot takes them; a deal's stage by its name in the deal's pipeline."""
        asked = {name: sent(value) for name, value in values.items()}
        if record != "deal" or not (asked.get("dealstage") or asked.get("pipeline")):
            return asked
        stages = (await self._metadata.shape(record)).stages
        pipeline = asked.get("pipeline") or (await self._pipeline(id) if id else None)
        wanted = asked.get("dealstage")
        stage = stage_for(stages, wanted, pipeline)
        if stage is None:
            named = ", ".join(dict.fromkeys(each.name for each in stages))
            raise ProviderRefused(
                f"HubSpot has no deal stage {wanted!r}"
                + (f" in the pipeline {pipeline!r}" if pipeline else "")
                + f"; it has {named}. Correct the mapping of the property 'dealstage'."
            )
        if wanted:
            asked["dealstage"] = stage.id
        if not id or asked.get("pipeline"):
            asked["pipeline"] = stage.pipeline
        return asked

    async def _pipeline(self, deal: str) -> str | None:
        said = await self._calls.ask(
            "read a deal", self._calls.objects.get_by_id, "deals", deal, properties=["pipeline"]
        )
        pipeline: str | None = said.properties.get("pipeline")
        return pipeline

    async def _set_stage(self, record: ObjectName, id: str, wanted: str) -> None:  # noqa: A002
        # HubSpot answers 200 to a lifecycle stage before the one that stands, and keeps the one that stands; it goes
        # back only from empty (its forum). Who may be overwritten was decided before we were asked.
        plural, name = PLURALS[record], "lifecyclestage"
        said = await self._calls.ask(
            f"read a {record}", self._calls.objects.get_by_id, plural, id, properties=[name]
        )
        if said.properties.get(name) == wanted:
            return
        for value in ("", wanted):
            body = {"properties": {name: value}}
            await self._calls.ask(f"set back a {record}", self._calls.objects.update, plural, id, body)

    async def _tie(self, plural: str, id: str, other: str, other_id: str) -> None:  # noqa: A002
        await self._calls.ask(
            f"associate {plural} with {other}", self._calls.ties.create_default, plural, id, other, other_id
        )

    async def _entered(self, kind: str, key: str, contact: str) -> str | None:
        """The contact's entry of that kind that carries the key, in its property or in its text."""
        ids = [id_ for id_, _ in await associated(self._calls, "contacts", contact, kind)]
        for each in await batch(self._calls, kind, ids, {KEY, BODIES[kind]}):
            values = each.properties
            if values.get(KEY) == key or marker(key) in (values.get(BODIES[kind]) or ""):
                return str(each.id)
        return None

    async def _archive(self, plural: str, id: str, what: str) -> None:  # noqa: A002
        try:
            await self._calls.ask(what, self._calls.objects.archive, plural, id)
        except Missing:
            return


def _stage_id(shape: Shape, name: str) -> str:
    stage = stage_for(shape.stages, name, None)
    return stage.id if stage else name


def _age(said: Any) -> tuple[str, int]:
    """Sorts records by when they were made, those of one moment by their ids."""
    return str(said.properties.get("createdate") or ""), int(said.id)


def _type_id(id_: int) -> dict[str, Any]:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": id_}


def _unprepared(unfit: Unfit) -> ProviderRefused:
    if unfit.codes.get(KEY) != "PROPERTY_DOESNT_EXIST":
        return unfit
    return ProviderRefused(
        f"HubSpot has no property {KEY!r} yet, by which a record is made only once: run `frontdesk crm prepare`."
        f" {unfit}"
    )
