"""What an org's objects hold, and the fields that are made there for us.

Describe is the REST guide's sObject Describe; a field that the user may not read is not in it at all, one that they may
not write says `createable` and `updateable` false. Custom fields are made through the Tooling API's `CustomField`
(`FullName`, `Metadata`), activities' fields on `Activity` for Task and Event both; nobody may see a field made like
that, so a permission set `Frontdesk` grants it to our user (`PermissionSet`, `FieldPermissions` and
`PermissionSetAssignment` of the Object Reference).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_sync.errors import ProviderRefused
from crm_sync.providers.salesforce_errors import Refusal
from crm_sync.providers.salesforce_values import select
from crm_sync.providers.salesforce_wire import Part, Wire
from crm_sync.remote.ports import FieldInfo, FieldType

KEY = "Frontdesk_Key__c"
KEY_FIELD = FieldInfo(KEY, "Frontdesk key", "string", unique=True, max_length=64)
_SET = "Frontdesk"
_TYPES: Mapping[str, FieldType] = {
    "boolean": "boolean",
    "combobox": "choice",
    "currency": "number",
    "date": "date",
    "datetime": "datetime",
    "double": "number",
    "email": "email",
    "int": "integer",
    "multipicklist": "choices",
    "percent": "number",
    "phone": "phone",
    "picklist": "choice",
    "textarea": "text",
    "url": "url",
}
_MADE_AS: Mapping[FieldType, Mapping[str, Any]] = {
    "string": {"type": "Text", "length": 255},
    "text": {"type": "LongTextArea", "length": 32_768, "visibleLines": 5},
    "integer": {"type": "Number", "precision": 18, "scale": 0},
    "number": {"type": "Number", "precision": 18, "scale": 2},
    "boolean": {"type": "Checkbox", "defaultValue": "false"},
    "date": {"type": "Date"},
    "datetime": {"type": "DateTime"},
    "choice": {"type": "Picklist"},
    "choices": {"type": "MultiselectPicklist", "visibleLines": 4},
    "email": {"type": "Email"},
    "phone": {"type": "Phone"},
    "url": {"type": "Url"},
}


def described(each: Mapping[str, Any]) -> FieldInfo:
    """A field as describe tells it."""
    free = each["nillable"] or each["defaultedOnCreate"] or each["type"] == "boolean"
    return FieldInfo(
        name=each["name"],
        label=each["label"],
        type=_TYPES.get(each["type"], "string"),
        writable=bool(each["createable"] and each["updateable"]),
        required=bool(each["createable"] and not free),
        unique=bool(each["unique"]),
        max_length=each["length"] or None,
        options=tuple(value["value"] for value in each.get("picklistValues") or () if value["active"]),
    )


class FieldMaker:
    """Makes the fields that an object lacks, and lets our user see them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def make(self, missing: Sequence[tuple[str, FieldInfo]]) -> tuple[str, ...]:
        """Make each (object, field); raises ProviderRefused that lists all that has to be made by hand."""
        made, there, refused = [], [], []
        for place, info in missing:
            try:
                await self._field(place, info)
                made.append((place, info))
            except Refusal as error:
                if error.has("DUPLICATE_DEVELOPER_NAME"):
                    there.append((place, info))
                else:
                    refused.append((place, info, str(error)))
        try:
            await self._grant([*made, *there])
        except Refusal as error:
            raise ProviderRefused(
                f"Made {', '.join(f'{place}.{info.name}' for place, info in made) or 'nothing'}, but could not let our "
                f"user see it: {error} Give the user that the app runs as read and edit access to "
                f"{', '.join(f'{place}.{info.name}' for place, info in [*made, *there])}."
            ) from error
        if refused:
            listed = "; ".join(by_hand(place, info) for place, info, _ in refused)
            raise ProviderRefused(
                f"Salesforce made {len(made)} of {len(missing)} fields. Make these by hand under Setup, Object Manager,"
                f" and give the user that the app runs as read and edit access: {listed}. "
                f"Salesforce said: {refused[0][2]}"
            )
        return tuple(info.name if place != "Activity" else f"Activity.{info.name}" for place, info in made)

    async def _field(self, place: str, info: FieldInfo) -> None:
        if not info.name.endswith("__c"):
            raise Refusal(
                f"{info.name} is a standard field that the user may not see, or no field at all.", ()
            )
        body = {"FullName": f"{place}.{info.name}", "Metadata": _metadata(info)}
        await self._wire.ask("POST", "tooling/sobjects/CustomField", f"make {place}.{info.name}", body)

    async def _grant(self, fields: Sequence[tuple[str, FieldInfo]]) -> None:
        """Read and edit for our user, through a permission set of ours."""
        if not fields:
            return
        names = [
            (kind, f"{kind}.{info.name}")
            for place, info in fields
            for kind in (("Task", "Event") if place == "Activity" else (place,))
        ]
        what = "grant access to the new fields"
        sets = await self._wire.rows(select("PermissionSet", ["Id"], "Name = {}", _SET), what)
        parts: list[Part] = []
        which = sets[0]["Id"] if sets else "@{set.id}"
        if not sets:
            parts.append(Part("set", "POST", "sobjects/PermissionSet", {"Name": _SET, "Label": _SET}))
        granted = await self._held("FieldPermissions", "ParentId", which, "Field") if sets else set()
        for at, (kind, name) in enumerate(names):
            if name not in granted:
                may = {"PermissionsRead": True, "PermissionsEdit": True}
                body = {"ParentId": which, "SobjectType": kind, "Field": name, **may}
                parts.append(Part(f"field{at}", "POST", "sobjects/FieldPermissions", body))
        held = (
            await self._held("PermissionSetAssignment", "PermissionSetId", which, "AssigneeId")
            if sets
            else set()
        )
        if self._wire.user not in held:
            body = {"AssigneeId": self._wire.user, "PermissionSetId": which}
            parts.append(Part("user", "POST", "sobjects/PermissionSetAssignment", body))
        # A composite request takes 25; a set that is still to be made is made in the first.
        if parts:
            await self._wire.together(parts[:25], what)
        if len(parts) > 25:
            await self._grant(fields)

    async def _held(self, kind: str, by: str, which: str, field: str) -> set[str]:
        rows = await self._wire.rows(
            select(kind, [field], f"{by} = {{}}", which), "see who may see our fields"
        )
        return {each[field] for each in rows}


def by_hand(place: str, info: FieldInfo) -> str:
    """The field in the words of Salesforce's setup screens."""
    told = _metadata(info)
    sizes = ", ".join(str(told[name]) for name in ("length", "precision", "scale") if name in told)
    kind = f"{told['type']}({sizes})" if sizes else told["type"]
    extras = (", unique" if told.get("unique") else "") + (", external ID" if told.get("externalId") else "")
    values = f", values {', '.join(info.options)}" if info.options else ""
    return f"{place}.{info.name}: {kind}{extras}{values}"


def _metadata(info: FieldInfo) -> dict[str, Any]:
    told = {"label": info.label or info.name, **_MADE_AS[info.type]}
    if info.type == "string" and info.max_length:
        told["length"] = min(info.max_length, 255)
    if info.name == KEY:
        told |= {"unique": True, "caseSensitive": True, "externalId": True}
    elif info.unique:
        told["unique"] = True
    if info.type in {"choice", "choices"}:
        values = [{"fullName": value, "label": value, "default": False} for value in info.options]
        told["valueSet"] = {"restricted": False, "valueSetDefinition": {"sorted": False, "value": values}}
    return told
