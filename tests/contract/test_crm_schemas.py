"""The published schemas: current, valid themselves, with examples that fit, and strict where it matters."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crm_sync.documents import schemas_build
from crm_sync.documents.canonical import canonical, digest, foreign, pointer
from crm_sync.documents.validation import problem_of, problem_of_value, published

SCHEMAS = schemas_build.schemas()


def an_update() -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(published("crm-update")["examples"][0])
    return found


def test_the_published_files_are_what_the_models_say() -> None:
    assert schemas_build.stale() == []


def test_a_stale_file_is_noticed_and_written_anew(tmp_path: Path) -> None:
    schemas_build.write(tmp_path)
    (tmp_path / "deal.v1.json").write_text("{}")

    assert schemas_build.stale(tmp_path) == ["deal.v1.json"]
    assert schemas_build.write(tmp_path) == ["deal.v1.json"]
    assert schemas_build.stale(tmp_path) == []


def test_the_command_knows_its_arguments() -> None:
    assert schemas_build.main(["--check"]) == 0
    assert schemas_build.main(["--chek"]) == 2


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_valid_named_and_fits_its_examples(name: str) -> None:
    schema = json.loads((schemas_build.FOLDER / name).read_text("utf-8"))

    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == schemas_build.DIALECT
    assert schema["$id"] == f"urn:frontdesk:schema:{name.split('.', maxsplit=1)[0]}:1"
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


def test_the_example_may_be_sent() -> None:
    assert problem_of(an_update()) is None


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["kind"], "contact.deleted", "/kind"),
        (["schema_version"], 2, "/schema_version"),
        (["idempotency_key"], "abc", "/idempotency_key"),
        (["occurred_at"], "yesterday", "/occurred_at"),
        (["occurred_at"], "2026-03-01T10:00:00", "/occurred_at"),
        (["extra"], 1, ""),
        (["target", "match", "by"], "phone", "/target/match/by"),
        (["fields", 0, "value"], "forty", "/fields/0/value"),
        (["fields", 0, "value"], None, "/fields/0/value"),
        (["fields", 0, "value"], 0, "/fields/0/value"),
        (["fields", 0, "name"], "shoe_size", "/fields/0/name"),
        (["fields", 0, "object"], "planet", "/fields/0/object"),
        (["fields", 0, "confidence"], 1.2, "/fields/0/confidence"),
        (["fields", 0, "confidence"], float("nan"), "/fields/0/confidence"),
        (["fields", 0, "how"], "guessed", "/fields/0/how"),
        (["fields", 0, "evidence", 0, "quote"], "a\x00b", "/fields/0/evidence/0/quote"),
        (["fields", 0, "evidence", 0, "start"], -1, "/fields/0/evidence/0/start"),
        (["fields", 0, "reasons"], {"a/b"}, "/fields/0/reasons"),
        (["activity"], {"type": "note"}, "/activity"),
        (["consent", "level"], "everything", "/consent/level"),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(path: list[str | int], value: Any, where: str) -> None:
    document: Any = an_update()
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    problem = problem_of(document)

    assert problem is not None
    assert problem.pointer == where
    assert problem.reason


@pytest.mark.parametrize("name", sorted(published("crm-update")["required"]))
def test_a_document_spells_out_everything(name: str) -> None:
    document = an_update()
    del document[name]

    problem = problem_of(document)

    assert problem is not None
    assert problem.reason == f"lacks {name}"


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("email", "[email_1]", True),
        ("email", "ada@example.com", False),
        ("phone", "[phone_2]", True),
        ("phone", "+49 30 1234567", False),
        ("name", "[person_1] [person_2]", True),
        ("name", "Ada", False),
        ("job_title", "Operations lead", True),
    ],
)
def test_personal_values_are_placeholders(name: str, value: str, fits: bool) -> None:
    document = an_update()
    document["fields"][0] |= {"object": "contact", "name": name, "value": value}

    problem = problem_of(document)

    assert (problem is None) is fits
    assert problem is None or value not in problem.reason


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        ("contact.email", "ada@example.com", True),
        ("contact.email", "ada@", False),
        ("contact.nope", 1, False),
        ("deal.custom.region", "north", True),
        ("deal.custom.region", {"a": 1}, False),
        ("deal.amount", float("inf"), False),
        ("company.domain", "example.com", True),
        ("company.domain", "https://example.com", False),
    ],
)
def test_real_values_are_checked_before_they_leave(field: str, value: Any, fits: bool) -> None:
    record, name = field.split(".", 1)

    assert (problem_of_value(record, name, value) is None) is fits


def test_equal_documents_have_equal_hashes() -> None:
    assert canonical({"b": 1, "a": "\u00e9\x00"}) == '{"a":"\\u00e9\\u0000","b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})


def test_pointers_escape_what_would_split_them() -> None:
    assert pointer(["a/b", 0, "m~n"]) == "/a~1b/0/m~0n"
    assert foreign({"a/b": [object()]}) == ("/a~1b/0", "is of the type object, which JSON does not have")
