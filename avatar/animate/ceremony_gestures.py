"""Gestures of ceremonies: a cup is raised, a ring offered and received, a candle lit.

What the hand would hold is named (``Motion.prop``) but not drawn here. Hands are placed by the point the wrist reaches,
measured in arm lengths from the shoulder and the chest, so that they meet the air in front of any trunk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray
from .body import Body
from .gesture import Motion, Score

Direction = tuple[float, float, float]


def _before(body: Body, side: str, out: float, up: float, ahead: float) -> NDArray[np.float64]:
    """(3,) a point before the trunk: ``out`` from the middle to that side, ``up`` from the shoulders and ``ahead`` of
    the trunk's front there, all in arm lengths."""
    arm = body.arm_length
    x = out * arm * (1.0 if side == "left" else -1.0)
    y = float(body.at[side + "UpperArm"][1]) + up * arm
    return np.array([x, y, max(body.front(x, y), body.front(x, y - 0.08 * arm)) + ahead * arm])


def _raise_cup(body: Body) -> Motion:
    def key(out: float, up: float, ahead: float, tip: float, head: float) -> FloatArray:
        pose = body.pose()
        wrist = _before(body, "right", out, up, ahead)
        upper, fore = body.reach("right", wrist, (0.62, -0.80, -0.05))
        # the cup stands on the little finger's side, so the thumb's side looks up
        body.arm(pose, "right", upper, fore, (-0.90, 0.10, -0.35 - tip), (-0.42, 0.16 + tip, 0.88), lift=2.0, ahead=5.0)
        body.fingers(pose, "right", (26, 44, 48, 52, 54), spread=-1.0)
        pose = body.from_ease(pose, "right")
        body.turn(pose, "chest", x=-0.4 * head, y=2.0)
        body.turn(pose, "head", x=-head, z=1.5)
        return pose

    score = Score("raise_cup").to(0.75, 0.75, key(0.26, -0.42, 0.40, 0.0, 0.0))
    score.to(1.45, 0.85, key(0.36, -0.04, 0.58, 0.06, 3.0))
    score.to(3.3, 0.9, key(0.26, -0.40, 0.42, 0.0, 0.0)).home(4.1, 1.05, body.aside(6.0, "right"))
    return score.done(1.9, face=("happy", 0.45), prop="cup")


def _offer_ring(body: Body) -> Motion:
    def key(up: float, ahead: float, lean: float) -> FloatArray:
        pose = body.pose()
        right = _before(body, "right", 0.10, up, ahead - 0.10)
        upper, fore = body.reach("right", right, (0.70, -0.75, -0.10))
        body.arm(pose, "right", upper, fore, (-0.72, -0.55, 0.30), (-0.42, 0.18, 0.90), lift=2.0, ahead=6.0)
        body.pinch(pose, "right", (40, 46, 50))
        left = _before(body, "left", 0.16, up - 0.17, ahead - 0.14)
        upper, fore = body.reach("left", left, (0.38, -0.92, -0.10))
        body.arm(pose, "left", upper, fore, (-0.52, 0.80, 0.22), (-0.45, -0.02, 0.89), lift=1.0, ahead=5.0)
        body.fingers(pose, "left", (4, 8, 10, 12, 14), spread=0.0)
        pose = body.from_ease(pose, "left", "right")
        body.turn(pose, "spine", x=0.5 * lean)
        body.turn(pose, "chest", x=0.5 * lean)
        body.turn(pose, "head", x=0.5 * lean)
        return pose

    near = key(-0.34, 0.36, 0.0)
    # the hands turn over beside the clothes, not in them
    score = Score("offer_ring").to(0.5, 0.5, 0.30 * near + body.aside(12.0, "left", "right")).to(0.95, 0.75, near)
    score.to(1.6, 0.8, key(-0.14, 0.72, 6.0))
    score.to(3.6, 0.8, key(-0.34, 0.38, 1.0)).home(4.4, 1.05, body.aside(8.0, "left", "right"))
    return score.done(2.2, face=("happy", 0.4), prop="ring")


def _receive_ring(body: Body) -> Motion:
    def key(ahead: float, apart: float) -> FloatArray:
        pose = body.pose()
        wrist = _before(body, "left", 0.20, -0.34, ahead)
        upper, fore = body.reach("left", wrist, (0.62, -0.80, -0.05))
        body.arm(pose, "left", upper, fore, (0.05, -0.98, 0.16), (-0.30, -0.06, 0.95), lift=2.0, ahead=5.0)
        # the ring finger lies a little lower and away from the middle one
        curl, fan = (6.0, 8.0, 7.0, 8.0 + 6.0 * apart, 15.0), (-4.0, 0.0, 0.0, 4.5 * apart, 5.0 * apart)
        body.fingers(pose, "left", curl, fan)
        pose = body.from_ease(pose, "left")
        body.turn(pose, "chest", y=-3.0 * apart)
        body.turn(pose, "neck", x=2.0 * apart)
        body.turn(pose, "head", x=5.0 * apart, y=2.0 * apart)
        return pose

    score = Score("receive_ring").to(0.75, 0.75, key(0.36, 0.2)).to(1.25, 0.65, key(0.52, 1.0))
    return score.home(4.3, 1.05, body.aside(6.0, "left")).done(2.2, face=("happy", 0.5))


def _light_candle(body: Body) -> Motion:
    def key(up: float, ahead: float, tilt: float, lean: float) -> FloatArray:
        # the other arm keeps hanging while the trunk leans
        pose = body.relaxed(bowed=0.9 * lean)
        wrist = _before(body, "right", 0.14, up, ahead)
        upper, fore = body.reach("right", wrist, (0.70, -0.72, -0.10))
        # the taper stands on the thumb's side; tilted, its tip goes forwards and down towards the wick
        c, s = float(np.cos(np.radians(tilt))), float(np.sin(np.radians(tilt)))
        fingers: Direction = (-0.40, 0.25 * c - 0.90 * s, 0.90 * c + 0.25 * s)
        palm: Direction = (-0.88, -0.14, -0.36)
        body.arm(pose, "right", upper, fore, palm, fingers, lift=2.0, ahead=4.0 + 0.1 * tilt)
        body.pinch(pose, "right", (44, 50, 54))
        pose = body.from_ease(pose, "left", "right")
        body.bow(pose, lean)
        body.turn(pose, "chest", y=0.25 * lean)
        body.turn(pose, "head", x=0.5 * lean)
        return pose

    def back(lean: float) -> Direction:
        return (0.0, -0.003 * body.leg, -0.0025 * body.leg * lean)

    score = Score("light_candle").to(0.8, 0.8, key(-0.34, 0.26, 0.0, 0.0))
    score.to(1.55, 0.9, key(-0.46, 0.54, 16.0, 11.0), back(11.0))
    score.to(2.05, 0.6, key(-0.50, 0.58, 50.0, 13.0), back(13.0))
    score.to(3.6, 0.7, key(-0.42, 0.50, 12.0, 9.0), back(9.0)).to(4.2, 0.8, key(-0.36, 0.30, 0.0, 1.0))
    return score.home(5.0, 1.1, body.aside(6.0, "right")).done(2.5, gaze=0.4, face=("relaxed", 0.5), prop="taper")


CEREMONY: Final[dict[str, Callable[[Body], Motion]]] = {
    "raise_cup": _raise_cup,
    "offer_ring": _offer_ring,
    "receive_ring": _receive_ring,
    "light_candle": _light_candle,
}
