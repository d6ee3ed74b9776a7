"""What is printed on tags: the black and white cells of each family's numbers, and which number a set of cells is.

A family's code words differ in many cells (11 at least for AprilTag 36h11, E. Olson, "AprilTag: A robust and flexible
visual fiducial system", ICRA 2011), so that a cell or two may be read wrongly and chance does not spell a number.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...types import ByteArray, IntArray

FAMILIES: Final = {"april": cv2.aruco.DICT_APRILTAG_36H11, "aruco": cv2.aruco.DICT_6X6_250}
CELLS: Final = 6
"""Cells of a code word to each side; with the black border it is two more."""


@cache
def dictionary(family: str) -> cv2.aruco.Dictionary:
    """OpenCV's own table of a family. KeyError for one that there is not."""
    return cv2.aruco.getPredefinedDictionary(FAMILIES[family])


def count(family: str) -> int:
    """How many numbers a family has."""
    return len(dictionary(family).bytesList)


def cells(family: str, number: int) -> ByteArray:
    """(8, 8) uint8: 1 = white, with the black border, as printed. ValueError for a number that there is not."""
    if not 0 <= number < count(family):
        raise ValueError(f"the family {family} has the numbers 0 to {count(family) - 1}, not {number}")
    side = CELLS + 2
    picture = cv2.aruco.generateImageMarker(dictionary(family), number, side, borderBits=1)
    return np.asarray(picture > 127, np.uint8)


@cache
def _words(family: str) -> NDArray[np.uint64]:
    """(numbers, 4): each code word as a whole number, as printed and after one to three quarter turns to the left."""
    inner = np.stack([cells(family, k)[1:-1, 1:-1] for k in range(count(family))])
    return np.stack([_packed(np.rot90(inner, r, (1, 2))) for r in range(4)], 1)


def _packed(bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(N, 6, 6) cells to (N,) numbers."""
    weights = np.uint64(1) << np.arange(CELLS * CELLS, dtype=np.uint64)[::-1]
    return np.asarray((bits.reshape(len(bits), -1).astype(np.uint64) * weights).sum(1), np.uint64)


def read(family: str, bits: ByteArray) -> tuple[IntArray, IntArray, IntArray]:
    """The numbers that cells are nearest to. bits : (N, 6, 6) uint8, 1 = white.

    (numbers (N,), turns (N,) : quarter turns to the left by which the cells differ from the print, wrong (N,) : cells
    that were read wrongly if it is that number).
    """
    words = _words(family)
    off = np.bitwise_count(_packed(bits)[:, None] ^ words.reshape(1, -1))
    best = off.argmin(1)
    wrong = off[np.arange(len(off)), best]
    return (best // 4).astype(np.int32), (best % 4).astype(np.int32), wrong.astype(np.int32)
