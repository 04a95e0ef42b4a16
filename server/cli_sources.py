"""Commands that bring documents in: `ingest` once, `source` again and again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import (
    BY,
    expected,
    json_too,
    out,
    settings_of,
    tell,
    upgraded,
    with_data_dir,
    with_site,
)
from server.cli_source_words import Wanted, check_site, is_address, name_of
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from knowledge.ports import Also
    from knowledge.schedule import Source
    from knowledge.sources.spec import SourceSpec
    from knowledge.values import Broken, IngestReport
    from server.asking import Opened
    from server.settings import Settings
    from server.store.deeds import Act

_COUNTED = ("added", "changed", "unchanged", "removed", "broken")
_BROKEN_SHOWN = 20


@click.command()
@click.argument("sources", nargs=-1, required=True)
@with_site
@click.option("--base-url", help="Where the pages stand on the web (default: this server's own reader).")
@click.option("--allow-private", is_flag=True, help="Let a site stand inside your own network.")
@json_too
@with_data_dir
@expected
def ingest(
    sources: tuple[str, ...],
    site: str,
    base_url: str | None,
    allow_private: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Make a site's documents what SOURCES (folders, files, addresses of sites) hold."""
    if base_url is not None and not re.match(r"(https?://|/)", base_url):
        raise FrontdeskError(
            f"--base-url {base_url!r} is no address; write it like https://docs.acme.example", code="bad_data"
        )
    check_site(site)
    settings = _prepared(data_dir)
    reports = _bring_in(settings, site, sources, base_url or f"/kb/{site}", allow_private=allow_private)
    counts = {name: sum(len(getattr(report, name)) for report in reports) for name in _COUNTED}
    broken = [each for report in reports for each in report.broken]
    passages = sum(report.passages for report in reports)
    _tell_broken(broken)
    value = {"site": site, **counts, "passages": passages, "broken_files": _reasons(broken)}
    pages = counts["added"] + counts["changed"] + counts["unchanged"]
    if not pages:
        raise FrontdeskError(f"no document could be read from {', '.join(sources)}", code="nothing_read")
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    out(value, as_json, f"{pages} pages, {passages} passages ({words})")


def _bring_in(
    settings: Settings, site: str, sources: Sequence[str], base_url: str, *, allow_private: bool
) -> list[IngestReport]:
    from knowledge.sources.spec import SourceSpec
    from server.preparing import ingest as bring_in
    from server.progress import Bar

    paths = [Path(each) for each in sources if not is_address(each)]
    reports = []
    with Bar() as bar:
        if paths:
            # Without a home on the web they are read here; relative, so that the server may move.
            reports.append(asyncio.run(bring_in(settings, site, paths, base_url=base_url, progress=bar)))
            asyncio.run(_note_ingest(settings, site, paths))
        for address in filter(is_address, sources):
            spec = SourceSpec(kind="site", location=address, allow_private=allow_private)
            reports.append(asyncio.run(_save_and_read(settings, site, name_of(address), spec, bar)))
    return reports


async def _note_ingest(settings: Settings, site: str, paths: Sequence[Path]) -> None:
    from server.asking import opened

    async with opened(settings) as installation:
        named = ", ".join(str(path) for path in paths)
        await _note_reading(installation, site, f"files ({named})")


async def _save_and_read(settings: Settings, site: str, name: str, spec: Any, bar: Any) -> IngestReport:
    from server.asking import opened

    async with opened(settings) as installation:
        known = {source.name: source for source in await installation.library.sources(site)}
        # What was said about it with `source add` stays.
        if name not in known or known[name].spec.location != spec.location or spec.allow_private:
            also = _deed(site, "source_saved", f"{name} ({spec.location})")
            await installation.library.save_source(site, spec, name=name, every_s=None, now=_now(), also=also)
        report = await installation.library.read_source(site, name, now=_now(), progress=bar)
        await _note_reading(installation, site, name)
    return report


@click.group()
def source() -> None:
    """Look after where documents come from: folders, sites, feeds."""


