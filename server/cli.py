"""The command line: `frontdesk COMMAND`; further commands come in by the entry-point group `frontdesk.commands`."""

from __future__ import annotations

import asyncio
import functools
import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

import click

from server.errors import BadPlaybook, BadSetting, FrontdeskError
from server.settings import Settings, explain, load_settings
from server.telemetry import configure_logs

_GROUP = "frontdesk.commands"
F = TypeVar("F", bound=Callable[..., Any])


def _data_dir(command: F) -> F:
    option = click.option(
        "--data-dir", type=click.Path(path_type=Path), help="Folder of all state (default .data)."
    )
    return option(command)


def _site(command: F) -> F:
    return click.option("--site", default="demo", show_default=True, help="Which site's documents.")(command)


def _json(command: F) -> F:
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else."
    )(command)


def _expected(command: F) -> F:
    """Expected failures are one line and an exit code: 2 when the call was wrong, 1 when the work failed."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (BadSetting, BadPlaybook) as error:
            _fail(str(error), 2)
        except FrontdeskError as error:
            _fail(str(error), 2 if error.code in {"no_source", "bad_data"} else 1)
        except OSError as error:
            _fail(f"{error.strerror or error}: {error.filename or 'the system'}", 1)
        except lower_rooms() as error:
            _fail(str(getattr(error, "orig", None) or error), 1)

    return run  # type: ignore[return-value]  # functools.wraps keeps the signature


def lower_rooms() -> tuple[type[Exception], ...]:
    """The expected failures of the lower rooms and of the database; asked for only when something failed."""
    from sqlalchemy.exc import DatabaseError

    from crm_sync.errors import CrmError
    from intents.errors import IntentsError
    from knowledge.errors import KnowledgeError

    return (KnowledgeError, IntentsError, CrmError, DatabaseError)


def _fail(message: str, code: int) -> None:
    click.echo(f"frontdesk: {message}", err=True)
    sys.exit(code)


def place(hit: dict[str, Any]) -> str:
    """Title and heading of a passage; some stand before the first heading."""
    return " > ".join(part for part in (hit["title"], hit["heading"]) if part)


def _tell(message: str) -> None:
    click.echo(message, err=True)


def _out(value: dict[str, Any], as_json: bool, text: str) -> None:  # noqa: FBT001
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else text)


def settings_of(**options: Any) -> Settings:
    """The settings with these options on top; sets up the logs."""
    settings = load_settings(options)
    configure_logs(settings.log_level, settings.log_format)
    return settings


class _Commands(click.Group):
    """Our commands and those of the entry-point group, which are loaded only when they are called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *entry_points(group=_GROUP).names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        ours = super().get_command(ctx, cmd_name)
        if ours is not None or cmd_name not in entry_points(group=_GROUP).names:
            return ours
        loaded: click.Command = entry_points(group=_GROUP)[cmd_name].load()
        return loaded


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="frontdesk")
def main() -> None:
    """Answers from your documents, qualifies, books, and tells your CRM."""


@main.command()
@_data_dir
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default 8000).")
@click.option("--demo/--no-demo", default=None, help="Serve the demo company as well.")
@_expected
def serve(data_dir: Path | None, host: str | None, port: int | None, demo: bool | None) -> None:  # noqa: FBT001
    """Serve widget, help panel, console and API."""
    from server.serving import run

    run(settings_of(data_dir=data_dir, host=host, port=port, demo=demo), _tell)


