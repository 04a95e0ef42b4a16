"""`frontdesk members`: a key, a token, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.doctor import _members as members_found
from server.errors import BadSetting
from server.settings import load_settings
from tests.support.members import a_pair, write_keys

DEMO = Path(__file__).parents[2] / "demo" / "playbooks"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTDESK_PLAYBOOKS", str(DEMO))
    return tmp_path


def run(folder: Path, *words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["members", *words, "--data-dir", str(folder)], input=given)


def test_a_made_key_signs_tokens_that_are_believed(folder: Path) -> None:
    made = run(folder, "key", "--kid", "first")
    (folder / "members.yaml").write_text(made.stdout, encoding="utf-8")

    signed = run(
        folder, "token", "--user", "ada", "--plan", "enterprise", "--name", "Ada", "--audience", "beta"
    )
    said = run(folder, "check", "-", "--json", given=signed.stdout)

    assert "take it out" in made.stderr
    assert signed.stdout.count(".") == 2
    told = json.loads(said.stdout)
    assert told["keys"] == [{"kid": "first", "algorithm": "HS256", "signs": True}]
    assert told["member"]["plan"] == "Enterprise"
    assert {"public", "signed-in", "enterprise", "beta"} <= set(told["member"]["may read"])


def test_a_token_that_says_nothing_is_told_why(folder: Path) -> None:
    (folder / "members.yaml").write_text(run(folder, "key").stdout, encoding="utf-8")
    signed = run(folder, "token", "--user", "ada").stdout.strip()
    (folder / "members.yaml").write_text(run(folder, "key").stdout, encoding="utf-8")

    refused = run(folder, "check", signed)

    assert refused.exit_code == 1
    assert "the site has no such key" in refused.stdout


def test_keys_are_listed_and_never_shown(folder: Path) -> None:
    _, public = a_pair("ES256")
    write_keys(
        folder / "members.yaml",
        demo={
            "keys": [
                {"kid": "pub", "algorithm": "ES256", "public_key": public},
                {"kid": "s", "secret": "x" * 40},
            ]
        },
    )

    listed = run(folder, "check")
    unsigned = run(folder, "token", "--user", "ada", "--kid", "pub")

    assert listed.stdout.split() == ["pub", "ES256", "s", "HS256"]
    assert unsigned.exit_code == 1
    assert "is public" in unsigned.stderr


def test_a_file_with_a_mistake_is_a_wrong_call(folder: Path) -> None:
    (folder / "members.yaml").write_text("demo:\n  keys:\n    - secret: hush-hush\n", encoding="utf-8")

    refused = run(folder, "check")

    assert refused.exit_code == 2
    assert "members.yaml:3" in refused.stderr
    assert "hush" not in refused.stderr


def test_without_a_key_there_is_nothing_to_sign_with(folder: Path) -> None:
    refused = run(folder, "token", "--user", "ada")

    assert refused.exit_code == 1
    assert "`frontdesk members key` makes one" in refused.stderr
    assert "no keys for site" in run(folder, "check").stdout


def test_the_doctor_names_keys_and_finds_those_of_no_site(folder: Path) -> None:
    settings = load_settings({"data_dir": folder, "playbooks": DEMO})
    write_keys(folder / "members.yaml", demo={"keys": [{"secret": "x" * 40}]})
    fine = members_found(settings)
    write_keys(folder / "members.yaml", dmeo={"keys": [{"secret": "x" * 40}]})

    assert fine == "demo: HS256"
    with pytest.raises(BadSetting, match="no site 'dmeo'"):
        members_found(settings)
