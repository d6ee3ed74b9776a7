"""What springs know before they move: the joints in the order in which they are worked, and everything baked at rest.

The order is the specification's: after every joint above it and, as far as that is no circle, after the joints that
carry the colliders it meets. Joints that may be worked together form a level. In a level they lie in the order of
those they hang on, the longest chains first, so that a level mostly hangs on the first joints of the one before.

Every joint has axes of its own: +Y along the bone at rest, kept in the order y, x, z. In them the shortest turn from
rest to a direction (x, y, z) has the columns y = (x, y, z), and with k = 1 / (1 + y), x = (1 - k x², -x, -k x z) and
z = (-k x z, -z, 1 - k z²) (Möller and Hughes 1999, for a fixed first vector), which needs no axis and no angle.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import affine, quat
from ..model.model import AvatarModel, Spring, SpringJoint
from ..types import FloatArray

_VIRTUAL_TAIL: Final = 0.07
_YXZ: Final = (1, 0, 2)
_UP: Final = np.array([0, 1, 0], np.float32)


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

    parents : (n,) rows of the joints they hang on, all -1 in a level of roots; together : those rows, where they are a
    run of neighbours; tails : each starts where the one it hangs on ends; moved : colliders that hang on these joints,
    on which row and where below it.
    """

    def __init__(self, rows: slice, parents: NDArray[np.int64], tails: bool) -> None:
        self.rows = rows
        self.parents = parents
        first, n = int(parents[0]), len(parents)
        run = first >= 0 and bool((parents == first + np.arange(n)).all())
        self.together = slice(first, first + n) if run else None
        self.tails = tails and first >= 0
        self.moved: list[tuple[int, int, FloatArray]] = []


