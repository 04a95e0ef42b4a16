"""Another trained model: what would change is told first, a switch needs no restart, and it can be undone."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import select

from intents import Reader
from intents.catalogue import Catalogue, Intent
from intents.comparing import compare, comparison_of
from intents.errors import ModelError
from intents.model_store import load, point, serving, write
from intents.own_catalogue import NONE_OF_THESE
from intents.training import Labelled, train
from intents.values import ReadingContext
from intents.versions import Waiting, keep_waiting, remove_old, waiting
from server import preparing, retraining
from server.cli import main
from server.errors import FrontdeskError
from server.model_desk import ModelDesk, environment_of
from server.preparing import prepare, train_intents
from server.retraining import (
    Reviewed,
    alone,
    golden_messages,
    reviewed_messages,
    train_with_reviewed,
    with_reviewed,
    without_words,
)
from server.settings import Settings, load_settings
from server.store.engine import open_engine, open_sessions
from server.store.tables import Deed, Doubt
from server.wiring import intent_folder
from tests.support.console_visit import pick, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.intents_world import HashingEmbedder
from tests.support.models import an_installation
from tests.support.understanding import LEARNED, a_model_desk, a_preview, catalogue, serve, tiny

ASKED = "cheers the bill"


def small() -> Catalogue:
    intents = {
        name: Intent(
            name=name, description="What.", plays=("answer",), examples=("a b", "c d", "e f", "g h", "i j")
        )
        for name in ("pricing", "job", "thanks")
    }
    return Catalogue(intents, ())


def short_catalogue(folder: Path) -> None:
    """Every shipped intent with six of its examples, which train fast."""
    intents = [
        {"name": name, "replace": True, "description": intent.description, "plays": list(intent.plays),
         "examples": list(intent.examples[:6])}
        for name, intent in catalogue().intents.items()
    ]  # fmt: skip
    folder.mkdir()
    (folder / "mine.yaml").write_text(yaml.safe_dump({"version": 1, "intents": intents}), encoding="utf-8")


def a_reader(*, learned: bool = False) -> Reader:
    return Reader(HashingEmbedder(), tiny(learned=learned), small())


def with_own_models(folder: Path) -> Settings:
    """An installation whose trained models may be changed: `an_installation` shares them with all tests."""
    settings = an_installation(folder)
    shared = folder / "models"
    where = shared.resolve()
    shared.unlink()
    shared.mkdir()
    for each in where.iterdir():
        if each.name == "intents":
            shutil.copytree(each, shared / each.name)
        else:
            (shared / each.name).symlink_to(each)
    return settings


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    world = await build(tmp_path)
    yield world
    await world.close()


def the_desk(world: World, folder: Path, **more: Any) -> ModelDesk:
    return a_model_desk(folder, world.desk.writers, NOW, (SITE, "other"), **more)


def put_aside(root: Path) -> Waiting:
    """A trained model that waits beside the one that serves."""
    serve(root, tiny())
    found = a_preview(tiny(learned=True).version, tiny().version, NOW)
    keep_waiting(tiny(learned=True), root, found)
    return found


async def deeds(world: World) -> list[tuple[str, str, str]]:
    async with world.desk.readers() as session:
        rows = await session.scalars(select(Deed).order_by(Deed.id))
        return [(row.site, row.act, row.by) for row in rows]


async def test_a_switch_changes_the_running_reader_and_another_process_follows_and_going_back_undoes_it(
    world: World, tmp_path: Path
) -> None:
    root = tmp_path / "models"
    put_aside(root)
    mine, other = a_reader(), a_reader()
    desk, elsewhere = the_desk(world, root, reader=mine), the_desk(world, root, reader=other)
    assert not await elsewhere.notice()

    await desk.switch(tiny(learned=True).version, by="admin")
    assert mine.model_version == tiny(learned=True).version
    assert mine.read(ASKED, ReadingContext(NOW)).intents[0].name == "pricing"
    assert await elsewhere.notice()
    assert other.model_version == mine.model_version
    assert desk.waiting() is None

    await desk.go_back(by="admin")
    assert mine.model_version == serving(root) == tiny().version
    await desk.go_back(by="admin")
    assert mine.model_version == tiny(learned=True).version, "going back twice is as if nothing had been done"
    assert await deeds(world) == [
        (site, act, "admin")
        for act in ("intents_switched", "intents_switched_back", "intents_switched_back")
        for site in (SITE, "other")
    ]


async def test_only_the_version_that_was_looked_at_is_switched_to(world: World, tmp_path: Path) -> None:
    root = tmp_path / "models"
    put_aside(root)
    desk = the_desk(world, root, reader=a_reader())

    with pytest.raises(ModelError, match="does not wait any more"):
        await desk.switch("another", by="admin")
    await desk.discard(by="admin")
    with pytest.raises(ModelError, match="does not wait any more"):
        await desk.switch(tiny(learned=True).version, by="admin")
    with pytest.raises(ModelError, match="nothing to go back to"):
        await desk.go_back(by="admin")
    assert serving(root) == tiny().version


async def test_a_training_tells_how_far_it_is_and_why_it_failed_and_runs_once_at_a_time(
    world: World, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    script = (
        "import pathlib, sys, time; print(' 40%  cross-validating', file=sys.stderr, flush=True)\n"
        f"while not pathlib.Path({str(go_on)!r}).exists(): time.sleep(0.01)\n"
        "print('frontdesk: the disk is full', file=sys.stderr); sys.exit(1)"
    )
    desk = the_desk(world, tmp_path / "models", script=script)

    await desk.start(by="admin")
    with pytest.raises(FrontdeskError, match="running already"):
        await desk.start(by="admin")
    assert desk.running is not None
    go_on.touch()
    await desk.settled()

    assert desk.running is None
    assert desk.failed == "the disk is full"


def test_a_comparison_names_what_would_be_read_better_and_worse_and_survives_a_file() -> None:
    golden = [
        Labelled(ASKED, "pricing"),
        Labelled("many thanks to you", "thanks"),
        Labelled("zzz qqq", "none"),
    ]

    found = compare(a_reader(), a_reader(learned=True), [*golden, Labelled("x", "no_such_intent")])

    assert (found.texts, found.strangers) == (3, 1)
    assert found.before is not None
    assert found.after.right > found.before.right
    assert (ASKED, "better") in [(each.text, each.kind) for each in found.changed]
    assert comparison_of(json.loads(json.dumps(found.as_json()))) == found
    assert compare(a_reader(), a_reader(), golden).changed == ()


def test_reviewed_messages_join_once_and_what_the_catalogue_says_holds() -> None:
    known = catalogue()
    taken = known.intents["pricing"].examples[0]
    reviewed = [
        Reviewed("the damage for ten vans", "pricing", "m1"),
        Reviewed("The damage for ten vans?", "thanks", "m2"),
        Reviewed(taken, "thanks", "m3"),
        Reviewed(taken.upper(), "pricing", "m4"),
        Reviewed("who won the match", NONE_OF_THESE, "m5"),
        Reviewed("fly me", "no_such_intent", "m6"),
    ]

    material = with_reviewed(known, reviewed)

    assert material.reviewed == 2
    assert material.labelled == (*known.labelled(), reviewed[0])
    assert material.strangers == (*known.out_of_scope, "who won the match")
    assert material.left_out == (
        "message m2 as thanks: its words stand as pricing already",
        "message m3 as thanks: its words stand as pricing already",
        "message m6: the catalogue has no intent 'no_such_intent'",
    )


def test_figures_kept_with_a_model_quote_no_visitor() -> None:
    row = {"is": "pricing", "read_as": "thanks", "count": 3, "examples": ["the bill", "ours", "mine"],
           "nearest": ["cheers", "The damage for ten vans?", "ta"]}  # fmt: skip
    reviewed = [Reviewed("the damage for ten vans", "thanks", "m1"), Reviewed("The bill", "pricing", "m2")]

    told = without_words({"accuracy": 0.9, "confusions": [row]}, reviewed)

    assert told == {"accuracy": 0.9, "confusions": [{**row, "examples": ["mine"], "nearest": ["ta"]}]}


def test_versions_that_nobody_comes_back_to_go_after_a_switch(tmp_path: Path) -> None:
    folders = [f"v{number}" for number in range(7)]
    for at, name in enumerate(folders):
        written = write(tiny(), tmp_path)
        written.rename(tmp_path / name)
        os.utime(tmp_path / name / "model.json", (1_000 + at, 1_000 + at))
    point(tmp_path, "v0")
    point(tmp_path, "v2")
    keep_waiting(tiny(learned=True), tmp_path, a_preview("v3", "v2", NOW))
    shutil.rmtree(tmp_path / tiny(learned=True).version)
    (tmp_path / "notes").mkdir()

    assert sorted(remove_old(tmp_path)) == ["v1", "v4"]
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_dir()) == [
        "notes", "v0", "v2", "v3", "v5", "v6",
    ]  # fmt: skip
    assert remove_old(tmp_path) == []


def test_two_trainings_do_not_run_at_once_whichever_way_they_are_started(tmp_path: Path) -> None:
    settings = with_own_models(tmp_path)

    with alone(intent_folder(settings)):
        result = CliRunner().invoke(main, ["train", "--data-dir", str(tmp_path)])

    assert result.exit_code == 1
    assert "a training is running already" in result.stderr


def test_what_people_reviewed_is_learned_again_when_the_model_is_trained_anew_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_own_models(tmp_path)
    short_catalogue(tmp_path / "catalog")
    monkeypatch.setattr(preparing, "train", partial(train, folds=2))
    root = intent_folder(settings)
    (root / str(serving(root)) / "model.json").write_text("{", encoding="utf-8")
    asyncio.run(label(settings, *LEARNED))
    said: list[str] = []

    prepare(settings, said.append)

    assert "Training the intents, with 3 reviewed messages" in said
    assert load(root).metrics["reviewed"] == 3
    assert not any(
        text in (root / str(serving(root)) / "metrics.json").read_text("utf-8") for text in LEARNED
    )


async def label(settings: Settings, *texts: str) -> None:
    """Messages that a manager has made candidates of."""
    engine, now = open_engine(settings.database), datetime.now(UTC)
    async with open_sessions(engine)() as session:
        for number, text in enumerate(texts):
            session.add(
                Doubt(
                    id=str(number), site="demo", conversation="c", message=str(number), text=text, language="en",
                    guesses={}, why="unsure", status="candidate", label="pricing", by="manager", at=now, settled_at=now,
                )
            )  # fmt: skip
        await session.commit()
    await engine.dispose()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_training_with_candidates_leaves_what_serves_and_the_command_line_switches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retraining, "train", partial(train, folds=2))  # the same in a fifth of the time
    golden = tmp_path / "golden.jsonl"
    rows = [*golden_messages(Settings(data_dir=tmp_path))[:30], Labelled("zzz qqq", "none")]
    golden.write_text(
        "\n".join(json.dumps({"text": row.text, "intent": row.intent}) for row in rows), "utf-8"
    )
    settings = with_own_models(tmp_path).model_copy(update={"golden": golden})
    short_catalogue(tmp_path / "catalog")
    root = intent_folder(settings)
    before = serving(root)
    await label(settings, *LEARNED)
    said: list[str] = []

    reviewed = await reviewed_messages(settings)
    found = train_with_reviewed(settings, reviewed, by="manager", tell=said.append)

    assert found.reviewed == 3
    assert (found.golden.texts, found.golden.strangers) == (31, 1)
    assert found.golden.before is not None
    assert serving(root) == before != found.version
    assert waiting(root) == found
    assert any(line.strip().startswith("80%") for line in said)
    assert retraining.as_json(found)["golden"]["texts"] == found.golden.texts

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.output

    assert found.version in run("train", "switch")
    with pytest.raises(FrontdeskError, match="3 reviewed messages"):
        train_intents(settings, None, force=False, tell=said.append)
    assert str(before) in run("train", "undo")


def test_a_catalogue_that_changed_is_told_of_at_the_start(tmp_path: Path) -> None:
    settings = with_own_models(tmp_path)
    root = intent_folder(settings)
    about = json.loads((root / str(serving(root)) / "model.json").read_text(encoding="utf-8"))
    told = {**about, "metrics": {**about["metrics"], "catalogue": catalogue().digest}}
    (root / str(serving(root))).rename(root / "mine")
    (root / "mine" / "model.json").write_text(json.dumps(told), encoding="utf-8")
    (root / "current").write_text("mine\n", encoding="utf-8")
    said: list[str] = []

    prepare(settings, said.append)
    assert not any("catalogue changed" in line for line in said)
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "mine.yaml").write_text(
        "version: 1\nout_of_scope: [is the van wet]\n", encoding="utf-8"
    )
    prepare(settings, said.append)

    assert any("catalogue changed" in line for line in said)
    assert serving(root) == "mine"


def test_a_damaged_model_is_told_of_and_trained_anew_at_the_start(tmp_path: Path) -> None:
    settings = with_own_models(tmp_path)
    root = intent_folder(settings)
    file = root / str(serving(root)) / "model.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**about, "scope": {}}), encoding="utf-8")
    said: list[str] = []

    prepare(settings, said.append)

    assert any("trained anew" in line and "can not be read (it lacks 'margin')" in line for line in said)
    assert load(root).version == serving(root)


def test_an_operators_own_golden_messages_are_asked_and_win_over_shipped_ones(tmp_path: Path) -> None:
    shipped = golden_messages(Settings(data_dir=tmp_path))
    (tmp_path / "catalog").mkdir()
    own = [{"text": shipped[0].text.upper(), "intent": "thanks"}, {"text": "the vans?", "intent": "pricing"}]
    (tmp_path / "catalog" / "golden.jsonl").write_text(
        "\n".join(json.dumps(row) for row in own), encoding="utf-8"
    )

    found = golden_messages(Settings(data_dir=tmp_path))

    assert len(found) == len(shipped) + 1
    assert Labelled(shipped[0].text.upper(), "thanks") in found


def test_a_training_of_the_console_has_the_settings_of_the_server(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, demo=True, embedder_key="k", catalog=tmp_path / "mine", port=8123)

    given = {name: value for name, value in environment_of(settings).items() if name.startswith("FRONTDESK_")}

    assert load_settings({}, given) == settings


async def test_the_page_shows_what_would_change_and_switches_with_an_account_that_sees_all_sites(
    world: World, tmp_path: Path
) -> None:
    root = tmp_path / "intents"
    found = put_aside(root)
    async with visiting(world, "admin") as visit:
        page = shown(await visit.see("understanding/training"))
        said = words(page, ".waits")
        assert "431" in said
        assert "0.934" in said
        assert "what's the damage for ten vans Abuse → Pricing" in said
        assert "could I get the damage report Bug or outage → Pricing , meant: Bug or outage" in said
        assert str(pick(page, "input[name=version]")["value"]) == found.version

        done = await visit.press("understanding/training/switch", version=found.version)
        assert done.status_code == 303
        assert found.version in words(shown(await visit.see("understanding/training")), "#training")
        await visit.press("understanding/training/back")
        assert tiny().version in words(shown(await visit.see("understanding/training")), "#training")


async def test_a_manager_of_one_site_can_not_switch_for_all_and_does_not_see_what_was_said_elsewhere(
    world: World, tmp_path: Path
) -> None:
    found = put_aside(tmp_path / "intents")
    async with visiting(world, "manager") as visit:
        page = shown(await visit.see("understanding/training"))
        refused = await visit.press("understanding/training/switch", version=found.version)

    assert not page.select(".waits, #training button")
    assert refused.status_code == 409
    assert serving(tmp_path / "intents") == tiny().version


def test_a_model_that_was_written_for_another_embedder_is_not_put_in_use() -> None:
    class Another(HashingEmbedder):
        name = "another"

    reader = a_reader()
    with pytest.raises(ModelError, match="trained with embedder"):
        Reader(Another(), tiny(), small())
    reader.use(tiny(learned=True), small())
    assert reader.model_version == tiny(learned=True).version
