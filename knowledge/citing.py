"""Numbers the sources of an answer; each quote stands verbatim in its passage. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote as percent_encode

from knowledge.parsing.blocks import CELL
from knowledge.values import Citation, Found, Unit

_WORDS_EACH_END = 6
_WHOLE_UP_TO = 12
_PREFIX_UP_TO = 12


class Citer:
    """Hands out numbers in order of appearance; the same words of the same passage keep their number."""

    def __init__(self) -> None:
        self._citations: dict[tuple[str, int, int], Citation] = {}

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._citations.values())

    def cite(self, found: Found, units: Sequence[Unit]) -> int:
        """The number for the stretch from the first to the last of the units."""
        passage = found.passage
        start, end = units[0].start, units[-1].end
        key = (passage.id, start, end)
        if key in self._citations:
            return self._citations[key].n
        first = passage.text[units[0].start : units[0].end]
        last = passage.text[units[-1].start : units[-1].end]
        self._citations[key] = Citation(
            n=len(self._citations) + 1,
            url=marked_url(
                found.page.url,
                passage.anchor,
                first,
                last if len(units) > 1 else "",
                before=passage.text[:start],
            ),
            title=found.page.title,
            heading=passage.heading,
            quote=passage.text[start:end],
            passage=passage.text,
            start=start,
            end=end,
            score=found.score,
            document_version=found.document_version,
            updated=found.updated,
            passage_id=passage.id,
            document_id=passage.document_id,
            doc_start=passage.start + start,
            doc_end=passage.start + end,
            superseded_by=found.superseded_by,
        )
        return self._citations[key].n


def marked_url(url: str, anchor: str, first: str, last: str = "", before: str = "") -> str:
    """Opens the page at the heading and marks from `first` to `last` (WICG text fragments: `text=start,end`).

    A browser marks the first place that fits: where the same words stand already in `before`, what comes between the
    two goes in front as the prefix.
    """
    # A text fragment may not run over the border of a block in one piece, and a cell is a block.
    opening = [word for word in first.split(CELL) if word.strip()] or [first]
    closing = [word for word in (last or first).split(CELL) if word.strip()] or [first]
    head, tail = opening[0].split(), closing[-1].split()
    if not last and len(opening) == 1 and len(head) <= _WHOLE_UP_TO:
        text = _encoded(head)
    else:
        head = head[:_WORDS_EACH_END]
        text = f"{_encoded(head)},{_encoded(tail[-_WORDS_EACH_END:])}"
    text = _prefix(before, head) + text
    return f"{url.split('#', maxsplit=1)[0]}#{percent_encode(anchor, safe='=-_')}:~:text={text}"


def _prefix(before: str, marked: Sequence[str]) -> str:
    """As many of the words in front as tell this place from an earlier one; nothing where it is the first."""
    words, many = before.replace(CELL, " ").split(), len(marked)
    earlier = [at for at in range(len(words) - many + 1) if words[at : at + many] == list(marked)]
    if not earlier:
        return ""
    for count in range(1, _PREFIX_UP_TO + 1):
        if not any(words[max(0, at - count) : at] == words[-count:] for at in earlier):
            break
    return f"{_encoded(words[-count:])}-,"


def _encoded(words: Sequence[str]) -> str:
    # The hyphen separates prefixes and suffixes in a text fragment, so it is written as %2D.
    return percent_encode(" ".join(words).split("\n")[0], safe="").replace("-", "%2D")
