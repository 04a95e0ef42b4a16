"""`frontdesk playbook`: check one, and play a conversation by it without touching anything."""

from __future__ import annotations

import asyncio
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import expected, json_too, out, settings_of, with_data_dir
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from server.simulated_talk import SimulatedTalk
    from server.simulating import Turn

_LEVELS = click.Choice(["necessary", "conversation", "remembered"])


@click.group()
def playbook() -> None:
    """Look after playbooks."""


@playbook.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@json_too
@expected
def check(file: Path, as_json: bool) -> None:  # noqa: FBT001
    """Check a playbook; an error names file, line and fix, a warning what can never happen."""
    from server.playbook import help as help_panel
    from server.playbook import line_of, load_playbook
    from server.playbook.idle import at, idle_rules
    from server.playbook.loading import tree_of
    from server.playbook.plays import offers_unsaid
    from server.playbook.proactive import untold
    from server.playbook.words import untranslated
    from server.wiring import catalogue_of

    if not file.is_file():
        raise FrontdeskError(f"there is no file {str(file)!r}; name a playbook", code="bad_data")
    book = load_playbook(file, intents=catalogue_of(settings_of()).intents)
    tree = tree_of(file)
    warnings = [
        {"line": line_of(tree, path), "where": at(path), "warning": why} for path, why in idle_rules(book)
    ]
    lacking = {
        language: [
            *untranslated(book.site, book.questions, words, meets=book.meetings is not None),
            *untold(book.proactive, words.proactive, language),
            *help_panel.untold(book.help, words.help),
            *offers_unsaid(book.plays, words.offers),
        ]
        for language, words in book.translations.items()
    }
    lines = [f"{file}: fine, {len(book.questions)} questions, version {book.digest}"]
    lines += [f"  {file}:{one['line']}: {one['where']}: {one['warning']}" for one in warnings]
    lines += [
        f"  {language}: {'not translated yet: ' + ', '.join(names) if names else 'complete'}"
        for language, names in lacking.items()
    ]
    value = {
        "file": str(file), "version": book.digest, "questions": len(book.questions),
        "warnings": warnings, "untranslated": lacking,
    }  # fmt: skip
    out(value, as_json, "\n".join(lines))


@playbook.command("simulate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-m", "--message", "messages", multiple=True, help="What the visitor says; give it several times."
)
@click.option(
    "--script", type=click.Path(path_type=Path), help="YAML of a talk: steps that say, choose, visit …"
)
@click.option("--consent", type=_LEVELS, help="What the visitor allows (default conversation).")
@click.option("--page", help="The path where the visitor is, such as /pricing.")
@click.option("--time-zone", help="The visitor's, such as Europe/Berlin.")
@click.option("--locale", help="The visitor's, such as de-CH.")
@click.option("--mode", type=click.Choice(["chat", "help"]), help="On the site, or inside the product.")
@click.option("--site", help="Whose documents answer (default the file's name).")
@click.option(
    "--against", type=click.Path(path_type=Path), help="Another playbook; only turns that differ are shown."
)
@json_too
@with_data_dir
@expected
def simulate_command(
    file: Path, messages: tuple[str, ...], script: Path | None, against: Path | None, site: str | None,
    as_json: bool, data_dir: Path | None, **visitor: Any,  # noqa: FBT001
) -> None:  # fmt: skip
    """Play a conversation by the playbook FILE: real engine, the installation's documents, nothing sent or kept."""
    from server.playbook import load_playbook
    from server.simulating import simulate
    from server.wiring import catalogue_of

    settings = settings_of(data_dir=data_dir)
    for each in (file, *([against] if against else [])):
        if not each.is_file():
            raise FrontdeskError(f"there is no file {str(each)!r}; name a playbook", code="bad_data")
        load_playbook(each, intents=catalogue_of(settings).intents)
    talk, place = _talk(messages, script, visitor), site or file.stem
    turns = asyncio.run(simulate(settings, file, place, talk))
    if against is None:
        value: dict[str, Any] = {"playbook": str(file), "turns": [_json(turn) for turn in turns]}
        out(value, as_json, "\n\n".join(_told(turn) for turn in turns))
        return
    others = asyncio.run(simulate(settings, against, place, talk))
    differ = [
        (number, one, other)
        for number, (one, other) in enumerate(zip_longest(turns, others), 1)
        if one.story() != other.story()
    ]
    value = {
        "playbook": str(file), "against": str(against), "turns": len(turns),
        "differ": [{"turn": number, "this": _json(one), "other": _json(other)} for number, one, other in differ],
    }  # fmt: skip
    told = [f"turn {n}\n--- {against}\n{_told(other)}\n+++ {file}\n{_told(one)}" for n, one, other in differ]
    summary = f"{len(differ)} of {len(turns)} turns differ"
    out(value, as_json, "\n\n".join([*told, summary]))


