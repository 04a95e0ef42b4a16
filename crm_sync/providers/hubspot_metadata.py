"""What a HubSpot account looks like, kept for a while, and the properties that we make in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from crm_sync.errors import ProviderDenied, ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.providers.hubspot_calls import Calls, Missing, Unfit, is_forbidden
from crm_sync.providers.hubspot_values import (
    GROUP,
    GROUP_LABEL,
    KEY,
    KINDS,
    PLURALS,
    Shape,
    Stage,
    described,
    stages_of,
    to_make,
)
from crm_sync.remote.ports import FieldInfo

Keyed = Literal["unique", "plain", "none"]
"""How entries carry our key: in a property that may stand only once, in one that may repeat, or in their text."""

_FOR_S = 600.0
_KEY_FIELD = FieldInfo(KEY, "Frontdesk key", "string", unique=True)


class Metadata:
    """The account's properties and pipelines, asked for when they are needed and again after ten minutes."""

    def __init__(self, calls: Calls, clock: Callable[[], float]) -> None:
        self._calls = calls
        self._clock = clock
        self._shapes: dict[str, tuple[float, Shape]] = {}
        self._keyed: dict[str, tuple[float, Keyed]] = {}

    async def shape(self, record: ObjectName, *, fresh: bool = False) -> Shape:
        """The properties of a record, and the stages of the deals' pipelines."""
        kept = self._shapes.get(record)
        if kept and not fresh and kept[0] > self._clock() - _FOR_S:
            return kept[1]
        calls = self._calls
        said = await calls.ask(
            f"read the properties of a {record}", calls.properties.get_all, PLURALS[record]
        )
        stages: tuple[Stage, ...] = ()
        if record == "deal":
            lines = await calls.ask("read the deal pipelines", calls.pipelines.get_all, "deals")
            stages = stages_of(lines.results)
        fields = (described(record, each, stages) for each in said.results if not each.archived)
        shape = Shape({each.name: each for each in fields}, stages)
        self._shapes[record] = (self._clock(), shape)
        return shape

    async def key_of(self, kind: str) -> Keyed:
        """How entries of that kind carry our key in this account."""
        kept = self._keyed.get(kind)
        if kept and kept[0] > self._clock() - _FOR_S:
            return kept[1]
        keyed: Keyed
        try:
            said = await self._calls.ask(
                f"look for {KEY} on {kind}", self._calls.properties.get_by_name, kind, KEY
            )
            keyed = "unique" if said.has_unique_value else "plain"
        except Missing:
            keyed = "none"
        self._keyed[kind] = (self._clock(), keyed)
        return keyed

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        """Make what is missing, and the key; with the contact also the key of its notes, meetings and tasks."""
        there = (await self.shape(record, fresh=True)).fields
        missing = [each for each in (*wanted, _KEY_FIELD) if each.name not in there]
        made: list[str] = []
        try:
            if missing:
                await self._group(PLURALS[record])
            for each in missing:
                made += [each.name] if await self._make(PLURALS[record], each) else []
        except ProviderDenied as denied:
            if not is_forbidden(denied):
                raise
            names = ", ".join(f"{each.name} ({each.type})" for each in missing if each.name not in made)
            raise ProviderRefused(
                f"The key may not make {record} properties in HubSpot; grant crm.schemas.{PLURALS[record]}.write or"
                f" make by hand: {names}. {KEY} must be a unique property. {denied}"
            ) from denied
        self._shapes.pop(record, None)
        if record == "contact":
            made += [f"{kind}.{KEY}" for kind in KINDS.values() if await self._keys(kind)]
        return tuple(made)

    async def _group(self, plural: str) -> None:
        groups = await self._calls.ask(
            f"read the property groups of {plural}", self._calls.groups.get_all, plural
        )
        if any(each.name == GROUP for each in groups.results):
            return
        body = {"name": GROUP, "label": GROUP_LABEL, "displayOrder": -1}
        await self._calls.ask(f"make a property group for {plural}", self._calls.groups.create, plural, body)

    async def _make(self, plural: str, wanted: FieldInfo) -> bool:
        body = to_make(wanted)
        try:
            await self._calls.ask(
                f"make the property {wanted.name!r} of {plural}", self._calls.properties.create, plural, body
            )
        except Unfit:
            # Another process may have been faster; whatever else was wrong, the property is not there then.
            try:
                await self._calls.ask(
                    f"look for {wanted.name!r}", self._calls.properties.get_by_name, plural, wanted.name
                )
            except Missing:
                pass
            else:
                return False
            raise
        return True

    async def _keys(self, kind: str) -> bool:
        """The key of entries, unique where HubSpot allows it; where it allows none, entries carry it in their text."""
        self._keyed.pop(kind, None)
        try:
            if await self.key_of(kind) != "none":
                return False
            await self._group(kind)
            made = await self._make(kind, _KEY_FIELD)
        except ProviderDenied as denied:
            if not is_forbidden(denied):
                raise
            return False
        except ProviderRefused:
            try:
                made = await self._make(kind, FieldInfo(KEY, "Frontdesk key", "string"))
            except ProviderRefused:
                made = False
        self._keyed.pop(kind, None)
        return made
