"""What a companion carries, in the picture: how much higher and nearer to the body's middle a hand is to be where the
camera sees only a part of the companion.

All of it is continuous in the place and in the hand.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import affine
from ..types import FloatArray
from .camera import Camera

_EDGE: Final = 0.04  # of the picture's height, that stays free under what is carried and beside it
_UNDER_CHIN: Final = 0.006
"""Metres under the chin, as the lens sees it, that the top of what is carried stays."""


def into_view(
    wrist: FloatArray, ends: tuple[float, float], chin: FloatArray, placement: FloatArray, camera: Camera
) -> tuple[float, float]:
    """Metres that a wrist (3,) is to go up (or down, < 0), so that what it carries is over the picture's lower edge and
    nothing of it before the face, and to the body's middle, so that it is not beyond the edge at its side; companion
    frame, each 0 where it is well as it is. The chin goes before the edge.

    ends : metres, stage, from the wrist down and up to the ends of what is carried; chin : (3,) companion frame;
    placement : (4, 4) companion frame to stage.
    """
    at, face = (affine.apply(placement, p) for p in (wrist, chin))
    depth, away = float(-at[2]), float(-face[2])
    if depth <= 0 or away <= 0:
        return 0.0, 0.0
    left, top, right, bottom = camera.visible
    width, height = camera.size
    edge = _EDGE * (bottom - top)
    scale = max(float(np.linalg.norm(placement[:3, 1])), 1e-6)
    lowest = (height / 2 - (bottom - edge)) / camera.focal * depth
    highest = (float(face[1]) - _UNDER_CHIN) / away * depth
    up = min(max(lowest - (float(at[1]) - ends[0]), 0.0), highest - (float(at[1]) + ends[1]))
    # half as wide as a hand with what is in it
    half = ends[0]
    first, last = ((x - width / 2) / camera.focal * depth for x in (left + edge, right - edge))
    aside = min(last - half - float(at[0]), 0.0) + max(first + half - float(at[0]), 0.0)
    own = float(placement[0, 0]) / scale
    way = aside * own * -(1.0 if wrist[0] > 0 else -1.0)
    return up / scale, max(way, 0.0) / scale
