"""Reads the files in which an operator keeps, by site, what must not stand in a playbook: addresses, keys, secrets."""

from __future__ import annotations

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
        raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
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
            where = ".".join(str(step) for step in (site, *first["loc"]))
            raise BadSetting(f"{file}: {where}: {first['msg']}; see {guide}") from None
    return found
