"""Where speech can be broken off without cutting a syllable in two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..types import Phone

_SHUT: Final = frozenset(("P", "B", "M", "T", "D", "K", "G", "CH", "JH"))
"""Sounds that begin with a closed mouth: it is quiet in there already, or nearly."""
_COST_S: Final = (0.0, 0.01, 0.03)
"""A silence, a closure, another onset: how much sooner a worse place must come to be taken, seconds."""


def edge(phones: Sequence[Phone], earliest: float, latest: float) -> float | None:
    """The best instant from ``earliest`` to ``latest`` seconds at which a syllable is over; None where there is none.

    phones : in order. A syllable ends where silence begins, and before the consonants that go with the next vowel: the
    last one before it (with the stop before a liquid or glide); where there are none, between the two vowels.
    """
    best: tuple[float, float] | None = None
    for k, phone in enumerate(phones):
        if phone.start > latest:
            break
        if phone.start < earliest or k == 0 or phones[k - 1].value == "SIL":
            continue
        rank = _rank(phones, k)
        if rank is not None:
            found = (phone.start + _COST_S[rank], phone.start)
            best = found if best is None else min(best, found)
    end = phones[-1].end if phones else -1.0
    if best is None and earliest <= end <= latest:
        return end
    return None if best is None else best[1]


def _rank(phones: Sequence[Phone], k: int) -> int | None:
    """0, 1 or 2 as in ``_COST_S`` where a new syllable, or a silence, begins with phone ``k``; else None."""
    value = phones[k].value
    if value == "SIL":
        return 0
    if _vowel(value):
        return 2 if _vowel(phones[k - 1].value) else None
    after = phones[k + 1].value if k + 1 < len(phones) else "SIL"
    if _vowel(after):
        cluster = value in ("L", "R", "W", "Y") and phones[k - 1].value in _SHUT
        return None if cluster else 1 if value in _SHUT else 2
    if after in ("L", "R", "W", "Y") and value in _SHUT and k + 2 < len(phones) and _vowel(phones[k + 2].value):
        return 1
    return None


def _vowel(value: str) -> bool:
    return value[0] in "AEIOU"
