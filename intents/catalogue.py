"""Load and check the catalogue of intents; every complaint names file, line and fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from intents.errors import CatalogueError
from intents.training import Labelled

SHIPPED = Path(__file__).parent / "catalog"

Play = Literal["answer", "qualify", "book", "trial", "cart", "handoff", "privacy", "smalltalk"]
Example = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class Intent(BaseModel):
    """One thing a visitor may want, the ways they say it, and the plays that it may open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
    description: Annotated[str, StringConstraints(min_length=3)]
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    """What the visitor wants, as "Do you want to …?" goes on: it is offered when a message may mean this or something
    else. An intent without one is never offered."""
    labels: Mapping[
        Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")],
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)],
    ] = Field(default_factory=dict)
    """The same in other languages."""
    plays: Annotated[tuple[Play, ...], Field(min_length=1)]
    """The first one that the site has switched on is what asking for this opens."""
    examples: Annotated[tuple[Example, ...], Field(min_length=5)]
    negatives: tuple[Example, ...] = ()
    """Texts that look like this intent and are another, for whoever edits the examples; training does not use them."""


class CatalogueFile(BaseModel):
    """One file of a catalogue folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    intents: tuple[Intent, ...] = ()
    out_of_scope: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All intents by name, and the texts that none of them should claim."""

    intents: Mapping[str, Intent]
    out_of_scope: tuple[str, ...]

    def labelled(self) -> list[Labelled]:
        """The examples as training data."""
        return [Labelled(text, intent.name) for intent in self.intents.values() for text in intent.examples]

    def plays(self, name: str) -> tuple[Play, ...]:
        """The plays that an intent may open; none for a name that the catalogue does not hold."""
        intent = self.intents.get(name)
        return intent.plays if intent else ()


def load_catalogue(*folders: Path) -> Catalogue:
    """The catalogue of these folders together, the shipped one when none is named."""
    intents: dict[str, Intent] = {}
    named_at: dict[str, str] = {}
    said_at: dict[str, str] = {}
    strangers: list[str] = []
    for path in _files(folders or (SHIPPED,)):
        file, lines = _read(path)
        for position, intent in enumerate(file.intents):
            at = f"{path}:{lines.of(('intents', position))}"
            if intent.name in intents:
                raise CatalogueError(
                    f"{at}: intent {intent.name!r} is already defined at {named_at[intent.name]}; "
                    "rename one of them or join their examples"
                )
            intents[intent.name], named_at[intent.name] = intent, at
            for number, text in enumerate(intent.examples):
                here = f"{path}:{lines.of(('intents', position, 'examples', number))}"
                _refuse_repeat(text, intent.name, here, said_at)
        for number, text in enumerate(file.out_of_scope):
            _refuse_repeat(text, "out_of_scope", f"{path}:{lines.of(('out_of_scope', number))}", said_at)
            strangers.append(text)
    if len(intents) < 2:
        where = ", ".join(str(folder) for folder in folders or (SHIPPED,))
        raise CatalogueError(
            f"{where}: a catalogue needs at least two intents; add files with an `intents:` list"
        )
    return Catalogue(intents, tuple(strangers))


def _files(folders: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for folder in folders:
        found = sorted(folder.glob("*.yaml"))
        if not found:
            raise CatalogueError(f"{folder}: no *.yaml file in this folder; point it at a catalogue")
        files += found
    return files


def _refuse_repeat(text: str, owner: str, here: str, said_at: dict[str, str]) -> None:
    said = text.casefold().strip(" ?!.")
    if said in said_at:
        raise CatalogueError(
            f"{here}: example {text!r} of {owner!r} already stands at {said_at[said]}; remove one"
        )
    said_at[said] = here


class _Lines:
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


def _read(path: Path) -> tuple[CatalogueFile, _Lines]:
    text = path.read_text(encoding="utf-8")
    try:
        lines = _Lines(yaml.compose(text, Loader=yaml.SafeLoader))
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(
            f"{path}:{line}: not valid YAML ({error.problem}); check indentation and quotes"
        ) from error
    if not isinstance(data, dict):
        raise CatalogueError(f"{path}:1: expected `version: 1` and a list `intents:`; add them")
    try:
        return CatalogueFile.model_validate(data), lines
    except ValidationError as error:
        raise CatalogueError(_explain(path, lines, error)) from error


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


def _explain(path: Path, lines: _Lines, error: ValidationError) -> str:
    """The first complaint; the rest usually follow from it."""
    first: Mapping[str, Any] = error.errors()[0]
    where = tuple(first["loc"])
    field = ".".join(str(step) for step in where)
    fix = _FIXES.get(first["type"], "correct it")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{path}:{lines.of(where)}: {field}: {first['msg'].lower()}; {fix}{more}"
