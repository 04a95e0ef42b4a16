"""Read a YAML file of a catalogue into its model; every complaint names file, line and fix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from intents.errors import CatalogueError

M = TypeVar("M", bound=BaseModel)


class Lines:
    """The line on which each part of a YAML document stands."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._root = root

    def of(self, where: tuple[str | int, ...]) -> int:
        """1-based line of a path such as ("intents", 0, "name"), or of the nearest part above it."""
        node, line = self._root, 1
        for step in where:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            elif isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == step), None)
                if not found:
                    break
                node = found[1]
                line = found[0].start_mark.line + 1
            else:
                break
        return line


def read_file(path: Path, kind: type[M]) -> tuple[M, Lines]:
    """The file as `kind`, and where its parts stand; raises `CatalogueError`."""
    text = _text(path)
    try:
        lines = Lines(yaml.compose(text, Loader=yaml.SafeLoader))
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(
            f"{path}:{line}: not valid YAML ({error.problem}); check indentation and quotes"
        ) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        line = text[: getattr(error, "position", 0)].count("\n") + 1
        what = f"{str(error).splitlines()[0]}"
        raise CatalogueError(
            f"{path}:{line}: not valid YAML ({what}); remove the character, or write it as an escape in double quotes"
        ) from error
    if not isinstance(data, dict):
        raise CatalogueError(f"{path}:1: expected `version: 1` and a list `intents:`; add them")
    try:
        return kind.model_validate(_with_words_for_keys(data)), lines
    except ValidationError as error:
        raise CatalogueError(explain(path, lines, error)) from error


def yaml_files(folder: Path) -> list[Path]:
    """The files of a catalogue folder; raises for one that would be passed over in silence."""
    if other := min(folder.glob("*.yml"), default=None):
        raise CatalogueError(f"{other}: is not read, files of a catalogue end in .yaml; rename it")
    return sorted(folder.glob("*.yaml"))


def _text(path: Path) -> str:
    try:
        read = path.read_bytes()
        return read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = read[: error.start].count(b"\n") + 1
        raise CatalogueError(
            f"{path}:{line}: byte {read[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        ) from error
    except OSError as error:
        why = error.strerror or error
        raise CatalogueError(f"{path}: can not be read ({why}); make it a file that may be read") from error


def _with_words_for_keys(value: Any) -> Any:
    """YAML 1.1 reads the key `off` as false; as a key it is the word."""
    if isinstance(value, dict):
        words = {False: "off", True: "on"}
        return {
            words[key] if isinstance(key, bool) else key: _with_words_for_keys(part)
            for key, part in value.items()
        }
    return [_with_words_for_keys(part) for part in value] if isinstance(value, list) else value


_FIXES = {
    "extra_forbidden": "remove it or correct its spelling",
    "missing": "add it",
    "literal_error": "use one of the values named",
    "string_pattern_mismatch": "use lower case, digits and _ only, starting with a letter",
    "too_short": "add more",
    "string_type": 'put the text in quotes: YAML reads yes, numbers and "a: b" as something else',
    "string_too_short": "write something or remove the line",
    "string_too_long": "shorten it",
}


def explain(path: Path, lines: Lines, error: ValidationError, under: tuple[str | int, ...] = ()) -> str:
    """The first complaint; the rest usually follow from it. `under` is where the validated part stands."""
    first: Mapping[str, Any] = error.errors()[0]
    where = (*under, *first["loc"])
    field = ".".join(str(step) for step in where)
    fix = _FIXES.get(first["type"], "correct it")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{path}:{lines.of(where)}: {field}: {first['msg'].lower()}; {fix}{more}"
