"""What a hand does with a thing that it carries or hands over: where it is held before the body, and its fingers.

Postures are measured on each companion's own body once, as gestures are (``body``), and given to ``influences`` as a
wrist's place, the ways that fingers point and the palm faces, and a shape of the fingers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat, signals
from ..types import FloatArray
from .body import Body
from .fingers import Fingers
from .rig import ROW, Rig

SIDES: Final = ("left", "right")
SHAPES: Final = ("flat", "grip", "pinch", "still", "bowl")
"""Fingers flat under a thing, closed round a stem, holding something small between thumb and index, at rest while a
ring is put on, and under a shallow cup with the thumb at its rim."""
_CURLS: Final[dict[str, tuple[Sequence[float], float | Sequence[float]]]] = {
    "flat": ((6.0, 5.0, 5.0, 6.0, 8.0), 2.0),
    "grip": ((30.0, 52.0, 56.0, 60.0, 62.0), -1.0),
    "bowl": ((16.0, 7.0, 9.0, 11.0, 14.0), 1.0),
    "still": ((4.0, 7.0, 8.0, 5.0, 14.0), (0.0, 1.0, 0.0, 4.0, 8.0)),
}
_OTHERS: Final = (40.0, 46.0, 50.0)  # of a pinch: middle, ring and little finger
_GAP: Final = 0.011  # metres between the tips of a pinch, for an arm of 0.47 m
_FINGERS: Final = 9.0
"""Radians a second: how quickly fingers take a shape and leave it (critically damped)."""
_NOTHING: Final = 1e-3
_HIGHEST, _LOWEST = 0.06, 0.16
_NEARER: Final = 0.68
_ALL_UP: Final = 0.30
"""Of an arm's length: from the shoulder up, how high a wrist is raised at most, and by how much it is lowered; how near
to the body it is raised, of how near it is otherwise, and how far up that is so."""
_MIDDLE: Final = 0.03  # of an arm's length, as near as a wrist comes to the body's middle
_HEIGHTS: Final = 9


@dataclass(frozen=True, slots=True)
class Posture:
    """How one hand holds. wrist : (3,) companion frame, metres; fingers, palm : (3,) the ways that they point and it
    faces; shape : one of ``SHAPES``."""

    wrist: FloatArray
    fingers: FloatArray
    palm: FloatArray
    shape: str


class Carrying:
    """Postures of a companion for what it carries: by where it carries it, then by side."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._found: dict[tuple[str, str], Posture] = {}
        self._ways: dict[tuple[str, str], tuple[FloatArray, FloatArray]] = {}

    def posture(self, how: str, side: str) -> Posture:
        """how : ``palm`` = something lies on it, ``hand`` = round a stem, ``bowl`` = a shallow cup on the fingers, the
        other hand ``under`` it, ``aside`` where that hand is not free, ``fingertips`` = something small."""
        key = (how, side)
        if key not in self._found:
            self._found[key] = self._made(how, side)
        return self._found[key]

    def raised(self, how: str, side: str, up: float, inwards: float = 0.0) -> Posture:
        """The same, ``up`` metres higher, or lower, and ``inwards`` nearer to the body's middle, as far as an arm does
        that with the elbow beside the body: along its front, and the higher the nearer to it."""
        base = self.posture(how, side)
        key = (how, side)
        if key not in self._ways:
            self._ways[key] = self._way(base)
        ups, ahead = self._ways[key]
        up = min(max(up, float(ups[0])), float(ups[-1]))
        x = float(base.wrist[0])
        least = _MIDDLE * self._body.arm_length
        x = np.copysign(max(abs(x) - max(inwards, 0.0), min(least, abs(x))), x)
        wrist = np.array([x, base.wrist[1] + up, np.interp(up, ups, ahead)], np.float32)
        return replace(base, wrist=wrist)

    def _way(self, base: Posture) -> tuple[FloatArray, FloatArray]:
        """Metres up from a posture, and z of the wrist there."""
        body, (x, y, z) = self._body, (float(v) for v in base.wrist)
        arm = body.arm_length
        top = max(float(body.at["leftUpperArm"][1]) + _HIGHEST * arm - y, 1e-3)
        ups = np.concatenate([[-_LOWEST * arm, -_LOWEST / 2 * arm], np.linspace(0.0, top, _HEIGHTS)])
        fronts = np.array([max(body.front(x, y + u), body.front(x, y + u - 0.08 * arm)) for u in ups])
        share = np.clip(ups / (_ALL_UP * arm), 0, 1)
        share = share * share * (3 - 2 * share)
        ahead = fronts + (z - fronts[2]) * (1 - (1 - _NEARER) * share)
        return np.asarray(ups, np.float32), np.asarray(ahead, np.float32)

    def _made(self, how: str, side: str) -> Posture:
        out, up, ahead, fingers, palm, shape = {
            "palm": (0.20, -0.52, 0.46, (-0.50, 0.04, 0.86), (0.0, 1.0, 0.10), "flat"),
            "hand": (0.24, -0.42, 0.42, (-0.52, 0.10, 0.85), (-0.90, 0.05, -0.40), "grip"),
            "bowl": (0.19, -0.42, 0.40, (-0.66, 0.04, 0.75), (0.0, 1.0, 0.10), "bowl"),
            "under": (0.19, -0.46, 0.40, (-0.72, 0.06, 0.69), (0.0, 1.0, 0.10), "bowl"),
            "aside": (0.44, -0.38, 0.42, (-0.45, 0.04, 0.89), (0.0, 1.0, 0.10), "bowl"),
            "fingertips": (0.16, -0.36, 0.44, (-0.42, 0.24, 0.88), (-0.72, -0.60, 0.10), "pinch"),
        }[how]
        body, s = self._body, 1.0 if side == "left" else -1.0
        arm, x = body.arm_length, s * out * body.arm_length
        y = float(body.at[side + "UpperArm"][1]) + up * arm
        z = max(body.front(x, y), body.front(x, y - 0.08 * arm)) + ahead * arm
        mirror = np.array([s, 1, 1])
        ways = [np.asarray(np.array(v) * mirror, np.float32) for v in (fingers, palm)]
        return Posture(np.array([x, y, z], np.float32), ways[0], ways[1], shape)


