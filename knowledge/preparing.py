"""Makes a page ready to be saved: its text laid out, cut into passages, with what its source says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from knowledge.chunking import RECIPE, chunk, index_text
from knowledge.parsing.blocks import lay_out
from knowledge.rows import Prepared, version_of
from knowledge.sources.pages import Page
from knowledge.sources.spec import SourceSpec
from knowledge.untrusted import addresses_assistant, without_instructions
from knowledge.values import PUBLIC, Document

_NAMESPACE = UUID("3f0d4a52-8f0e-5c52-b7a3-90f8f3f3b6a1")
_LANGUAGE_FROM = 200
"""Characters below which a guess at the language is not better than none."""
_LANGUAGE_LOOKS_AT = 3_000
_LANGUAGE_SURE = 0.9


def digest_of(page: Page, spec: SourceSpec) -> str:
    """Changes when the page is to be prepared anew: other bytes, another way of reading, other labels of the source."""
    labels = (spec.base_url, spec.audience, spec.owner, spec.language, spec.expires_after_days)
    return hashlib.sha256(f"{RECIPE}\n{labels}\n{page.digest}".encode()).hexdigest()


def prepare(site: str, source_id: str, spec: SourceSpec, page: Page, now: datetime) -> Prepared:
    """Lays a page out and cuts it into passages."""
    parsed = page.parsed
    cleaned = without_instructions(parsed.blocks)
    text, placed = lay_out(cleaned.blocks)
    digest = digest_of(page, spec)
    expires = parsed.expires
    if expires is None and spec.expires_after_days is not None:
        expires = now + timedelta(days=spec.expires_after_days)
    document = Document(
        # The same page keeps its id through all its versions.
        id=document_id(site, page.path),
        site=site,
        path=page.path,
        url=parsed.url or page_url(spec.base_url, page.path),
        title=page.path if addresses_assistant(parsed.title) else parsed.title,
        description=parsed.description,
        text=text,
        source=page.source,
        format=page.format,
        audience=parsed.audience or spec.audience or (PUBLIC,),
        version=version_of(digest),
        updated=parsed.updated,
        meta=parsed.meta,
        source_id=source_id,
        language=parsed.language or spec.language,
        owner=parsed.owner or spec.owner,
        published=parsed.published,
        expires=expires,
        superseded_by=parsed.superseded_by,
        left_out=cleaned.removed,
    )
    passages = chunk(document.id, document.version, text, placed)
    hashes = tuple(text_hash(index_text(document.title, passage)) for passage in passages)
    return Prepared(document, digest, passages, hashes, tuple(parsed.supersedes), cleaned.removed)


def prepare_all(
    site: str, source_id: str, spec: SourceSpec, pages: Sequence[Page], now: datetime
) -> list[Prepared]:
    return [prepare(site, source_id, spec, page, now) for page in pages]


def with_languages(prepared: Sequence[Prepared]) -> list[Prepared]:
    """Pages that do not say their language, with what their words tell. Slow at first: done beside the embedding."""
    return [
        one
        if one.document.language
        else replace(one, document=replace(one.document, language=language_of(one.document.text)))
        for one in prepared
    ]


def document_id(site: str, path: str) -> str:
    return str(uuid5(_NAMESPACE, f"{site}\n{path}"))


def page_url(base_url: str, path: str) -> str:
    """Where a page is served."""
    base = base_url.rstrip("/")
    return f"{base}/{path}" if path else f"{base}/"


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def language_of(text: str) -> str:
    """Read off the words; nothing when there are too few or they could be several languages'."""
    if len(text) < _LANGUAGE_FROM:
        return ""
    language, sureness = _identifier().classify(text[:_LANGUAGE_LOOKS_AT])
    return str(language) if sureness >= _LANGUAGE_SURE else ""


@cache
def _identifier() -> Any:
    # Loaded by the first page that does not say its language, so never in a process that only serves.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
