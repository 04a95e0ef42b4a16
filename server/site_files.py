"""Reads the files in which an operator keeps, by site, what must not stand in a playbook: addresses, keys, secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from server.errors import BadSetting

Section = TypeVar("Section", bound=BaseModel)


def read_by_site(file: Path, section: type[Section], holds: str, guide: str) -> dict[str, Section]:
    """Each site's `section` of the file, which `holds` says in words; an absent file has none. Raises `BadSetting`
    with the place and the `guide` that helps; it repeats no value."""
    if not file.is_file():
        return {}
    try:
        text = file.read_text(encoding="utf-8")
        raw = yaml.safe_load(text) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise BadSetting(f"{file}:{line}: not valid YAML; check indentation and quotes") from None
    if not isinstance(raw, dict):
        raise BadSetting(f"{file}:1: a mapping of sites is wanted, each with {holds}")
    found: dict[str, Section] = {}
    for site, given in raw.items():
        try:
            found[str(site)] = section.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            path = (site, *first["loc"])
            where = ".".join(str(step) for step in path)
            raise BadSetting(f"{file}:{_line_of(text, path)}: {where}: {first['msg']}; see {guide}") from None
    return found


def _line_of(text: str, path: Sequence[int | str]) -> int:
    """The line (from 1) of the deepest thing that `path` reaches."""
    node, line = yaml.compose(text, Loader=yaml.SafeLoader), 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
