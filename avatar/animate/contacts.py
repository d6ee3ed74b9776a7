"""Which ends of spring joints are in a collider, looked for only where they are near one.

Looking at every joint and every collider costs more than all else about springs. So the pairs that are within a margin
of each other are listed (Verlet 1967 did so for molecules), and a level looks at its pairs only. A list holds until
ends and colliders together may have moved through the margin, each actor's for itself; then it is made again, and
where an end turns out to be in a collider that was not on the list, the step has to be done again.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray
from .colliders import FAR, Colliders
from .spring_plan import Plan

_NARROW, _WIDE = 0.015, 0.06
"""Metres: the margin at least and at most. A wide one makes long lists that hold long: for those who move quickly."""
_HOLDS: Final = 5
"""Steps for which a list is meant to hold."""
_DIAGONAL: Final = 3**0.5
_XYZ: Final = np.arange(3)
_LEAST: Final = np.array(1e-18, np.float32)
_ZERO, _ONE = np.array(0, np.float32), np.array(1, np.float32)

Pairs = NDArray[np.int64]
"""(m,) places in the list."""


class Contacts:
    """P pairs of an end and a collider near it, of A actors; a level's lie together, in it a joint's, and these in the
    order in which the joint meets them.

    who, which, joint : (P,) actor, collider, row; at : (P, 3) where the end is in flat arrays (A, 3, S); key : (P,) one
    number for each end; alone : (P,) no other collider is near this end. p : (n, 3) the ends of the level last looked
    at.
    """

    def __init__(self, colliders: Colliders, plan: Plan, actors: int) -> None:
        self.colliders, self.actors, self._joints = colliders, actors, plan.count
        c = colliders
        self._near = np.zeros((plan.count, actors, c.count), bool)
        self._always = c.order[c.planes] >= 0
        falls = np.diff(np.where(c.order < 0, np.maximum.accumulate(c.order, axis=0), c.order), axis=0) < 0
        self._sorted = not falls.any()
        self._starts = [level.rows.start for level in plan.levels] + [plan.count]
        self._was, self._moved = (np.full((actors, 3, plan.count), np.inf, np.float32) for _ in range(2))
        self._placed_was, self._placed_moved = np.zeros_like(c.placed), np.zeros_like(c.placed)
        self._margin, self._pushed = np.full(actors, _NARROW, np.float32), np.zeros(actors, np.float32)
        self._steps = np.zeros(actors, np.float32)
        self._mark = np.zeros(plan.count * actors, np.int64)
        self._flat, self._inv_flat = c.axis.reshape(-1), c.inv.reshape(-1)
        self._placed = c.placed.reshape(-1)
        self._list()

    def _list(self) -> None:
        c = self.colliders
        joint, who, which = self._near.nonzero()
        self.key = joint * self.actors + who
        if not self._sorted:
            by = np.argsort(self.key * c.count + c.order[which, joint], kind="stable")
            joint, who, which, self.key = joint[by], who[by], which[by], self.key[by]
        self.joint, self.who, self.which = joint, who, which
        self.at = (who * (3 * self._joints) + joint)[:, None] + self._joints * _XYZ
        place = who * c.count + which
        ends = c.placed.shape[3]
        self._place, self._axis_at = place, place[:, None] * 3 + _XYZ
        self._head_at = place[:, None] * (4 * ends) + ends * _XYZ
        self._reach, self._limit2 = c.reach[which, joint], c.limit2[which, joint]
        self._sign = c.sign[which] if c.turned else None
        self._on_plane = np.isin(which, c.planes) if len(c.planes) else None
        self.alone = np.ones(len(joint), bool)
        same = self.key[1:] == self.key[:-1]
        self.alone[1:] &= ~same
        self.alone[:-1] &= ~same
        self.spans = np.searchsorted(joint, self._starts).tolist()
        self._gathered = -1

    def _gather(self) -> None:
        """What looks need of the colliders, once for each place."""
        if self._gathered == self.colliders.version:
            return
        self.colliders.shape()
        self._gathered = self.colliders.version
        self._head = self._placed.take(self._head_at)
        if self.colliders.long:
            self._axis, self._inv = self._flat.take(self._axis_at), self._inv_flat.take(self._place)

    def begin(self) -> None:
        """A step begins."""
        self._pushed[:] = 0

    def touch(self, level: int, ends: FloatArray) -> Pairs | None:
        """Pairs of a level whose end is in the collider, None where there are none; ends : flat, of (A, 3, S)."""
        first, last = self.spans[level], self.spans[level + 1]
        if first == last:
            return None
        self._gather()
        self._first = first
        self.p = p = ends.take(self.at[first:last])
        self._off = off = p - self._head[first:last]
        if self.colliders.long:
            axis = self._axis[first:last]
            along = np.vecdot(off, axis)
            along *= self._inv[first:last]
            np.maximum(along, _ZERO, out=along)
            np.minimum(along, _ONE, out=along)
            off -= along[:, None] * axis
        self._apart = np.vecdot(off, off)
        gap = self._apart - self._limit2[first:last]
        if self._sign is not None:
            gap *= self._sign[first:last]
        if self._on_plane is not None:
            self._flatten(gap, first, last)
        found: Pairs = (gap < 0).nonzero()[0]
        if not len(found):
            return None
        found += first
        return found

    def _flatten(self, gap: FloatArray, first: int, last: int) -> None:
        """A plane holds along its normal wherever the end is."""
        assert self._on_plane is not None
        k = self._on_plane[first:last].nonzero()[0]
        normal = self.colliders.normal[self.who[first + k], self.which[first + k]]
        gap[k] = np.vecdot(self._off[k], normal) - self.colliders.hit[self.joint[first + k]]
        self._off[k] = normal * gap[k][:, None]
        # so that reach / sqrt(apart) - 1, the way out, is -1
        self._apart[k] = FAR * FAR

    def first(self, found: Pairs) -> Pairs:
        """Of each end only the first."""
        if len(found) > 1:
            key = self.key[found]
            other = np.ones(len(key), bool)
            np.not_equal(key[1:], key[:-1], out=other[1:])
            found = found[other]
        return found

    def out(self, found: Pairs) -> FloatArray:
        """(m, 3) from the ends of pairs that ``touch`` found straight out of the colliders, metres."""
        k = found - self._first
        far = self._reach[found] / np.sqrt(np.maximum(self._apart[k], _LEAST))
        far -= _ONE
        way: FloatArray = self._off[k] * far[:, None]
        return way

    def again(self, level: int, ends: FloatArray, done: Pairs, first: bool) -> Pairs | None:
        """Pairs of a level whose end is in the collider and has been pushed out of one that comes before it. done :
        what it was pushed out of just now; first : nothing was before that."""
        if first:
            self._marked = self.key[done]
        self._mark[self.key[done]] = done + 1
        found = self.touch(level, ends)
        if found is not None:
            mark = self._mark[self.key[found]]
            later: Pairs = found[(mark > 0) & (found >= mark)]
            if len(later):
                return later
        self._mark[self._marked] = 0
        return None

    def pushed(self, who: NDArray[np.int64], far: FloatArray) -> None:
        """Ends of actors ``who`` (m,) were moved so far, metres (m,): they may have been near what is not listed."""
        np.maximum.at(self._pushed, who, far)

    def missed(self, ends: FloatArray) -> bool:
        """Whether an end, (A, 3, S), is in a collider that was not looked at; from now on it is."""
        far = self._travelled(ends)
        self._steps += _ONE
        stale = (~(far <= self._margin)).nonzero()[0]
        if not len(stale):
            return False
        c = self.colliders
        wide = np.clip(far[stale] / self._steps[stale] * _HOLDS, _NARROW, _WIDE)
        self._margin[stale], self._steps[stale] = wide, 0
        gap = c.gaps(ends, stale)
        touched = (gap < 0).transpose(2, 0, 1)
        m = wide[:, None, None]
        near = gap < (2 * m) * c.reach + m * m
        near[:, c.planes] = self._always
        near = near.transpose(2, 0, 1)
        listed = self._near[:, stale]
        missed = bool((touched & ~listed).any())
        # What was near in the first try of a step may be so in the next.
        self._near[:, stale] = near | listed if missed else near
        self._was[stale], self._placed_was[stale] = ends[stale], c.placed[stale]
        self._list()
        return missed

    def _travelled(self, ends: FloatArray) -> FloatArray:
        """(A,) metres: how much nearer to each other an end and a collider may be than when they were listed."""
        moved, placed = self._moved, self._placed_moved
        np.subtract(ends, self._was, out=moved)
        np.abs(moved, out=moved)
        np.subtract(self.colliders.placed, self._placed_was, out=placed)
        np.abs(placed, out=placed)
        far: FloatArray = np.maximum.reduce(moved, axis=(1, 2)) + np.maximum.reduce(placed, axis=(1, 2, 3))
        far *= _DIAGONAL
        far += self._pushed
        return far
