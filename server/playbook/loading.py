"""Reading playbooks: what is wrong is said with file, line and fix."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from server.errors import BadPlaybook
from server.placeholders import harmless
from server.playbook.book import Playbook, Playbooks
from server.playbook.mistakes import Loc, clean, shown, suspect, told, unknown
from server.playbook.words import misplaced

Schema = dict[str, Any]


def load_playbooks(*folders: Path, intents: Collection[str] = ()) -> Playbooks:
    """Every `<site>.yaml` of the folders, but for the files that one of them names; of two for a site the one of the
    earlier folder. Raises `BadPlaybook` naming file, line and fix."""
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))]
    beside = {named for file in files for named in _named_by(file)}
    chosen: dict[str, Path] = {}
    for file in files:
        if file.resolve() not in beside:
            chosen.setdefault(file.stem, file)
    return Playbooks({site: load_playbook(file, intents=intents) for site, file in chosen.items()})


def load_playbook(file: Path, *, intents: Collection[str] = ()) -> Playbook:
    """Read one playbook; raises `BadPlaybook` naming file, line and fix. `intents` are the known ones, when known."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadPlaybook(f"{file}:1: not UTF-8 text ({error.reason}); save it as UTF-8") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadPlaybook(f"{file}:{line}: a character that YAML does not allow; remove it") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadPlaybook(
            f"{file}:{line}: not valid YAML: {error.problem}; check indentation and quotes"
        ) from error
    except ValueError as error:
        line, day = _date_that_is_none(root)
        raise BadPlaybook(f"{file}:{line}: {day!r} is no day of a calendar; correct it") from error
    if twice := next(doubled_keys(root), None):
        key, first_line, line = twice
        raise BadPlaybook(
            f"{file}:{line}: {key!r} stands here a second time, and first on line {first_line}; only one can hold: "
            "join them, or remove one"
        )
    if not isinstance(raw, dict):
        raise BadPlaybook(f"{file}:1: a playbook is a mapping that begins with `version: 1`")
    try:
        # What an operator writes stands beside what is sealed: nothing of it may be filled in.
        book = Playbook.model_validate(harmless(raw))
    except ValidationError as error:
        first = error.errors()[0]
        path = clean(first["loc"])
        fix = unknown(str(path[-1]), _names(path)) if first["type"] == "extra_forbidden" else told(first)
        line = (_suspected(root, path, fix) if first["type"] == "value_error" else None) or line_of(
            root, path
        )
        raise BadPlaybook(f"{file}:{line}: {shown(path) or 'playbook'}: {fix}") from error
    for path, name in book.unknown_intents(intents) if intents else ():
        near = difflib.get_close_matches(name, intents, n=1)
        fix = f"did you mean {near[0]!r}?" if near else "see intents/catalog/ for the names"
        where = ".".join(str(step) for step in path)
        raise BadPlaybook(f"{file}:{line_of(root, path)}: {where}: there is no intent {name!r}; {fix}")
    wrong = [
        *misplaced(book.translations, book.site.language, book.questions),
        *book.misrouted(intents),
        *book.rules_amiss(),
        *book.messages_amiss(),
        *book.crm.amiss(file.parent),
    ]
    for path, problem in wrong:
        where = ".".join(str(step) for step in path)
        raise BadPlaybook(f"{file}:{line_of(root, path)}: {where}: {problem}")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return book.model_copy(update={"digest": digest, "crm": book.crm.placed(file.parent)})


def _named_by(file: Path) -> Iterator[Path]:
    """The mapping and the policy that a playbook names: they lie beside it and are no sites."""
    try:
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader) if "crm:" in text else None
    except (UnicodeDecodeError, yaml.YAMLError):
        return
    for name in ("mapping", "policy"):
        path = ("crm", name)
        node = node_at(root, path)
        if isinstance(node, yaml.ScalarNode) and node.value:
            yield (file.parent / node.value).resolve()


def _date_that_is_none(node: yaml.Node | None) -> tuple[int, str]:
    """Where a day such as 2026-13-01 stands, which YAML takes for a date and no calendar has."""
    waiting = [node] if node else []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, yaml.ScalarNode) and one.tag == "tag:yaml.org,2002:timestamp":
            try:
                yaml.safe_load(one.value)
            except ValueError:
                return one.start_mark.line + 1, one.value
        elif isinstance(one, yaml.MappingNode):
            waiting += [part for pair in one.value for part in pair]
        elif isinstance(one, yaml.SequenceNode):
            waiting += one.value
    return 1, ""


def tree_of(file: Path) -> yaml.Node | None:
    """The nodes of a playbook that was loaded, for lines of what is not wrong with it."""
    return yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


def line_of(root: yaml.Node | None, path: Loc) -> int:
    """The line (from 1) of the deepest node that `path` reaches; of an unknown key, its own line."""
    node, line = root, 1
    for place, step in enumerate(path):
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None and place + 1 < len(path):
                continue  # the tag of a union, which the file does not repeat
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def node_at(root: yaml.Node | None, path: Loc) -> yaml.Node | None:
    """The deepest node that `path` reaches."""
    node = root
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(step)), node)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
    return node


def doubled_keys(root: yaml.Node | None) -> Iterator[tuple[str, int, int]]:
    """Keys that stand twice in one mapping, of which YAML would silently keep the last: key, first line, this line."""
    waiting = [root] if root is not None else []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in node.value:
                line = key.start_mark.line + 1
                # A merge of anchors is no key of its own.
                if key.value in lines and key.value != "<<":
                    yield str(key.value), lines[key.value], line
                lines.setdefault(key.value, line)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _suspected(root: yaml.Node | None, path: Loc, message: str) -> int | None:
    """The line of what a message about a whole section names; a single value has a line of its own."""
    node = node_at(root, path)
    return suspect(node, message) if isinstance(node, yaml.CollectionNode) else None


def _names(path: Loc) -> list[str]:
    """The keys that could stand where `path` ends."""
    schema = Playbook.model_json_schema()
    places = [schema]
    for step in path[:-1]:
        # The tag of a union leads nowhere: the file does not repeat it.
        places = [below for place in places for below in _below(place, step, schema["$defs"])] or places
    return [
        name
        for place in places
        for part in _parts(place, schema["$defs"])
        for name in part.get("properties", ())
    ]


def _below(place: Schema, step: int | str, defs: Schema) -> Iterator[Schema]:
    """What the schema says of an entry of a list, or of a key."""
    for part in _parts(place, defs):
        if isinstance(step, int):
            below = [part.get("items")]
        elif step in part.get("properties", {}):
            below = [part["properties"][step]]
        else:
            below = [part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
        yield from (each for each in below if isinstance(each, dict))


def _parts(place: Schema, defs: Schema) -> Iterator[Schema]:
    """A place without references and with each of its alternatives."""
    if "$ref" in place:
        yield from _parts(defs[place["$ref"].rpartition("/")[2]], defs)
        return
    yield place
    for each in (*place.get("anyOf", ()), *place.get("oneOf", ()), *place.get("allOf", ())):
        yield from _parts(each, defs)
