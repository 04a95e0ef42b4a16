"""Writes what both languages share: the JSON Schema of `frontdesk.v1` and golden example frames."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from server import frames
from server.chat.examples import client_examples, server_examples
from server.dialogue import blocks

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "protocol.schema.json"
GOLDENS = ROOT / "tests" / "support" / "golden_frames.json"


class _PlainSchema(GenerateJsonSchema):
    """Titles only on models, so that generated types are named after models and nothing else."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001 - pydantic's signature
        # What the server writes is written whole, defaults included: readers need not know them.
        return self.mode == "serialization" or super().field_is_required(field, total)


def schema_document() -> dict[str, Any]:
    """One JSON Schema 2020-12 document; `$defs` holds both unions, every frame and every block."""
    adapters: list[tuple[str, Any, TypeAdapter[Any]]] = [
        ("ClientFrame", "validation", frames.client_frame),
        ("ServerFrame", "serialization", frames.server_frame),
        ("Block", "serialization", TypeAdapter(blocks.Block)),
    ]
    unions, shared = TypeAdapter.json_schemas(adapters, schema_generator=_PlainSchema)
    defs = dict(shared["$defs"])
    for (name, _mode), union in unions.items():
        defs[name] = {"title": name, **union}
    defs["BlockFrame"]["properties"]["block"] = {"$ref": "#/$defs/Block"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:frontdesk:protocol:v1",
        "title": "Frame",
        "description": f"Protocol {frames.PROTOCOL}: every frame that may travel, from either side.",
        "anyOf": [{"$ref": "#/$defs/ClientFrame"}, {"$ref": "#/$defs/ServerFrame"}],
        "$defs": {name: defs[name] for name in sorted(defs)},
    }


def golden_document() -> dict[str, Any]:
    """At least one valid example of every client frame, every server frame and every kind of block."""
    return {
        "protocol": frames.PROTOCOL,
        "client": [_dump(frame) for frame in client_examples()],
        "server": [_dump(frame) for frame in server_examples()],
    }


def _dump(model: BaseModel) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(mode="json")
    return dumped


def _files() -> Iterable[tuple[Path, str]]:
    for path, document in ((SCHEMA, schema_document()), (GOLDENS, golden_document())):
        yield path, json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write both files, or with `--check` say which of them no longer matches the models."""
    parser = argparse.ArgumentParser(prog="python -m server.chat.schema_build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    check: bool = parser.parse_args(arguments).check
    stale = [path for path, text in _files() if not path.is_file() or path.read_text("utf-8") != text]
    if check:
        for path in stale:
            sys.stderr.write(
                f"{path.relative_to(ROOT)} is stale: run `python -m server.chat.schema_build`.\n"
            )
        return 1 if stale else 0
    for path, text in _files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
