"""What the visitor's event means for a play: acceptance, refusal, a chosen value, an information question."""

from __future__ import annotations

import re

from server.dialogue.prompts import Open, OpenForm, OpenSlots
from server.dialogue.values import Case, Chose, Known, Said, State

SURE = 0.7
"""The confidence from which a fact is acted on without a word."""

_READ = 400
"""Characters that are read where some pattern would take long over a pasted text."""
_REQUEST = re.compile(
    r"\b(can|could|may) (i|we|you|u|someone|somebody)\b|(?<!\bdo )\b(i|we)('d| would)? (like|want|need|wanna)\b|"
    r"\b(book|schedule|arrange|set up|sign me up|start|add|put|cancel|move|reschedule|let me|let's|pls|please)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    # Each gap between words is looked at once, however long it is: it starts after a word and is never given back.
    r"(?:^|(?<=\w)(?:[^\w.!?]|[.!?](?!\s))*+[.!?]\s)\W*+(?:(?:hi|hello|hey)\W++)?"
    r"(?:what|which|how|why|when|where|who|does|do|is|are|will|what's|whats|hows)\b",
    re.IGNORECASE,
)


_FOLLOW_UP = re.compile(r"^\W*(and|what about|how about|same for|also)\b", re.IGNORECASE)
_FOLLOW_UP_WORDS = 6


def is_follow_up(state: State, text: str) -> bool:
    """Whether a short message goes on with the last question ("and for Business?")."""
    return bool(state.questions) and bool(_FOLLOW_UP.match(text)) and len(text.split()) <= _FOLLOW_UP_WORDS


def is_request(text: str) -> bool:
    """Whether the English words ask for something to be done."""
    return bool(_REQUEST.search(text))


def is_information_question(case: Case) -> bool:
    """Whether the message asks about a thing ("how long is the trial?") rather than for it ("start a trial")."""
    text = case.plain
    return bool(_QUESTION.search(text)) and not is_request(text)


def outlasts_questions(asked: Open | None) -> bool:
    """Whether it stays open, as on the screen, while a question in between is answered."""
    return isinstance(asked, OpenSlots | OpenForm)


def has_answer(case: Case) -> bool:
    """Whether the documents hold an answer."""
    return case.answer is not None and not case.answer.abstained


def asks_also(case: Case) -> bool:
    """Whether the message carries an information question that the documents answer, beside what else it wants."""
    return has_answer(case) and case.opens("answer")


_STOP = re.compile(
    r"\b(stop|no more|don['’]?t|do not|quit|enough|leave|without|skip|rather not|none of your)\b",
    re.IGNORECASE,
)
"""Too weighty to be taken from a guess alone: it ends all questions."""


def asks_to_stop(case: Case) -> bool:
    """Whether the visitor wants no more questions, in so many words."""
    return case.wants("stop_asking") and bool(_STOP.search(case.plain))


_MAIL_MISSING = re.compile(
    r"(?:\b(?:never|not|no|nothing)|n['’]t)\b.{0,20}\b(?:got|gotten|get|receiv\w*|arriv\w*|come|came|see|find)\b.{0,30}"
    r"\b(?:e-?mails?|mails?|link|invitation|confirmation)\b"
    r"|\b(?:no|the|your|my) (?:e-?mails?|mails?|link|invitation|confirmation) (?:has |have |had |did |is )?"
    r"(?:(?:not|never|n['’]t|hasn['’]t|didn['’]t) (?:yet )?)?(?:come|came|arriv\w*|(?:been )?received|missing)\b",
    re.IGNORECASE,
)
_WANTS_NONE = re.compile(
    r"\bunsub|\bopt|\blist\b|newsletter|marketing|contact|\b(?:stop|want|wish|like|need)\b", re.IGNORECASE
)


def misses_mail(case: Case) -> bool:
    """Whether a mail of ours did not arrive: who waits for one does not wish for none."""
    words = case.plain[:_READ]
    return bool(_MAIL_MISSING.search(words)) and not _WANTS_NONE.search(words)


