"""Publish the playbook's JSON Schema, so that editors complete and check it: `python -m server.playbook.schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from server.playbook import Playbook

FILE = Path(__file__).parent.parent.parent / "docs" / "playbook.schema.json"


def schema_text() -> str:
    """The schema as it is committed."""
    schema = Playbook.model_json_schema()
    schema["properties"].pop("digest", None)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:frontdesk:schema:playbook:1",
        **schema,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or with `--check` say whether it is current."""
    if "--check" not in sys.argv:
        FILE.write_text(schema_text(), encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == schema_text():
        return 0
    print(f"{FILE.name} is not current; run `make generate`", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
