"""What opens the reps' calendars: passwords and keys by name, in a file or a folder that only the server reads."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from server.actions.calendars.ports import CalendarRefused

_SETTING = "FRONTDESK_CALENDAR_SECRETS"


class Secrets:
    """Read anew whenever they changed, so that a mended secret works without a restart."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: tuple[Any, Mapping[str, Any]] = (None, {})

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._read()))

    def text(self, name: str) -> str:
        """A password or a client secret; raises `CalendarRefused` when there is none."""
        value = self._value(name)
        if not isinstance(value, str) or not value:
            raise CalendarRefused(
                f"secret {name!r} in {self._path} is no text; put the password itself there"
            )
        return value

    def key(self, name: str) -> Mapping[str, Any]:
        """A service account's key: the JSON file that Google gave out, as text or as it stands."""
        value = self._value(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                value = None
        if not isinstance(value, dict):
            raise CalendarRefused(
                f"secret {name!r} in {self._path} is no service account's key; put the JSON file there that Google gave"
            )
        return value

    def _value(self, name: str) -> Any:
        if self._path is None:
            raise CalendarRefused(
                f"secret {name!r} is asked for, and {_SETTING} is not set; give it the path of a YAML or JSON file"
                " of secrets by name, or of a folder with a file for each"
            )
        every = self._read()
        if name not in every:
            near = difflib.get_close_matches(name, every, n=1)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else "add it, or name another as `secret` in the playbook"
            )
            raise CalendarRefused(f"there is no secret {name!r} in {self._path}; {hint}")
        return every[name]

    def _read(self) -> Mapping[str, Any]:
        path = self._path
        if path is None:
            return {}
        try:
            # Asked for every offer of a time: what has not changed is not parsed again.
            files = _files(path)
            stamp = [(file, (seen := file.stat()).st_mtime_ns, seen.st_size) for file in files]
            if self._known[0] != stamp:
                is_folder = path.is_dir()
                self._known = stamp, self._folder(files) if is_folder else self._file(path)
        except OSError as error:
            raise CalendarRefused(
                f"{_SETTING} names {path}, which can not be read ({error.strerror}); correct the path or its rights"
            ) from error
        return self._known[1]

    @staticmethod
    def _folder(files: Iterable[Path]) -> Mapping[str, Any]:
        return {_named(file): file.read_text(encoding="utf-8").strip() for file in files}

    @staticmethod
    def _file(path: Path) -> Mapping[str, Any]:
        try:
            read = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            # Never the parser's own words: they quote what stands there.
            raise CalendarRefused(
                f'{path}{line}: not valid YAML; write `name: "secret"`, one a line'
            ) from None
        if not isinstance(read, dict):
            raise CalendarRefused(f'{path}: write the secrets by name, `name: "secret"`, one a line')
        return {str(name): value for name, value in read.items()}


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))


def _named(file: Path) -> str:
    """`fernway_google.json` is the secret `fernway_google`."""
    return file.stem if file.suffix in {".json", ".txt"} else file.name
