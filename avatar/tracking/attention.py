"""Whether the person looks towards the picture in which the companion stands, from the turn of head and eyes alone.

Where a person's screen is nobody knows; it is taken to be round the camera and below it, as on a laptop or with a
camera on top of a screen. Looking past it, at a telephone in the lap or at somebody else is looking away.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..types import BLENDSHAPES, Face
from .gesture_hold import Hold

_ASIDE: Final = (19.0, 26.0)
"""Degrees to a side of the lens: up to where it begins to count as looking there, and from where it no longer does."""
_ABOVE, _BELOW = (14.0, 20.0), (26.0, 33.0)
_NOTICED, _LEFT = 0.4, 0.5
"""Seconds for which it must be so to begin and to end: blinks and glances are neither."""
_EYES: Final = (28.0, 14.0)
"""Degrees that eyes are turned by blend shapes of 1, across and up or down, which lids make unsure."""
_LIDS: Final = 0.3
"""How far down a look straight ahead reads: lids are a little down."""
_AT: Final = {name: k for k, name in enumerate(BLENDSHAPES)}


def gaze(face: Face) -> tuple[float, float]:
    """(across, down): degrees between the way that the person looks and the way to the lens; positive to the image's
    right and downwards."""
    ahead = np.asarray(face.matrix[:3, 2], np.float64)
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    lens = -np.asarray(face.eyes, np.float64)
    lens /= max(float(np.linalg.norm(lens)), 1e-9)
    b = face.blendshapes

    def shape(name: str) -> float:
        return float(b[_AT[f"eyeLook{name}"]])

    across = (shape("OutLeft") - shape("InLeft") + shape("InRight") - shape("OutRight")) / 2
    down = (shape("DownLeft") + shape("DownRight") - shape("UpLeft") - shape("UpRight")) / 2 - _LIDS
    yaw = math.degrees(math.atan2(ahead[0], ahead[2]) - math.atan2(lens[0], lens[2])) + _EYES[0] * across
    pitch = math.degrees(math.asin(min(max(lens[1], -1), 1)) - math.asin(min(max(ahead[1], -1), 1))) + _EYES[1] * down
    return (yaw + 180) % 360 - 180, pitch


class Attention:
    """here : the person looks towards the companion's picture; since : when that, or its end, began, seconds."""

    def __init__(self) -> None:
        self._hold = Hold(_NOTICED, _LEFT)
        self.here, self.since = False, 0.0

    def step(self, face: Face | None, t: float) -> bool:
        """Take in a face seen at ``t`` seconds, None for none; whether ``here`` changed."""
        if not self._hold.step(self._score(face), t):
            return False
        self.here = self._hold.active
        self.since = self._hold.since if self.here else self._hold.last
        return True

    @staticmethod
    def _score(face: Face | None) -> float | None:
        if face is None or not (np.isfinite(face.matrix).all() and np.isfinite(face.blendshapes).all()):
            return None
        across, down = gaze(face)
        enter, leave = _BELOW if down > 0 else _ABOVE
        return min((_ASIDE[0] - abs(across)) / (_ASIDE[1] - _ASIDE[0]), (enter - abs(down)) / (leave - enter))
