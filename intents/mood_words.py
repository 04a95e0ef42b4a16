"""What complaints, sarcasm and abuse have in common, each with a code and a weight. Data."""

from __future__ import annotations

import re

_N = r"(?:two|three|four|five|six|ten|several|many|countless|[2-9]|1\d)"
_NTH = r"(?:second|third|fourth|fifth|sixth|2nd|3rd|[4-9]th|1\dth|nth|umpteenth|hundredth)"
_OURS = (
    r"(?:you|u|ur|your|yours|you're|youre|this|that|thats|it|its|it's|bot|app|support|service"
    r"|company|everyone|software)"
)
_FAILS = (
    r"(?:fail\w*|crash\w*|broke\w*|breaks?|error\w*|bug\w*|outage|down|log(?:s|ged) (?:me"
    r"|us) out|froze\w*|wip(?:ed|es)"
    r"|lost|losing|delet\w+|charged|wrong|closed|ignored|missing|offline|lose|locked|vanished"
    r"|gone|rejected|stuck|waiting)"
)
_MEAN = (
    r"(?:useless|stupid|dumb|dumber|idiots?|idiotic|morons?|pathetic|worthless|incompetent"
    r"|clowns?|liars?|losers?|trash"
    r"|garbage|junk|crap|shit\w*|sucks?|a joke|scam\w*|rubbish|bullshit|bs|ugly|fat|lame"
    r"|retard\w*|annoying|boring|fools?)"
)
_TEXTS: tuple[tuple[str, float, str], ...] = (
    (
        "abuse",
        0.75,
        (
            r"\b(?:f+u+c+k+\w*|f[*#@]+\w*|fck\w*|stfu|gtfo|kys|wtf|idiots?|morons?|bitch\w*|assholes?"
            r"|arsehole|cunts?|bastards?"
            r"|dick(?:s|head\w*)?|dumbass|jackass|retard(?:s|ed)?|whores?|sluts?|motherf\w+|wank\w+"
            r"|twats?|pricks?|bullshit|cocks?"
            r"|scum\w*|shithead|douche\w*)\b"
            r"|f\*+|\b(?:go to hell|screw you|piss off|shut up|shut it|shut (?:your|ur) \w+|get lost"
            r"|(?:suck|lick|shag|blow) (?:me|my|it)\b|eat shit|drop dead|bite me|suck my"
            r"|kill (?:yourself|urself)|(?:i(?:'ll| will| want to| wanna| am going to)? )?(?:kill|hurt"
            r"|hit|slap|punch|beat) (?:you|u)\b"
            r"|i hope (?:you|u) (?:die|lose|get|burn|rot)|i hate (?:you|u)\b|hate you\b|i (?:will|'ll) find you)"
        ),
    ),
    (
        "abuse",
        0.75,
        (
            r"\b(?:send (?:me )?nudes?|nudes|sexy|naked|horny|boobs?|tits|pussy|blow ?jobs?|porn"
            r"|sex with|have sex|wanna sex"
            r"|sex\b|penis|vagina|cum(?:ming|shot)?\b|what are you wearing|suck my|virgin|masturbat\w*|rape\w*)"
        ),
    ),
    (
        "insult",
        0.6,
        rf"\b{_OURS}\b[^.?!]{{0,30}}?\b{_MEAN}\b(?! (?:truck|collection|pick|service|can|bin|bag)s?)",
    ),
    (
        "insult",
        0.6,
        rf"^\W*(?:such |what )?(?:a |an |you )?{_MEAN}(?: (?:bot|app|chat|service|robot|machine|thing))?\W*$",
    ),
    ("oath", 0.3, r"\b(?:damn|crap|hell|bloody|ffs|omfg|jfc)\b"),
    (
        "said_so",
        0.5,
        (
            r"\b(?:(?:i|we)(?: am|'m| are|'re|m)?|so|very|really|extremely|getting|feel\w*|quite"
            r"|am) (?:\w+ )?(?:frustrat\w+|annoyed"
            r"|furious|angry|upset|mad|disappointed|pissed)\b"
            r"|\b(?:fed up|had enough|lo(?:sing|st) (?:my |our )?patience"
            r"|wast(?:e|ed|ing) (?:of )?(?:my|our|everyone's) |tired of (?:this|your|you|it|waiting"
            r"|asking|the)|sick of (?:this|your|you|it)"
            r"|disappoint(?:ing|ed)|frustrating|infuriating|annoying\b)"
        ),
    ),
    (
        "unacceptable",
        0.5,
        (
            r"\b(?:ridiculous|unacceptable|not acceptable|absurd|outrageous|a disgrace|terrible"
            r"|horrible|awful|appalling|unusable"
            r"|unbelievable|nightmare|(?:what|such) a (?:mess|joke|shame|disaster|circus)|makes? no sense"
            r"|worst (?!case)\w+"
            r"|(?:speak|talk) (?:to|with) (?:a|your|the) (?:manager|supervisor|boss)|expected (?:better|more)|so slow\b"
            r"|why is (?:this|it|that) so (?:hard|slow|difficult|complicated|bad)|this is not (?:ok"
            r"|okay|good enough)|better things to do|what kind of (?:service|support|company)"
            r"|how is (?:it|this|that) (?:even )?possible|(?:like|want) to (?:make a complaint"
            r"|complain)\b(?! less)|i(?:'ve| have) had it with)"
            r"|^\W*enough\b(?! (?:questions|seats|time|for))[.!]"
            r"|^\W*(?:really|seriously|come on|are you kidding(?: me)?|you(?:'ve| have) got to be kidding)[ ?!.]*$"
            r"|\bwe (?:pay|paid|switched|moved|signed)\b[^.?!]*\bfor this ?[?!]+\s*$|\bexpected better\b"
        ),
    ),
    (
        "again",
        0.5,
        (
            rf"\b{_NTH} (?:\w+ ){{1,2}}in a row\b|\b{_N} (?:different|other) (?:answers|people|agents"
            rf"|stories)\b|\b(?:{_NTH}) (?:time|e-?mail|mail|message|ticket|call|request|attempt"
            rf"|reminder|day in a row)\b(?! slots?\b| zones?\b)"
            rf"|\b(?:asked|told|called|wrote|written|e-?mailed|tried|explained|gave|given|said|sent"
            rf"|uploaded|reported|contacted"
            rf"|complained|requested|filled|entered|repeated|answered)\b[^.?!]{{0,40}}\b(?:twice"
            rf"|{_N} times|already|over and over"
            rf"|to (?:{_N}) of your)\b|\b{_N} times (?:already|now)\b"
            r"|\bhow (?:many (?:more )?times|often) (?:do|must|should|will|have) (?:i|we)\b"
            r"|\bover and over\b|\bagain and again\b"
            r"|\bsame (?:error|bug|problem|issue|story|thing|reply|answer|question|old|canned"
            r"|nonsense)\b(?! as (?:in|the) (?:doc|guide))"
            r"|\bas (?:usual|always)\W*$|\bwrong again\b|\bagain the same\b|\byet again\b"
            r"|\bonce again\b(?=.*\b(?:not|no|fail|down))"
        ),
    ),
    (
        "keeps_failing",
        0.5,
        (
            rf"\bkeeps? (?:on )?(?!running|going|working|counting)(?:\w+ing)\b"
            rf"|\b(?:every|each) (?:single )?(?:time|day|morning|week"
            rf"|night)\b[^.?!]*\b{_FAILS}"
            rf"|\b{_FAILS}\b[^.?!]*\b(?:every|each) (?:single )?(?:time|day|morning|week|night)\b"
        ),
    ),
    (
        "still_not",
        0.5,
        (
            r"\bstill (?:not\b(?! sure| decided)|no\b(?! rush| hurry)|nothing|isn'?t|doesn'?t|hasn'?t"
            r"|haven'?t|can'?t|cannot|won'?t|don'?t"
            r"|waiting|broken|down|failing|missing|stuck|the same|wrong|unanswered|unresolved)"
            r"|\b(?:isn'?t|doesn'?t|not|won'?t) (?:work|working) (?:again|either|anymore|at all)\b"
            r"|\bnothing(?:'s| is)? work(?:s|ing)\b|\bnever (?:once )?worked\b|\bnot once\b"
        ),
    ),
    (
        "no_reply",
        0.5,
        (
            r"(?<!if )(?<!when )\bno ?(?:one|body) (?:has |have |ever |is |even )*(?:answer\w*|repl\w+|respond\w*"
            r"|help\w*|call\w*|pick\w*|care\w*|read\w*|came)"
            r"|\b(?:never|not) (?:got|heard|received|called|gotten)\b[^.?!]{0,20}\b(?:back|reply"
            r"|answer|response|anything)\b"
            r"|\b(?:no|zero|without) (?:an? |any |a single )?(?:reply|answer|response|word|notice"
            r"|warning|explanation|update)\b(?! (?:is )?(?:needed|necessary|required))"
            r"|\bun(?:touched|answered|resolved)\b|\bwhen (?:is|will|are) (?:someone|somebody|anyone"
            r"|anybody|you (?:guys|people)) (?:going to|finally|ever)"
            rf"|\b(?:it has|it's|its) been (?:\w+ )?(?:{_N} )?(?:days|weeks|months)\b"
            r"|\bwithout telling\b|\bbeen ignored\b|\bignor(?:ed|ing) (?:me|us|my|our)\b"
            r"|\b(?:been|still|kept|left|sit\w*|hung|put (?:me|us)|i'?m|i am|was|were|minutes|hours?) on hold\b"
            r"|\bon hold (?:for|since|again)\b"
            r"|\b(?:days|weeks|months) of silence\b"
            r"|\bbeen waiting\b(?! for (?:a|an|some) (?:tool|product|app|feature|solution|software))|\bbeen asking\b"
            r"|\bis (?:anyone|anybody|someone) (?:actually|even|ever|really) there\b"
            r"|^\W*(?:hell+o+ ?)?[?!. ]*any(?:body|one)\b(?: (?:there|here"
            r"|home))?[ .]*[?!]{2,}[?!. ]*$"
            r"|\bhello{2,}\s*[?!]|\bday (?:two|three|four|five|\d+)\b|\b(?:going on|lasted"
            r"|dragging on) for (?:days|weeks|months|hours)\b"
            r"|\b(?:could|can|would) (?:some(?:one|body)|you) (?:please )?finally\b"
            r"|\bif someone could finally\b|\ban actual (?:reply|answer|person)\b"
        ),
    ),
    (
        "not_understood",
        0.5,
        (
            r"\b(?:that'?s|that is|this is|it'?s) not (?:an answer|what (?:i|we) (?:asked|meant|said"
            r"|wanted|ordered|paid))|(?:^|\bthat'?s |\bthat is |\bthis is )not helpful\b|\b(?:useless"
            r"|wrong|stupid) answer\b|\byou can'?t help\b|\bnot what (?:i|we) (?:asked|meant|said"
            r"|wanted|(?:were|was) sold)"
            r"|\byou (?:don'?t|didn'?t|do not|did not|never|can'?t) (?:understand|answer|listen|get it|read|help)"
            r"|\bi (?:already|just) (?:told|said|asked|gave)|\bas i said\b|\bread what i\b"
            r"|\bdo you even\b|\bwhat i (?:write|wrote|said)\b\?"
            r"|\b(?:just|please just|can you just) answer\b|\banswer (?:my|the) (?:damn )?question\b"
            r"|\b(?:repeat(?:ed|ing)?|said) (?:the same|yourself)\b"
            r"|\btalking to a (?:wall|brick|machine)\b|\b(?:bot|chat|thing|this) is (?:of )?no (?:help"
            r"|use)\b|\bno help (?:at all|whatsoever)\b"
            r"|^\W*no\W+i (?:asked|meant|said)\b|\bin circles\b|\bif it can'?t help\b|\bsame canned\b"
            r"|\bstop with the bot\b"
        ),
    ),
    (
        "gives_up",
        0.5,
        (
            r"\bi(?:'m going to)? give up\b|\bi'?m done\b(?! with (?:the|my|setup|step))|\bforget it\b"
            r"|\b(?:go|going|went|switch\w*) (?:with|to) (?:someone|somebody) else\b"
            r"|\bwe (?:are|'re|will be) (?:cancelling|canceling|leaving)\b|\bwhat(?:'s"
            r"| is) the point\b|\bregret\w* (?:signing|buying|choosing|switching)"
            r"|\bthanks for nothing\b|\bif (?:this|it) (?:isn'?t|is not|does not"
            r"|doesn'?t)\b[^.?!]*\b(?:today|tomorrow|now|cancel\w*|leav\w+|else)\b"
        ),
    ),
    (
        "broken_promise",
        0.5,
        (
            r"\b(?:you|they|your \w+)(?: \w+)? (?:promised|assured|swore|guaranteed)\b|\b(?:i was"
            r"|we were) (?:promised|assured|sold)\b"
            r"|\b(?:i was|we were) told\b(?!.*\b(?:right|correct|true)\b)|\bused to work (?:before|until|fine)\b"
            r"|\b(?:you|they) (?:confirmed|said|told (?:me|us))\b[^.?!]*\b(?:but|yet|would|by|last|in \w+ber)\b"
        ),
    ),
    (
        "harm",
        0.5,
        (
            r"\b(?:because|thanks) (?:of|to) (?:you|your|this)\b|\byou(?:'ve| have| guys"
            r"| people)? (?:cancelled|canceled|charged|deleted|closed|locked|broke"
            r"|lost|blocked|overcharged|billed)\b|\bcharged (?:me|us|my card) (?:twice|again|double"
            r"|for nothing)\b|\bcharged twice\b"
            r"|\byour (?:\w+ )?(?:update|docs?|app|support|software|reports?|system|bot|product|api"
            r"|service|export|sync)\b[^.?!]{0,25}\b(?:broke|ruined"
            r"|wiped|deleted|lost|shows? (?:the )?wrong|say one thing|messed|killed|is a mess|crashed)\b"
            r"|\b(?:lost|wiped|deleted|cost) (?:me |us )?(?:an? |my |our |all |the )?(?:entire |whole "
            r"|half a )?(?:day|days|morning|data|jobs|work|hours|schedule|customers?)\b"
            r"|\blos(?:ing|t) (?:money|customers|business|jobs)\b|\blaugh\w* (?:about|at) (?:your"
            r"|us)\b|\bstanding around\b|\bon my back\b|\bwe'?(?:ve| have) been down\b"
            r"|\bi did everything\b"
        ),
    ),
    (
        "sarcasm",
        0.55,
        (
            rf"\b(?:great|wonderful|lovely|brilliant|nice|perfect|fantastic|awesome|amazing|excellent"
            rf"|good job|well done|bravo|congrat\w+|oh joy|wow|impressive)\b"
            rf"[^?]{{0,30}}\b(?:another|again|{_FAILS})\b|\b{_FAILS}\b[^?]{{0,40}}[.,!] ?(?:great"
            rf"|wonderful|lovely|brilliant|nice|perfect|fantastic|awesome|amazing)\W*$"
            r"|\bjust what (?:i|we) needed\b|\btake your time\b.*\b(?:not like|waiting)\b"
            r"|\bnot like (?:i|we|\d+)\b.*\bwaiting\b"
            r"|\bhow (?:helpful|nice|useful) of you\b|\bslow clap\b"
        ),
    ),
    (
        "wants_person",
        0.25,
        r"\b(?:real|actual|live) (?:person|human|agent)\b|\bnot a (?:bot|robot|machine)\b",
    ),
)
RULES = tuple((code, weight, re.compile(pattern, re.IGNORECASE)) for code, weight, pattern in _TEXTS)
"""Code, weight, pattern; of several patterns with one code the first that fits counts."""

