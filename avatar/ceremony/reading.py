"""A script file as models: every mistake in its shape, with its line and column and the nearest right word."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from ..errors import CeremonyError
from . import actions, marked
from .marked import Mark, Marked, Path
from .plan import Plan, plan_of
from .script import Script

Level = Literal["error", "warning", "note"]


class Problem(NamedTuple):
    """Something that is wrong. line, column : from 1; rule : what, where and which rule, in one line; level : with an
    ``error`` nothing is performed, a ``warning`` is to be looked at, a ``note`` is for information."""

    line: int
    column: int
    rule: str
    level: Level = "error"

    def told(self, name: str) -> str:
        """``file:line:column: rule``, a warning or note by its name."""
        words = self.rule if self.level == "error" else f"{self.level}: {self.rule}"
        return str(CeremonyError(name, self.line, self.column, words))


@dataclass(frozen=True)
class Ceremony:
    """A script that was read. script : what stands in it; source : where each part of it stands."""

    script: Script
    source: Marked

    @cached_property
    def plan(self) -> Plan:
        """The script as a row of steps."""
        return plan_of(self.script)

    def problem(self, path: Path, rule: str, level: Level = "error", key: bool = False) -> Problem:
        """A problem with what stands at ``path``, or with its key."""
        mark = self.source.key(path) if key else self.source.mark(path)
        return Problem(mark.line, mark.column, rule, level)


def parse(data: bytes | str, name: str = "script") -> Ceremony:
    """The script in ``data``. Raises CeremonyError for the first mistake in its shape."""
    source = marked.read(data, name)
    found, problems = shape(source)
    if found is None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more: see 'avatar ceremony check')" if len(problems) > 1 else ""
        raise CeremonyError(name, first.line, first.column, first.rule + more)
    return found


def shape(source: Marked) -> tuple[Ceremony | None, list[Problem]]:
    """The script in a YAML file that was read, or every mistake in its shape, in the order of the file."""
    value = source.value
    if not isinstance(value, dict):
        return None, [Problem(1, 1, "a script is a map that begins with 'presence: 1'")]
    if "presence" not in value:
        mark = source.mark(())
        return None, [Problem(mark.line, mark.column, "key 'presence' is missing: a script begins with 'presence: 1'")]
    if value["presence"] != 1 or value["presence"] is True:
        mark = source.mark(("presence",))
        rule = f"'presence: {_short(value['presence'])}': this version of Presence reads scripts of version 1"
        return None, [Problem(mark.line, mark.column, rule)]
    _as_written(source, value, ())
    try:
        return Ceremony(Script.model_validate(value), source), []
    except ValidationError as error:
        found = {_problem(source, e) for e in error.errors(include_url=False)}
        return None, _one_each(sorted(found))


def near(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the known word nearest to ``word``, else the known words when they are few."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, 1, 0.6)
    if close:
        return f" (did you mean '{close[0]}'?)"
    if 0 < len(names) <= 16:
        return f" (known: {', '.join(names)})"
    return ""


def _as_written(source: Marked, value: Any, path: Path) -> None:
    """Numbers of cues as they are written, so that 12.10 stays 12.10."""
    if isinstance(value, list):
        for k, item in enumerate(value):
            _as_written(source, item, (*path, k))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "number" and isinstance(item, int | float) and not isinstance(item, bool):
                mark = source.marks[(*path, key)]
                value[key] = source.text[mark.start : mark.end].strip()
            else:
                _as_written(source, item, (*path, key))


def _one_each(problems: Sequence[Problem]) -> list[Problem]:
    """At most one problem for each place."""
    out: list[Problem] = []
    for problem in problems:
        if not out or (out[-1].line, out[-1].column) != (problem.line, problem.column):
            out.append(problem)
    return out


def _problem(source: Marked, error: Any) -> Problem:
    path, value = _place(source, error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    at_key = False
    last = error["loc"][-1] if error["loc"] else ""
    match kind:
        case "extra_forbidden":
            at_key = True
            rule = f"unknown key '{_short(last)}'{near(str(last), _siblings(path))}"
        case "missing":
            at_key = True
            rule = f"{_called(path)}key '{last}' is missing"
        case "literal_error":
            known = [str(k).strip("' ") for k in str(context.get("expected", "")).replace(" or ", ",").split(",")]
            rule = f"'{_short(value)}' for '{_name(path)}'{near(str(value), known)}"
        case "verb":
            rule = _verb(value)
        case "value_error":
            rule = str(context.get("error", error["msg"]))
        case "string_pattern_mismatch":
            rule = f"'{_short(value)}' for '{_name(path)}': {_PATTERNS.get(str(_name(path)), 'letters a-z, 0-9 and -')}"
        case _:
            rule = f"{_name(path)}: {_WORDS.get(kind, error['msg'][:1].lower() + error['msg'][1:])}"
            if kind.startswith(("greater", "less")):
                rule = f"{_name(path)}: {value}: {error['msg'][:1].lower()}{error['msg'][1:]}"
    mark = source.key(path) if at_key else source.mark(path)
    return Problem(mark.line, mark.column, rule)


_WORDS: Final = {
    "string_type": "a text is needed (put it in quotes)",
    "dict_type": "a text for each language is needed, as {en: …}",
    "list_type": "a list is needed (lines that begin with '- ')",
    "model_type": "a map is needed (key: value)",
    "model_attributes_type": "a map is needed (key: value)",
    "float_type": "a number is needed",
    "int_type": "a whole number is needed",
    "bool_type": "true or false is needed",
    "string_too_short": "the text is empty",
    "string_too_long": "the text is too long",
    "too_short": "there is nothing in it",
    "too_long": "there are too many of them",
}
_PATTERNS: Final = {
    "id": "ids are small letters a-z, 0-9 and -, a letter first",
    "number": "numbers are as 12 or 12.5",
    "names": "names are small letters, 0-9 and _, a letter first",
    "event": "an event of the contract, as presence.user.arrived",
}


def _place(source: Marked, where: Sequence[Any]) -> tuple[Path, Any]:
    """The path in the file of a place that pydantic names, which has words of the models' own in it: after each action,
    cue and trigger which kind of it was tried."""
    path: Path = ()
    value: Any = source.value
    tagged = False
    for part in where:
        if tagged:
            tagged = False
            continue
        tagged = part == "trigger" or (isinstance(part, int) and path[-1:] in (("do",), ("cues",)))
        keyed = isinstance(value, dict) and isinstance(part, str) and part in value
        if keyed or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            path, value = (*path, part), value[part]
    return path, value


def _name(path: Path) -> str:
    return str(next((part for part in reversed(path) if isinstance(part, str)), "script"))


def _called(path: Path) -> str:
    return f"in '{_name(path)}', " if path else ""


def _short(value: Any) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 40 else f"{text[:40]}…"


def _verb(value: Any) -> str:
    if not isinstance(value, dict):
        return f"'{_short(value)}': an action is a map that begins with its verb, as '- say: Welcome.'"
    verbs = [name for name in actions.VERBS if name in value]
    if verbs:
        return f"one action with the verbs {' and '.join(verbs)}: give each its own line, which begins with '- '"
    first = next(iter(value), "")
    return f"'{_short(first)}' is no verb{near(first, actions.VERBS)}; the verbs are {', '.join(actions.VERBS)}"


def _siblings(path: Path) -> set[str]:
    """The keys that may stand where an unknown one stands."""
    found: set[str] = set()
    _keys(Script, list(path[:-1]), found)
    return found


def _keys(kind: Any, path: list[str | int], found: set[str]) -> None:
    """Collect the keys of the models that ``path`` leads to from a type."""
    for part in _models(kind):
        if not path:
            found.update(f.alias or name for name, f in part.model_fields.items())
            continue
        head = path[0]
        for name, f in part.model_fields.items():
            if (f.alias or name) == head:
                rest = path[1:]
                while rest and isinstance(rest[0], int):
                    rest = rest[1:]
                _keys(f.annotation, rest, found)


def _models(kind: Any) -> list[type[BaseModel]]:
    """The models in a type, through lists, unions and annotations."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    if isinstance(kind, typing.ForwardRef):
        return []
    out: list[type[BaseModel]] = []
    if typing.get_origin(kind) is not None or isinstance(kind, types.UnionType):
        for part in typing.get_args(kind):
            out += _models(part)
    return out


__all__ = ["Ceremony", "Level", "Mark", "Problem", "near", "parse", "shape"]