class Plan:
    """S spring joints of one model, by level.

    nodes : (S,) model nodes; turn : (3, 3, S) from the joint's axes to those of the joint it hangs on (or to its parent
    node's, over that node's rest scale, for roots); start : (3, S) where it is, likewise; out : (3, 3, S) from the
    joint's axes to its node's, with the node's rest scale; length : (S,) metres; axes : (S, 3, 3) the joint's axes as
    columns y, x, z in its node's rest frame; local : (4, 3, S) takes (1 + y, x, z) to the node's rotation, which then
    has the length of the square root of 2 + 2 y;
    meets : per joint its colliders in order; centered, center_nodes : joints with a centre, and the centre's node;
    skewed : scales differ by axis, so that directions need the inverse matrix.
    """

    def __init__(self, model: AvatarModel) -> None:
        found: dict[int, tuple[SpringJoint, Spring]] = {}
        for spring in model.springs:
            for joint in spring.joints:
                found.setdefault(joint.node, (joint, spring))
        self.count = len(found)
        self.nodes = np.zeros(0, np.int64)
        if not self.count:
            return
        self._model, self._world = model, model.rest_world().astype(np.float64)
        level = _levels_of(model, [j for j, _ in found.values()], [s.colliders for _, s in found.values()])
        ordered = self._ordered(found, level)
        self.joints = [j for j, _ in ordered]
        self.meets = [s.colliders for _, s in ordered]
        self.nodes = np.array([j.node for j in self.joints], np.int64)
        self.row_of = {int(n): i for i, n in enumerate(self.nodes)}
        self.place = affine.compose(model.translation, quat.normalize(model.rotation), model.scale)
        self._bake()
        self._make_levels(np.array([level[int(n)] for n in self.nodes]))
        self.centered = np.array([i for i, (_, s) in enumerate(ordered) if s.center >= 0], np.int64)
        self.center_nodes = np.array([s.center for _, s in ordered if s.center >= 0], np.int64)

    def _ordered(
        self, found: dict[int, tuple[SpringJoint, Spring]], level: dict[int, int]
    ) -> list[tuple[SpringJoint, Spring]]:
        below: dict[int, int] = dict.fromkeys(found, 1)
        above = {n: self._above(n, found) for n in found}
        for n in sorted(found, key=lambda n: -level[n]):
            if above[n] >= 0:
                below[above[n]] = max(below[above[n]], below[n] + 1)
        made: list[int] = []
        place: dict[int, int] = {}
        for d in range(max(level.values()) + 1):
            here = [n for n in found if level[n] == d]
            here.sort(key=lambda n: (above[n] >= 0, place.get(above[n], 0), -below[n]))
            place |= {n: len(made) + i for i, n in enumerate(here)}
            made += here
        return [found[n] for n in made]

    def _above(self, node: int, spring: dict[int, tuple[SpringJoint, Spring]]) -> int:
        """The spring joint that a node hangs on, -1 for none."""
        node = int(self._model.parents[node])
        while node >= 0 and node not in spring:
            node = int(self._model.parents[node])
        return node

    def carrier(self, node: int) -> tuple[int, FloatArray]:
        """Row of the spring joint at or above ``node`` (-1 for none), and the node's rest place below it, (4, 4)."""
        below = np.eye(4, dtype=np.float32)
        while node >= 0 and node not in self.row_of:
            below = (self.place[node] @ below).astype(np.float32)
            node = int(self._model.parents[node])
        return self.row_of.get(node, -1), below

    def _bake(self) -> None:
        model, world, s = self._model, self._world, self.count
        gram = world[self.nodes][:, :3, :3].swapaxes(1, 2) @ world[self.nodes][:, :3, :3]
        size2 = np.einsum("nii->n", gram) / 3
        # Where a node is stretched more along one axis than another, or is nothing, directions need the inverse matrix.
        uneven = np.abs(gram - size2[:, None, None] * np.eye(3)) > 1e-4 * size2[:, None, None]
        self.skewed = bool(uneven.any() or size2.min() < 1e-8)
        size = np.ones(s) if self.skewed else np.sqrt(size2)
        scale = np.array(model.scale, np.float64)[self.nodes]
        rest = quat.to_matrix(quat.normalize(np.array(model.rotation, np.float32)[self.nodes])).astype(np.float64)
        self.length = np.empty(s, np.float32)
        self.axes = np.empty((s, 3, 3))
        self.turn, self.out = (np.empty((3, 3, s), np.float32) for _ in range(2))
        self.start = np.empty((3, s), np.float32)
        self.local = np.empty((4, 3, s), np.float32)
        self.own_scale = scale
        tips = np.empty((s, 3))
        self.parent_rows = np.full(s, -1, np.int64)
        self._tails = np.zeros(s, bool)
        for i, joint in enumerate(self.joints):
            tips[i] = self._child(joint)
        # all joints at once: a dozen small operations for each would be most of what it takes to make a companion move
        turns = quat.between(_UP, (tips / np.linalg.norm(tips, axis=1, keepdims=True)).astype(np.float32))
        self.axes[:] = quat.to_matrix(turns)[:, :, _YXZ]
        left = quat.left_matrix(quat.normalize(np.array(model.rotation, np.float32)[self.nodes]))
        turned = left @ quat.left_matrix(turns) @ quat.right_matrix(quat.conjugate(turns))
        # The turn from +Y to (x, y, z) is (z, 0, -x, 1 + y), not yet of unit length.
        self.local[:] = np.stack([turned[:, :, 3], -turned[:, :, 2], turned[:, :, 0]]).transpose(2, 0, 1)
        for i, joint in enumerate(self.joints):
            node, up, axes = joint.node, int(model.parents[joint.node]), self.axes[i]
            self.length[i] = max(float(np.linalg.norm(world[node][:3, :3] @ tips[i])), 1e-5)
            kept = scale[i] if self.skewed else np.full(3, size[i])
            self.out[:, :, i] = axes.T * kept
            row, below = self.carrier(up)
            own = rest[i] @ axes
            place = np.asarray(model.translation[node], np.float64)
            if row < 0:
                over = 1.0 if self.skewed or up < 0 else float(np.cbrt(abs(np.linalg.det(world[up][:3, :3]))) or 1.0)
                self.turn[:, :, i], self.start[:, i] = own / over, place
            else:
                frame, move = below[:3, :3].astype(np.float64), below[:3, 3].astype(np.float64)
                back = self.out[:, :, row]
                there = back @ (frame @ place + move)
                self.parent_rows[i] = row
                self.turn[:, :, i] = back @ frame @ own / (1.0 if self.skewed else size[row] * self._spread(frame))
                self.start[:, i] = there
                self._tails[i] = np.linalg.norm(there - back @ tips[row]) < 1e-6 and not self.skewed

    @staticmethod
    def _spread(frame: NDArray[np.float64]) -> float:
        return float(np.cbrt(abs(np.linalg.det(frame)))) or 1.0

    def _child(self, joint: SpringJoint) -> NDArray[np.float64]:
        """(3,) the bone in its node's own axes, node units."""
        node, model = joint.node, self._model
        child = np.asarray(model.translation[joint.tail if joint.tail >= 0 else node], np.float64)
        if joint.tail >= 0 and model.parents[joint.tail] != node:
            child = (np.linalg.pinv(self._world[node]) @ self._world[joint.tail])[:3, 3]
        size = float(np.linalg.norm(child))
        if size < 1e-6:
            child, size = np.array([0.0, 1, 0]), 1.0
        return child / size * _VIRTUAL_TAIL if joint.tail < 0 else child

    def _make_levels(self, depths: NDArray[np.int64]) -> None:
        """Runs of rows of one level and of one kind: roots, or hung on other joints."""
        self.levels: list[Level] = []
        hung = self.parent_rows >= 0
        breaks = np.flatnonzero((np.diff(depths) != 0) | np.diff(hung)) + 1
        for at in np.split(np.arange(self.count), breaks):
            rows = slice(int(at[0]), int(at[-1]) + 1)
            self.levels.append(Level(rows, self.parent_rows[rows], bool(self._tails[rows].all())))
        for k, c in enumerate(self._model.colliders):
            row, below = self.carrier(c.node)
            if row >= 0:
                next(v for v in self.levels if v.rows.start <= row < v.rows.stop).moved.append((k, row, below))
