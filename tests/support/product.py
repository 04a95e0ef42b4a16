"""An operator's product: the receiver that the documentation shows, and one that answers what a test says."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from server.actions.posting import Answered, NotPosted

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
OLD_SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
_DOCS = Path(__file__).parents[2] / "docs" / "provisioning.md"


@contextmanager
def the_documented_receiver(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """The example of docs/provisioning.md, word for word, on a free port; its address."""
    code = re.search(r"```python\n(.*?)```", _DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    patch.setenv("SECRET", SECRET)
    patch.setenv("ANSWERS", str(folder / "answers.db"))
    names: dict[str, Any] = {"__name__": "the_receiver"}
    exec(compile(code[1], str(_DOCS), "exec"), names)
    names["Trials"].log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), names["Trials"])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/trials"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        names["answers"].close()


@dataclass
class ScriptedProduct:
    """Answers one thing after the other, the last one for ever; remembers what came."""

    answers: list[Answered | NotPosted] = field(default_factory=list)
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool
    ) -> Answered:
        assert url
        assert isinstance(allow_private, bool)
        self.came.append((headers, body))
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, NotPosted):
            raise said
        return said


def says(status: int, body: bytes = b"", **headers: str) -> Answered:
    return Answered(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
