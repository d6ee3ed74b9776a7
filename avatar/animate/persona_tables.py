"""The two tables of a persona's file that are about words: what tags in a text mean, and who speaks in a chat.

[tags.emotions]
smug = "relaxed"        # the prompt's word = an expression of the companion; "" = nothing, on purpose

[tags.motions]
dance = "beat_both"     # the prompt's word = a gesture

[chat]
prompt = "You are Hikari …"
language = "en"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

LONGEST_PROMPT: Final = 16000
"""Characters of a prompt."""
MOST_WORDS: Final = 256
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_WORD: Final = 64

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tags:
    """Words of a prompt, in small letters, and the expression or gesture that each one means; "" = none."""

    emotions: Pairs = ()
    motions: Pairs = ()


@dataclass(frozen=True, slots=True)
class Chat:
    """prompt : for a language model, "" = the house's; language : BCP 47, of what it says, "" = not settled."""

    prompt: str = ""
    language: str = ""


NO_TAGS: Final = Tags()
NO_CHAT: Final = Chat()


def tags(table: object) -> Tags:
    """Raises BrokenError: place in the table, and the rule."""
    both = {key: _pairs(key, value) for key, value in _table(table, "", ("emotions", "motions")).items()}
    return Tags(**both)


def chat(table: object) -> Chat:
    """The same for ``[chat]``."""
    values = _table(table, "", ("prompt", "language"))
    prompt, language = values.get("prompt", ""), values.get("language", "")
    if not isinstance(prompt, str) or len(prompt) > LONGEST_PROMPT:
        raise BrokenError("/prompt", f"must be a text of at most {LONGEST_PROMPT} characters")
    if not isinstance(language, str) or (language and not _LANGUAGE.fullmatch(language)):
        raise BrokenError("/language", "must be a language's tag, as in en, ja or pt-BR")
    return Chat(prompt.strip(), language)


class BrokenError(ValueError):
    """A rule that a table breaks. pointer : the place in it."""

    def __init__(self, pointer: str, rule: str) -> None:
        super().__init__(rule)
        self.pointer = pointer


def _table(table: object, where: str, keys: tuple[str, ...] | None) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise BrokenError(where, "must be a table")
    for key in table:
        if keys is not None and key not in keys:
            raise BrokenError(f"{where}/{key[:40]}", f"is not one of {', '.join(keys)}")
    return table


def _pairs(name: str, table: object) -> Pairs:
    words = _table(table, f"/{name}", None)
    if len(words) > MOST_WORDS:
        raise BrokenError(f"/{name}", f"has {len(words)} words; at most {MOST_WORDS} are taken")
    found = []
    for word, meaning in words.items():
        place = f"/{name}/{word[:40]}"
        if not word.strip() or len(word) > _LONGEST_WORD or not word.isprintable():
            raise BrokenError(place, f"must be a word of at most {_LONGEST_WORD} characters")
        if not isinstance(meaning, str) or len(meaning) > _LONGEST_WORD or not meaning.isprintable():
            raise BrokenError(place, 'must be a name, or "" for nothing')
        found.append((word.strip().lower(), meaning.strip()))
    return tuple(found)