def asks_for_silence(case: Case) -> bool:
    """Whether the visitor wants no mail and no calls from us."""
    return case.wants("unsubscribe") and not misses_mail(case)


def is_fed_up(case: Case) -> bool:
    """Whether frustration has risen so far that a person is offered before anything else; once, till it has fallen."""
    state, limit = case.state, case.policy.limits.person_above_frustration
    has_risen = case.frustration > 0 and max(state.mood, case.frustration) >= limit
    is_served = state.person_wanted or state.person_offered
    return "handoff" in case.policy.plays and has_risen and not is_served


_MISUNDERSTOOD = re.compile(
    r"\b(that|this|it)('s| is| was) not what i (asked|meant|said|wanted)\b|\bnot what i (asked|meant|wanted)\b|"
    r"\byou('ve| have)? (already|just) (told|said|wrote|answered)\b|\b(same|wrong) answer\b|"
    r"\b(did|do)(n't| not) (answer|understand) (my question|me|what i)\b|\brepeat(ing|ed)? (yourself|the same)\b|"
    r"\b(that|this|it) (does|did)(n't| not) answer (my|the) question\b|"
    r"das (habe ich nicht|war nicht meine) (gefragt|frage)|das haben sie (schon|bereits) gesagt|"
    r"ce n'est pas (ce que j'ai demandé|ma question)|vous l'avez déjà dit|"
    r"no es lo que (pregunté|he preguntado)|ya me lo (dijo|ha dicho|dijiste)|ليس هذا ما سألت|ليس ما سألت",
    re.IGNORECASE,
)
_NO_HELP = re.compile(
    r"\b(is|was|are|'s)(n't| not) (helping|helpful|working for me|useful)\b|\bof no (use|help)\b|\bno help\b|"
    r"\b(does|did)(n't| not) (really )?help( me| us)?\b|\bnothing works\b|\b(is|are) useless\b|"
    r"(hilft|bringt) (mir|uns) (das )?(gar |überhaupt )?(nicht|nichts)|"
    r"no (me|nos) (sirve|ayuda)|inutile|rien ne (marche|fonctionne)|ne m'aide pas|لا يفيدني|لا يساعدني",
    re.IGNORECASE,
)
_COMPLAINT_WORDS = 9
"""What is longer tells what is wrong, and that may have an answer."""
_NAMES_NOTHING = re.compile(
    r"^\W*(please |pls )?(help|help me|i need help|need help|can you help( me)?|show me)( please| pls)?\W*$",
    re.IGNORECASE,
)


def is_misunderstood(case: Case) -> bool:
    """Whether the message says nothing but that our last one missed the question."""
    return _says_only(case, _MISUNDERSTOOD)


def said_before(case: Case) -> bool:
    """Whether one of the last messages said so as well; the latest of those kept is this one."""
    return any(_MISUNDERSTOOD.search(words.replace("’", "'")) for words in case.state.questions[:-1])


def is_complaint(case: Case) -> bool:
    """Whether the message says nothing but that we are no help."""
    return _says_only(case, _NO_HELP)


def _says_only(case: Case, pattern: re.Pattern[str]) -> bool:
    # A gloss is made word for word, and may not keep an idiom: the visitor's own words are looked at too.
    spoken = (case.plain.replace("’", "'"), case.text.replace("’", "'"))
    if any(sign in case.text for sign in "?؟") or len(case.text.split()) > _COMPLAINT_WORDS:
        return False
    return any(pattern.search(words) for words in spoken)


