"""Two-bone inverse kinematics: where the elbow or knee goes, and rotations from bone directions."""

from __future__ import annotations

import math
from typing import Final

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


def _across(v: Array) -> FloatArray:
    """(..., 3, 3) with ``_across(v) @ x == cross(v, x)``."""
    x, y, z = (v[..., i] for i in range(3))
    rows = [[0 * x, -z, y], [z, 0 * x, -x], [-y, x, 0 * x]]
    return np.stack([np.stack(r, -1) for r in rows], -2).astype(np.float32)


def _to_quaternion() -> FloatArray:
    """(9, 4) from a flat rotation matrix to its quaternion times 4 w, but for 1 to be added to the last number."""
    k = np.zeros((9, 4), np.float32)
    k[[0, 4, 8], 3] = 1
    for i, (plus, minus) in enumerate(((7, 5), (2, 6), (3, 1))):
        k[plus, i], k[minus, i] = 1, -1
    return k


_TO_QUATERNION: Final = _to_quaternion()
_ONE: Final = np.array([0, 0, 0, 1], np.float32)
_UNIT: Final = np.array(1, np.float32)
_FEW: Final = 4
"""Actors up to which numbers one by one are quicker than arrays."""


class Legs:
    """Both legs of A actors at once, every frame: feet stay where they are planted whatever the hips do. Buffers made
    once.

    hips : (3,) rest; thigh, knee, ankle : (2, 3) rest joint positions, left then right, companion frame, metres.
    plant : (A, 2, 3) ankle targets, writable; result : (A, 2, 3, 4) normalised local rotations of upper leg, lower leg
    and foot.
    """

    def __init__(self, hips: Array, thigh: Array, knee: Array, ankle: Array, toe_out: float, actors: int = 1) -> None:
        a = actors
        self._offset = (thigh - hips).astype(np.float32)
        self.l1 = np.linalg.norm(knee - thigh, axis=1).astype(np.float32)
        self.l2 = np.linalg.norm(ankle - knee, axis=1).astype(np.float32)
        self._hips = hips.astype(np.float32)
        self.plant = np.tile(ankle.astype(np.float32), (a, 1, 1))
        turn = np.array([toe_out, -toe_out])
        forward = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], -1)
        self._forward, self._across = forward.astype(np.float32), _across(forward)
        self._bake(thigh, knee, ankle)
        yaw = quat.from_axis_angle(np.array([0, 1, 0], np.float32), turn.astype(np.float32))
        self._reach2 = np.square((self.l1 + self.l2) * np.float32(0.99985))
        self._least = float(self._reach2.min())
        self._sq, self._twice = self.l1 * self.l1 - self.l2 * self.l2, 2 * self.l1
        self._ratio = -self.l1 / self.l2
        self._numbers = np.stack([self._sq, self._twice, self.l1, self.l2], 1).tolist()
        self._world = np.empty((a, 2, 4, 3, 3), np.float32)
        self._world[:, :, 3] = quat.to_matrix(yaw)
        self._local = np.empty((a, 2, 3, 3, 3), np.float32)
        self._basis, self._to = np.empty((a, 2, 3, 3), np.float32), np.empty((a, 2, 3), np.float32)
        self._d2, self._d, self._one = (np.empty((a, 2), np.float32) for _ in range(3))
        self._angles = np.empty((a, 2, 2, 2), np.float32)
        self._angles_flat = self._angles.reshape(-1)
        self._bend = np.empty((a, 2, 2, 9), np.float32)
        self._size = np.empty((a, 2, 3), np.float32)
        self.result = quat.identity((a, 2, 3))

    def _bake(self, thigh: Array, knee: Array, ankle: Array) -> None:
        """A bone's frame in the leg's plane is linear in its cosine and sine: ``_turned`` (2, 2, 2, 9) and, for what is
        fixed, ``_fixed`` (2, 2, 9). The leg's frame: down the leg, the hinge, the way the knee points."""
        ahead = np.broadcast_to(np.array([0.0, 0, 1]), (2, 3))
        side = np.cross(thigh - ankle, ahead)
        # rest frames: first column the bone, second the hinge
        rest = np.stack([frame(knee - thigh, side), frame(ankle - knee, side)], 1)
        by = np.zeros((2, 3, 3))
        by[0, 0, 0] = by[0, 2, 2] = 1
        by[1, 2, 0], by[1, 0, 2] = 1, -1
        still = np.zeros((3, 3))
        still[1, 1] = 1
        back = np.swapaxes(rest, -1, -2)
        self._turned = (by @ back[:, :, None]).reshape(2, 2, 2, 9).astype(np.float32)
        self._fixed = (still @ back).reshape(2, 2, 9).astype(np.float32)

    def solve(self, hips_turn: FloatArray, offset: FloatArray) -> FloatArray:
        """hips_turn : (A, 3, 3) world rotations of the hips; offset : (A, 3) their shift from rest, lowered in place
        where a foot would not reach. Returns ``result``."""
        to, d2, d = self._to, self._d2, self._d
        np.matmul(self._offset, np.swapaxes(hips_turn, -1, -2), out=to)
        to += (offset + self._hips)[:, None]
        np.subtract(self.plant, to, out=to)
        np.vecdot(to, to, out=d2)
        if d2.max() > self._least:
            self._lower(offset)
        np.sqrt(d2, out=d)
        to /= d[..., None]
        # the way the knee points is what is left of forwards, square to the line from hip to ankle
        basis, one = self._basis, self._one
        along, hinge, ahead = basis[..., 0], basis[..., 1], basis[..., 2]
        along[:] = to
        np.vecdot(to, self._forward, out=one)
        np.multiply(to, one[..., None], out=ahead)
        np.subtract(self._forward, ahead, out=ahead)
        np.matmul(self._across, to[..., None], out=hinge[..., None])
        np.multiply(one, one, out=one)
        np.subtract(_UNIT, one, out=one)
        np.sqrt(one, out=one)
        basis[..., 1:] /= one[..., None, None]
        self._bends(d2, d)
        w = self._world
        np.matmul(basis[:, :, None], self._bend.reshape(*self._bend.shape[:3], 3, 3), out=w[:, :, 1:3])
        w[:, :, 0] = hips_turn[:, None]
        np.matmul(np.swapaxes(w[:, :, :3], -1, -2), w[:, :, 1:], out=self._local)
        # Turns here stay below a right angle or so, where this short way back from a matrix is exact.
        q = self.result
        np.matmul(self._local.reshape(*self._local.shape[:3], 9), _TO_QUATERNION, out=q)
        q += _ONE
        np.vecdot(q, q, out=self._size)
        np.sqrt(self._size, out=self._size)
        q /= self._size[..., None]
        return q

    def _lower(self, offset: FloatArray) -> None:
        """Lower the hips as far as both feet reach."""
        to = self._to
        flat2 = np.square(to[..., 0]) + np.square(to[..., 2])
        room = np.sqrt(np.maximum(self._reach2 - flat2, 0)) + to[..., 1]
        drop = np.minimum(room.min(axis=1, keepdims=True), 0)
        offset[:, 1:2] += drop
        to[..., 1] -= drop
        np.vecdot(to, to, out=self._d2)

    def _bends(self, d2: FloatArray, d: FloatArray) -> None:
        """Cosines and sines of thigh and shin against the line from hip to ankle, into the bones' frames."""
        if len(d) <= _FEW:
            self._angles_flat[:] = self._bends_of_few(d.ravel().tolist())
        else:
            self._bends_of_many(d2, d)
        np.matmul(self._angles[..., None, :], self._turned, out=self._bend[..., None, :])
        self._bend += self._fixed

    def _bends_of_few(self, lengths: list[float]) -> list[float]:
        """``_angles``, flat. Plain numbers: for two legs each operation of NumPy's costs more than what it computes."""
        found = []
        for k, d in enumerate(lengths):
            sq, twice, l1, l2 = self._numbers[k % 2]
            thigh = min((d * d + sq) / d / twice, 1.0)
            sine = math.sqrt(1 - thigh * thigh)
            found += [thigh, sine, (d - thigh * l1) / l2, -sine * l1 / l2]
        return found

    def _bends_of_many(self, d2: FloatArray, d: FloatArray) -> None:
        c, s = self._angles[..., 0], self._angles[..., 1]
        first, second = c[..., 0], c[..., 1]
        np.add(d2, self._sq, out=first)
        first /= d
        first /= self._twice
        np.minimum(first, _UNIT, out=first)
        np.multiply(first, self.l1, out=second)
        np.subtract(d, second, out=second)
        second /= self.l2
        np.multiply(first, first, out=s[..., 0])
        np.subtract(_UNIT, s[..., 0], out=s[..., 0])
        np.sqrt(s[..., 0], out=s[..., 0])
        np.multiply(s[..., 0], self._ratio, out=s[..., 1])
