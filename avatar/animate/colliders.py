"""Spring-bone colliders as arrays: where they are now, how far ends of spring joints are from them, and the push out.

Shapes of VRMC_springBone 1.0 (sphere, capsule) and of VRMC_springBone_extended_collider 1.0 (plane, insideSphere,
insideCapsule). A sphere is a capsule whose ends are one. Places follow the node's scale, radii are metres and do not.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel, Collider
from ..types import FloatArray
from .rig import Rig
from .spring_plan import Plan

FAR: Final = 1e9
"""Square metres: nothing is that far in or out."""
_ZERO, _ONE = np.array(0, np.float32), np.array(1, np.float32)


def _is_capsule(collider: Collider) -> bool:
    return "apsule" in collider.shape and collider.tail != collider.offset


class Colliders:
    """C colliders of one model and the joints that meet them, for A actors; in an order of their own, capsules last.

    any : a joint meets a collider; carried : some colliders hang on spring joints; turned : some hold from inside;
    long : some are capsules; planes : which are planes; hit : (S,) hit radii, metres;
    order : (C, S) place of a collider among a joint's, -1 where they do not meet; sign : (C,) 1, or -1 where it holds
    from inside; reach, limit2 : (C, S) the distance from a collider's middle at
    which an end touches, metres, and its square, beyond all distance where they do not meet;
    placed (A, C, 4, 1 or 2), axis (A, C, 3), inv (A, C, 1), normal (A, C, 3) : its ends, the way between them, one over
    the square of its length, and a plane's normal, as they are now; axis and inv after ``shape``. version : changes
    when the places do.
    """

    def __init__(self, model: AvatarModel, rig: Rig, plan: Plan) -> None:
        # a joint meets a collider twice that two of its groups name: then it stands here twice
        times = Counter(range(len(model.colliders)))
        for group in set(plan.meets):
            times |= Counter(group)
        every = [i for i, n in times.items() for _ in range(n)]
        capsule = [_is_capsule(model.colliders[i]) for i in every]
        order = [every[k] for k in np.argsort(capsule, kind="stable")]
        self._places: list[list[int]] = [[] for _ in model.colliders]
        for k, i in enumerate(order):
            self._places[i].append(k)
        c = [model.colliders[i] for i in order]
        meets = [self._numbered(group) for group in plan.meets]
        a, count, capsules = rig.actors, len(c), sum(capsule)
        self.count, self._first = count, count - capsules
        self._ranks = np.array([rig.rank[x.node] for x in c], np.int64)
        inside = np.array([x.shape.startswith("inside") for x in c], bool)
        plane = np.array([x.shape == "plane" for x in c], bool)
        self.planes = np.flatnonzero(plane)
        self._radius = np.array([x.radius for x in c], np.float32)
        self.sign = np.where(inside, -1, 1).astype(np.float32)
        self.turned, self.long = bool(inside.any()), capsules > 0
        self._normals = np.array([c[i].normal for i in self.planes], np.float32).reshape(-1, 3, 1)
        self._ends = np.zeros((count, 4, 2 if self.long else 1), np.float32)
        for i, x in enumerate(c):
            self._ends[i, :3, 0] = x.offset
            self._ends[i, :3, -1] = x.tail if "apsule" in x.shape else x.offset
            self._ends[i, 3] = 1
        self._world = np.empty((a, count, 4, 4), np.float32)
        self.placed = np.zeros((a, count, 4, self._ends.shape[2]), np.float32)
        self._head, self._tail = self.placed[:, :, :3, 0], self.placed[:, :, :3, -1]
        self.axis, self.normal = (np.zeros((a, count, 3), np.float32) for _ in range(2))
        self.inv, self._long2 = (np.zeros((a, count, 1), np.float32) for _ in range(2))
        self.version, self._shaped = 0, -1
        self._list_meetings(plan, meets)
        # x, y, z, 1 and the square of the distance from the origin: gaps are linear in these
        self._form = np.zeros((a, count + capsules, 5), np.float32)
        self._form[:, :count, 4] = 1
        self._points, self._square = np.ones((a, 5, plan.count), np.float32), np.empty((a, 3, plan.count), np.float32)
        self._both = np.empty((a, count + capsules, plan.count), np.float32)
        self._along = np.empty((a, capsules, plan.count), np.float32)

    def _numbered(self, group: tuple[int, ...]) -> list[int]:
        seen: Counter[int] = Counter()
        found = []
        for i in group:
            found.append(self._places[i][seen[i]])
            seen[i] += 1
        return found

    def _list_meetings(self, plan: Plan, meets: list[list[int]]) -> None:
        self.hit = np.array([j.hit_radius for j in plan.joints], np.float32)
        self.order = np.full((self.count, plan.count), -1, np.int64)
        for i, group in enumerate(meets):
            self.order[group, i] = range(len(group))
        met = self.order >= 0
        self.any = bool(met.any())
        self.carried = any(level.moved for level in plan.levels)
        self.reach = np.maximum(self._radius[:, None] + self.sign[:, None] * self.hit, 0) * met
        never = np.broadcast_to(-FAR * self.sign[:, None], met.shape)
        self.limit2 = np.where(met, self.reach * self.reach, never).astype(np.float32)

    def place(self, matrices: FloatArray) -> None:
        """From the world matrices of the nodes, (A, J, 4, 4) in rig order."""
        if self.any:
            matrices.take(self._ranks, axis=1, out=self._world, mode="clip")
            self.measure()

    def move(self, which: int, world: FloatArray) -> None:
        """One collider's node is now at ``world`` (A, 4, 4); ``measure`` afterwards."""
        self._world[:, self._places[which]] = world[:, None]

    def measure(self) -> None:
        """Take over where the colliders' nodes are."""
        if not self.any:
            return
        np.matmul(self._world, self._ends, out=self.placed)
        if len(self.planes):
            back = np.linalg.pinv(self._world[:, self.planes, :3, :3])
            normal = np.matmul(back.swapaxes(2, 3), self._normals)[..., 0]
            self.normal[:, self.planes] = normal / np.maximum(np.sqrt(np.vecdot(normal, normal)), 1e-20)[..., None]
        self.version += 1

    def shape(self) -> None:
        """Make ``axis`` and ``inv`` fit the places."""
        if self._shaped == self.version:
            return
        self._shaped = self.version
        if self.long:
            axis, long2, inv = self.axis[:, self._first :], self._long2[:, self._first :], self.inv[:, self._first :]
            np.subtract(self._tail[:, self._first :], self._head[:, self._first :], out=axis)
            np.vecdot(axis, axis, out=long2[..., 0])
            np.maximum(long2, 1e-12, out=inv)
            np.divide(1, inv, out=inv)

    def gaps(self, ends: FloatArray, who: NDArray[np.int64]) -> FloatArray:
        """(m, C, S) how far the ends (A, 3, S) of m actors are from every collider, in square metres between squares
        (metres for planes): negative where they are in it. Written over by the next call.

        |p - h - t a|² = |p|² - 2 p·h + |h|² - |a|² t (2 u - t) with u = (p - h)·a / |a|² and t = u within 0 and 1.
        """
        self.shape()
        m, count, first = len(who), self.count, self._first
        form, points, square, both = self._form[:m], self._points[:m], self._square[:m], self._both[:m]
        head = self._head[who]
        np.multiply(head, -2, out=form[:, :count, :3])
        np.vecdot(head, head, out=form[:, :count, 3])
        if self.long:
            parts = form[:, count:]
            np.multiply(self.axis[who, first:], self.inv[who, first:], out=parts[..., :3])
            np.vecdot(head[:, first:], parts[..., :3], out=parts[..., 3])
            np.negative(parts[..., 3], out=parts[..., 3])
        points[:, :3] = ends[who]
        np.multiply(points[:, :3], points[:, :3], out=square)
        np.add.reduce(square, axis=1, out=points[:, 4])
        np.matmul(form, points, out=both)
        gap = both[:, :count]
        if self.long:
            part, along = both[:, count:], self._along[:m]
            np.maximum(part, _ZERO, out=along)
            np.minimum(along, _ONE, out=along)
            part += part
            part -= along
            part *= along
            part *= self._long2[who, first:]
            gap[:, first:] -= part
        gap -= self.limit2
        if self.turned:
            gap *= self.sign[:, None]
        if len(self.planes):
            # the distance of each end from each plane, along its normal
            normal = self.normal[who][:, self.planes]
            deep = normal @ ends[who] - np.vecdot(head[:, self.planes], normal)[..., None] - self.hit
            gap[:, self.planes] = np.where(self.order[self.planes] >= 0, deep, FAR)
        return gap