_WHY = re.compile(
    r"^\W*(?:and |but |so |sorry,? )?why (?:am i|do i|are you|do you|did you|is this|was i) "
    r"(?:seeing|see|getting|get|showing|show|asking|ask|asked|being asked|shown)(?: me| for)?"
    r"(?: (?:this|that|these|it)(?: question| message| offer| here| now)?)?\W*$|"
    r"^\W*(?:warum|wieso|weshalb) (?:sehe ich|bekomme ich|zeigen sie mir|zeigst du mir|fragen sie|fragst du)"
    r"(?: mich)?(?: das| dies| diese\w*)?(?: hier| nachricht| frage| angebot)*\W*$|"
    r"^\W*pourquoi (?:est-ce que )?(?:je vois|je reçois|vous me montrez|me montrez-vous|vous (?:me )?demandez|"
    r"(?:me )?demandez-vous)(?: (?:ça|cela|ceci|ce message|cette question))?\W*$|"
    r"^\W*por qu[eé] (?:veo|recibo|me (?:sale|aparece|muestra\w*|pregunta\w*)|pregunta\w*)"
    r"(?: (?:esto|eso|este mensaje|esta pregunta))?\W*$|"
    r"^\W*لماذا (?:أرى|ارى|يظهر لي|تظهر لي|تسأل\w*|تعرض\w* علي)(?: (?:هذا|هذه|ذلك))?(?: الرسالة| السؤال| العرض)?\W*$",
    re.IGNORECASE,
)


def asks_why(case: Case) -> bool:
    """Whether the visitor wants to know why we ask or show what we did."""
    if case.wants("why_do_you_ask"):
        return True
    is_short = isinstance(case.event, Said) and len(case.text.split()) <= _COMPLAINT_WORDS
    return is_short and any(_WHY.search(words.replace("’", "'")) for words in (case.plain, case.text))


_QUOTE = re.compile(
    r"\b(get|have|need|want|like|send|give|make)\b.{0,20}\b(quote|quotation)\b(?! (from|by)\b)",
    re.IGNORECASE,
)


def asks_for_quote(case: Case) -> bool:
    """Whether an offer in writing is wished for, which no document holds."""
    return bool(_QUOTE.search(case.plain)) and not has_answer(case)


def names_nothing(text: str) -> bool:
    """Whether the English words ask for something and leave out what."""
    return bool(_NAMES_NOTHING.match(text))


def accepts(case: Case, prompt: str) -> bool:
    """Whether the event says yes to the open prompt."""
    if isinstance(case.event, Chose):
        return case.event.prompt == prompt and case.event.value == "yes"
    return isinstance(case.event, Said) and case.wants("yes")


def declines(case: Case, prompt: str) -> bool:
    """Whether the event says no to the open prompt, or skips it."""
    if isinstance(case.event, Chose):
        return case.event.prompt == prompt and case.event.value in {"no", "skip"}
    if not isinstance(case.event, Said) or case.opens("answer"):
        return False
    return case.wants("no") or fresh(case, "declined")


_LATER = re.compile(
    r"^\W*(no|nope|nah|skip|never ?mind|cancel|later|not now|forget it|stop)\b", re.IGNORECASE
)


def puts_off(case: Case, prompt: str) -> bool:
    """Whether a form is put off: said so outright, for "not an email" is a slip and no refusal."""
    if isinstance(case.event, Said):
        return bool(_LATER.search(case.plain)) or fresh(case, "declined")
    return declines(case, prompt)


def chosen(case: Case, prompt: str) -> str | None:
    """The value picked from that prompt."""
    if isinstance(case.event, Chose) and case.event.prompt == prompt:
        return case.event.value
    return None


def fresh(case: Case, name: str) -> bool:
    """Whether this very message told the fact, or the one that it makes clear."""
    return told_now(case, case.state.known(name))


def told_now(case: Case, fact: Known | None) -> bool:
    if fact is None or fact.evidence is None:
        return False
    return fact.evidence.message_id in {case.message_id, case.earlier or case.message_id}


def is_sure(case: Case, name: str) -> bool:
    """Whether what is known of it is sure enough to act on it."""
    fact = case.state.known(name)
    return fact is not None and fact.confidence >= SURE
