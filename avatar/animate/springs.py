"""Spring bones: hair, skirts, ribbons. Verlet integration as VRMC_springBone 1.0 writes it, all chains at once by
level.

The specification's step is for 60 Hz. Here a step lasts ``h`` seconds with ``h`` as near 1/60 as divides the frame;
inertia is scaled by the ratio of this step to the last one, what drag keeps is ``k = (1 - drag)^(60 h)``, and forces
are scaled by ``60 h (1 - k) / drag`` so that they reach the same end speed: exactly the specification's step at 60
Hz, and alike at others.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import affine, quat
from ..model.model import AvatarModel
from ..types import FloatArray, Pose
from .colliders import Colliders
from .rig import Rig

STEP: Final = 1 / 60
_LEAST: Final = 1 / 250
_MOST_STEPS: Final = 6
_TELEPORT: Final = 0.6
_VIRTUAL_TAIL: Final = 0.07
_SKEW: Final = np.array(
    [[0, 0, 0, 0, 0, -1, 0, 1, 0], [0, 0, 1, 0, 0, 0, -1, 0, 0], [0, -1, 0, 1, 0, 0, 0, 0, 0]], np.float32
)
"""(3, 9): ``v @ _SKEW`` is the flat matrix of the cross product ``v x``."""


def spring_nodes(model: AvatarModel) -> NDArray[np.bool_]:
    """(J,) True for nodes that springs turn."""
    found = np.zeros(model.joint_count, bool)
    for spring in model.springs:
        for joint in spring.joints:
            found[joint.node] = True
    return found


class _Level:
    """Joints that depend on no other joint of their own or a later level: rows first to last of the state arrays."""

    def __init__(
        self, rows: slice, carrier: NDArray[np.int64] | None, parent_rank: NDArray[np.int64], rel: FloatArray
    ) -> None:
        n = rows.stop - rows.start
        self.rows, self.carrier, self.parent_rank = rows, carrier, parent_rank
        self.rel = None if np.abs(rel - np.eye(4)).max(initial=0) < 1e-6 else rel
        self.parent = np.empty((n, 4, 4), np.float32)
        self.carried = np.empty((n, 4, 4), np.float32)
        self.five = np.empty((n, 4, 5), np.float32)


class Springs:
    """All spring joints of one model, S of them; state in the companion's frame.

    tail, before : (S, 3) float32 ends of the joints now and one step ago, metres.
    """

    def __init__(self, model: AvatarModel, rig: Rig) -> None:
        self._rig = rig
        joints, groups, centers = [], [], []
        seen: set[int] = set()
        for spring in model.springs:
            for joint in spring.joints:
                if joint.node not in seen:
                    seen.add(joint.node)
                    joints.append(joint)
                    groups.append(spring.colliders)
                    centers.append(spring.center)
        self.count = len(joints)
        if not self.count:
            return
        parents = model.parents
        row_of = {j.node: i for i, j in enumerate(joints)}
        depth: dict[int, int] = {}
        carriers: list[int] = []
        for joint in sorted(joints, key=lambda j: j.node):
            up = int(parents[joint.node])
            while up >= 0 and up not in row_of:
                up = int(parents[up])
            depth[joint.node] = depth[up] + 1 if up >= 0 else 0
        order = sorted(range(self.count), key=lambda i: (depth[joints[i].node], i))
        joints = [joints[i] for i in order]
        groups = [groups[i] for i in order]
        centers = [centers[i] for i in order]
        row_of = {j.node: i for i, j in enumerate(joints)}
        local = affine.compose(model.translation, model.rotation, model.scale)
        world = rig.rest_world
        s = self.count
        self._ends = np.zeros((s, 4, 5), np.float32)
        self._length = np.empty((s, 1), np.float32)
        self._rest_left = quat.left_matrix(
            quat.normalize(np.array([model.rotation[j.node] for j in joints], np.float32))
        )
        # columns: where the joint is, the way it points at rest, its rest axes; all in the parent
        self._ends[:, :3, 2:] = local[[j.node for j in joints]][:, :3, :3]
        self._axis = np.empty((s, 3), np.float32)
        rel = np.empty((s, 4, 4), np.float32)
        for i, joint in enumerate(joints):
            child = model.translation[joint.tail] if joint.tail >= 0 else model.translation[joint.node]
            child = np.asarray(child, np.float64)
            size = float(np.linalg.norm(child))
            if size < 1e-6:
                child, size = np.array([0.0, 1, 0]), 1.0
            if joint.tail < 0:
                child = child / size * _VIRTUAL_TAIL
            elif model.parents[joint.tail] != joint.node:
                child = (np.linalg.inv(world[joint.node].astype(np.float64)) @ world[joint.tail])[:3, 3]
            self._axis[i] = child / np.linalg.norm(child)
            tip = world[joint.node][:3, :3] @ child
            self._length[i] = max(float(np.linalg.norm(tip)), 1e-5)
            along = local[joint.node][:3, :3] @ child
            up = int(parents[joint.node])
            parent33 = world[up][:3, :3] if up >= 0 else np.eye(3)
            self._ends[i, :3, 0], self._ends[i, 3, 0] = model.translation[joint.node], 1
            self._ends[i, :3, 1] = along / max(float(np.linalg.norm(parent33 @ along)), 1e-9)
            rel[i] = np.eye(4)
            while up >= 0 and up not in row_of:
                rel[i] = local[up] @ rel[i]
                up = int(parents[up])
            carriers.append(row_of.get(up, -1))
        self._axis_skew = (self._axis @ _SKEW).reshape(s, 3, 3)
        self._nodes = np.array([j.node for j in joints], np.int64)
        self._ranks = rig.rank[self._nodes]
        self._hit = np.array([[j.hit_radius] for j in joints], np.float32)
        self._hit *= np.linalg.norm(world[self._nodes][:, :3, :1], axis=1)
        self._stiff = np.array([[j.stiffness] for j in joints], np.float32)
        self._drag = np.array([[np.clip(j.drag_force, 0, 1)] for j in joints], np.float32)
        self._gravity = np.array([np.multiply(j.gravity_dir, j.gravity_power) for j in joints], np.float32)
        self.colliders = Colliders(model, rig.rank)
        c = self.colliders.count
        self._open = np.full((s, c), 1e9, np.float32)
        for i, group in enumerate(groups):
            self._open[i, list(group)] = 0
        self._touches = bool((self._open == 0).any())
        self._levels: list[_Level] = []
        depths = np.array([depth[j.node] for j in joints])
        for d in range(int(depths.max()) + 1):
            at = np.flatnonzero(depths == d)
            rows = slice(int(at[0]), int(at[-1]) + 1)
            carrier = np.array([carriers[i] for i in at], np.int64) if d else None
            ups = np.array([max(0, rig.rank[parents[joints[i].node]]) for i in at], np.int64)
            self._levels.append(_Level(rows, carrier, ups, rel[rows] if d else np.eye(4, dtype=np.float32)))
        self._centered = np.array([i for i, x in enumerate(centers) if x >= 0], np.int64)
        self._center_rank = np.array([rig.rank[x] for x in centers if x >= 0], np.int64)
        self._center_last = np.zeros((len(self._centered), 4, 4), np.float32)
        self._buffers(s, c)
        self._fresh = True

    def _buffers(self, s: int, c: int) -> None:
        self.tail, self.before = np.zeros((s, 3), np.float32), np.zeros((s, 3), np.float32)
        self._next, self._force = np.zeros((s, 3), np.float32), np.zeros((s, 3), np.float32)
        self._keep, self._pull = np.zeros((s, 1), np.float32), np.zeros((s, 1), np.float32)
        self._dir = np.zeros((s, 3), np.float32)
        self._five = np.zeros((s, 4, 5), np.float32)
        self._start, self._along = self._five[:, :3, 0], self._five[:, :3, 1]
        self._r33 = self._five[:, :3, 2:]
        self._world = np.zeros((s, 4, 4), np.float32)
        self._world[:, 3, 3] = 1
        self._turn, self._outer = np.zeros((s, 3, 3), np.float32), np.zeros((s, 3, 3), np.float32)
        self._axis_col = np.zeros((s, 3, 1), np.float32)
        self._cos = np.zeros((s, 1), np.float32)
        self._own, self._q = np.zeros((s, 1, 3), np.float32), np.zeros((s, 4, 1), np.float32)
        self._local = np.zeros((s, 4, 1), np.float32)
        self._work = np.zeros((3, s * max(1, c)), np.float32)
        self._norm = np.zeros((s, 1), np.float32)
        self._h = STEP
        self._set = (-1.0, -1.0)
        self._waiting = 0.0

    def reset(self) -> None:
        """Forget all movement: at the next step the chains hang as at rest."""
        self._fresh = True

    def step(self, dt: float, pose: Pose) -> None:
        """Advance by dt seconds and write the joints' rotations into ``pose.rotation`` and their world matrices into
        the rig. The body's world matrices must be known (``Rig.forward``)."""
        if not self.count:
            return
        if self._touches:
            self.colliders.place(self._rig.matrices)
        first = self._levels[0]
        if self._fresh:
            self._settle()
        elif self._jumped(first):
            self._ride()
        self._waiting += dt
        if self._waiting >= _LEAST:
            steps = min(_MOST_STEPS, max(1, round(self._waiting / STEP)))
            h = min(self._waiting / steps, 1.5 * STEP)
            self._waiting = 0.0
            self._move_centers()
            for _ in range(steps):
                self._constants(h)
                self._integrate()
                self._h = h
        else:
            self._follow()
        self._write(pose)

    def _jumped(self, first: _Level) -> bool:
        self._rig.matrices.take(first.parent_rank, axis=0, out=first.parent, mode="clip")
        np.matmul(first.parent, self._ends[first.rows], out=first.five)
        move = first.five[:, :3, 0] - self._start[first.rows]
        return bool(np.vecdot(move, move).max() > _TELEPORT * _TELEPORT)

    def _settle(self) -> None:
        """Hang as at rest, without speed."""
        for level in self._levels:
            self._roots(level)
            self._dir[level.rows] = self._along[level.rows]
            self._place(level)
        self._ride()

    def _ride(self) -> None:
        """Keep every direction, forget all speed: after a teleport the chains hang as they hung before it."""
        for level in self._levels:
            start, _ = self._roots(level)
            r = level.rows
            np.multiply(self._dir[r], self._length[r], out=self.tail[r])
            self.tail[r] += start
            self._place(level)
        self.before[:] = self.tail
        self._h = STEP
        self._rig.matrices.take(self._center_rank, axis=0, out=self._center_last, mode="clip")
        self._fresh = False

    def _follow(self) -> None:
        """No time has passed: keep the directions, let the joints ride along."""
        for level in self._levels:
            start, _ = self._roots(level)
            r = level.rows
            np.subtract(self.tail[r], start, out=self._dir[r])
            self._unit(r)
            self._place(level)

    def _move_centers(self) -> None:
        """Joints whose spring has a centre do not feel its movement."""
        if not len(self._centered):
            return
        now = self._rig.matrices[self._center_rank]
        carry = now @ np.linalg.inv(self._center_last)
        for state in (self.tail, self.before):
            p = state[self._centered]
            state[self._centered] = np.einsum("nij,nj->ni", carry[:, :3, :3], p) + carry[:, :3, 3]
        self._center_last[:] = now

    def _constants(self, h: float) -> None:
        if self._set == (h, self._h):
            return
        self._set = (h, self._h)
        scale = 60 * h
        np.subtract(1, self._drag, out=self._keep)
        np.power(self._keep, scale, out=self._keep)
        # what a force moves a joint by in this step, in units of one step at 60 Hz
        gain = np.where(self._drag > 1e-4, (1 - self._keep) / np.maximum(self._drag, 1e-4), scale) * (scale / 60)
        np.multiply(self._stiff, gain, out=self._pull)
        np.multiply(self._gravity, gain, out=self._force)
        self._keep *= h / self._h

    def _roots(self, level: _Level) -> tuple[FloatArray, FloatArray]:
        r = level.rows
        if level.carrier is None:
            self._rig.matrices.take(level.parent_rank, axis=0, out=level.parent, mode="clip")
        elif level.rel is None:
            self._world.take(level.carrier, axis=0, out=level.parent, mode="clip")
        else:
            self._world.take(level.carrier, axis=0, out=level.carried, mode="clip")
            np.matmul(level.carried, level.rel, out=level.parent)
        np.matmul(level.parent, self._ends[r], out=self._five[r])
        return self._start[r], self._along[r]

    def _unit(self, r: slice) -> None:
        d, n = self._dir[r], self._norm[r]
        np.vecdot(d, d, out=n[:, 0])
        np.maximum(n, 1e-14, out=n)
        np.sqrt(n, out=n)
        d /= n

    def _integrate(self) -> None:
        nxt = self._next
        np.subtract(self.tail, self.before, out=nxt)
        nxt *= self._keep
        nxt += self.tail
        nxt += self._force
        for level in self._levels:
            start, along = self._roots(level)
            r = level.rows
            d = self._dir[r]
            np.multiply(along, self._pull[r], out=d)
            d += nxt[r]
            d -= start
            self._unit(r)
            np.multiply(d, self._length[r], out=nxt[r])
            nxt[r] += start
            if self._touches:
                self._collide(r)
            self._place(level)
        self.before, self.tail, self._next = self.tail, nxt, self.before

    def _collide(self, r: slice) -> None:
        p, hit, opened = self._next[r], self._hit[r], self._open[r]
        n, c = opened.shape
        depth = self.colliders.depth(p, hit, self._work[:, : n * c].reshape(3, n, c))
        depth += opened
        if depth.min() >= 0:
            return
        for k in np.flatnonzero((depth < 0).any(axis=0)):
            rows = np.flatnonzero(opened[:, k] == 0)
            at = r.start + rows
            q = p[rows] + self.colliders.push(int(k), p[rows], hit[rows, 0])
            q -= self._start[at]
            q /= np.maximum(np.sqrt(np.vecdot(q, q)), 1e-9)[:, None]
            self._dir[at] = q
            p[rows] = q * self._length[at] + self._start[at]

    def _place(self, level: _Level) -> None:
        """World matrices of a level's joints: the rest rotation, turned the shortest way onto the new direction."""
        r = level.rows
        a, b, m, v = self._along[r], self._dir[r], self._turn[r], self._axis_col[r]
        n = r.stop - r.start
        # v = a x b; turn = cos + [v]x + v v^T / (1 + cos)
        np.matmul(np.matmul(a, _SKEW).reshape(n, 3, 3), b[:, :, None], out=v)
        c = np.vecdot(a, b, out=self._cos[r, 0])
        np.matmul(v[:, :, 0], _SKEW, out=m.reshape(n, 9))
        outer = np.multiply(v, np.swapaxes(v, 1, 2), out=self._outer[r])
        outer /= np.maximum(1 + c, 1e-4)[:, None, None]
        m += outer
        m.reshape(n, 9)[:, ::4] += c[:, None]
        w = self._world[r]
        np.matmul(m, self._r33[r], out=w[:, :3, :3])
        w[:, :3, 3] = self._start[r]

    def _write(self, pose: Pose) -> None:
        """World matrices into the rig, and local rotations into the pose: rest rotation times the shortest turn of
        the bone's own axis onto its direction."""
        self._rig.matrices[self._ranks] = self._world
        # the columns of r33 may be scaled; only the direction counts
        own = np.matmul(self._dir[:, None, :], self._r33, out=self._own)[:, 0]
        own /= np.sqrt(np.vecdot(own, own))[:, None]
        q = self._q
        np.matmul(self._axis_skew, own[:, :, None], out=q[:, :3])
        np.vecdot(self._axis, own, out=q[:, 3, 0])
        q[:, 3] += 1
        np.maximum(q[:, 3], 1e-4, out=q[:, 3])
        q /= np.sqrt(np.vecdot(q[..., 0], q[..., 0]))[:, None, None]
        np.matmul(self._rest_left, q, out=self._local)
        pose.rotation[self._nodes] = self._local[..., 0]
