"""The part of SOQL that our adapter asks: fields, conditions with AND and OR, semi-joins, order and limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Test: TypeAlias = Callable[[Row], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<mark>!=|<=|>=|[(),=<>])|(?P<word>[A-Za-z0-9_.+:-]+))", re.DOTALL
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Malformed(Exception):
    """Not a query; Salesforce answers MALFORMED_QUERY."""


@dataclass(frozen=True)
class Query:
    """A query that was understood."""

    sobject: str
    fields: tuple[str, ...]
    test: Test
    asked: frozenset[str]
    """Every field that it names."""
    order: tuple[tuple[str, bool], ...]
    limit: int | None

    def over(self, rows: Iterable[Row]) -> list[Row]:
        found = [row for row in rows if self.test(row)]
        for name, down in reversed(self.order):
            found.sort(key=lambda row: row.get(name) or "", reverse=down)
        return found[: self.limit]


class Parser:
    """Reads one query; `rows` gives the records of an object for semi-joins."""

    def __init__(self, text: str, rows: Callable[[Query], list[Row]]) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._rows = rows
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Malformed(f"unexpected token: {text[at : at + 20]!r}")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found.group(kind)))
            at = found.end()
        self._at = 0

    def whole(self) -> Query:
        query = self._select()
        if self._at != len(self._tokens):
            raise Malformed(f"unexpected token: '{self._tokens[self._at][1]}'")
        return query

    def _select(self) -> Query:
        self._take("SELECT")
        fields = [self._word()]
        while self._if("mark", ","):
            fields.append(self._word())
        self._take("FROM")
        sobject, asked = self._word(), set(fields)
        test = self._any_of(asked) if self._if("word", "WHERE") else lambda _row: True
        order: list[tuple[str, bool]] = []
        if self._if("word", "ORDER"):
            self._take("BY")
            while True:
                name, down = self._word(), False
                if self._if("word", "DESC"):
                    down = True
                else:
                    self._if("word", "ASC")
                order.append((name, down))
                if not self._if("mark", ","):
                    break
        limit = int(self._word()) if self._if("word", "LIMIT") else None
        asked |= {name for name, _ in order}
        return Query(sobject, tuple(fields), test, frozenset(asked), tuple(order), limit)

    def _any_of(self, asked: set[str]) -> Test:
        tests = [self._all_of(asked)]
        while self._if("word", "OR"):
            tests.append(self._all_of(asked))
        return lambda row: any(test(row) for test in tests)

    def _all_of(self, asked: set[str]) -> Test:
        tests = [self._one(asked)]
        while self._if("word", "AND"):
            tests.append(self._one(asked))
        return lambda row: all(test(row) for test in tests)

    def _one(self, asked: set[str]) -> Test:
        if self._if("mark", "("):
            inner = self._any_of(asked)
            self._mark(")")
            return inner
        name = self._word()
        asked.add(name)
        if self._if("mark", "="):
            value = _folded(self._value())
            if name.endswith("Id") and isinstance(value, str):
                return lambda row: _folded(row.get(name) or "")[:15] == value[:15]
            return lambda row: _folded(row.get(name)) == value
        if self._if("word", "LIKE"):
            form = _like(str(self._value()))
            return lambda row: row.get(name) is not None and form.fullmatch(str(row[name])) is not None
        if self._if("word", "IN"):
            values = self._within()
            return lambda row: row.get(name) is not None and _folded(row[name]) in values
        raise Malformed(f"unexpected token: '{self._peek()[1]}'")

    def _within(self) -> set[Any]:
        self._mark("(")
        if self._peek() == ("word", "SELECT"):
            inner = self._select()
            values = {_folded(row.get(inner.fields[0])) for row in self._rows(inner)}
        else:
            values = {_folded(self._value())}
            while self._if("mark", ","):
                values.add(_folded(self._value()))
        self._mark(")")
        return values

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", lambda found: _unescaped(found.group(1)), text[1:-1], flags=re.DOTALL)
        if kind == "word":
            literals = {"true": True, "false": False, "null": None}
            if text in literals:
                return literals[text]
            if re.fullmatch(r"-?\d+(\.\d+)?", text):
                return float(text)
            if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
                return text
        raise Malformed(f"unexpected token: '{text}'")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "<EOF>")

    def _next(self) -> tuple[str, str]:
        found = self._peek()
        self._at += 1
        return found

    def _if(self, kind: str, text: str) -> bool:
        found = self._peek()
        if found[0] == kind and found[1].upper() == text:
            self._at += 1
            return True
        return False

    def _take(self, word: str) -> None:
        if not self._if("word", word):
            raise Malformed(f"unexpected token: '{self._peek()[1]}'")

    def _mark(self, mark: str) -> None:
        if not self._if("mark", mark):
            raise Malformed(f"unexpected token: '{self._peek()[1]}'")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise Malformed(f"unexpected token: '{text}'")
        return text


def _unescaped(mark: str) -> str:
    # LIKE keeps its own escapes.
    return f"\\{mark}" if mark in "%_" else _ESCAPES.get(mark, mark)


def _folded(value: Any) -> Any:
    """Text compares whatever the case."""
    return value.lower() if isinstance(value, str) else value


def _like(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\\[%_]|%|_)", pattern)
    wild = {"%": ".*", "_": "."}
    return re.compile(
        "".join(wild.get(part) or re.escape(part.removeprefix("\\")) for part in parts),
        re.IGNORECASE | re.DOTALL,
    )
