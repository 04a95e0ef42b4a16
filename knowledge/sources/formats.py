"""Which endings and content types are which format, and the reader of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.apart import parse_apart
from knowledge.parsing.blocks import Parsed
from knowledge.parsing.bounds import check_text
from knowledge.parsing.html import parse_html
from knowledge.parsing.markdown import parse_markdown
from knowledge.parsing.plain import parse_plain
from knowledge.sources.pages import Format

FORMATS: dict[str, Format] = {
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".pdf": "pdf",
    ".docx": "docx",
    ".csv": "csv",
}


@contextmanager
def one_pages_trouble(form: Format) -> Iterator[None]:
    """Whatever a reader stumbles over is the trouble of this one page and not of its source."""
    try:
        yield
    except SourceUnreadableError:
        raise
    except Exception as error:
        raise SourceUnreadableError(
            f"The {form} can not be read ({type(error).__name__}: {error}): open it in its own program and save it anew"
        ) from error


def parse(form: Format, raw: bytes, *, fallback_title: str) -> tuple[str, Parsed]:
    """The text that was read, where the format is text, and the page; a CSV holds many and is not read here."""
    with one_pages_trouble(form):
        return _parse(form, raw, fallback_title)


def _parse(form: Format, raw: bytes, fallback_title: str) -> tuple[str, Parsed]:
    if form == "pdf" or form == "docx":  # noqa: PLR1714 - so that the type is narrowed
        # What others packed is read apart; the rest is text within bounds that are checked before it is read.
        return "", parse_apart(form, raw, fallback_title=fallback_title)
    source = decode(raw)
    if form != "html":
        check_text(source)
    match form:
        case "markdown":
            return source, parse_markdown(source, fallback_title=fallback_title)
        case "html":
            return source, parse_html(source, fallback_title=fallback_title)
        case "text" | "csv":
            return source, parse_plain(source, fallback_title=fallback_title)


def decode(raw: bytes) -> str:
    """UTF-8, or what nearly everything else is."""
    # Anywhere: PostgreSQL keeps no text that holds one, and would refuse the whole reading for this page.
    if b"\0" in raw:
        raise SourceUnreadableError(
            "The file is not text, whatever its name says: remove it or name it for what it is"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What is not UTF-8 in the wild is nearly always this; it can not fail.
        return raw.decode("cp1252", errors="replace")


def refuse_binary(raw: bytes, charset: str) -> None:
    """For what is decoded elsewhere; two bytes a sign are full of zeros and text all the same."""
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff")) or charset.lower().startswith(("utf-16", "utf-32"))
    if b"\0" in raw and not is_wide:
        raise SourceUnreadableError("The page is not text, whatever its type says: serve it as what it is")


def title_of(path: str) -> str:
    """A title for a page that has none: the last part of its path."""
    return path.rsplit("/", 1)[-1].replace("-", " ").replace("_", " ").capitalize() or "Home"
