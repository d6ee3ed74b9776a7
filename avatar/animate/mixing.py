"""What layers read and write: a model's local arrays at some moments, and some rows of them with buffers to mix in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray
from .clips import ClipPose

Rows = NDArray[np.intp]


@dataclass(slots=True)
class Frame:
    """What a layer found, or left, at one moment: rotation (J, 4), translation (J, 3), morphs (M, 1); float32."""

    rotation: FloatArray
    translation: FloatArray
    morphs: FloatArray


@dataclass(slots=True)
class History:
    """The same place at three moments, newest first."""

    now: Frame
    last: Frame
    older: Frame

    def turn(self, moved: bool) -> None:
        """After a frame: ``now`` becomes ``last``; where no time passed it only takes its place."""
        if moved:
            self.now, self.last, self.older = self.older, self.now, self.last
        else:
            self.now, self.last = self.last, self.now


class Part:
    """Some rows of one array (N, C) of a frame, mixed apart and put back.

    rows : (n,); weight : (n,) float32 of the clip in each row, spread : the same (n, C);
    gap : (2, n, G) what is left of the motion before, and its speed; G is 3 for rotations, else C;
    one, two, clip, found : (n, C) scratch, the last for the result; left : (n, G) what ``settle`` gives.
    """

    def __init__(self, rows: Rows, total: int, width: int, gap: int, weight: FloatArray) -> None:
        n = len(rows)
        self.rows, self.weight = rows, weight
        self.spread = np.repeat(weight[:, None], width, 1).astype(np.float32)
        self.gap = np.zeros((2, n, gap), np.float32)
        self.one, self.two, self.clip, self.found = np.empty((4, n, width), np.float32)
        self.left, self._speed = np.empty((2, n, gap), np.float32)
        self._order = np.arange(total)
        self._order[rows] = np.arange(total, total + n)
        self._full = np.zeros((total + n, width), np.float32)

    def settle(self, share: float, seconds: float) -> FloatArray:
        """(n, G): ``share`` of the gap and ``seconds`` of its speed."""
        np.multiply(self.gap[0], share, out=self.left)
        np.multiply(self.gap[1], seconds, out=self._speed)
        self.left += self._speed
        return self.left

    def write(self, values: FloatArray) -> None:
        """``found`` into its rows of ``values`` (N, C), the others as they were: one gather, which needs no memory."""
        n = len(values)
        self._full[:n], self._full[n:] = values, self.found
        self._full.take(self._order, axis=0, out=values, mode="clip")


def places(frame: Frame | ClipPose) -> FloatArray:
    """(J, 3) of a frame or of a clip."""
    return frame.translation


def shapes(frame: Frame | ClipPose) -> FloatArray:
    """(M, 1) morph weights of a frame or of a clip."""
    return frame.morphs if frame.morphs.ndim == 2 else frame.morphs[:, None]
