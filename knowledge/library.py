"""The door of the knowledge room: documents in, passages found, answers made only of what documents say."""

from __future__ import annotations
