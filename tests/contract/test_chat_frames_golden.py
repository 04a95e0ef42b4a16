"""The golden frames are what both languages agree on; widget/test reads the same file in TypeScript."""

from __future__ import annotations

import json
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from server import frames
from server.chat import examples, schema_build
from server.dialogue import blocks

GOLDENS: dict[str, Any] = json.loads(schema_build.GOLDENS.read_text("utf-8"))


def _members(union: Any) -> set[type[BaseModel]]:
    return set(get_args(get_args(union)[0]))


@pytest.mark.parametrize("golden", GOLDENS["client"], ids=lambda golden: golden["type"])
def test_a_golden_client_frame_survives_the_round_trip_unchanged(golden: dict[str, Any]) -> None:
    decoded = frames.client_frame.validate_json(json.dumps(golden))

    assert decoded.model_dump(mode="json") == golden


@pytest.mark.parametrize("golden", GOLDENS["server"], ids=lambda golden: golden["type"])
def test_a_golden_server_frame_survives_the_round_trip_unchanged(golden: dict[str, Any]) -> None:
    decoded = frames.server_frame.validate_json(json.dumps(golden))

    assert decoded.model_dump(mode="json") == golden


def test_every_frame_and_every_block_has_a_golden_example() -> None:
    client = {type(frames.client_frame.validate_python(golden)) for golden in GOLDENS["client"]}
    server = [frames.server_frame.validate_json(json.dumps(golden)) for golden in GOLDENS["server"]]
    shown = {type(frame.block) for frame in server if isinstance(frame, frames.BlockFrame)}

    assert client == _members(frames.ClientFrame)
    assert {type(frame) for frame in server} == _members(frames.ServerFrame)
    assert shown == _members(blocks.Block)


@pytest.mark.parametrize(("side", "union"), [("client", "ClientFrame"), ("server", "ServerFrame")])
def test_the_published_schema_accepts_the_goldens_and_refuses_an_unknown_field(side: str, union: str) -> None:
    schema = json.loads(schema_build.SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{union}", "$defs": schema["$defs"]})

    for golden in GOLDENS[side]:
        validator.validate(golden)
        assert not validator.is_valid({**golden, "surprise": 1}), golden["type"]


def test_a_citation_quotes_its_passage_verbatim() -> None:
    block = TypeAdapter(blocks.Block)
    sources = [block for block in examples.block_examples() if isinstance(block, blocks.SourcesBlock)]

    for citation in (citation for source in sources for citation in source.citations):
        assert citation.passage[citation.start : citation.end] == citation.quote
    with pytest.raises(ValidationError):
        block.validate_python({"kind": "sources", "citations": [{"n": 0}]})


def test_the_committed_schema_and_goldens_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema_build.main(["--check"]) == 0, capsys.readouterr().err
