"""What holds spring joints back: the limits of their turn, and the colliders that they are pushed out of."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray
from .colliders import Contacts
from .limits import Limits
from .spring_plan import Plan
from .spring_run import Run

_XYZ: Final = np.arange(3)[:, None]
_NINE: Final = np.arange(9).reshape(3, 3, 1)


class Bounds:
    """Limits and colliders of one model's spring joints."""

    def __init__(self, plan: Plan, contacts: Contacts) -> None:
        self.plan, self.contacts = plan, contacts
        self._limits = Limits([j.limit for j in plan.joints], np.asarray(plan.axes[:, :, 0], np.float32))
        self.any = self._limits.any

    def limit(self, run: Run, own: FloatArray) -> None:
        """Turn the directions ``own`` (A, 3, n) of a level back within their limits, in place."""
        joints = self._limits.within(run.rows)
        if len(joints):
            self._limit_some(joints, own, joints - run.rows.start)

    def _limit_some(self, joints: NDArray[np.int64], own: FloatArray, at: NDArray[np.int64]) -> None:
        axes = self.plan.axes[joints]
        way = np.einsum("nij,ajn->ani", axes, own[:, :, at]).astype(np.float32)
        many = np.tile(joints, len(own))
        flat = self._limits.apply(many, np.tile(np.eye(3, dtype=np.float32), (len(many), 1, 1)), way.reshape(-1, 3))
        own[:, :, at] = np.einsum("nij,ani->ajn", axes, flat.reshape(way.shape))

    def push(self, run: Run, ends: int, own: int) -> None:
        """Push the joints that touch a collider out of it; slowly where one may touch several."""
        if not (self._limits.any or self.plan.skewed) and self._push_once(run, ends, own):
            return
        self._push_in_turn(run, ends, own)

    def _push_once(self, run: Run, ends_at: int, own: int) -> bool:
        """Push each joint out of the one collider it touches. False, and nothing has changed, where there are more."""
        found = self.contacts.single(run.number)
        if found is None:
            return False
        who, which, row = found
        # places in the arrays of all joints, flat: taken from there several times quicker than by three indices
        joint, s, n = row + run.rows.start, self.plan.count, run.rest.shape[3]
        at = (who * (3 * s) + joint) + s * _XYZ
        ends = run.all_ends[ends_at]
        was, begin = ends.take(at), run.all_begin.take(at)
        way = self.contacts.surface(run.number, who, which, row, was)
        way -= begin
        way /= np.maximum(np.sqrt(np.add.reduce(way * way, axis=0)), 1e-9)
        now = way * run.length.take(row)
        now += begin
        ends[at] = now
        now -= was
        if self.contacts.more(run.number, run.ends[ends_at], found, now):
            ends[at] = was
            self.contacts.meet(run.number, run.ends[ends_at])
            return False
        run.all_frames[(who * (9 * s) + joint) + 3 * s * _XYZ] = way
        rest = run.rest.take((who * (9 * n) + row) + n * _NINE)
        run.all_owns[own][at] = np.add.reduce(rest * way[:, None], axis=0)
        return True

    def _push_in_turn(self, run: Run, ends: int, own: int) -> None:
        """Each joint's colliders one after another, in its spring's order, for the joints that touch any."""
        who, row = self.contacts.touching(run.number)
        joint = row + run.rows.start
        p, begin = run.ends[ends][who, :, row], run.begin[who, :, row]
        rest, mine = run.rest[who, :, :, row], run.own[own][who, :, row]
        length = run.length[row][:, None]
        each, hit = self.contacts.meets[joint], self.contacts.hit[joint]
        depth = self.contacts.depths(who, each, p, hit)
        while True:
            first = (depth < 0).argmax(axis=1)
            at = np.flatnonzero(np.take_along_axis(depth, first[:, None], 1)[:, 0] < 0)
            if not len(at):
                break
            k = first[at]
            way = self.contacts.push(who[at], each[at, k], p[at], depth[at, k]) - begin[at]
            way /= np.maximum(np.sqrt(np.vecdot(way, way)), 1e-9)[:, None]
            mine[at] = self._own_way(run, rest[at], row[at], way)
            if self._limits.any and self._limits.has[joint[at]].any():
                for i in at[self._limits.has[joint[at]]]:
                    one = mine[i][None, :, None].copy()
                    self._limit_some(joint[i : i + 1], one, np.zeros(1, np.int64))
                    mine[i] = one[0, :, 0]
                way = self._world_way(run, rest[at], row[at], mine[at])
            p[at] = begin[at] + way * length[at]
            depth[at] = self.contacts.depths(who[at], each[at], p[at], hit[at])
            # Colliders up to that one have had their say.
            depth[at] = np.where(np.arange(each.shape[1]) <= k[:, None], 1, depth[at])
        run.ends[ends][who, :, row] = p
        run.own[own][who, :, row] = mine
        run.frame_y[who, :, row] = np.einsum("nij,nj->ni", rest, mine)
        if self.plan.skewed:
            run.way[who, :, row] = (p - begin) / length

    def _own_way(self, run: Run, rest: FloatArray, row: NDArray[np.int64], way: FloatArray) -> FloatArray:
        """World directions (m, 3) in the axes of the joints."""
        if not self.plan.skewed:
            own: FloatArray = np.einsum("nij,ni->nj", rest, way)
            return own
        own = np.einsum("kjn,nji,ni->nk", run.shrink[:, :, row], np.linalg.pinv(rest), way)
        own /= np.maximum(np.sqrt(np.vecdot(own, own)), 1e-12)[:, None]
        return np.asarray(own, np.float32)

    def _world_way(self, run: Run, rest: FloatArray, row: NDArray[np.int64], own: FloatArray) -> FloatArray:
        """The other way round."""
        if not self.plan.skewed:
            way: FloatArray = np.einsum("nij,nj->ni", rest, own)
            return way
        way = np.einsum("nik,kjn,nj->ni", rest, run.scale[:, :, row], own)
        way /= np.maximum(np.sqrt(np.vecdot(way, way)), 1e-12)[:, None]
        return np.asarray(way, np.float32)
