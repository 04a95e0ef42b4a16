"""From the name of a suite or a benchmark and its options to a report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.datasets import retrieval_set, texts
from evals.errors import BadData
from evals.gates import bars
from evals.report import Report
from knowledge.embedders.remembering import RememberingEmbedder
from server.settings import Settings, load_settings
from server.telemetry import configure_logs
from server.wiring import embedder_of, intent_embedder_of

Tell = Callable[[str], None]


def settings_of(data_dir: Path | None) -> Settings:
    """The installation whose models are used; logs go to stderr and only speak up when something is wrong."""
    settings = load_settings({"data_dir": data_dir})
    configure_logs("error", settings.log_format)
    return settings


def suite(
    name: str, tell: Tell, *, data_dir: Path | None, gates: Path | None, **files: Any
) -> Report | list[Report]:
    """One evaluation; with `gates` its figures are held against those bars, whatever data they come from."""
    if name == "make-set":
        return _make_set(tell, files)
    settings = settings_of(data_dir)
    if name == "intent-sets":
        return [_judged(report, gates, name) for report in _intent_sets(settings, tell, files)]
    if name == "retrieval" and files.get("sets"):
        return [_judged(report, gates, name) for report in _retrieval_sets(settings, tell, files)]
    return _judged(_suite(name, tell, settings, files), gates, name)


def bench(name: str, tell: Tell, *, data_dir: Path | None, gates: Path | None, **given: Any) -> Report:
    """One benchmark."""
    return _judged(_bench(name, tell, settings_of(data_dir), given), gates, f"bench-{name}")


def _judged(report: Report, gates: Path | None, key: str) -> Report:
    return report if gates is None else replace(report, bars=bars(key, report.figures, gates))


def _slots(settings: Settings, tell: Tell, data: Path | None) -> Report:
    from evals.suites import slots

    if not data:
        raise BadData("slots needs --data FILE: dialogues in the layout of the Schema-Guided Dialogue data")
    return asyncio.run(slots.run(settings, tell, data))


def _suite(name: str, tell: Tell, settings: Settings, files: dict[str, Any]) -> Report:  # noqa: C901, PLR0912  one arm a suite
    match name:
        case "intents":
            return _intents(settings, tell, files)
        case "retrieval":
            return _retrieval(settings, tell, files)
        case "answers":
            return _answers(settings, tell, files)
        case "datetimes" | "facts" | "redaction":
            return _readings(name, tell, files)
        case "mood":
            from evals.suites import mood

            return mood.run(tell, files.get("data"), embedder_of(settings, tell))
        case "duplicates":
            from evals.suites import duplicates

            return duplicates.run(tell, files.get("data"))
        case "slots":
            return _slots(settings, tell, files.get("data"))
        case "languages":
            from evals.suites import languages

            return asyncio.run(languages.run(settings, tell))
        case "score":
            from evals.suites import score

            return score.run(tell)
        case "writing":
            from evals.suites import writing

            return writing.run(RememberingEmbedder(embedder_of(settings, tell)))
        case "injection":
            from evals.suites import injection

            return injection.run(
                embedder_of(settings, tell),
                tell,
                attacks_file=files.get("data"),
                clean=tuple(files.get("docs") or ()),
            )
        case "escalation":
            from evals.suites import escalation

            return asyncio.run(escalation.run(settings, tell, data=files.get("data")))
        case "conversations":
            from evals.suites import conversations

            return asyncio.run(conversations.run(settings, tell, only=files.get("only") or ()))
    raise BadData(f"there is no suite {name!r}; `frontdesk eval` lists them")


def _bench(name: str, tell: Tell, settings: Settings, given: dict[str, Any]) -> Report:
    from evals.benches import intents, knowledge, retrieval, suggesting, turn

    match name:
        case "intents":
            return intents.run(intent_embedder_of(settings, embedder_of(settings, tell), tell), tell)
        case "knowledge":
            ours = not _given("bench knowledge", given, "corpus", "queries", "qrels")
            data = (
                knowledge.demo_set()
                if ours
                else retrieval_set(given["corpus"], given["queries"], given["qrels"])
            )
            extent = knowledge.QUICK if given.get("quick") else knowledge.WHOLE
            return asyncio.run(knowledge.run(settings, tell, data, extent))
        case "retrieval" | "suggest":
            bench = retrieval.run if name == "retrieval" else suggesting.run
            return bench(settings, tell)
        case "turn":
            return asyncio.run(turn.run(settings, tell, given.get("peer") or ""))
        case "booking":
            from evals.benches import booking

            names = ("attempts", "slots", "processes", "database")
            return booking.run(tell, **{name: given[name] for name in names})
        case "sagas":
            from evals.benches import sagas

            return sagas.run(tell, seeds=given["seeds"], processes=given["processes"])
        case "delivery":
            return _delivery(settings, tell, given)
        case "widget":
            from evals.benches.widget import measuring

            # Playwright wants no event loop of ours around it.
            return measuring.run(asyncio.run(measuring.ready(settings, tell)), tell)
        case "proposals":
            from evals.benches import fuzzing

            return fuzzing.run(tell, examples=given["examples"])
        case "duplicates":
            from evals.benches import duplicates

            return duplicates.run(tell)
        case "console":
            from evals.benches import console

            return asyncio.run(console.run(settings, tell))
    raise BadData(f"there is no benchmark {name!r}; `frontdesk bench` lists them")


def _delivery(settings: Settings, tell: Tell, given: dict[str, Any]) -> Report:
    """The small one, or what was asked for: a server killed again and again, or a backlog in a turn's way."""
    from evals.benches import delivery

    if given.get("backlog"):
        from evals.benches import proposing

        return asyncio.run(proposing.backlog(settings, tell, given["backlog"]))
    if given.get("conversations"):
        from evals.benches import killing

        return killing.run(
            tell,
            conversations=given["conversations"],
            kills=given["kills"],
            faults=given["faults"],
            provider=given["provider"],
        )
    return asyncio.run(delivery.run(settings, tell))


