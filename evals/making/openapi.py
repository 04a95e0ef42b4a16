"""An OpenAPI description as pages, one for each operation: its summary as the title, its description below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evals.making.pages import SourcePage
from knowledge.parsing.markdown import parse_markdown

_VERBS = ("get", "post", "put", "patch", "delete")


def pages(spec: Mapping[str, Any]) -> Iterator[SourcePage]:
    """Operations without a summary or a description say too little to be searched for."""
    for path, operations in spec.get("paths", {}).items():
        for verb in _VERBS:
            operation = operations.get(verb) if isinstance(operations, Mapping) else None
            if not isinstance(operation, Mapping) or not operation.get("description"):
                continue
            summary = str(operation.get("summary") or "").strip()
            parsed = parse_markdown(_body(operation), fallback_title=summary)
            if summary and parsed.blocks:
                yield SourcePage(f"{verb} {path}", summary, parsed.blocks)


def _body(operation: Mapping[str, Any]) -> str:
    lines = [str(operation["description"]), ""]
    lines += [
        f"- `{parameter['name']}`: {parameter.get('description') or ''}"
        for parameter in operation.get("parameters") or ()
        if isinstance(parameter, Mapping) and parameter.get("name")
    ]
    for status, response in (operation.get("responses") or {}).items():
        if isinstance(response, Mapping) and response.get("description"):
            lines.append(f"- {status}: {response['description']}")
    return "\n".join(lines)
