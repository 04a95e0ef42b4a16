"""Has a file read in a process of its own, which can be ended: a reader that never comes back keeps nobody waiting."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed

DEADLINE_S: Final = 60.0
MAX_MEMORY: Final = 2_000_000_000
_COMMAND: Final = (sys.executable, "-m", "knowledge.parsing.apart")
_HOME: Final = Path(__file__).resolve().parents[2]
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")
_PARSED: Final[TypeAdapter[Parsed]] = TypeAdapter(Parsed)


def parse_apart(
    form: str,
    raw: bytes,
    *,
    fallback_title: str,
    deadline_s: float = DEADLINE_S,
    command: tuple[str, ...] = _COMMAND,
) -> Parsed:
    """The page; raises `SourceUnreadableError` when it can not be read, or not in time."""
    asked = json.dumps({"form": form, "fallback_title": fallback_title}).encode() + b"\n" + raw
    try:
        # The keys of the installation are none of its business.
        done = subprocess.run(  # noqa: S603 - our own module in our own interpreter
            command, input=asked, capture_output=True, timeout=deadline_s, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnreadableError(
            f"The {form} was not read within {deadline_s:g} s: split it or save it in another format"
        ) from error
    kind, _, told = done.stdout.partition(b"\n")
    if kind == b"refused":
        raise SourceUnreadableError(told.decode())
    try:
        if kind == b"parsed":
            return _PARSED.validate_json(told)
    except ValidationError:
        pass
    raise SourceUnreadableError(
        f"The {form} was too much for its reader: split it or save it in another format"
    )


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join([str(_HOME), *filter(None, [kept.get("PYTHONPATH")])])}


def main() -> None:
    """The other process: reads one file from its input and writes the page, or why not."""
    from knowledge.parsing.docx import parse_docx
    from knowledge.parsing.pdf import parse_pdf

    _limit()
    asked = json.loads(sys.stdin.buffer.readline())
    parse = {"pdf": parse_pdf, "docx": parse_docx}[asked["form"]]
    try:
        parsed = parse(sys.stdin.buffer.read(), fallback_title=asked["fallback_title"])
    except SourceUnreadableError as error:
        sys.stdout.buffer.write(b"refused\n" + str(error).encode("utf-8", "replace"))
    else:
        sys.stdout.buffer.write(b"parsed\n" + _PARSED.dump_json(parsed))


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
