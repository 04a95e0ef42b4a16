"""The catalogue of intents: what a visitor may want, how they say it, and which plays it may open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from intents.catalogue_files import read_file, yaml_files
from intents.errors import CatalogueError
from intents.training import Labelled

SHIPPED = Path(__file__).parent / "catalog"

Play = Literal["answer", "qualify", "book", "trial", "cart", "handoff", "privacy", "smalltalk"]
Example = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
_SHORTEST_LABEL = 3


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
    """Texts that look like this intent and are not: training counts them against it, and for no other."""

    @field_validator("label")
    @classmethod
    def _long_enough(cls, label: str) -> str:
        if 0 < len(label) < _SHORTEST_LABEL:
            raise ValueError(f"a label has at least {_SHORTEST_LABEL} characters, or none at all")
        return label


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

    def negatives(self) -> list[Labelled]:
        """The texts that count against the intent that each carries."""
        return [Labelled(text, intent.name) for intent in self.intents.values() for text in intent.negatives]

    @property
    def digest(self) -> str:
        """Changes with whatever a model is trained on."""
        hashed = hashlib.sha256()
        for item in self.labelled():
            hashed.update(f"\x1e{item.intent}\x1f{item.text}".encode())
        for intent in self.intents.values():
            hashed.update("".join(f"\x1c{intent.name}\x1f{text}" for text in intent.negatives).encode())
        hashed.update("".join(f"\x1d{text}" for text in self.out_of_scope).encode())
        return hashed.hexdigest()[:12]

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
        file, lines = read_file(path, CatalogueFile)
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
                refuse_repeat(text, intent.name, here, said_at)
            refuse_denied(intent.name, intent.examples, intent.negatives, at)
        for number, text in enumerate(file.out_of_scope):
            refuse_repeat(text, "out_of_scope", f"{path}:{lines.of(('out_of_scope', number))}", said_at)
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
        found = yaml_files(folder)
        if not found:
            raise CatalogueError(f"{folder}: no *.yaml file in this folder; point it at a catalogue")
        files += found
    return files


def said_as(text: str) -> str:
    """What two texts share that are the same example."""
    return " ".join(text.casefold().split()).strip(" ?!.")


def refuse_denied(owner: str, examples: Sequence[str], negatives: Sequence[str], here: str) -> None:
    """Raises when a text is an example of an intent and counts against it."""
    own = {said_as(text) for text in examples}
    if denied := next((text for text in negatives if said_as(text) in own), None):
        raise CatalogueError(
            f"{here}: {denied!r} is an example of {owner!r} and stands under its negatives; remove one"
        )


def refuse_repeat(text: str, owner: str, here: str, said_at: dict[str, str]) -> None:
    """Note where an example stands; raises when it stands somewhere already."""
    said = said_as(text)
    if said in said_at:
        raise CatalogueError(
            f"{here}: example {text!r} of {owner!r} already stands at {said_at[said]}; remove one"
        )
    said_at[said] = here
