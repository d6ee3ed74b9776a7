"""Which written word each speech sound belongs to, and what kind of word it is, for the accents of head and hands.

A voice numbers the words it speaks, and speaks more of them than are written (*1984*, *Dr.*); a forced alignment may
number none. Both are matched by sound: letters and phones become rough classes of consonants and one of vowels, and the
two rows are laid beside each other with the fewest edits (Needleman and Wunsch 1970).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from ..types import IntArray, Phone

VOWELS: Final = frozenset(
    ("AA", "AE", "AH", "AX", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)


def _words(row: str) -> frozenset[str]:
    return frozenset(row.split(" "))


FUNCTION_WORDS: Final = _words(
    "a an the this that these those and or but nor so if than then as of at by for from in into on onto to with "
    "without about over under up out off through during before after between i me my mine you your yours he him his "
    "she her hers it its we us our ours they them their theirs who whom whose which what when where while there here "
    "is am are was were be been being do does did done have has had having will would shall should can could may "
    "might must i'm you're he's she's it's we're they're i've you've we've they've i'll you'll he'll she'll it'll "
    "we'll they'll i'd you'd he'd she'd we'd they'd that's there's here's what's let's just some any each such "
    "because although though how why also too very"
)
"""Words that carry grammar and little else; they take no accent of their own."""
NEGATIONS: Final = _words("no not never none nothing nobody nowhere neither nor cannot")
ASKING: Final = _words("who whom whose which what when where why how who's what's where's how's")
"""Words that begin a question which cannot be answered by yes or no."""

_TOKEN: Final = re.compile(r"(?P<star>[*_]{0,3})(?P<word>[^\W_]+(?:['’\-][^\W_]+)*)(?P<after>[^\w\s]*)")
_CLASS: Final = {
    **dict.fromkeys(("P", "B"), "P"),
    **dict.fromkeys(("F", "V"), "F"),
    **dict.fromkeys(("N", "NG"), "N"),
    **dict.fromkeys(("T", "D", "DX"), "T"),
    **dict.fromkeys(("TH", "DH"), "D"),
    **dict.fromkeys(("S", "Z"), "S"),
    **dict.fromkeys(("SH", "CH", "ZH", "JH"), "C"),
    **dict.fromkeys(("K", "G"), "K"),
    **{c: c for c in "MLRWY"},
    "HH": "H",
}
_LETTERS: Final = re.compile(
    r"(?P<V>[aeiouæœ]+|(?<=[^aeiou])y)|(?P<D>th)|(?P<C>sh|ch|tch|dg|j|ti(?=on)|si(?=on)|ci(?=a))|(?P<F>ph|f+|v)|"
    r"(?P<N>kn|ng|n+)|(?P<R>wr|r+)|(?P<W>wh|w)|(?P<S>c(?=[eiy])|s+|z+)|(?P<K>ck|c+|k|q|g+|x)|(?P<P>p+|b+)|(?P<T>t+|d+)|"
    r"(?P<M>m+)|(?P<L>l+)|(?P<Y>y)|(?P<H>h)"
)
_GAP: Final = 0.6
_LONGEST: Final = 2000
"""Sounds matched at once; a sentence has about 250."""


@dataclass(frozen=True, slots=True)
class Token:
    """A written word. text : lower case, straight apostrophes; emphasis : written in capitals or between stars;
    mark : the punctuation right after it; at : character of the text where it begins."""

    text: str
    emphasis: bool = False
    mark: str = ""
    at: int = field(default=0, compare=False)

    @property
    def negative(self) -> bool:
        """Does it deny?"""
        return self.text in NEGATIONS or self.text.endswith("n't")

    @property
    def content(self) -> bool:
        """Is it a word that may carry an accent?"""
        return self.emphasis or self.text not in FUNCTION_WORDS


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in order."""
    found = list(_TOKEN.finditer(text))
    shouted = sum(m["word"].isupper() for m in found) * 2 > len(found)
    return tuple(
        Token(
            m["word"].lower().replace("’", "'"),
            bool(m["star"]) or (len(m["word"]) > 2 and m["word"].isupper() and m["word"].isalpha() and not shouted),
            m["after"].strip("*_"),
            m.start("word"),
        )
        for m in found
    )


