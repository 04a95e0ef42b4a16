"""`frontdesk train`: the intents by default; further things that learn are its subcommands."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from server.cli_options import expected, json_too, out, settings_of, tell, with_data_dir
from server.errors import FrontdeskError
from server.settings import Settings


@click.group(invoke_without_command=True)
@click.option(
    "--data", type=click.Path(path_type=Path), help="JSON lines of {text, intent} instead of the catalogue."
)
@click.option(
    "--candidates", is_flag=True, help="With reviewed messages; shows what would change, no switch."
)
@click.option("--force", is_flag=True, help="Let the new model serve even when it is worse.")
@click.option("--by", default="the command line", hidden=True, help="Who is named for it on the preview.")
@json_too
@with_data_dir
@click.pass_context
@expected
def train(
    ctx: click.Context,
    data: Path | None,
    candidates: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    by: str,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Train the intents and let the better model serve."""
    if ctx.invoked_subcommand is not None:
        return
    settings = settings_of(data_dir=data_dir)
    if not candidates:
        _train_intents(settings, data, force=force, as_json=as_json)
    elif data or force:
        raise FrontdeskError(
            "--candidates goes with the catalogue; leave --data and --force out", code="bad_data"
        )
    else:
        _train_with_reviewed(settings, by, as_json=as_json)


def _train_intents(settings: Settings, data: Path | None, *, force: bool, as_json: bool) -> None:
    from server.asking import read_labelled
    from server.preparing import confusions_of, train_intents

    labelled = read_labelled(data) if data else None
    verdict, metrics = train_intents(settings, labelled, force=force, tell=tell)
    value = {"switched": verdict.switched, "reason": verdict.reason, "metrics": metrics}
    lines = confusions_of(metrics)
    lines.append(f"{'serving' if verdict.switched else 'not switched'}: {verdict.reason}")
    out(value, as_json, "\n".join(lines))
    if not verdict.switched:
        sys.exit(1)


def _train_with_reviewed(settings: Settings, by: str, *, as_json: bool) -> None:
    from server import retraining

    reviewed = asyncio.run(retraining.reviewed_messages(settings))
    found = retraining.train_with_reviewed(settings, reviewed, by=by, tell=tell)
    out(retraining.as_json(found), as_json, retraining.preview(found))


@train.command()
@with_data_dir
@expected
def switch(data_dir: Path | None) -> None:
    """Let the model serve that waits since `frontdesk train --candidates`; running servers notice."""
    from intents import versions
    from server.wiring import intent_folder

    root = intent_folder(settings_of(data_dir=data_dir))
    found = versions.waiting(root)
    if found is None:
        raise FrontdeskError(
            "no trained model waits; run `frontdesk train --candidates`", code="nothing_waits"
        )
    versions.switch(root, found.version)
    click.echo(f"serving: {found.version}; `frontdesk train undo` goes back")


@train.command()
@with_data_dir
@expected
def discard(data_dir: Path | None) -> None:
    """Forget the model that waits; the one that serves goes on."""
    from intents import versions
    from server.wiring import intent_folder

    root = intent_folder(settings_of(data_dir=data_dir))
    found = versions.waiting(root)
    if found is None:
        raise FrontdeskError("no trained model waits, so nothing was discarded", code="nothing_waits")
    versions.discard(root)
    click.echo(f"discarded: {found.version}")


@train.command()
@with_data_dir
@expected
def undo(data_dir: Path | None) -> None:
    """Let the model before serve again."""
    from intents import versions
    from server.wiring import intent_folder

    click.echo(f"serving: {versions.go_back(intent_folder(settings_of(data_dir=data_dir)))}")
