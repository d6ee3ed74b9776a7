"""A hand to a point: the arm by the law of cosines, and where it is too short, collarbone and trunk after it.

All of it is continuous in the target, wherever that goes. Directions from the shoulder are seen from an axis ahead of
it: an elbow that points down there, turned the shortest way to any other direction, points down, out or back, and the
one direction where no such field can exist lies behind the back. What no arm does is folded back towards the axis:
directions behind the back, and points nearer than a folded arm comes. Near full stretch the distance is eased (soft
IK), so that the elbow never snaps.

Sources: R. Juckett, "Analytic Two-Bone IK in 2D" (2008); A. Nicholas, "Soft IK" (2007): beyond a, the distance is
``a + s (1 - exp(-(d - a) / s))``; S. Buss, "Introduction to Inverse Kinematics" (2004) for the trunk's least squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..errors import UsageError
from ..linalg import quat
from ..types import FloatArray
from .reach_bake import SIDES, Arms, fold_table
from .reach_hand import Hands
from .reach_trunk import Trunk
from .rig import ROW, Rig
from .turns import product

_TRUNK: Final = ("hips", "spine", "chest", "upperChest")
_LIMBS: Final = ("Shoulder", "UpperArm", "LowerArm", "Hand")
_ROWS: Final = np.array([ROW[b] for b in _TRUNK] + [ROW[s + b] for b in _LIMBS for s in SIDES])
_CONJUGATE: Final = np.array([-1, -1, -1, 1], np.float32)
_FARTHEST: Final = 1e3
"""Metres; farther targets are errors."""
_HINT: Final = 0.35
"""How much the elbow's own way counts beside a hint."""
_FOLD: Final = fold_table(float(np.radians(128.0)), 0.25)
_UNFOLDED: Final = float(np.radians(115.0))
"""Directions within this of the chart's axis stay as they are."""


