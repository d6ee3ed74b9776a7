"""Rotations of a fixed number of rows without allocating: products, exponentials and mixtures in buffers made once.

NumPy makes buffers of its own wherever an operand is broadcast along its last axis; so products here are matrix
products, and what belongs to a row is spread over its four numbers by ``take``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import quat
from ..types import FloatArray

_LEFT: Final = quat.left_matrix(np.eye(4, dtype=np.float32)).reshape(4, 16)
"""A quaternion to the matrix of multiplication from the left, flat; it is linear."""
_SMALLEST: Final = 1e-12


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hamilton products ``a b`` of many small arrays (..., 4) in few calls; they broadcast."""
    left = np.matmul(a, _LEFT).reshape(*a.shape[:-1], 4, 4)
    return np.asarray(np.matmul(left, b[..., None])[..., 0])


class Turns:
    """Scratch for n rotations. Every ``out`` is (n, 4) float32, contiguous, and may be none of the inputs."""

    def __init__(self, n: int) -> None:
        self._left = np.empty((n, 4, 4), np.float32)
        self._both = np.empty((n, 2, 4), np.float32)
        self._shares = np.empty((n, 1, 2), np.float32)
        self._row, self._other = np.empty((2, n), np.float32)
        self._rows = np.empty((n, 4), np.float32)
        self._again = np.repeat(np.arange(n), 4).reshape(n, 4)
        self._identity = quat.identity((n,))

    def multiply(self, a: FloatArray, b: FloatArray, out: FloatArray) -> FloatArray:
        """Hamilton product ``a b``, (n, 4) each."""
        np.matmul(a, _LEFT, out=self._left.reshape(-1, 16))
        np.matmul(self._left, b[:, :, None], out=out[:, :, None])
        return out

    def exp(self, v: FloatArray, out: FloatArray) -> FloatArray:
        """Rotation vectors v (n, 3) to unit quaternions."""
        half, ratio = self._row, self._other
        np.vecdot(v, v, out=half)
        np.sqrt(half, out=half)
        half *= 0.5
        np.cos(half, out=out[:, 3])
        np.maximum(half, _SMALLEST, out=half)
        np.sin(half, out=ratio)
        ratio /= half
        ratio *= 0.5
        for i in range(3):
            np.multiply(v[:, i], ratio, out=out[:, i])
        return out

    def normalize(self, q: FloatArray) -> FloatArray:
        """q (n, 4) brought to unit length in place."""
        np.vecdot(q, q, out=self._row)
        np.sqrt(self._row, out=self._row)
        np.maximum(self._row, _SMALLEST, out=self._row)
        self._row.take(self._again, out=self._rows, mode="clip")
        q /= self._rows
        return q

    def mix(self, a: FloatArray, b: FloatArray, share: FloatArray, out: FloatArray) -> FloatArray:
        """From a towards b by share (n,) in 0–1, the shorter way, along the chord (which for a steady share differs
        from the arc by less than anyone sees)."""
        shares = self._shares[:, 0]
        np.vecdot(a, b, out=self._row)
        np.copysign(share, self._row, out=shares[:, 1])
        np.subtract(1, share, out=shares[:, 0])
        self._both[:, 0], self._both[:, 1] = a, b
        np.matmul(self._shares, self._both, out=out[:, None, :])
        return self.normalize(out)

    def part(self, q: FloatArray, share: FloatArray, out: FloatArray) -> FloatArray:
        """From no rotation towards q by share (n,)."""
        return self.mix(self._identity, q, share, out)
