"""Examples of how people sound: messages of visitors who have had enough, and calm ones that look like them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from intents.catalogue import refuse_repeat
from intents.catalogue_files import read_file
from intents.errors import CatalogueError
from intents.mood_training import Felt

SHIPPED = Path(__file__).parent / "mood"

Example = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=400)]


class Frustrated(BaseModel):
    """Complaints by how much of the patience is gone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mild: tuple[Example, ...] = ()
    clear: tuple[Example, ...] = ()
    strong: tuple[Example, ...] = ()


class MoodFile(BaseModel):
    """One file of a folder of moods: complaints about one matter, and calm messages about the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    frustrated: Frustrated = Frustrated()
    calm: tuple[Example, ...] = ()


def load_moods(folder: Path = SHIPPED) -> tuple[Felt, ...]:
    """All examples of a folder; raises `CatalogueError` with file and line."""
    found: list[Felt] = []
    said_at: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        file, lines = read_file(path, MoodFile)
        listed: tuple[tuple[tuple[str, ...], int, tuple[Example, ...]], ...] = (
            (("calm",), 0, file.calm),
            (("frustrated", "mild"), 1, file.frustrated.mild),
            (("frustrated", "clear"), 2, file.frustrated.clear),
            (("frustrated", "strong"), 3, file.frustrated.strong),
        )
        for where, degree, texts in listed:
            for number, text in enumerate(texts):
                refuse_repeat(text, where[-1], f"{path}:{lines.of((*where, number))}", said_at)
                found.append(Felt(text, degree))
    if not found:
        raise CatalogueError(
            f"{folder}: no examples of moods in *.yaml files of this folder; point it at some"
        )
    return tuple(found)