class Reach:
    """The upper bodies of A companions. rigs : one each; or one.

    Works in the normalised rotations of ``rig``: call ``solve`` before ``write_body``. Buffers are made once.
    """

    def __init__(self, rigs: Sequence[Rig] | Rig) -> None:
        self.rigs = (rigs,) if isinstance(rigs, Rig) else tuple(rigs)
        arms = [s + b for s in SIDES for b in _LIMBS[1:]]
        if not all(rig.human and all(b in rig.rest_position for b in arms) for rig in self.rigs):
            raise UsageError("only a companion with arms can reach")
        self.arms, self.trunk = Arms(self.rigs), Trunk(self.rigs)
        self.hands = Hands(self.arms)
        a = len(self.rigs)
        self._q, self._new = np.empty((2, a, len(_ROWS), 4), np.float32)
        self._target, self._weight = np.zeros((a, 2, 3), np.float32), np.zeros((a, 2), np.float32)
        self._way, self._turn = np.zeros((a, 2, 3), np.float32), np.empty((a, 2, 4), np.float32)
        self._shares, self._cosines = np.empty((2, a, 2, 2), np.float32), np.empty((2, a, 2), np.float32)
        self._active = np.zeros((a, len(_ROWS), 1), bool)
        self._active_limbs = self._active[:, 4:].reshape(a, len(_LIMBS), 2)

    def solve(
        self,
        rotations: FloatArray,
        hips: FloatArray,
        side: str,
        target: FloatArray,
        weight: FloatArray | float = 1.0,
        *,
        pole: FloatArray | None = None,
        fingers: FloatArray | None = None,
        palm: FloatArray | None = None,
    ) -> FloatArray:
        """Bring wrists to their targets, in place. What cannot be reached is reached for.

        rotations : (A, ROWS, 4) float32 normalised local rotations; hips : (A, 3) where the hips are; side : ``left``,
        ``right`` or ``both``; target : (A, 3), for both (A, 2, 3) left then right, companion frame, metres; weight :
        (A,) or (A, 2) in 0–1, or one for all: 0 leaves an arm as it is, to the bit; pole : the way elbows are wanted to
        point; fingers, palm : the ways hands are to point and palms to face; each like target, None for the natural.
        A target or weight that is no number, or a kilometre away, is left alone. Returns ``rotations``."""
        at = {"left": slice(0, 1), "right": slice(1, 2), "both": slice(0, 2)}[side]
        if not self._take(at, target, weight):
            return rotations
        arms, trunk = self.arms, self.trunk
        q = rotations.take(_ROWS, axis=1, out=self._q, mode="clip")
        if trunk.missing is not None:
            np.copyto(q[:, :6], quat.identity(), where=trunk.missing)
        new = self._new
        new[:] = q
        trunk.place(q, hips)
        # the trunk first: after it, the target is within the arm's reach, or out of everybody's
        way = self._chart()
        if trunk.lean(self._target, way[3], way[2], arms.length):
            trunk.write(q, new)
            way = self._chart()
        turn = self._aim(way, self._both(at, pole))
        new[:, 6:8] = product(new[:, 4:6] * _CONJUGATE, turn)
        if fingers is not None or palm is not None:
            fore = np.matmul(trunk.chest[:, None], quat.to_matrix(product(turn, new[:, 8:10])))
            self.hands.turn(fore, self._both(at, fingers), self._both(at, palm), new)
        self._blend(q, new, hands=fingers is not None or palm is not None)
        self._write(rotations, new)
        return rotations

    def _take(self, at: slice, target: FloatArray, weight: FloatArray | float) -> bool:
        self._target[:] = 0
        self._weight[:] = 0
        a, n = len(self.rigs), at.stop - at.start
        points = np.asarray(target, np.float32).reshape(a, n, 3)
        weights = np.asarray(weight, np.float32)
        weights = weights.reshape(a, -1) if weights.ndim else weights
        sound = (np.abs(points) < _FARTHEST).all(-1) & (weights > 0)
        np.copyto(self._target[:, at], points, where=sound[..., None])
        np.copyto(self._weight[:, at], np.minimum(weights, 1), where=sound)
        return bool(sound.any())

    def _both(self, at: slice, way: FloatArray | None) -> FloatArray | None:
        """A way for each hand, (A, 2, 3); zero where there is none or it is no number."""
        if way is None:
            return None
        given = np.asarray(way, np.float32).reshape(len(self.rigs), at.stop - at.start, 3)
        out = np.zeros((len(self.rigs), 2, 3), np.float32)
        np.copyto(out[:, at], given, where=(np.abs(given) < _FARTHEST).all(-1, keepdims=True))
        return out

    def _chart(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """The targets as seen from the shoulders: (axis of the turn from the chart's axis (A, 2, 3), its angle
        (A, 2), distance (A, 2), weight (A, 2), less where the direction is no arm's)."""
        trunk = self.trunk
        local = np.matmul(self._target - trunk.root, trunk.chest)
        seen = np.matmul(self.arms.chart, local[..., None])[..., 0]
        across, ahead = seen[..., :3], seen[..., 3]
        side = np.sqrt(np.vecdot(across, across))
        d = np.hypot(side, ahead)
        angle = np.arctan2(side, ahead)
        axis, folded, share = across / np.maximum(side, 1e-9)[..., None], angle, self._weight
        if angle.max() > _UNFOLDED:
            folded = np.interp(angle, *_FOLD).astype(np.float32)
            share = share * ((folded + np.float32(1e-6)) / (angle + np.float32(1e-6)))
        # nearer than the elbow folds there is no direction to keep
        near = d / self.arms.aimless
        if near.min() < 1:
            near = np.minimum(near, 1)
            folded = folded * (near * near * (3 - 2 * near))
        return axis, folded, d, share

    def _aim(self, way: tuple[FloatArray, FloatArray, FloatArray, FloatArray], pole: FloatArray | None) -> FloatArray:
        """(A, 2, 4) rotations of the upper arms as the chest sees them; those of the forearms go into the buffer."""
        arms, new = self.arms, self._new
        axis, angle, d, _ = way
        d = arms.held(d)
        # halves of the angles by their cosines: no arc cosine, and none of its loss
        square, shares = d * d, self._shares
        cosines = self._cosines
        np.divide(square + arms.lift, arms.twice_first * d, out=cosines[0])
        np.divide(square - arms.fold, arms.twice_both, out=cosines[1])
        cosines *= 0.5
        np.add(cosines, 0.5, out=shares[..., 0])
        np.subtract(0.5, cosines, out=shares[..., 1])
        np.maximum(shares, 0, out=shares)
        np.sqrt(shares, out=shares)
        raised, new[:, 8:10] = np.matmul(shares[..., None, :], arms.halves)[..., 0, :]
        turn = self._turn
        half = 0.5 * angle
        np.multiply(axis, np.sin(half)[..., None], out=turn[..., :3])
        np.cos(half, out=turn[..., 3])
        if pole is not None:
            raised = product(self._swivel(turn, pole), raised)
        return product(turn, raised)

    def _swivel(self, turn: FloatArray, pole: FloatArray) -> FloatArray:
        """(A, 2, 4) turns about the chart's axis that bring the elbow round towards ``pole``."""
        arms = self.arms
        size = np.sqrt(np.vecdot(pole, pole))[..., None]
        own = np.matmul(pole / np.maximum(size, 1e-6), self.trunk.chest)
        own = np.matmul(own[..., None, :], quat.to_matrix(turn))[..., 0, :]
        # not made unit: a hint along the arm says nothing, and must not turn it
        x, y = _HINT + np.vecdot(own, arms.pole), np.vecdot(own, arms.hinge)
        half = 0.5 * np.arctan2(y, x)
        found = np.empty_like(turn)
        found[..., :3] = arms.chart[:, 3] * np.sin(half)[..., None]
        found[..., 3] = np.cos(half)
        return found

    def _blend(self, old: FloatArray, new: FloatArray, hands: bool) -> None:
        """By weight from what the arms did. Both rotations are taken on the side of the middle of the joint's range, so
        that the way between never changes to the other way round."""
        w = self._weight
        if ((w == 0) | (w == 1)).all():
            return
        n = 3 if hands else 2
        rows, middle = slice(6, 6 + 2 * n), self.arms.middle[:, : 2 * n]
        share = np.tile(w, n)[..., None]
        a, b = old[:, rows], new[:, rows]
        a = a * np.copysign(1 - share, np.vecdot(a, middle)[..., None])
        mixed = a + b * np.copysign(share, np.vecdot(b, middle)[..., None])
        new[:, rows] = mixed / np.sqrt(np.maximum(np.vecdot(mixed, mixed), 1e-12))[..., None]

    def _write(self, rotations: FloatArray, new: FloatArray) -> None:
        active = self._active
        active[:, 1:4, 0] = self.trunk.leant[:, None]
        self._active_limbs[:] = (self._weight > 0)[:, None]
        if self.trunk.missing is not None:
            active[:, :6] &= ~self.trunk.missing
        rotations[:, _ROWS] = np.where(active, new, rotations[:, _ROWS])
