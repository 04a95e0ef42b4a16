"""What is wrong with a playbook in an operator's words: the value as it stands, and what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic_core import ErrorDetails

from server.dialogue.rules import WEB

Loc = tuple[int | str, ...]

_PATTERNS = {
    r"^/\S*$": "write a path that begins with /, such as /pricing",
    r"^[^@\s]+@[^@\s]+$": "write an address, such as sales@acme.example",
    r"^[A-Z]{3}$": "write three capital letters, such as EUR",
    WEB: "write an address (https://…) or a path that begins with /",
    r"^[a-z][a-z0-9_]*$": "write small letters, digits and _, a letter first, such as first_week",
    r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$": "write letters, digits and _ . : -, a letter first, such as plan_viewed",
    r"^[A-Za-z0-9][A-Za-z0-9.:_-]{0,63}$": "write letters, digits and . : _ -, such as signed-in",
    r"^#[0-9a-fA-F]{6}$": "write a colour such as '#17694b', in quotes",
    r"^(contact|company|deal)\.[a-z][a-z0-9_.]*$": "write it like company.industry or deal.custom.fleet",
}
_NUMBERS = {
    "int_parsing": "no whole number; write one, such as 20",
    "int_type": "no whole number; write one, such as 20",
    "int_from_float": "no whole number; write one, such as 20",
    "float_parsing": "no number; write one, such as 0.05",
    "float_type": "no number; write one, such as 0.05",
    "decimal_parsing": 'no price; write it like "12.00"',
    "decimal_type": 'no price; write it like "12.00"',
    "bool_parsing": "neither true nor false; write one of them",
    "bool_type": "neither true nor false; write one of them",
}
_BOUNDS = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
           "greater_than": ("gt", "more than"), "less_than": ("lt", "less than")}  # fmt: skip
_LENGTHS = {"too_short": ("min_length", "at least"), "too_long": ("max_length", "at most"),
            "string_too_short": ("min_length", "at least"), "string_too_long": ("max_length", "at most"),
            "decimal_max_places": ("decimal_places", "at most")}  # fmt: skip
_DAY = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")


def told(error: ErrorDetails) -> str:
    """The mistake and its fix; the checker's own words where nothing here says it better."""
    kind, given, more = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return f"{error['loc'][-1]!r} is missing; write it"
    if kind in {"tuple_type", "list_type", "set_type", "frozen_set_type"}:
        shown = given if isinstance(given, str | int | float) else "…"
        return f"a list belongs here; write it in brackets: [{shown}]"
    if kind in {"model_type", "model_attributes_type", "dict_type", "mapping_type"}:
        return "keys with values belong here; docs/playbook.md says which"
    if kind == "literal_error":
        return _choice(given, str(more["expected"]))
    if kind == "union_tag_invalid":
        return _choice(more["tag"], str(more["expected_tags"]))
    if kind in _NUMBERS:
        return f"{given!r} is {_NUMBERS[kind]}"
    if kind in _BOUNDS or kind in _LENGTHS:
        return _size(kind, given, more)
    if kind == "string_type":
        return f"{given!r} is no text; write it in quotes"
    if kind == "string_pattern_mismatch" and more["pattern"] in _PATTERNS:
        return f"{given!r} does not fit; {_PATTERNS[more['pattern']]}"
    if kind.startswith(("date_", "datetime_")):
        return f"{_day(given)!r} is no day; write it like 2026-12-24"
    return error["msg"].removeprefix("Value error, ")


def _size(kind: str, given: object, more: Mapping[str, Any]) -> str:
    """A number, text or list that is too small or too large."""
    bound, words = (_BOUNDS | _LENGTHS)[kind]
    if kind in _BOUNDS:
        return f"{given!r} is out of bounds; write {words} {_plain(more[bound])}"
    if kind == "decimal_max_places":
        return f"{given!r} has too many decimal places; write {words} {more[bound]}"
    what = f"{len(str(given))} characters" if kind.startswith("string_") else more["actual_length"]
    return f"{what} stand here; write {words} {more[bound]}"


def _plain(bound: float) -> str:
    """A bound as one writes it: 26214400, and not 2.62144e+07."""
    return str(int(bound)) if bound == int(bound) else f"{bound:g}"


def shown(path: Loc) -> str:
    """A path as an operator would write it."""
    return ".".join(str(step) for step in clean(path))


def clean(path: Loc) -> Loc:
    """A path without the checker's own marks: `[key]`, and days as Python spells them."""
    return tuple(_day(step) if isinstance(step, str) else step for step in path if step != "[key]")


def _day(given: object) -> str:
    match = _DAY.fullmatch(str(given))
    return "{:04d}-{:02d}-{:02d}".format(*map(int, match.groups())) if match else str(given)


def _choice(given: object, expected: str) -> str:
    near = difflib.get_close_matches(str(given), re.findall(r"'([^']*)'", expected), n=1)
    return f"{given!r} is none of {expected}" + (
        f"; did you mean {near[0]!r}?" if near else "; write one of them"
    )


def suspect(node: yaml.Node | None, message: str) -> int | None:
    """The line of what a message about a whole section quotes: of a key that stands twice, the second."""
    names = re.findall(r"'([^']+)'", message.partition(";")[0])
    twice = "twice" in message
    for name in reversed(names):
        lines = [
            line
            for key, value, line in _scalars(node)
            if value == name and (not twice or key in {"key", "code", "name"})
        ]
        if lines:
            return lines[-1] if twice else lines[0]
    return None


def _scalars(node: yaml.Node | None, key: str = "") -> Iterator[tuple[str, Any, int]]:
    """Every value with the key that it stands under, in the order of the file."""
    if isinstance(node, yaml.ScalarNode):
        yield key, node.value, node.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _scalars(each, key)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _scalars(value, str(name.value))


def unknown(name: str, known: Mapping[str, object] | list[str]) -> str:
    """A key that nobody reads, with the one that was probably meant."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown key {name!r}; " + (f"did you mean {near[0]!r}?" if near else "remove it")
