"""The door of this room: read one message into an `Understanding`."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from intents.catalogue import Catalogue
from intents.classifier import Classifier, Model, Prediction
from intents.facts import find_facts
from intents.gloss import GLOSSED, Aligned, gloss
from intents.language import detect
from intents.language import load as load_languages
from intents.ports import Embedder, Vectors
from intents.redaction import as_colleagues, seal, seal_again
from intents.sentiment import read_mood
from intents.values import PLACEHOLDER, Fact, IntentGuess, ReadingContext, Redacted, Understanding

# Where one message may hold two wishes: between sentences, and at joining words.
_JOINT = re.compile(
    r"(?<=[.?!;])\s+|\n+|\s+-\s+|,?\s+(?:and(?: also| then)?|also|plus|btw|but|oh)\s+|,\s+(?=(?:can|could"
    r"|do|does|is|how|what|where|i)\b)",
    re.IGNORECASE,
)
# A part counts as a wish of its own only when it is sure: a wrong second wish derails a good first one.
_SURE_OF_PART = 0.6
_GUESSES = 5
_WORDS = re.compile(r"[^\W\d_]{2,}")
# "No, I don't want a demo" holds every word of the wish that it refuses.
_REFUSES = re.compile(
    r"^\W*(?:(?:no|nope|nah|thanks|thank you|sorry|but|and)\W+)*"
    r"(?:(?:i|we)(?: really)? (?:do not|don['’]?t|would not|wouldn['’]?t) (?:want|need|wish|like)"
    r"|(?:i['’]?m|we['’]?re|i am|we are)? ?not interested in|no need for|no)"
    r" (?:(?:to )?(?:book|have|see|start|schedule|try|get|take|fill|buy|a|an|any|the|your|another|for|free|live) )*"
    r"(?:demos?|meetings?|calls?|appointments?|trials?|carts?)\b[^?]*$",
    re.IGNORECASE,
)
# Said beside a wish, these are manners.
_MANNERS = frozenset({"greeting", "thanks", "small_talk", "yes", "no", "tells_about_self"})


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the classifier made of a message as a whole and of its parts."""

    guesses: tuple[IntentGuess, ...]
    asked_for: tuple[str, ...]
    scope_score: float


class Reader:
    """Reads messages; safe to share between threads, as long as the embedder is."""

    def __init__(
        self,
        embedder: Embedder,
        model: Model,
        catalogue: Catalogue,
        plans: Sequence[str] = (),
        names: Sequence[str] = (),
        contacts: Sequence[str] = (),
    ) -> None:
        """`plans` can be put in a cart; `names` are further names of the sites' own, which nobody is called.

        `contacts` are the sites' own addresses and numbers: who asks about one of them tells nothing of themselves.
        """
        self._classifier = Classifier(model, embedder)
        self._embedder = embedder
        self._catalogue = catalogue
        self._plans = tuple(plans)
        self._contacts = tuple(contacts)
        self._own_names = frozenset(word.lower() for name in (*plans, *names) for word in name.split())

    @property
    def catalogue(self) -> Catalogue:
        """What the intents mean and which plays they open."""
        return self._catalogue

    @property
    def model_version(self) -> str:
        """Which trained model reads."""
        return self._classifier.model.version

    def use(self, model: Model, catalogue: Catalogue) -> None:
        """Read with another model from the next message on; raises `ModelError` when it belongs to another embedder."""
        self._classifier, self._catalogue = Classifier(model, self._embedder), catalogue

    def warm(self) -> None:
        """Load what is otherwise loaded by the first message that needs it: names, dates, languages, mood words."""
        met = self.redact("We met Ada Lovelace in London on 3 May at 3pm.")
        find_facts(met, ReadingContext(datetime.now(UTC)), self._plans)
        load_languages()
        for language in sorted(GLOSSED):
            gloss("1 demo", language, self._own_names)
        read_mood("fine")

    def redact(self, text: str, known_seals: Mapping[str, str] | None = None) -> Redacted:
        """Seal personal details: by their shape, and names of people by what is said around them."""
        return seal(text, known_seals, self._own_names, self._contacts)

    def redact_own(self, text: str, known_seals: Mapping[str, str]) -> Redacted:
        """The same for words of somebody of the company, whose names are never taken for the visitor's."""
        return as_colleagues(self.redact(text, known_seals), known_seals)

    def redact_again(self, text: str) -> Redacted:
        """The same for words that were redacted before, such as a logged message: their placeholders stay."""
        return seal_again(text, self._own_names, self._contacts)

    def in_english(self, text: str, language: str) -> str:
        """The text in English words, one by one; as it is when we have no words of the language."""
        english = gloss(text, language, self._own_names)
        return english.text if english else text

    def _redacted(self, text: str, context: ReadingContext) -> Redacted:
        if context.asked is not None and context.asked.kind == "email":
            # The answer to "your e-mail?" is the visitor's own, even if it stands in the playbook.
            return seal(text, context.known_seals, self._own_names)
        return self.redact(text, context.known_seals)

    def texts_to_embed(self, redacted: Redacted) -> list[str]:
        """What `read` embeds of English: the whole message first, then its parts. For callers that embed in batches."""
        return [redacted.text, *_parts(redacted.text)]

    def read(
        self,
        text: str,
        context: ReadingContext,
        *,
        redacted: Redacted | None = None,
        vectors: Vectors | None = None,
    ) -> Understanding:
        """Everything one message says. `vectors` are those of `texts_to_embed`, when already at hand."""
        clock = _Clock()
        classifier = self._classifier  # one model for the whole message, whatever is put in use meanwhile
        sealed = redacted or self._redacted(text, context)
        clock.lap("redact")
        language = detect(sealed.text, context.spoken or context.locale)
        english = gloss(sealed.text, language, self._own_names)
        words = english.text if english else sealed.text
        clock.lap("language")
        texts = self.texts_to_embed(Redacted(words))
        if vectors is None or english:
            vectors = self._embedder.embed(texts)
        clock.lap("embed")
        wishes = _wishes(classifier.predict(texts, vectors), texts)
        if not _WORDS.search(PLACEHOLDER.sub("", words)):
            # A bare address or number wishes nothing, whatever its placeholder resembles.
            wishes = _Wishes(wishes.guesses, (), wishes.scope_score)
        if _REFUSES.match(words):
            wishes = _Wishes(wishes.guesses, ("no",), wishes.scope_score)
        clock.lap("intent")
        facts = find_facts(sealed, context, self._plans, english)
        is_answer, facts = _as_answer(facts, sealed.text, wishes)
        clock.lap("facts")
        mood = read_mood(
            words, 0.0 if is_answer else _sounds(classifier.model, vectors, words, language, english)
        )
        clock.lap("mood")
        return Understanding(
            redacted=sealed,
            language=language,
            intents=wishes.guesses,
            out_of_scope=not wishes.asked_for and not is_answer,
            scope_score=wishes.scope_score,
            facts=facts,
            frustration=mood.frustration,
            frustration_reasons=mood.reasons,
            model_version=classifier.model.version,
            timings_ms=clock.laps,
            asked_for=() if is_answer else wishes.asked_for,
            is_answer=is_answer,
            gloss=english.text if english else "",
        )


