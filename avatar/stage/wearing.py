"""What of a companion is worn: parts that are shown or not, or another body in its place, changed at once or in a fade,
never in flashes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from .scene import Figure

CHANGES: Final = 4
"""That begin within one second, at most: two flashes of whatever is shown and hidden (WCAG 2.3.1 allows three)."""
_OVER: Final = 1e-3
"""Metres by which what fades is drawn over what stays."""


class Look(NamedTuple):
    """hidden : primitives that are not shown; body : of which of the companion's files, "" = its own."""

    hidden: frozenset[int] = frozenset()
    body: str = ""


class Wearing:
    """look : what is worn, as it was asked for last."""

    def __init__(self, look: Look = Look()) -> None:  # noqa: B008
        self.look = self._from = look
        self._begun, self._seconds = 0.0, 0.0
        self._waits: tuple[Look, float] | None = None
        self._changes: deque[float] = deque(maxlen=CHANGES)

    def put_on(self, look: Look, seconds: float, now: float) -> None:
        """Wear this, and show and hide what that takes within ``seconds`` from ``now`` on; 0 = at once. A change that
        comes too soon after others waits; of several that wait, the last is made."""
        self._waits = look, seconds
        self._begin(now)

    def _begin(self, now: float) -> None:
        if self._waits is None or sum(now - one < 1.0 for one in self._changes) >= CHANGES:
            return
        (self.look, self._seconds), self._from = self._waits, self.look
        self._begun, self._waits = now, None
        if self.look != self._from:
            self._changes.append(now)

    def _share(self, now: float) -> float:
        return 1.0 if self._seconds <= 0 else min(max((now - self._begun) / self._seconds, 0.0), 1.0)

    def bodies(self, now: float) -> tuple[str, str | None]:
        """The body that counts at ``now``, and another one that is seen besides it while one goes over into the other,
        else None."""
        self._begin(now)
        u, before, after = self._share(now), self._from.body, self.look.body
        if u >= 1 or before == after:
            return after, None
        return (before, after) if u < 0.5 else (after, before)

    def dressed(self, figures: list[Figure], now: float, others: Sequence[Figure] = ()) -> list[Figure]:
        """The companion's figures as they are worn at ``now``; twice as many while something fades: what is there only
        for a while is drawn over what stays, and is faintest where it comes and goes. figures, others : of the bodies
        that ``bodies`` says."""
        self._begin(now)
        u, hidden = self._share(now), self.look.hidden
        if u < 1 and self._from.body != self.look.body:
            return self._over_into(figures, others, u)
        before = self._from.hidden
        both = before & hidden
        comes, goes = both != before, both != hidden
        if u >= 1 or not (comes or goes):
            return [replace(one, hidden=hidden) for one in figures] if hidden else figures
        if comes and goes:
            base, share = (before, 2 * u) if u < 0.5 else (hidden, 2 - 2 * u)
        else:
            base, share = (before, u) if comes else (hidden, 1 - u)
        share = _eased(share)
        found: list[Figure] = []
        for one in figures:
            found.append(replace(one, hidden=base))
            if share > 0:
                found.append(_beside(one, both, share, _OVER))
        return found

    def _over_into(self, figures: list[Figure], others: Sequence[Figure], u: float) -> list[Figure]:
        """One body goes over into another: the new one comes over the old one, and when it is there the old one goes
        from under it, so that nothing of the room shines through either."""
        first = u < 0.5
        base, rest = (self._from, self.look) if first else (self.look, self._from)
        share = _eased(2 * u if first else 2 - 2 * u)
        found = [replace(one, hidden=base.hidden) for one in figures]
        if share > 0:
            found += [_beside(one, rest.hidden, share, _OVER if first else -_OVER) for one in others]
        return found


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _beside(one: Figure, hidden: frozenset[int], share: float, over: float) -> Figure:
    far = float(one.placement[2, 3]) if one.order is None else one.order
    return replace(one, hidden=hidden, opacity=one.opacity * share, order=far + over, shadow=None)
