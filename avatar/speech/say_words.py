"""How a person wants words to be said: names, mostly. Each is spelled anew, or told sound by sound in ARPABET."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from ..errors import VoiceError
from .phones import ARPABET

MOST: Final = 4096
_PHONES: Final = frozenset(ARPABET.values())
_VOWELS: Final = frozenset(p for p in _PHONES if p[0] in "AEIOU")
_WORD: Final = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,3}")
_RESPELLED: Final = re.compile(r"[A-Za-z][A-Za-z' -]{0,79}")
_SYMBOL: Final = {value: symbol for symbol, value in reversed(ARPABET.items())} | {"ER": "ɜɹ"}
"""ARPABET -> the voice's alphabet."""


@dataclass(frozen=True, slots=True)
class Sayings:
    """respelled : word in lower case -> how it is spelled to be read right; phones : word -> ARPABET, with stress where
    the person gave it."""

    respelled: Mapping[str, str] = field(default_factory=dict)
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def marked(self, text: str) -> str:
        """``text`` for the voice: words of this dictionary spelled anew, or with their sounds beside them as its
        alphabet has them, ``[Nguyen](/wˈɪn/)``."""
        pattern = self._pattern()
        return text if pattern is None else pattern.sub(self._mark, text)

    def sounds(self, word: str) -> tuple[str, ...]:
        """The sounds of one word, ARPABET without stress; empty where it is not here or only spelled anew."""
        return tuple(p.rstrip("012") for p in self.phones.get(_key(word), ()))

    def spelled(self, text: str) -> str:
        """``text`` with the words that are spelled anew so."""
        pattern = self._pattern()
        return text if pattern is None else pattern.sub(lambda m: self.respelled.get(_key(m[0]), m[0]), text)

    def _pattern(self) -> re.Pattern[str] | None:
        return _any_of(frozenset(self.respelled) | frozenset(self.phones))

    def _mark(self, m: re.Match[str]) -> str:
        key = _key(m[0])
        phones = self.phones.get(key)
        return self.respelled[key] if phones is None else f"[{m[0]}](/{symbols(phones)}/)"


@lru_cache(maxsize=8)
def _any_of(words: frozenset[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w])(?:{'|'.join(re.escape(word) for word in longest_first)})(?![\w])", re.IGNORECASE)


def read(table: object, where: str = "") -> Sayings:
    """A table of words, each with a respelling (``"win"``) or its sounds (``"W IH1 N"``).

    where : named in errors. Raises VoiceError with the word and the rule.
    """
    if not isinstance(table, dict):
        raise VoiceError(f"{where}: it must be a table of words")
    if len(table) > MOST:
        raise VoiceError(f"{where}: it has {len(table):,} words; at most {MOST:,} are read")
    respelled: dict[str, str] = {}
    phones: dict[str, tuple[str, ...]] = {}
    for word, said in table.items():
        place = f"{where}/{word[:40]}"
        if not _WORD.fullmatch(word):
            raise VoiceError(f"{place}: a word begins with a letter, and at most four words go together")
        if not isinstance(said, str) or not said.strip():
            raise VoiceError(f"{place}: it must be how the word is said, in quotes")
        parts = said.split()
        if all(p.rstrip("012") in _PHONES and len(p) <= 3 and p.isupper() for p in parts):
            if not any(p.rstrip("012") in _VOWELS for p in parts):
                raise VoiceError(f"{place}: '{said[:40]}' has no vowel")
            phones[_key(word)] = tuple(parts)
        elif _RESPELLED.fullmatch(said.strip()) and not (len(parts) > 1 and said.isupper()):
            respelled[_key(word)] = said.strip()
        else:
            strange = next((p for p in parts if p.rstrip("012") not in _PHONES), said)
            raise VoiceError(f"{place}: '{strange[:20]}' is no sound of ARPABET and no word in plain letters")
    return Sayings(respelled, phones)


def symbols(phones: tuple[str, ...]) -> str:
    """ARPABET in the voice's alphabet, the stress mark right before its vowel; the first vowel is stressed where no
    stress is given."""
    stress = any(p[-1] in "12" for p in phones)
    found, first = "", not stress
    for phone in phones:
        bare = phone.rstrip("012")
        mark = {"1": "ˈ", "2": "ˌ"}.get(phone[-1], "")
        if bare in _VOWELS and first:
            mark, first = "ˈ", False
        reduced = bare == "AH" and not mark
        found += mark + ("ə" if reduced else _SYMBOL[bare])
    return found


def _key(word: str) -> str:
    return word.lower().replace("’", "'")
