"""What of a companion is worn: parts that are shown or not, changed at once or in a fade, never in flashes."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from .scene import Figure

CHANGES: Final = 4
"""That begin within one second, at most: two flashes of whatever is shown and hidden (WCAG 2.3.1 allows three)."""
_OVER: Final = 1e-3
"""Metres by which what fades is drawn over what stays."""


class Wearing:
    """hidden : primitives of the companion that are not shown, as they were asked for last."""

    def __init__(self, hidden: frozenset[int] = frozenset()) -> None:
        self.hidden = self._from = hidden
        self._begun, self._seconds = 0.0, 0.0
        self._waits: tuple[frozenset[int], float] | None = None
        self._changes: deque[float] = deque(maxlen=CHANGES)

    def put_on(self, hidden: frozenset[int], seconds: float, now: float) -> None:
        """Hide these primitives and show all others, within ``seconds`` from ``now`` on; 0 = at once. A change that
        comes too soon after others waits; of several that wait, the last is made."""
        self._waits = hidden, seconds
        self._begin(now)

    def _begin(self, now: float) -> None:
        if self._waits is None or sum(now - one < 1.0 for one in self._changes) >= CHANGES:
            return
        (self.hidden, self._seconds), self._from = self._waits, self.hidden
        self._begun, self._waits = now, None
        if self.hidden != self._from:
            self._changes.append(now)

    def dressed(self, figures: list[Figure], now: float) -> list[Figure]:
        """The companion's figures as they are worn at ``now``; twice as many while something fades: what is there only
        for a while is drawn over what stays, and is faintest where it comes and goes."""
        self._begin(now)
        u = 1.0 if self._seconds <= 0 else min(max((now - self._begun) / self._seconds, 0.0), 1.0)
        both = self._from & self.hidden
        comes, goes = both != self._from, both != self.hidden
        if u >= 1 or not (comes or goes):
            return [replace(one, hidden=self.hidden) for one in figures] if self.hidden else figures
        if comes and goes:
            base, share = (self._from, 2 * u) if u < 0.5 else (self.hidden, 2 - 2 * u)
        else:
            base, share = (self._from, u) if comes else (self.hidden, 1 - u)
        share = share * share * (3 - 2 * share)
        found: list[Figure] = []
        for one in figures:
            far = float(one.placement[2, 3]) if one.order is None else one.order
            found.append(replace(one, hidden=base))
            if share > 0:
                over = replace(one, hidden=both, opacity=one.opacity * share, order=far + _OVER, shadow=None)
                found.append(over)
        return found
