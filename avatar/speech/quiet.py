"""Where a sound is quiet: pauses are heard better in its level than in any alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, Phone

PAUSE: Final = 0.05
"""A silence shorter than this is no pause, seconds."""
_STEPS: Final = 200
"""Truths a second."""
_CLOSURE: Final = 0.06
"""Seconds of quiet that belong to the stop after it."""
_STOPS: Final = frozenset(("P", "B", "T", "D", "K", "G", "CH", "JH"))
_WEAK: Final = frozenset(("F", "TH", "HH", "V", "DH"))
"""Sounds that may lie as far below a vowel as quiet does."""


def sounding(sound: FloatArray, rate: int, within: float = 38.0) -> NDArray[np.bool_]:
    """One truth every 5 ms: is it within so many dB of the loudest 10 ms?"""
    hop = rate // _STEPS
    power = np.square(sound[: len(sound) // hop * hop]).reshape(-1, hop).sum(1)
    power[1:] += power[:-1].copy()
    return np.asarray(power > power.max(initial=0.0) * 10 ** (-within / 10), np.bool_)


def gap(heard: NDArray[np.bool_], start: float, end: float) -> tuple[float, float]:
    """The longest quiet stretch between two instants, seconds."""
    first = int(start * _STEPS)
    part = heard[first : int(end * _STEPS)]
    edges = np.flatnonzero(np.diff(np.concatenate(([True], part, [True])).astype(np.int8)))
    if len(edges) == 0:
        return end, end
    quiet, loud = edges[::2], edges[1::2]
    k = int(np.argmax(loud - quiet))
    begin = max(start, (first + quiet[k]) / _STEPS)
    return float(begin), (end if loud[k] == len(part) else float(first + loud[k]) / _STEPS)


def with_pauses(phones: Sequence[Phone], heard: NDArray[np.bool_]) -> tuple[Phone, ...]:
    """Phones that tile a sound, with the pauses that the sound has between words and after the last and the phones do
    not.

    heard : of ``sounding``. The quiet of a stop's closure is no pause, and a sound that is faint itself keeps its time.
    """
    found: list[Phone] = []
    for k, phone in enumerate(phones):
        after = phones[k + 1] if k + 1 < len(phones) else None
        start = found[-1].end if found else phone.start
        inside = after is not None and after.word == phone.word
        if phone.value == "SIL" or inside or (after is not None and after.value == "SIL"):
            found.append(replace(phone, start=start))
            continue
        middle, limit = (start + phone.end) / 2, (after.start + after.end) / 2 if after is not None else phone.end
        quiet, loud = gap(heard, middle, limit)
        if phone.value in _WEAK:
            quiet = max(quiet, phone.end)
        if after is not None and after.value in _STOPS:
            loud -= _CLOSURE
        elif after is not None and after.value in _WEAK:
            loud = min(loud, after.start)
        if loud - quiet < (PAUSE if after is not None else PAUSE / 2):
            found.append(replace(phone, start=start))
        else:
            found += [replace(phone, start=start, end=quiet), Phone("SIL", quiet, loud)]
    return tuple(found)
