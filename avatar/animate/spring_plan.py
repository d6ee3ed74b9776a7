"""What springs know before they move: the joints in the order in which they are worked, and everything baked at rest.

The order is the specification's: after every joint above it and, as far as that is no circle, after the joints that
carry the colliders it meets. Joints that may be worked together form a level.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import affine, quat
from ..model.model import AvatarModel, SpringJoint
from ..types import FloatArray
from .colliders import Colliders
from .limits import Limits
from .rig import Rig

_VIRTUAL_TAIL: Final = 0.07
_NOWHERE: Final = 1 << 30


def _levels_of(model: AvatarModel, joints: list[SpringJoint], groups: list[tuple[int, ...]]) -> dict[int, int]:
    """Node -> level: after the joints above it and, as far as that is no circle, those that carry its colliders."""
    parents = model.parents
    index = {j.node: i for i, j in enumerate(joints)}
    level: dict[int, int] = {}

    def needs(node: int) -> list[int]:
        wanted = [int(parents[node]), *(model.colliders[c].node for c in groups[index[node]])]
        found: dict[int, None] = {}
        for start in wanted:
            path = []
            while start >= 0:
                path.append(start)
                start = int(parents[start])
            found.update((n, None) for n in reversed(path) if n in index)
        return list(found)

    begun: set[int] = set()
    for joint in joints:
        waiting = [(joint.node, iter(needs(joint.node)), [0])]
        if joint.node in begun:
            continue
        begun.add(joint.node)
        while waiting:
            node, left, lowest = waiting[-1]
            for need in left:
                if need not in begun:
                    begun.add(need)
                    waiting.append((need, iter(needs(need)), [0]))
                    break
                if need in level:
                    lowest[0] = max(lowest[0], level[need] + 1)
            else:
                waiting.pop()
                level[node] = lowest[0]
                if waiting:
                    waiting[-1][2][0] = max(waiting[-1][2][0], level[node] + 1)
    return level


class Level:
    """Joints that depend on no other joint of their own or a later level: rows first to last of the state arrays.

    moved : colliders that hang on these joints, carried : on which row and where below it.
    """

    def __init__(
        self,
        rows: slice,
        carrier: NDArray[np.int64],
        parent_rank: NDArray[np.int64],
        rel: FloatArray,
        moved: list[tuple[int, int, FloatArray]],
    ) -> None:
        n = rows.stop - rows.start
        self.rows = rows
        self.roots = np.flatnonzero(parent_rank == _NOWHERE)
        self.parent_rank = np.where(parent_rank == _NOWHERE, 0, parent_rank)
        self.hung = np.flatnonzero(carrier >= 0)
        self.carrier = carrier[self.hung]
        self.all_hung = len(self.hung) == n
        rel = rel[self.hung]
        self.rel = None if np.abs(rel - np.eye(4)).max(initial=0) < 1e-6 else rel
        self.moved = np.array([c for c, _, _ in moved], np.int64)
        self.moved_on = np.array([row for _, row, _ in moved], np.int64)
        self.moved_by = np.array([m for _, _, m in moved], np.float32).reshape(-1, 4, 4)
        self.parent = np.empty((n, 4, 4), np.float32)
        self.carried = np.empty((n, 4, 4), np.float32)
        self.five = np.empty((n, 4, 5), np.float32)


class Plan:
    """S spring joints of one model, by level. ends : (S, 4, 5) columns in the parent: where the joint is, the way it
    points at rest, its rest axes; axis : (S, 3) unit, the bone in the joint's own axes; length : (S, 1) metres;
    meets : per joint its colliders in order; centered, center_rank : joints with a centre, and the centre's rank."""

    def __init__(self, model: AvatarModel, rig: Rig) -> None:
        found: dict[int, tuple[SpringJoint, tuple[int, ...], int]] = {}
        for spring in model.springs:
            for joint in spring.joints:
                found.setdefault(joint.node, (joint, spring.colliders, spring.center))
        self.count = len(found)
        if not self.count:
            return
        level = _levels_of(model, [j for j, _, _ in found.values()], [g for _, g, _ in found.values()])
        ordered = sorted(found.values(), key=lambda x: level[x[0].node])
        self.joints = [j for j, _, _ in ordered]
        self.meets = [g for _, g, _ in ordered]
        centers = [c for _, _, c in ordered]
        self.nodes = np.array([j.node for j in self.joints], np.int64)
        self._row_of = {int(n): i for i, n in enumerate(self.nodes)}
        self._model, self._rig = model, rig
        self._local = affine.compose(model.translation, quat.normalize(model.rotation), model.scale)
        self._bake()
        self.limits = Limits([j.limit for j in self.joints], self.axis)
        self.colliders = Colliders(model, rig.rank)
        self._levels(np.array([level[int(n)] for n in self.nodes]))
        self.centered = np.array([i for i, x in enumerate(centers) if x >= 0], np.int64)
        self.center_rank = np.array([rig.rank[x] for x in centers if x >= 0], np.int64)

    def _bake(self) -> None:
        model, world, local, s = self._model, self._rig.rest_world.astype(np.float64), self._local, self.count
        self.rest = quat.normalize(np.array(model.rotation, np.float32)[self.nodes])
        self.scale = np.array(model.scale, np.float32)[self.nodes]
        self.ends = np.zeros((s, 4, 5), np.float32)
        self.ends[:, :3, 2:] = local[self.nodes][:, :3, :3]
        self.axis, self.length = np.empty((s, 3), np.float32), np.empty((s, 1), np.float32)
        for i, joint in enumerate(self.joints):
            node, up = joint.node, int(model.parents[joint.node])
            child = np.asarray(model.translation[joint.tail if joint.tail >= 0 else node], np.float64)
            if joint.tail >= 0 and model.parents[joint.tail] != node:
                child = (np.linalg.pinv(world[node]) @ world[joint.tail])[:3, 3]
            size = float(np.linalg.norm(child))
            if size < 1e-6:
                child, size = np.array([0.0, 1, 0]), 1.0
            if joint.tail < 0:
                child = child / size * _VIRTUAL_TAIL
            self.axis[i] = child / np.linalg.norm(child)
            self.length[i] = max(float(np.linalg.norm(world[node][:3, :3] @ child)), 1e-5)
            along = local[node][:3, :3] @ child
            above = world[up][:3, :3] if up >= 0 else np.eye(3)
            self.ends[i, :3, 0], self.ends[i, 3, 0] = model.translation[node], 1
            self.ends[i, :3, 1] = along / max(float(np.linalg.norm(above @ along)), 1e-9)
        axes = world[self.nodes][:, :3, :3]
        gram = axes.swapaxes(1, 2) @ axes
        size2 = np.einsum("nii->n", gram)[:, None, None] / 3
        # Where a node is stretched more along one axis than another, directions need the inverse matrix.
        self.skewed = bool((np.abs(gram - size2 * np.eye(3)) > 1e-4 * size2).any())

    def _carrier(self, node: int) -> tuple[int, FloatArray]:
        """Row of the spring joint at or above ``node`` (-1 for none), and the node's rest place below it."""
        below = np.eye(4, dtype=np.float32)
        while node >= 0 and node not in self._row_of:
            below = self._local[node] @ below
            node = int(self._model.parents[node])
        return self._row_of.get(node, -1), below

    def _levels(self, depths: NDArray[np.int64]) -> None:
        parents, rank = self._model.parents, self._rig.rank
        hung = [self._carrier(int(parents[n])) for n in self.nodes]
        on = [(k, *self._carrier(c.node)) for k, c in enumerate(self._model.colliders)]
        self.levels: list[Level] = []
        for d in range(int(depths.max()) + 1):
            at = np.flatnonzero(depths == d)
            rows = slice(int(at[0]), int(at[-1]) + 1)
            ups = np.array([rank[parents[self.nodes[i]]] if parents[self.nodes[i]] >= 0 else _NOWHERE for i in at])
            moved = [(k, row, below) for k, row, below in on if rows.start <= row < rows.stop]
            carriers = np.array([hung[i][0] for i in at], np.int64)
            self.levels.append(Level(rows, carriers, ups, np.array([hung[i][1] for i in at], np.float32), moved))
