"""What form of answer a question asks for: steps, a list, a table, code, a definition. Pure."""

from __future__ import annotations

import re

from knowledge.words import content_terms, terms

_HOW_TO = re.compile(
    r"\bhow (?:do|can|to|should|could|would)\b|\bsteps?\b|\bset(?:ting)? ?up\b|\bwalk me through\b|\binstructions?\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"n[o'’]t\b|\b(?:no|never|cannot|cant|doesnt|wont|lost|forgot|forgotten|fails?|failed|stuck|broken|error|problem)\b",
    re.IGNORECASE,
)
_MAY_I = re.compile(r"^\s*(?:can|could|may) (?:i|we)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:what|which|who|whose|where|when|why|how|is|are|do|does|did|has|have|will|would|can|could|should|may)\b",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:which|list|types?|kinds?|options|features|examples?|include[sd]?|"
    r"what are|what all|what can|all the|ways|formats)\b",
    re.IGNORECASE,
)
_TABLE = re.compile(r"^\s*(?:who are|which|what)\s+(?:your |are |the )*(?!is\b|does\b)\w+s\b", re.IGNORECASE)
_WHAT_IS = re.compile(r"^\s*(?:what (?:is|are|does)|what's|define|explain)\b", re.IGNORECASE)
_CODE = re.compile(
    r"\b(?:code|snippet|example|curl|command|script|json|payload|request|syntax)\b", re.IGNORECASE
)

_ONE_TO_TEN = "one|two|three|four|five|six|seven|eight|nine|ten|fourteen"
# What is asked for by how much, how long and how many, and what a sentence that tells it holds.
_FIGURES = (
    (
        re.compile(r"\bhow much (?:is|are|does|do|would|will)\b|\b(?:price|costs?|pricing)\b", re.IGNORECASE),
        re.compile(r"\d\s?(?:EUR|USD|GBP|CHF|%)|[€$£]\s?\d|\bEUR \d|\bfree\b"),
    ),
    (
        re.compile(
            r"\bhow (?:long|often|fast|quickly|soon|old|far ahead|far in advance)\b|\buntil when\b"
            r"|\b(?:length|duration|deadline)\b",
            re.IGNORECASE,
        ),
        re.compile(
            rf"\b(?:\d[\d,.]*|{_ONE_TO_TEN})[ -](?:working |more )?(?:second|minute|hour|day|week|month|year)s?\b"
            r"|\b(?:daily|weekly|monthly|yearly|every|once)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(r"\bhow (?:many|large|big)\b|\bmax(?:imum)?\b|\blimits?\b", re.IGNORECASE),
        re.compile(rf"\d|\b(?:{_ONE_TO_TEN}|unlimited|no limit)\b", re.IGNORECASE),
    ),
)


# "What does it cost?", "pricing", "How much are your plans?": nothing is named that has a price of its own.
_PRICE = frozenset(terms("cost price plan fee charge"))
_MUCH = frozenset({"how", "much", "is", "are", "it", "this", "that", "your", "the"})


def asks_the_prices(question: str) -> bool:
    """Whether the prices as such are asked for, and not what one thing costs."""
    asked = frozenset(content_terms(question))
    names_prices = bool(asked & _PRICE - {"plan"}) and asked <= _PRICE
    return names_prices or (_FIGURES[0][0].search(question) is not None and asked <= _PRICE | _MUCH)


def tells_prices(text: str) -> bool:
    """Whether a text, such as a row of a table, holds an amount of money."""
    return _FIGURES[0][1].search(text) is not None


def tells_the_figure(question: str, text: str) -> bool:
    """Whether a text holds the amount, the time or the number that the question asks for, if it asks for one."""
    return any(asks.search(question) and holds.search(text) for asks, holds in _FIGURES)


def wants_steps(question: str) -> bool:
    """ "How do I cancel?"."""
    return _HOW_TO.search(question) is not None


def tells_of_trouble(question: str) -> bool:
    """ "No notifications on Android": one step of the remedy is not enough."""
    return _TROUBLE.search(question) is not None


def welcomes_steps(question: str) -> bool:
    """ "Can I cancel?" and "cancel subscription" are answered by a sentence, and better with the steps after it."""
    return _MAY_I.search(question) is not None or _ASKS.search(question) is None


def wants_many(question: str) -> bool:
    """ "Which formats are there?"."""
    return _MANY.search(question) is not None


def wants_table(question: str) -> bool:
    """ "Who are your subprocessors?"."""
    return _TABLE.search(question) is not None


def wants_definition(question: str) -> bool:
    """ "What is a bounce?"."""
    return _WHAT_IS.search(question) is not None


def wants_code(question: str) -> bool:
    """ "Show me an example request"."""
    return _CODE.search(question) is not None
