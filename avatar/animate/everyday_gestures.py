"""Gestures of every day, written once by direction and fitted to a companion's proportions by its ``Body``.

Timing is human: preparation 0.4-0.6 s, stroke, a short hold, retraction 0.6-0.8 s, slower than the preparation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ..types import FloatArray
from .body import Body
from .gesture import Motion, Score

Maker = Callable[[Body], Motion]

_OPEN: Final = (-2.0, 3.0, 3.0, 4.0, 6.0)
_SOFT: Final = (6.0, 10.0, 13.0, 16.0, 18.0)


def _wave(body: Body) -> Motion:
    shoulder = body.at["rightUpperArm"]
    # large heads need the hand farther out
    beside = body.head_half_width(float(shoulder[1]) - 0.02 * body.size, float(shoulder[1]) + 0.28 * body.size)
    far = (beside + 0.07 * body.size - abs(float(shoulder[0]))) / (0.52 * body.arm_length)
    out = float(np.clip(far - 0.10, 0.34, 0.78))  # close by: a picture is often narrow there

    def key(swing: float, up: float = 1.0) -> FloatArray:
        pose = body.pose()
        # the forearm swings about the elbow; the hand trails a little behind it
        lean = np.radians(9 + 16 * swing)
        trail = np.radians((22 if swing > 0 else 10) * swing)  # a wrist bends less towards its thumb
        body.arm(
            pose,
            "right",
            upper=(out + 0.02 * swing, -0.72, 0.36),
            fore=(np.sin(lean), np.cos(lean) * up, 0.14),
            palm=(-0.10 + 0.10 * swing, -0.06, 1.0),
            fingers=(np.sin(trail), np.cos(trail), 0.05),
            lift=5.0,
            ahead=3.0,
        )
        body.fingers(pose, "right", _OPEN, spread=5.0)
        pose = body.from_ease(pose, "right")
        body.turn(pose, "spine", z=-1.0)
        body.turn(pose, "chest", y=1.5, z=-1.2)
        body.turn(pose, "neck", z=1.5)
        body.turn(pose, "head", x=-1.0, z=4.0 + 0.6 * swing)
        return pose

    score = Score("wave").to(0.62, 0.62, key(0.25))
    t, turns = 0.62, []
    for swing in (1.0, -1.0, 1.0, -1.0, 1.0, 0.0):
        t += 0.25
        score.to(t, 0.34, key(swing))
        turns.append(t)
    score.home(t + 1.0, 1.0, body.aside(7.0, "right"))
    return score.done((turns[1], turns[3]), face=("happy", 0.6), stroke=turns[0])


def _nod(body: Body) -> Motion:
    def key(x: float) -> FloatArray:
        pose = body.pose()
        body.turn(pose, "neck", x=0.4 * x)
        body.turn(pose, "head", x=0.6 * x)
        body.turn(pose, "chest", x=0.06 * x)
        return pose

    score = Score("nod")
    for t, length, x in (
        (0.14, 0.16, -2.5),
        (0.38, 0.28, 13.0),
        (0.64, 0.30, -1.0),
        (0.88, 0.28, 7.5),
        (1.25, 0.42, 0.0),
    ):
        score.to(t, length, key(x))
    return score.done(1.25, slot="head", scales=True, stroke=0.39)


def _shake(body: Body) -> Motion:
    def key(y: float) -> FloatArray:
        pose = body.pose()
        body.turn(pose, "neck", y=0.4 * y)
        body.turn(pose, "head", y=0.6 * y, x=1.5 if y else 0.0)
        return pose

    score = Score("shake")
    for t, length, y in (
        (0.26, 0.28, 13.0),
        (0.56, 0.34, -13.0),
        (0.86, 0.34, 10.0),
        (1.12, 0.32, -6.0),
        (1.45, 0.38, 0.0),
    ):
        score.to(t, length, key(y))
    return score.done(1.45, slot="head", scales=True, stroke=0.29)


def _bow(name: str, degrees: float, down: float, wait: float, up: float) -> Maker:
    """Bent from the hips, which go back so that the weight stays over the feet; the gaze lets go and comes back last.
    degrees : of the line from hips to neck; down, wait, up : seconds."""

    def make(body: Body) -> Motion:
        # deep down the hands stay at the thighs instead of dangling before them
        pose = body.relaxed(bowed=(0.92 - 0.005 * degrees) * degrees) - body.relaxed()
        body.bow(pose, degrees)
        body.turn(pose, "head", x=0.10 * degrees)
        back = -0.16 * body.leg * float(np.sin(np.radians(degrees)))
        score = Score(name).to(down, down, pose, (0.0, -0.005 * body.leg, back))
        score.to(down + wait + up, up, body.pose())
        return score.done(down + 0.5 * wait, gaze=1.0, face=("relaxed", 0.3), scales=True, stroke=down)

    return make


def _hand_on_heart(body: Body) -> Motion:
    shoulder = body.at["rightUpperArm"]
    width = abs(float(shoulder[0]))
    x, y = 0.22 * width, float(shoulder[1]) - 0.13 * body.arm_length
    fingers = np.array([-0.88, 0.46, 0.0])
    wrist = np.array([x, y, 0.0]) - fingers * (-1, 1, 1) * body.hand_length("right") * 0.75
    wrist[2] = max(body.front(x, y), body.front(float(wrist[0]), float(wrist[1]))) + 0.030 * body.size
    upper, fore = body.reach("right", wrist, (0.75, -0.75, -0.15))
    pose = body.pose()
    body.arm(pose, "right", upper, fore, (-0.10, 0.0, -1.0), (-0.88, 0.44, -0.10), lift=1.0, ahead=4.0)
    body.fingers(pose, "right", (2, 5, 6, 7, 9), spread=-1.5)
    pose = body.from_ease(pose, "right")
    body.turn(pose, "spine", x=1.0)
    body.turn(pose, "chest", x=2.0)
    body.turn(pose, "neck", x=2.0)
    body.turn(pose, "head", x=4.0, z=-3.0)
    # the hand rises beside the clothes, not through them
    score = Score("hand_on_heart").to(0.42, 0.42, 0.3 * pose + body.aside(8.0, "right")).to(0.85, 0.65, pose)
    score.home(3.0, 1.0, body.aside(7.0, "right"))
    return score.done(1.2, face=("relaxed", 0.6))


def _open_hands(body: Body) -> Motion:
    def key(wide: float) -> FloatArray:
        pose = body.pose()
        for side in ("left", "right"):
            body.arm(
                pose,
                side,
                upper=(0.26 + 0.06 * wide, -0.94, 0.14),
                fore=(0.22 + 0.24 * wide, 0.10, 0.90),
                palm=(-0.30 + 0.22 * wide, 0.86, 0.38),
                fingers=(0.26 + 0.30 * wide, 0.02, 0.9),
                lift=2.0,
                ahead=2.0,
            )
            body.fingers(pose, side, (-4, 5, 9, 13, 16), spread=3.0)
        pose = body.from_ease(pose, "left", "right")
        body.turn(pose, "chest", x=-1.5)
        body.turn(pose, "head", z=2.5)
        return pose

    score = Score("open_hands").to(0.5, 0.5, key(0.2)).to(0.8, 0.42, key(1.0))
    return score.home(2.5, 0.95, body.aside(7.0, "left", "right")).done(1.0, face=("happy", 0.35))


def _point(body: Body) -> Motion:
    def key(far: float) -> FloatArray:
        pose = body.pose()
        body.arm(
            pose,
            "right",
            upper=(0.50 + 0.08 * far, -0.62 + 0.08 * far, 0.52),
            fore=(0.45 + 0.15 * far, 0.30, 0.72),
            palm=(-0.55, -0.75, 0.2),
            fingers=(0.48 + 0.15 * far, 0.26, 0.75),
            lift=3.0,
            ahead=6.0,
        )
        body.fingers(pose, "right", (22, 2, 62, 68, 72))
        pose = body.from_ease(pose, "right")
        body.turn(pose, "chest", y=-4.0)
        body.turn(pose, "spine", y=-2.0)
        return pose

    score = Score("point").to(0.5, 0.5, key(0.0)).to(0.68, 0.3, key(1.0)).home(2.2, 0.9, body.aside(6.0, "right"))
    return score.done(0.95)


def _applause(body: Body) -> Motion:
    return _claps(body, "clap", 4, 0.46, 0.055, ("happy", 0.7))


def _clap_twice(body: Body) -> Motion:
    """Two slow claps, as those between the bows at a shrine; the face stays as it is."""
    return _claps(body, "clap_twice", 2, 0.9, 0.10, None)


def _claps(body: Body, name: str, count: int, every: float, gap: float, face: tuple[str, float] | None) -> Motion:
    def key(gap: float) -> FloatArray:
        pose = body.pose()
        shoulder = body.at["leftUpperArm"]
        y = float(shoulder[1]) - 0.34 * body.arm_length
        z = body.front(0.0, y) + 0.36 * body.arm_length
        for side, s in (("left", 1.0), ("right", -1.0)):
            upper, fore = body.reach(side, np.array([s * (0.020 + gap) * body.size, y, z]), (0.75, -0.9, -0.2))
            body.arm(pose, side, upper, fore, (-1.0, 0.0, 0.1), (-0.05, 0.52, 0.85), lift=1.0, ahead=4.0)
            body.fingers(pose, side, (0, 4, 4, 5, 6), spread=1.0)
        pose = body.from_ease(pose, "left", "right")
        body.turn(pose, "head", x=1.0, z=1.5)
        return pose

    apart, shut = key(gap), key(0.0)
    score = Score(name).to(0.5, 0.5, apart)
    t = 0.5
    for _ in range(count):
        score.to(t + 0.15, 0.15, shut).to(t + every, every - 0.15, apart)
        t += every
    score.home(t + 0.8, 0.8, body.aside(6.0, "left", "right"))
    return score.done(t + 0.12, face=face, stroke=0.68)


def _beat(name: str, *sides: str) -> Maker:
    """A short downward stroke of one hand or both, as speakers make on a stressed word (McNeill 1992)."""

    def make(body: Body) -> Motion:
        def key(up: float) -> FloatArray:
            pose = body.pose()
            for side in sides:
                body.arm(
                    pose,
                    side,
                    upper=(0.26, -0.95, 0.10 + 0.05 * up),
                    fore=(0.16, -0.10 + 0.28 * up, 0.92),
                    palm=(-0.75, 0.45, 0.1),
                    fingers=(0.05, -0.05 + 0.35 * up, 0.95),
                    lift=1.0,
                )
                body.fingers(pose, side, _SOFT, spread=1.0)
            pose = body.from_ease(pose, *sides)
            body.turn(pose, "head", x=1.0 - 2.0 * up)
            return pose

        score = Score(name).to(0.38, 0.38, key(1.0)).to(0.56, 0.2, key(0.0))
        return score.home(1.5, 0.78, body.aside(7.0, *sides)).done(0.72)

    return make


def _listen(body: Body) -> Motion:
    """A little nearer, the head a little to one side, for as long as the other speaks."""
    pose = body.relaxed(bowed=5.0) - body.relaxed()
    body.bow(pose, 5.5)
    body.turn(pose, "chest", y=-2.0)
    body.turn(pose, "neck", x=-1.0, z=3.5)
    body.turn(pose, "head", x=-1.5, y=3.0, z=7.5)
    score = Score("listen").to(0.9, 0.9, pose, (0.0, -0.002 * body.leg, -0.006 * body.leg))
    return score.to(4.6, 1.1, body.pose()).done(2.2, face=("relaxed", 0.25))


EVERYDAY: Final[dict[str, Maker]] = {
    "nod": _nod,
    "shake": _shake,
    "bow_small": _bow("bow_small", 15.0, 0.65, 0.35, 0.85),
    "bow": _bow("bow", 30.0, 0.85, 0.45, 1.15),
    "bow_deep": _bow("bow_deep", 50.0, 1.15, 0.95, 1.6),
    "listen": _listen,
    "wave": _wave,
    "point": _point,
    "open_hands": _open_hands,
    "hand_on_heart": _hand_on_heart,
    "clap": _applause,
    "clap_twice": _clap_twice,
    "beat": _beat("beat", "right"),
    "beat_left": _beat("beat_left", "left"),
    "beat_both": _beat("beat_both", "left", "right"),
}
"""Depths of the bows after the Japanese eshaku, keirei and saikeirei: 15, 30 and 45 degrees or more."""
