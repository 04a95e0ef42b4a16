"""`frontdesk crm lessons`: what reps' decisions on CRM updates teach, for training and for the policy."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli_options import expected, json_too, out, upgraded, with_data_dir, with_site

if TYPE_CHECKING:
    from crm_sync.deciding.verdicts import LessonsSummary
    from server.settings import Settings


@click.command("lessons")
@click.option(
    "--jsonl", is_flag=True, help="Every decided value with its redacted words, a JSON object a line."
)
@with_site
@json_too
@with_data_dir
@expected
def lessons(site: str, jsonl: bool, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """How often each field was right when a person looked at it, by how it was obtained."""
    found = asyncio.run(_lessons(upgraded(data_dir), site, each=jsonl))
    if found is None:
        return
    fields = [{**asdict(each), "precision": round(each.precision, 3)} for each in found.fields]
    lines = [
        f"{each.precision:4.0%}  {each.field} ({each.how}): {each.approved} of {each.looked_at} as proposed, "
        f"{each.edited} edited, {each.rejected} rejected, {each.undone} undone"
        for each in found.fields
    ]
    lines += [f"rejected as {code}: {count}" for code, count in found.codes.items()]
    out(
        {"site": site, "fields": fields, "codes": dict(found.codes)},
        as_json,
        "\n".join(lines) or "nothing yet",
    )


async def _lessons(settings: Settings, site: str, *, each: bool) -> LessonsSummary | None:
    """Prints them one by one, or sums them up."""
    from crm_sync.deciding import lessons as taught
    from server.store.engine import open_engine, open_readers

    engine = open_engine(settings.database)
    try:
        async with open_readers(engine)() as session:
            if not each:
                return await taught.summary(session, site)
            async for lesson in taught.all_of(session, site):
                click.echo(json.dumps(asdict(lesson), ensure_ascii=False, default=str))
            return None
    finally:
        await engine.dispose()
