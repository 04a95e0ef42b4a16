"""Writes the published JSON Schemas from the models, or checks that they are current (`--check`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from crm_sync.deciding.policy import Policy
from crm_sync.documents.catalogue import field_rules
from crm_sync.documents.models import PLACEHOLDERS, SCHEMA_VERSION, CrmUpdate
from crm_sync.documents.objects import DOCUMENTS
from crm_sync.remote.mapping_schema import mapping_schema

FOLDER = Path(__file__).parent.parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Every published schema by file name."""
    update = CrmUpdate.model_json_schema(mode="validation")
    update["$defs"]["FieldChange"]["allOf"] = field_rules()
    update["$defs"]["Match"]["allOf"] = [_sealed_address()]
    # What a document must spell out is everything: a reader never guesses a default.
    for part in ("FieldChange", "Evidence", "Point", "Score", "Consent"):
        update["$defs"][part]["required"] = sorted(update["$defs"][part]["properties"])
    found = {f"crm-update.v{SCHEMA_VERSION}.json": _published("crm-update", update)}
    found[f"policy.v{SCHEMA_VERSION}.json"] = _published("policy", _policy())
    found[f"crm-mapping.v{SCHEMA_VERSION}.json"] = _published("crm-mapping", mapping_schema())
    for name, model in DOCUMENTS.items():
        found[f"{name}.v{SCHEMA_VERSION}.json"] = _published(name, model.model_json_schema())
    return found


def _sealed_address() -> dict[str, Any]:
    """An address that finds a record is a personal value like any other."""
    sealed = {"type": "string", "pattern": PLACEHOLDERS, "x-sealed": True}
    return {
        "if": {"properties": {"by": {"const": "email"}}, "required": ["by"]},
        "then": {"properties": {"value": sealed}},
    }


def _policy() -> dict[str, Any]:
    """What an operator writes: an editor completes and checks it."""
    schema = Policy.model_json_schema(mode="validation")
    shipped = json.loads(Policy().model_dump_json(exclude_defaults=False))
    rules = [
        {key: value for key, value in rule.items() if value not in (None, [])} for rule in shipped["rules"]
    ]
    return {**schema, "examples": [{**shipped, "rules": rules}]}


def spelled(schema: dict[str, Any]) -> str:
    """The text of a schema file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """The files that are missing or not what the models say."""
    return [
        name
        for name, schema in schemas().items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != spelled(schema)
    ]


def write(folder: Path = FOLDER) -> list[str]:
    """Write what is stale; returns those names."""
    names = stale(folder)
    for name in names:
        (folder / name).write_text(spelled(schemas()[name]), "utf-8")
    return names


def _published(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:frontdesk:schema:{name}:{SCHEMA_VERSION}", **schema}


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        names = stale()
        if names:
            sys.stderr.write(
                f"Stale: {', '.join(names)}. Run `python -m crm_sync.documents.schemas_build`.\n"
            )
        return 1 if names else 0
    if arguments:
        sys.stderr.write("Usage: python -m crm_sync.documents.schemas_build [--check]\n")
        return 2
    sys.stdout.write("".join(f"wrote {name}\n" for name in write()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
