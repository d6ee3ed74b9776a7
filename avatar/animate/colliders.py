"""Spring-bone colliders as arrays: where they are now, and the push they give to the ends of spring joints.

Shapes of VRMC_springBone 1.0 (sphere, capsule) and of VRMC_springBone_extended_collider 1.0 (plane, insideSphere,
insideCapsule). A sphere is a capsule whose ends are one. Places follow the node's scale, radii are metres and do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel
from ..types import FloatArray


class Colliders:
    """C colliders of one model. head, tail : (C, 3) world ends, metres; normal : (C, 3) unit; after ``place``."""

    def __init__(self, model: AvatarModel, rank: NDArray[np.int64]) -> None:
        c = model.colliders
        self.count = len(c)
        self._rows = np.array([rank[x.node] for x in c], np.int64)
        self._ends = np.zeros((len(c), 4, 2), np.float32)
        self.inside = np.array([x.shape.startswith("inside") for x in c], bool)
        self.plane = np.array([x.shape == "plane" for x in c], bool)
        self.radius = np.array([x.radius for x in c], np.float32)
        for i, x in enumerate(c):
            self._ends[i, :3, 0] = x.offset
            self._ends[i, :3, 1] = x.tail if "apsule" in x.shape else x.offset
            self._ends[i, 3] = 1
        self._sign = np.where(self.inside, -1, 1).astype(np.float32)
        self._planes = np.flatnonzero(self.plane)
        self._normals = np.array([c[i].normal for i in self._planes], np.float32).reshape(-1, 3, 1)
        self._world = np.empty((len(c), 4, 4), np.float32)
        self._placed = np.empty((len(c), 4, 2), np.float32)
        self.head = self._placed[:, :3, 0]
        self.tail = self._placed[:, :3, 1]
        self.normal = np.zeros((len(c), 3), np.float32)
        self._axis = np.zeros((len(c), 3), np.float32)
        self._inv = np.zeros(len(c), np.float32)
        self._long2 = np.zeros(len(c), np.float32)
        self._hh = np.zeros(len(c), np.float32)
        self._ha = np.zeros(len(c), np.float32)

    def place(self, matrices: FloatArray) -> None:
        """From the world matrices of the nodes, in rig order."""
        matrices.take(self._rows, axis=0, out=self._world, mode="clip")
        self._measure()

    def move(self, which: NDArray[np.int64], world: FloatArray) -> None:
        """Again for some colliders, whose nodes are now at ``world`` (n, 4, 4)."""
        self._world[which] = world
        self._measure()

    def _measure(self) -> None:
        np.matmul(self._world, self._ends, out=self._placed)
        np.subtract(self.tail, self.head, out=self._axis)
        np.vecdot(self._axis, self._axis, out=self._long2)
        np.maximum(self._long2, 1e-12, out=self._inv)
        np.divide(1, self._inv, out=self._inv)
        np.vecdot(self.head, self.head, out=self._hh)
        np.vecdot(self.head, self._axis, out=self._ha)
        if len(self._planes):
            back = np.linalg.pinv(self._world[self._planes, :3, :3])
            normal = np.matmul(back.swapaxes(1, 2), self._normals)[:, :, 0]
            length = np.sqrt(np.vecdot(normal, normal))[:, None]
            self.normal[self._planes] = normal / np.maximum(length, 1e-20)

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
        if len(self._planes):
            flat = np.einsum("nci,ci->nc", p[:, None] - self.head, self.normal)
            np.copyto(d, flat, where=self.plane)
        signed: FloatArray = np.subtract(d, hit, out=d)
        return signed

    def push(self, each: NDArray[np.int64], p: FloatArray, hit: FloatArray) -> FloatArray:
        """(n, 3) displacement that takes the points p (n, 3) with hit radii (n,), each out of its own collider
        ``each`` (n,); zero where they are out."""
        head, plane = self.head[each], self.plane[each]
        off = p - head
        t = np.clip(np.vecdot(off, self._axis[each]) * self._inv[each], 0, 1)
        away = off - t[:, None] * self._axis[each]
        length = np.sqrt(np.vecdot(away, away))
        away *= (self._sign[each] / np.maximum(length, 1e-9))[:, None]
        depth = self._sign[each] * (length - self.radius[each]) - hit
        if plane.any():
            depth = np.where(plane, np.vecdot(off, self.normal[each]) - hit, depth)
            away = np.where(plane[:, None], self.normal[each], away)
        moved: FloatArray = np.multiply(-np.minimum(depth, 0)[:, None], away, dtype=np.float32)
        return moved