def _talk(messages: tuple[str, ...], script: Path | None, visitor: dict[str, Any]) -> SimulatedTalk:
    from pydantic import ValidationError

    from server.playbook.mistakes import told
    from server.simulated_talk import load_talk_script, talk_of

    if bool(messages) == (script is not None):
        raise FrontdeskError("give messages with -m, or a talk with --script, and not both", code="bad_data")
    given = {name: value for name, value in visitor.items() if value is not None}
    try:
        if script is not None:
            written = load_talk_script(script)
            return type(written).model_validate({**written.model_dump(exclude_unset=True), **given})
        return talk_of(messages, **given)
    except ValidationError as error:
        first = error.errors()[0]
        raise FrontdeskError(f"{first['loc'][0]}: {told(first)}", code="bad_data") from error


def _json(turn: Turn) -> dict[str, Any]:
    if turn.record is None:
        return {"act": turn.act}
    record = turn.record
    return {
        "act": turn.act, "language": record.language, "asked_for": record.asked_for,
        "intents": [guess.model_dump() for guess in record.intents], "facts": record.facts,
        "frustration": record.frustration, "play": record.play, "reasons": record.reasons, "moves": record.moves,
        "checks": [check.model_dump() for check in record.checks], "question": turn.asked or None,
        "offer": turn.offered or None,
        "score": record.score, "consent": record.consent, "outcomes": record.outcomes,
        "effects": len(record.effects), "crm_updates": len(record.crm_updates), "reply": record.reply,
    }  # fmt: skip


def _told(turn: Turn) -> str:
    """A turn for people."""
    record = turn.record
    if record is None:
        return f"» {turn.act}"
    read = ", ".join(f"{guess.name} {guess.probability:.2f}" for guess in record.intents[:3]) or "nothing"
    lines = [
        f"» {turn.act}",
        f"  read      {', '.join(record.asked_for) or 'none of these'}  ({read}; {record.language})",
    ]
    lines += [f"  fact      {fact['name']} = {fact['value']!r} ({fact['how']})" for fact in record.facts]
    if record.frustration:
        lines.append(f"  mood      frustration {record.frustration:.2f}")
    lines.append(f"  play      {record.play}: {', '.join(record.reasons)}")
    lines += [f"  {'ok    ' if one.passed else 'block '}    {one.name}: {one.why}" for one in record.checks]
    lines.append(f"  question  {turn.asked or 'none'}")
    if turn.offered:
        lines.append(f"  offer     {turn.offered}")
    points = ", ".join(f"{point['code']} {point['points']:+}" for point in record.score.get("points", ()))
    lines.append(
        f"  score     {record.score.get('total', 0)}, {record.score.get('stage', '')} ({points or 'no points'})"
    )
    for outcome in record.outcomes:
        told = ", ".join(f"{name} {value}" for name, value in outcome.items() if name != "what")
        lines.append(f"  would do  {outcome.get('what')}" + (f" ({told})" if told else ""))
    lines += [f"  says      {words}" for block in record.reply for words in _words(block)]
    return "\n".join(lines)


def _words(block: dict[str, Any]) -> list[str]:
    """What the visitor reads of a block."""
    said = [str(line["text"]) for line in block.get("lines", ()) if "text" in line]
    if block.get("text"):
        said.append(str(block["text"]))
    labels = [str(choice["label"]) for choice in block.get("choices", ())]
    labels += [f"{day['label']} {slot['label']}" for day in block.get("days", ()) for slot in day["slots"]]
    return [*said, *([f"[{'] ['.join(labels)}]"] if labels else [])]