def _intents(settings: Settings, tell: Tell, files: dict[str, Any]) -> Report:
    from evals.suites import intents

    embedder = intent_embedder_of(settings, embedder_of(settings, tell), tell)
    if not _given("intents", files, "train", "test"):
        return intents.run_shipped(embedder, tell)
    data = intents.from_files(files["train"], files["test"], files.get("oos"))
    if files.get("shots"):
        return intents.run_shots(data, embedder, tell, files["shots"], files["seeds"])
    return intents.run(data, embedder, tell)


def _intent_sets(settings: Settings, tell: Tell, files: dict[str, Any]) -> list[Report]:
    from evals.suites import intent_sets

    folder: Path | None = files.get("data")
    if folder is None or not folder.is_dir():
        raise BadData("eval intent-sets needs --data, a folder that holds data sets; name one")
    embedder = embedder_of(settings, tell)
    embedders = {"default": embedder}
    if settings.intent_embedder:
        embedders["with the second embedder"] = intent_embedder_of(settings, embedder, tell)
    shots = files.get("shots") or 0
    return intent_sets.run(folder, embedders, tell, shots=shots, seeds=files["seeds"])


def _retrieval(settings: Settings, tell: Tell, files: dict[str, Any]) -> Report:
    from evals.suites import retrieval

    if not _given("retrieval", files, "corpus", "queries", "qrels"):
        raise BadData("eval retrieval needs --corpus, --queries and --qrels; name three files in BEIR layout")
    data = retrieval_set(files["corpus"], files["queries"], files["qrels"])
    return retrieval.run(data, embedder_of(settings, tell), tell)


def _retrieval_sets(settings: Settings, tell: Tell, files: dict[str, Any]) -> list[Report]:
    from evals.suites import retrieval

    if files.get("corpus") is not None:
        raise BadData("eval retrieval was given --set and --corpus; name folders or three files, not both")
    embedder = embedder_of(settings, tell)
    reports: list[Report] = []
    for folder in dict.fromkeys(files["sets"]):
        tell(f"{folder.name}:")
        data = retrieval_set(folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels.tsv")
        reports.append(replace(retrieval.run(data, embedder, tell), name=f"retrieval {folder.name}"))
    return reports if len(reports) == 1 else [*reports, retrieval.mean_of(reports)]


def _make_set(tell: Tell, files: dict[str, Any]) -> list[Report]:
    from evals.making import recipes
    from evals.making.sets import Plan, make

    out: Path | None = files.get("out")
    if out is None or bool(files.get("docs")) == bool(files.get("recipe")):
        raise BadData(
            "eval make-set needs --out, and --docs (a folder of documents) or --recipe (a YAML file)"
        )
    if files.get("docs"):
        plan = Plan(tuple(files["docs"]), ask=files["ask"], each=files["each"])
        return [_made(out.name, make(plan, out))]
    wanted = set(files.get("only") or ())
    chosen = [recipe for recipe in recipes.read(files["recipe"]) if not wanted or recipe.name in wanted]
    if not chosen:
        raise BadData(f"{files['recipe']}:1: no recipe of that name; see the file for those there are")
    return [_made(recipe.name, recipes.build(recipe, out, tell)) for recipe in chosen]


def _made(name: str, counts: tuple[int, int]) -> Report:
    return Report(f"make-set {name}", {"pages": counts[0], "queries": counts[1]})


def _readings(name: str, tell: Tell, files: dict[str, Any]) -> Report:
    """What is read without a trained model: nothing is loaded but rules and the recogniser of names."""
    from evals.suites import datetimes, facts, redaction

    suites = {"datetimes": datetimes.run, "facts": facts.run, "redaction": redaction.run}
    return suites[name](tell, files.get("data"))


def _answers(settings: Settings, tell: Tell, files: dict[str, Any]) -> Report:
    from evals.suites import answers, demo_answers

    if not _given("answers", files, "corpus", "queries", "qrels"):
        return asyncio.run(demo_answers.run(settings, tell))
    data = retrieval_set(files["corpus"], files["queries"], files["qrels"])
    strangers = texts(files["unanswerable"]) if files.get("unanswerable") else []
    return answers.run(data, strangers, embedder_of(settings, tell), tell)


def _given(suite_name: str, files: dict[str, Any], *needed: str) -> bool:
    """Whether the files that belong together were named; some of them only is an error."""
    missing = [name for name in needed if files.get(name) is None]
    if len(missing) == len(needed):
        return False
    if missing:
        every = ", ".join(f"--{name}" for name in needed)
        raise BadData(f"{suite_name}: --{missing[0]} is missing; give {every} together")
    return True
