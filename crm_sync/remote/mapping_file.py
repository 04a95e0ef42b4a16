"""Reads a field mapping from YAML; what is wrong is said with file, line and fix."""

from __future__ import annotations

import difflib
import re
from importlib import resources
from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crm_sync.errors import MappingInvalid
from crm_sync.remote.mapping import (
    OUR_NAME,
    VENDOR_NAME,
    Loc,
    MappingFile,
    NewField,
    RecordMapping,
    Target,
    Word,
)
from crm_sync.yaml_lines import line_of, parsed, text_of

_SHAPES = {
    VENDOR_NAME: "write a field name of theirs, such as jobtitle",
    OUR_NAME: "write a field of ours, such as job_title or custom.region",
}
_TELLING = {"extra_forbidden": 2, "string_type": 0, "literal_error": 0}
_KEYS: tuple[type[BaseModel], ...] = (MappingFile, RecordMapping, Target, NewField)


def load_mapping(file: Path) -> MappingFile:
    """The mapping in a file; MappingInvalid names file, line and fix."""
    return read_mapping(text_of(file, MappingInvalid), str(file))


def shipped_mapping(provider: str) -> MappingFile:
    """The mapping that comes with us."""
    place = resources.files("crm_sync").joinpath("remote", "mappings", f"{provider}.yaml")
    return read_mapping(place.read_text("utf-8"), f"the shipped mapping {provider}.yaml")


def read_mapping(text: str, file: str) -> MappingFile:
    """The mapping that `text` holds; `file` is how messages name it."""
    root, raw = parsed(
        text, file, MappingInvalid, otherwise="a mapping begins with `version:` and `provider:`"
    )
    try:
        found = MappingFile.model_validate(raw)
    except ValidationError as error:
        first = _deepest(error)
        path = first["loc"]
        raise MappingInvalid(f"{file}:{line_of(root, path)}: {_shown(root, path)}: {_told(first)}") from error
    for path, problem in found.amiss():
        raise MappingInvalid(f"{file}:{line_of(root, path)}: {_shown(root, path)}: {problem}")
    return found


def _deepest(error: ValidationError) -> ErrorDetails:
    """Of the complaints of several shapes that a value could have, the one that came furthest."""
    found = error.errors(include_url=False)
    return max(found, key=lambda each: (len(each["loc"]), _TELLING.get(each["type"], 1)))


def _shown(root: yaml.Node | None, path: Loc) -> str:
    """The path without the checker's own marks."""
    node, steps = root, []
    for place, step in enumerate(path):
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == str(step)), None)
            if found is None and place + 1 < len(path):
                continue
            steps.append(str(step))
            node = found
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            steps.append(str(step))
            node = node.value[step]
    return ".".join(steps) or "mapping"


def _told(error: ErrorDetails) -> str:
    kind, given, more = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return f"{error['loc'][-1]!r} is missing; write it"
    if kind == "extra_forbidden":
        known = [name for model in _KEYS for name in model.model_fields]
        near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
        return f"unknown key {error['loc'][-1]!r}; " + (f"did you mean {near[0]!r}?" if near else "remove it")
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not fit; {_SHAPES.get(more['pattern'], 'see docs/crm-providers.md')}"
    if kind == "literal_error":
        expected = str(more["expected"])
        near = difflib.get_close_matches(str(given), re.findall(r"'([^']*)'", expected), n=1)
        return f"{given!r} is none of {expected}; " + (
            f"did you mean {near[0]!r}?" if near else "write one of them"
        )
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        words = ", ".join([*get_args(Word), "{join: ;}", "{date: ...}", "{datetime: ...}", "{scale: 100}"])
        return f"{given!r} is no transform; write one of {words}, {{truncate: 80}}, {{template: ...}}"
    if kind.startswith(("int_", "float_")):
        return f"{given!r} is no number that fits here; write one, such as 80"
    if kind in {"tuple_type", "list_type"}:
        return f"a list belongs here; write it in brackets: [{given}]"
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return "keys with values belong here; docs/crm-providers.md says which"
    return f"{error['msg'].removeprefix('Value error, ')}; found {given!r}, see docs/crm-providers.md"
