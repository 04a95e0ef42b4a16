"""Takes components, imports and HTML out of Markdown, so that words are left and nothing that acts."""

from __future__ import annotations

import re
from html import unescape

from knowledge.parsing.containers import FENCE, unbox

_MODULE = re.compile(
    r"^(?:import\s.+?\sfrom\s+['\"].*|import\s+['\"].*|export\s+(?:const|default|function|let)\b.*)$"
)
_COMMENT = re.compile(r"<!--.*?-->|\{/\*.*?\*/\}", re.DOTALL)
_MUTE = re.compile(r"<(script|style|template|svg|iframe|noscript)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile(
    r"<(\w+)\b[^>]*(?:\shidden\b|display\s*:\s*['\"]?none|visibility\s*:\s*['\"]?hidden)[^>]*>.*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
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
    r"<[A-Z][\w.]*\b(?=[^<>]*?\b(?:title|headline|heading|caption|summary|question)=[{\s]*([\"'`])(.+?)\1)[^<>]*?>|"
    r"<(?:TabItem|Tab|Step|Update|Accordion)\b(?=[^<>]*?\blabel=[{\s]*([\"'`])(.+?)\3)[^<>]*?>|"
    r"<TabItem\b(?![^<>]*\blabel=)(?=[^<>]*?\bvalue=([\"'])(.+?)\5)[^<>]*?>",
    re.DOTALL,
)
_FIELD = re.compile(r"<(?:ParamField|ResponseField|Property)\b([^<>]*)>")
_FIELD_NAME = re.compile(r"\b(?:path|query|body|header|name)=[\"']([^\"']+)[\"']")
_FIELD_TYPE = re.compile(r"\btype=[\"']([^\"']+)[\"']")
_LIQUID_TITLE = re.compile(
    r"\{%[^%\n]*?\btitle=\"([^\"]+)\"[^%\n]*?%\}|\{\{[<%]\s*tab\s+(?:\w+=)?\"([^\"]+)\".*?[>%]\}\}"
)
_LIQUID = re.compile(
    r"\{%.*?%\}|\{\{[<%].*?[>%]\}\}|^[ \t]*(?:\[TOC\]|\[\[toc\]\]|\[\[_TOC_\]\]|--8<--.*)[ \t]*$",
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


def strip_components(body: str) -> str:
    """Markdown with code left as it is and everything else free of tags, imports and comments."""
    parts: list[str] = []
    for is_code, text in _runs(unbox(body)):
        parts.append(text if is_code else _strip(text))
    return "".join(parts)


def _runs(body: str) -> list[tuple[bool, str]]:
    """Alternating stretches of prose and fenced code."""
    runs: list[tuple[bool, str]] = []
    fence = ""
    for line in body.splitlines(keepends=True):
        found = FENCE.match(line)
        if not fence and found:
            fence = found[2]
            runs.append((True, line))
        elif fence:
            runs[-1] = (True, runs[-1][1] + line)
            bare = line.lstrip("> \t").rstrip()
            if bare.startswith(fence) and not bare.strip(fence[0]):
                fence = ""
        elif runs and not runs[-1][0]:
            runs[-1] = (False, runs[-1][1] + line)
        else:
            runs.append((False, line))
        if _is_closed(runs, fence):
            runs.append((False, ""))
    return runs


def _is_closed(runs: list[tuple[bool, str]], fence: str) -> bool:
    """Whether the last run is code that just ended."""
    return bool(runs) and runs[-1][0] and not fence


def _strip(text: str) -> str:
    kept: list[str] = []
    for piece, is_inline_code in _inline_code(text):
        kept.append(piece if is_inline_code else _strip_prose(piece))
    lines = "".join(kept).split("\n")
    return "\n".join(_admonition(line) for line in lines if not _MODULE.match(line))


def _inline_code(text: str) -> list[tuple[str, bool]]:
    pieces = re.split(r"(`+[^`\n]+`+)", text)
    return [(piece, index % 2 == 1) for index, piece in enumerate(pieces)]


def _strip_prose(text: str) -> str:
    text = _COMMENT.sub("", text)
    text = _MUTE.sub("", text)
    text = _HIDDEN.sub("", text)
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
