"""What holds spring joints back: the limits of their turn, and the colliders that they are pushed out of."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray
from .contacts import Contacts, Pairs
from .limits import Limits
from .spring_plan import Plan
from .spring_run import Run

_LEAST: Final = np.array(1e-18, np.float32)
_XYZ: Final = np.arange(3)
_NINE: Final = np.arange(9).reshape(3, 3)


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

    def push(self, run: Run, ends: int, own: int, found: Pairs) -> None:
        """Push the ends ``found`` in colliders out of them, each out of one after another in its spring's order."""
        contacts, flat, left, begun = self.contacts, run.all_ends[ends], found, False
        while True:
            found = contacts.first(left)
            self._push_out(run, ends, own, found)
            if not begun and contacts.alone[found].all():
                return
            again = contacts.again(run.number, flat, found, not begun)
            if again is None:
                return
            left, begun = again, True

    def _push_out(self, run: Run, ends_at: int, own: int, found: Pairs) -> None:
        """Turn each joint so that its end leaves the one collider it is found in."""
        contacts, ends = self.contacts, run.all_ends[ends_at]
        # places in the arrays of all joints, flat: taken from there several times quicker than by three indices
        who, row, at = contacts.who[found], contacts.joint[found] - run.rows.start, contacts.at[found]
        s, n = self.plan.count, run.rest.shape[3]
        was, begin = ends.take(at), run.all_begin.take(at)
        rest = run.rest.take((who * (9 * n) + row)[:, None, None] + n * _NINE)
        way = contacts.out(found)
        way += was
        way -= begin
        way /= np.sqrt(np.maximum(np.vecdot(way, way), _LEAST))[:, None]
        mine = self._own_way(run, rest, row, way)
        if self._limits.any and self._limits.has[contacts.joint[found]].any():
            for i in np.flatnonzero(self._limits.has[contacts.joint[found]]):
                one = mine[i][None, :, None].copy()
                self._limit_some(contacts.joint[found[i : i + 1]], one, np.zeros(1, np.int64))
                mine[i] = one[0, :, 0]
            way = self._world_way(run, rest, row, mine)
        now = way * run.length.take(row)[:, None]
        now += begin
        ends[at] = now
        run.all_owns[own][at] = mine
        if self.plan.skewed:
            run.way[who, :, row] = way
            way = np.einsum("mij,mj->mi", rest, mine)
        run.all_frames[at + (who * (6 * s))[:, None] + 2 * s * _XYZ] = way
        now -= was
        contacts.pushed(who, np.sqrt(np.vecdot(now, now)))

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
