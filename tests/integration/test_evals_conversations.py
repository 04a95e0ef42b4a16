"""Golden conversations through the real turn on installations of their own; `make eval` plays every one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.errors import BadData
from evals.replay.script import FOLDER, Script, load_script, load_scripts
from evals.suites.conversations import play, run
from server.settings import Settings
from tests.support.models import MODELS, models

__all__ = ["models"]

SCRIPTS = load_scripts()


# Some of them: all are played and gated by `frontdesk eval conversations --gate`, and once is enough.
@pytest.mark.parametrize("script", SCRIPTS[::8], ids=lambda script: script.name)
async def test_a_golden_conversation_goes_as_written(script: Script, models: Settings) -> None:
    played = await play(models, script)

    # What was sent can be made again from the decision records alone, byte for byte; what could not is among `wrong`.
    assert played.rebuilt.same == played.rebuilt.frames > 0
    if script.open_problem is None:
        assert played.wrong == ()
    elif played.passed:
        pytest.fail(f"it goes right now: take `open_problem` out of {script.name}.yaml")
    else:
        pytest.xfail(script.open_problem)


def test_there_are_golden_conversations_about_every_play() -> None:
    expected = {step.expect.play for script in SCRIPTS for step in script.steps}

    assert len(SCRIPTS) >= 12
    assert {"answer", "qualify", "book", "trial", "cart", "handoff", "privacy", "smalltalk"} <= expected


def test_every_file_is_named_like_its_conversation() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {script.name for script in SCRIPTS}


async def test_the_suite_says_which_step_went_wrong_and_how_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(
        "name: wrong\n"
        "about: A greeting that is expected to be a booking.\n"
        "sealed: [hello]\n"
        "steps:\n"
        "  - say: hello\n"
        "    expect: {play: book, blocks: [slots], facts: {email: x}, crm: [meeting.booked], says: [Tuesday]}\n"
        "  - choose: first\n",
        encoding="utf-8",
    )

    report = await run(Settings(data_dir=MODELS), lambda _: None, folder=tmp_path)

    assert report.figures["passed"] == 0.0
    remarks = "\n".join(report.remarks)
    for line in (
        "wrong: step 1 ('hello'): play 'book' expected, got 'smalltalk' (asked for ['greeting']",
        "blocks ['slots'] expected, got ['text']",
        "fact 'email' should be 'x', it is None",
        "CRM updates ['meeting.booked'] expected, got []",
        "the reply should say 'Tuesday'",
        "step 2 ('first'): no choices or slots to act on; the reply showed text",
        "afterwards: 'hello' stands in log.body",
    ):
        assert line in remarks


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: x\nabout: long enough\nsteps:\n  - sey: hi\n", r":4: steps.0.sey: .*; remove it or correct"),
        (
            "name: x\nabout: long enough\nsteps:\n  - say: hi\n    choose: a\n",
            r":4: steps.0: .*exactly one of say",
        ),
        ("name: x\nabout: [\n", r":3: not valid YAML"),
    ],
)
def test_a_typo_in_a_script_is_named_with_file_line_and_fix(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "typo.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadData, match=f"{file}{complaint}"):
        load_script(file)
