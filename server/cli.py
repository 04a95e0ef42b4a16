"""The command line: `frontdesk COMMAND`; further commands come in by the entry-point group `frontdesk.commands`."""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click

from server import (
    cli_audit,
    cli_calendars,
    cli_catalog,
    cli_conversations,
    cli_crm,
    cli_delegates,
    cli_delivery,
    cli_documents,
    cli_lessons,
    cli_meetings,
    cli_members,
    cli_playbook,
    cli_score,
    cli_sources,
    cli_tokens,
    cli_train,
    cli_two_way,
    cli_updates,
)
from server.cli_options import expected, json_too, out, place, settings_of, tell, with_data_dir, with_site
from server.settings import explain

_GROUP = "frontdesk.commands"


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
@with_data_dir
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default 8000).")
@click.option("--demo/--no-demo", default=None, help="Serve the demo company as well.")
@expected
def serve(data_dir: Path | None, host: str | None, port: int | None, demo: bool | None) -> None:  # noqa: FBT001
    """Serve widget, help panel, console and API."""
    from server.serving import run

    run(settings_of(data_dir=data_dir, host=host, port=port, demo=demo), tell)


@main.command()
@click.argument("text")
@click.option("--k", default=5, show_default=True, type=click.IntRange(1, 50), help="How many passages.")
@with_site
@json_too
@with_data_dir
@expected
def search(text: str, k: int, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Find the passages nearest to TEXT."""
    from server.asking import find

    found = asyncio.run(find(settings_of(data_dir=data_dir), site, text, k))
    lines = (f"{hit['score']:.3f}  {place(hit)}\n       {hit['url']}" for hit in found)
    out({"query": text, "site": site, "results": found}, as_json, "\n".join(lines) or "nothing found")


@main.command()
@click.argument("text")
@with_site
@json_too
@with_data_dir
@expected
def ask(text: str, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Answer TEXT as a visitor would be answered."""
    from server.asking import ask as answer

    value = asyncio.run(answer(settings_of(data_dir=data_dir), site, text))
    sources = "\n".join(f"[{cited['n']}] {place(cited)}\n    {cited['url']}" for cited in value["citations"])
    out(value, as_json, f"{value['answer']}\n\n{sources}".strip())


@main.command()
@click.argument("text")
@json_too
@with_data_dir
@expected
def classify(text: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Read TEXT: redaction, language, intents, facts, mood."""
    from server.asking import read

    value = read(settings_of(data_dir=data_dir), text)
    lines = [f"{guess['probability']:.3f}  {guess['name']}" for guess in value["intents"]]
    lines += [f"fact   {fact['name']} = {fact['value']!r}" for fact in value["facts"]]
    out(value, as_json, "\n".join(["none of these" if value["out_of_scope"] else "in scope", *lines]))


@main.command()
@json_too
@with_data_dir
@expected
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
    out(value, as_json, "\n".join(lines))
    if not all(check.ok for check in found):
        sys.exit(1)


@main.command()
@click.argument("login")
@with_data_dir
@expected
def password(login: str, data_dir: Path | None) -> None:
    """Give the console account LOGIN a new password and print it."""
    from server.asking import new_password

    click.echo(asyncio.run(new_password(settings_of(data_dir=data_dir), login)))


main.add_command(cli_meetings.meetings)
cli_train.train.add_command(cli_score.score)
cli_crm.crm.add_command(cli_two_way.reconcile)
for of_people in (
    cli_lessons.lessons,
    cli_delegates.delegate,
    cli_delegates.delegates,
    cli_delegates.undelegate,
):
    cli_crm.crm.add_command(of_people)
cli_crm.crm.add_command(cli_two_way.duplicates)
for of_delivery in (
    cli_delivery.deliveries,
    cli_delivery.attempts,
    cli_delivery.replay,
    cli_delivery.resume,
    cli_updates.updates,
    cli_updates.undo,
):
    cli_crm.crm.add_command(of_delivery)
for command in (
    cli_sources.ingest, cli_sources.source, cli_documents.documents, cli_documents.outdated, cli_documents.gaps,
    cli_catalog.catalog, cli_playbook.playbook, cli_tokens.token, cli_train.train,
    cli_conversations.conversation, cli_crm.crm, cli_calendars.calendars, cli_audit.audit, cli_members.members,
):  # fmt: skip
    main.add_command(command)
