"""The operator's own intents: they extend, replace, add and switch off, and every mistake is named with its fix."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from intents.catalogue import load_catalogue
from intents.catalogue_schema import FILE, schema_text
from intents.errors import CatalogueError
from intents.own_catalogue import Extended, extended_catalogue

OWN = """\
version: 1
intents:
  - name: pricing
    description: What the vans cost.
    examples: [what's the damage per van]
  - name: press
    off: true
  - name: job
    replace: true
    description: Wants to drive for us.
    plays: [handoff]
    examples: [do you hire drivers, van driver job, can I drive for you, driver wanted, apply as a driver]
  - name: fleet_tracking
    description: Where the vans are.
    plays: [answer]
    examples: [where are my vans, vans on a map, gps of the vans, live van location, track the crew]
out_of_scope: [is the van wet]
"""


def extended(tmp_path: Path, text: str = OWN) -> Extended:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    return extended_catalogue(tmp_path)


def test_own_files_extend_replace_add_and_switch_off_by_name(tmp_path: Path) -> None:
    shipped, found = load_catalogue(), extended(tmp_path)
    intents = found.catalogue.intents

    assert intents["pricing"].examples == (*shipped.intents["pricing"].examples, "what's the damage per van")
    assert intents["pricing"].description == "What the vans cost."
    assert intents["pricing"].plays == shipped.plays("pricing")
    assert intents["pricing"].labels == shipped.intents["pricing"].labels
    assert len(intents["job"].examples) == 5
    assert intents["fleet_tracking"].plays == ("answer",)
    assert "press" not in intents
    assert found.catalogue.out_of_scope == (*shipped.out_of_scope, "is the van wet")
    assert [change.what for change in found.changes] == [
        "extends", "switches off", "replaces", "adds", "none of these",
    ]  # fmt: skip
    assert found.changes[1].at == f"{tmp_path / 'mine.yaml'}:6"


def test_without_files_of_their_own_the_catalogue_is_the_shipped_one(tmp_path: Path) -> None:
    shipped = load_catalogue()

    assert extended_catalogue(None).catalogue == shipped
    assert extended_catalogue(tmp_path).catalogue.digest == shipped.digest


def test_the_digest_changes_with_what_a_model_is_trained_on_and_only_then(tmp_path: Path) -> None:
    before = extended(tmp_path).catalogue.digest

    assert extended(tmp_path, OWN.replace("What the vans cost", "What it costs")).catalogue.digest == before
    assert extended(tmp_path, OWN.replace("damage", "price")).catalogue.digest != before
    assert extended(tmp_path, OWN.replace("is the van wet", "is it wet")).catalogue.digest != before


def test_where_a_shipped_example_says_otherwise_the_operator_is_believed_and_told(tmp_path: Path) -> None:
    shipped = load_catalogue()
    taken, stranger = (
        shipped.intents["pricing"],
        shipped.out_of_scope[0],
    )
    text = taken.examples[0]
    own = {"version": 1, "intents": [{"name": "thanks", "examples": [text.upper(), stranger]}]}

    found = extended(tmp_path, yaml.safe_dump(own))

    assert text not in found.catalogue.intents[taken.name].examples
    assert stranger not in found.catalogue.out_of_scope
    assert {text.upper(), stranger} <= set(found.catalogue.intents["thanks"].examples)
    assert len(found.moved) == 2


def test_a_shipped_example_that_the_operator_counts_against_its_intent_is_taken_out(tmp_path: Path) -> None:
    shipped = load_catalogue().intents["pricing"].examples[0]
    text = f"version: 1\nintents:\n  - name: pricing\n    negatives: [{json.dumps(shipped)}]\n"

    found = extended(tmp_path, text)

    assert shipped not in found.catalogue.intents["pricing"].examples
    assert shipped in {item.text for item in found.catalogue.negatives() if item.intent == "pricing"}
    assert [line for line in found.moved if repr(shipped) in line]


def test_an_example_that_comes_to_be_shipped_later_is_kept_once_and_breaks_nothing(tmp_path: Path) -> None:
    shipped = load_catalogue()
    text = shipped.intents["pricing"].examples[0]
    own = {"version": 1, "intents": [{"name": "pricing", "examples": [text + "?"]}]}

    assert extended(tmp_path, yaml.safe_dump(own)).catalogue.digest == shipped.digest


@pytest.mark.parametrize(
    ("broken", "starts", "fix"),
    [
        (OWN.replace("- name: press", "- name: pres"), "mine.yaml:6: there is no shipped intent 'pres'",
         "did you mean 'press'?"),
        (OWN.replace("    off: true", "    off: true\n    examples: [read all about it]"),
         "mine.yaml:6: intent 'press' is switched off", "remove one"),
        (OWN.replace("    replace: true\n    description: Wants to drive for us.\n", "    replace: true\n"),
         "mine.yaml:8: intents.2.description:", "add it"),
        (OWN.replace("- name: pricing\n    description: What the vans cost.", "- name: prcing"),
         "mine.yaml:3: intents.0.description:", "did you mean 'pricing'?"),
        (OWN.replace("- name: press\n    off: true", "- name: pricing\n    examples: [so pricey]"),
         "mine.yaml:6: intent 'pricing' stands at mine.yaml:3 already", "join"),
        (OWN.replace("is the van wet", "Track the crew"), "mine.yaml:17: example 'Track the crew'", "remove one"),
        (OWN.replace("name: fleet_tracking", "name: none"), "mine.yaml:13: 'none' is no intent", "out_of_scope"),
        (OWN.replace("name: fleet_tracking", "name: none_of_these"), "mine.yaml:13: 'none_of_these' is no intent",
         "out_of_scope"),
        (OWN.replace("plays: [answer]", "plays: [drive]"), "mine.yaml:15: intents.3.plays.0:", "values named"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_fix(
    tmp_path: Path, broken: str, starts: str, fix: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        extended(tmp_path, broken)

    said = str(caught.value).replace(f"{tmp_path}/", "")
    assert said.startswith(starts)
    assert fix in said


@pytest.mark.parametrize("wrong", ["label: x", "labels: {de: x}"])
def test_what_extends_a_shipped_intent_is_checked_like_one(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CatalogueError, match=r"mine\.yaml:4: intents\.0\.label.*at least 3 characters"):
        extended(tmp_path, f"version: 1\nintents:\n  - name: pricing\n    {wrong}\n")


def test_a_label_may_be_taken_away_from_a_shipped_intent(tmp_path: Path) -> None:
    found = extended(tmp_path, 'version: 1\nintents:\n  - name: pricing\n    label: ""\n')

    assert found.catalogue.intents["pricing"].label == ""


def test_a_file_that_would_be_passed_over_is_named_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(OWN, encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"mine\.yml: .*\.yaml; rename it"):
        extended_catalogue(tmp_path)
    with pytest.raises(CatalogueError, match=r"mine\.yml: .*\.yaml; rename it"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (b"version: 1\n# Gr\xfc\xdfe\n", r"mine\.yaml:2: byte 0xfc is not UTF-8; save the file as UTF-8"),
        (
            b"version: 1\nout_of_scope:\n  - a\x07b\n",
            r"mine\.yaml:3: not valid YAML .*; remove the character",
        ),
    ],
)
def test_bytes_that_are_no_text_are_named_with_file_line_and_fix(
    tmp_path: Path, written: bytes, complaint: str
) -> None:
    (tmp_path / "mine.yaml").write_bytes(written)

    with pytest.raises(CatalogueError, match=complaint):
        extended_catalogue(tmp_path)


def test_a_folder_in_the_place_of_a_file_and_a_mark_before_the_text_break_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xef\xbb\xbf" + OWN.encode())
    assert "fleet_tracking" in extended_catalogue(tmp_path).catalogue.intents

    (tmp_path / "more.yaml").mkdir()
    with pytest.raises(CatalogueError, match=r"more\.yaml: can not be read"):
        extended_catalogue(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="FRONTDESK_CATALOG"):
        extended_catalogue(tmp_path / "nowhere")


def test_the_published_schema_is_current_and_tells_right_from_wrong() -> None:
    schema = json.loads(FILE.read_text(encoding="utf-8"))
    right = {"version": 1, "intents": [{"name": "press", "off": True}], "out_of_scope": ["is the van wet"]}

    assert FILE.read_text(encoding="utf-8") == schema_text(), "run `make generate`"
    jsonschema.validate(right, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 1, "intents": [{"name": "press", "of": True}]}, schema)
