"""One level of spring joints as it is worked: views into the arrays of all joints, and scratch, made once."""

from __future__ import annotations

import numpy as np

from ..types import FloatArray
from .spring_plan import Level, Plan


class Run:
    """n joints of one level, for A actors; last axis the joints.

    turn (3, 3, n), offset (3, n), length, pull (n,) : baked. ends, own : a view for each of the buffers that take
    turns; all_… : those of all joints, flat; begin (A, 3, n) where the joints are; frame_y, frame_xz : columns of their
    axes, world; way (A, 3, n) the world direction. above, above_begin, above_ends : the same of what they hang on, None
    where that is no run of neighbours (or not where its ends are). rest (A, 3, 3, n) : axes before they turn. All
    others are scratch.
    """

    def __init__(
        self,
        number: int,
        level: Level,
        plan: Plan,
        pull: FloatArray,
        ends: tuple[FloatArray, ...],
        owns: tuple[FloatArray, ...],
        begin: FloatArray,
        frame: FloatArray,
        root: FloatArray,
    ) -> None:
        r = level.rows
        a, n = len(begin), r.stop - r.start
        self.number, self.level, self.rows = number, level, r
        self.turn = np.ascontiguousarray(plan.turn[:, :, r])
        self.offset = np.ascontiguousarray(plan.start[:, r])
        self.length, self.pull = plan.length[r].copy(), pull[r].copy()
        self.ends = tuple(b[:, :, r] for b in ends)
        self.own = tuple(b[:, :, r] for b in owns)
        self.all_ends = tuple(b.reshape(-1) for b in ends)
        self.all_owns = tuple(b.reshape(-1) for b in owns)
        self.all_begin, self.all_frames = begin.reshape(-1), frame.reshape(-1)
        self.own_y = tuple(b[:, 0, r] for b in owns)
        self.own_xz = tuple(b[:, 1:, r] for b in owns)
        self.begin, self.frame = begin[:, :, r], frame[:, :, :, r]
        self.frame_y, self.frame_xz = self.frame[:, :, 0], self.frame[:, :, 1:]
        self.above: FloatArray | None = None
        self.above_begin: FloatArray | None = None
        self.above_ends: tuple[FloatArray, ...] | None = None
        if level.parents[0] < 0:
            first = int((plan.parent_rows[: r.start] < 0).sum())
            mine = slice(first, first + n)
            self.above, self.above_begin = root[:, :, :3, mine], root[:, :, 3, mine]
        elif level.together is not None:
            self.above, self.above_begin = frame[:, :, :, level.together], begin[:, :, level.together]
            if level.tails:
                self.above_ends = tuple(b[:, :, level.together] for b in ends)
        self.rest, self.carried = (np.empty((a, 3, 3, n), np.float32) for _ in range(2))
        self.rest_y, self.rest_xz = self.rest[:, :, 0], self.rest[:, :, 1:]
        self.six = np.empty((a, 3, 2, n), np.float32)
        self.three, self.pair, self.one = (np.empty((a, k, n), np.float32) for k in (3, 2, 1))
        self.flat = self.one[:, 0]
        self.way = self.frame_y
        if plan.skewed:
            self.way = np.zeros((a, 3, n), np.float32)
            size = np.where(plan.own_scale[r] == 0, 1, plan.own_scale[r])
            axes = plan.axes[r]
            self.scale = ((axes.swapaxes(1, 2) * size[:, None]) @ axes).transpose(1, 2, 0).astype(np.float32)
            self.shrink = ((axes.swapaxes(1, 2) / size[:, None]) @ axes).transpose(1, 2, 0).astype(np.float32)
