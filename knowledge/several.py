"""Takes a message that asks two things apart, so that each gets its own answer. Pure."""

from __future__ import annotations

import re

from knowledge.words import content_terms

MOST = 3
"""Questions of one message that are answered one by one; more are a conversation."""

_ASKS = r"(?:what|which|who|whose|where|when|why|how|is|are|do|does|did|has|have|will|would|can|could|should|may|must)"
_OPENS = re.compile(rf"^\s*(?:and |or |also )?{_ASKS}\b", re.IGNORECASE)
_BREAKS = re.compile(
    # A full stop or mark between two questions, or "and" before a second one that has a subject of its own.
    rf"(?<=\?)\s+(?=(?:and |also )?{_ASKS}\b)"
    rf"|(?:\s*[,;]\s*|\s+)(?:and|also)\s+(?:also\s+)?(?=(?:how|what|when|where|who|why|which)\b)"
    rf"|(?:\s*[,;]\s*|\s+)and\s+(?:also\s+)?(?=(?:is|are|do|does|did|has|have|will|would|can|could|should|may|must)"
    rf" (?:i|we|you|it|they|there|the|our|my|your|somebody|someone)\b)",
    re.IGNORECASE,
)

_INTRODUCES = re.compile(
    r"^(?:(?:we|i)(?:['’](?:re|m|ve)| are| am| have| run| work| plan| need| use)\b"
    r"|my name is\b|our (?:company|firm|team)\b|this is\b)"
    rf"[^.!?]*[.!]\s+(?={_ASKS}\b)",
    re.IGNORECASE,
)


def without_introduction(message: str) -> str:
    """ "We're a lift firm with 30 technicians. What does Team cost?" asks about Team; who asks is not searched for."""
    question = _INTRODUCES.sub("", message, count=1)
    return question if len(content_terms(question)) > 1 else message


def apart(message: str) -> tuple[str, ...]:
    """ "How long is the trial and do I need a card?" are two; whatever is one question stays as it is."""
    pieces = [piece.strip() for piece in _BREAKS.split(message) if piece and piece.strip()]
    if not 1 < len(pieces) <= MOST:
        return (message,)
    if not all(_OPENS.match(piece) and content_terms(piece) for piece in pieces):
        return (message,)
    # "Where and when": a first half without a verb of its own is no question.
    if any(len(piece.split()) < 3 for piece in pieces):
        return (message,)
    return tuple(pieces)
