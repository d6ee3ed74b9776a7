"""The matte made fit to be an edge in a picture: it follows the picture's own edges, and stands still when they do.

A guided filter (K. He, J. Sun, X. Tang, "Guided Image Filtering", 2013; the fast one of He and Sun 2015, whose factors
are found on a picture half the size) takes the segmenter's soft, rounded border to where brightness changes. Then each
place follows the newest matte at once where that differs much, and slowly where it hardly does, which is noise, or
where the picture stood still: a segmenter that changes its mind about what nobody moved is not believed at once.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ...types import ByteArray, FloatArray

_RADIUS: Final = 4
"""Pixels of the half-sized picture: the width in which an edge is looked for."""
_EPSILON: Final = 0.0012
"""Square of the brightness (0-1) from which a difference counts as an edge."""
STILL, SURE = 0.18, 3.0
"""How much of a small difference is followed at a look, and by how much more of a large one."""
CALM: Final = 0.1
"""How much of any difference is followed at a look where the picture stands still."""
_MOVED: Final = (1.2, 4.0)
"""Steps of brightness (of 255, means of places) from which a picture moves at all, and from which it surely does."""
_NOISE, _PLACE = 5, 7  # pixels: over so many a camera's noise is evened out, and around so many a place is one
_AFTER: Final = 0.75  # of a place's movement, what still counts of it at the next look
GAIN: Final = 1.25
"""The filter leaves soft borders softer: so much of the contrast about a half is put back."""


class Refiner:
    """Follows one segmenter. Another size of picture begins anew."""

    def __init__(self) -> None:
        self._kept: FloatArray | None = None
        self._moving = Moving()

    def step(self, image: ByteArray, matte: FloatArray) -> ByteArray:
        """image : (h, w, 3) uint8 RGB; matte : (h, w) float32 0-1 of that picture. Returns (h, w) uint8, new."""
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        fine = guided(grey, matte)
        moved = self._moving.step(grey)
        fine -= 0.5
        fine *= GAIN
        fine += 0.5
        np.clip(fine, 0, 1, out=fine)
        kept = self._kept
        if kept is None or kept.shape != fine.shape:
            self._kept = kept = fine
        else:
            follow(kept, fine, moved)
        return np.asarray(cv2.convertScaleAbs(kept, alpha=255.0), np.uint8)

    def forget(self) -> None:
        """The next picture has nothing to do with the last one."""
        self._kept = None
        self._moving = Moving()


class Moving:
    """Where a picture moves, from one look to the next."""

    def __init__(self) -> None:
        self._last: ByteArray | None = None
        self._share = np.zeros((0, 0), np.float32)

    def step(self, grey: ByteArray) -> FloatArray:
        """(h, w) float32, 0 = it stands still, 1 = it moves, there or a moment ago. grey : (h, w) uint8. The first
        picture, and one of another size, move everywhere."""
        even = np.asarray(cv2.boxFilter(grey, -1, (_NOISE, _NOISE)), np.uint8)
        last, self._last = self._last, even
        if last is None or last.shape != even.shape:
            self._share = np.ones(even.shape, np.float32)
            return self._share
        change = cv2.boxFilter(cv2.absdiff(even, last), cv2.CV_32F, (_PLACE, _PLACE))
        change -= _MOVED[0]
        change *= 1 / (_MOVED[1] - _MOVED[0])
        np.clip(change, 0, 1, out=change)
        self._share *= _AFTER
        np.maximum(self._share, change, out=self._share)
        return self._share


def follow(kept: FloatArray, newer: FloatArray, moved: FloatArray | None = None) -> None:
    """Move ``kept`` towards ``newer``, both (h, w) float32 0-1, in place: wholly where they differ much, hardly where
    they hardly do or where nothing has ``moved`` (h, w) 0-1. ``newer`` is used up."""
    newer -= kept
    share = np.abs(newer)
    share *= SURE
    share += STILL
    np.minimum(share, 1, out=share)
    if moved is not None:
        share -= CALM
        share *= moved
        share += CALM
    newer *= share
    kept += newer


def guided(guide: ByteArray, matte: FloatArray) -> FloatArray:
    """``matte`` (h, w) float32 0-1 with the edges of ``guide`` (h, w) uint8; new."""
    h, w = guide.shape
    half = max(1, w // 2), max(1, h // 2)
    i = cv2.resize(guide, half, interpolation=cv2.INTER_AREA).astype(np.float32)
    i *= np.float32(1 / 255)
    p = cv2.resize(matte, half, interpolation=cv2.INTER_AREA)
    mean_i, mean_p, mean_ip, mean_ii = (_mean(x) for x in (i, p, i * p, i * i))
    mean_ii -= mean_i * mean_i
    mean_ii += np.float32(_EPSILON)
    mean_ip -= mean_i * mean_p
    a = mean_ip / mean_ii
    b = mean_p - a * mean_i
    a, b = (cv2.resize(_mean(x), (w, h), interpolation=cv2.INTER_LINEAR) for x in (a, b))
    a *= guide
    a *= np.float32(1 / 255)
    a += b
    return np.asarray(a, np.float32)


def _mean(x: FloatArray) -> FloatArray:
    side = 2 * _RADIUS + 1
    return np.asarray(cv2.boxFilter(x, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
