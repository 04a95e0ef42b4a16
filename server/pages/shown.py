"""What of a Markdown page people are shown: what the index took in, and nothing that it left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.markdown import plain
from knowledge.parsing.mdx import strip_components
from knowledge.sentences import split_sentences
from knowledge.untrusted import addresses_assistant, for_people


def body_of(source: str) -> str:
    """The page below its front matter, without comments, tags and components."""
    try:
        body = split_front_matter(source)[1]
    except SourceUnreadableError:
        body = source
    return strip_components(body)


def as_indexed(tokens: Sequence[Token]) -> list[Token]:
    """The page without the sentences that speak to machines, by the same rules as when it was read."""
    kept = [token for run in _runs(tokens) for token in _without_talk(run)]
    for token in kept:
        if token.type == "inline":
            _clean_attributes(token)
    return kept


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Headings, paragraphs and table rows as one run each, everything else by itself."""
    run: list[Token] = []
    closing = ""
    before = ""
    for token in tokens:
        run.append(token)
        if not closing and token.type in {"heading_open", "paragraph_open", "tr_open"}:
            closing = token.type.replace("_open", "_close")
            if before == "list_item_open":
                # The words of a point are judged as a whole, as the index does.
                token.meta["point"] = True
        elif not closing or token.type == closing:
            yield run
            run, closing = [], ""
        before = token.type
    if run:
        yield run


def _without_talk(run: list[Token]) -> list[Token]:
    if run[0].type == "code_block" and addresses_assistant(run[0].content):
        # Text that stands deep inside components looks like indented code; where it is doubtful, it is not shown.
        return []
    inlines = [token for token in run if token.type == "inline"]
    if not inlines or not addresses_assistant("\t".join(plain(each) for each in inlines)):
        return run
    if run[0].type == "paragraph_open" and not run[0].meta.get("point"):
        text = plain(inlines[0])
        _say(inlines[0], " ".join(for_people([text[start:end] for start, end in split_sentences(text)])))
        return run if inlines[0].content else []
    if run[0].type == "tr_open":
        return []
    for each in inlines:
        _say(each, "")
    # An emptied point keeps its place, so that the steps after it keep their numbers.
    return [] if run[0].type == "heading_open" else run


def _say(inline: Token, text: str) -> None:
    inline.content = text
    inline.children = [Token("text", "", 0, content=text)] if text else []


def _clean_attributes(inline: Token) -> None:
    """Titles and descriptions of pictures never were in the index."""
    for child in inline.children or []:
        if addresses_assistant(str(child.attrs.get("title", ""))):
            del child.attrs["title"]
        if child.type == "image" and addresses_assistant(child.content):
            child.content, child.children = "", []
