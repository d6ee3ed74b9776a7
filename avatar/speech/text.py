"""Text into sentences, and a sentence into what a voice can say. The caption stays what was written."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..errors import VoiceError
from ..types import Phone
from .normal import normal
from .scripts import mostly_latin

LIMIT: Final = 100_000
"""Longest text, in characters, that is spoken at once."""
PIECE: Final = 240
"""Longest piece, in characters: a longer sentence is divided at a clause, or else between words."""

_LONGEST_WORD: Final = 32
"""Characters before a full stop that say whether it ends a sentence."""

_TITLES: Final = re.compile(
    r"mr|mrs|ms|mx|dr|prof|rev|fr|sr|jr|st|mt|gen|col|capt|lt|sgt|hon|gov|sen|rep|pres|messrs|vs|e\.g|i\.e|cf|viz|approx|ca|"
    r"al|inc|ltd|co|corp|dept|est"
)
_BEFORE_NUMBER: Final = re.compile(
    r"nos?|figs?|vol|ch|sec|pp?|art|eq|op|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec",
)
_END: Final = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*)\s*|\s*\n\s*")
_CLAUSE: Final = re.compile(r"[,;:—–][\"'”’)\]]*\s+")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_URL: Final = re.compile(r"\b(?:https?://|www\.)(?P<host>[\w.-]*\w)(?:[/?#:]\S*[\w/])?", re.IGNORECASE)
_MAIL: Final = re.compile(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b")
_MARKUP: Final = re.compile(r"`+|\*+|~~+|(?<!\w)_+|_+(?!\w)|^\s*(?:#{1,6}|>+|[-+•])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text spoken in one breath. caption : as it was written; spoken : as the voice gets it; starts : for
    each spoken word, the character of the caption where what is written for it begins (empty: not known)."""

    caption: str
    spoken: str
    starts: tuple[int, ...] = ()


def pieces(text: str, language: str | None = None, emoji: bool = False) -> list[Piece]:
    """The sentences of ``text`` in order, each at most ``PIECE`` characters and with something to pronounce.

    language : BCP 47 tag of the text, None = English where it is mostly in Latin letters; only English is put into
    words (``normal``). emoji : say their names, in English. What cannot be pronounced (an emoji, a row of dashes) stays
    in the caption of its neighbour.
    Raises VoiceError: empty, longer than ``LIMIT`` characters, or nothing in it can be pronounced.
    """
    if not text.strip():
        raise VoiceError("there is nothing to say: the text is empty")
    if len(text) > LIMIT:
        raise VoiceError(f"the text has {len(text):,} characters; at most {LIMIT:,} are spoken at once")
    found: list[Piece] = []
    mute = ""
    for sentence in sentences(text):
        for part in _divide(sentence):
            said, starts = _said(part, language, emoji)
            if any(c.isalnum() for c in said):
                shift = len(mute) + 1 if mute else 0
                found.append(Piece(f"{mute} {part}".strip(), said, tuple(at + shift for at in starts)))
                mute = ""
            elif found:
                found[-1] = Piece(f"{found[-1].caption} {part}", found[-1].spoken, found[-1].starts)
            else:
                mute = f"{mute} {part}".strip()
    if not found:
        raise VoiceError(f"there is nothing to pronounce in {_shown(text)}")
    return found


def written(phones: Sequence[Phone], piece: Piece) -> tuple[Phone, ...]:
    """Phones whose ``word`` counts the words of the caption, not those that are said: *twenty six* is one, ``26``.

    phones : of ``piece.spoken``; where they are not in as many words as were asked for, they come back as they are.
    """
    said = sorted({p.word for p in phones if p.word >= 0})
    if not piece.starts or len(said) != len(piece.starts):
        return tuple(phones)
    begins = [m.start() for m in re.finditer(r"\S+", piece.caption)]
    number = {word: max(bisect_right(begins, at) - 1, 0) for word, at in zip(said, piece.starts, strict=True)}
    return tuple(replace(p, word=number[p.word]) if p.word >= 0 else p for p in phones)


def sentences(text: str) -> list[str]:
    """``text`` divided after sentence ends and at line breaks; nothing but blanks between sentences is lost."""
    found, cut = [], 0
    for end in _END.finditer(text):
        if "\n" in end.group() or (_ends(text, end) and not text[cut : end.start()].strip().isdecimal()):
            found.append(text[cut : end.end()].strip())
            cut = end.end()
    found.append(text[cut:].strip())
    return [s for s in found if s]


def _ends(text: str, end: re.Match[str]) -> bool:
    mark = end.group().strip().rstrip("\"'”’)]")
    after = text[end.end() : end.end() + 1]
    if mark[-1:] not in (".", "…"):
        return True
    if after.islower():
        return False
    if mark != ".":
        return True
    before = re.search(r"[^\s(\[\"'“‘]*$", text[max(0, end.start() - _LONGEST_WORD) : end.start()])
    word = before.group() if before else ""
    if len(word) == 1 and word.isupper() and word != "I":
        return False
    word = word.lower()
    return not (_TITLES.fullmatch(word) or (_BEFORE_NUMBER.fullmatch(word) and after.isdecimal()))


def _divide(sentence: str) -> list[str]:
    """A sentence longer than ``PIECE`` at its last clause mark that fits, else at a blank, else where it must."""
    parts = []
    while len(sentence) > PIECE:
        head = sentence[:PIECE]
        clauses = [m.end() for m in _CLAUSE.finditer(head) if m.end() > PIECE // 4]
        cut = clauses[-1] if clauses else head.rfind(" ") + 1 or PIECE
        parts.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [*parts, sentence]


def spoken(text: str, language: str | None = None, emoji: bool = False) -> str:
    """``text`` as a voice can say it: no control characters, emoji or markup; English with every figure, sign and
    abbreviation in words."""
    return _said(text, language, emoji)[0]


def _said(text: str, language: str | None, emoji: bool) -> tuple[str, tuple[int, ...]]:
    """What is said, and for each of its words where it is written."""
    english = mostly_latin(text) if language is None else re.split(r"[-_]", language.lower())[0] == "en"
    if not english:
        return _bare(text), ()
    found = normal(text, emoji)
    return found.spoken, found.starts()


def _bare(text: str) -> str:
    """Text of any language without what nobody says; figures and signs are the voice's own matter."""
    text = unicodedata.normalize("NFKC", _LINK.sub(r"\1", text))
    text = _MAIL.sub(lambda m: f"{_dotted(m[1])} at {_dotted(m[2])}", text)
    text = _URL.sub(lambda m: _dotted(m["host"].removeprefix("www.")), text)
    text = _MARKUP.sub("", re.sub(r"(?<=\d)\s*[*×]\s*(?=\d)", " times ", text))
    text = "".join(c if _sayable(c) else " " for c in text)
    text = re.sub(r"\d{13,}", lambda m: " ".join(m[0]), text)
    text = re.sub(r"\.{2,}", "…", text)
    text = re.sub(r"([!?,;:…—-])\1+", r"\1", text)
    return re.sub(r"\s+([.,;:!?…])", r"\1", re.sub(r"\s+", " ", text)).strip()


def _dotted(address: str) -> str:
    return address.replace(".", " dot ").replace("_", " ").replace("-", " ")


def _sayable(c: str) -> bool:
    kind = unicodedata.category(c)
    if kind in ("Sc", "Sm") or c in "\u00b0©®™":
        return True
    return kind[0] in "LNPZM" and c not in "\ufe0e\ufe0f\u20e3"


def _shown(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"'{line[:40]}…'" if len(line) > 40 else f"'{line}'"