@main.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@_site
@click.option("--base-url", help="Where the pages stand on the web (default: this server's own reader).")
@_json
@_data_dir
@_expected
def ingest(
    sources: tuple[Path, ...],
    site: str,
    base_url: str | None,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Make a site's documents what SOURCES (folders, files) hold."""
    from server.preparing import ingest as bring_in
    from server.preparing import prepare
    from server.progress import Bar

    if base_url is not None and not re.match(r"(https?://|/)", base_url):
        raise FrontdeskError(
            f"--base-url {base_url!r} is no address; write it like https://docs.acme.example", code="bad_data"
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", site):
        raise FrontdeskError(
            f"--site {site!r} is no site key; use small letters, digits, - and _", code="bad_data"
        )
    settings = settings_of(data_dir=data_dir)
    prepare(settings, _tell)
    # Without a home on the web they are read here; relative, so that the server may move.
    base = base_url or f"/kb/{site}"
    with Bar() as bar:
        report = asyncio.run(bring_in(settings, site, list(sources), base_url=base, progress=bar))
    for broken in report.broken:
        _tell(f"not read: {broken.path}: {broken.reason}")
    counts = {
        name: len(getattr(report, name)) for name in ("added", "changed", "unchanged", "removed", "broken")
    }
    value = {
        "site": site,
        **counts,
        "passages": report.passages,
        "broken_files": [{"path": broken.path, "reason": broken.reason} for broken in report.broken],
    }
    pages = counts["added"] + counts["changed"] + counts["unchanged"]
    if not pages:
        raise FrontdeskError(
            f"no document could be read from {', '.join(map(str, sources))}", code="nothing_read"
        )
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    _out(value, as_json, f"{pages} pages, {report.passages} passages ({words})")


@main.command()
@click.argument("text")
@click.option("--k", default=5, show_default=True, type=click.IntRange(1, 50), help="How many passages.")
@_site
@_json
@_data_dir
@_expected
def search(text: str, k: int, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Find the passages nearest to TEXT."""
    from server.asking import find

    found = asyncio.run(find(settings_of(data_dir=data_dir), site, text, k))
    lines = (f"{hit['score']:.3f}  {place(hit)}\n       {hit['url']}" for hit in found)
    _out({"query": text, "site": site, "results": found}, as_json, "\n".join(lines) or "nothing found")


@main.command()
@click.argument("text")
@_site
@_json
@_data_dir
@_expected
def ask(text: str, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Answer TEXT as a visitor would be answered."""
    from server.asking import ask as answer

    value = asyncio.run(answer(settings_of(data_dir=data_dir), site, text))
    sources = "\n".join(f"[{cited['n']}] {place(cited)}\n    {cited['url']}" for cited in value["citations"])
    _out(value, as_json, f"{value['answer']}\n\n{sources}".strip())


@main.command()
@click.option(
    "--data", type=click.Path(path_type=Path), help="JSON lines of {text, intent} instead of the catalogue."
)
@click.option("--force", is_flag=True, help="Let the new model serve even when it is worse.")
@_json
@_data_dir
@_expected
def train(data: Path | None, force: bool, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Train the intents and let the better model serve."""
    from server.asking import read_labelled
    from server.preparing import train_intents

    settings = settings_of(data_dir=data_dir)
    labelled = read_labelled(data) if data else None
    verdict, metrics = train_intents(settings, labelled, force=force, tell=_tell)
    value = {"switched": verdict.switched, "reason": verdict.reason, "metrics": metrics}
    _out(value, as_json, f"{'serving' if verdict.switched else 'not switched'}: {verdict.reason}")
    if not verdict.switched:
        sys.exit(1)


@main.command()
@click.argument("text")
@_json
@_data_dir
@_expected
def classify(text: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Read TEXT: redaction, language, intents, facts, mood."""
    from server.asking import read

    value = read(settings_of(data_dir=data_dir), text)
    lines = [f"{guess['probability']:.3f}  {guess['name']}" for guess in value["intents"]]
    lines += [f"fact   {fact['name']} = {fact['value']!r}" for fact in value["facts"]]
    _out(value, as_json, "\n".join(["none of these" if value["out_of_scope"] else "in scope", *lines]))


@main.command()
@_json
@_data_dir
@_expected
def doctor(as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Print every setting with its source, and check what the installation needs."""
    from server.doctor import checks

    options = {"data_dir": data_dir}
    settings = settings_of(**options)
    sourced = explain(settings, options)
    found = checks(settings)
    value = {
        "settings": {item.name: {"value": item.value, "source": item.source} for item in sourced},
        "checks": [{"check": check.name, "ok": check.ok, "detail": check.detail} for check in found],
    }
    lines = [f"{item.name:18} {item.value!s:40} {item.source}" for item in sourced]
    lines += [f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}" for check in found]
    _out(value, as_json, "\n".join(lines))
    if not all(check.ok for check in found):
        sys.exit(1)


@main.group()
def playbook() -> None:
    """Look after playbooks."""


@playbook.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@_expected
def playbook_check(file: Path) -> None:
    """Check a playbook; an error names file, line and fix."""
    from intents.catalogue import load_catalogue
    from server.playbook import load_playbook

    if not file.is_file():
        raise FrontdeskError(f"there is no file {str(file)!r}; name a playbook", code="bad_data")
    book = load_playbook(file, intents=load_catalogue().intents)
    click.echo(f"{file}: fine, {len(book.questions)} questions, version {book.digest}")


@main.command()
@click.argument("login")
@_data_dir
@_expected
def password(login: str, data_dir: Path | None) -> None:
    """Give the console account LOGIN a new password and print it."""
    from server.asking import new_password

    click.echo(asyncio.run(new_password(settings_of(data_dir=data_dir), login)))
