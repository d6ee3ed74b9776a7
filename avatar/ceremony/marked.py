"""YAML as plain values, with the line and column of every one of them.

Only what a person writes by hand is taken: maps with text keys, lists, texts, numbers, true, false and null, as in
YAML 1.2 (``yes``, ``no`` and ``on`` are words here). Refused, with the place: anchors and aliases, tags, directives,
merge keys, keys that are no text or come twice, numbers that are not finite, a second document, more than 1 MiB, more
than 32 levels, more than 100 000 values, what is no UTF-8. Nothing is expanded, so a small file stays small.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from ..errors import CeremonyError

LONGEST: Final = 1 << 20
DEEPEST: Final = 32
MOST: Final = 100_000

Path: TypeAlias = tuple[str | int, ...]
"""Keys and places from the top: ("scenes", 0, "cues", 3, "id")."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Mark(NamedTuple):
    """A place in the file. line, column : from 1; start, end : characters of the text that the value takes."""

    line: int
    column: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Marked:
    """A file that was read. name : as it is called in messages; value : the whole as plain values; marks : where each
    value begins; keys : where the key of each is written."""

    name: str
    text: str
    value: Any
    marks: dict[Path, Mark]
    keys: dict[Path, Mark]

    def mark(self, path: Path) -> Mark:
        """Where the value at ``path`` is, or, for one that is not written, what it would be in."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.marks:
                return self.marks[path[:end]]
        return Mark(1, 1)

    def key(self, path: Path) -> Mark:
        """Where the key of the value at ``path`` is, or its value where it has none."""
        return self.keys.get(path) or self.mark(path)

    def within(self, path: Path, words: str) -> Mark:
        """Where ``words`` stand in the text at ``path``; its beginning where they are not written like that."""
        mark = self.mark(path)
        at = self.text.find(words, mark.start, mark.end)
        if at < 0:
            return mark
        line = self.text.count("\n", 0, at) + 1
        return Mark(line, at - self.text.rfind("\n", 0, at), at, at + len(words))

    def error(self, path: Path, rule: str) -> CeremonyError:
        """The error for what is at ``path``."""
        mark = self.mark(path)
        return CeremonyError(self.name, mark.line, mark.column, rule)


@dataclass(slots=True)
class _Open:
    """A map or list that is being read."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None
    mark: Mark = field(default_factory=lambda: Mark(1, 1))


def read(data: bytes | str, name: str = "script") -> Marked:
    """The YAML in ``data``. Raises CeremonyError."""
    text = _decoded(data, name)
    reader = _Reader(name, text)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise CeremonyError(name, line, column, _rule(text, line, error.problem or "cannot be read")) from None
    except yaml.reader.ReaderError as error:
        at = error.position if isinstance(error.position, int) else 0
        line = text.count("\n", 0, at) + 1
        letter = f"U+{error.character:04X}" if isinstance(error.character, int) else "a control character"
        rule = f"{letter} is not allowed in a script"
        raise CeremonyError(name, line, max(1, at - text.rfind("\n", 0, at)), rule) from None
    if () not in reader.marks:
        raise CeremonyError(name, 1, 1, "the file is empty: a script begins with 'presence: 1'")
    return Marked(name, text, reader.value, reader.marks, reader.keys)


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=_LOADER)


def _decoded(data: bytes | str, name: str) -> str:
    size = len(data)
    if size > LONGEST:
        raise CeremonyError(name, 1, 1, f"the file has {size} bytes: a script has at most {LONGEST} (1 MiB)")
    if isinstance(data, bytes):
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            raise CeremonyError(name, line, column, "is no UTF-8: save the file as UTF-8 text") from None
    else:
        text = data
    text = text.replace("\r\n", "\n")
    for at, letter in enumerate(text):
        if letter < " " and letter not in "\n\t\r":
            line = text.count("\n", 0, at) + 1
            rule = f"U+{ord(letter):04X} is not allowed in a script"
            raise CeremonyError(name, line, at - text.rfind("\n", 0, at), rule)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise CeremonyError(name, 1, 1, "half of a surrogate pair is no letter")
    return text


def _rule(text: str, line: int, problem: str) -> str:
    lines = text.split("\n")
    here = lines[line - 1] if line <= len(lines) else ""
    indent = here[: len(here) - len(here.lstrip())]
    if "\t" in indent or "'\\t'" in problem:
        return "a tab where only spaces may stand: indent with spaces"
    return f"this is no YAML: {problem}"


class _Reader:
    """Builds values from the parser's events, without recursion."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.value: Any = None
        self.marks: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """One event of the parser's."""
        mark = Mark(
            event.start_mark.line + 1, event.start_mark.column + 1, event.start_mark.index, event.end_mark.index
        )
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._refuse(mark, "a second document begins here: a script is one document")
                if event.version or event.tags:
                    self._refuse(mark, "directives (%YAML, %TAG) are not taken")
            case yaml.AliasEvent():
                self._refuse(mark, f"alias '*{_short(str(event.anchor))}': aliases are not taken, write it out")
            case yaml.ScalarEvent() | yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if event.anchor is not None:
                    self._refuse(mark, f"anchor '&{_short(event.anchor)}': anchors are not taken")
                if event.tag is not None:
                    self._refuse(mark, f"tag '{_short(event.tag)}': tags are not taken")
                if len(self.marks) >= MOST:
                    self._refuse(mark, f"a script has at most {MOST} values")
                self._node(event, mark)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = self._open.pop()
                begun = self.marks[closed.path]
                self.marks[closed.path] = begun._replace(end=mark.end)

    def _node(self, event: Any, mark: Mark) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event, mark)
            return
        path = self._path(top)
        self.marks[path] = mark
        if isinstance(event, yaml.ScalarEvent):
            self._put(top, self._scalar(event, mark))
            return
        if len(self._open) >= DEEPEST:
            self._refuse(mark, f"maps and lists lie at most {DEEPEST} deep")
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(top, value)
        self._open.append(_Open(path, value))

    def _key(self, top: _Open, event: Any, mark: Mark) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(mark, "a key is a map or a list: keys are text")
        plain = event.implicit[0]
        if plain and event.value == "<<":
            self._refuse(mark, "merge keys (<<) are not taken, write it out")
        value = self._scalar(event, mark)
        if not isinstance(value, str):
            self._refuse(mark, f"key '{_short(event.value)}': keys are text")
        if value in top.value:
            first = self.keys[(*top.path, value)]
            self._refuse(mark, f"key '{_short(value)}' is there twice, first in line {first.line}")
        top.key = value
        self.keys[(*top.path, value)] = mark

    def _path(self, top: _Open | None) -> Path:
        if top is None:
            return ()
        if isinstance(top.value, list):
            return (*top.path, len(top.value))
        assert top.key is not None
        return (*top.path, top.key)

    def _put(self, top: _Open | None, value: Any) -> None:
        if top is None:
            self.value = value
        elif isinstance(top.value, list):
            top.value.append(value)
        else:
            assert top.key is not None
            top.value[top.key] = value
            top.key = None

    def _scalar(self, event: Any, mark: Mark) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_FINITE.fullmatch(text):
            self._refuse(mark, f"'{_short(text)}': numbers are finite")
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            if not math.isfinite(number := float(text)):
                self._refuse(mark, f"'{_short(text)}': numbers are finite")
            return number
        return text

    def _refuse(self, mark: Mark, rule: str) -> None:
        raise CeremonyError(self.name, mark.line, mark.column, rule)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
