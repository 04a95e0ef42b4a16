"""Passages packed into flat arrays; a `Passage` is made when one is found, not kept for each that might be."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.strings import Arrays, Strings, StringsMaker
from knowledge.values import Passage, Unit, UnitKind

_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
_FIELDS = 7


class Passages:
    """Every passage of a generation, by row."""

    def __init__(self, arrays: Arrays) -> None:
        self._ids = Strings.open(arrays, "ids")
        self._texts = Strings.open(arrays, "texts")
        self._headings = Strings.open(arrays, "headings")
        self._paths = arrays["paths"].view(np.int32)
        self._path_starts = arrays["path_starts"].view(np.int64)
        self._anchors = Strings.open(arrays, "anchors")
        self._languages = Strings.open(arrays, "languages")
        self._spans = arrays["spans"].view(np.int64)
        self._units = arrays["units"].view(np.int32)
        self._unit_starts = arrays["unit_starts"].view(np.int64)
        self.page_numbers: NDArray[np.int32] = arrays["page_numbers"].view(np.int32)
        """Of each row: the number of its page."""

    def __len__(self) -> int:
        return len(self._spans)

    def heading_path(self, row: int) -> tuple[str, ...]:
        start, end = self._path_starts[row], self._path_starts[row + 1]
        return tuple(self._headings[number] for number in self._paths[start:end].tolist())

    def text(self, row: int) -> str:
        return self._texts[row]

    def passage(self, row: int, document_id: str) -> Passage:
        """Equal to the one that was packed."""
        start, end = self._spans[row].tolist()
        return Passage(
            self._ids[row],
            document_id,
            self.heading_path(row),
            self._anchors[row],
            self._texts[row],
            start,
            end,
            tuple(self._units_of(row)),
        )

    def _units_of(self, row: int) -> Iterator[Unit]:
        for kind, start, end, number, language, level, group in self._units[
            self._unit_starts[row] : self._unit_starts[row + 1]
        ].tolist():
            yield Unit(_KINDS[kind], start, end, number, self._languages[language], level, group)


class PassagesMaker:
    """Packs passages in the order in which they come."""

    def __init__(self) -> None:
        self._ids, self._texts = StringsMaker(), StringsMaker()
        self._anchors, self._headings = StringsMaker(), dict[str, int]()
        self._paths, self._path_starts = array("i"), array("q", [0])
        self._languages: dict[str, int] = {"": 0}
        self._spans, self._units = array("q"), array("i")
        self._unit_starts, self._page_numbers = array("q", [0]), array("i")

    def __len__(self) -> int:
        return len(self._page_numbers)

    def add(self, page_number: int, passage: Passage) -> None:
        self._ids.add(passage.id)
        self._texts.add(passage.text)
        known = self._headings
        self._paths.extend([known.setdefault(name, len(known)) for name in passage.heading_path])
        self._path_starts.append(len(self._paths))
        self._anchors.add(passage.anchor)
        self._spans.extend((passage.start, passage.end))
        for unit in passage.units:
            language = self._languages.setdefault(unit.language, len(self._languages))
            kind = _KINDS.index(unit.kind)
            self._units.extend((kind, unit.start, unit.end, unit.number, language, unit.level, unit.group))
        self._unit_starts.append(len(self._units) // _FIELDS)
        self._page_numbers.append(page_number)

    def arrays(self) -> Arrays:
        """What `Passages` opens."""
        return {
            **self._ids.done().arrays("ids"),
            **self._texts.done().arrays("texts"),
            **Strings.of(self._headings).arrays("headings"),
            "paths": np.frombuffer(self._paths, np.int32),
            "path_starts": np.frombuffer(self._path_starts, np.int64),
            **self._anchors.done().arrays("anchors"),
            **Strings.of(self._languages).arrays("languages"),
            "spans": np.frombuffer(self._spans, np.int64).reshape(-1, 2),
            "units": np.frombuffer(self._units, np.int32).reshape(-1, _FIELDS),
            "unit_starts": np.frombuffer(self._unit_starts, np.int64),
            "page_numbers": np.frombuffer(self._page_numbers, np.int32),
        }
