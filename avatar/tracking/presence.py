"""Whether somebody is there: held for a moment when they are lost from sight, then faded out."""

from __future__ import annotations

from typing import Final

HOLD: Final = 0.5
"""Seconds a person who is not found any more counts as there."""
FADE: Final = 0.5
"""Seconds in which they fade after that."""
_ARRIVE: Final = 0.3
"""Seconds somebody is found, more than not, before they have come."""


class Presence:
    """there : somebody has come and not gone; weight : 0-1, 1 while found and held, fading to 0 before they have gone;
    since : when the first of the looks that made ``there`` what it is was taken."""

    def __init__(self) -> None:
        self.there, self.weight, self.since = False, 0.0, 0.0
        self._first: float | None = None
        self._last = -1e9
        self._t = -1e9

    def step(self, found: bool, t: float) -> bool:
        """One look; whether ``there`` changed. t : seconds; a look that is not later than the last is left out."""
        if t <= self._t:
            return False
        self._t = t
        if found:
            if self._first is None:
                self._first = t
            self._last = t
        lost = t - self._last
        self.weight = min(max(1 - (lost - HOLD) / FADE, 0.0), 1.0)
        if self.there and lost >= HOLD + FADE:
            self.there, self._first, self.since = False, None, self._last
            return True
        if not self.there:
            if lost >= _ARRIVE:
                self._first = None
            elif found and self._first is not None and t - self._first >= _ARRIVE:
                self.there, self.since = True, self._first
                return True
        return False
