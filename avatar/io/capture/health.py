"""Whether what a camera gives is a picture of the room: a covered lens is black, a stuck driver repeats itself."""

from __future__ import annotations

import zlib
from typing import Final, Literal

import numpy as np

from ...types import ByteArray

Health = Literal["live", "covered", "stalled"]
WORDS: Final = {
    "covered": "The camera is covered",
    "stalled": "The camera gives no new picture",
    "lost": "The camera is gone",
    "busy": "Another program has the camera",
    "denied": "The camera may not be used",
}
"""What is said on the picture while a camera is not as it should be."""

COVERED_S: Final = 0.5
STALLED_S: Final = 1.0
"""Seconds without a change of any looked-at pixel: a sensor's noise alone changes some in every frame."""
_STRIDE: Final = 16
_BLACK, _EVEN = 14.0, 7.0
"""Of 255: mean, and spread, at most, of a lens with something over it; a dark room still has lamps and edges."""


class Watch:
    """Follows one camera's frames."""

    def __init__(self) -> None:
        self._sum: int | None = None
        self._changed = self._clear = 0.0
        self._begun = False

    def step(self, image: ByteArray, t: float) -> Health:
        """image : (H, W, 3) uint8 RGB, grabbed at t seconds. Returns how the camera is."""
        few = np.ascontiguousarray(image[::_STRIDE, ::_STRIDE])
        found = zlib.crc32(few.data)
        black = float(few.mean()) < _BLACK and float(few.std()) < _EVEN
        if not self._begun:
            self._begun, self._changed, self._clear = True, t, t
        if found != self._sum:
            self._sum, self._changed = found, t
        if not black:
            self._clear = t
        if t - self._clear >= COVERED_S:
            return "covered"
        return "stalled" if t - self._changed >= STALLED_S else "live"