NOT_SO = re.compile(
    r"\b(?:not|n'?t|no longer|never|hardly|without being) (?:at all |really |that |too |so |very |a )?"
    r"(?:angry|annoyed|annoying|mad|upset|disappointed|frustrat\w+|bad|terrible|rude|useless"
    r"|stupid|dumb|complaint)\b|\bnot bad\b"
    r"|\b(?:angry|annoyed|upset|frustrated|mad) (?:customers?|clients?|callers?|people|users?|guests?|tenants?)\b"
    r"|\bno (?:problem|worries|hurry|rush)\b",
    re.IGNORECASE,
)
"""Said of nobody, or of others."""

ABOUT_OTHERS = re.compile(
    r"\b(?:our|my|the|their) (?:current|old|present|previous|existing|last) (?:\w+ )?(?:tool"
    r"|system|software|vendor|provider|app|solution|crm|setup|process)\b"
    r"|\b(?:jobber|servicetitan|excel|spreadsheets?|paper|whatsapp|outlook|salesforce|hubspot"
    r"|sap|competitors?|whiteboards?)\b[^.?!]{0,20}"
    r"\b(?:keeps?|is|are|was|sucks?|crash\w*|fail\w*)\b|\b(?:sick|tired|fed up) (?:of"
    r"|with) (?:\w+ )?(?:spreadsheets?|excel|paper\w*|whatsapp|jobber|calling)\b"
    r"|\b(?:crews?|technicians|customers|people|team) (?:hate|hates|complain)\b|\bhow do you (?:handle|deal)\b",
    re.IGNORECASE,
)
"""The trouble is with something that they want to leave behind: no anger at us."""

MACHINES = re.compile(
    r"\b(?:kill(?:ing)?|abort\w*|terminat\w+|execut\w+|fir(?:e|ing)|shoot\w*|hit|dump\w*"
    r"|crash-?proof|dead[- ]letter|brute[- ]force|blow past|attack\w*)"
    r" ?(?:the|a|an|off|up|all|our|my|your|stuck|\w+)? ?(?:switch|process\w*|import|job"
    r"|contract|queue|webhook|message|database|export|button|limit|rate|record|api)?\b",
    re.IGNORECASE,
)
"""Words that are hard on people and everyday among machines; the lexicon does not see them."""
