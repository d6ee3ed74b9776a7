"""How far somebody who stands beside a person turns to them, so that those before the camera still see the face: on a
stage one turns out, towards the house, and no farther away from it than three quarters."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..types import FloatArray

SPEAKING: Final = math.radians(36.0)
"""Between the way that is looked and the way to the lens, at most, while words are for everybody."""
TO_PERSON: Final = math.radians(58.0)
"""The same while a vow is spoken: that is for the person."""


def turned_out(point: FloatArray, head: FloatArray, lens: FloatArray, most: float) -> FloatArray:
    """(3,) where to look instead of ``point``, as far away and as high, no farther round from the way to the lens than
    ``most`` radians. head, lens : (3,), all in one frame with +Y up."""
    to, out = point - head, lens - head
    far = math.hypot(float(to[0]), float(to[2]))
    there, here = (math.atan2(float(v[0]), float(v[2])) for v in (to, out))
    off = (there - here + math.pi) % (2 * math.pi) - math.pi
    if abs(off) <= most or far < 1e-3:
        return point
    yaw = here + math.copysign(most, off)
    return np.asarray([head[0] + far * math.sin(yaw), point[1], head[2] + far * math.cos(yaw)], np.float32)
