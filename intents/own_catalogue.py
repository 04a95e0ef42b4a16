"""The operator's own catalogue: files that extend, replace or remove shipped intents by name, and add new ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from intents.catalogue import (
    Catalogue,
    Example,
    Intent,
    Play,
    load_catalogue,
    refuse_denied,
    refuse_repeat,
    said_as,
)
from intents.catalogue_files import Lines, explain, read_file, yaml_files
from intents.errors import CatalogueError

NONE_OF_THESE = "none_of_these"
"""What a text is labelled with that no intent should claim."""
NO_INTENTS = frozenset({NONE_OF_THESE, "none", "oos", "out_of_scope"})
"""Names for it in labelled data of all kinds; no intent may be called so."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class OwnIntent(BaseModel):
    """Adds to the shipped intent of this name, or defines a new one, which needs description, plays and examples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$"),
        Field(description="A shipped intent, or a new name: lower case, digits and _."),
    ]
    off: bool = Field(default=False, description="The shipped intent is not used at all.")
    replace: bool = Field(
        default=False, description="What stands here takes the place of the shipped intent."
    )
    description: Annotated[str, StringConstraints(min_length=3)] | None = Field(
        default=None, description="What the visitor wants, for people who label messages."
    )
    label: Words | None = Field(
        default=None,
        description="What the visitor wants, as 'Do you want to …?' goes on; empty: never offered.",
    )
    labels: Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], Words] | None = Field(
        default=None, description="The label in other languages, by their two letters."
    )
    plays: tuple[Play, ...] | None = Field(default=None, description="The plays that it may open, in order.")
    examples: tuple[Example, ...] = Field(
        default=(), description="Ways to say it; 25 and more make it reliable."
    )
    negatives: tuple[Example, ...] = Field(
        default=(),
        description="What looks like it and is something else: training counts it against this intent.",
    )


class OwnFile(BaseModel):
    """One file of an operator's catalogue folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    intents: tuple[OwnIntent, ...] = ()
    out_of_scope: tuple[Example, ...] = Field(default=(), description="Texts that no intent should claim.")


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry of the operator's files makes of an intent."""

    name: str
    what: Literal["extends", "replaces", "adds", "switches off", "none of these"]
    at: str
    examples: int
    """How many it brings."""


@dataclass(frozen=True, slots=True)
class Extended:
    """The shipped catalogue as the operator's files make it."""

    catalogue: Catalogue
    changes: tuple[Change, ...] = ()
    moved: tuple[str, ...] = ()
    """Shipped examples that the operator's files say otherwise about, in words."""


def extended_catalogue(folder: Path | None) -> Extended:
    """The shipped catalogue with the operator's files on top; raises `CatalogueError` with file, line and fix."""
    shipped = load_catalogue()
    if folder is None:
        return Extended(shipped)
    if not folder.is_dir():
        raise CatalogueError(
            f"there is no catalogue folder {str(folder)!r}; make it, or unset FRONTDESK_CATALOG"
        )
    intents, changes, said_at = dict(shipped.intents), list[Change](), dict[str, str]()
    own_says: dict[str, str] = {}
    strangers: list[str] = []
    for path in yaml_files(folder):
        file, lines = read_file(path, OwnFile)
        for position, entry in enumerate(file.intents):
            at = f"{path}:{lines.of(('intents', position))}"
            _check_entry(entry, shipped, changes, at)
            for number, text in enumerate(entry.examples):
                here = f"{path}:{lines.of(('intents', position, 'examples', number))}"
                refuse_repeat(text, entry.name, here, said_at)
                own_says[said_as(text)] = entry.name
            refuse_denied(entry.name, entry.examples, entry.negatives, at)
            changes.append(_apply(entry, intents, path, lines, position, at))
        for number, text in enumerate(file.out_of_scope):
            refuse_repeat(text, NONE_OF_THESE, f"{path}:{lines.of(('out_of_scope', number))}", said_at)
            own_says[said_as(text)] = NONE_OF_THESE
            strangers.append(text)
        if file.out_of_scope:
            at = f"{path}:{lines.of(('out_of_scope',))}"
            changes.append(Change(NONE_OF_THESE, "none of these", at, len(file.out_of_scope)))
    if len(intents) < 2:
        raise CatalogueError(f"{folder}: fewer than two intents are left; switch fewer of them off")
    return _joined(intents, [*shipped.out_of_scope, *strangers], own_says, tuple(changes))