def groups(phones: Sequence[Phone]) -> IntArray:
    """(N,) which spoken word each phone belongs to, counted from 0; -1 for silence and where no word is known. A number
    that changes or a silence begins a word: numbers may start again within a sentence."""
    out = np.full(len(phones), -1, np.int32)
    count, previous = -1, -1
    for i, phone in enumerate(phones):
        number = -1 if phone.value == "SIL" else phone.word
        if number >= 0:
            count += number != previous
            out[i] = count
        previous = number
    return out


def assign(phones: Sequence[Phone], words: Sequence[Token]) -> IntArray:
    """(N,) index of the written word each phone belongs to, -1 where there is none."""
    group = groups(phones)
    count = int(group.max(initial=-1)) + 1
    if count == len(words) and count:
        return group
    sounds = [i for i, p in enumerate(phones) if p.value in _CLASS or p.value in VOWELS][:_LONGEST]
    letters = [(k, str(m.lastgroup)) for k, w in enumerate(words) for m in _LETTERS.finditer(w.text)][:_LONGEST]
    out = np.full(len(phones), -1, np.int32)
    if not sounds or not letters:
        return out
    pairs = _beside([_CLASS.get(phones[i].value, "V") for i in sounds], [c for _, c in letters])
    for a, b in pairs:
        out[sounds[a]] = letters[b][0]
    if not count:
        _fill(out, phones)
        return out
    # every spoken word belongs to the written word that most of its sounds fell to
    for k in range(count):
        mine = np.flatnonzero(group == k)
        votes = Counter(int(x) for x in out[mine] if x >= 0)
        out[mine] = votes.most_common(1)[0][0] if votes else -1
    return out


class Word(NamedTuple):
    """When a written word is heard. at : character of the text where it begins; start : seconds of its first sound;
    stroke : seconds at the middle of its stressed vowel, where a movement that goes with it shall be at its stroke."""

    at: int
    start: float
    stroke: float


def spoken_words(phones: Sequence[Phone], text: str) -> tuple[Word, ...]:
    """The written words of a text that are heard, in order of the text."""
    words = tokens(text)
    mine: dict[int, list[Phone]] = {}
    for phone, k in zip(phones, assign(phones, words).tolist(), strict=True):
        if k >= 0 and phone.value != "SIL":
            mine.setdefault(k, []).append(phone)
    found = []
    for k in sorted(mine):
        vowels = [p for p in mine[k] if p.value in VOWELS] or mine[k]
        heavy = max(vowels, key=lambda p: (p.stress == 1, p.stress == 2, p.end - p.start))
        found.append(Word(words[k].at, mine[k][0].start, (heavy.start + heavy.end) / 2))
    return tuple(found)


def _beside(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs (i, j) of places in a and b that fall together in the cheapest alignment."""
    n, m = len(a), len(b)
    same = np.array([[x == y for y in b] for x in a])
    kind = np.array([x == "V" for x in a])[:, None] == np.array([y == "V" for y in b])
    price = np.where(same, 0.0, np.where(kind, 0.8, 1.3))
    steps = np.arange(m + 1) * _GAP
    cost = np.empty((n + 1, m + 1))
    cost[0] = steps
    for i in range(1, n + 1):
        row = cost[i - 1] + _GAP
        np.minimum(row[1:], cost[i - 1, :-1] + price[i - 1], out=row[1:])
        # gaps along the row: the running minimum does all of them at once
        cost[i] = np.minimum.accumulate(row - steps) + steps
    pairs: list[tuple[int, int]] = []
    i, j = n, m
    while i and j:
        if cost[i, j] >= cost[i - 1, j - 1] + price[i - 1, j - 1] - 1e-9:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif cost[i, j] >= cost[i - 1, j] + _GAP - 1e-9:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _fill(out: IntArray, phones: Sequence[Phone]) -> None:
    """Give sounds that fell to no word the word before them, in place; silence stays without."""
    last = next((int(x) for x in out if x >= 0), -1)
    for i, phone in enumerate(phones):
        if phone.value == "SIL":
            continue
        if out[i] < 0:
            out[i] = last
        last = int(out[i])
