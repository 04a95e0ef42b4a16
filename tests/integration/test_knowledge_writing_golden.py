"""The check of written sentences on the golden set, with the embedder that serves."""

from __future__ import annotations

import pytest

from evals.suites import writing
from knowledge.embedders.exporting import export
from knowledge.embedders.minilm import MiniLm
from knowledge.embedders.remembering import RememberingEmbedder
from tests.support.models import exported_embedder


@pytest.mark.slow
def test_corrupted_sentences_are_stopped_and_faithful_ones_mostly_kept() -> None:
    embedder = RememberingEmbedder(MiniLm(export(exported_embedder() / "models")))

    figures = writing.run(embedder).figures

    told = {name: value for name, value in figures.items() if value is not None}
    assert told["corrupted_passed"] <= 0.02
    assert told["held_out_corrupted_passed"] <= 0.02
    assert told["passed_written"] <= 0.02
    assert told["passed_wrong_passage"] == 0
    assert told["faithful_kept"] >= 0.78
