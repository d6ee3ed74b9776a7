"""A hand's pose from its 21 points (MediaPipe's order: wrist, then four points a finger, thumb first).

In the T-pose the palm faces down: the left hand points along +X, the right one along -X, thumbs forwards (+Z).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from ..linalg import turns
from ..linalg.turns import Turn, Vector

_FINGERS: Final = (("Index", 5), ("Middle", 9), ("Ring", 13), ("Little", 17))
_THUMB: Final = turns.unit((0.76, -0.23, 0.61))
"""The way a thumb points in the T-pose: forwards, outwards and a little down (left hand)."""
_KNUCKLES: Final = {"Index": 0.10, "Middle": 0.0, "Ring": -0.10, "Little": -0.20}
"""Radians to the thumb's side at which fingers lie when a flat hand is neither spread nor pressed together."""
_BACK: Final = 1.0
"""Radians: a knuckle that seems bent backwards farther than this is a misread point."""
_DOWN: Final = (0.0, -1.0, 0.0)
_AHEAD: Final = (0.0, 0.0, 1.0)


class HandPose(NamedTuple):
    """turn : from the T-pose to the frame of the points; fingers : bone -> local rotation."""

    turn: Turn
    fingers: dict[str, Turn]


def pose(points: Sequence[Vector], side: str, fingers: bool = True) -> HandPose | None:
    """points : 21, metres, any frame; None where they are no hand (knuckles on one spot or in one line)."""
    s = 1.0 if side == "left" else -1.0
    ahead, across = turns.minus(points[9], points[0]), turns.minus(points[5], points[17])
    if turns.length(ahead) < 1e-3 or turns.length(turns.cross(turns.unit(ahead), across)) < 1e-3:
        return None
    turn = turns.onto((s, 0.0, 0.0), _AHEAD, ahead, across)
    return HandPose(turn, _bent(points, turns.inverse(turn), side, s) if fingers else {})


def _bones(points: Sequence[Vector], first: int, back: Turn) -> list[Vector] | None:
    """The three unit bones of a finger on the axes of the T-pose; None where one has no length."""
    found = []
    for k in range(first, first + 3):
        bone = turns.minus(points[k + 1], points[k])
        if turns.length(bone) < 1e-4:
            return None
        found.append(turns.rotate(back, turns.unit(bone)))
    return found


def _bent(points: Sequence[Vector], back: Turn, side: str, s: float) -> dict[str, Turn]:
    """Local rotations of the 15 finger bones."""
    found = _thumb(points, back, side, s)
    for finger, first in _FINGERS:
        bones = _bones(points, first, back)
        if bones is None:
            continue
        # the knuckle bends and spreads, the two joints after it only bend; -z curls a left finger into the palm
        x, y, z = bones[0]
        bend = math.atan2(-y, s * x)
        if bend < -_BACK:
            bend = 0.0 if bend > -math.pi / 2 - 1 else math.pi / 2
        aside = math.asin(max(-1.0, min(1.0, z))) - _KNUCKLES[finger] * max(0.0, math.cos(bend))
        now = turns.multiply(turns.about(_AHEAD, -s * bend), turns.about(_DOWN, s * aside))
        found[f"{side}{finger}Proximal"] = now
        for bone, joint in zip(bones[1:], ("Intermediate", "Distal"), strict=True):
            x, y, _ = turns.rotate(turns.inverse(now), bone)
            step = turns.about(_AHEAD, -s * math.atan2(-y, s * x))
            found[f"{side}{finger}{joint}"] = step
            now = turns.multiply(now, step)
    return found


def _thumb(points: Sequence[Vector], back: Turn, side: str, s: float) -> dict[str, Turn]:
    found: dict[str, Turn] = {}
    rest, now = (_THUMB[0] * s, _THUMB[1], _THUMB[2]), turns.NONE
    for bone, joint in zip(_bones(points, 1, back) or (), ("Metacarpal", "Proximal", "Distal"), strict=False):
        step = turns.between(rest, turns.rotate(turns.inverse(now), bone))
        found[f"{side}Thumb{joint}"] = step
        now = turns.multiply(now, step)
    return found
