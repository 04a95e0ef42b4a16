"""Pages of somebody else's site, at an origin of its own, with whatever headers that site sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HTML = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Host</title>{head}</head>"
    "<body><h1>Host</h1>{body}</body></html>"
)


class HostPages:
    """A small server whose pages a test lays down before it visits them."""

    def __init__(self, url: str, pages: dict[str, tuple[Mapping[str, str], str]]) -> None:
        self.url = url
        self._pages = pages

    def lay(
        self, path: str, *, head: str = "", body: str = "", headers: Mapping[str, str] | None = None
    ) -> str:
        """The address of a page that holds this."""
        self._pages[path] = (headers or {}, _HTML.format(head=head, body=body))
        return self.url + path


@contextmanager
def host_pages() -> Iterator[HostPages]:
    """Serves from a thread of its own until the block ends."""
    pages: dict[str, tuple[Mapping[str, str], str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers, html = pages.get(urlsplit(self.path).path, ({}, "<title>Nothing</title>"))
            body = html.encode()
            self.send_response(200)
            for name, value in {"content-type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the test says what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield HostPages(f"http://127.0.0.1:{server.server_address[1]}", pages)
    finally:
        server.shutdown()
        server.server_close()