@source.command("add")
@click.argument("name")
@click.argument("location")
@click.option("--kind", type=click.Choice(["folder", "site", "feed"]), help="Default: told by LOCATION.")
@click.option("--every", help="Read it again that often: 90m, 6h, 1d, 2w; never: only when asked.")
@click.option("--audience", multiple=True, help="Who may get its pages in answers (default: everybody).")
@click.option("--owner", help="Who keeps these pages.")
@click.option("--language", help="Of pages that do not say theirs: en, pt-BR.")
@click.option("--include", multiple=True, help="Only paths like this glob: docs/**.")
@click.option("--exclude", multiple=True, help="No paths like this glob.")
@click.option("--max-pages", type=int, help="Of a site (default 2000).")
@click.option("--max-depth", type=int, help="Links from its beginning (default 8).")
@click.option("--per-second", type=float, help="Requests (default 2).")
@click.option("--expires-after-days", type=int, help="Pages unseen that long are not cited any more.")
@click.option(
    "--allow-private/--no-allow-private", default=None, help="Let it stand inside your own network."
)
@click.option("--base-url", help="Of a folder: where its pages stand on the web.")
@click.option("--read", "read_now", is_flag=True, help="Read it at once.")
@with_site
@json_too
@with_data_dir
@expected
def add(
    name: str,
    location: str,
    kind: str | None,
    every: str | None,
    site: str,
    data_dir: Path | None,
    read_now: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **fields: Any,
) -> None:
    """Keep LOCATION (a folder or file, the address of a site or feed) as source NAME.

    One that is there already is changed in what is named; the rest stays.
    """
    check_site(site)
    wanted = Wanted(name, location, kind, every, fields)
    # Whatever is wrong in itself is said before anything is prepared.
    wanted.spec(site, None), wanted.every_s(None)
    settings = _prepared(data_dir)
    spec, every_s, was_known = asyncio.run(_save(settings, site, wanted))
    if read_now:
        _read(settings, site, [name], as_json=as_json)
        return
    then = (
        "a running server reads it now" if every_s else f"read it: frontdesk source read {name} --site {site}"
    )
    value = {"site": site, "name": name, "kind": spec.kind, "location": spec.location, "every_s": every_s}
    done = "changed in what was named, the rest is as it was" if was_known else "kept"
    out(value, as_json, f"source {name} is {done}; {then}")


