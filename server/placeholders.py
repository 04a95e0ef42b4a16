"""What stands for a personal detail in a text: `[email_1]`; filled in where it was ours, and nowhere else. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\[[a-z]+_\d+\]")
_APART = "\N{WORD JOINER}"


def fill(text: str, details: Mapping[str, str]) -> str:
    """Replace the placeholders that `details` knows."""
    return PLACEHOLDER.sub(lambda found: details.get(found.group(), found.group()), text)


def shown(frame: Mapping[str, Any], details: Mapping[str, str]) -> dict[str, Any]:
    """A logged frame as its owner may see it: their own words, and ours about them, with their details filled in.

    What is quoted, such as a document that holds `[email_1]` itself, is shown as it stands.
    """
    match frame:
        case {"type": "message", "text": str(text), "files": [_, *_] as files}:
            named = [{**file, "name": fill(file["name"], details)} for file in files]
            return {**frame, "text": fill(text, details), "files": named}
        case {"type": "message", "text": str(text)}:
            return {**frame, "text": fill(text, details)}
        case {"type": "block", "block": {"kind": "text", "lines": list(lines)} as block}:
            told = [
                line if line.get("cites") else {**line, "text": fill(line["text"], details)} for line in lines
            ]
            return {**frame, "block": {**block, "lines": told}}
        case {"type": "block", "block": {"kind": "trial", "text": str(text)} as block}:
            return {**frame, "block": {**block, "text": fill(text, details)}}
        case _:
            return dict(frame)


def harmless(value: Any) -> Any:
    """The same words in which nothing is a placeholder; they look alike, for what parts them is invisible."""
    match value:
        case str():
            return PLACEHOLDER.sub(lambda found: f"[{_APART}{found.group()[1:]}", value)
        case list() | tuple():
            return [harmless(item) for item in value]
        case dict():
            return {key: harmless(item) for key, item in value.items()}
        case _:
            return value
