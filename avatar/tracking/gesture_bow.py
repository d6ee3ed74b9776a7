"""A bow: head and shoulders go down together, and the face turns down with them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

from .gesture_hold import GAP, Hold
from .gesture_look import Look

_MEMORY: Final = 2.5
_EARLIER: Final = (0.8, 0.3)
"""Rest is how the person was so many seconds ago, before a slow bow began; at first, a little later."""
_LONGEST: Final = 8.0
"""Seconds: whoever is down for longer has sat down, and this is how they are at rest now."""

Trunk: TypeAlias = tuple[float, float, float]
"""Of the shoulders: y and width, pixels; of the nose over them: height, torso units."""
Head: TypeAlias = tuple[float, float]
"""Pitch and height, as in ``HeadLook``."""


class Bow:
    """The shoulders tell a bow from a look down, the face tells it from sitting down; where only one of both is seen,
    it must go farther. ``hold`` says whether it is going on."""

    def __init__(self) -> None:
        self.hold = Hold(0.3, 0.3)
        self._path: deque[tuple[float, Trunk | None, Head | None]] = deque(maxlen=160)
        self._trunk: Trunk | None = None
        self._head: Head | None = None

    def step(self, seen: Look, t: float) -> bool:
        """Whether it began or ended with this look."""
        trunk: Trunk | None = None
        if seen.trunk is not None and seen.trunk.nose is not None:
            trunk = (seen.trunk.middle[1], seen.trunk.unit, seen.trunk.nose)
        head: Head | None = (seen.head.pitch, seen.head.height) if seen.head is not None else None
        if self.hold.active and t - self.hold.since > _LONGEST:
            self._path.clear()
            self._trunk = self._head = None
            return self.hold.step(-2.0, t + GAP)
        if not self.hold.active:
            self._learn(trunk, head, t)
        return self.hold.step(self._score(trunk, head), t)

    def _learn(self, trunk: Trunk | None, head: Head | None, t: float) -> None:
        path = self._path
        path.append((t, trunk, head))
        while t - path[0][0] > _MEMORY:
            path.popleft()
        for least in _EARLIER:
            early = [look for look in path if t - look[0] >= least]
            if len(early) >= 3:
                break
        trunks, heads = [x for _, x, _ in early if x is not None], [x for *_, x in early if x is not None]
        if len(early) < 3:
            trunks, heads = [], []
        self._trunk = (_median(trunks, 0), _median(trunks, 1), _median(trunks, 2)) if trunks else None
        self._head = (_median(heads, 0), _median(heads, 1)) if heads else None

    def _score(self, trunk: Trunk | None, head: Head | None) -> float | None:
        down = None if trunk is None or self._trunk is None else self._bent(trunk, self._trunk)
        bowed = None if head is None or self._head is None else self._turned(head, self._head)
        if down is None or bowed is None:
            if down is not None:
                return min(down[0], down[2])
            return min(bowed[2:]) if bowed is not None else None
        # in a small bow, forwards and nearer, the nose is hardly lower over the shoulders, but the face is turned far
        # down; in a deep one it is seen wrongly, and the trunk tells
        small, deep = min(down[0], down[4], bowed[1], bowed[2]), min(down[0], down[3])
        return max(min(*down[:2], *bowed[:2]), small, deep)

    @staticmethod
    def _bent(now: Trunk, rest: Trunk) -> tuple[float, float, float, float, float]:
        """How clearly the shoulders are down, and the nose over them: with a face that agrees, alone, against one; and
        that they are no farther down than in a small bow."""
        sunk = rest[2] - now[2] * now[1] / rest[1]
        fall = (now[0] - rest[0]) / rest[1]
        return (fall - 0.09) / 0.05, (sunk - 0.1) / 0.06, (sunk - 0.2) / 0.06, (sunk - 0.3) / 0.06, (0.35 - fall) / 0.05

    @staticmethod
    def _turned(now: Head, rest: Head) -> tuple[float, float, float, float]:
        """How clearly the face is turned down and its eyes are lower: with a trunk that agrees, and alone."""
        pitch, low = math.degrees(now[0] - rest[0]), rest[1] - now[1]
        return (pitch - 10) / 5, (low - 0.05) / 0.025, (pitch - 18) / 5, (low - 0.1) / 0.025


def _median(rows: Sequence[tuple[float, ...]], k: int) -> float:
    return sorted(row[k] for row in rows)[len(rows) // 2]
