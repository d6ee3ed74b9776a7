"""Whether the lips of a tracked face move as in speech. Geometry only: no sound is heard, no word is read."""

from __future__ import annotations

import math
from typing import Final

from ..types import Face

_JAW, _CLOSE, _FUNNEL, _PUCKER = 25, 27, 32, 38
"""jawOpen, mouthClose, mouthFunnel and mouthPucker in MediaPipe's order of blend shapes."""
_SMILE: Final = (44, 45)
"""mouthSmileLeft and mouthSmileRight."""
_FAST: Final = 0.05
"""Seconds: quicker than that, and it is the detector that moves."""
_MEMORY: Final = 0.45
_ON, _OFF = 0.36, 0.20
"""Of a wide open jaw in a second: a yawn is slower, a syllable quicker."""
_MOST: Final = 0.8
"""A wide mouth does not talk the longer for it."""
_LONGEST: Final = 0.5


def smile_of(face: Face) -> float:
    """How far both corners of the mouth are drawn up, 0-1: geometry, not what is felt."""
    left, right = (float(face.blendshapes[i]) for i in _SMILE)
    return (left + right) / 2


class Talk:
    """Follows one face. talking : its lips have moved up and down at the pace of syllables (2-8 Hz, Chandrasekaran et
    al. 2009) within about the last second."""

    def __init__(self) -> None:
        self.talking = False
        self._fast = self._energy = 0.0
        self._last: float | None = None

    def step(self, face: Face | None, t: float) -> bool:
        """Take in a face seen at ``t`` seconds, None for none; returns ``talking``."""
        if self._last is None or not 0 <= t - self._last <= _LONGEST:
            self._restart(face, t)
        if face is None or self._last is None or t == self._last:
            return self.talking
        dt, self._last = t - self._last, t
        mouth = self._mouth(face)
        if not math.isfinite(mouth):
            return self.talking
        step = (mouth - self._fast) * (1 - math.exp(-dt / _FAST))
        self._fast += step
        self._energy += (min(abs(step) / dt, _MOST) - self._energy) * (1 - math.exp(-dt / _MEMORY))
        self.talking = self._energy > (_OFF if self.talking else _ON)
        return self.talking

    def _restart(self, face: Face | None, t: float) -> None:
        self.talking, self._energy, self._last = False, 0.0, t if face is not None else None
        if face is not None:
            mouth = self._mouth(face)
            self._fast = mouth if math.isfinite(mouth) else 0.0

    @staticmethod
    def _mouth(face: Face) -> float:
        b = face.blendshapes
        return float(b[_JAW]) - 0.5 * float(b[_CLOSE]) + 0.3 * (float(b[_FUNNEL]) + float(b[_PUCKER]))
