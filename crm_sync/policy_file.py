"""Reads an operator's policy from YAML."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from crm_sync.errors import PolicyInvalid
from crm_sync.policy import Policy


def load_policy(path: Path) -> Policy:
    """The policy in a YAML file; PolicyInvalid names file, place and fix."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise PolicyInvalid(
            f"{path.name}:{line}: this is not YAML; check the indentation and the quotes."
        ) from error
    try:
        return Policy.model_validate(content if content is not None else {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise PolicyInvalid(f"{path.name}: {place}: {first['msg']}. Found {first['input']!r}.") from error
