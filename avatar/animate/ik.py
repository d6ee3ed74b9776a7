"""Two-bone inverse kinematics: where the elbow or knee goes, and rotations from bone directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..types import FloatArray

Array = NDArray[np.float64]


def unit(v: Array) -> Array:
    """v (..., 3) at length 1; zero stays zero."""
    n = np.sqrt(np.vecdot(v, v))[..., None]
    return v / np.where(n < 1e-12, 1, n)


def frame(along: Array, towards: Array) -> Array:
    """(..., 3, 3) rotation whose first column is unit ``along`` and whose second is ``towards`` made square to it."""
    a = unit(along)
    b = unit(towards - np.vecdot(a, towards)[..., None] * a)
    return np.stack([a, b, np.cross(a, b)], -1)


def two_bone(root: Array, target: Array, pole: Array, first: float, second: float) -> tuple[Array, Array]:
    """Unit directions of the two bones so that the chain ends at the target, bending towards ``pole``.

    root, target, pole : (3,), pole a direction; first, second : bone lengths, metres. Out of reach: as near as it gets.
    """
    to = target - root
    d = float(np.clip(np.linalg.norm(to), abs(first - second) + 1e-4, (first + second) * 0.9998))
    basis = frame(to, pole)
    cos = np.clip((first * first + d * d - second * second) / (2 * first * d), -1, 1)
    upper = basis[:, 0] * cos + basis[:, 1] * np.sqrt(1 - cos * cos)
    lower = basis[:, 0] * d - upper * first
    return upper, unit(lower)


def _cross(a: FloatArray, b: FloatArray, out: FloatArray) -> FloatArray:
    """Cross product of (n, 3) rows; np.cross costs four times as much on so few."""
    out[:, 0] = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    out[:, 1] = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    out[:, 2] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return out


class Legs:
    """Both legs at once, every frame: feet stay where they are planted whatever the hips do. Buffers made once.

    hips : (3,) rest; thigh, knee, ankle : (2, 3) rest joint positions, left then right, companion frame, metres.
    plant : (2, 3) ankle targets and forward : (2, 3) the way each knee and foot points, both writable;
    result : (2, 3, 4) normalised local rotations of upper leg, lower leg and foot.
    """

    def __init__(self, hips: Array, thigh: Array, knee: Array, ankle: Array, toe_out: float) -> None:
        self._hips = hips.astype(np.float32)
        self._offset = (thigh - hips).astype(np.float32)
        self.l1 = np.linalg.norm(knee - thigh, axis=1).astype(np.float32)
        self.l2 = np.linalg.norm(ankle - knee, axis=1).astype(np.float32)
        self.plant = ankle.astype(np.float32)
        turn = np.array([toe_out, -toe_out])
        self.forward = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], -1).astype(np.float32)
        ahead = np.broadcast_to(np.array([0.0, 0, 1]), (2, 3))
        side = np.cross(thigh - ankle, ahead)
        # rest frames: first column the bone, second the hinge
        rest = np.stack([frame(knee - thigh, side), frame(ankle - knee, side)], 1)
        self._rest_t = np.swapaxes(rest, -1, -2).astype(np.float32).copy()
        yaw = quat.from_axis_angle(np.array([0, 1, 0], np.float32), turn.astype(np.float32))
        self._foot = quat.to_matrix(yaw)
        self._reach2 = np.square((self.l1 + self.l2) * np.float32(0.99985))
        self._sq = self.l1 * self.l1 - self.l2 * self.l2
        self._world = np.empty((2, 4, 3, 3), np.float32)
        self._frames = np.empty((2, 2, 3, 3), np.float32)
        self._local = np.empty((2, 3, 3, 3), np.float32)
        self._basis = np.empty((2, 3, 3), np.float32)
        self._hinge, self._ahead = np.empty((2, 3), np.float32), np.empty((2, 3), np.float32)
        self._cos, self._sin = np.empty((2, 2), np.float32), np.empty((2, 2), np.float32)
        self._bend = np.zeros((2, 2, 3, 3), np.float32)
        self._bend[..., 1, 1] = 1
        self.result = quat.identity((2, 3))

    def solve(self, hips_turn: FloatArray, offset: FloatArray) -> FloatArray:
        """hips_turn : (3, 3) world rotation of the hips; offset : (3,) their shift from rest, lowered in place where a
        foot would not reach. Returns ``result``."""
        root = self._offset @ hips_turn.T
        root += self._hips
        root += offset
        to = self.plant - root
        flat2 = to[:, 0] * to[:, 0] + to[:, 2] * to[:, 2]
        room = np.sqrt(np.maximum(self._reach2 - flat2, 0))
        drop = float((-to[:, 1] - room).max())
        if drop > 0:
            offset[1] -= drop
            to[:, 1] += drop
        d2 = flat2 + to[:, 1] * to[:, 1]
        d = np.sqrt(d2)[:, None]
        to /= d
        # columns: down the leg, the hinge, the way the knee points; then each bone turned in that plane
        basis = self._basis
        basis[:, :, 0] = to
        _cross(self.forward, to, self._hinge)
        self._hinge /= np.sqrt(np.vecdot(self._hinge, self._hinge))[:, None]
        basis[:, :, 1] = self._hinge
        _cross(to, self._hinge, self._ahead)
        basis[:, :, 2] = self._ahead
        c, s = self._cos, self._sin
        np.clip((d2 + self._sq) / (2 * self.l1 * d[:, 0]), -1, 1, out=c[:, 0])
        s[:, 0] = np.sqrt(1 - c[:, 0] * c[:, 0])
        c[:, 1] = (d[:, 0] - self.l1 * c[:, 0]) / self.l2
        s[:, 1] = -self.l1 * s[:, 0] / self.l2
        bend = self._bend
        bend[..., 0, 0] = bend[..., 2, 2] = c
        bend[..., 2, 0] = s
        np.negative(s, out=bend[..., 0, 2])
        f = np.matmul(basis[:, None], bend, out=self._frames)
        w = self._world
        w[:, 0] = hips_turn
        np.matmul(f, self._rest_t, out=w[:, 1:3])
        w[:, 3] = self._foot
        m = np.matmul(np.swapaxes(w[:, :3], -1, -2), w[:, 1:], out=self._local)
        q = self.result
        # turns here stay below a right angle or so, where this short way back from a matrix is exact
        trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
        np.sqrt(np.maximum(trace + 1, 1e-3), out=q[..., 3])
        q[..., 3] *= 0.5
        q[..., 0] = m[..., 2, 1] - m[..., 1, 2]
        q[..., 1] = m[..., 0, 2] - m[..., 2, 0]
        q[..., 2] = m[..., 1, 0] - m[..., 0, 1]
        q[..., :3] /= 4 * q[..., 3:]
        q /= np.sqrt(np.vecdot(q, q))[..., None]
        return q
