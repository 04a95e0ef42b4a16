"""Failures of the knowledge room that a caller can expect, each with a stable code."""

from __future__ import annotations


class KnowledgeError(Exception):
    """Something expected went wrong; `code` is stable, the message is for a person."""

    code = "knowledge.failed"


class SourceUnreadableError(KnowledgeError):
    """One file or page could not be read; an ingest reports it and goes on."""

    code = "knowledge.source_unreadable"


class SourceMissingError(KnowledgeError):
    """The folder or file that should be ingested is not there."""

    code = "knowledge.source_missing"


class ModelMissingError(KnowledgeError):
    """The embedding model can not be had."""

    code = "knowledge.model_missing"
