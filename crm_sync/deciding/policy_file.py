"""Reads an operator's policy from YAML; what is wrong is said with file, line and fix."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from crm_sync.deciding.policy import Policy, Rule
from crm_sync.documents.catalogue import CUSTOM, value_schemas
from crm_sync.errors import PolicyInvalid
from crm_sync.yaml_lines import Loc, line_of, parsed, text_of

_KEYS = (*Policy.model_fields, *Rule.model_fields)
_RECORDS = tuple(value_schemas())


def load_policy(file: Path) -> Policy:
    """The policy in a file; PolicyInvalid names file, line and fix."""
    return read_policy(text_of(file, PolicyInvalid), str(file))


def read_policy(text: str, file: str) -> Policy:
    """The policy that `text` holds; `file` is how messages name it. Its version ends with a mark of the content, so
    that the audit trail names what was decided by, also when somebody forgot to count up."""
    root, raw = parsed(
        text, file, PolicyInvalid, otherwise="a policy is keys with values, beginning with `version:`"
    )
    try:
        found = Policy.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = first["loc"]
        raise PolicyInvalid(f"{file}:{line_of(root, path)}: {_shown(path)}: {_told(first)}") from error
    for path, problem in _amiss(found):
        raise PolicyInvalid(f"{file}:{line_of(root, path)}: {_shown(path)}: {problem}")
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    named = found.version if "version" in found.model_fields_set else "policy"
    return found.model_copy(update={"version": f"{named}@{mark}"})


def _amiss(policy: Policy) -> Iterator[tuple[Loc, str]]:
    """Where a field is named that no record has: such a rule would never fit, and nobody would notice."""
    for place, rule in enumerate(policy.rules):
        if problem := _unknown(rule.field):
            yield ("rules", place, "field"), problem
    for name in policy.forward_only:
        if "*" in name or "." not in name:
            yield ("forward_only", name), f"{name!r} is no field; write one, such as deal.stage"
        elif problem := _unknown(name):
            yield ("forward_only", name), problem


def _unknown(field: str) -> str | None:
    record, name = field.split(".", 1)
    if record not in ("*", *_RECORDS):
        return f"there is no record {record!r}; {_near(record, _RECORDS)}"
    records = _RECORDS if record == "*" else (record,)
    known = sorted({each for one in records for each in value_schemas()[one]})
    if name.startswith(CUSTOM) or name.endswith("*") or name in known:
        return None
    return f"{record} has no field {name!r}; {_near(name, known)}"


def _near(given: str, known: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(known)}"


def _told(error: ErrorDetails) -> str:
    kind, given, more = error["type"], error["input"], error.get("ctx", {})
    match kind:
        case "missing":
            return f"{error['loc'][-1]!r} is missing; write it"
        case "extra_forbidden":
            return f"unknown key {error['loc'][-1]!r}; {_near(str(error['loc'][-1]), _KEYS)}"
        case "literal_error":
            return f"{given!r} is none of {more['expected']}; write one of them"
        case "string_pattern_mismatch":
            return f"{given!r} is no field; write it like deal.seats, deal.custom.* or *.owner"
        case "string_type":
            return f"{given!r} is no text; write it in quotes"
        case "tuple_type":
            return f"a list belongs here; write it in brackets: [{given}]"
        case "model_type" | "dict_type":
            return "keys with values belong here; docs/crm.md says which"
        case _:
            said = str(error["msg"]).removeprefix("Value error, ")
            return said if isinstance(given, Mapping | list) else f"{said}; found {given!r}"


def _shown(path: Loc) -> str:
    return ".".join(str(step) for step in path) or "policy"
