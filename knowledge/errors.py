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


class SourceSpecError(KnowledgeError):
    """What was said about a source does not hold together; the message begins with the field."""

    code = "knowledge.source_invalid"


class SourceUnreachableError(KnowledgeError):
    """A site or feed could not be asked at all: nothing is known about its pages, so nothing of it is removed."""

    code = "knowledge.source_unreachable"


class EmbedderFailedError(KnowledgeError):
    """The embeddings endpoint did not answer as it should."""

    code = "knowledge.embedder_failed"


class ModelMissingError(KnowledgeError):
    """The embedding model can not be had."""

    code = "knowledge.model_missing"


class SourceUnknownError(KnowledgeError):
    """There is no source of that name at the site."""

    code = "knowledge.source_unknown"


class SourceBusyError(KnowledgeError):
    """Another process reads the source now, or took it over from this one."""

    code = "knowledge.source_busy"


class SourceShrunkError(KnowledgeError):
    """So little of a site could be had that its pages were left as they were."""

    code = "knowledge.source_shrunk"


class DocumentTakenError(KnowledgeError):
    """The page belongs to another source, which would bring it back or take it away."""

    code = "knowledge.document_taken"


class ApprovalError(KnowledgeError):
    """An approved answer rests on words that do not stand in the document, or says nothing."""

    code = "knowledge.approval_invalid"
