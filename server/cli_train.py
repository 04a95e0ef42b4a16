"""`frontdesk train`: the intents by default; further things that learn are its subcommands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.cli_options import expected, json_too, out, settings_of, tell, with_data_dir


@click.group(invoke_without_command=True)
@click.option(
    "--data", type=click.Path(path_type=Path), help="JSON lines of {text, intent} instead of the catalogue."
)
@click.option("--force", is_flag=True, help="Let the new model serve even when it is worse.")
@json_too
@with_data_dir
@click.pass_context
@expected
def train(ctx: click.Context, data: Path | None, force: bool, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Train the intents and let the better model serve."""
    if ctx.invoked_subcommand is None:
        _train_intents(data, force=force, as_json=as_json, data_dir=data_dir)


def _train_intents(data: Path | None, *, force: bool, as_json: bool, data_dir: Path | None) -> None:
    from server.asking import read_labelled
    from server.preparing import confusions_of, train_intents

    settings = settings_of(data_dir=data_dir)
    labelled = read_labelled(data) if data else None
    verdict, metrics = train_intents(settings, labelled, force=force, tell=tell)
    value = {"switched": verdict.switched, "reason": verdict.reason, "metrics": metrics}
    lines = confusions_of(metrics)
    lines.append(f"{'serving' if verdict.switched else 'not switched'}: {verdict.reason}")
    out(value, as_json, "\n".join(lines))
    if not verdict.switched:
        sys.exit(1)
