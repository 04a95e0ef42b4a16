"""What dates, times, ranges and durations a text names, resolved on a given clock. Pure."""

from __future__ import annotations

from intents.facts.dates.days import Calendar, Days
from intents.facts.dates.moments import Moment, find_moments
from intents.facts.dates.phrases import Phrase, find_phrases

__all__ = ["Calendar", "Days", "Moment", "Phrase", "find_moments", "find_phrases"]
