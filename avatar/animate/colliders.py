"""Spring-bone colliders as arrays: where they are now, and the push they give to the ends of spring joints.

Shapes of VRMC_springBone 1.0 (sphere, capsule) and of VRMC_springBone_extended_collider 1.0 (plane, insideSphere,
insideCapsule). A sphere is a capsule whose ends are one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel
from ..types import FloatArray


def _rows(length: FloatArray, way: FloatArray) -> FloatArray:
    """(n, 3): length (n,) times way (n, 3) or (3,)."""
    return np.multiply(length[:, None], way, dtype=np.float32)


class Colliders:
    """C colliders of one model. head, tail : (C, 3) world ends, metres, after ``place``."""

    def __init__(self, model: AvatarModel, rank: NDArray[np.int64]) -> None:
        c = model.colliders
        self.count = len(c)
        self._rows = np.array([rank[x.node] for x in c], np.int64)
        self._ends = np.zeros((len(c), 4, 3), np.float32)
        self.inside = np.array([x.shape.startswith("inside") for x in c], bool)
        self.plane = np.array([x.shape == "plane" for x in c], bool)
        scale = np.linalg.norm(model.rest_world()[:, :3, 0], axis=1)
        self.radius = np.array([x.radius * scale[x.node] for x in c], np.float32)
        for i, x in enumerate(c):
            self._ends[i, :3, 0], self._ends[i, 3, 0] = x.offset, 1
            tail = x.tail if "apsule" in x.shape else x.offset
            self._ends[i, :3, 1], self._ends[i, 3, 1] = tail, 1
            self._ends[i, :3, 2] = x.normal
        self._sign = np.where(self.inside, -1, 1).astype(np.float32)
        self._any_plane = bool(self.plane.any())
        self._world = np.empty((len(c), 4, 4), np.float32)
        self._placed = np.empty((len(c), 4, 3), np.float32)
        self.head = self._placed[:, :3, 0]
        self.tail = self._placed[:, :3, 1]
        self.normal = self._placed[:, :3, 2]
        self._axis = np.zeros((len(c), 3), np.float32)
        self._inv = np.zeros(len(c), np.float32)
        self._long2 = np.zeros(len(c), np.float32)
        self._hh = np.zeros(len(c), np.float32)
        self._ha = np.zeros(len(c), np.float32)

    def place(self, matrices: FloatArray) -> None:
        """From the world matrices of the nodes, in rig order."""
        matrices.take(self._rows, axis=0, out=self._world, mode="clip")
        np.matmul(self._world, self._ends, out=self._placed)
        np.subtract(self.tail, self.head, out=self._axis)
        np.vecdot(self._axis, self._axis, out=self._long2)
        np.maximum(self._long2, 1e-12, out=self._inv)
        np.divide(1, self._inv, out=self._inv)
        np.vecdot(self.head, self.head, out=self._hh)
        np.vecdot(self.head, self._axis, out=self._ha)

    def depth(self, p: FloatArray, hit: FloatArray, work: FloatArray) -> FloatArray:
        """Signed distance of every point to every collider, negative where inside: p (n, 3), hit radii (n, 1);
        work : (3, n, C) scratch; returns (n, C)."""
        u, d, t = work
        np.matmul(p, self._axis.T, out=u)
        u -= self._ha
        np.multiply(u, self._inv, out=t)
        np.clip(t, 0, 1, out=t)
        # |p - h - t a|^2 = |p|^2 - 2 p.h + |h|^2 - 2 t u + t^2 |a|^2
        np.matmul(p, self.head.T, out=d)
        d *= -2
        d += np.vecdot(p, p)[:, None]
        d += self._hh
        u *= -2
        u += t * self._long2
        u *= t
        d += u
        np.maximum(d, 0, out=d)
        np.sqrt(d, out=d)
        d -= self.radius
        d *= self._sign
        if self._any_plane:
            flat = np.einsum("nci,ci->nc", p[:, None] - self.head, self.normal)
            np.copyto(d, flat, where=self.plane)
        signed: FloatArray = np.subtract(d, hit, out=d)
        return signed

    def push(self, c: int, p: FloatArray, hit: FloatArray) -> FloatArray:
        """(n, 3) displacement that takes points p (n, 3) with hit radii (n,) out of collider c; zero where they are
        out."""
        if self.plane[c]:
            n = self.normal[c] / np.sqrt(self.normal[c] @ self.normal[c])
            depth = (p - self.head[c]) @ n - hit
            return _rows(-np.minimum(depth, 0), n)
        t = np.clip(((p - self.head[c]) @ self._axis[c]) * self._inv[c], 0, 1)
        off = p - self.head[c] - t[:, None] * self._axis[c]
        length = np.sqrt(np.vecdot(off, off))
        away = off / np.maximum(length, 1e-9)[:, None]
        if self.inside[c]:
            depth = self.radius[c] - hit - length
            return _rows(np.minimum(depth, 0), away)
        depth = length - self.radius[c] - hit
        return _rows(-np.minimum(depth, 0), away)
