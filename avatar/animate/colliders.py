"""Spring-bone colliders as arrays: where they are now, which ends of spring joints are in them, and the push out.

Shapes of VRMC_springBone 1.0 (sphere, capsule) and of VRMC_springBone_extended_collider 1.0 (plane, insideSphere,
insideCapsule). A sphere is a capsule whose ends are one. Places follow the node's scale, radii are metres and do not.

Looking costs more than pushing. So levels that met nothing of late are looked through all at once after a step, and not
even that while nothing has moved as far as the narrowest gap was wide.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel
from ..types import FloatArray
from .rig import Rig
from .spring_plan import Plan

_COOL: Final = 120
"""Steps without a contact after which a level is looked through only afterwards."""
_DIAGONAL: Final = 3**0.5
_ZERO, _ONE = np.array(0, np.float32), np.array(1, np.float32)
_XYZ: Final = np.arange(3)[:, None]
_NEVER: Final = 1e9
"""Square metres: nothing is that far in or out."""


class _Field:
    """Every joint of a level (or of all) against every collider.

    limit2 : (C, n) square metres within which they touch, ``-_NEVER`` where they do not meet; gap : (A, C, n) after a
    look, negative where they touch; along : (A, L, n) for the L capsules, how far along its middle each joint's nearest
    point is, 0-1; ends : (A, 5, n) x, y, z, 1 and the square of the distance from the origin: what gaps are linear in.
    """

    def __init__(self, actors: int, limit2: FloatArray, capsules: int) -> None:
        c, n = limit2.shape
        self.limit2 = limit2
        self.reach = np.sqrt(np.maximum(limit2, 0))
        self.both = np.empty((actors, c + capsules, n), np.float32)
        self.gap, self.part, self.capsule = self.both[:, :c], self.both[:, c:], self.both[:, c - capsules : c]
        self.along = np.empty((actors, capsules, n), np.float32)
        self.ends, self.square = np.ones((actors, 5, n), np.float32), np.empty((actors, 3, n), np.float32)
        self.place, self.size = self.ends[:, :3], self.ends[:, 4]


class Contacts:
    """C colliders of one model and the joints that meet them, for A actors; in an order of their own, capsules last.

    any : a joint meets a collider; hit : (S,) hit radii, metres; carried : some colliders hang on spring joints;
    meets : (S, K) int, per joint its colliders in order, -1 behind them.
    """

    def __init__(self, model: AvatarModel, rig: Rig, plan: Plan) -> None:
        long = ["apsule" in x.shape and x.tail != x.offset for x in model.colliders]
        order = np.argsort(long, kind="stable")
        self._place_of = np.argsort(order)
        c = [model.colliders[i] for i in order]
        meets = [tuple(int(self._place_of[i]) for i in group) for group in plan.meets]
        a, count, capsules = rig.actors, len(c), sum(long)
        self._first = count - capsules
        self._ranks = np.array([rig.rank[x.node] for x in c], np.int64)
        self._inside = np.array([x.shape.startswith("inside") for x in c], bool)
        self._plane = np.array([x.shape == "plane" for x in c], bool)
        self._planes = np.flatnonzero(self._plane)
        self._radius = np.array([x.radius for x in c], np.float32)
        self._sign = np.where(self._inside, -1, 1).astype(np.float32)
        self._turned = self._sign[:, None] if self._inside.any() else None
        self._normals = np.array([c[i].normal for i in self._planes], np.float32).reshape(-1, 3, 1)
        self._long = capsules > 0
        self._ends = np.zeros((count, 4, 2 if self._long else 1), np.float32)
        for i, x in enumerate(c):
            self._ends[i, :3, 0] = x.offset
            self._ends[i, :3, -1] = x.tail if "apsule" in x.shape else x.offset
            self._ends[i, 3] = 1
        self._world = np.empty((a, count, 4, 4), np.float32)
        self._placed = np.zeros((a, count, 4, self._ends.shape[2]), np.float32)
        self._stride = 4 * self._ends.shape[2]
        self._coordinate = _XYZ * self._ends.shape[2]
        self._head, self._tail = self._placed[:, :, :3, 0], self._placed[:, :, :3, -1]
        self._axis, self._normal = (np.zeros((a, count, 3), np.float32) for _ in range(2))
        self._form = np.zeros((a, count + capsules, 5), np.float32)
        self._form[:, :count, 4] = 1
        self._inv, self._long2 = (np.zeros((a, count, 1), np.float32) for _ in range(2))
        self._long2_capsules = self._long2[:, self._first :]
        self.hit = np.array([j.hit_radius for j in plan.joints], np.float32)
        self.meets = np.full((plan.count, max(map(len, meets))), -1, np.int64)
        for i, group in enumerate(meets):
            self.meets[i, : len(group)] = group
        self._order = np.full((count, plan.count), -1, np.int64)
        for i, group in enumerate(meets):
            self._order[list(group), i] = range(len(group))
        self.any = bool((self.meets >= 0).any())
        self.carried = any(level.moved for level in plan.levels)
        reach = np.maximum(self._radius[:, None] + self._sign[:, None] * self.hit, 0)
        met = (self.meets[:, :, None] == np.arange(count)).any(axis=1).T
        never = (-_NEVER * self._sign)[:, None]
        self._limit2 = np.where(met, reach * reach, never).astype(np.float32)
        self._never = np.broadcast_to(never, self._limit2.shape)
        self._spans = [level.rows for level in plan.levels]
        self._fields = [_Field(a, np.ascontiguousarray(self._limit2[:, r]), capsules) for r in self._spans]
        self._all = _Field(a, self._limit2.copy(), capsules)
        self._hot = np.zeros(len(self._spans), np.int64)
        self._measured = False
        self._slack = -1.0
        self._largest = float(reach.max(initial=0))
        self._was, self._moved = (np.zeros((a, 3, plan.count), np.float32) for _ in range(2))
        self._placed_was, self._placed_moved = np.zeros_like(self._placed), np.zeros_like(self._placed)

    def place(self, matrices: FloatArray) -> None:
        """From the world matrices of the nodes, (A, J, 4, 4) in rig order."""
        if self.any:
            matrices.take(self._ranks, axis=1, out=self._world, mode="clip")
            self.measure()

    def move(self, which: int, world: FloatArray) -> None:
        """One collider's node is now at ``world`` (A, 4, 4); ``measure`` afterwards."""
        self._world[:, self._place_of[which]] = world

    def measure(self) -> None:
        """Take over where the colliders' nodes are."""
        if not self.any:
            return
        np.matmul(self._world, self._ends, out=self._placed)
        if len(self._planes):
            back = np.linalg.pinv(self._world[:, self._planes, :3, :3])
            normal = np.matmul(back.swapaxes(2, 3), self._normals)[..., 0]
            self._normal[:, self._planes] = normal / np.maximum(np.sqrt(np.vecdot(normal, normal)), 1e-20)[..., None]
        self._measured = False

    def _prepare(self) -> None:
        """What a look needs of the colliders, once for each place."""
        if self._measured:
            return
        self._measured = True
        count, first = self._head.shape[1], self._first
        gaps = self._form[:, :count]
        np.multiply(self._head, -2, out=gaps[..., :3])
        np.vecdot(self._head, self._head, out=gaps[..., 3])
        if self._long:
            head, axis, parts = self._head[:, first:], self._axis[:, first:], self._form[:, count:]
            long2, inv = self._long2[:, first:], self._inv[:, first:]
            np.subtract(self._tail[:, first:], head, out=axis)
            np.vecdot(axis, axis, out=long2[..., 0])
            np.maximum(long2, 1e-12, out=inv)
            np.divide(1, inv, out=inv)
            np.multiply(axis, inv, out=parts[..., :3])
            np.vecdot(head, parts[..., :3], out=parts[..., 3])
            np.negative(parts[..., 3], out=parts[..., 3])

    def _look(self, field: _Field, ends: FloatArray) -> float:
        """The narrowest gap, in square metres between squares, of ``ends`` (A, 3, n): below 0 where one is inside.

        |p - h - t a|² = |p|² - 2 p·h + |h|² - |a|² t (2 u - t) with u = (p - h)·a / |a|² and t = u within 0 and 1.
        """
        self._prepare()
        np.copyto(field.place, ends)
        np.multiply(ends, ends, out=field.square)
        np.add.reduce(field.square, axis=1, out=field.size)
        np.matmul(self._form, field.ends, out=field.both)
        gap = field.gap
        if self._long:
            part, along = field.part, field.along
            np.maximum(part, _ZERO, out=along)
            np.minimum(along, _ONE, out=along)
            part += part
            part -= along
            part *= along
            part *= self._long2_capsules
            field.capsule -= part
        gap -= field.limit2
        if self._turned is not None:
            gap *= self._turned
        if len(self._planes):
            self._flat(field, ends)
        return float(gap.min())

    def _flat(self, field: _Field, ends: FloatArray) -> None:
        which = self._planes
        first = 0 if field is self._all else self._spans[[id(f) for f in self._fields].index(id(field))].start
        hit = self.hit[first : first + ends.shape[2]]
        deep = self._normal[:, which] @ ends - np.vecdot(self._head, self._normal)[:, which, None] - hit
        field.gap[:, which] = np.where(np.abs(field.limit2[which]) < _NEVER, deep, 1)

    def meet(self, level: int, ends: FloatArray) -> bool:
        """Whether an end of a level, (A, 3, n), is in a collider; not looked for where none was of late."""
        if not self._hot[level]:
            return False
        self._hot[level] -= 1
        if self._look(self._fields[level], ends) < 0:
            self._hot[level] = _COOL
            return True
        if not self._hot[level]:
            self._mask()
        return False

    def missed(self, ends: FloatArray) -> bool:
        """Whether an end, (A, 3, S), is in a collider of a level that was not looked through; from now on it is."""
        if not self.any or self._hot.all() or self._near(ends):
            return False
        narrowest = self._look(self._all, ends)
        if narrowest >= 0:
            self._slack = (self._largest**2 + narrowest) ** 0.5 - self._largest if not len(self._planes) else -1.0
            np.copyto(self._was, ends)
            np.copyto(self._placed_was, self._placed)
            return False
        self._slack = -1.0
        self._hot[[bool((self._all.gap[:, :, r] < 0).any()) for r in self._spans]] = _COOL
        self._mask()
        return True

    def _near(self, ends: FloatArray) -> bool:
        """Whether neither ends nor colliders have moved through the narrowest gap since the last look at everything."""
        if self._slack <= 0:
            return False
        np.subtract(ends, self._was, out=self._moved)
        np.subtract(self._placed, self._placed_was, out=self._placed_moved)
        far = max(self._moved.max(), -self._moved.min()) + max(self._placed_moved.max(), -self._placed_moved.min())
        return bool(far * _DIAGONAL < self._slack)

    def _mask(self) -> None:
        """Leave out of the look at everything what is looked at level by level."""
        self._slack = -1.0
        for hot, r in zip(self._hot, self._spans, strict=True):
            self._all.limit2[:, r] = self._never[:, r] if hot else self._limit2[:, r]

    def single(self, level: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] | None:
        """(actor, collider, row in the level) of the ends that ``meet`` found in a collider, where each is in one only
        and that is round and solid; else None."""
        field = self._fields[level]
        if self._turned is not None or len(self._planes):
            return None
        who, which, row = (field.gap < 0).nonzero()
        if len(row) > 1:
            ends = (who * field.gap.shape[2] + row).tolist()
            if len(set(ends)) < len(ends):
                return None
        return who, which, row

    def surface(
        self, level: int, who: NDArray[np.int64], which: NDArray[np.int64], row: NDArray[np.int64], p: FloatArray
    ) -> FloatArray:
        """(3, m) where the ends p (3, m) lie when moved straight out of the colliders they are in."""
        field = self._fields[level]
        place = who * len(self._radius) + which
        middle = self._placed.take(place * self._stride + self._coordinate)
        if self._long:
            long = (which >= self._first).nonzero()[0]
            if len(long):
                along = field.along[who[long], which[long] - self._first, row[long]]
                middle[:, long] += along * self._axis.take(place[long] * 3 + _XYZ)
        off = p - middle
        size = np.sqrt(np.add.reduce(off * off, axis=0))
        off *= field.reach.take(which * field.reach.shape[1] + row) / np.maximum(size, 1e-9)
        off += middle
        return off

    def more(
        self,
        level: int,
        ends: FloatArray,
        found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
        moved: FloatArray,
    ) -> bool:
        """Whether ends that were pushed out of a collider are now in another that comes after it. ends : (A, 3, n) now;
        found : as ``single`` gave it; moved : (3, m) how far they were pushed."""
        who, which, row = found
        field = self._fields[level]
        gaps = field.gap[who, :, row]
        gaps[np.arange(len(row)), which] = _NEVER
        way = np.sqrt(np.add.reduce(moved * moved, axis=0))
        if (gaps.min(axis=1) > way * (2 * self._largest + way)).all():
            return False
        self._look(field, ends)
        order = self._order[:, row + self._spans[level].start]
        later = order > np.take_along_axis(order, which[None], axis=0)
        return bool(((field.gap[who, :, row].T < 0) & later).any())

    def touching(self, level: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(actor, row in the level) of the ends that ``meet`` found in a collider, each once."""
        who, row = np.nonzero((self._fields[level].gap < 0).any(axis=1))
        return who, row

    def depths(self, who: NDArray[np.int64], each: NDArray[np.int64], p: FloatArray, hit: FloatArray) -> FloatArray:
        """(m, K) signed distances of the ends p (m, 3) with hit radii (m,) of actors (m,) to their colliders ``each``
        (m, K): negative inside; large where ``each`` is -1."""
        off = self._off(who[:, None], each, p[:, None])
        length = np.sqrt(np.vecdot(off, off))
        depth = self._sign[each] * (length - self._radius[each]) - hit[:, None]
        if len(self._planes):
            flat = np.vecdot(p[:, None] - self._head[who[:, None], each], self._normal[who[:, None], each])
            depth = np.where(self._plane[each], flat - hit[:, None], depth)
        found: FloatArray = np.where(each < 0, np.float32(_NEVER), depth)
        return found

    def _off(self, who: NDArray[np.int64], each: NDArray[np.int64], p: FloatArray) -> FloatArray:
        """From the nearest point of each collider's middle to p."""
        off = p - self._head[who, each]
        if self._long:
            axis = self._axis[who, each]
            t = np.clip(np.vecdot(off, axis) * self._inv[who, each, 0], 0, 1)
            off -= t[..., None] * axis
        return off

    def push(self, who: NDArray[np.int64], each: NDArray[np.int64], p: FloatArray, depth: FloatArray) -> FloatArray:
        """The ends p (m, 3), each moved out of its own collider ``each`` (m,), in which it is ``-depth`` (m,) deep."""
        off = self._off(who, each, p)
        length = np.sqrt(np.vecdot(off, off))
        off *= (self._sign[each] / np.maximum(length, 1e-9))[:, None]
        if len(self._planes):
            off = np.where(self._plane[each][:, None], self._normal[who, each], off)
        moved: FloatArray = p - depth[:, None] * off
        return moved
