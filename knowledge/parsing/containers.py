"""Boxes that Markdown dialects draw around text - admonitions, tabs, steps, accordions - as plain Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

FENCE = re.compile(r"^((?:[ \t]*>)*[ \t]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?)(`{3,}(?!.*`)|~{3,})")
MAX_DEPTH = 12
_INDENTED_BOX = re.compile(
    r"^([ \t]*)(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+(?:([\w-]+(?: [\w-]+)*)[ \t]*)?(?:\"([^\"]*)\")?[ \t]*$"
)
_OPEN = re.compile(
    r"^[ \t]*<(Step|Accordion|Expandable|details)\b([^>]*[^>/])?>[ \t]*(?:<summary[^>]*>(.*?)</summary>)?[ \t]*$"
)
_SUMMARY = re.compile(r"\A\s*<summary[^>]*>(.*?)</summary>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"\b(?:title|label|header)=[{\s]*([\"'`])(.+?)\1")
_BARE_TAG = re.compile(r"^\s*(?:</?[A-Za-z][^<>]*>\s*)+$")
_GENERIC = {
    "note",
    "tip",
    "info",
    "warning",
    "caution",
    "danger",
    "important",
    "hint",
    "success",
    "abstract",
    "example",
}
_ALERT = re.compile(r"^((?:[ \t]*>)+)[ \t]*\[!\w+\][+-]?[ \t]*(.*)$")


def unbox(body: str) -> str:
    """The same words without the boxes; what stands in fenced code is left as it is."""
    return "\n".join(_unboxed(body.split("\n"), 0))


def _unboxed(lines: list[str], deep: int) -> Iterator[str]:
    if deep > MAX_DEPTH:
        yield from lines
        return
    at, fence, step = 0, "", 0
    ends: dict[str, dict[int, int]] = {}
    while at < len(lines):
        line = lines[at]
        at += 1
        if fence:
            fence = "" if _closes(line, fence) else fence
            yield line
        elif found := FENCE.match(line):
            fence = found[2]
            yield line
        elif box := _INDENTED_BOX.match(line):
            inner, at = _indented(lines, at, len(box[1].expandtabs(4)))
            yield from _titled(box[1], _shown(box), _unboxed(inner, deep + 1))
        elif (opened := _OPEN.match(line)) and (end := _end(lines, at - 1, opened[1], ends)):
            inner, at = lines[at:end], end + 1
            step = step + 1 if opened[1] == "Step" else 0
            yield from _component(opened, inner, lines[at : at + 50], step, deep + 1)
        else:
            # Only what stands between two steps is nothing lets them count on.
            step = step if not line.strip() or step == 0 else 0
            yield _ALERT.sub(r"\1 \2", line)


def _closes(line: str, fence: str) -> bool:
    bare = line.lstrip("> \t").rstrip()
    return bare.startswith(fence) and not bare.strip(fence[0])


def _shown(box: re.Match[str]) -> str:
    """An admonition without a title of its own shows its kind, which says nothing."""
    if box[3] is not None:
        return box[3]
    return "" if not box[2] or box[2].split()[0].lower() in _GENERIC else box[2].capitalize()


def _indented(lines: list[str], at: int, indent: int) -> tuple[list[str], int]:
    end = at
    while end < len(lines):
        line = lines[end].expandtabs(4)
        if line.strip() and len(line) - len(line.lstrip()) < indent + 4:
            break
        end += 1
    return textwrap.dedent("\n".join(line.expandtabs(4) for line in lines[at:end])).split("\n"), end


def _end(lines: list[str], at: int, name: str, known: dict[str, dict[int, int]]) -> int:
    """The line that closes what the line `at` opens, or 0; all of a name are looked for at once, the first time."""
    if name not in known:
        known[name] = _ends(lines, name)
    return known[name].get(at, 0)


def _ends(lines: list[str], name: str) -> dict[int, int]:
    """Of each line that opens an element of this name and is followed by its end: where that is."""
    opens = re.compile(rf"<{name}\b(?:[^>]*[^>/])?>")
    found: dict[int, int] = {}
    waiting: list[int] = []
    fence = ""
    for number, line in enumerate(lines):
        if fence:
            fence = "" if _closes(line, fence) else fence
        elif mark := FENCE.match(line):
            fence = mark[2]
        elif f"<{name}" in line or f"</{name}>" in line:
            change = len(opens.findall(line)) - line.count(f"</{name}>")
            for _ in range(-change):
                if waiting:
                    found[waiting.pop()] = number
            waiting.extend([number] * change)
    return found


def _component(
    opened: re.Match[str], inner: list[str], after: list[str], step: int, deep: int
) -> Iterator[str]:
    body = textwrap.dedent("\n".join(inner))
    title = _TITLE.search(opened[2] or "")
    shown = title[2] if title else opened[3] or ""
    if opened[1] == "details" and not shown and (summary := _SUMMARY.match(body)):
        shown, body = re.sub(r"<[^>]+>", "", summary[1]).strip(), body[summary.end() :]
    inside = list(_unboxed(body.split("\n"), deep))
    if opened[1] == "Step":
        yield from ("", f"{step}. {f'**{shown}**' if shown else ''}", "")
        yield from (f"   {line}" if line.strip() else "" for line in inside)
    elif shown.startswith("#"):
        yield from ("", shown, "", *inside, "")
    elif shown and _is_last_before_a_heading(opened[1], after):
        yield from ("", f"##### {shown}", "", *inside, "")
    else:
        yield from _titled("", shown, inside)


def _titled(indent: str, title: str, inner: Iterable[str]) -> Iterator[str]:
    yield ""
    if title:
        yield from (f"{indent}**{title}**", "")
    yield from (f"{indent}{line}" for line in inner)
    yield ""


def _is_last_before_a_heading(name: str, after: list[str]) -> bool:
    """A box's title can only be a heading when nothing that is not in the box would come to stand below it."""
    for line in after:
        if re.match(rf"\s*(?:<{name}\b|#{{1,6}} )", line):
            return True
        if line.strip() and not _BARE_TAG.match(line):
            return False
    return True
