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


def _cross(a: FloatArray, b: FloatArray, out: FloatArray, work: FloatArray) -> FloatArray:
    """Cross product of (..., 3); np.cross costs four times as much on so few. work : like out."""
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        np.multiply(a[..., j], b[..., k], out=out[..., i])
        np.multiply(a[..., k], b[..., j], out=work[..., i])
    out -= work
    return out


class Legs:
    """Both legs of A actors at once, every frame: feet stay where they are planted whatever the hips do. Buffers made
    once.

    hips : (3,) rest; thigh, knee, ankle : (2, 3) rest joint positions, left then right, companion frame, metres.
    plant : (A, 2, 3) ankle targets and forward : (A, 2, 3) the way each knee and foot points, both writable;
    result : (A, 2, 3, 4) normalised local rotations of upper leg, lower leg and foot.
    """

    def __init__(self, hips: Array, thigh: Array, knee: Array, ankle: Array, toe_out: float, actors: int = 1) -> None:
        a = actors
        self._hips = hips.astype(np.float32)
        self._offset = (thigh - hips).astype(np.float32)
        self.l1 = np.linalg.norm(knee - thigh, axis=1).astype(np.float32)
        self.l2 = np.linalg.norm(ankle - knee, axis=1).astype(np.float32)
        self.plant = np.tile(ankle.astype(np.float32), (a, 1, 1))
        turn = np.array([toe_out, -toe_out])
        self.forward = np.tile(np.stack([np.sin(turn), 0 * turn, np.cos(turn)], -1).astype(np.float32), (a, 1, 1))
        ahead = np.broadcast_to(np.array([0.0, 0, 1]), (2, 3))
        side = np.cross(thigh - ankle, ahead)
        # rest frames: first column the bone, second the hinge
        rest = np.stack([frame(knee - thigh, side), frame(ankle - knee, side)], 1)
        self._rest_t = np.swapaxes(rest, -1, -2).astype(np.float32).copy()
        yaw = quat.from_axis_angle(np.array([0, 1, 0], np.float32), turn.astype(np.float32))
        self._reach2 = np.square((self.l1 + self.l2) * np.float32(0.99985))
        self._sq, self._twice = self.l1 * self.l1 - self.l2 * self.l2, 2 * self.l1
        self._ratio = -self.l1 / self.l2
        self._world = np.empty((a, 2, 4, 3, 3), np.float32)
        self._world[:, :, 3] = quat.to_matrix(yaw)
        self._frames = np.empty((a, 2, 2, 3, 3), np.float32)
        self._local = np.empty((a, 2, 3, 3, 3), np.float32)
        self._basis = np.empty((a, 2, 3, 3), np.float32)
        self._to, self._hinge, self._ahead, self._work = (np.empty((a, 2, 3), np.float32) for _ in range(4))
        self._square, self._d2, self._d, self._room = (np.empty((a, 2), np.float32) for _ in range(4))
        self._cos, self._sin = np.empty((a, 2, 2), np.float32), np.empty((a, 2, 2), np.float32)
        self._bend = np.zeros((a, 2, 2, 3, 3), np.float32)
        self._bend[..., 1, 1] = 1
        self._trace = np.empty((a, 2, 3), np.float32)
        self.result = quat.identity((a, 2, 3))

    def solve(self, hips_turn: FloatArray, offset: FloatArray) -> FloatArray:
        """hips_turn : (A, 3, 3) world rotations of the hips; offset : (A, 3) their shift from rest, lowered in place
        where a foot would not reach. Returns ``result``."""
        to, flat2, d2, d, room = self._to, self._square, self._d2, self._d, self._room
        np.matmul(self._offset, np.swapaxes(hips_turn, -1, -2), out=to)
        to += self._hips
        to += offset[:, None]
        np.subtract(self.plant, to, out=to)
        x, y, z = to[..., 0], to[..., 1], to[..., 2]
        np.multiply(x, x, out=flat2)
        np.multiply(z, z, out=d)
        flat2 += d
        np.subtract(self._reach2, flat2, out=room)
        np.maximum(room, 0, out=room)
        np.sqrt(room, out=room)
        room += y
        lowest = room.min()
        if lowest < 0:
            drop = np.minimum(room.min(axis=1, keepdims=True), 0)
            offset[:, 1:2] += drop
            y -= drop
        np.multiply(y, y, out=d2)
        d2 += flat2
        np.sqrt(d2, out=d)
        to /= d[..., None]
        # columns: down the leg, the hinge, the way the knee points; then each bone turned in that plane
        basis = self._basis
        basis[..., 0] = to
        _cross(self.forward, to, self._hinge, self._work)
        np.vecdot(self._hinge, self._hinge, out=flat2)
        np.sqrt(flat2, out=flat2)
        self._hinge /= flat2[..., None]
        basis[..., 1] = self._hinge
        _cross(to, self._hinge, self._ahead, self._work)
        basis[..., 2] = self._ahead
        self._angles(d2, d)
        w = self._world
        np.matmul(basis[:, :, None], self._bend, out=self._frames)
        w[:, :, 0] = hips_turn[:, None]
        np.matmul(self._frames, self._rest_t, out=w[:, :, 1:3])
        np.matmul(np.swapaxes(w[:, :, :3], -1, -2), w[:, :, 1:], out=self._local)
        return self._quaternions()

    def _angles(self, d2: FloatArray, d: FloatArray) -> None:
        """Cosines and sines of thigh and shin against the line from hip to ankle, into the bends."""
        c, s, bend = self._cos, self._sin, self._bend
        first, second = c[..., 0], c[..., 1]
        np.add(d2, self._sq, out=first)
        first /= d
        first /= self._twice
        np.minimum(first, 1, out=first)
        np.multiply(first, self.l1, out=second)
        np.subtract(d, second, out=second)
        second /= self.l2
        np.multiply(first, first, out=s[..., 0])
        np.subtract(1, s[..., 0], out=s[..., 0])
        np.sqrt(s[..., 0], out=s[..., 0])
        np.multiply(s[..., 0], self._ratio, out=s[..., 1])
        bend[..., 0, 0] = c
        bend[..., 2, 2] = c
        bend[..., 2, 0] = s
        np.negative(s, out=bend[..., 0, 2])

    def _quaternions(self) -> FloatArray:
        """Turns here stay below a right angle or so, where this short way back from a matrix is exact."""
        m, q, t = self._local, self.result, self._trace
        np.add(m[..., 0, 0], m[..., 1, 1], out=t)
        t += m[..., 2, 2]
        t += 1
        np.maximum(t, 1e-3, out=q[..., 3])
        np.subtract(m[..., 2, 1], m[..., 1, 2], out=q[..., 0])
        np.subtract(m[..., 0, 2], m[..., 2, 0], out=q[..., 1])
        np.subtract(m[..., 1, 0], m[..., 0, 1], out=q[..., 2])
        np.vecdot(q, q, out=t)
        np.sqrt(t, out=t)
        q /= t[..., None]
        return q
