"""What reaching needs of a companion's arms, worked out once from its rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..types import FloatArray
from .ik import frame, unit
from .rig import Rig

SIDES: Final = ("left", "right")
AXIS: Final = np.array([0.55, -0.25, 0.80])
"""The middle of what a left hand reaches, from its shoulder; the opposite of it lies behind the back, across and up."""
POLE: Final = np.array([0.45, -1.0, -0.15])
"""Where the left elbow points when the arm reaches along ``AXIS``: down, and a little out."""
FOLDED: Final = np.radians(150.0)
"""The elbow's farthest."""
_NEARLY: Final = np.radians(141.0)
_STRETCH: Final = np.float32(0.970)
_EASE: Final = np.float32(0.025)
"""Of the arm's length: reached exactly up to the one, eased by the other beyond."""
_MIDDLE: Final = np.radians(75.0)

Array = NDArray[np.float64]
Table = tuple[Array, Array]


def fold_table(most: float, softness: float) -> Table:
    """Angles 0–pi to angles that rise with them up to about ``most`` and come back to 0 at pi. Where an angle is the
    distance from an axis, whatever is done with the result is continuous on the whole sphere. softness : radians in
    which the one slope goes over into the other."""
    x = np.linspace(0, np.pi, 1025)
    back = (np.pi - x) * most / (np.pi - most)
    h = np.clip(0.5 + 0.5 * (back - x) / softness, 0, 1)
    return x, back + (x - back) * h - softness * h * (1 - h)


def soft(d: FloatArray, onset: FloatArray, room: FloatArray) -> FloatArray:
    """d up to onset, then eased towards onset + room, which it never passes (soft IK)."""
    over = np.maximum(d - onset, 0)
    return np.asarray(np.minimum(d, onset) - room * np.expm1(-over / room), np.float32)


class Arms:
    """Of A companions, two sides each; float32. length : (A, 2) of the arms; nearest, near : (A, 2) distance of the
    wrist with the elbow folded all the way, and nearly; aimless : (A, 2) where a direction begins to count less;
    chart : (2, 4, 3) a vector to its cross product with the axis, and its part along it.

    lift, fold, twice_first, twice_both : (A, 2) what the law of cosines needs. halves : (2, A, 2, 2, 4): the upper arm,
    reaching along the axis, and the forearm as the upper arm sees it, are sums of two by cosine and sine of half of the
    upper arm's angle from the way to the wrist, and of half of the elbow's fold.
    middle : (A, 6, 4) upper arms, lower arms, hands in mid-range; fore, hand, palm : (A, 2, 3) ways that forearm and
    hand point and the palm faces at rest; pole, hinge : (2, 3) the elbow's way and its axis.
    """

    def __init__(self, rigs: Sequence[Rig]) -> None:
        mirror = np.array([[1.0, 1, 1], [-1, 1, 1]])
        axis = unit(AXIS * mirror)
        basis = frame(axis, POLE * mirror)
        self.pole, hinge = basis[..., 1].astype(np.float32), basis[..., 2]
        self.hinge = hinge.astype(np.float32)
        cross = np.stack([np.cross(axis, e) for e in np.eye(3)], -1)
        self.chart = np.concatenate([cross, axis[:, None]], 1).astype(np.float32)
        at = [[[rig.rest_position[s + b] for b in ("UpperArm", "LowerArm", "Hand")] for s in SIDES] for rig in rigs]
        joints = np.array(at)
        first, second = joints[:, :, 1] - joints[:, :, 0], joints[:, :, 2] - joints[:, :, 1]
        tips = [
            [
                rig.rest_position.get(s + "MiddleProximal", 2 * joints[i, k, 2] - joints[i, k, 1])
                for k, s in enumerate(SIDES)
            ]
            for i, rig in enumerate(rigs)
        ]
        along = unit(np.array(tips) - joints[:, :, 2])
        l1, l2 = np.linalg.norm(first, axis=-1), np.linalg.norm(second, axis=-1)
        self.length = (l1 + l2).astype(np.float32)
        self.nearest, self.near = (
            np.sqrt(l1 * l1 + l2 * l2 + 2 * l1 * l2 * np.cos(fold)).astype(np.float32) for fold in (FOLDED, _NEARLY)
        )
        self.aimless = 0.8 * self.nearest
        self._stretch, self._ease = _STRETCH * self.length, _EASE * self.length
        self._room = self.near - self.nearest
        self.lift, self.fold = (x.astype(np.float32) for x in (l1 * l1 - l2 * l2, l1 * l1 + l2 * l2))
        self.twice_first, self.twice_both = (2 * l1).astype(np.float32), (2 * l1 * l2).astype(np.float32)
        # at rest the inside of the elbow faces ahead, and palms down
        ahead, down = np.array([0.0, 0, 1]), np.array([0.0, -1, 0])
        aim = frame(np.broadcast_to(axis, first.shape), np.broadcast_to(-basis[..., 1], first.shape))
        upper, lower = (
            quat.from_matrix(
                (aim @ np.swapaxes(frame(bone, np.broadcast_to(ahead, bone.shape)), -1, -2)).astype(np.float32)
            )
            for bone in (first, second)
        )
        turn = np.broadcast_to(np.concatenate([hinge, np.zeros((2, 1))], -1).astype(np.float32), upper.shape)
        back = quat.conjugate(upper)
        raised = [upper, quat.multiply(turn, upper)]
        folded = [quat.multiply(back, lower), quat.multiply(back, quat.multiply(-turn, lower))]
        self.halves = np.stack([np.stack(raised, 2), np.stack(folded, 2)])
        half = np.array([[np.cos(_MIDDLE / 4), np.sin(_MIDDLE / 4)], [np.cos(_MIDDLE / 2), np.sin(_MIDDLE / 2)]])
        middle = np.einsum("ks,kabsc->kabc", half, self.halves).astype(np.float32)
        self.middle = np.concatenate([*middle, quat.identity(upper.shape[:2])], 1)
        self.fore, self.hand = unit(second).astype(np.float32), along.astype(np.float32)
        self.palm = frame(along, np.broadcast_to(down, along.shape))[..., 1].astype(np.float32)

    def held(self, d: FloatArray) -> FloatArray:
        """Distances (A, 2) of the wrist that an arm has, near to those asked for; eased at both ends."""
        if (d > self._stretch).any():
            d = soft(d, self._stretch, self._ease)
        if (d < self.near).any():
            d = np.maximum(d, self.near) + self._room * np.expm1(np.minimum(d - self.near, 0) / self._room)
        return d