@source.command("list")
@with_site
@json_too
@with_data_dir
@expected
def list_sources(site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """The sources of a site, and how their last reading went."""
    found = asyncio.run(_sources(settings_of(data_dir=data_dir), site))
    lines = []
    for each in found:
        when = f"read {each.last_at:%Y-%m-%d %H:%M} UTC" if each.last_at else "not read yet"
        then = f", next {each.next_at:%Y-%m-%d %H:%M} UTC" if each.next_at else ""
        state = "fine" if each.spec.kind == "pushed" else each.state
        lines.append(f"{each.name}  {state}  {each.spec.kind}  {each.spec.location}".rstrip())
        if each.spec.kind == "pushed":
            when, then = "put by the API or the console", ""
        lines.append(f"    {each.documents} documents, {len(each.broken)} broken, {when}{then}")
        if each.error:
            lines.append(f"    {each.error}")
        lines += [f"    not read: {broken.path}: {broken.reason}" for broken in each.broken[:_BROKEN_SHOWN]]
    value = {"site": site, "sources": [_told(each) for each in found]}
    out(value, as_json, "\n".join(lines) or "no sources yet; frontdesk source add NAME LOCATION")


@source.command("read")
@click.argument("names", nargs=-1)
@click.option("--all", "every_one", is_flag=True, help="All of the site.")
@with_site
@json_too
@with_data_dir
@expected
def read(
    names: tuple[str, ...],
    every_one: bool,  # noqa: FBT001
    site: str,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Read sources anew, now; one that was interrupted goes on where it stopped."""
    settings = _prepared(data_dir)
    if every_one:
        found = asyncio.run(_sources(settings, site))
        names = tuple(each.name for each in found if each.spec.kind != "pushed")
    if not names:
        raise FrontdeskError(
            "name a source, or say --all; `frontdesk source list` shows them", code="bad_data"
        )
    _read(settings, site, names, as_json=as_json)


@source.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_site
@with_data_dir
@expected
def remove(name: str, yes: bool, site: str, data_dir: Path | None) -> None:  # noqa: FBT001
    """Forget source NAME; its documents disappear from answers."""
    settings = upgraded(data_dir)
    known = {each.name: each for each in asyncio.run(_sources(settings, site))}
    if name not in known:
        raise FrontdeskError(f"site {site!r} has no source {name!r}; it has {', '.join(known) or 'none'}")
    if not yes:
        click.confirm(f"Remove {name} and its {known[name].documents} documents?", abort=True, err=True)
    asyncio.run(_remove(settings, site, name))
    click.echo(f"source {name} and its documents are gone")


def _read(settings: Settings, site: str, names: Sequence[str], *, as_json: bool) -> None:
    from server.progress import Bar

    read: list[dict[str, Any]] = []
    lines = []
    for name in names:
        with Bar() as bar:
            report = asyncio.run(_read_one(settings, site, name, bar))
        counts = {word: len(getattr(report, word)) for word in _COUNTED}
        _tell_broken(report.broken)
        read.append({"name": name, **counts, "broken_files": _reasons(report.broken)})
        lines.append(f"{name}: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    out({"site": site, "sources": read}, as_json, "\n".join(lines))


async def _read_one(settings: Settings, site: str, name: str, bar: Any) -> IngestReport:
    from server.asking import opened

    async with opened(settings) as installation:
        report = await installation.library.read_source(site, name, now=_now(), progress=bar)
        await _note_reading(installation, site, name)
    return report


async def _note_reading(installation: Opened, site: str, thing: str) -> None:
    from server.store.deeds import write_deed

    await write_deed(installation.writers, site, by=BY, act="source_read", thing=thing, now=_now())


async def _save(settings: Settings, site: str, wanted: Wanted) -> tuple[SourceSpec, int | None, bool]:
    """What is kept now, and whether there was one of that name."""
    from server.asking import opened

    async with opened(settings) as installation:
        library = installation.library
        known = {each.name: each for each in await library.sources(site)}.get(wanted.name)
        spec = wanted.spec(site, known.spec if known and known.spec.kind != "pushed" else None)
        every_s = wanted.every_s(known.every_s if known else None)
        also = _deed(site, "source_saved", f"{wanted.name} ({spec.location})")
        await library.save_source(site, spec, name=wanted.name, every_s=every_s, now=_now(), also=also)
    return spec, every_s, known is not None


def _deed(site: str, act: Act, thing: str) -> Also:
    from server.store.deeds import deed

    return deed(site, by=BY, act=act, thing=thing, now=_now())


async def _sources(settings: Settings, site: str) -> list[Source]:
    from server.asking import opened

    async with opened(settings) as installation:
        return await installation.library.sources(site)


async def _remove(settings: Settings, site: str, name: str) -> None:
    from server.asking import opened

    async with opened(settings) as installation:
        also = _deed(site, "source_removed", name)
        await installation.library.remove_source(site, name, now=_now(), also=also)


def _told(each: Source) -> dict[str, Any]:
    return {
        "name": each.name,
        "kind": each.spec.kind,
        "location": each.spec.location,
        "state": each.state,
        "every_s": each.every_s,
        "last_at": each.last_at.isoformat() if each.last_at else None,
        "next_at": each.next_at.isoformat() if each.next_at else None,
        "documents": each.documents,
        "error": each.error,
        "broken_files": _reasons(each.broken),
    }


def _tell_broken(broken: Sequence[Broken]) -> None:
    for each in broken[:_BROKEN_SHOWN]:
        tell(f"not read: {each.path}: {each.reason}")
    if len(broken) > _BROKEN_SHOWN:
        tell(f"and {len(broken) - _BROKEN_SHOWN} more; `--json` names them all")


def _reasons(broken: Sequence[Broken]) -> list[dict[str, str]]:
    return [{"path": each.path, "reason": each.reason} for each in broken]


def _prepared(data_dir: Path | None) -> Settings:
    from server.preparing import prepare

    settings = settings_of(data_dir=data_dir)
    prepare(settings, tell)
    return settings


def _now() -> datetime:
    return datetime.now(UTC)
