"""Commands that bring documents in: `ingest` once, `source` again and again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from server.cli_options import expected, json_too, out, settings_of, tell, with_data_dir, with_site
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from knowledge.schedule import Source
    from knowledge.values import Broken, IngestReport
    from server.settings import Settings

_COUNTED = ("added", "changed", "unchanged", "removed", "broken")
_EVERY = re.compile(r"(\d{1,6})\s*(m|min|h|d|w)")
_SECONDS = {"m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_BROKEN_SHOWN = 20


def is_address(text: str) -> bool:
    """Whether a source is on the web."""
    return bool(re.match(r"https?://", text))


def seconds(every: str | None) -> int | None:
    """`90m`, `1h`, `7d` or `2w` as seconds."""
    if every is None:
        return None
    found = _EVERY.fullmatch(every.strip().lower())
    if found is None:
        raise FrontdeskError(
            f"--every {every!r} is no time; write it like 90m, 6h, 1d or 2w", code="bad_data"
        )
    return int(found.group(1)) * _SECONDS[found.group(2)]


def name_of(address: str) -> str:
    """A source's name from its address: `docs.acme.example`, or with a path `acme.example-docs`."""
    parts = urlsplit(address)
    words = re.sub(r"[^a-z0-9.]+", "-", f"{parts.hostname or 'site'}{parts.path}".lower())
    return words.strip("-.")[:100] or "site"


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
    _check_site(site)
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
        for address in filter(is_address, sources):
            spec = SourceSpec(kind="site", location=address, allow_private=allow_private)
            reports.append(asyncio.run(_save_and_read(settings, site, name_of(address), spec, bar)))
    return reports


async def _save_and_read(settings: Settings, site: str, name: str, spec: Any, bar: Any) -> IngestReport:
    from server.asking import opened

    async with opened(settings) as installation:
        known = {source.name: source for source in await installation.library.sources(site)}
        # What was said about it with `source add` stays.
        if name not in known or known[name].spec.location != spec.location or spec.allow_private:
            await installation.library.save_source(site, spec, name=name, every_s=None, now=_now())
        return await installation.library.read_source(site, name, now=_now(), progress=bar)


@click.group()
def source() -> None:
    """Look after where documents come from: folders, sites, feeds."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What `source add` was told, before it is checked."""

    name: str
    location: str
    kind: str | None
    fields: dict[str, Any]

    def spec(self) -> Any:
        from knowledge.sources.spec import SourceSpec

        kind = self.kind or ("site" if is_address(self.location) else "folder")
        location = self.location if is_address(self.location) else str(Path(self.location).absolute())
        given = {name: value for name, value in self.fields.items() if value not in (None, ())}
        return SourceSpec(kind=kind, location=location, **given)  # type: ignore[arg-type]  # it checks the kind


@source.command("add")
@click.argument("name")
@click.argument("location")
@click.option("--kind", type=click.Choice(["folder", "site", "feed"]), help="Default: told by LOCATION.")
@click.option("--every", help="Read it again that often: 90m, 6h, 1d, 2w.")
@click.option("--audience", multiple=True, help="Who may get its pages in answers (default: everybody).")
@click.option("--owner", help="Who keeps these pages.")
@click.option("--language", help="Of pages that do not say theirs: en, pt-BR.")
@click.option("--include", multiple=True, help="Only paths like this glob: docs/**.")
@click.option("--exclude", multiple=True, help="No paths like this glob.")
@click.option("--max-pages", type=int, help="Of a site (default 2000).")
@click.option("--max-depth", type=int, help="Links from its beginning (default 8).")
@click.option("--per-second", type=float, help="Requests (default 2).")
@click.option("--expires-after-days", type=int, help="Pages unseen that long are not cited any more.")
@click.option("--allow-private", is_flag=True, help="Let it stand inside your own network.")
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
    """Keep LOCATION (a folder or file, the address of a site or feed) as source NAME, or change it."""
    _check_site(site)
    every_s = seconds(every)
    if not fields["base_url"] and not is_address(location):
        # Without a home on the web a folder's pages are read here.
        fields["base_url"] = f"/kb/{site}"
    spec = _Wanted(name, location, kind, fields).spec()
    settings = _prepared(data_dir)
    asyncio.run(_save(settings, site, name, spec, every_s))
    if read_now:
        _read(settings, site, [name], as_json=as_json)
        return
    then = (
        "a running server reads it now" if every_s else f"read it: frontdesk source read {name} --site {site}"
    )
    value = {"site": site, "name": name, "kind": spec.kind, "location": spec.location, "every_s": every_s}
    out(value, as_json, f"source {name} is kept; {then}")


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
    settings = settings_of(data_dir=data_dir)
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
        return await installation.library.read_source(site, name, now=_now(), progress=bar)


async def _save(settings: Settings, site: str, name: str, spec: Any, every_s: int | None) -> None:
    from server.asking import opened

    async with opened(settings) as installation:
        await installation.library.save_source(site, spec, name=name, every_s=every_s, now=_now())


async def _sources(settings: Settings, site: str) -> list[Source]:
    from server.asking import opened

    async with opened(settings) as installation:
        return await installation.library.sources(site)


async def _remove(settings: Settings, site: str, name: str) -> None:
    from server.asking import opened

    async with opened(settings) as installation:
        await installation.library.remove_source(site, name, now=_now())


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


def _check_site(site: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", site):
        raise FrontdeskError(
            f"--site {site!r} is no site key; use small letters, digits, - and _", code="bad_data"
        )


def _now() -> datetime:
    return datetime.now(UTC)
