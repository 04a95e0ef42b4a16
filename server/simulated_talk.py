"""What a simulated visitor does, as an operator writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from server.actions.places import LocaleName, ZoneName
from server.dialogue.known import Consent
from server.errors import FrontdeskError
from server.playbook import line_of
from server.playbook.mistakes import shown, told, unknown

Place = Annotated[str, Field(pattern=r"^/\S*$", max_length=500)]


class NotOffered(FrontdeskError):
    """The talk chooses or fills in what was not shown."""

    code = "bad_data"


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(_Written):
    """One thing that the visitor does, after waiting a while."""

    say: Annotated[str, Field(min_length=1, max_length=4_000)] | None = None
    choose: str | None = None
    """Value or label of what the last prompt offers; `first` and `last` work too."""
    submit: dict[str, str] | None = None
    visit: Place | None = None
    consent: Consent | None = None
    new_conversation: Literal[True] | None = None
    """The same visitor comes back."""
    minutes_later: Annotated[float, Field(ge=0)] = 1.0

    @model_validator(mode="after")
    def _one_act(self) -> Act:
        acts = ("say", "choose", "submit", "visit", "consent", "new_conversation")
        if sum(getattr(self, name) is not None for name in acts) != 1:
            raise ValueError(f"a step has exactly one of {', '.join(acts)}")
        return self

    @property
    def words(self) -> str:
        return (
            self.say
            or self.choose
            or ", ".join(f"{name}: {text}" for name, text in (self.submit or {}).items())
        )


class SimulatedTalk(_Written):
    """A visitor and what they do."""

    consent: Consent = "conversation"
    locale: LocaleName = "en"
    time_zone: ZoneName = "UTC"
    mode: Literal["chat", "help"] = "chat"
    page: Place | None = None
    """Where the visitor is when they begin."""
    begins: AwareDatetime | None = None
    """Now, when it is not said."""
    steps: Annotated[tuple[Act, ...], Field(min_length=1)]


def load_talk_script(file: Path) -> SimulatedTalk:
    """A talk from YAML; an error names file, line and what is wrong."""
    try:
        text = file.read_text(encoding="utf-8")
        root, raw = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except FileNotFoundError:
        raise FrontdeskError(
            f"there is no file {str(file)!r}; name a talk, or give messages with -m", code="bad_data"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FrontdeskError(f"{file}: not valid YAML: {error}", code="bad_data") from error
    try:
        return SimulatedTalk.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where, keys = shown(first["loc"]) or "talk", [*SimulatedTalk.model_fields, *Act.model_fields]
        is_unknown = first["type"] == "extra_forbidden"
        message = unknown(str(first["loc"][-1]), keys) if is_unknown else told(first)
        raise FrontdeskError(
            f"{file}:{line_of(root, first['loc'])}: {where}: {message}", code="bad_data"
        ) from error


def talk_of(messages: Sequence[str], *, begins: datetime | None = None, **visitor: Any) -> SimulatedTalk:
    """A talk of messages alone."""
    steps = [{"say": message} for message in messages]
    given = {name: value for name, value in visitor.items() if value is not None}
    return SimulatedTalk.model_validate({**given, "begins": begins, "steps": steps})


def what_is_offered(block: Mapping[str, Any], wanted: str) -> tuple[str, str]:
    """Value and label of what the block offers under that name."""
    if block["kind"] == "slots":
        offered = [(slot["value"], slot["label"]) for day in block["days"] for slot in day["slots"]]
    else:
        offered = [(choice["value"], choice["label"]) for choice in block["choices"]]
    if offered and wanted in {"first", "last"}:
        return offered[0] if wanted == "first" else offered[-1]
    found = next((each for each in offered if wanted in each), None)
    if found is None:
        labels = ", ".join(label for _, label in offered) or "nothing"
        raise NotOffered(f"{wanted!r} was not offered; there was {labels}")
    return found
