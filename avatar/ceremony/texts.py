"""The words of a ceremony in one language, with its names put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from .script import VARIABLE, Script

_END: Final = re.compile(
    r"[。！？]+[”」』）]*\s*|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?…]+[\"'”’»)]*(?:\s+|$)"
)
"""Where a sentence ends, with the blanks after it."""

Text = str | Mapping[str, str] | None


class UnknownName(KeyError):
    """A text has a name in it that the script does not give. args : the name."""


def choose(text: Text, language: str, languages: tuple[str, ...] | list[str]) -> str:
    """A text in ``language``, or in the first of ``languages`` that it has, or in any; "" for none."""
    if text is None:
        return ""
    if isinstance(text, str):
        return text
    for tag in (language, language.split("-")[0], *languages):
        if tag in text:
            return text[tag]
    return next(iter(text.values()), "")


def variables(text: str) -> Iterator[str]:
    """The names that stand in a text as ``{name}``."""
    return (found[1] for found in VARIABLE.finditer(text) if found[1] is not None)


def fill(text: str, names: Mapping[str, str]) -> str:
    """A text with its names put in; ``{{`` and ``}}`` become brackets. Raises UnknownName."""

    def one(found: object) -> str:
        whole, name = found[0], found[1]  # type: ignore[index]
        if name is None:
            return str(whole[0])
        if name not in names:
            raise UnknownName(name)
        return names[name]

    return VARIABLE.sub(one, text)


class Wording:
    """Says every text of a script in one language.

    names : name -> text, as it is put in; ``statement`` is the script's symbolic statement, ``title`` its title."""

    def __init__(self, script: Script, language: str | None = None) -> None:
        self.language = language or script.languages[0]
        self._languages = script.languages
        given = {name: choose(text, self.language, self._languages) for name, text in script.names.items()}
        self.names: dict[str, str] = dict(given)
        for name in (*given, "title", "statement"):
            text = given[name] if name in given else choose(getattr(script, name), self.language, self._languages)
            self.names[name] = _tried(text, {k: v for k, v in self.names.items() if k != name})

    def __call__(self, text: Text) -> str:
        """The text in the language, with its names in it. Raises UnknownName."""
        return fill(choose(text, self.language, self._languages), self.names).strip()


def _tried(text: str, names: Mapping[str, str]) -> str:
    try:
        return fill(text, names)
    except UnknownName:
        return text


def sentences(text: str) -> int:
    """How many sentences of a text are whole."""
    return len(_END.findall(text))


def after_sentences(text: str, count: int) -> str:
    """What is left of a text after its first ``count`` whole sentences; "" where that is nothing."""
    ends = [0, *(found.end() for found in _END.finditer(text))]
    return text[ends[min(count, len(ends) - 1)] :]
