"""Commands that look at what is known: documents, answers that no longer hold, questions without one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import BY, expected, json_too, out, settings_of, upgraded, with_data_dir, with_site
from server.errors import NotFound

if TYPE_CHECKING:
    from knowledge.listing import Listed, Sought
    from knowledge.values import Document
    from server.settings import Settings


STANDS = "; the quoted words still stand"


@click.group()
def documents() -> None:
    """Look after single documents."""


@documents.command("list")
@click.option("--words", default="", help="Only those with these words in title or path.")
@click.option("--source", default="", help="Only those of this source.")
@click.option("--audience", default="", help="Only those that this audience gets.")
@click.option("--state", type=click.Choice(["expired", "superseded"]), help="Only those in this state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000))
@click.option("--after", default="", help="Go on behind this path.")
@with_site
@json_too
@with_data_dir
@expected
def list_documents(
    words: str,
    source: str,
    audience: str,
    state: str | None,
    limit: int,
    after: str,
    site: str,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """The documents of a site, by path."""
    from knowledge.listing import Sought

    sought = Sought(words=words, source=source, audience=audience, state=state or "")  # type: ignore[arg-type]
    found, total = asyncio.run(_listed(settings_of(data_dir=data_dir), site, sought, limit, after))
    lines = [f"{each.path}  {each.title}{_remarks(each)}" for each in found]
    if found and len(found) == limit < total:
        lines.append(f"({total} in all; go on with --after {found[-1].path})")
    value = {"site": site, "total": total, "documents": [_told(each) for each in found]}
    out(value, as_json, "\n".join(lines) or "no documents")


@documents.command("show")
@click.argument("path")
@with_site
@json_too
@with_data_dir
@expected
def show(path: str, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """The document at PATH with its text as answers quote it."""
    document, source = asyncio.run(_document(settings_of(data_dir=data_dir), site, path.strip("/")))
    value = {
        "path": document.path,
        "title": document.title,
        "url": document.url,
        "source": source,
        "format": document.format,
        "audience": list(document.audience),
        "owner": document.owner,
        "language": document.language,
        "updated": document.updated,
        "expires": document.expires.isoformat() if document.expires else None,
        "superseded_by": document.superseded_by,
        "version": document.version,
        "text": document.text,
    }
    facts = [f"{name}: {_plain(fact)}" for name, fact in value.items() if name != "text" and fact]
    out(value, as_json, "\n".join([*facts, "", document.text]))


@documents.command("remove")
@click.argument("path")
@with_site
@with_data_dir
@expected
def remove(path: str, site: str, data_dir: Path | None) -> None:
    """Take the document at PATH, which was put by the API or the console, out of answers."""
    gone = asyncio.run(_remove(upgraded(data_dir), site, path.strip("/")))
    if not gone:
        raise NotFound(f"site {site!r} has no document {path!r}; `frontdesk documents list` shows the paths")
    click.echo(f"document {path} is gone")


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000))
@with_site
@json_too
@with_data_dir
@expected
def outdated(limit: int, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Answers given to visitors whose pages changed, went or expired since."""
    found = asyncio.run(_outdated(settings_of(data_dir=data_dir), site, limit))
    lines = [
        f"{each.at:%Y-%m-%d}  {each.page.title} ({each.why}{STANDS if each.still_stands else ''})  {each.question}\n"
        f"            conversation {each.conversation_id}"
        for each in found
    ]
    value = {
        "site": site,
        "answers": [
            {
                "conversation": each.conversation_id,
                "message": each.message_id,
                "question": each.question,
                "page": {"title": each.page.title, "url": each.page.url},
                "why": each.why,
                "still_stands": each.still_stands,
                "at": each.at.isoformat(),
            }
            for each in found
        ],
    }
    out(value, as_json, "\n".join(lines) or "every answer given still holds")


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@with_site
@json_too
@with_data_dir
@expected
def gaps(limit: int, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Questions that the documents do not answer, gathered by meaning, the most wanted first."""
    found = asyncio.run(_gaps(settings_of(data_dir=data_dir), site, limit))
    lines = []
    for each in found:
        lines.append(f"{each.count:5}  {each.question}")
        lines += [f"       also: {one.question}" for one in each.members if one.question != each.question][:5]
        if each.nearest:
            lines.append(f"       nearest: {', '.join(each.nearest)}")
    value = {
        "site": site,
        "gaps": [
            {
                "id": each.id,
                "question": each.question,
                "count": each.count,
                "questions": [one.question for one in each.members],
                "nearest": list(each.nearest),
                "last_at": each.last_at.isoformat(),
            }
            for each in found
        ],
    }
    out(value, as_json, "\n".join(lines) or "no gaps: every question so far was answered")


async def _listed(
    settings: Settings, site: str, sought: Sought, limit: int, after: str
) -> tuple[list[Listed], int]:
    from knowledge import listing
    from server.asking import opened

    now = datetime.now(UTC)
    async with opened(settings) as installation, installation.readers() as session:
        found = await listing.listed(session, site, sought, now=now, limit=limit, after=after)
        return found, await listing.count(session, site, sought, now=now)


async def _document(settings: Settings, site: str, path: str) -> tuple[Document, str]:
    from knowledge import listing
    from server.asking import opened

    async with opened(settings) as installation, installation.readers() as session:
        found = await listing.document(session, site, path)
    if found is None:
        raise NotFound(f"site {site!r} has no document {path!r}; `frontdesk documents list` shows the paths")
    return found


async def _remove(settings: Settings, site: str, path: str) -> bool:
    from server.asking import opened
    from server.store.deeds import deed

    async with opened(settings) as installation:
        now = datetime.now(UTC)
        also = deed(site, by=BY, act="document_deleted", thing=path, now=now)
        return await installation.library.delete_document(site, path, now=now, also=also)


async def _outdated(settings: Settings, site: str, limit: int) -> Any:
    from server.asking import opened

    async with opened(settings) as installation:
        return await installation.library.outdated(site, now=datetime.now(UTC), limit=limit)


async def _gaps(settings: Settings, site: str, limit: int) -> Any:
    from server.asking import opened

    async with opened(settings) as installation:
        return await installation.library.gaps(site, limit)


def _remarks(each: Listed) -> str:
    said = []
    if not each.is_public:
        said.append(f"for {', '.join(each.audience)}")
    if each.expires is not None:
        said.append(f"expires {each.expires:%Y-%m-%d}")
    if each.superseded_by:
        said.append(f"replaced by {each.superseded_by}")
    return f"  ({'; '.join(said)})" if said else ""


def _told(each: Listed) -> dict[str, Any]:
    names = ("path", "title", "url", "source", "format", "owner", "language", "superseded_by", "version")
    return {
        **{name: getattr(each, name) for name in names},
        "audience": list(each.audience),
        "updated": each.updated,
        "expires": each.expires.isoformat() if each.expires else None,
    }


def _plain(fact: Any) -> str:
    return ", ".join(fact) if isinstance(fact, list) else str(fact)
