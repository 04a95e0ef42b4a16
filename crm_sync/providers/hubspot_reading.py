"""Reads several of HubSpot's records: by ids, through the search, by associations, and those that were just written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from crm_sync.providers.hubspot_calls import Calls, Missing

AT_MOST = 10
_BATCH, _PAGE = 100, 500
_RECENT, _RECENT_FOR_S = 1_000, 120.0


class Recent:
    """What was written in the last two minutes, which the search may not know yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrote: deque[tuple[float, str, str, Mapping[str, str]]] = deque(maxlen=_RECENT)

    def remember(self, record: str, id: str, values: Mapping[str, str]) -> None:  # noqa: A002
        """A record was given these values."""
        now = self._clock()
        while self._wrote and self._wrote[0][0] < now - _RECENT_FOR_S:
            self._wrote.popleft()
        self._wrote.append((now, record, id, values))

    def given(self, record: str, name: str, value: str) -> list[str]:
        """Ids of the records that were given that value; what they hold now has to be read."""
        since, wanted = self._clock() - _RECENT_FOR_S, value.casefold()
        return [
            id_
            for at, of, id_, values in self._wrote
            if of == record and at >= since and values.get(name, "").casefold() == wanted
        ]


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
