"""What is done less often when the machine cannot keep up with the face, in which order, and when it comes back.

The face itself is never slowed. A step down is taken when faces are missed or come late. A step up waits until faces
have been in time for a while and what it would cost now is clearly less than what it cost when it was too much: under a
load that stays the same, nothing goes to and fro.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

STEPS: Final = (
    *(("pose", 0.5), ("pose", 0.2)),
    *(("segmenter", 2 / 3), ("segmenter", 1 / 3)),
    *(("hand", 2 / 3), ("hand", 1 / 3)),
    *(("picture", 0.75), ("picture", 0.6)),
)
"""What each step down leaves of what: of a detector's rate, or of the detail in which the companion is drawn."""
FACE_RATE: Final = 30.0
"""Looks a second that the face shall have, where the camera gives as many pictures."""
LATE_S: Final = 0.045
"""A face older than that when it is shown is late (or than 1.25 pictures, where the camera is slow)."""
_WINDOW_S: Final = 1.0
_FEWEST: Final = 5
_WARM_S: Final = 3.0
"""Nothing is judged in the first seconds, in which everything is loaded and touched for the first time."""
_MISSED, _WELL = 0.9, 0.97
"""Of the rate that the face shall have: below the one there is too much to do, above the other there may be room."""
_LATE, _SELDOM_LATE = 0.25, 0.08
"""Parts of the faces that are late, likewise."""
_SETTLE_S: Final = 1.0
"""A step down is given so long to show what it does."""
_CALM_S: Final = 3.0
_ROOM: Final = 0.8
"""A step up may cost so much of what it cost when it was too much."""
_ANYWAY_S: Final = 300.0
"""After so long in calm a step up is tried though nothing seems to have changed; each failure doubles it."""
_FAILED_S: Final = 15.0
"""A step up that is taken back within this time has failed."""
_EASE: Final = 0.2


class Load:
    """Follows how the face keeps up. rates : looks a second, by detector, when nothing is short.

    level : how many of STEPS are taken, 0 = none; most : the highest it was.
    """

    def __init__(self, rates: Mapping[str, float]) -> None:
        self.level = self.most = 0
        self._rates = {"face": FACE_RATE, **rates}
        self._costs: dict[str, float] = {}
        self._looks: deque[tuple[float, int, bool]] = deque()
        self._begun: float | None = None
        self._changed = self._calm = 0.0
        self._too_much: dict[int, float] = {}
        self._anyway: dict[int, float] = {}
        self._raised: tuple[int, float] | None = None

    def cost(self, name: str, seconds: float) -> None:
        """One look of a detector, ``face`` or one of ``rates``, took so long, waiting for the processor included."""
        known = self._costs.get(name)
        self._costs[name] = seconds if known is None else known + _EASE * (seconds - known)

    def step(self, t: float, index: int, age: float) -> bool:
        """One look for the face, in the picture grabbed at t seconds, number ``index`` of the camera's; age : seconds
        from then until it was found or shown. Whether ``level`` changed."""
        looks = self._looks
        if looks and not looks[-1][0] < t:
            return False
        if looks and t - looks[-1][0] > _WINDOW_S:
            # Nothing came for a while: a pause says nothing about what the machine can do.
            looks.clear()
            self._calm = t
        if self._begun is None:
            self._begun = t
        period = (t - looks[-1][0]) / max(index - looks[-1][1], 1) if looks else 0.0
        looks.append((t, index, age > max(LATE_S, 1.25 * period)))
        while t - looks[0][0] > _WINDOW_S:
            looks.popleft()
        span, frames = t - looks[0][0], index - looks[0][1]
        if len(looks) < _FEWEST or span < 0.7 * _WINDOW_S or frames <= 0 or t - self._begun < _WARM_S:
            self._calm = t
            return False
        kept = (len(looks) - 1) / min(FACE_RATE * span, frames)
        late = sum(look[2] for look in looks) / len(looks)
        if kept < _MISSED or late > _LATE:
            self._calm = t
            return t - self._changed >= _SETTLE_S and self._down(t)
        if kept < _WELL or late > _SELDOM_LATE:
            self._calm = t
        return self.level > 0 and self._may_rise(t) and self._up(t)

    def _down(self, t: float) -> bool:
        if self._raised is not None and self._raised[0] == self.level and t - self._raised[1] <= _FAILED_S:
            self._anyway[self.level] = 2 * self._anyway.get(self.level, _ANYWAY_S)
        self._raised = None
        if self.level == len(STEPS):
            return False
        self._too_much[self.level] = self._price(self.level)
        self.level += 1
        self.most = max(self.most, self.level)
        self._changed = self._calm = t
        return True

    def _may_rise(self, t: float) -> bool:
        calm = t - max(self._calm, self._changed)
        if calm < _CALM_S:
            return False
        above = self.level - 1
        changed = self._price(above) < _ROOM * self._too_much.get(above, 0.0)
        return changed or calm >= self._anyway.get(above, _ANYWAY_S)

    def _up(self, t: float) -> bool:
        self.level -= 1
        self._changed = self._calm = t
        self._raised = (self.level, t)
        return True

    def _price(self, level: int) -> float:
        """Seconds of looking in a second at that level, at what a look costs now."""
        left = shares(level)
        return sum(rate * left.get(name, 1.0) * self._costs.get(name, 0.0) for name, rate in self._rates.items())


def shares(level: int) -> dict[str, float]:
    """What is left at a level: detector's name or ``picture`` -> part of it, 0-1; what is whole is not in it."""
    return dict(STEPS[:level])
