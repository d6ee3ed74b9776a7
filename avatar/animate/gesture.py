"""Gestures: what each one is, keys by direction, fitted to the companion at load; ``player`` plays them.

A gesture is a sum of overlapping minimum-jerk submovements (Flash and Henis 1991): from each key to the next one the
body moves with no jerk at either end, and movements may overlap, so that a hand passes through a key without stopping.
Each bone starts a little later the farther it is from the trunk. The sum is a body pose *added* to idle life.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import signals
from ..model.model import HUMAN_BONES
from ..types import FloatArray
from .rig import ROWS

SLOTS: Final = ("body", "head")
"""Each plays one gesture at a time."""


def _delays() -> FloatArray:
    """(ROWS,) seconds: the trunk first, then shoulder, elbow, wrist and fingers."""
    late = {"UpperArm": 0.0, "LowerArm": 0.035, "Hand": 0.075, "neck": 0.03, "head": 0.05, "Shoulder": 0.0}
    fingers = ("Thumb", "Index", "Middle", "Ring", "Little")
    out = np.zeros(ROWS, np.float32)
    for i, bone in enumerate(HUMAN_BONES):
        if any(f in bone for f in fingers):
            out[i] = 0.10
        else:
            out[i] = next((v for k, v in late.items() if bone.endswith(k)), 0.0)
    return out


_DELAY: Final = _delays()


@dataclass(slots=True)
class Motion:
    """One gesture, fitted. K movements, each from one key to the next.

    start, length : (K,) float32 seconds; delta : (K, ROWS, 3) float32, the key-to-key differences, which sum to zero;
    shift : (K, 3) float32 hips' shifts, metres; hold : the two times between which a longer gesture goes round,
    or equal ones where it waits, still; end : seconds;
    slot : ``body`` or ``head``, each plays one at a time; gaze : how far the gaze lets go, 0-1;
    face : an expression that goes with it, and its weight; scales : intensity makes the whole of it larger or smaller
    (else only a little, so that hands still reach where they must);
    stroke : seconds from the start to the moment that shall fall on a word (lowest point of a nod, contact in a clap);
    prop : what the hand holds meanwhile (``cup``, ``ring``, ``taper``), empty where it holds nothing.
    """

    name: str
    start: FloatArray
    length: FloatArray
    delta: FloatArray
    shift: FloatArray
    hold: tuple[float, float]
    end: float
    slot: str = "body"
    gaze: float = 0.0
    face: tuple[str, float] | None = None
    scales: bool = False
    stroke: float = 0.0
    prop: str = ""

    def sample(self, t: NDArray[np.float64]) -> FloatArray:
        """(T, ROWS + 1, 3) float32: what it adds at times ``t`` (T,), seconds from its start; last row the hips'
        shift."""
        at = np.asarray(t[:, None, None] - self.start[:, None] - _DELAY, np.float32)
        s = signals.minimum_jerk(at / self.length[:, None])
        out = np.empty((len(t), ROWS + 1, 3), np.float32)
        out[:, :ROWS] = np.einsum("tkb,kbd->tbd", s, self.delta, optimize=True)
        out[:, ROWS] = s[:, :, 0] @ self.shift
        return out


def _swapped() -> tuple[int, ...]:
    """For each row, the row of the same bone on the other side."""
    other = {"left": "right", "right": "left"}
    names = [next((other[s] + b[len(s) :] for s in other if b.startswith(s)), b) for b in HUMAN_BONES]
    return (*(HUMAN_BONES.index(n) for n in names), ROWS - 1)


OTHER_SIDE: Final = np.array(_swapped(), np.int64)


def mirrored(motion: Motion) -> Motion:
    """The same gesture with the other hand: sides exchanged, rotation vectors (which are axial) mirrored at x = 0."""
    delta = motion.delta[:, OTHER_SIDE] * np.array([1, -1, -1], np.float32)
    return replace(motion, delta=delta, shift=motion.shift * np.array([-1, 1, 1], np.float32))


@dataclass(slots=True)
class Score:
    """Keys while a gesture is being written: (time it is reached, seconds the movement takes, pose, hips' shift)."""

    name: str
    keys: list[tuple[float, float, FloatArray, tuple[float, float, float]]] = field(default_factory=list)

    def to(
        self, at: float, length: float, pose: FloatArray, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> Score:
        """Arrive at ``pose`` (relative to standing at ease) at time ``at`` after a movement of ``length`` seconds."""
        self.keys.append((at, length, pose, shift))
        return self

    def home(self, at: float, length: float, aside: FloatArray) -> Score:
        """Back to rest at time ``at``, in an arc that leans towards ``aside``: lowered straight, hands would brush
        clothes."""
        part = 0.65 * length
        return self.to(at - length + part, part, aside).to(at, part, np.zeros((ROWS, 3), np.float32))

    def done(
        self,
        hold: float | tuple[float, float],
        slot: str = "body",
        gaze: float = 0.0,
        face: tuple[str, float] | None = None,
        scales: bool = False,
        stroke: float | None = None,
        prop: str = "",
    ) -> Motion:
        """The motion; its last key must be at rest. stroke : where it is not the end of the last movement before the
        hold."""
        zero = np.zeros((ROWS, 3), np.float32)
        poses = np.stack([zero] + [k[2] for k in self.keys] + [zero])
        shifts = np.array([(0, 0, 0)] + [k[3] for k in self.keys] + [(0, 0, 0)], np.float32)
        n = len(self.keys)
        first = hold[0] if isinstance(hold, tuple) else hold
        if stroke is None:
            stroke = max((k[0] for k in self.keys if k[0] <= first), default=first)
        start = np.array([k[0] - k[1] for k in self.keys], np.float32)
        length = np.array([k[1] for k in self.keys], np.float32)
        return Motion(
            self.name,
            start,
            length,
            np.diff(poses, axis=0)[:n],
            np.diff(shifts, axis=0)[:n],
            hold if isinstance(hold, tuple) else (hold, hold),
            float((start + length).max() + _DELAY.max()),
            slot,
            gaze,
            face,
            scales,
            stroke,
            prop,
        )
