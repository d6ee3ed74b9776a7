"""The light of a ceremony: named tints over the room's own light, reached gently, and never more than three flashes a
second, whatever is asked for (WCAG 2.3.1)."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from ..types import FloatArray

TINTS: Final[dict[str, tuple[float, float, float]]] = {
    "room": (1.0, 1.0, 1.0),
    "warm": (0.93, 0.84, 0.73),
    "candle": (0.92, 0.70, 0.48),
    "gold": (0.95, 0.83, 0.63),
    "cool": (0.80, 0.86, 0.93),
    "moon": (0.62, 0.72, 0.92),
    "dark": (0.12, 0.12, 0.14),
}
"""Times the room's light, linear RGB."""
LEAST_S: Final = 0.35
"""However short it is asked for, a change of light takes so many seconds."""
TURNS: Final = 4
"""Changes that begin within one second; each turns the light once at most, so that is two flashes."""
AT_ONCE: Final = 6
"""The same where it may not wait, after a panic: three flashes."""


class Light:
    """What the light is turned to; ``room`` leaves it as the camera sees it.

    A change that comes too soon after the ones before waits until it may begin; of several that wait, the last one is
    made."""

    def __init__(self) -> None:
        self._from = self._to = np.ones(3, np.float32)
        self._begun, self._seconds = 0.0, 0.0
        self._turns: deque[float] = deque(maxlen=AT_ONCE)
        self._waits: tuple[FloatArray, float] | None = None

    def turn(self, name: str, level: float, seconds: float, now: float, at_once: bool = False) -> None:
        """Go to a named light at ``level`` (0-1) within ``seconds`` from ``now`` on. at_once : it is a panic's."""
        self._waits = np.array(TINTS[name], np.float32) * np.float32(level), max(seconds, LEAST_S)
        self._begin(now, AT_ONCE if at_once else TURNS)

    def tint(self, now: float) -> FloatArray:
        """(3,) float32 linear RGB that the room's light is multiplied with. Called in order of time."""
        self._begin(now, TURNS)
        return self._at(now)

    def _at(self, now: float) -> FloatArray:
        if self._seconds <= 0:
            return self._to
        u = min(max((now - self._begun) / self._seconds, 0.0), 1.0)
        u = u * u * (3 - 2 * u)
        return (self._from + (self._to - self._from) * np.float32(u)).astype(np.float32)

    def _begin(self, now: float, most: int) -> None:
        if self._waits is None:
            return
        if sum(now - one < 1.0 for one in self._turns) >= most:
            return
        self._from, (self._to, self._seconds), self._begun = self._at(now), self._waits, now
        self._waits = None
        if np.any(self._from != self._to):
            self._turns.append(now)
