"""The golden conversation as an operator writes it: YAML with a schema; an error names file, line and fix."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.errors import BadData
from evals.replay.held import InCrm
from server.playbook import line_of

FOLDER = Path(__file__).parent.parent / "golden" / "conversations"
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When conversations begin unless they say otherwise: a working Monday, 9 o'clock in Berlin."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Written):
    """What a step must lead to; what is not named is not looked at."""

    play: str | None = None
    reasons: tuple[str, ...] = ()
    """Each must be among the reason codes."""
    blocks: tuple[str, ...] | None = None
    """The kinds of blocks, in order and complete."""
    shows: tuple[str, ...] = ()
    """Kinds of blocks that must be there, among others."""
    hides: tuple[str, ...] = ()
    """Kinds of blocks that must not be there."""
    says: tuple[str, ...] = ()
    """Words that must stand in the reply."""
    never_says: tuple[str, ...] = ()
    cites: str | None = None
    """The start of the address of the first source."""
    intents: tuple[str, ...] | None = None
    """Exactly what the message was read to ask for, in any order."""
    facts: dict[str, Any] = Field(default_factory=dict)
    """What is known afterwards; null means not known. Of a value with several fields, those named must agree."""
    asks: str | None = None
    """The key of the qualification question that is open afterwards; `nothing` when none may be."""
    crm: tuple[str, ...] | None = None
    """The kinds of CRM updates that this step proposes, each named once, and no other."""
    crm_fields: tuple[str, ...] | None = None
    """The fields, as `object.name`, that these updates would write, the scores aside."""
    rep: str | None = None
    """The key of the rep whose lead it is afterwards."""
    mails: tuple[str, ...] = ()
    """Words of the subject of each mail that this step sends."""


class Step(_Written):
    """One thing that the visitor does, after waiting a while."""

    say: str | None = None
    choose: str | None = None
    """The label of a quick reply or a slot of the last prompt; `first` and `last` work too."""
    submit: dict[str, str] | None = None
    visit: str | None = None
    """A path on the site; no turn follows."""
    minutes_later: Annotated[float, Field(ge=0)] = 1.0
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _one_act(self) -> Step:
        acts = [self.say, self.choose, self.submit, self.visit]
        if sum(act is not None for act in acts) != 1:
            raise ValueError("a step has exactly one of say, choose, submit, visit")
        return self

    @property
    def words(self) -> str:
        return self.say or self.choose or self.visit or ", ".join(self.submit or {})


class Identity(_Written):
    """The signed-in user of the host application; each step comes with a fresh token of it."""

    user: Annotated[str, Field(min_length=1, max_length=255)]
    name: str = ""
    email: str = ""
    plan: str = ""
    """A key of the demo playbook's `members.plans`."""
    company: str = ""


class Script(_Written):
    """One conversation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    about: Annotated[str, Field(min_length=10)]
    begins: datetime = MONDAY
    time_zone: str = "Europe/Berlin"
    locale: str = "en"
    consent: Literal["necessary", "conversation", "remembered"] = "conversation"
    mode: Literal["chat", "help"] = "chat"
    identity: Identity | None = None
    held: InCrm = InCrm()
    """What the CRM knows before it begins."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    open_problem: str | None = None
    """Why it is known to go wrong today. It counts as failed; the line goes when the cause is mended."""
    sealed: tuple[str, ...] = ()
    """Personal details that afterwards may stand in the vault, the CRM and sent mail only."""


def load_scripts(folder: Path = FOLDER) -> list[Script]:
    """Every `*.yaml` of the folder, by name; raises `BadData` naming file, line and fix."""
    scripts: dict[str, Script] = {}
    for file in sorted(folder.glob("*.yaml")):
        script = load_script(file)
        if script.name in scripts:
            raise BadData(f"{file}:1: there is another conversation named {script.name!r}; rename one")
        scripts[script.name] = script
    if not scripts:
        raise BadData(f"{folder}:1: no golden conversation here; add a *.yaml file")
    return list(scripts.values())


def load_script(file: Path) -> Script:
    """One golden conversation."""
    text = file.read_text(encoding="utf-8")
    try:
        root, raw = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadData(
            f"{file}:{line}: not valid YAML: {error.problem}; check indentation and quotes"
        ) from error
    try:
        return Script.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        fix = "remove it or correct its spelling" if first["type"] == "extra_forbidden" else "correct it"
        message = f"{file}:{line_of(root, first['loc'])}: {where or 'script'}: {first['msg'].lower()}; {fix}"
        raise BadData(message) from error