def _check_entry(entry: OwnIntent, shipped: Catalogue, before: Sequence[Change], at: str) -> None:
    if entry.name in NO_INTENTS:
        raise CatalogueError(f"{at}: {entry.name!r} is no intent; put its texts under `out_of_scope:`")
    if other := next((change for change in before if change.name == entry.name), None):
        raise CatalogueError(f"{at}: intent {entry.name!r} stands at {other.at} already; join the two")
    is_shipped = entry.name in shipped.intents
    if (entry.off or entry.replace) and not is_shipped:
        word = "off" if entry.off else "replace"
        raise CatalogueError(
            f"{at}: there is no shipped intent {entry.name!r}{_near(entry.name, shipped)}; "
            f"remove `{word}: true` or correct the name"
        )
    if entry.off and (more := entry.model_fields_set - {"name", "off"}):
        raise CatalogueError(
            f"{at}: intent {entry.name!r} is switched off, so `{min(more)}` means nothing; remove one of them"
        )


def _near(name: str, shipped: Catalogue) -> str:
    near = difflib.get_close_matches(name, shipped.intents, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _apply(
    entry: OwnIntent, intents: dict[str, Intent], path: Path, lines: Lines, position: int, at: str
) -> Change:
    """Put one entry in force; what it was is told."""
    given = entry.model_dump(exclude_unset=True, exclude={"off", "replace"})
    known = intents.get(entry.name)
    if entry.off:
        del intents[entry.name]
        return Change(entry.name, "switches off", at, 0)
    extends = known is not None and not entry.replace
    if known is not None and extends:
        said = {key: value for key, value in given.items() if value is not None}
        given = (
            known.model_dump()
            | said
            | {
                "examples": (*known.examples, *entry.examples),
                "negatives": (*known.negatives, *entry.negatives),
                "labels": {**known.labels, **(entry.labels or {})},
            }
        )
    try:
        intents[entry.name] = Intent.model_validate(given)
    except ValidationError as error:
        complaint = explain(path, lines, error, ("intents", position))
        if known is None:
            near = _near(entry.name, Catalogue(intents, ()))
            complaint += f"; {entry.name!r} is a new intent{near}, which has to be complete"
        raise CatalogueError(complaint) from error
    return Change(
        entry.name, "extends" if extends else "adds" if known is None else "replaces", at, len(entry.examples)
    )


def _joined(
    intents: Mapping[str, Intent],
    strangers: Sequence[str],
    own_says: Mapping[str, str],
    changes: tuple[Change, ...],
) -> Extended:
    """Each text once: where a shipped example says otherwise than the operator's files, theirs is believed."""
    moved: list[str] = []
    kept: dict[str, Intent] = {}
    for name, intent in intents.items():
        examples: dict[str, str] = {}
        denied = {said_as(text) for text in intent.negatives}
        for text in intent.examples:
            if said_as(text) in denied:
                moved.append(f"{text!r} is shipped under {name}, yours counts it against {name}")
                continue
            owner = own_says.get(said_as(text), name)
            if owner != name:
                moved.append(f"{text!r} is shipped under {name}, yours says {owner}")
                continue
            examples.setdefault(said_as(text), text)
        kept[name] = intent.model_copy(update={"examples": tuple(examples.values())})
    outside: dict[str, str] = {}
    for text in strangers:
        owner = own_says.get(said_as(text), NONE_OF_THESE)
        if owner != NONE_OF_THESE:
            moved.append(f"{text!r} is shipped as none of these, yours says {owner}")
            continue
        outside.setdefault(said_as(text), text)
    return Extended(Catalogue(kept, tuple(outside.values())), changes, tuple(moved))
