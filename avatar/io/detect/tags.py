"""Tags in a picture: AprilTag 36h11 and ArUco 6x6, each with its corners to a small part of a pixel.

A shape counts as a tag when its border is black, its cells spell a number but for two at most, and black and white
differ. That chance draws one is a matter of 1 in 10 million shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...types import ByteArray, Mark
from . import codes, quads

Region = tuple[int, int, int, int]
"""x0, y0, x1, y1 : a part of a picture, pixels."""

TAG_SIZE: Final = 0.08
"""Metres of a tag's black square, where nobody says another."""
_WRONG: Final = 2  # cells
_BORDER: Final = 0.93
_CONTRAST: Final = 15.0  # levels
_FROM_LINES: Final = 0.35  # pixels that sharper corners may lie from those of AprilTag's own lines
_UNIT: Final = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]], np.float32)


def grey_of(image: ByteArray) -> ByteArray:
    """(H, W) uint8 of a picture (H, W, 3) RGB, or of one that is grey already."""
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


class TagFinder:
    """size : metres of a tag's black square; sizes : of some, by (family, number); families : which are looked for;
    exact : the slow way, for stills (see ``quads.candidates``)."""

    def __init__(
        self,
        size: float = TAG_SIZE,
        sizes: Mapping[tuple[str, int], float] | None = None,
        families: Iterable[str] = tuple(codes.FAMILIES),
        exact: bool = False,
    ) -> None:
        self._size, self._sizes = size, dict(sizes or {})
        self._families, self._exact = tuple(families), exact

    def find(self, image: ByteArray, region: Region | None = None) -> tuple[Mark, ...]:
        """The tags in a picture, (H, W, 3) RGB or (H, W), or in a part of it; the surest first."""
        grey = grey_of(image)
        x0, y0, x1, y1 = region or (0, 0, grey.shape[1], grey.shape[0])
        part = np.ascontiguousarray(grey[y0:y1, x0:x1])
        if min(part.shape) < 16:
            return ()
        found = self._in(part)
        corner = np.array([x0, y0], np.float32)
        return tuple(
            Mark(family, number, pixels + corner, _UNIT * np.float32(self._sizes.get((family, number), self._size)))
            for _, family, number, pixels in found
        )

    def _in(self, grey: ByteArray) -> list[_Found]:
        first = quads.candidates(grey, self._exact)
        if not len(first):
            return []
        corners = quads.sharpened(grey, first)
        if self._exact:
            corners = quads.limited(corners, first, _FROM_LINES)
        bits, border, contrast = quads.inside(grey, corners)
        found = []
        for family in self._families:
            numbers, turns, wrong = codes.read(family, bits)
            for k in np.flatnonzero((wrong <= _WRONG) & (border >= _BORDER) & (contrast > _CONTRAST)):
                pixels = np.roll(corners[k], int(turns[k]), 0).astype(np.float32)
                found.append((int(wrong[k]), family, int(numbers[k]), pixels))
        return _apart(sorted(found, key=lambda one: one[0]))


_Found = tuple[int, str, int, NDArray[np.float32]]


def _apart(found: list[_Found]) -> list[_Found]:
    """Without those that lie on one before them: the same square seen twice."""
    kept: list[_Found] = []
    for one in found:
        middle, half = one[3].mean(0), np.linalg.norm(one[3][0] - one[3][2]) / 4
        if all(np.linalg.norm(other[3].mean(0) - middle) > half for other in kept):
            kept.append(one)
    return kept
