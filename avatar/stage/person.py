"""Where the tracked person is on the stage: eyes, face box, floor."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg.signals import ease
from ..types import Body, FloatArray, Observation
from .camera import Box, Camera

_SEEN: Final = 0.6
_NOSE, _EYES, _SHOULDERS, _ANKLES = 0, [2, 5], [11, 12], [27, 28]  # MediaPipe's pose
_ANKLE_HEIGHT: Final = 0.08  # metres
_EYE_HEIGHTS: Final = (0.7, 2.2)  # metres above the floor that a person's eyes may be
_FARTHEST: Final = 6.0
HOLD: Final = 0.5
"""Seconds for which a person out of sight counts as being where they were (as ``tracking.presence`` has it)."""
FADE: Final = 0.5
"""Seconds in which the companion then lets go of them."""


def person_in(seen: Observation, camera: Camera) -> tuple[FloatArray, Box] | None:
    """((3,) between the eyes in the stage frame, metres; the face's box, pixels of the frame): from the face, or
    without one from the body; None when neither is seen."""
    if seen.face is not None:
        x0, y0, x1, y1 = (float(v) for v in seen.face.box)
        return seen.face.eyes, (x0, y0, x1, y1)
    return _from_body(seen.body, camera) if seen.body is not None else None


def _from_body(body: Body, camera: Camera) -> tuple[FloatArray, Box] | None:
    """As far away as makes the shoulders, whose metres the body tells, as wide as they are in the picture."""
    if body.visibility[[_NOSE, *_SHOULDERS]].min() < _SEEN:
        return None
    left, right = _SHOULDERS
    metres = float(np.linalg.norm(body.world[left, :2] - body.world[right, :2]))
    wide = float(np.linalg.norm(body.points[left, :2] - body.points[right, :2]))
    if wide < 8 or metres < 0.1:
        return None
    eyes = camera.unproject(body.points[_EYES, :2].mean(0), min(camera.focal * metres / wide, _FARTHEST))
    x, y, half = float(body.points[_NOSE, 0]), float(body.points[_NOSE, 1]), 0.23 * wide
    return eyes, (x - half, y - 1.2 * half, x + half, y + 1.1 * half)


def floor_under(body: Body, eyes: FloatArray, camera: Camera) -> float | None:
    """Height of the floor in the stage frame, metres, where both ankles are seen in the picture; eyes (3,) say how far
    away the person is. None where that is no floor a person stands on."""
    ankles = body.points[_ANKLES, :2]
    if body.visibility[_ANKLES].min() < _SEEN or ankles.min() < 0 or (ankles > np.array(camera.size)).any():
        return None
    floor = float(camera.unproject(ankles, -float(eyes[2]))[:, 1].min()) - _ANKLE_HEIGHT
    return floor if _EYE_HEIGHTS[0] < float(eyes[1]) - floor < _EYE_HEIGHTS[1] else None


def held(age: float) -> float:
    """How much somebody last seen ``age`` seconds ago is still there: 1 while held, then down to 0, softly."""
    return 1 - ease((age - HOLD) / FADE)


def looked_at(eyes: FloatArray | None, age: float) -> FloatArray:
    """(3,) where to look: at the eyes of a person last seen there ``age`` seconds ago, then over to the lens."""
    if eyes is None or age >= HOLD + FADE:
        return np.zeros(3, np.float32)
    return np.asarray(eyes * np.float32(held(age)), np.float32)
