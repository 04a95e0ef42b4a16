"""Makes a short follow-up whole with the words of the question before it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.words import content_terms, raw_words, stem, word_list

_OPENS = re.compile(
    r"^\s*(?:(?:and|or|but|so|ok(?:ay)?|then|also)[\s,]+)*(?:(?:what|how) about|what if|and|or|same for|also)\b[\s,]*",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|this|they|them|their|those|these|there|he|she|one|ones|same|such|both|either)\b",
    re.IGNORECASE,
)
# "this page", "that it works" and the like point at nothing said before.
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:is|are|was) (?:it|there) (?:possible|a way|any)\b|\bthis (?:site|page|product)\b", re.IGNORECASE
)
_LEAD = re.compile(r"^(?:for|on|in|with|at|to|the|a|an|about|of)\b\s*", re.IGNORECASE)
# "with VAT?" says how, where or for whom the earlier question is meant; a whole question has a verb behind it.
_FRAGMENT = re.compile(
    r"^\s*(?:with|without|for|in|on|from|until|since|before|after|during|as|via|per)\b", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:is|are|was|do|does|did|can|could|will|would|should|may|must|have|has|need)\b", re.IGNORECASE
)
_INSTEAD = re.compile(r"^(?:(?:for|about|of|the|a|an)\b\s*)*(?=\S)", re.IGNORECASE)
_THANKS = re.compile(
    r"^\s*(?:thanks?|thank you|ok(?:ay)?|great|perfect|hello|hi|bye)\b[\s!.]*$", re.IGNORECASE
)
_FRAGMENT_WORDS = 4
_SHORT = 5
"""Content words; a longer question stands by itself."""


def resolve(question: str, previous: Sequence[str]) -> str:
    """The question as it should be searched. `previous` are earlier questions of the visitor, the latest last."""
    if not previous or not previous[-1].strip():
        return question
    earlier = previous[-1]
    if _THANKS.match(question):
        return question
    opener = _OPENS.match(question)
    if opener and opener.end() < len(question):
        return _swapped(question[opener.end() :], earlier)
    if _FRAGMENT.match(question) and len(question.split()) <= _FRAGMENT_WORDS and not _VERB.search(question):
        return _swapped(question, earlier)
    content = content_terms(question)
    only_small_words = all(word in word_list("stop_words") for word in raw_words(question))
    points_back = _POINTS_BACK.search(question) and not _POINTS_ELSEWHERE.search(question)
    if len(content) <= _SHORT and (points_back or only_small_words):
        return f"{question.strip()} ({_subject(earlier, question)})"
    return question


def _swapped(fragment: str, earlier: str) -> str:
    """ "for the Enterprise plan?" after "How many seats are in the Team plan?" puts Enterprise where Team was."""
    said = fragment.strip().rstrip("?.! ")
    # "in German" and "on mobile" add to what was asked; only "for Business" and "Business" take a name's place.
    adds = (
        _LEAD.match(_INSTEAD.sub("", said)) is not None or _FRAGMENT.match(_INSTEAD.sub("", said)) is not None
    )
    new = said
    while _LEAD.match(new):
        new = _LEAD.sub("", new, count=1)
    new_words = new.split()
    if not new_words:
        return earlier
    if re.match(r"(?:how|what|when|where|who|why|which|can|do|does|is|are)\b", new, re.IGNORECASE):
        return f"{new}? ({_subject(earlier, new)})"
    shared = stem(raw_words(new)[-1]) if raw_words(new) else ""
    earlier_words = earlier.rstrip("?.! ").split()
    for index, word in enumerate(earlier_words):
        is_same_noun = bool(raw_words(word)) and stem(raw_words(word)[0]) == shared
        if is_same_noun and len(new_words) > 1 and index >= len(new_words) - 1:
            kept = earlier_words[: index - len(new_words) + 1]
            return f"{' '.join([*kept, *new_words, *earlier_words[index + 1 :]])}?"
    if adds:
        return f"{earlier.rstrip('?.! ')} {said}?"
    return _named(new, earlier) or f"{earlier.rstrip('?.! ')} {new}?"


def _named(new: str, earlier: str) -> str:
    """ "Business" takes the place of "Team": one name for another; empty when there is no name to replace."""
    if not new[:1].isupper() or len(new.split()) > 3:
        return ""
    words = earlier.split()
    names = [
        i for i, word in enumerate(words) if i and word[:1].isupper() and not word.isupper() and word != "I"
    ]
    if not names:
        return ""
    first = last = names[-1]
    while first - 1 in names:
        first -= 1
    tail = words[last].lstrip("".join(filter(str.isalnum, words[last])))
    return " ".join([*words[:first], new + tail, *words[last + 1 :]])


def _subject(earlier: str, question: str) -> str:
    """The content words of the earlier question that this one does not repeat."""
    said = {stem(word) for word in raw_words(question)}
    kept = [
        word.strip("?.!,;:()")
        for word in earlier.split()
        if raw_words(word)
        and raw_words(word)[0] not in word_list("stop_words")
        and stem(raw_words(word)[0]) not in said
    ]
    return " ".join(kept)
