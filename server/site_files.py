"""Reads the files in which an operator keeps, by site, what must not stand in a playbook: addresses, keys, secrets."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
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
    if twice := next(_doubled(yaml.compose(text, Loader=yaml.SafeLoader)), None):
        name, first_line, again = twice
        raise BadSetting(
            f"{file}:{again}: {name!r} stands here a second time, and first on line {first_line}; only one can hold: "
            "join them, or remove one"
        )
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
            what = _unknown(str(path[-1]), section) if first["type"] == "extra_forbidden" else first["msg"]
            raise BadSetting(f"{file}:{_line_of(text, path)}: {where}: {what}; see {guide}") from None
    return found


def _unknown(name: str, section: type[BaseModel]) -> str:
    """A key that nobody reads, with the one that was probably meant."""
    schema = section.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    near = difflib.get_close_matches(name, [key for part in parts for key in part.get("properties", ())], n=1)
    return f"unknown key {name!r}" + (f"; did you mean {near[0]!r}?" if near and near[0] != name else "")


def _doubled(node: yaml.Node | None) -> Iterator[tuple[str, int, int]]:
    """Keys that stand twice in one mapping, of which YAML would silently keep the last: key, first line, this line."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in lines and key.value != "<<":
                yield str(key.value), lines[key.value], line
            lines.setdefault(key.value, line)
            yield from _doubled(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _doubled(each)


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
