"""The policy table: what is written, what waits, what is never written, and what a broken file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crm_sync.errors import PolicyInvalid
from crm_sync.policy import Policy, Rule
from crm_sync.policy_file import load_policy


@pytest.mark.parametrize(
    ("field", "how", "confidence", "tier"),
    [
        ("deal.seats", "said", 0.8, "write"),
        ("deal.seats", "said", 0.79, "approve"),
        ("deal.seats", "chosen", 1.0, "write"),
        ("company.industry", "enriched", 1.0, "approve"),
        ("company.industry", "page_view", 0.9, "approve"),
        ("contact.lead_score", "scored", 1.0, "write"),
        ("contact.owner", "said", 1.0, "never"),
        ("deal.owner", "edited", 1.0, "never"),
        ("contact.consent_level", "page_view", 0.1, "write"),
        ("deal.custom.owner", "said", 0.9, "write"),
    ],
)
def test_the_default_table(field: str, how: str, confidence: float, tier: str) -> None:
    record, name = field.split(".", 1)

    assert Policy().tier(record, name, value="x", previous=None, how=how, confidence=confidence) == tier


@pytest.mark.parametrize(
    ("previous", "value", "tier"),
    [
        ("meeting", "qualified", "never"),
        ("qualified", "meeting", "write"),
        (None, "new", "write"),
        ("lost", "new", "write"),
    ],
)
def test_a_stage_never_moves_backwards(previous: Any, value: Any, tier: str) -> None:
    assert Policy().tier("deal", "stage", value=value, previous=previous, how="said", confidence=0.9) == tier


def test_the_first_rule_that_fits_decides() -> None:
    policy = Policy(
        rules=(
            Rule(field="deal.custom.*", tier="never"),
            Rule(field="deal.*", replaces=True, tier="approve"),
            Rule(field="deal.*", tier="write"),
        )
    )

    tiers = [
        policy.tier("deal", name, value=2, previous=previous, how="said", confidence=1)
        for name, previous in (("custom.region", None), ("seats", 1), ("seats", None))
    ]

    assert tiers == ["never", "approve", "write"]


def test_a_policy_is_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("version: '3'\nrules:\n  - field: deal.*\n    tier: never\notherwise: write\n")

    policy = load_policy(path)

    assert policy.version == "3"
    assert policy.tier("deal", "seats", value=1, previous=None, how="said", confidence=1) == "never"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: [1\n", r"policy.yaml:2: .*indentation"),
        ("rules:\n  - tier: sometimes\n", r"policy.yaml: rules.0.tier: .*'sometimes'"),
        ("rulez: []\n", r"policy.yaml: rulez"),
        ("- a\n", r"policy.yaml: the document"),
    ],
)
def test_a_broken_policy_names_file_place_and_what_it_found(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(PolicyInvalid, match=words):
        load_policy(path)
