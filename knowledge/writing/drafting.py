"""Takes a draft apart: sentences and steps with the numbers that they cite, and what can not be kept at all. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.sentences import split_sentences

Shape = Literal["prose", "point", "step"]

_MARK = r"(?:\[|【)\s*(?:passages?\s*)?\d{1,3}(?:\s*(?:,|and|;)\s*\d{1,3})*\s*(?:\]|】)"
_MARKS = re.compile(rf"\s*((?:{_MARK}\s*)+)", re.IGNORECASE)
_LATE_MARKS = re.compile(rf"([.!?])\s*((?:{_MARK}\s*)+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_ITEM = re.compile(r"^\s*(?:(\d{1,2})[.)]|[-*•])\s+(.*)$")
_EMPHASIS = re.compile(r"(\*\*|__|\*)(?=\S)(.+?)(?<=\S)\1|`([^`\n]+)`")
_PLACEHOLDER = re.compile(r"\[[a-z]+_\d+\]")
_ENDED = re.compile(r"[.!?…]['\"”’)\]]*$")
# Images, links, tags, fences, table rows, headings and addresses that are not for reading.
_MARKUP = re.compile(
    r"!?\[[^\]]*\]\s*\(|\[[^\]]+\]:\s|<[a-zA-Z/!][^>]*>?|```|~~~|^\s*\|.*\||^\s*#{1,6}\s|\bjavascript:|\bdata:\w+/|&#?\w+;",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, point or step of a draft without its markers."""

    text: str
    cites: tuple[int, ...]
    shape: Shape
    number: int = 0
    """Of a step."""
    refused: str = ""
    """Why it can not be kept whatever it says."""


def take_apart(text: str, *, is_whole: bool) -> list[Said]:
    """Every sentence in order; the last one is refused when it was cut off."""
    said: list[Said] = []
    is_code = False
    for line in text.replace("\r", "\n").split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
            continue
        if not line.strip():
            continue
        if is_code:
            said.append(Said(line.strip(), (), "prose", refused="markup"))
        else:
            said += _of_line(line)
    if said and said[-1].refused in {"", "no_citation"} and _is_cut_off(said[-1], is_whole=is_whole):
        last = said[-1]
        said[-1] = Said(last.text, last.cites, last.shape, last.number, "unfinished")
    return said


def _of_line(line: str) -> list[Said]:
    item = _ITEM.match(line)
    if item:
        number = int(item[1] or 0)
        return [_one(item[2], "step" if item[1] else "point", number)]
    # A marker behind the full stop belongs to the sentence before it.
    tidy = _LATE_MARKS.sub(lambda found: f" {found[2].strip()}{found[1]} ", line).strip()
    return [_one(tidy[start:end], "prose") for start, end in split_sentences(tidy)]


def _one(raw: str, shape: Shape, number: int = 0) -> Said:
    cites = tuple(dict.fromkeys(int(n) for marks in _MARKS.findall(raw) for n in _NUMBER.findall(marks)))
    bare = _MARKS.sub(" ", raw)
    text = re.sub(r"\s+([.,;:!?])", r"\1", re.sub(r"\s+", " ", _EMPHASIS.sub(_plain, bare))).strip()
    refused = ""
    if _MARKUP.search(bare):
        refused = "markup"
    elif _PLACEHOLDER.search(raw):
        refused = "placeholder"
    elif not cites:
        refused = "no_citation"
    return Said(text, cites, shape, number, refused)


def _plain(found: re.Match[str]) -> str:
    return found[2] or found[3] or ""


def _is_cut_off(last: Said, *, is_whole: bool) -> bool:
    # Items of a list need no full stop; a sentence does.
    return not _ENDED.search(last.text) and (last.shape == "prose" or not is_whole)
