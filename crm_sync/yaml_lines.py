"""Reads an operator's YAML so that whatever is wrong in it can be said with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from crm_sync.errors import CrmError

Loc = tuple[int | str, ...]


def text_of(file: Path, refusal: type[CrmError]) -> str:
    """What the file holds; a `refusal` that names it where it can not be read."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise refusal(f"{file}: there is no such file; put it there, or correct its name") from error
    except (OSError, UnicodeDecodeError) as error:
        raise refusal(f"{file}:1: can not be read as UTF-8 text; check the path and the file") from error


def parsed(
    text: str, file: str, refusal: type[CrmError], *, otherwise: str
) -> tuple[yaml.Node | None, dict[Any, Any]]:
    """Its nodes, which know their lines, and its values; `otherwise` is said where those are no keys with values."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise refusal(f"{file}:{line}: not valid YAML; check indentation and quotes") from error
    if twice := next(_doubled(root), None):
        name, line = twice
        raise refusal(f"{file}:{line}: {name!r} stands here a second time; only one can hold: remove one")
    if not isinstance(raw, dict):
        raise refusal(f"{file}:1: {otherwise}; write them")
    return root, raw


def line_of(root: yaml.Node | None, path: Loc) -> int:
    """The line (from 1) of the deepest node that `path` reaches; of an unknown key, its own line."""
    node, line = root, 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                continue  # a name of the checker's for one of several shapes, which the file does not hold
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _doubled(root: yaml.Node | None) -> Iterator[tuple[Any, int]]:
    """Keys that stand twice in one mapping, of which YAML would silently keep the last."""
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, yaml.MappingNode):
            seen: set[Any] = set()
            for key, value in node.value:
                if key.value in seen:
                    yield key.value, key.start_mark.line + 1
                seen.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
