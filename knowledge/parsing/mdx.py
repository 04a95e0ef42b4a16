"""Takes components, imports and HTML out of Markdown, so that words are left and nothing that acts."""

from __future__ import annotations

import re
from html import unescape

_FENCE = re.compile(r"^([ \t]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?)(`{3,}|~{3,})")
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
_TAB_LABEL = re.compile(
    r"<(?:TabItem|Tab|Step|Accordion|Card)\b[^>]*?\b(?:label|title)=['\"]([^'\"]+)['\"][^>]*?>"
)
_BLOCK_TAG = re.compile(
    r"</?(?:div|p|details|summary|section|table|tr|ul|ol|li|h[1-6]|br|[A-Z])", re.IGNORECASE
)
_EXPRESSION = re.compile(r"^[ \t]*\{(?![#\s])[^\n]*\}[ \t]*$", re.MULTILINE)
_ADMONITION = re.compile(r"^\s*:::+\s*(?:\w+)?\s*(?:\[(.*?)\]|(.*))\s*$")


def strip_components(body: str) -> str:
    """Markdown with code left as it is and everything else free of tags, imports and comments."""
    parts: list[str] = []
    for is_code, text in _runs(body):
        parts.append(text if is_code else _strip(text))
    return "".join(parts)


def _runs(body: str) -> list[tuple[bool, str]]:
    """Alternating stretches of prose and fenced code."""
    runs: list[tuple[bool, str]] = []
    fence = ""
    for line in body.splitlines(keepends=True):
        found = _FENCE.match(line)
        if not fence and found:
            fence = found[2]
            runs.append((True, line))
        elif fence:
            runs[-1] = (True, runs[-1][1] + line)
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
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
    text = _TAB_LABEL.sub(lambda match: f"\n\n**{unescape(match[1])}**\n\n", text)
    return _EXPRESSION.sub("", _TAG.sub(_gap, text))


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