class Shapes:
    """Fingers of A actors of one rig, brought over what they do otherwise."""

    def __init__(self, rig: Rig, actors: int) -> None:
        self._rows: list[NDArray[np.int64]] = []
        self._turns: list[FloatArray] = []
        self._size = _arm(rig.rest_position) / 0.47
        for side in SIDES:
            rows, turns = self._made(rig, side)
            self._rows.append(rows)
            self._turns.append(turns)
        self._wanted = np.zeros((actors, 2, len(SHAPES)), np.float32)
        self._share = signals.Damped((actors, 2, len(SHAPES)))

    def _made(self, rig: Rig, side: str) -> tuple[NDArray[np.int64], FloatArray]:
        fingers = Fingers(rig.rest_position, side)
        names: list[str] = []
        turns = []
        for shape in SHAPES:
            if shape == "pinch":
                thumb, index, aside = fingers.pinch(_GAP * self._size)
                found = fingers.turns((thumb, index, *_OTHERS), (aside, 0.0, 0.0, 0.0, 0.0))
            else:
                found = fingers.turns(*_CURLS[shape])
            names = list(found)
            vectors = np.array([found[name] for name in names], np.float32).reshape(-1, 3)
            turns.append(quat.from_vector(vectors))
        return np.array([ROW[name] for name in names], np.int64), np.stack(turns)

    def shape(self, actor: int, side: int, shape: str | None) -> None:
        """Bring a hand's fingers into a shape; None lets go."""
        self._wanted[actor, side] = 0
        if shape is not None:
            self._wanted[actor, side, SHAPES.index(shape)] = 1

    def step(self, dt: float, n: FloatArray) -> None:
        """Into normalised rotations n (A, ROWS, 4), ``dt`` seconds after the last step."""
        share = self._share.step(self._wanted, _FINGERS, dt)
        if share.max() <= _NOTHING:
            return
        for k, rows in enumerate(self._rows):
            if not len(rows):
                continue
            for actor, weights in enumerate(np.clip(share[:, k], 0, 1)):
                whole = min(float(weights.sum()), 1.0)
                if whole <= _NOTHING:
                    continue
                own = n[actor, rows]
                mixed = own * np.float32(1 - whole)
                for weight, turn in zip(weights / max(float(weights.sum()), 1e-6), self._turns[k], strict=True):
                    near = np.where(np.vecdot(turn, own)[:, None] < 0, -turn, turn)
                    mixed = mixed + near * np.float32(weight * whole)
                n[actor, rows] = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-6)


def _arm(at: Mapping[str, NDArray[np.float64]]) -> float:
    """Metres of an arm, shoulder to wrist."""
    joints = [at["left" + bone] for bone in ("UpperArm", "LowerArm", "Hand")]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints)))
