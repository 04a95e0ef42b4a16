"""`frontdesk eval` and `frontdesk bench`: measure, print, keep, and gate."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

SUITES = {
    "intents": "messages sorted into intents: the golden set, or --train and --test (and --oos)",
    "intent-sets": "every intent data set in the folder --data in one table (and --shots), with what it costs",
    "retrieval": "right pages found: --corpus, --queries and --qrels in BEIR layout, or --set for each folder of them",
    "answers": "answers and abstentions: the demo's golden set, or a corpus (and --unanswerable)",
    "escalation": "who decides what a message means: our model, a larger one, the visitor; or --data",
    "conversations": "golden conversations replayed through the real turn",
    "writing": "sentences of a language model held against their passages: faithful ones and corrupted ones",
    "injection": "instructions hidden in documents: the golden set, or --data (and clean pages in --docs)",
    "datetimes": "dates, times, ranges and lengths resolved: the golden set, or --data",
    "facts": "facts told in messages, corrections and languages: the golden set, or --data",
    "languages": "German, French, Spanish and Arabic messages: intents, facts, languages, and pages found",
    "redaction": "personal data sealed: the golden set, or --data",
    "score": "the lead score learned from a made-up market whose true chances are known",
    "mood": "frustration and abuse heard, and calm left alone: the golden set, or --data",
    "duplicates": "records of the CRM that are one put before a person, others left alone: the golden set, or --data",
    "slots": "day, time and whom over appointment dialogues of --data, after every message",
    "make-set": "makes a question set of --docs (or of every --recipe) in --out, from what headings ask",
}
BENCHES = {
    "knowledge": "finding at 2,000 and 100,000 passages, recall, ingest, memory, and a peer beside it",
    "intents": "reading a message beside its embedding, training, loading, and a peer beside it",
    "retrieval": "a full retrieval at 2,000 passages against the embedder's own query",
    "turn": "a turn with its durable commit against reading and answering alone",
    "booking": "a crowd of processes that wants a few times, against check-then-insert",
    "sagas": "every saga killed with SIGKILL after each single step, and what recovers",
    "delivery": "CRM updates proposed and delivered against bare SQLite transactions; with --conversations: while the "
    "server is killed and the CRM fails; with --backlog: turns with so many updates waiting",
    "proposals": "CRM proposals made up by Hypothesis, to a receiver that checks every request",
    "console": "the inbox with 5,000 changes that wait: opening it, and every action, against one with 40",
    "widget": "what the widget weighs, costs its host page, takes to open and to scroll, beside a page without it",
    "suggest": "a keystroke in the help panel's search at 2,000 articles, beside an embedding",
    "duplicates": "looking for records that may be one among 10,000 contacts, and those that were planted",
}


def _file(name: str, text: str) -> Callable[[F], F]:
    return click.option(name, type=click.Path(path_type=Path, dir_okay=False), help=text)


def _common(command: F) -> F:
    """The options of both commands."""
    for option in (
        click.option(
            "--data-dir", type=click.Path(path_type=Path), help="Folder of all state (default .data)."
        ),
        click.option(
            "--results",
            type=click.Path(path_type=Path, dir_okay=False),
            default=Path("results/evals.jsonl"),
            show_default=True,
            help="Append each outcome here, with date, commit and machine.",
        ),
        click.option("--gate", is_flag=True, help="Exit 1 when a bar does not hold."),
        click.option(
            "--gates",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Hold the figures against these bars instead of ours (see docs/evaluation.md).",
        ),
        click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else."),
    ):
        command = option(command)
    return command


@click.command("eval")
@click.argument("suites", nargs=-1, metavar="SUITE...")
@_file("--train", "JSON lines of {text, intent} to train with.")
@_file("--test", "JSON lines of {text, intent} to ask.")
@_file("--oos", "JSON lines of {text} that no intent should claim.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Lines of {text, reference, expected}, {text, entities}, {text, spans} or {text, facts}; "
    "intent-sets: a folder of data sets.",
)
@_file("--corpus", "JSON lines of {_id, title, text}.")
@_file("--queries", "JSON lines of {_id, text}.")
@_file("--qrels", "Tab-separated query-id, corpus-id, score.")
@_file("--unanswerable", "JSON lines of {text} that the corpus does not answer.")
@click.option(
    "--shots", type=click.IntRange(2), help="intents, intent-sets: train with so many texts an intent."
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="intents with --shots: the mean of so many draws.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of corpus.jsonl, queries.jsonl and qrels.tsv (repeatable: each, and the mean).",
)
@click.option(
    "--docs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="make-set: folder of documents (repeatable).",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="make-set: where to.")
@click.option(
    "--ask",
    type=click.Choice(["questions", "headings", "titles"]),
    default="questions",
    show_default=True,
    help="make-set: ask what question-shaped headings, all headings or the pages' titles say.",
)
@click.option(
    "--each",
    type=click.Choice(["page", "section"]),
    default="page",
    show_default=True,
    help="make-set: what counts as a page of the corpus.",
)
@_file("--recipe", "make-set: YAML of public packages to make sets of (see evals/question_sets.yaml).")
@click.option(
    "--only", multiple=True, help="Only the golden conversation, or the recipe, of this name (repeatable)."
)
@_common
def eval_command(suites: tuple[str, ...], **options: Any) -> None:
    """Measure the quality of SUITE... on our golden sets or on your data; without one, list them."""
    from evals import running

    _run(suites, SUITES, running.suite, "eval", options)


@click.command("bench")
@click.argument("names", nargs=-1, metavar="NAME...")
@_file("--corpus", "knowledge: compare with the peer on these JSON lines of {_id, title, text}.")
@_file("--queries", "knowledge: JSON lines of {_id, text}.")
@_file("--qrels", "knowledge: tab-separated query-id, corpus-id, score.")
@click.option(
    "--peer", default="", metavar="URL", help="turn: a running Rasa that answers the same messages."
)
@click.option(
    "--attempts", type=click.IntRange(1), default=1000, show_default=True, help="booking: how many."
)
@click.option("--slots", type=click.IntRange(1, 1000), default=50, show_default=True, help="booking: times.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="booking, sagas: how many at once.",
)
@click.option("--database", default="", metavar="URL", help="booking: this one instead of a fresh SQLite.")
@click.option("--seeds", type=click.IntRange(1), default=100, show_default=True, help="sagas: how many.")
@click.option(
    "--conversations", type=click.IntRange(1), help="delivery: how many, three updates each, while we kill."
)
@click.option(
    "--kills", type=click.IntRange(0), default=100, show_default=True, help="delivery: of the server."
)
@click.option(
    "--faults",
    type=click.FloatRange(0, 0.9),
    default=0.2,
    show_default=True,
    help="delivery: share of the CRM's calls that fail, half of them after the effect.",
)
@click.option(
    "--provider",
    type=click.Choice(["webhook", "builtin"]),
    default="webhook",
    show_default=True,
    help="delivery: the CRM of the killed server.",
)
@click.option(
    "--backlog", type=click.IntRange(1), help="delivery: so many updates wait while turns are taken."
)
@click.option(
    "--examples", type=click.IntRange(1), default=20_000, show_default=True, help="proposals: how many."
)
@click.option("--quick", is_flag=True, help="knowledge: seconds instead of minutes, without site and peer.")
@_common
def bench_command(names: tuple[str, ...], **options: Any) -> None:
    """Measure the speed of NAME...; without one, list them."""
    from evals import running

    _run(names, BENCHES, running.bench, "bench", options)


def _run(
    names: Sequence[str],
    known: dict[str, str],
    measure: Callable[..., Any],
    together: str,
    options: dict[str, Any],
) -> None:
    as_json, gate, results = options.pop("as_json"), options.pop("gate"), options.pop("results")
    if not names:
        _list(known, as_json=as_json)
        return
    if strangers := [name for name in names if name not in known]:
        _refuse(f"there is no {together} {strangers[0]!r}; choose from {', '.join(known)}", 2)
    from evals.report import as_json as in_json
    from evals.report import keep, printed

    reports = [
        report for name in dict.fromkeys(names) for report in _all_of(_measured(measure, name, options))
    ]
    now = datetime.now(UTC)
    for report in reports:
        keep(report, results, together, options, now)
    if as_json:
        click.echo(json.dumps(in_json(reports, together), ensure_ascii=False))
        for report in reports:
            for remark in report.remarks:
                click.echo(f"{report.name}: {remark}", err=True)
    else:
        click.echo(printed(reports))
    if gate and not all(report.holds for report in reports):
        sys.exit(1)


def _measured(measure: Callable[..., Any], name: str, options: dict[str, Any]) -> Any:
    """Expected failures are one line: 2 when the call or its files were wrong, 1 when the work failed."""
    from evals.errors import BadData
    from server.cli_options import lower_rooms
    from server.errors import BadPlaybook, BadSetting, FrontdeskError

    try:
        return measure(name, _tell, **options)
    except (BadData, BadSetting, BadPlaybook) as error:
        _refuse(str(error), 2)
    except FrontdeskError as error:
        _refuse(str(error), 1)
    except lower_rooms() as error:
        _refuse(str(error), 1)


def _all_of(measured: Any) -> list[Any]:
    """A suite that was given several sets of data reports on each of them."""
    return measured if isinstance(measured, list) else [measured]


def _list(known: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"names": list(known)}))
        return
    width = max(len(name) for name in known)
    click.echo("\n".join(f"{name:{width}}  {about}" for name, about in known.items()))


def _tell(message: str) -> None:
    click.echo(message, err=True)


def _refuse(message: str, code: int) -> NoReturn:
    click.echo(f"frontdesk: {message}", err=True)
    sys.exit(code)
