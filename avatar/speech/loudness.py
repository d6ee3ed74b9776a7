"""A mouth from loudness alone: the last resort, for sound of which nothing is known and which nobody recognises.

It opens with the loudness of the voice's vowels and closes in the dips between them. It cannot tell an m from an n, so
that lips meet only where it is quiet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from ..types import VISEMES, FloatArray
from .visemes import IMPLIED

_RATE: Final = 100
_RANGE_DB: Final = 26.0
"""From a closed mouth to one as wide open as it gets."""
_FORGET_S: Final = 3.0
"""How quickly the loudest vowel is forgotten (1/e)."""
_FLOOR: Final = 1e-4
"""Of full scale: what is softer is silence."""
_WIDEST: Final = 0.75
_SIL, _AA, _IH, _OH = (VISEMES.index(name) for name in ("sil", "aa", "ih", "oh"))


class Listener(Protocol):
    """Something that hears a mouth in sound as it comes."""

    source: str
    """Which kind of timing this is, as ``VisemeTrack.source`` has it."""

    def feed(self, samples: FloatArray) -> FloatArray:
        """The next sound, (n,) float32 mono; returns the mouth that is decided by now, (m, 18) float32 at 100 Hz as
        ``visemes.rows`` has it, after all that was returned before."""
        ...

    def finish(self) -> FloatArray:
        """No more comes: the rest of the mouth, (m, 18) float32 at 100 Hz."""
        ...


@dataclass(slots=True)
class Loudness:
    """rate : samples a second. Each row is decided 20 ms after its instant."""

    rate: int
    source: str = "loudness"
    _rest: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    _top: float = 0.0
    _open: float = 0.0
    _bright: float = 0.0
    _done: int = 0
    _taken: int = 0

    def feed(self, samples: FloatArray) -> FloatArray:
        """As ``Listener.feed``. Samples that are no numbers count as silence."""
        self._rest = np.concatenate([self._rest, np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)])
        return self._rows(final=False)

    def finish(self) -> FloatArray:
        """As ``Listener.finish``."""
        return self._rows(final=True)

    def _rows(self, final: bool) -> FloatArray:
        found = []
        width = self.rate // 50
        while True:
            # Rows stand at whole hundredths of a second whatever the rate is: their first samples are rounded.
            begin = round(self._done * self.rate / _RATE) - self._taken
            if len(self._rest) - begin < (1 if final else width):
                break
            found.append(self._row(self._rest[begin : begin + width]))
            self._done += 1
        cut = min(len(self._rest), max(0, round(self._done * self.rate / _RATE) - self._taken))
        self._rest, self._taken = self._rest[cut:], self._taken + cut
        weights = np.array(found, np.float32).reshape(-1, len(VISEMES))
        return np.concatenate([weights, weights @ IMPLIED], 1)

    def _row(self, part: FloatArray) -> FloatArray:
        power = float(np.sqrt(np.mean(np.square(part))))
        self._top = max(power, self._top * float(np.exp(-1 / (_FORGET_S * _RATE))), 10 * _FLOOR)
        wide = 1 + 20 * np.log10(max(power, _FLOOR / 10) / self._top) / _RANGE_DB
        wide = float(np.clip(wide, 0.0, 1.0)) if power > _FLOOR else 0.0
        # Jaws fall within 30 ms and rise within 50.
        self._open += (wide - self._open) * (0.5 if wide > self._open else 0.35)
        change = float(np.mean(np.square(np.diff(part)))) if len(part) > 1 else 0.0
        bright = np.clip(change / (power * power + 1e-12) * (self.rate / 24000) ** 2 * 4, 0.0, 1.0)
        self._bright += (float(bright) - self._bright) * 0.3
        row = np.zeros(len(VISEMES), np.float32)
        wide = _WIDEST * self._open
        row[_SIL] = 1 - wide
        # A hiss is made with teeth nearly shut, a dark sound with rounder lips.
        row[_IH] = wide * self._bright
        row[_OH] = wide * (1 - self._bright) * 0.25
        row[_AA] = wide * (1 - self._bright) * 0.75
        return row
