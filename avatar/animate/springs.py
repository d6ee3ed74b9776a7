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

from ..linalg import quat
from ..model.model import AvatarModel
from ..types import FloatArray, Pose
from .rig import Rig
from .spring_plan import Level, Plan

STEP: Final = 1 / 60
_LEAST: Final = 1 / 250
_MOST_STEPS: Final = 6
_TELEPORT: Final = 0.6
_SKEW: Final = np.array(
    [[0, 0, 0, 0, 0, -1, 0, 1, 0], [0, 0, 1, 0, 0, 0, -1, 0, 0], [0, -1, 0, 1, 0, 0, 0, 0, 0]], np.float32
)
"""(3, 9): ``v @ _SKEW`` is the flat matrix of the cross product ``v x``."""
_IDENTITY: Final = np.eye(4, dtype=np.float32)


def spring_nodes(model: AvatarModel) -> NDArray[np.bool_]:
    """(J,) True for nodes that springs turn."""
    found = np.zeros(model.joint_count, bool)
    for spring in model.springs:
        for joint in spring.joints:
            found[joint.node] = True
    return found


class Springs:
    """All spring joints of one model, S of them; state in the companion's frame.

    tail, before : (S, 3) float32 ends of the joints now and one step ago, metres.
    """

    def __init__(self, model: AvatarModel, rig: Rig) -> None:
        self._rig = rig
        self._plan = plan = Plan(model, rig)
        self.count = s = plan.count
        if not s:
            return
        self._ends, self._axis, self._length = plan.ends, plan.axis, plan.length
        self._rest_left = quat.left_matrix(plan.rest)
        self._axis_skew = (self._axis @ _SKEW).reshape(s, 3, 3)
        self._nodes, self._ranks = plan.nodes, rig.rank[plan.nodes]
        self._hit = np.array([[j.hit_radius] for j in plan.joints], np.float32)
        self._stiff = np.array([[j.stiffness] for j in plan.joints], np.float32)
        self._drag = np.array([[np.clip(j.drag_force, 0, 1)] for j in plan.joints], np.float32)
        self._gravity = np.array([np.multiply(j.gravity_dir, j.gravity_power) for j in plan.joints], np.float32)
        self.colliders, self._limits, self._levels = plan.colliders, plan.limits, plan.levels
        c = self.colliders.count
        self._open = np.full((s, c), 1e9, np.float32)
        self._meets = np.full((s, max(map(len, plan.meets))), -1, np.int32)
        for i, group in enumerate(plan.meets):
            self._open[i, list(group)] = 0
            self._meets[i, : len(group)] = group
        self._touches = bool((self._open == 0).any())
        self._centered, self._center_rank = plan.centered, plan.center_rank
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
        self._ends[:, :3, 0] = pose.translation[self._nodes]
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

    def _jumped(self, first: Level) -> bool:
        before = self._start[first.rows].copy()
        move = self._roots(first)[0] - before
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

    def _roots(self, level: Level) -> tuple[FloatArray, FloatArray]:
        r = level.rows
        if not level.all_hung:
            self._rig.matrices.take(level.parent_rank, axis=0, out=level.parent, mode="clip")
            level.parent[level.roots] = _IDENTITY
        if len(level.hung):
            carried = self._world[level.carrier]
            if level.rel is not None:
                carried = carried @ level.rel
            level.parent[level.hung] = carried
        np.matmul(level.parent, self._ends[r], out=self._five[r])
        if self._plan.skewed:
            self._along[r] /= np.maximum(np.linalg.norm(self._along[r], axis=1, keepdims=True), 1e-12)
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
            if self._limits.any:
                self._limit(self._limits.within(r))
            np.multiply(d, self._length[r], out=nxt[r])
            nxt[r] += start
            if self._touches:
                self._collide(r)
            self._place(level)
        self.before, self.tail, self._next = self.tail, nxt, self.before

    def _limit(self, joints: NDArray[np.int64]) -> None:
        if len(joints):
            self._dir[joints] = self._limits.apply(joints, self._r33[joints], self._dir[joints])

    def _collide(self, r: slice) -> None:
        """Each joint's colliders one after another, in its spring's order, for the joints that touch any."""
        p, hit, opened = self._next[r], self._hit[r], self._open[r]
        n, c = opened.shape
        depth = self.colliders.depth(p, hit, self._work[:, : n * c].reshape(3, n, c))
        depth += opened
        if depth.min() >= 0:
            return
        touching = np.flatnonzero((depth < 0).any(axis=1)) + r.start
        for each in self._meets[touching].T:
            at, which = touching[each >= 0], each[each >= 0]
            moved = self.colliders.push(which, self._next[at], self._hit[at, 0])
            pushed = moved.any(axis=1)
            if not pushed.any():
                continue
            at = at[pushed]
            way = self._next[at] + moved[pushed] - self._start[at]
            way /= np.maximum(np.sqrt(np.vecdot(way, way)), 1e-9)[:, None]
            self._dir[at] = way
            if self._limits.any:
                self._limit(at[self._limits.has[at]])
            self._next[at] = self._dir[at] * self._length[at] + self._start[at]

    def _place(self, level: Level) -> None:
        """World matrices of a level's joints: the rest rotation, turned the shortest way onto the new direction."""
        r = level.rows
        if self._plan.skewed:
            self._place_skewed(r)
        else:
            self._place_even(r)
        if len(level.moved):
            self.colliders.move(level.moved, self._world[level.moved_on] @ level.moved_by)

    def _place_skewed(self, r: slice) -> None:
        a = self._r33[r]
        turn = quat.to_matrix(quat.between(self._axis[r], self._own_way(r)))
        scale = self._plan.scale[r]
        w = self._world[r]
        np.matmul(
            a / np.where(scale == 0, 1, scale)[:, None] @ turn,
            scale[:, :, None] * np.eye(3, dtype=np.float32),
            out=w[:, :3, :3],
        )
        w[:, :3, 3] = self._start[r]

    def _own_way(self, r: slice) -> FloatArray:
        """Directions in the joints' rest axes, (n, 3) unit, where scales differ by axis."""
        own = np.matmul(np.linalg.pinv(self._r33[r]), self._dir[r][:, :, None])[:, :, 0]
        own /= np.maximum(np.sqrt(np.vecdot(own, own)), 1e-12)[:, None]
        even: FloatArray = own.astype(np.float32)
        return even

    def _place_even(self, r: slice) -> None:
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
        if self._plan.skewed:
            own = self._own_way(slice(0, self.count))
        own /= np.maximum(np.sqrt(np.vecdot(own, own)), 1e-12)[:, None]
        q = self._q
        np.matmul(self._axis_skew, own[:, :, None], out=q[:, :3])
        np.vecdot(self._axis, own, out=q[:, 3, 0])
        q[:, 3] += 1
        np.maximum(q[:, 3], 1e-4, out=q[:, 3])
        q /= np.sqrt(np.vecdot(q[..., 0], q[..., 0]))[:, None, None]
        np.matmul(self._rest_left, q, out=self._local)
        pose.rotation[self._nodes] = self._local[..., 0]
