"""What is written into what is said: English words for figures, signs, abbreviations, addresses and other scripts.

The caption stays what was written; each token says which stretch of it its words are for, so that a gesture or a tag
meets the right word. Emoji and markup make no sound. Kana, Cyrillic and Greek inside English are read by their sound;
a word in any other script is left out, and ``unread`` names it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .normal_numbers import RULES
from .normal_words import AFTER, BEFORE, PLAIN
from .number_words import plain
from .scripts import readable

_KEPT: Final = frozenset("…°²³¹")
_SILENT: Final = frozenset("\ufe0e\ufe0f\u20e3\u00ad\u200b\u200c\u200d\u2060\ufeff")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u3099\u309a]|[^\W\d_]|ー)*")
_DIGITS: Final = re.compile(r"\d")
_REPEATED: Final = re.compile(r"([!?,;:…—-])\1+")
_DOTS: Final = re.compile(r"\.{2,}")
_DANGLING: Final = frozenset(".,;:!?…")
_TIDY: Final = re.compile(r"[^\W_]+(?: [^\W_]+)*[.,;:!?…]?")
_BEFORE_MARK: Final = re.compile(r"\s+([.,;:!?…])")
_RUNS: Final = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Token:
    """spoken : words and their punctuation; start, end : what is written for them, characters of the text."""

    spoken: str
    start: int
    end: int

    @property
    def words(self) -> int:
        """How many words there are to say."""
        parts = self.spoken.split()
        if "".join(parts).isalnum():
            return len(parts)
        return sum(any(c.isalnum() for c in part) for part in parts)


@dataclass(frozen=True, slots=True)
class Normal:
    """A text as it is said. tokens : in order; unread : words in scripts without a reading, left out."""

    tokens: tuple[Token, ...]
    unread: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """The words of all tokens."""
        return " ".join(token.spoken for token in self.tokens)

    def starts(self) -> tuple[int, ...]:
        """For each word that is said, in order, where what is written for it begins."""
        return tuple(token.start for token in self.tokens for _ in range(token.words))


def normal(text: str, emoji: bool = False) -> Normal:
    """``text`` as an English voice can say it; never raises.

    emoji : say their names (*grinning face*) instead of nothing.
    """
    if PLAIN.fullmatch(text):
        return Normal(tuple(Token(m[0], *m.span()) for m in re.finditer(r"\S+", text)))
    clean, where = _clean(text, emoji)
    taken = bytearray(len(clean))
    claims: list[tuple[int, int, str]] = []
    rules = (*BEFORE, *(RULES if _DIGITS.search(clean) or not clean.isascii() or _has_roman(clean) else ()), *AFTER)
    present = set(clean)
    for pattern, say, needs in rules:
        if needs and present.isdisjoint(needs):
            continue
        group = "x" if "x" in pattern.groupindex else 0
        for m in pattern.finditer(clean):
            start, end = m.span(group)
            if start == end or taken.find(1, start, end) >= 0:
                continue
            said = say(m)
            if said is not None:
                claims.append((start, end, said))
                taken[start:end] = b"\1" * (end - start)
    unread: list[str] = []
    if not clean.isascii():
        for m in _LETTERS.finditer(clean):
            if m[0].isascii() or taken.find(1, m.start(), m.end()) >= 0:
                continue
            if any(c.isnumeric() for c in m[0]):
                claims.append((m.start(), m.end(), _figures(m[0])))
                continue
            read = readable(m[0])
            if read is None:
                unread.append(m[0])
            if read != m[0]:
                claims.append((m.start(), m.end(), read or " "))
    claims.sort()
    tokens = [Token(said, where[a], where[b - 1] + 1) for said, a, b in _joined(clean, claims)]
    return Normal(tuple(_tidied(tokens)), tuple(unread))


def _figures(run: str) -> str:
    """A small, circled or Roman figure that stands alone."""
    bare = unicodedata.normalize("NFKC", run)
    return plain(bare) if bare.isdecimal() and bare.isascii() else bare if bare.isascii() else " "


def _has_roman(clean: str) -> bool:
    return re.search(r"\b[IVXLCDM]{1,9}\b", clean) is not None


def _clean(text: str, emoji: bool) -> tuple[str, list[int] | range]:
    """Characters that can be read, and the place in ``text`` of each."""
    if text.isascii() and text.isprintable():
        return text, range(len(text))
    found: list[str] = []
    where: list[int] = []
    for k, c in enumerate(text):
        if unicodedata.combining(c) and found:
            joined = unicodedata.normalize("NFC", found[-1] + c)
            if len(joined) == 1:
                found[-1] = joined
            elif unicodedata.category(c) == "Mn" and found[-1].isalpha():
                found.append(c)
                where.append(k)
            continue
        for one in _character(c, emoji):
            if unicodedata.combining(one) and found:
                found[-1] = unicodedata.normalize("NFC", found[-1] + one)[:1]
                continue
            found.append(one)
            where.append(k)
    return "".join(found), where


@lru_cache(maxsize=8192)
def _character(c: str, emoji: bool) -> str:
    if c in _KEPT or c in "\n\x1b" or (c.isascii() and c.isprintable()):
        return c
    if c in _SILENT:
        return ""
    kind = unicodedata.category(c)
    if c == "©":
        return c
    if kind == "Cf":
        return ""
    if kind in ("So", "Sk", "Cc", "Co", "Cn", "Cs", "Zs", "Zl", "Zp"):
        name = unicodedata.name(c, "").lower() if emoji and kind == "So" else ""
        return f" {name} " if name else " "
    if kind == "No" or c in "’‘‚‛":
        return c if kind == "No" else "'"
    return unicodedata.normalize("NFKC", c)


def _joined(clean: str, claims: list[tuple[int, int, str]]) -> Iterator[tuple[str, int, int]]:
    """(what is said, start, end) of each run without blanks; what was claimed counts as without blanks."""
    said, begin, at = "", -1, 0
    for start, end, words in [*claims, (len(clean), len(clean), "")]:
        for part in _RUNS.finditer(clean, at, start):
            if part[0].isspace():
                if begin >= 0:
                    yield said, begin, part.start()
                said, begin = "", -1
            else:
                said, begin = said + part[0], begin if begin >= 0 else part.start()
        if start < len(clean):
            glue_before = " " if words[:1].isalnum() and said[-1:].isalnum() else ""
            glue_after = " " if words[-1:].isalnum() and clean[end : end + 1].isalnum() else ""
            said, begin = f"{said}{glue_before}{words}{glue_after}", begin if begin >= 0 else start
        at = end
    if begin >= 0:
        yield said, begin, len(clean)


def _tidied(tokens: list[Token]) -> Iterator[Token]:
    """No double marks, no token of nothing; a mark that stands alone goes with the word before it."""
    held: Token | None = None
    for token in tokens:
        if _TIDY.fullmatch(token.spoken):
            if held is not None:
                yield held
            held = token
            continue
        said = _REPEATED.sub(r"\1", _DOTS.sub("…", token.spoken))
        said = _BEFORE_MARK.sub(r"\1", " ".join(said.split()))
        if not said:
            continue
        if held is not None and all(c in _DANGLING for c in said):
            mark = said if held.spoken[-1] not in _DANGLING or said[0] != held.spoken[-1] else said[1:]
            held = Token(_REPEATED.sub(r"\1", held.spoken + mark), held.start, token.end)
            continue
        if held is not None:
            yield held
        held = Token(said, token.start, token.end)
    if held is not None:
        yield held
