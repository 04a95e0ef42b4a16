"""One spelling for each web address, and which addresses belong to a source."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from knowledge.parsing.blocks import one_line

MAX_PATH = 300
PUSHED_PATH = re.compile(r"[^\x00-\x1f\x7f\\?#%]+")
"""What may stand in the path of a document that others put."""
_TRACKING = re.compile(r"(?:utm_|mc_|pk_|hsa_|_ga)\w*|gclid|fbclid|msclkid|yclid|igshid|ref|referrer|sessionid|sid|phpsessid|jsessionid", re.IGNORECASE)  # fmt: skip  # noqa: E501
_KEPT = "/:@!$&'()*+,;=-._~%"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|%")
_INDEX = re.compile(r"(?:^|/)(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:html?|php|aspx?|mdx?|markdown|txt|pdf|docx)$", re.IGNORECASE)


def normalised(url: str, base: str = "") -> str:
    """The usual spelling, without fragment and tracking; nothing when it is not an address of the web."""
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return ""
    host = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    netloc = host if port in {None, default} else f"{host}:{port}"
    path = _plain_path(parts.path)
    fields = [
        one for one in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(one[0])
    ]
    return urlunsplit((parts.scheme, netloc, path, urlencode(sorted(fields)), ""))


def _plain_path(path: str) -> str:
    """Escapes spelled one way and `..` walked: what looks like a folder of the source must also be one."""
    spelled = quote(_ESCAPE.sub(_escape, path), safe=_KEPT)
    walked: list[str] = []
    for part in spelled.split("/")[1:]:
        if part == "..":
            walked[-1:] = []
        elif part != ".":
            walked.append(part)
    if spelled.endswith(("/.", "/..")):
        walked.append("")
    return "/" + "/".join(walked)


def _escape(found: re.Match[str]) -> str:
    if not found[1]:
        return "%25"
    letter = chr(int(found[1], 16))
    is_plain = letter.isascii() and (letter.isalnum() or letter in "-._~")
    return letter if is_plain else found[0].upper()


def path_of(url: str) -> str:
    """The path of the page in the index: host and path without ending, so that pages of two sites never meet."""
    parts = urlsplit(url)
    bare = _INDEX.sub("", unquote(parts.path)).strip("/")
    bare = _ENDING.sub("", bare)
    query = f"?{parts.query}" if parts.query else ""
    path = one_line(f"{parts.netloc}/{bare}".rstrip("/") + query)
    if len(path) <= MAX_PATH:
        return path
    return f"{path[: MAX_PATH - 17]}-{hashlib.sha256(path.encode()).hexdigest()[:16]}"


def same_page(url: str) -> str:
    """A key that is equal for `/a`, `/a/` and `/a/index.html`, over http and https."""
    parts = urlsplit(url)
    bare = _INDEX.sub("", parts.path).rstrip("/")
    return f"{parts.netloc}{bare}?{parts.query}"


@dataclass(frozen=True, slots=True)
class Scope:
    """A host and the path below which the source lies."""

    host: str
    """With its port, when it is not the usual one."""
    prefix: str
    """Ends in a slash."""

    def holds(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.netloc == self.host and f"{parts.path}/".startswith(self.prefix)

    def moved_to(self, url: str) -> Scope | None:
        """Where the source lies once its first page leads elsewhere; None when that is another site altogether."""
        there = scope_of(url)
        if self.holds(url):
            return self
        is_same_site = there.host.removeprefix("www.") == self.host.removeprefix("www.")
        if not is_same_site:
            return None
        moved = Scope(there.host, self.prefix)
        return moved if moved.holds(url) else there


def scope_of(url: str) -> Scope:
    """`/docs/` and `/docs` hold what is below; `/docs/start.html` holds its neighbours."""
    parts = urlsplit(url)
    last = parts.path.rsplit("/", 1)[-1]
    folder = parts.path[: -len(last)] if "." in last else parts.path.rstrip("/") + "/"
    return Scope(parts.netloc, folder or "/")
