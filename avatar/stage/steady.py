"""A measured place made steady: still while the picture gives no reason to move, and at once there when it does."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import planar, quat
from ..types import FloatArray

Array = NDArray[np.float64]

NOISE: Final = 0.35
"""Pixels: what corners differ by from picture to picture although nothing moves."""
_SLOWEST: Final = 0.06
"""Of the way that is gone in one picture though there is no reason: a slow drift is followed."""


def blended(a: Array, b: Array, share: float) -> Array:
    """The rigid (4, 4) between two others: ``share`` of the way from a to b, straight and by the shortest turn."""
    out = np.eye(4)
    out[:3, 3] = a[:3, 3] + (b[:3, 3] - a[:3, 3]) * share
    first = quat.from_matrix(np.asarray(a[:3, :3], np.float32))
    second = quat.from_matrix(np.asarray(b[:3, :3], np.float32))
    turn: FloatArray = quat.slerp(first, second, float(share))
    out[:3, :3] = quat.to_matrix(turn).astype(np.float64)
    return out


class SteadyPlane:
    """The place of a plane over time, filtered by what is seen of it, so that there is no lag to speak of: the share of
    the way that is gone is ``e² / (e² + NOISE²)``, where e is how many pixels the last place is off in this picture."""

    def __init__(self) -> None:
        self.matrix: Array | None = None

    def step(self, measured: Array, plane: Array, slopes: Array, focal: float) -> Array:
        """The place now. measured : (4, 4) plane to stage; plane (N, 2), slopes (N, 2) : what it was measured from;
        focal : pixels for a slope of 1."""
        if self.matrix is None:
            self.matrix = measured.copy()
            return self.matrix
        rest = (planar.slopes(self.matrix, plane) - slopes) * focal
        off = float(np.sqrt((rest**2).sum(1).mean())) if np.isfinite(rest).all() else np.inf
        share = max(off**2 / (off**2 + NOISE**2), _SLOWEST) if np.isfinite(off) else 1.0
        self.matrix = blended(self.matrix, measured, share)
        return self.matrix

    def forget(self) -> None:
        """The next place is taken as it is measured."""
        self.matrix = None
