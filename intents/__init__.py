"""Reading one message: redact, language, intent, facts, mood, and the lead score.

The door is `Reader(embedder, model, catalogue, plans=())`, where `plans` are plan names:
`redact(text, known_seals=None) -> Redacted` and
`read(text, context, *, redacted=None, vectors=None) -> Understanding` (synchronous, CPU-bound, thread-safe).
`ReadingContext`, `Asked`, `Understanding`, `Fact`, `score()` and `ScoreRules` are its words.
"""

from intents.errors import CatalogueError, IntentsError, ModelError
from intents.ports import Embedder
from intents.reader import Reader
from intents.score import Point, Score, ScoreModel, ScoreRule, ScoreRules, Signal, score, without
from intents.values import (
    Asked,
    Fact,
    IntentGuess,
    ReadingContext,
    Redacted,
    Sealed,
    Understanding,
)

__all__ = [
    "Asked",
    "CatalogueError",
    "Embedder",
    "Fact",
    "IntentGuess",
    "IntentsError",
    "ModelError",
    "Point",
    "Reader",
    "ReadingContext",
    "Redacted",
    "Score",
    "ScoreModel",
    "ScoreRule",
    "ScoreRules",
    "Sealed",
    "Signal",
    "Understanding",
    "score",
    "without",
]
