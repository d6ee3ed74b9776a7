"""Where a hand has gone since the picture in which it was found: sparse optical flow to the picture that is shown.

A hand is looked for less often than pictures are shown, and a mask or a ring that comes a twentieth of a second late is
seen beside it. Flow of the hand's own points, agreed on as one move, turn and growth, is right to a pixel or two where
a velocity carried on is not.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import cv2
import numpy as np

from ...types import ByteArray, FloatArray, VideoFrame

_KEPT: Final = 8
_SIDE: Final = 320
_WINDOW: Final = (17, 17)
_LEVELS: Final = 3
_AGREE: Final = 2.5  # pixels of the small picture
_FEWEST: Final = 8
_SHARE: Final = 0.4  # of the points that must agree
_GROWTH: Final = (0.87, 1.15)
_PAIRS: Final = np.array(
    [(0, 5), (0, 9), (0, 13), (0, 17), (5, 6), (9, 10), (13, 14), (17, 18), (2, 3), (5, 17), (1, 2)]
)


class HandCarrier:
    """Remembers the last pictures. ``see`` each one that is shown."""

    def __init__(self) -> None:
        self._frames: deque[tuple[VideoFrame, list[ByteArray]]] = deque(maxlen=_KEPT)

    def see(self, frame: VideoFrame) -> None:
        """The newest picture."""
        if self._frames and frame.t <= self._frames[-1][0].t:
            if frame.t < self._frames[-1][0].t:
                self._frames.clear()
            else:
                return
        self._frames.append((frame, []))

    def carry(self, points: FloatArray, t: float) -> FloatArray | None:
        """Points (21, 2) of a hand, pixels of the frame of ``t``, in the newest frame; None where flow does not say."""
        if not self._frames:
            return None
        newest = self._frames[-1]
        if abs(newest[0].t - t) < 1e-4:
            return points
        then = next((pair for pair in self._frames if abs(pair[0].t - t) < 1e-4), None)
        if then is None or then[0].image.shape != newest[0].image.shape:
            return None
        before, after = _grey(then), _grey(newest)
        scale = after.shape[1] / newest[0].image.shape[1]
        near = np.concatenate([points, points[_PAIRS].mean(1)]).astype(np.float32) * np.float32(scale)
        inside = ((near >= 1) & (near < np.array(after.shape[::-1], np.float32) - 2)).all(1)
        near = near[inside]
        if len(near) < _FEWEST:
            return None
        moved, good, _ = cv2.calcOpticalFlowPyrLK(
            before, after, near.reshape(-1, 1, 2), None, winSize=_WINDOW, maxLevel=_LEVELS
        )
        kept = np.ravel(good) > 0
        a, b = near[kept], np.asarray(moved, np.float32).reshape(-1, 2)[kept]
        if len(a) < _FEWEST:
            return None
        found, agree = cv2.estimateAffinePartial2D(a, b, method=cv2.RANSAC, ransacReprojThreshold=_AGREE, maxIters=60)
        if found is None or agree.sum() < max(_FEWEST, _SHARE * len(a)):
            return None
        growth = float(np.hypot(found[0, 0], found[1, 0]))
        if not _GROWTH[0] < growth < _GROWTH[1]:
            return None
        there = (points * np.float32(scale)) @ found[:, :2].T + found[:, 2]
        return np.asarray(there / scale, np.float32)


def _grey(pair: tuple[VideoFrame, list[ByteArray]]) -> ByteArray:
    """A picture, grey and small; made once."""
    frame, made = pair
    if not made:
        height, width = frame.image.shape[:2]
        small, scale = frame.image, _SIDE / max(height, width)
        if scale < 1:
            size = (round(width * scale), round(height * scale))
            small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        made.append(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8))
    return made[0]
