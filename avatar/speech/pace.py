"""Words with times into phones with times: how long each sound of a word lasts, from how long sounds last.

Two opinions, and their geometric mean. A sound has a length it takes by itself and one it cannot be shortened below;
what a word has beyond its sounds' least lengths is shared out in proportion to what each can give. That rule is
D. Klatt's ("Synthesis by rule of segmental durations in English sentences", 1979); the lengths are rounded ones of the
same order as his, not a copy of his table. The other opinion, from a sound's neighbours and place, is in ``rhythm``.

Where the sound is there too, its alignment says when each phone of a word begins, and the word's times hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import VoiceError
from ..types import Phone
from .quiet import PAUSE
from .rhythm import relative

LENGTHS: Final = {
    "AA": (0.24, 0.1),
    "AE": (0.23, 0.08),
    "AH": (0.14, 0.06),
    "AO": (0.24, 0.1),
    "AW": (0.26, 0.1),
    "AX": (0.12, 0.06),
    "AY": (0.25, 0.15),
    "EH": (0.15, 0.07),
    "ER": (0.18, 0.08),
    "EY": (0.19, 0.1),
    "IH": (0.135, 0.04),
    "IY": (0.155, 0.055),
    "OW": (0.22, 0.08),
    "OY": (0.28, 0.15),
    "UH": (0.16, 0.06),
    "UW": (0.21, 0.07),
    "HH": (0.08, 0.02),
    "L": (0.08, 0.04),
    "R": (0.08, 0.03),
    "W": (0.08, 0.06),
    "Y": (0.08, 0.04),
    "M": (0.07, 0.06),
    "N": (0.06, 0.05),
    "NG": (0.095, 0.06),
    "CH": (0.11, 0.07),
    "JH": (0.1, 0.06),
    "DH": (0.05, 0.03),
    "F": (0.1, 0.08),
    "S": (0.105, 0.06),
    "SH": (0.105, 0.08),
    "TH": (0.09, 0.06),
    "V": (0.06, 0.04),
    "Z": (0.075, 0.04),
    "ZH": (0.07, 0.04),
    "B": (0.085, 0.06),
    "D": (0.075, 0.05),
    "DX": (0.04, 0.025),
    "G": (0.08, 0.06),
    "K": (0.08, 0.06),
    "P": (0.09, 0.05),
    "T": (0.075, 0.05),
}
"""ARPABET -> (its own length, its least), seconds."""


SHORTEST: Final = 0.02
"""Seconds a sound gets at the least where its word is long enough."""


class Spoken(NamedTuple):
    """A word: seconds it begins and ends at, and its phones."""

    start: float
    end: float
    phones: tuple[str, ...]


def phones_of(words: Sequence[Spoken], seconds: float | None = None) -> tuple[Phone, ...]:
    """Phones that tile the time from 0 to ``seconds`` (None = the last word's end), ``SIL`` between words.

    Raises VoiceError, with the word's number from 1, for times that go back, are not numbers, or lie past the end.
    """
    _check(words, seconds)
    return _laid([(w.start, w.end, w.phones, _ends(words, k)) for k, w in enumerate(words)], seconds)


def held(
    words: Sequence[Spoken], aligned: Sequence[Phone], seconds: float | None = None
) -> tuple[tuple[Phone, ...], int]:
    """The same, but each sound begins when an alignment heard it, as far as that lies within its word; and in how many
    words that was so.

    aligned : phones whose ``word`` counts ``words``; a word that it heard otherwise or elsewhere shares its time as in
    ``phones_of``.
    """
    _check(words, seconds)
    by_word: dict[int, list[Phone]] = {}
    for phone in aligned:
        if phone.word >= 0:
            by_word.setdefault(phone.word, []).append(phone)
    laid, count = [], 0
    for k, word in enumerate(words):
        mine, length = by_word.get(k, []), word.end - word.start
        both = min(word.end, mine[-1].end) - max(word.start, mine[0].start) if mine else 0.0
        if tuple(p.value for p in mine) != tuple(word.phones) or both < length / 2:
            ends = _ends(words, k)
        else:
            count += 1
            later = np.arange(1, len(mine))
            least = min(SHORTEST, length / len(mine))
            starts = np.array([p.start for p in mine[1:]])
            ends = np.clip(starts, word.start + least * later, word.end - least * later[::-1]).tolist()
            ends.append(word.end)
        laid.append((word.start, word.end, word.phones, ends))
    return _laid(laid, seconds), count


def _ends(words: Sequence[Spoken], k: int) -> list[float]:
    """When each sound of a word ends, as words go."""
    word = words[k]
    pause = k + 1 == len(words) or words[k + 1].start - word.end >= PAUSE
    ends: list[float] = (word.start + np.cumsum(shared(word.phones, word.end - word.start, pause))).tolist()
    return ends


def _check(words: Sequence[Spoken], seconds: float | None) -> None:
    at = 0.0
    for k, word in enumerate(words):
        where = f"word {k + 1} ({word.start:g} to {word.end:g} s)"
        if not (np.isfinite(word.start) and np.isfinite(word.end)) or word.end <= word.start or word.start < 0:
            raise VoiceError(f"{where}: it must begin at 0 or later, and end after that")
        if word.start < at - 1e-6:
            raise VoiceError(f"{where}: it begins before the word before it has ended, at {at:g} s")
        if seconds is not None and word.end > seconds + 0.1:
            raise VoiceError(f"{where}: the sound is over at {seconds:g} s")
        at = word.end


def _laid(
    words: Sequence[tuple[float, float, Sequence[str], Sequence[float]]], seconds: float | None
) -> tuple[Phone, ...]:
    """Words of (start, end, phones, when each phone ends) end to end, with silence between them."""
    found: list[Phone] = []
    at = 0.0
    for k, (start, end, phones, ends) in enumerate(words):
        if start > at + 1e-6:
            found.append(Phone("SIL", at, start))
        begin = max(start, at)
        for phone, over in zip(phones, ends, strict=True):
            found.append(Phone(phone, begin, over, int(phone[0] in "AEIOU" and phone not in ("AH", "AX")), k))
            begin = over
        at = end
    if seconds is not None and seconds > at + 1e-6:
        found.append(Phone("SIL", at, seconds))
    return tuple(found)


def shared(phones: Sequence[str], seconds: float, pause: bool = False) -> NDArray[np.float64]:
    """(N,) float64 seconds of each phone of a word, together ``seconds``. pause : it is followed by one."""
    own, least = np.array([LENGTHS.get(p, (0.09, 0.05)) for p in phones]).T
    give = own - least
    short = seconds < least.sum()
    parts = least * (seconds / least.sum()) if short else least + give * ((seconds - least.sum()) / give.sum())
    parts = np.sqrt(parts * relative(phones, pause))
    return np.asarray(parts * (seconds / parts.sum()), np.float64)
