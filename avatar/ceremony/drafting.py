"""A ceremony of the house as somebody's own: its names to be written, what to write beside them, in one language or
all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from . import marked
from .marked import Marked, Path

_GUIDE: Final = {
    "en": (
        '# Write between the quotes ("") under names:. All else may stay as it is, or be changed: it is all only',
        "# words. Then:  avatar ceremony check {file}   (what is still missing, each with its line)",
        "#               avatar ceremony rehearse {file}   (Enter is GO)   and   avatar ceremony run {file}",
    ),
    "ja": (
        '# names: の "" の間に書き込んでください。ほかはそのままでも、変えてもかまいません。どれも言葉にすぎません。',
        "# 次に  avatar ceremony check {file}   （足りないところが行番号とともに示されます）",
        "#       avatar ceremony rehearse {file}   （Enterで次へ）   そして   avatar ceremony run {file}",
    ),
}
_BOTH: Final = re.compile(r",? [Ii]n English and Japanese(?=\.)")
_HINTS: Final = {
    "person": {"en": "your name, as it is to be said", "ja": "あなたの名前（呼ばれたいように）"},
    "companion": {"en": "the companion's name", "ja": "コンパニオンの名前"},
    "date": {"en": "the day, as it is to be said", "ja": "日付（読み上げるとおりに）"},
    "place": {"en": "where it is held", "ja": "場所"},
    "vow": {"en": "your own words, as long as you like", "ja": "ご自身の言葉で、好きな長さで"},
}
_OTHER: Final = {"en": "in your own words", "ja": "ご自身の言葉で"}


def draft(text: str, file: str, language: str | None = None) -> str:
    """A script with its names emptied (all but the companion's), a guide at its head and a word beside each name.

    file : what it will be called; language : the only one that is kept, None = all of them, the guide in the first.
    ValueError for one in which it is not written."""
    found = marked.read(text)
    languages = [str(one) for one in found.value["languages"]]
    if language is not None and language not in languages:
        raise ValueError(f"it is written in {', '.join(languages)}")
    out = text
    edits = [*_emptied(found, language or ""), *(_only(found, language) if language is not None else ())]
    for begin, end, words in sorted(edits, reverse=True):
        out = out[:begin] + words + out[end:]
    if language is not None:
        out = _BOTH.sub("", out, count=1)
    tongue = language if language in _GUIDE else "en"
    out = _hinted(out, list(found.value.get("names", {})), tongue)
    return "\n".join(line.format(file=file) for line in _GUIDE[tongue]) + "\n" + out


def _emptied(found: Marked, language: str) -> Iterator[tuple[int, int, str]]:
    for name, value in found.value.get("names", {}).items():
        if name == "companion":
            continue
        each: list[Path] = [("names", name, k) for k in value] if isinstance(value, dict) else [("names", name)]
        for path in each:
            if not language or path[-1] == language or len(path) == 2:
                mark = found.marks[path]
                tail = "\n" if found.text[mark.start : mark.end].endswith("\n") else ""
                yield mark.start, mark.end, f'""{tail}'


def _only(found: Marked, language: str) -> Iterator[tuple[int, int, str]]:
    """What is taken out so that one language is left."""
    mark = found.marks[("languages",)]
    yield mark.start, mark.end, f"[{language}]"
    languages = {str(one) for one in found.value["languages"]}
    for path in _maps(found.value, languages):
        value: Any = found.value
        for part in path:
            value = value[part]
        keys = list(value)
        for k, key in enumerate(keys):
            if key == language or language not in value:
                continue
            begin = found.keys[(*path, key)].start
            following = found.keys[(*path, keys[k + 1])].start if k + 1 < len(keys) else None
            if following is not None:
                yield begin, following, ""
                continue
            end = _end(found, (*path, key))
            before = _end(found, (*path, keys[k - 1]))
            # the comma, or the line's own beginning, goes with the last one
            yield min(before, begin), end, "\n" if found.text[begin:end].endswith("\n") else ""


def _end(found: Marked, path: Path) -> int:
    return found.marks[path].end


def _maps(value: Any, languages: set[str], path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        if value and set(value) <= languages:
            yield path
            return
        for key, item in value.items():
            yield from _maps(item, languages, (*path, key))
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield from _maps(item, languages, (*path, k))


def _hinted(text: str, names: list[str], tongue: str) -> str:
    """With a word beside each name that is to be written."""
    lines, inside = text.split("\n"), False
    for k, line in enumerate(lines):
        inside = line.startswith("names:") or (inside and (line.startswith(" ") or not line.strip()))
        name = line.strip().partition(":")[0]
        if inside and line.startswith("  ") and not line.startswith("   ") and name in names and "#" not in line:
            hint = _HINTS.get(name, _OTHER)[tongue]
            lines[k] = f"{line.rstrip()}  # {hint}"
    return "\n".join(lines)
