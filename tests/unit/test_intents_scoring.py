"""A score that is trained: what it may see, when there is enough to learn, and when it replaces another."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evals.suites.lead_process import leads
from intents.score import ScoreRule, ScoreRules, Signal, score
from intents.scoring import versions
from intents.scoring.features import (
    ALLOWED_FACTS,
    ASKED,
    REFUSED_FACTS,
    TRADES,
    features,
    may_count,
    named_codes,
)
from intents.scoring.training import LEADS, OF_EACH, Lead, TooFewOutcomes, Trained, train
from server.playbook import load_playbook

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent
RULES = load_playbook(ROOT / "demo" / "playbooks" / "demo.yaml").score
MANNERS = (
    "greeting", "thanks", "yes", "no", "why_do_you_ask", "stop_asking", "small_talk", "abuse", "tells_about_self",
)  # fmt: skip
PRIVACY = ("data_request", "unsubscribe")


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(RULES, [each.lead for each in leads(300, 5)], site="demo", now=NOW)


def test_every_fact_that_is_read_is_either_allowed_or_refused() -> None:
    told = (
        (ROOT / "docs" / "understanding.md").read_text(encoding="utf-8").split("## Facts")[1].split("### ")[0]
    )
    first_cells = [line.split("|")[1] for line in told.splitlines() if line.startswith("| `")]
    read = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}

    assert len(read) > 15
    assert read <= {*ALLOWED_FACTS, *REFUSED_FACTS}
    assert not set(ALLOWED_FACTS) & set(REFUSED_FACTS)


@pytest.mark.parametrize("fact", REFUSED_FACTS)
def test_a_refused_fact_is_no_feature_even_when_a_rule_names_it(fact: str) -> None:
    rules = ScoreRules(rules=(ScoreRule(code="theirs", kind="fit", points=9, because="x", when_fact=fact),))
    signals = [Signal("fact", fact, value, "m1", text="x") for value in ("DE", "[person_1]", 40, {"low": 1})]

    assert features(rules, signals) == ()


@pytest.mark.parametrize("page", ["/de/pricing", "/fr-FR", "/docs/es/start", "/pt_br/"])
def test_a_page_in_a_language_or_of_a_country_is_no_feature(page: str) -> None:
    rule = ScoreRule(code="theirs", kind="intent", points=9, because="x", when_page=page)

    assert not may_count(rule)


@pytest.mark.parametrize("intent", [*MANNERS, *PRIVACY])
def test_how_somebody_writes_and_whether_they_mind_their_privacy_costs_nothing(intent: str) -> None:
    rule = ScoreRule(code="theirs", kind="intent", points=9, because="x", when_intent=("pricing", intent))

    assert intent not in ASKED
    assert not may_count(rule)
    assert features(ScoreRules(), [Signal("intent", intent, message_id="m1")]) == ()


def test_no_name_in_the_closed_list_speaks_of_a_person() -> None:
    telling = {
        "name", "email", "mail", "phone", "country", "language", "locale", "zone", "gender", "sex", "age", "religion",
        "nation", "nationality", "company", "frustration", "origin", "consent",
    }  # fmt: skip

    assert [code for code in named_codes() if telling & set(code.split("_"))] == []


def test_trades_are_those_that_the_reader_knows() -> None:
    from intents.facts.industry import _WORDS

    assert set(_WORDS) == set(TRADES)


def test_a_wish_stands_in_one_line_however_rules_and_signals_overlap() -> None:
    found = features(RULES, [Signal("intent", name, message_id="m1") for name in ASKED])
    codes = [each.code for each in found]

    assert "asked_price" in codes
    assert "asked__pricing" not in codes
    assert "asked__migration" in codes


def test_too_few_leads_are_refused_with_what_is_missing() -> None:
    few = [each.lead for each in leads(LEADS - 1, 1)]
    four = [replace(lead, visitor=f"visitor-{place % 4}") for place, lead in enumerate(_leads(200, 1))]
    one_sided = [replace(lead, came=place < OF_EACH - 1) for place, lead in enumerate(_leads(200, 1))]

    with pytest.raises(TooFewOutcomes, match="there are 59"):
        train(RULES, few, site="demo", now=NOW)
    with pytest.raises(TooFewOutcomes, match="these are of 4"):
        train(RULES, four, site="demo", now=NOW)
    with pytest.raises(TooFewOutcomes, match="of which 14 came"):
        train(RULES, one_sided, site="demo", now=NOW)


def test_it_tells_how_good_it_is_beside_the_rules_and_for_each_segment(trained: Trained) -> None:
    metrics = trained.metrics

    assert metrics["auc"] > 0.6
    assert set(metrics["rules"]) == {"auc", "brier", "ece"}
    assert sum(row["leads"] for row in metrics["bins"]) == metrics["leads"] == 300
    assert set(metrics["segments"]) == {"stage", "source_page", "team_size", "language"}
    assert sum(part["leads"] for part in metrics["segments"]["language"]) == 300


def test_what_segments_say_is_not_learned_from() -> None:
    plain = _leads(200, 3)
    told = [replace(lead, segments={"language": "en" if lead.came else "ar"}) for lead in plain]

    with_told, without_told = (train(RULES, each, site="demo", now=NOW).model for each in (told, plain))
    assert with_told.points == without_told.points


def test_a_chance_follows_from_the_sum_alone(trained: Trained) -> None:
    by_total: dict[int, set[float | None]] = {}
    for each in leads(200, 9):
        found = score(RULES, each.lead.signals, trained.model)
        by_total.setdefault(found.total, set()).add(found.chance)

    assert all(len(chances) == 1 for chances in by_total.values())
    ordered = [by_total[total].pop() or 0.0 for total in sorted(by_total)]
    assert ordered == sorted(ordered)


def test_with_other_rules_the_rules_score_alone(trained: Trained) -> None:
    others = ScoreRules(rules=RULES.rules[:3])

    assert score(others, [], trained.model).version == "rules"
    assert score(RULES, [], trained.model).version == trained.model.version


def test_other_points_or_words_of_the_same_rules_need_no_training(trained: Trained) -> None:
    reworded = tuple(rule.model_copy(update={"points": 1, "because": "x"}) for rule in RULES.rules)

    assert trained.model.scores(ScoreRules(rules=reworded))


def test_a_score_that_is_worse_on_new_leads_does_not_replace_a_better_one() -> None:
    good = train(RULES, _leads(800, 21), site="demo", now=NOW).model
    turned = good.model_copy(update={"points": {code: -points for code, points in good.points.items()}})
    later = [replace(lead, at=good.until + timedelta(days=1)) for lead in _leads(700, 22)]

    against_good = train(RULES, later, site="demo", now=NOW, serving=good)
    against_bad = train(RULES, later, site="demo", now=NOW, serving=turned)

    assert against_bad.better
    assert "new to both" in against_good.reason
    assert "new to both" in against_bad.reason


def test_an_outcome_without_any_pattern_leaves_the_rules_alone() -> None:
    by_chance = [replace(lead, came=place % 3 == 0, signals=()) for place, lead in enumerate(_leads(120, 2))]

    model = train(RULES, by_chance, site="demo", now=NOW).model

    assert model.points == {}
    assert model.chance(0) == pytest.approx(1 / 3, abs=0.01)


def test_a_version_serves_from_the_next_look_on_and_can_be_left_for_the_rules(
    tmp_path: Path, trained: Trained
) -> None:
    serving = versions.ScoreModels(tmp_path)
    before = serving.of("demo")

    kept = versions.keep(trained.model, trained.metrics, tmp_path, serve=True)

    assert before is None
    assert serving.of("demo") == trained.model
    assert serving.of("other") is None
    assert versions.metrics_of_serving(tmp_path, "demo")["leads"] == 300
    assert versions.rules_alone(tmp_path, "demo")
    assert serving.of("demo") is None
    assert (kept.folder / "model.json").exists()


def test_a_version_that_does_not_serve_is_kept_beside(tmp_path: Path, trained: Trained) -> None:
    kept = versions.keep(trained.model, trained.metrics, tmp_path, serve=False)

    assert kept.folder.is_dir()
    assert versions.ScoreModels(tmp_path).of("demo") is None


@pytest.mark.parametrize("site", ["..", "a/b", "", ".hidden"])
def test_a_site_is_no_path(tmp_path: Path, site: str) -> None:
    assert versions.ScoreModels(tmp_path).of(site) is None


def test_a_torn_file_leaves_the_rules_alone(tmp_path: Path, trained: Trained) -> None:
    kept = versions.keep(trained.model, trained.metrics, tmp_path, serve=True)
    (kept.folder / "model.json").write_text("{", encoding="utf-8")

    assert versions.ScoreModels(tmp_path).of("demo") is None


def _leads(count: int, seed: int) -> list[Lead]:
    return [each.lead for each in leads(count, seed)]
