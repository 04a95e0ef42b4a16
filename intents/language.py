"""Which language a message is written in; "und" where there is too little to tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from intents.gloss.glossary import entries, glossary_of
from intents.values import PLACEHOLDER

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# What visitors of European and Gulf sites write. Fewer candidates are fewer wrong answers on short texts.
LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "sv",
    "da",
    "tr",
    "ar",
    "ru",
    "uk",
    "ja",
    "zh",
    "ko",
)
_NOT_WORDS = re.compile(rf"{PLACEHOLDER.pattern}|https?://\S+|[\d\W_]+")
_READ_AT_MOST = 600
# Small words that one language only has, for texts too short for letter statistics.
_CLUE_WORDS = {
    "en": (
        "the is are does how what your you and for with my we i of to it hello please thanks thank yes ok"
        " okay price pricing trial plans get can can't quick question about help have this that need want"
        " much would could do don't not hi hey nope yeah thx we're you're people next send who cancel find"
        " show tell why when where there works work broken book good morning afternoon it's what's i'm"
        " limit any someone sounds great login invoice card talk see later bye"
    ),
    "de": (
        "der das ist und ich wir sie nicht ein eine einen mit für auf von zu den dem was wie wo wer wann"
        " warum kann können möchte brauche brauchen gibt gibt's es hallo guten tag danke vielen dank bitte"
        " ja nein preis preise kostet kosten rechnung nutzer haben habe sind bin bei beim zum zur uns"
        " unser unsere mein meine auch noch schon liegen morgen heute frage hilfe kündigen kein keine moin"
        " servus man ihr ihre finde ab sich oder aber wenn dann ihnen"
        " eure euer euch du bist gerade mal doch dir dich mich nen ne würde wollen testversion verlängern rückruf"
    ),
    "fr": (
        "le les est et je nous vous pas un une des du avec pour sur dans que qui quoi où comment combien"
        " pourquoi quand bonjour bonsoir merci beaucoup oui non prix tarif tarifs c'est j'ai avez avons"
        " voudrais veux peux puis-je mon ma mes notre votre quels quelle quelles sont au aux ça salut"
        " plaît équipe facture aide demain bonne journée soirée logiciel cherche êtes il elle ils peut"
        " cette ce trop cher parfait svp de y en tu te ne"
    ),
    "es": (
        "el los las es y yo nosotros usted un una con para por en que qué cómo cuánto cuánta cuántos"
        " cuantos dónde cuándo hola buenos buenas días gracias muchas sí precio precios quiero necesito"
        " tengo tienen tiene puedo podemos somos estamos mi mis su nuestro cuenta factura ayuda favor"
        " también pero del al prueba gratuita gratis busco pueden acuerdo tardes noches gustaría hay está"
        " esta este se lo programa demasiado caro vale algún alguna descuento de perfecto"
    ),
    "it": (
        "il gli è e io noi voi non un una con per che come quanto dove quando ciao grazie prego sì prezzo"
        " vorrei sono buongiorno buonasera"
    ),
    "nl": (
        "het een en ik wij niet met voor van wat hoe waar hallo bedankt graag ja nee prijs kost kan"
        " kunnen hebben zijn dank wel"
    ),
    "pt": (
        "os as é eu nós você não um uma com para por que como quanto onde olá obrigado obrigada sim preço"
        " quero preciso"
    ),
}
_CLUES: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _CLUE_WORDS.items()}
# Letters and elisions that settle it.
_ONLY_THERE = (
    (re.compile(r"[¿¡ñ]"), "es"),
    (re.compile(r"ß"), "de"),
    (re.compile(r"œ|(?<!\w)(?:ç|dés)|(?<!\w)(?:[ldjcnmst]|qu)['’](?=[aeiouyhéèêàâ])"), "fr"),
)
# English is expected of nobody: what can not be told is read as English anyway.
# Said in every language.
_ANYWHERE = frozenset({"ok", "okay", "hi", "hey", "super", "stop"})
_EXPECTED = frozenset(LANGUAGES) - {"en"}
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FEW_WORDS = 12
_FEW_KNOWN = 4
_SURE = 0.6
# On 292 undecided English messages of two words and more, none reached this with another language.
_SURE_OF_TWO_WORDS = 0.9
# Very short texts are looked up in the glossaries of these.
_LOOKED_UP = ("de", "fr", "es")


def detect(text: str, expected: str = "") -> str:
    """An ISO 639-1 code or "und". `expected`, a language or a locale, is what a text too short to tell is taken for."""
    told = _told(text)
    likely = expected.replace("_", "-").partition("-")[0].lower()
    is_open = told == "und" or text.strip(" .!?").lower() in _ANYWHERE
    if is_open and likely in _EXPECTED and _WORD.search(PLACEHOLDER.sub("", text)):
        return likely
    return told


def load() -> None:
    """Load what is otherwise loaded by the first text that its small words do not tell, or that is very short."""
    _identifier()
    _english_words()
    for code in _LOOKED_UP:
        glossary_of(code)


def _told(text: str) -> str:
    plain = _NOT_WORDS.sub(" ", text[:_READ_AT_MOST])
    words = plain.split()
    letters = "".join(words)
    if len(letters) < 2:
        return "und"
    if 2 * len(_ARABIC.findall(letters)) > len(letters):
        return "ar"
    told = _by_clues(text[:_READ_AT_MOST])
    if told:
        return told
    is_latin = all(char < "\u0250" for char in letters)
    is_short = is_latin and (len(words) < 3 or len(letters) < 12)
    if len(words) <= _FEW_KNOWN and is_latin and (known := _by_glossaries(words)):
        return known
    if is_short and (len(words) < 2 or len(letters) < 8):
        return "und"
    code, probability = _identifier().classify(" ".join(words))
    return str(code) if probability >= (_SURE_OF_TWO_WORDS if is_short else _SURE) else "und"


def _by_glossaries(words: Sequence[str]) -> str:
    """The one language whose glossary has all of these words; empty when none has, or several, or English may."""
    lowered = [word.lower() for word in words]
    if all(word in _english_words() for word in lowered):
        return ""
    having = [code for code in _LOOKED_UP if all(map(glossary_of(code).has, lowered))]
    return having[0] if len(having) == 1 else ""


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    """What the words of the glossaries are in English, and a list of common ones."""
    common = (Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").splitlines()
    ours = (english for code in _LOOKED_UP for english, _, _ in entries(code))
    return frozenset(common) | {word for english in ours for word in english.split()}


def _by_clues(text: str) -> str:
    """The language whose small words or letters a short text shows; empty when none or two do alike."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(PLACEHOLDER.sub(" ", text))]
    if not words or len(words) > _FEW_WORDS:
        return ""
    hits = {code: sum(word in clues for word in words) for code, clues in _CLUES.items()}
    for letters, code in _ONLY_THERE:
        if letters.search(text.lower()):
            hits[code] += 2
    ordered = sorted(hits.items(), key=lambda item: -item[1])
    (best, most), (_, second) = ordered[0], ordered[1]
    return best if most > second and (most >= 2 or 3 * most >= len(words)) else ""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
