"""Where a plane has gone while nothing on it could be recognised: sparse optical flow, and a homography through it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...linalg import planar
from ...types import ByteArray

Array = NDArray[np.float64]

MOST_POINTS: Final = 80
FEWEST_POINTS: Final = 10
"""Points that must agree; below, the plane is lost."""
_REFILL: Final = 50
_ON_MARKS: Final = 16
_AGREE: Final = 0.4  # of the points that are still seen
_OUTLIER: Final = 2.0  # pixels
_BACK: Final = 0.7  # pixels from where a point began, followed there and back
_WINDOW: Final = (17, 17)
_LEVELS: Final = 3
_WIDER: Final = 3.5  # of the marks' own outline: what lies round a mark is likely to be its plane
_GROWTH: Final = (0.15, 6.0)  # of the outline's area, since it was recognised


class Carrier:
    """Follows the plane round an outline. ``start`` where it is known, then ``step`` with every picture after it."""

    def __init__(self) -> None:
        self._grey: ByteArray | None = None
        self._now = self._then = np.zeros((0, 2), np.float32)
        self._outline = np.zeros((0, 2))
        self._moved = np.eye(3)

    def start(self, grey: ByteArray, outline: Array) -> None:
        """grey : (H, W) uint8, in which the plane is known; outline : (N, 2) pixels of marks on it."""
        self._grey, self._moved = grey, np.eye(3)
        self._outline = cv2.convexHull(np.asarray(outline, np.float32)).reshape(-1, 2).astype(np.float64)
        self._now = self._then = np.zeros((0, 2), np.float32)
        self._fill()

    def step(self, grey: ByteArray) -> Array | None:
        """(3, 3) that takes pixels of the picture given to ``start`` to this one; None when the plane is lost."""
        if self._grey is None or len(self._now) < FEWEST_POINTS or self._grey.shape != grey.shape:
            return self._lost()
        there = self._followed(self._grey, grey, self._now)
        again = self._followed(grey, self._grey, there)
        kept = np.abs(again - self._now).max(1) < _BACK
        h, w = grey.shape
        kept &= ((there >= 0) & (there < (w, h))).all(1)
        then, now = self._then[kept], there[kept]
        if len(now) < FEWEST_POINTS:
            return self._lost()
        found, agree = cv2.findHomography(then, now, cv2.RANSAC, _OUTLIER, maxIters=300, confidence=0.995)
        inside = agree.ravel() > 0 if agree is not None else np.zeros(len(now), bool)
        if found is None or inside.sum() < max(FEWEST_POINTS, _AGREE * len(now)) or not self._sane(found):
            return self._lost()
        # Flow counts from the middle of the first pixel.
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        self._moved = half @ found @ np.linalg.inv(half)
        self._then, self._now, self._grey = then[inside], now[inside], grey
        if len(self._now) < _REFILL:
            self._fill()
        return self._moved

    @staticmethod
    def _followed(before: ByteArray, after: ByteArray, points: NDArray[np.float32]) -> NDArray[np.float32]:
        moved, good, _ = cv2.calcOpticalFlowPyrLK(
            before, after, points.reshape(-1, 1, 2), None, winSize=_WINDOW, maxLevel=_LEVELS
        )
        result = np.asarray(moved, np.float32).reshape(-1, 2)
        result[np.ravel(good) == 0] = -1e4
        return result

    def _sane(self, found: Array) -> bool:
        """A plane seen from its own side, not much nearer or farther than it was."""
        outline = self._outline
        p = np.hstack([outline, np.ones((len(outline), 1))]) @ found.T
        if p[:, 2].min() <= 0.1:
            return False
        now = p[:, :2] / p[:, 2:]
        return _GROWTH[0] < _area(now) / max(_area(outline), 1e-6) < _GROWTH[1]

    def _fill(self) -> None:
        """Take more points, where there is something to follow: round the outline, where a hand that covers it is not
        yet, more than on it."""
        assert self._grey is not None
        outline = planar.through(np.asarray(self._moved, np.float64), self._outline)
        middle = outline.mean(0)

        def grown(by: float) -> NDArray[np.int32]:
            return np.asarray(np.round(middle + by * (outline - middle)), np.int32)

        mask = np.zeros_like(self._grey)
        cv2.fillConvexPoly(mask, grown(1.0), 255)
        self._take(mask, _ON_MARKS)
        mask[:] = 0
        cv2.fillConvexPoly(mask, grown(_WIDER), 255)
        cv2.fillConvexPoly(mask, grown(1.15), 0)
        self._take(mask, MOST_POINTS - len(self._now))

    def _take(self, mask: ByteArray, room: int) -> None:
        for x, y in self._now:
            cv2.circle(mask, (round(float(x)), round(float(y))), 6, 0, -1)
        found = cv2.goodFeaturesToTrack(self._grey, room, 0.01, 6, mask=mask, blockSize=5) if room > 0 else None
        if found is None:
            return
        new = found.reshape(-1, 2).astype(np.float32)
        then = planar.through(np.asarray(np.linalg.inv(self._moved), np.float64), new + 0.5) - 0.5
        self._now = np.vstack([self._now, new])
        self._then = np.vstack([self._then, then.astype(np.float32)])

    def _lost(self) -> Array | None:
        self._grey = None
        return None


def _area(points: Array) -> float:
    x, y = points.T
    return float(abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2)
