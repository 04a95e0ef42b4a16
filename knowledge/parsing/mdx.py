"""Takes components, imports and HTML out of Markdown, so that words are left and nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from knowledge.parsing.containers import FENCE, unbox
from knowledge.parsing.markup import drop_unseen, spell_tables

_IMPORT = re.compile(r"^import\s+(?:[\w*${},\s]{1,500}?\sfrom\s+)?['\"][^'\"\n]+['\"];?[ \t]*$", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?:const|let|var|default|function|async|class|\{|\*)")
_HTML_NAMES = (
    "a|abbr|address|article|aside|audio|b|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del|"
    "details|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|"
    "ins|kbd|label|legend|li|link|main|mark|meta|nav|object|ol|option|p|picture|pre|q|s|samp|script|section|select|"
    "small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|time|tr|tt|u|"
    "ul|var|video|wbr"
)
# A tag of HTML or a component (capitalised). `<your-domain>` and `<https://…>` are words and links, and stay.
_TAG = re.compile(
    rf"</?(?:(?:{_HTML_NAMES})\b|[A-Z][\w.]*)(?:[^<>{{}}]|\{{[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*\}})*?/?>"
)
# What components show of their own accord. A tab without a label shows its value.
_SHOWN = re.compile(
    r"<[A-Z][\w.]*\b(?=[^<>]*?\b(?:title|headline|heading|caption|summary|question)=[{\s]*([\"'`])([^\n]{1,300}?)\1)[^<>]*?>|"
    r"<(?:TabItem|Tab|Step|Update|Accordion)\b(?=[^<>]*?\blabel=[{\s]*([\"'`])([^\n]{1,300}?)\3)[^<>]*?>|"
    r"<TabItem\b(?![^<>]*\blabel=)(?=[^<>]*?\bvalue=([\"'])([^\n]{1,300}?)\5)[^<>]*?>",
    re.DOTALL,
)
_FIELD = re.compile(r"<(?:ParamField|ResponseField|Property)\b([^<>]*)>")
_FIELD_NAME = re.compile(r"\b(?:path|query|body|header|name)=[\"']([^\"']+)[\"']")
_FIELD_TYPE = re.compile(r"\btype=[\"']([^\"']+)[\"']")
_LIQUID_TITLE = re.compile(
    r"\{%[^%\n]*?\btitle=\"([^\"]+)\"[^%\n]*?%\}|\{\{[<%]\s*tab\s+(?:\w+=)?\"([^\"]+)\".*?[>%]\}\}"
)
_LIQUID = re.compile(
    r"\{%(?:(?!\{%).)*?%\}|\{\{[<%](?:(?!\{\{[<%]).)*?[>%]\}\}|"
    r"^[ \t]*(?:\[TOC\]|\[\[toc\]\]|\[\[_TOC_\]\]|--8<--.*)[ \t]*$",
    re.MULTILINE,
)
_ATTRIBUTES = re.compile(
    r"\{:[^{}\n]*\}|(?<=[\])*_])\{[ ]*(?:[.#][\w-]+|[\w-]+=\"?[\w#./ -]+\"?)(?:\s+[^{}\n]*)?\}"
)
_FOOTNOTE = re.compile(r"^\[\^[\w-]+\]:[ \t]*|\[\^[\w-]+\]", re.MULTILINE)
_TASK = re.compile(r"^([ \t]*(?:[-*+]|\d+[.)])[ \t]+)\[[ xX]\][ \t]+", re.MULTILINE)
_BLOCK_TAG = re.compile(
    r"</?(?:div|p|details|summary|section|table|tr|ul|ol|li|h[1-6]|br|[A-Z])", re.IGNORECASE
)
_EXPRESSION = re.compile(r"^[ \t]*\{(?![#\s])[^\n]*\}[ \t]*$", re.MULTILINE)
_ADMONITION = re.compile(r"^\s*:::+\s*(?:\w+)?\s*(?:\[(.*?)\]|(.*))\s*$")


_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)([^\n]*?[^`\n])\1(?!`)")
_ASIDE = re.compile("\ue000(\\d+)\ue001")
_MARKS = re.compile("[\ue000\ue001]")


def strip_components(body: str) -> str:
    """Markdown with code left as it is and everything else free of tags, imports and comments."""
    aside: list[str] = []

    def put_aside(code: str) -> str:
        # Code is set aside under a mark, so that a comment or a hidden element takes the code within it along.
        aside.append(code)
        return f"\ue000{len(aside) - 1}\ue001"

    text = "".join(
        put_aside(run) if is_code else _INLINE_CODE.sub(lambda found: put_aside(found[0]), run)
        for is_code, run in _runs(unbox(_MARKS.sub("", body)))
    )
    text = "\n".join(_admonition(line) for line in _without_modules(_strip_prose(text)))
    return _ASIDE.sub(lambda found: aside[int(found[1])], text)


def _runs(body: str) -> list[tuple[bool, str]]:
    """Alternating stretches of prose and fenced code; a fence within a comment opens nothing."""
    runs: list[tuple[bool, str]] = []
    fence, in_comment = "", False
    for line in body.split("\n"):
        found = None if fence or in_comment else FENCE.match(line)
        if fence or found:
            if found:
                runs.append((True, ""))
            runs[-1] = (True, f"{runs[-1][1]}{line}\n")
            bare = line.lstrip("> \t").rstrip()
            is_end = bool(fence) and bare.startswith(fence) and not bare.strip(fence[0])
            fence = "" if is_end else fence or (found[2] if found else "")
            if is_end:
                runs.append((False, ""))
            continue
        in_comment = _is_in_comment(line, was_in=in_comment)
        if not runs or runs[-1][0]:
            runs.append((False, ""))
        runs[-1] = (False, f"{runs[-1][1]}{line}\n")
    return runs


def _is_in_comment(line: str, *, was_in: bool) -> bool:
    bare = _INLINE_CODE.sub("", line)
    opened, closed = bare.rfind("<!--"), bare.rfind("-->")
    return opened > closed if opened >= 0 or closed >= 0 else was_in


def _without_modules(text: str) -> Iterator[str]:
    """Without imports and exports, which may run over several lines."""
    open_brackets = 0
    for line in _IMPORT.sub("", text).split("\n"):
        if open_brackets <= 0 and not _EXPORT.match(line):
            yield line
            continue
        open_brackets += sum(line.count(mark) for mark in "{[(") - sum(line.count(mark) for mark in "}])")


def _strip_prose(text: str) -> str:
    text = spell_tables(drop_unseen(text))
    text = _LIQUID_TITLE.sub(lambda match: f"\n\n**{match[1] or match[2]}**\n\n", text)
    text = _ATTRIBUTES.sub("", _LIQUID.sub("", text))
    text = _TASK.sub(r"\1", _FOOTNOTE.sub("", text))
    text = _SHOWN.sub(_label, text)
    text = _FIELD.sub(_field, text)
    return _EXPRESSION.sub("", _TAG.sub(_gap, text))


def _label(found: re.Match[str]) -> str:
    return f"\n\n**{unescape(found[2] or found[4] or found[6]).strip()}**\n\n"


def _field(found: re.Match[str]) -> str:
    """A parameter's name stands only in its tag."""
    name, kind = _FIELD_NAME.search(found[1]), _FIELD_TYPE.search(found[1])
    if not name:
        return "\n\n"
    told = [kind[1] if kind else "", "required" if re.search(r"\brequired\b(?!=\{false)", found[1]) else ""]
    remark = ", ".join(one for one in told if one)
    return f"\n\n**{name[1]}**{f' ({remark})' if remark else ''}\n\n"


def _gap(tag: re.Match[str]) -> str:
    """A block's tag ends a line; a component in the middle of one is part of the sentence."""
    text = tag.string
    line_end = text.find("\n", tag.end())
    before = text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()]
    after = text[tag.end() : line_end if line_end >= 0 else len(text)]
    if tag[0].lstrip("</")[:1].isupper() and (before.strip() or after.strip()):
        return ""
    return "\n" if _BLOCK_TAG.match(tag[0]) else ""


def _admonition(line: str) -> str:
    """`:::tip Title` keeps its title as a sentence of its own; `:::` closes silently."""
    found = _ADMONITION.match(line) if line.lstrip().startswith(":::") else None
    if found is None:
        return line
    title = (found[1] or found[2] or "").strip()
    return f"\n**{title}**\n" if title else ""