def _sounds(model: Model, vectors: Vectors, words: str, language: str, english: Aligned | None) -> float:
    """What the learned head hears; it knows English only, and what was put into English words."""
    if model.mood is None or not (english or language in ("en", "und")):
        return 0.0
    return model.mood.weight(vectors[0], words)


class _Clock:
    """Laps in milliseconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 3)
        self._last = now


def _as_answer(facts: tuple[Fact, ...], text: str, wishes: _Wishes) -> tuple[bool, tuple[Fact, ...]]:
    """Whether the whole message answers our own question: then "40" wishes for nothing, whatever it resembles.

    Free words are an answer only while they are no clear wish: "how much is it" names no tool.
    """
    best = wishes.guesses[0]
    wish = set(wishes.asked_for) - _MANNERS
    if wish and best.probability >= _SURE_OF_PART:
        facts = tuple(fact for fact in facts if fact.how != "asked:free_text")
    length = len(text.strip())
    answered = any(fact.how.startswith("asked:") and fact.end - fact.start >= 0.8 * length for fact in facts)
    return answered, facts


def _parts(text: str) -> list[str]:
    """The wishes a message may hold one beside the other; none when it has only one part."""
    # Runs of blanks are folded first: the pattern would try each of them from every place.
    folded = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    parts = [part.strip(" ,.") for part in _JOINT.split(folded)]
    long_enough = [part for part in parts if len(part.split()) >= 2]
    return long_enough[:4] if len(parts) > 1 else []


def _wishes(prediction: Prediction, texts: Sequence[str]) -> _Wishes:
    """The union of what the whole and its sure parts ask for; nothing when all of them are out of scope."""
    best = prediction.best(0, _GUESSES)
    chances = dict(best)
    asked: dict[str, float] = {}
    if prediction.scope[0] > 0:
        asked[best[0][0]] = best[0][1]
    scope = float(prediction.scope[0])
    for row in range(1, len(texts)):
        name, chance = prediction.best(row, 1)[0]
        if prediction.scope[row] > 0 and chance >= _SURE_OF_PART:
            asked[name] = max(chance, asked.get(name, 0.0))
            chances[name] = max(chance, chances.get(name, 0.0))
            scope = max(scope, float(prediction.scope[row]))
    if len(asked) > 1 and best[0][0] in asked and best[0][1] < _SURE_OF_PART and len(texts) > 1:
        # Two wishes in one line blur the reading of the whole; where its parts are sure, they are believed.
        sure = {name: chance for name, chance in asked.items() if chance >= _SURE_OF_PART}
        asked = sure or asked
    wishes = [name for name in asked if name not in _MANNERS] or list(asked)
    asked_for = tuple(sorted(wishes, key=lambda name: -asked[name]))
    rest = sorted((name for name in chances if name not in asked_for), key=lambda name: -chances[name])
    guesses = tuple(IntentGuess(name, round(chances[name], 4)) for name in (*asked_for, *rest))
    return _Wishes(guesses, asked_for, scope)
