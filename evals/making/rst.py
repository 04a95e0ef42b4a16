"""reStructuredText as Markdown, near enough to read its headings, paragraphs, lists and code; line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_RULE = re.compile(r"^([=\-`:'\"~^_*+#<>.])\1{2,}\s*$")
_DIRECTIVE = re.compile(r"^(\s*)\.\.\s+(?:\|[^|]+\|\s+)?([\w:-]+)::\s*(.*)$")
_OPTION = re.compile(r"^\s*:[\w-]+:(?:\s|$)")
_NAMED_ROLE = re.compile(r":[\w:+.-]+:`([^`<]+?)\s*<[^`>]*>`")
_ROLE = re.compile(r":[\w:+.-]+:`[~!.]?([^`]*)`")
_LINK = re.compile(r"`([^`<]+?)\s*<[^`>]*>`__?")
_NAMED = re.compile(r"`([^`]+)`__?(?!\w)")
_LITERAL = re.compile(r"``([^`]+)``")
_KEPT = "\x00"

CODE = frozenset(
    {"code", "code-block", "sourcecode", "parsed-literal", "literalinclude", "console", "prompt"}
)
_SILENT = """
image figure toctree contents index raw only highlight module currentmodule include meta rubric default-role role
autoclass automodule autofunction automethod tabularcolumns sectionauthor codeauthor
"""
SILENT = frozenset(_SILENT.split())


def looks_like(source: str) -> bool:
    """Whether a text file is this markup: a title is underlined near its beginning."""
    lines = source.splitlines()[:20]
    return any(line.strip() and _RULE.match(below) for line, below in pairwise(lines))


def to_markdown(source: str) -> str:
    """The page as Markdown; directives whose words do not belong to the page are dropped with their bodies."""
    return "\n".join(_plain_roles(_headed(list(_directives(source.expandtabs(8).splitlines())))))


def _directives(lines: list[str]) -> Iterator[str]:
    """Code as fences, notes as paragraphs, comments and labels not at all."""
    at = 0
    while at < len(lines):
        line = lines[at]
        found = _DIRECTIVE.match(line)
        if found is None and re.match(r"^\s*\.\.(\s|$)", line):
            at = _body_end(lines, at)[1]
            continue
        if found is None:
            if line.rstrip().endswith("::") and not line.lstrip().startswith(".."):
                yield line.rstrip().removesuffix("::") + ("" if line.strip() == "::" else ":")
                start, end = _body_end(lines, at)
                yield from _fence(lines[start:end], "")
                at = end
                continue
            yield line
            at += 1
            continue
        start, end = _body_end(lines, at)
        name, rest = found[2].lower(), found[3].strip()
        body = [one for one in lines[start:end] if not _OPTION.match(one)]
        if name in CODE:
            yield from _fence(body, rest)
        elif name not in SILENT:
            yield ""
            if rest:
                yield rest
            yield from _directives(_dedented(body))
            yield ""
        at = end


def _body_end(lines: list[str], at: int) -> tuple[int, int]:
    """Where the indented body below a line begins and ends."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    return at + 1, end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedented(lines: list[str]) -> list[str]:
    shift = min((_indent(line) for line in lines if line.strip()), default=0)
    return [line[shift:] for line in lines]


def _fence(body: list[str], language: str) -> Iterator[str]:
    if any(line.strip() for line in body):
        yield from ("", f"```{language if language.isalnum() else ''}")
        yield from (_KEPT + line for line in _dedented(body))
        yield from ("```", "")


def _headed(lines: list[str]) -> list[str]:
    """Underlined (and overlined) titles as `#` headings; the order of first appearance gives the level."""
    levels: dict[str, int] = {}
    made: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        after = lines[at + 1] if at + 1 < len(lines) else ""
        below = lines[at + 2] if at + 2 < len(lines) else ""
        if _RULE.match(line) and after.strip() and below.strip() == line.strip():
            made.append(_heading(levels, line[0] * 2, after))
            at += 3
        elif (
            line.strip()
            and not line.startswith((" ", _KEPT))
            and not _RULE.match(line)
            and _RULE.match(after)
            and len(after.strip()) >= min(len(line.strip()), 4)
        ):
            made.append(_heading(levels, after[0], line))
            at += 2
        else:
            made.append(line)
            at += 1
    return made


def _heading(levels: dict[str, int], mark: str, text: str) -> str:
    level = levels.setdefault(mark, len(levels) + 1)
    return f"\n{'#' * min(level, 6)} {text.strip()}\n"


def _plain_roles(lines: list[str]) -> Iterator[str]:
    """Roles and links as their words; a block quote's indentation would read as code."""
    for line in lines:
        if line.startswith(_KEPT):
            yield line.removeprefix(_KEPT)
            continue
        text = line
        for mark in (_NAMED_ROLE, _ROLE, _LINK, _NAMED):
            text = mark.sub(r"\1", text)
        text = _LITERAL.sub(r"`\1`", text)
        text = re.sub(r"^#\.(\s)", r"1.\1", text.lstrip() if _indent(text) >= 2 else text)
        if not re.match(r"^\s*:[\w ]+:\s*$|^\s*[|+][-=+| ]+$", text):
            yield text
