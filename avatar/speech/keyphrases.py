"""Phrases that are listened for: how one is pronounced, and whether what was said stood alone.

A word of one or two syllables, such as はい, is in the middle of much that is said. It is taken for an answer only
where somebody says it and nothing else.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from ..types import FloatArray
from .kana import moras

_READING: Final = re.compile(r"^(.*?)\s*[（(]([^（()）]+)[)）]\s*$", re.S)
_GLIDES: Final = {("AA", "IY"): "AY", ("EH", "IY"): "EY"}
_FRAME_S: Final = 0.02
_OVER_DB: Final = 12.0
_LEAST_DB: Final = -55.0
_FALL: Final = 0.5
_RISE: Final = 0.004


def written(phrase: str) -> tuple[str, str]:
    """``誓います（ちかいます）`` as what is written and how it is read; without brackets both are the same."""
    found = _READING.match(phrase)
    return (found[1], found[2].strip()) if found and found[1] else (phrase, phrase)


def japanese(phrase: str) -> tuple[tuple[str, ...], ...]:
    """Each way in which a Japanese phrase may sound, in ARPABET without stress; none for kanji without a reading.

    Two vowels that run together (あい) and the last ``u`` of です and ます, which few say, make more ways than one.
    """
    sounds = moras("".join(c for c in written(phrase)[1] if c.isalnum() or c == "ー"))
    if sounds is None:
        return ()
    whispered = sounds[:-1] if sounds[-2:] == ("S", "UW") else sounds
    glided: list[str] = []
    for sound in whispered:
        if glided and (glided[-1], sound) in _GLIDES:
            glided[-1] = _GLIDES[glided[-1], sound]
        else:
            glided.append(sound)
    return tuple(dict.fromkeys((sounds, whispered, tuple(glided))))


def refusal(phrase: str) -> str | None:
    """``ちかいません`` of ``誓います（ちかいます）``: what is one sound away from it and means the opposite."""
    read = written(phrase)[1]
    return read.removesuffix("ます") + "ません" if read.endswith("ます") else None


class Alone:
    """How long somebody has been speaking without a pause, against the quiet of the room, which it learns.

    rate : samples a second; gap : seconds of quiet that end what was said. ``seconds`` : from the first to the last
    sound of what is being said, or was said last."""

    def __init__(self, rate: int, gap: float = 0.4) -> None:
        self._size, self.gap = round(rate * _FRAME_S), gap
        self._kept = np.zeros(0, np.float32)
        self._floor: float | None = None
        self._t, self._began, self._last = 0.0, -np.inf, -np.inf

    @property
    def seconds(self) -> float:
        return float(self._last - self._began) if np.isfinite(self._last) else 0.0

    @property
    def quiet(self) -> float:
        """Seconds since the last sound."""
        return float(self._t - self._last)

    def feed(self, sound: FloatArray) -> None:
        """More sound, (n,) float32."""
        sound = np.concatenate([self._kept, sound])
        frames = len(sound) // self._size
        self._kept = sound[frames * self._size :]
        for frame in sound[: frames * self._size].reshape(frames, self._size):
            level = 10 * float(np.log10(np.mean(frame**2) + 1e-12))
            self._floor = level if self._floor is None else self._floor
            self._floor += (_FALL if level < self._floor else _RISE) * (level - self._floor)
            self._t += _FRAME_S
            if level > max(self._floor + _OVER_DB, _LEAST_DB):
                if self._t - self._last > self.gap:
                    self._began = self._t - _FRAME_S
                self._last = self._t
