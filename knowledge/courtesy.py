"""Takes what is only politeness off a question, so that it is searched for what it asks. Pure."""

from __future__ import annotations

import re

_GREETING = (
    r"(?:hi+|hiya|hello|hey+|howdy|greetings|good (?:morning|afternoon|evening|day)|dear (?:team|support|all)|"
    r"guten (?:tag|morgen|abend)|hallo|moin|servus|gr(?:ü|ue?)(?:ß|ss) gott|bonjour|bonsoir|salut|buen[oa]s? "
    r"(?:d[ií]as|tardes|noches)|hola|buongiorno|ciao|goedemorgen|goedemiddag|goedendag|ol[áa]|bom dia|hej)"
)
_TO_WHOM = r"(?:(?: there| all| team| everyone| everybody| guys| folks| again| zusammen| an alle| à tous)?)"
_ASIDE = (
    r"(?:(?:i (?:have|had|ve|'ve)|just|only|got|one|a|another|my)\s+)*(?:quick|short|small|little|simple|silly|dumb)"
    r" (?:q|qs|question|one|thing)(?: for you)?|(?:a |one |my )?(?:question|query)(?= ?[:,–-])|"
    r"(?:i )?hope (?:you|you're|you are|this)[^.,!:;?]{0,30}|sorry (?:to bother(?: you)?|for the (?:question|trouble))|"
    r"excuse me|sorry|but|so|ok(?:ay)?|well|um+|eh+"
)
_PLEASE = (
    r"(?:please|pls|plz|plss|kindly|bitte(?: sch(?:ö|oe)n)?|s['’ ]?il (?:vous|te) pla[iî]t|svp|stp|por favor|"
    r"per favore|per piacere|alsjeblieft|alstublieft|tack)"
)
_THANKS = (
    r"(?:(?:many )?thanks?(?: you)?(?: so much| a lot| very much| in advance| a million)?|thx|ty|tia|cheers|"
    r"(?:vielen )?dank(?:e)?(?: (?:im voraus|sch(?:ö|oe)n))?|"
    r"merci(?: beaucoup| d['’]avance)?|(?:muchas )?gracias|grazie(?: mille)?|"
    r"dank (?:je|u)(?: wel)?|bedankt|obrigad[oa])"
)
_TELL_ME = (
    r"(?:(?:can|could|would|will) (?:you|u|someone|somebody|anyone)(?: please| pls| plz| kindly| maybe| perhaps)? "
    r"(?:tell|show|explain|advise|inform|let)(?: to)? (?:me|us)(?: know)?(?: about)?|"
    r"(?:do|would) (?:you|u) (?:happen to )?know|"
    r"i(?:'d| would)? (?:just )?(?:want(?:ed)?|like|love|need) to (?:know|ask|understand|find out)|"
    r"i(?:'m| am| was)? (?:just )?wonder(?:ing)?|may i ask|can i (?:just )?ask|let me know|tell me(?: about)?|any idea|"
    r"i have a question(?: about)?|je voudrais savoir|k(?:ö|oe)nnen sie mir sagen|puede decirme)"
)
_EDGE = r"[\s,.!:;–—-]*"

# Politeness stands at the beginning or the end; the same word in the middle may belong to what is asked.
_OPENING = re.compile(
    rf"^{_EDGE}(?:{_GREETING}{_TO_WHOM}|{_PLEASE}|{_THANKS}|{_ASIDE}|{_TELL_ME})(?=[\s,.!:;–—-]|$){_EDGE}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"[\s,.!;–—-]+(?:{_PLEASE}|{_THANKS})(?P<mark>\s*\?)?[\s,.!;:)-]*$",
    re.IGNORECASE,
)
_CLOSING_THANKS = re.compile(rf"(?<=\?)\s*(?:{_PLEASE}|{_THANKS})[\s,.!;:)-]*$", re.IGNORECASE)
_WORD = re.compile(r"\w{2,}")


def without_courtesy(question: str) -> str:
    """ "hi there, quick q: can u tell me what it costs, pls" is "what it costs"; mere politeness stays as it is."""
    kept = question.strip()
    while True:
        shorter = _CLOSING_THANKS.sub("", _closed(_OPENING.sub("", kept, count=1)))
        if shorter == kept or not _WORD.search(shorter):
            return kept
        kept = shorter


def _closed(question: str) -> str:
    return _CLOSING.sub(lambda found: "?" if found["mark"] else "", question, count=1)
