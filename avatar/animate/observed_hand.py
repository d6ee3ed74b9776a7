"""A hand's pose from its 21 points (MediaPipe's order: wrist, then four points a finger, thumb first).

In the hand's own frame +x of the left hand runs from the wrist to the middle knuckle, +y out of its back, +z to the
thumb's side: the T-pose with the palm down. The right hand is the mirror image.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from .ik import Array, frame, unit

_FINGERS: Final = (("Index", 5), ("Middle", 9), ("Ring", 13), ("Little", 17))
_JOINTS: Final = ("Proximal", "Intermediate", "Distal")
_THUMB: Final = unit(np.array([0.76, -0.23, 0.61]))
"""The way a thumb points in the T-pose: forwards, outwards and a little down (left hand)."""
_KNUCKLES: Final = {"Index": 0.10, "Middle": 0.0, "Ring": -0.10, "Little": -0.20}
"""Radians to the thumb's side at which fingers lie when a flat hand is neither spread nor pressed together."""
_BACK: Final = 1.0
"""Radians: a knuckle that seems bent backwards farther than this is a misread point."""


class HandPose(NamedTuple):
    """turn : (3, 3) from the T-pose to the frame of the points; fingers : bone -> (4,) local rotation."""

    turn: Array
    fingers: dict[str, NDArray[np.float64]]


def pose(points: Array, side: str, fingers: bool = True) -> HandPose | None:
    """points : (21, 3) metres, any frame; None where they are no hand (knuckles on one spot or in one line)."""
    s = 1.0 if side == "left" else -1.0
    ahead, across = points[9] - points[0], points[5] - points[17]
    if np.linalg.norm(ahead) < 1e-3 or np.linalg.norm(np.cross(unit(ahead), across)) < 1e-3:
        return None
    # columns: the way the fingers point, to the thumb's side, and what makes it right-handed
    here = frame(ahead, across)
    rest = frame(np.array([s, 0, 0]), np.array([0.0, 0, 1]))
    turn = here @ rest.T
    return HandPose(turn, _bent(points @ turn, side, s) if fingers else {})


def _bent(points: Array, side: str, s: float) -> dict[str, NDArray[np.float64]]:
    """Local rotations of the 15 finger bones. points : (21, 3) on the axes of the T-pose."""
    found: dict[str, NDArray[np.float64]] = {}
    for finger, first in _FINGERS:
        bones = np.diff(points[first : first + 4], axis=0)
        if np.linalg.norm(bones, axis=1).min() < 1e-4:
            continue
        v = unit(bones)
        # the knuckle bends and spreads, the two joints after it only bend; -z curls a left finger into the palm
        bend = float(np.arctan2(-v[0, 1], s * v[0, 0]))
        if bend < -_BACK:
            bend = 0.0 if bend > -np.pi / 2 - 1 else np.pi / 2
        aside = float(np.arcsin(np.clip(v[0, 2], -1, 1))) - _KNUCKLES[finger] * max(0.0, float(np.cos(bend)))
        turn = quat.multiply(_about(2, -s * bend), _about(1, -s * aside))
        found[f"{side}{finger}{_JOINTS[0]}"] = turn.astype(np.float64)
        frame_now = quat.to_matrix(turn).astype(np.float64)
        for k in (1, 2):
            x, y, _ = frame_now.T @ v[k]
            curl = float(np.arctan2(-y, s * x))
            step = _about(2, -s * curl)
            found[f"{side}{finger}{_JOINTS[k]}"] = step.astype(np.float64)
            frame_now = frame_now @ quat.to_matrix(step)
    found |= _thumb(points, side, s)
    return found


def _about(axis: int, angle: float) -> NDArray[np.float32]:
    v = np.zeros(3, np.float32)
    v[axis] = angle
    return quat.from_vector(v)


def _thumb(points: Array, side: str, s: float) -> dict[str, NDArray[np.float64]]:
    bones = np.diff(points[1:5], axis=0)
    if np.linalg.norm(bones, axis=1).min() < 1e-4:
        return {}
    rest = (_THUMB * (s, 1, 1)).astype(np.float32)
    found: dict[str, NDArray[np.float64]] = {}
    now = np.eye(3)
    for k, joint in enumerate(("Metacarpal", "Proximal", "Distal")):
        turn = quat.between(rest, (now.T @ unit(bones[k])).astype(np.float32))
        found[f"{side}Thumb{joint}"] = turn.astype(np.float64)
        now = now @ quat.to_matrix(turn)
    return found
