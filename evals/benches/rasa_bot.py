"""Writes the peer of `bench turn`, a Rasa project over our own messages: `python -m evals.benches.rasa_bot FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from intents.catalogue import load_catalogue

INTENTS = 20
"""As many as a small assistant of a company's site has; those with the most examples."""

_CONFIG = """\
recipe: default.v1
assistant_id: frontdesk-peer
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: 100
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: TEDPolicy
    max_history: 5
    epochs: 100
    constrain_similarities: true
"""
"""What `rasa init` proposes when its suggestions are taken."""

_ENDPOINTS = """\
tracker_store:
  type: SQL
  dialect: sqlite
  db: tracker.db
"""
"""Turns are kept, as ours are."""


def chosen() -> dict[str, tuple[str, ...]]:
    """The intents with most of our training messages."""
    intents = load_catalogue().intents
    most = sorted(intents, key=lambda name: (-len(intents[name].examples), name))[:INTENTS]
    return {name: tuple(intents[name].examples) for name in most}


def write(folder: Path) -> None:
    """Configuration, domain, training messages and a rule for each intent."""
    intents = chosen()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    replies = {f"utter_{name}": [{"text": f"Here is what we do about {name}."}] for name in intents}
    replies["utter_unsure"] = [{"text": "I did not understand that."}]
    domain = {"version": "3.1", "intents": list(intents), "responses": replies}
    (folder / "domain.yml").write_text(json.dumps(domain, indent=1), encoding="utf-8")
    (folder / "config.yml").write_text(_CONFIG, encoding="utf-8")
    (folder / "endpoints.yml").write_text(_ENDPOINTS, encoding="utf-8")
    (folder / "credentials.yml").write_text("rest: {}\n", encoding="utf-8")
    lines = ['version: "3.1"', "nlu:"]
    for name, examples in intents.items():
        lines += [f"- intent: {name}", "  examples: |"]
        lines += [f"    - {' '.join(text.split())}" for text in examples]
    (folder / "data" / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rules = [{"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in intents]
    rules.append({"rule": "unsure", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_unsure"}]})
    # In block form: the keys of training files are looked for at the start of a line.
    (folder / "data" / "rules.yml").write_text(yaml.safe_dump({"version": "3.1", "rules": rules}), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
