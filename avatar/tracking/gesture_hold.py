"""What makes a gesture of measures over time: a posture that is held, and a motion to and fro.

Time is in seconds and an argument; looks may come at any rate and be missing.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final

GAP: Final = 0.4
"""Seconds that a gesture goes on, or a beginning one is remembered, while nothing is seen of its part."""
_FLICKER: Final = 0.13
"""Seconds that a beginning posture may be interrupted: one wrong look."""
_ABOUT, _FURTHER = 0.25, 0.15
_LOOKS: Final = 3
"""A posture begins with so many looks at least."""


class Hold:
    """A posture that begins when it has been held for ``least`` seconds and ends when it has not for ``after``.

    active : it has begun and not ended; since : when it was first, last : when it was last seen.
    """

    __slots__ = ("_after", "_count", "_least", "_told", "active", "last", "since")

    def __init__(self, least: float, after: float = 0.25) -> None:
        self._least, self._after = least, after
        self.active, self.since, self.last = False, 0.0, -1e9
        self._count, self._told = 0, 0.0

    @property
    def near(self) -> bool:
        """It is going on, or seems to begin."""
        return self.active or self._count > 0

    def step(self, score: float | None, t: float) -> bool:
        """Whether it began or ended with this look.

        score : 0 and more where it is clearly so, down to -1 where it still is if it was before, None where nothing can
        be told; t : of the look, not before the last one's.
        """
        if score is not None and score >= (-1.0 if self.active else 0.0):
            if not self.active and self._count == 0:
                self.since = t
            self.last, self._told = t, t
            self._count += 1
            if self.active or self._count < _LOOKS or t - self.since < self._least:
                return False
            self.active = True
            return True
        if score is not None:
            self._told = t
        patience = GAP if score is None and self._told <= self.last else _FLICKER
        if not self.active:
            if t - self.last > patience:
                self._count = 0
            return False
        if t - self.last < (GAP if patience == GAP else self._after):
            return False
        self.active, self._count = False, 0
        return True


class Swings:
    """Turning points of one number: where it goes back by ``least`` or more.

    turns : (t, value) of the newest ones, oldest first; between two of them the number went one way; reached : when the
    present way last went on, seconds.
    """

    __slots__ = ("_far", "_last", "_least", "_mark", "_way", "reached", "turns")

    def __init__(self, least: float, keep: int = 12) -> None:
        self._least = least
        self.turns: deque[tuple[float, float]] = deque(maxlen=keep)
        self._way = 0
        self._far: list[tuple[float, float]] = []
        self._last = self.reached = -1e9
        self._mark = 0.0

    def clear(self) -> None:
        """Forget everything."""
        self.turns.clear()
        self._way, self._far = 0, []
        self._last = self.reached = -1e9

    def step(self, value: float, t: float) -> bool:
        """Take one number; whether it made a turning point known. A gap over GAP begins afresh."""
        if t - self._last > GAP:
            self.clear()
        self._last = t
        if not self._far:
            self._far = [(t, value), (t, value)]  # lowest and highest since the last turn
            return False
        low, high = self._far
        # the newest time at which it was about as far: a rest before the motion is no part of it
        if value <= low[1] + _ABOUT * self._least:
            self._far[0] = low = (t, min(value, low[1]))
        if value >= high[1] - _ABOUT * self._least:
            self._far[1] = high = (t, max(value, high[1]))
        if self._way >= 0 and high[1] - value >= self._least:
            self._turn(high, (t, value), -1)
            return True
        if self._way <= 0 and value - low[1] >= self._least:
            self._turn(low, (t, value), 1)
            return True
        if self._way * (value - self._mark) > _FURTHER * self._least:
            self.reached, self._mark = t, value
        return False

    def _turn(self, at: tuple[float, float], now: tuple[float, float], way: int) -> None:
        self.turns.append(at)
        self._far = [now, now]
        self._way = way
        self.reached, self._mark = now

    def legs(self, shortest: float, longest: float, t: float) -> int:
        """How many ways in a row, the present one included, took ``shortest`` to ``longest`` seconds each; 0 when the
        present one has lasted longer by ``t``."""
        if not self.turns or t - self.turns[-1][0] > longest:
            return 0
        count = 1
        for k in range(len(self.turns) - 1, 0, -1):
            if not shortest <= self.turns[k][0] - self.turns[k - 1][0] <= longest:
                break
            count += 1
        return count

    def begun(self, legs: int) -> float:
        """When the first of the last ``legs`` ways began, seconds."""
        return self.turns[-legs][0]

    def even(self, legs: int) -> float:
        """The smallest of the last ``legs`` ways in parts of the greatest; the present one counts as far as it went."""
        low, high = self._far
        ends = [value for _, value in list(self.turns)[-legs:]] + [high[1] if self._way > 0 else low[1]]
        sizes = [abs(b - a) for a, b in pairwise(ends)]
        return min(sizes) / max(sizes)
