"""A transcript of a thousand messages: read back in pieces, and scrolled beside a plain page of the same length."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals.metrics import quantile

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocketRoute

MESSAGES = 1_000
_AT = "2026-03-02T09:30:00Z"
_STEPS, _STEP_PX = 60, 240
_SAID = "How many seats does Team have, and may we change them in the middle of a year?"
_TOLD = "Team has 4 to 50 seats, and each can be added or given back under Settings, Billing."
# A plain page with as many paragraphs is what a browser can do here at all.
_PLAIN = (
    "<!doctype html><style>body{font:14px/1.5 sans-serif;width:368px;height:600px;overflow-y:scroll}</style>"
)
_FRAMES = """
bench.frames = [];
(() => {
  let last = 0;
  const frame = (now) => {
    if (last) bench.frames.push(now - last);
    last = now;
    if (bench.frames) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""


@dataclass(frozen=True, slots=True)
class Scrolled:
    """How long frames took while a wheel turned, in milliseconds."""

    frames: Sequence[float]

    @property
    def late_share(self) -> float:
        """Of frames that took more than two of a screen that shows 60 a second."""
        return sum(one > 1000 / 30 + 1 for one in self.frames) / max(1, len(self.frames))

    @property
    def p95(self) -> float:
        return quantile(list(self.frames), 0.95)


def frames(count: int, site: dict[str, Any], conversation: str = "bench") -> list[str]:
    """A welcome and the log of a conversation of so many messages, half of them answers with a source."""
    sent: list[dict[str, Any]] = [_welcome(site, conversation)]
    seq = 0
    for number in range(count // 2):
        seq += 1
        turn = f"turn-{number}"
        said = {"type": "message", "id": f"m-{number}", "author": "visitor", "text": _SAID, "client_id": None}
        sent.append({**said, "seq": seq, "at": _AT, "name": None, "files": []})
        for index, block in enumerate(_blocks()):
            seq += 1
            sent.append(
                {"type": "block", "seq": seq, "turn": turn, "index": index, "at": _AT, "block": block}
            )
        seq += 1
        sent.append({"type": "done", "seq": seq, "turn": turn, "at": _AT})
    return [json.dumps(frame) for frame in sent]


def _welcome(site: dict[str, Any], conversation: str) -> dict[str, Any]:
    limits = {"heartbeat_s": 25, "max_frame_bytes": 32_768, "max_text_chars": 4_000}
    who = {"conversation": conversation, "visitor_token": "bench", "consent": "necessary"}
    plain = {"type": "welcome", "seq": 0, "protocol": "frontdesk.v1", "member": None, "files": None}
    return {**plain, **limits, **who, "site": site}


def _blocks() -> list[dict[str, Any]]:
    line = {"text": _TOLD, "cites": [1]}
    passage = f"Seats. {_TOLD} Changes count from the next month."
    source = {
        "n": 1, "url": "/docs/plans/seats#seats", "title": "Seats", "heading": "Seats", "quote": _TOLD,
        "passage": passage,
        "start": 7, "end": 7 + len(_TOLD), "score": 0.8, "document_version": "1", "updated": "2026-02-14",
    }  # fmt: skip
    return [
        {"kind": "text", "lang": "en", "lines": [line, line]},
        {"kind": "list", "lang": "en", "ordered": True, "start": 1, "items": [line, line, line]},
        {"kind": "sources", "lang": "en", "citations": [source]},
    ]


def answer_by(page: Page, sent: Sequence[str]) -> None:
    """The page's websocket is answered with these frames, whatever it says."""

    def serve(socket: WebSocketRoute) -> None:
        def heard(text: str | bytes) -> None:
            said = json.loads(text)
            if said["type"] == "hello":
                for frame in sent:
                    socket.send(frame)
            elif said["type"] == "ping":
                socket.send(json.dumps({"type": "pong", "seq": 0}))

        socket.on_message(heard)

    page.route_web_socket(lambda address: address.endswith("/v1/chat"), serve)


def read_back(page: Page, address: str) -> None:
    """Opens the panel and waits until the last message stands there."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.locator("front-desk [part~=launcher]").click()
    last = f"front-desk [data-turn=turn-{MESSAGES // 2 - 1}][data-state=done]"
    page.locator(last).wait_for(state="attached")
    page.wait_for_timeout(500)


def scrolled(page: Page) -> Scrolled:
    """Turns the wheel over what lies in the middle of what scrolls, up through the transcript."""
    page.evaluate(_FRAMES)
    for _ in range(_STEPS):
        page.mouse.wheel(0, -_STEP_PX)
        page.wait_for_timeout(30)
    taken: list[float] = page.evaluate(
        "(() => { const taken = bench.frames; bench.frames = null; return taken; })()"
    )
    return Scrolled(taken)


def plain_page() -> str:
    """As many paragraphs, with nothing else."""
    return _PLAIN + "".join(f"<p>{n} {_SAID} {_TOLD}</p>" for n in range(MESSAGES))
