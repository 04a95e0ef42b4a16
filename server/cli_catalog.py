"""`frontdesk catalog`: look after the intents that the operator added or changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from server.cli_options import expected, json_too, out, settings_of, with_data_dir
from server.errors import FrontdeskError


@click.group()
def catalog() -> None:
    """Look after your own intents."""


@catalog.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@json_too
@with_data_dir
@expected
def check(folder: Path | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Check your intents in FOLDER (default: those that serve), and print what comes from where.

    An error names file, line and fix.
    """
    from intents.errors import CatalogueError
    from intents.own_catalogue import extended_catalogue

    settings = settings_of(data_dir=data_dir)
    where = folder or settings.catalog_dir
    try:
        extended = extended_catalogue(where)
    except CatalogueError as error:
        raise FrontdeskError(str(error), code="bad_data") from error
    changes = {change.name: change for change in extended.changes}
    rows: list[dict[str, Any]] = []
    for name, intent in extended.catalogue.intents.items():
        change = changes.get(name)
        source = f"{change.what}, {change.at}" if change else "shipped"
        rows.append({"intent": name, "examples": len(intent.examples), "from": source})
    off = [change for change in extended.changes if change.what == "switches off"]
    lines = [f"{row['examples']:4}  {row['intent']:24} {row['from']}" for row in rows]
    lines += [f"      {change.name:24} switched off, {change.at}" for change in off]
    lines.append(f"{len(extended.catalogue.out_of_scope):4}  none of these")
    lines += [f"moved: {moved}" for moved in extended.moved]
    counted = Counter(change.what for change in extended.changes)
    told = ", ".join(f"{what} {count}" for what, count in counted.items()) or "nothing of your own"
    lines.append(f"{where or 'the shipped catalogue'}: fine, {len(rows)} intents ({told})")
    value = {
        "folder": str(where) if where else None,
        "intents": rows,
        "off": [change.name for change in off],
        "out_of_scope": len(extended.catalogue.out_of_scope),
        "moved": list(extended.moved),
        "digest": extended.catalogue.digest,
    }
    out(value, as_json, "\n".join(lines))
