"""How many of HubSpot's records are read at once: by ids, through the search, and by what they are associated with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from crm_sync.providers.hubspot_calls import Calls, Missing

AT_MOST = 10
_BATCH, _PAGE = 100, 500


async def batch(calls: Calls, plural: str, ids: Sequence[str], names: Collection[str]) -> list[Any]:
    """Records by their ids, as they are now; those that are gone are left out."""
    found: list[Any] = []
    for start in range(0, len(ids), _BATCH):
        inputs = [{"id": id_} for id_ in ids[start : start + _BATCH]]
        body = {"inputs": inputs, "properties": sorted(names), "propertiesWithHistory": []}
        said = await calls.ask(f"read {plural}", calls.batches.read, plural, body)
        found += said.results
    return found


async def searched(calls: Calls, plural: str, name: str, asked: str) -> list[str]:
    """Ids of the oldest records that the search's index has with that value."""
    body = {
        "filterGroups": [{"filters": [{"propertyName": name, "operator": "EQ", "value": asked}]}],
        "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        "properties": [name],
        "limit": AT_MOST,
    }
    said = await calls.ask(f"search {plural}", calls.searches.do_search, plural, body)
    return [each.id for each in said.results]


async def associated(calls: Calls, plural: str, id: str, other: str) -> list[tuple[str, set[int]]]:  # noqa: A002
    """Ids of what is associated, each with the ids of the association's types."""
    found: list[tuple[str, set[int]]] = []
    after: dict[str, str] = {}
    while True:
        what = f"read the {other} of a record"
        try:
            said = await calls.ask(what, calls.ties.get_page, plural, id, other, limit=_PAGE, **after)
        except Missing:
            return found
        found += [
            (str(each.to_object_id), {kind.type_id for kind in each.association_types})
            for each in said.results
        ]
        following = said.paging and said.paging.next
        if not following:
            return found
        after = {"after": following.after}
