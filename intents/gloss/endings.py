"""Verbs found in all persons and tenses by what stands before and behind their stems. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_SHORTEST = 3
_SHORTEST_ARABIC = 2
_SHORTEST_OF_TWO = 5
_INFINITIVES = {"de": ("en", "n"), "fr": ("er", "ir", "oir", "re"), "es": ("ar", "er", "ir")}
PARTICLES: tuple[str, ...] = (
    "ab", "an", "auf", "aus", "bei", "dazu", "ein", "fest", "frei", "heraus", "herein", "herunter", "hin", "hinzu",
    "hoch", "los", "mit", "nach", "nieder", "raus", "rein", "rauf", "ruber", "runter", "um", "unter", "vor", "vorbei",
    "weg", "weiter", "wieder", "zu", "zuruck", "zusammen",
)  # fmt: skip
"""What a German verb leaves at the end of its clause, as it is looked up."""
_GERMAN = ("en", "n", "e", "st", "t", "et", "est", "te", "ten", "test", "tet", "ete", "eten", "")
_GERMAN_PARTICIPLE = ("t", "et", "en")
_FRENCH = (
    "e", "es", "ons", "eons", "ez", "ent", "ai", "as", "a", "ea", "ait", "ais", "eait", "aient", "ions", "iez",
    "erai", "eras", "era", "erons", "erez", "eront", "erait", "erais", "eraient", "erions", "eriez", "irai", "iras",
    "ira", "irons", "irez", "iront", "irait", "irais", "ee", "ees", "ant", "eant", "is", "it", "i", "ie", "ies",
    "issons", "issez", "issent", "isse", "u", "ue", "us", "ues", "s", "t", "",
)  # fmt: skip
# Who does it: Spanish and Arabic leave the pronoun out, English does not.
_SPANISH: Mapping[str, str] = {
    **dict.fromkeys(
        ("amos", "emos", "imos", "abamos", "iamos", "aremos", "eremos", "iremos", "ariamos"), "we "
    ),
    **dict.fromkeys(("o", "e", "are", "ere", "ire", "aria", "eria", "iria"), "i "),
    **dict.fromkeys(
        ("ais", "eis", "is", "as", "es", "aste", "iste", "areis", "ereis", "ireis", "aras"), "you "
    ),
    **dict.fromkeys(("a", "an", "en", "aba", "aban", "ia", "ian", "aron", "ieron", "io", "ara", "aran"), ""),
    **dict.fromkeys(
        ("ado", "ido", "ada", "ida", "ados", "idos", "adas", "idas", "ando", "iendo", "yendo"), ""
    ),
    **dict.fromkeys(
        ("ad", "ed", "id", "ar", "er", "ir", "era", "eran", "ira", "iran", "ase", "iera", ""), ""
    ),
}
_SPANISH_SOUNDS = (("c", "qu"), ("g", "gu"), ("z", "c"))
_JOINED = ("me", "te", "se", "nos", "os", "lo", "la", "los", "las", "le", "les")
_BEFORE_JOINED = ("r", "ndo", "a", "e", "d", "n")
_ARABIC_BEFORE = ("", "و", "ب", "س", "ح", "ها", "ل", "ف", "هت", "بت")
_ARABIC_PERSON = {"ن": "we ", "ا": "i ", "ي": "", "ت": ""}
_ARABIC_BEHIND = (
    "", "ون", "وا", "ين", "ان", "ه", "ها", "هم", "ني", "نا", "كم", "ك", "لي", "لنا", "وه", "وها", "وني", "ونا", "ونه",
)  # fmt: skip
_ARABIC_PAST = {"نا": "we ", "ت": "i ", "وا": "", "تم": "you ", "تو": "you ", "": ""}


def stems_of(form: str, language: str) -> Iterator[str]:
    """The stems that a verb of the glossary, already folded, is found by."""
    if form.endswith("-") or language == "ar":
        yield form.rstrip("-")
        return
    ending = next((one for one in _INFINITIVES[language] if form.endswith(one)), "")
    stem = form.removesuffix(ending)
    yield stem
    if language == "es":
        yield from (stem[: -len(old)] + new for old, new in _SPANISH_SOUNDS if stem.endswith(old))


def verb_in_english(word: str, language: str, verbs: Mapping[str, str]) -> str | None:
    """The English for one form, folded; None when its stem is none of the verbs'."""
    if language == "de":
        return next((verbs[stem] for stem in german_stems(word) if stem in verbs), None)
    if language == "fr":
        return next((verbs[stem] for stem in _cut(word, _FRENCH) if stem in verbs), None)
    return _spanish(word, verbs) if language == "es" else _arabic(word, verbs)


def german_stems(word: str) -> Iterator[str]:
    """What may be the stem: "gesagt", "abgesagt" and "abzusagen" are of "sag" and "absag"."""
    yield from _cut(word, _GERMAN)
    for particle in ("", *PARTICLES):
        if not word.startswith(particle):
            continue
        rest = word[len(particle) :]
        if rest.startswith("ge"):
            yield from (particle + stem for stem in _cut(rest[2:], _GERMAN_PARTICIPLE))
        if particle and rest.startswith("zu"):
            yield from (particle + stem for stem in _cut(rest[2:], ("en", "n")))


def _cut(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    for ending in sorted(endings, key=len, reverse=True):
        stem = word.removesuffix(ending)
        if word.endswith(ending) and len(stem) >= _SHORTEST:
            yield stem


def _spanish(word: str, verbs: Mapping[str, str]) -> str | None:
    for ending in sorted(_SPANISH, key=len, reverse=True):
        stem = word.removesuffix(ending)
        if word.endswith(ending) and len(stem) >= _SHORTEST and stem in verbs:
            return _SPANISH[ending] + verbs[stem]
    for joined in _JOINED:
        rest = word.removesuffix(joined)
        if rest != word and len(rest) >= _SHORTEST_OF_TWO and rest.endswith(_BEFORE_JOINED):
            # Whoever is asked to do it is not who does it: "mándame" is "send", not "he sends".
            found = _spanish(rest, verbs)
            if found:
                return found.removeprefix("i ") + (
                    " me" if joined == "me" else " us" if joined == "nos" else ""
                )
    return None


def _arabic(word: str, verbs: Mapping[str, str]) -> str | None:
    for before in _ARABIC_BEFORE:
        if not word.startswith(before):
            continue
        rest = word[len(before) :]
        for behind in _ARABIC_BEHIND:
            core = rest.removesuffix(behind)
            if not rest.endswith(behind) or len(core) <= _SHORTEST_ARABIC:
                continue
            if core[0] in _ARABIC_PERSON and core[1:] in verbs:
                return _ARABIC_PERSON[core[0]] + verbs[core[1:]]
        for past, who in _ARABIC_PAST.items():
            core = rest.removesuffix(past)
            if rest.endswith(past) and len(core) > _SHORTEST_ARABIC:
                found = verbs.get(core) or (verbs.get(core[1:]) if core[0] == "ا" else None)
                if found:
                    return who + found
    return None
